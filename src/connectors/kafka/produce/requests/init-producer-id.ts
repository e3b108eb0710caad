import type { Api } from '../../protocol/api.ts';

interface InitProducerIdRequest {
  /** Null: for idempotence alone. */
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
  /** What we know of the transactional id: the broker refuses when someone else had it since. -1: nothing. */
  readonly producerId: number;
  readonly producerEpoch: number;
}

interface InitProducerIdResponse {
  readonly errorCode: number;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** Aborts what is open under the transactional id and fences whoever had it. */
export const initProducerId: Api<InitProducerIdRequest, InitProducerIdResponse> = {
  name: 'InitProducerId',
  key: 22,
  minVersion: 3,
  maxVersion: 4,
  flexibleFrom: 2,
  encode(to, request) {
    to.nullableString(request.transactionalId);
    to.int32(request.transactionTimeoutMs);
    to.int64(request.producerId);
    to.int16(request.producerEpoch);
    to.tags();
  },
  decode(from) {
    from.int32();
    return { errorCode: from.int16(), producerId: from.int64(), producerEpoch: from.int16() };
  },
};

import type { Api } from '../../protocol/api.ts';

interface EndTransactionRequest {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly commit: boolean;
}

/**
 * Commits or aborts. Up to version 4 the producer keeps its epoch, so that asking again, be it after a crash, is
 * answered as the first time. From version 5 on the broker bumps it, and the answer to the second question depends on
 * whether the new epoch was used. What the bump is for, that nothing late of one transaction ends up in the next, we
 * have without it: every transaction begins with `initProducerId`.
 */
export const endTransaction: Api<EndTransactionRequest, number> = {
  name: 'EndTxn',
  key: 26,
  minVersion: 2,
  maxVersion: 4,
  flexibleFrom: 3,
  encode(to, request) {
    to.string(request.transactionalId);
    to.int64(request.producerId);
    to.int16(request.producerEpoch);
    to.boolean(request.commit);
    to.tags();
  },
  decode(from) {
    from.int32();
    return from.int16();
  },
};

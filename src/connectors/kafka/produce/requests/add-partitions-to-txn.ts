import type { Api } from '../../protocol/api.ts';

interface AddPartitionsToTxnRequest {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[];
}

export interface AddedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}

/** Versions from 4 on are for brokers among themselves. */
export const addPartitionsToTxn: Api<AddPartitionsToTxnRequest, readonly AddedPartition[]> = {
  name: 'AddPartitionsToTxn',
  key: 24,
  minVersion: 2,
  maxVersion: 3,
  flexibleFrom: 3,
  encode(to, request) {
    to.string(request.transactionalId);
    to.int64(request.producerId);
    to.int16(request.producerEpoch);
    to.array(request.topics, ({ name, partitions }) => {
      to.string(name);
      to.array(partitions, (partition) => to.int32(partition));
      to.tags();
    });
    to.tags();
  },
  decode(from) {
    from.int32();
    const topics = from.array(() => {
      const topic = from.string();
      const partitions = from.array(() => {
        const one = { topic, partition: from.int32(), errorCode: from.int16() };
        from.tags();
        return one;
      });
      from.tags();
      return partitions;
    });
    return topics.flat();
  },
};

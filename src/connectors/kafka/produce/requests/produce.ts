import type { Api } from '../../protocol/api.ts';

export interface ProduceRequest {
  readonly transactionalId: string | null;
  readonly acks: number;
  readonly timeoutMs: number;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partition: number;
      /** One record batch, in pieces that stay as they are until the answer has come. */
      readonly batch: readonly Uint8Array[];
    }[];
  }[];
}

export interface ProducedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/**
 * Versions from 12 on add partitions to the transaction by themselves and demand that its end bumps the epoch: see
 * `endTransaction` for why we stay below.
 */
export const produceRecords: Api<ProduceRequest, readonly ProducedPartition[]> = {
  name: 'Produce',
  key: 0,
  minVersion: 8,
  maxVersion: 11,
  flexibleFrom: 9,
  encode(to, request) {
    to.nullableString(request.transactionalId);
    to.int16(request.acks);
    to.int32(request.timeoutMs);
    to.array(request.topics, ({ name, partitions }) => {
      to.string(name);
      to.array(partitions, ({ partition, batch }) => {
        to.int32(partition);
        to.borrowedBytes(...batch);
        to.tags();
      });
      to.tags();
    });
    to.tags();
  },
  decode(from) {
    const topics = from.array(() => {
      const topic = from.string();
      const partitions = from.array(() => {
        const partition = from.int32();
        const errorCode = from.int16();
        // Base offset, append time, start of the log.
        from.skip(24);
        from.array(() => {
          from.int32();
          from.nullableString();
          from.tags();
        });
        const errorMessage = from.nullableString();
        from.tags();
        return { topic, partition, errorCode, errorMessage };
      });
      from.tags();
      return partitions;
    });
    return topics.flat();
  },
};

import type { Api } from '../api.ts';

/** Instead of a time: the end of a partition, and its beginning. */
export const LATEST = -1;
export const EARLIEST = -2;

interface ListOffsetsRequest {
  /** Whether the end is that of what is committed. */
  readonly committedOnly: boolean;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partition: number;
      /** Epoch milliseconds: the first record at or after that time; or LATEST, or EARLIEST. */
      readonly timestamp: number;
    }[];
  }[];
}

export interface ListedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  /** -1 = there is no record at or after the time. */
  readonly offset: number;
}

export const listOffsets: Api<ListOffsetsRequest, readonly ListedOffset[]> = {
  name: 'ListOffsets',
  key: 2,
  minVersion: 4,
  maxVersion: 7,
  flexibleFrom: 6,
  encode(to, request) {
    to.int32(-1);
    to.int8(request.committedOnly ? 1 : 0);
    to.array(request.topics, (topic) => {
      to.string(topic.name);
      to.array(topic.partitions, ({ partition, timestamp }) => {
        to.int32(partition);
        to.int32(-1);
        to.int64(timestamp);
        to.tags();
      });
      to.tags();
    });
    to.tags();
  },
  decode(from) {
    from.int32();
    const topics = from.array(() => {
      const topic = from.string();
      const partitions = from.array(() => {
        const partition = from.int32();
        const errorCode = from.int16();
        from.int64();
        const offset = from.int64();
        from.int32();
        from.tags();
        return { topic, partition, errorCode, offset };
      });
      from.tags();
      return partitions;
    });
    return topics.flat();
  },
};

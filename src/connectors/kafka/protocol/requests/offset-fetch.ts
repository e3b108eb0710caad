import type { Api } from '../api.ts';

interface TopicPartitions {
  readonly name: string;
  readonly partitions: readonly number[];
}

interface OffsetFetchRequest {
  readonly group: string;
  readonly topics: readonly TopicPartitions[];
}

interface OffsetFetchResponse {
  readonly errorCode: number;
  readonly offsets: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly errorCode: number;
    /** -1 = the group has committed none. */
    readonly offset: number;
  }[];
}

/** The offsets that a group has committed. */
export const offsetFetch: Api<OffsetFetchRequest, OffsetFetchResponse> = {
  name: 'OffsetFetch',
  key: 9,
  minVersion: 5,
  maxVersion: 8,
  flexibleFrom: 6,
  encode(to, request, version) {
    const topics = (): void => {
      to.array(request.topics, (topic) => {
        to.string(topic.name);
        to.array(topic.partitions, (partition) => to.int32(partition));
        to.tags();
      });
    };
    if (version >= 8) {
      to.array([request.group], (group) => {
        to.string(group);
        topics();
        to.tags();
      });
    } else {
      to.string(request.group);
      topics();
    }
    if (version >= 7) to.boolean(false);
    to.tags();
  },
  decode(from, version) {
    from.int32();
    const topics = (): OffsetFetchResponse['offsets'] =>
      from
        .array(() => {
          const topic = from.string();
          const partitions = from.array(() => {
            const partition = from.int32();
            const offset = from.int64();
            from.int32();
            from.nullableString();
            const errorCode = from.int16();
            from.tags();
            return { topic, partition, errorCode, offset };
          });
          from.tags();
          return partitions;
        })
        .flat();
    if (version < 8) {
      const offsets = topics();
      return { offsets, errorCode: from.int16() };
    }
    const groups = from.array(() => {
      from.string();
      const offsets = topics();
      const errorCode = from.int16();
      from.tags();
      return { offsets, errorCode };
    });
    return groups[0] ?? { offsets: [], errorCode: 0 };
  },
};

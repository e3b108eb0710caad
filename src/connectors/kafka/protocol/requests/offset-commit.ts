import type { Api } from '../api.ts';

interface OffsetCommitRequest {
  readonly group: string;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly { readonly partition: number; readonly offset: number }[];
  }[];
}

type OffsetCommitResponse = readonly {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}[];

/** Commits offsets for a group without being a member of it: brokers allow that while the group has no members. */
export const offsetCommit: Api<OffsetCommitRequest, OffsetCommitResponse> = {
  name: 'OffsetCommit',
  key: 8,
  minVersion: 6,
  maxVersion: 8,
  flexibleFrom: 8,
  encode(to, request, version) {
    to.string(request.group);
    to.int32(-1);
    to.string('');
    if (version >= 7) to.nullableString(null);
    to.array(request.topics, (topic) => {
      to.string(topic.name);
      to.array(topic.partitions, ({ partition, offset }) => {
        to.int32(partition);
        to.int64(offset);
        to.int32(-1);
        to.nullableString(null);
        to.tags();
      });
      to.tags();
    });
    to.tags();
  },
  decode(from) {
    from.int32();
    return from
      .array(() => {
        const topic = from.string();
        const partitions = from.array(() => {
          const answer = { topic, partition: from.int32(), errorCode: from.int16() };
          from.tags();
          return answer;
        });
        from.tags();
        return partitions;
      })
      .flat();
  },
};

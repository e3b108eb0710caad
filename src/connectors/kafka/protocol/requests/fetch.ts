import type { Api } from '../api.ts';
import type { Frame } from '../frame.ts';

interface FetchRequest {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly committedOnly: boolean;
  readonly topics: readonly {
    readonly name: string;
    readonly id: string;
    readonly partitions: readonly {
      readonly partition: number;
      /** -1 = unknown. */
      readonly leaderEpoch: number;
      readonly offset: number;
      readonly maxBytes: number;
    }[];
  }[];
}

/** Records of a producer between `firstOffset` and its next abort marker were never committed. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface FetchedPartition {
  /** By the id in versions that have one, else by name. */
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /** By where they begin. */
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches, the last perhaps cut: `frame.buf[start … end)`. The frame is retained once where there are any. */
  readonly frame: Frame;
  readonly start: number;
  readonly end: number;
}

interface FetchResponse {
  readonly errorCode: number;
  readonly throttleMs: number;
  readonly partitions: readonly FetchedPartition[];
}

/** Fetches without a session: each request names its partitions. */
export const fetchRecords: Api<FetchRequest, FetchResponse> = {
  name: 'Fetch',
  key: 1,
  minVersion: 11,
  maxVersion: 15,
  flexibleFrom: 12,
  encode(to, request, version) {
    if (version < 15) to.int32(-1);
    to.int32(request.maxWaitMs);
    to.int32(request.minBytes);
    to.int32(request.maxBytes);
    to.int8(request.committedOnly ? 1 : 0);
    to.int32(0);
    to.int32(-1);
    to.array(request.topics, (topic) => {
      if (version >= 13) to.uuid(topic.id);
      else to.string(topic.name);
      to.array(topic.partitions, ({ partition, leaderEpoch, offset, maxBytes }) => {
        to.int32(partition);
        to.int32(leaderEpoch);
        to.int64(offset);
        if (version >= 12) to.int32(-1);
        to.int64(-1);
        to.int32(maxBytes);
        to.tags();
      });
      to.tags();
    });
    to.array([], () => {});
    to.string('');
    to.tags();
  },
  decode(from, version, frame) {
    const throttleMs = from.int32();
    const errorCode = from.int16();
    from.int32();
    const topics = from.array(() => {
      const topic = version >= 13 ? from.uuid() : from.string();
      const partitions = from.array(() => {
        const head = {
          topic,
          partition: from.int32(),
          errorCode: from.int16(),
          highWatermark: from.int64(),
          lastStableOffset: from.int64(),
          logStartOffset: from.int64(),
        };
        const aborted = from.array(() => {
          const one = { producerId: from.int64(), firstOffset: from.int64() };
          from.tags();
          return one;
        });
        // Brokers list them in the order in which they ended.
        aborted.sort((a, b) => a.firstOffset - b.firstOffset);
        from.int32();
        const sizeBytes = Math.max(0, from.bytesLength());
        const start = from.pos;
        from.skip(sizeBytes);
        from.tags();
        if (sizeBytes > 0) frame.retain();
        return { ...head, aborted, frame, start, end: start + sizeBytes };
      });
      from.tags();
      return partitions;
    });
    return { throttleMs, errorCode, partitions: topics.flat() };
  },
};

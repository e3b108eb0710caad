/** What tests of record batches share: batches by kafkajs's encoder, and reading blocks of them. */
import { createRequire } from 'node:module';
import { Codecs } from '../../../../src/connectors/kafka/source/codecs.ts';
import { FramePool } from '../../../../src/connectors/kafka/protocol/frame.ts';
import type { AbortedTransaction } from '../../../../src/connectors/kafka/protocol/requests/fetch.ts';
import { MetadataColumns } from '../../../../src/connectors/kafka/source/metadata-columns.ts';
import { PartitionLog } from '../../../../src/connectors/kafka/source/partition-log.ts';
import { batchEnd, offsetAfter } from '../../../../src/connectors/kafka/source/record-batch.ts';
import { KafkaRecordReader } from '../../../../src/connectors/kafka/source/record-reader.ts';
import { RecordSpace } from '../../../../src/connectors/kafka/source/record-walk.ts';
import type { RecordChunk } from '../../../../src/connectors/connector.ts';

const require = createRequire(import.meta.url);
interface Encoded {
  readonly buffer: Buffer;
}
// kafkajs's own encoders: files of the package that it does not declare.
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  readonly RecordBatch: (batch: object) => Promise<Encoded>;
};
const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoded;

export interface RecordSpec {
  readonly key?: string | null;
  readonly value: string | null;
  readonly timestamp?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Within the batch; counted up when absent. */
  readonly offsetDelta?: number;
}

/** One batch as kafkajs writes it. */
export async function batchOf(
  records: readonly RecordSpec[],
  { offset = 0, codec = 0, timestamp = 1_700_000_000_000, leaderEpoch = 0 } = {},
): Promise<Buffer> {
  const encoded = records.map((record, i) =>
    Record({
      offsetDelta: record.offsetDelta ?? i,
      timestampDelta: (record.timestamp ?? timestamp) - timestamp,
      key: record.key ?? null,
      value: record.value,
      headers: record.headers ?? {},
    }),
  );
  const batch = await RecordBatch({
    compression: codec,
    firstOffset: offset,
    firstTimestamp: timestamp,
    maxTimestamp: Math.max(timestamp, ...records.map((one) => one.timestamp ?? timestamp)),
    lastOffsetDelta: records.at(-1)?.offsetDelta ?? records.length - 1,
    partitionLeaderEpoch: leaderEpoch,
    records: encoded,
  });
  return batch.buffer;
}

export interface Read {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}

export interface BlockOptions {
  readonly from?: number;
  readonly stop?: number;
  readonly chunk?: number;
  readonly aborted?: readonly AbortedTransaction[];
  readonly committedOnly?: boolean;
  readonly checksCrc?: boolean;
}

/** A reader over blocks that were fetched. */
export async function readerOver(blocks: readonly Buffer[], options: BlockOptions = {}): Promise<KafkaRecordReader> {
  const { from = 0, stop = Infinity, committedOnly = false, checksCrc = true } = options;
  const codecs = await Codecs.load();
  await codecs.prepare(new Set([0, 1, 2, 3, 4]));
  const start = { topic: 't', topicId: '', partition: 0, leader: 1, leaderEpoch: 0, offset: from, stopOffset: stop };
  const log = new PartitionLog(start);
  const pool = new FramePool(0);
  for (const bytes of blocks) {
    const frame = pool.take(bytes.length);
    frame.buf.set(bytes);
    let next = log.fetchOffset;
    for (let at = 0, end = 0; (end = batchEnd(frame.buf, at, bytes.length)) >= 0; at = end)
      next = offsetAfter(frame.buf, at);
    log.add({ frame, start: 0, end: bytes.length, aborted: options.aborted ?? [] }, next);
  }
  const metadata = new MetadataColumns([], 't', 0);
  return new KafkaRecordReader(log, {
    codecs,
    checksCrc,
    committedOnly,
    readsKey: true,
    metadata,
    space: (capacity) => new RecordSpace(capacity, metadata),
    close: async () => {},
  });
}

export function recordsOf(chunk: RecordChunk): Read[] {
  const text = (spans: RecordChunk['values'], i: number): string | null =>
    (spans.start[i] as number) < 0 ? null : Buffer.from(spans.u8.subarray(spans.start[i], spans.end[i])).toString();
  return Array.from({ length: chunk.count }, (_, i) => ({
    offset: chunk.offsetOf(i),
    key: chunk.keys === null ? null : text(chunk.keys, i),
    value: text(chunk.values, i),
  }));
}

/** All that the blocks hold. The byte behind each key and value is written over, as a decoder may. */
export async function readBlocks(blocks: readonly Buffer[], options: BlockOptions = {}): Promise<Read[]> {
  const reader = await readerOver(blocks, options);
  const all: Read[] = [];
  for (;;) {
    const chunk = reader.read(options.chunk ?? 100);
    if (chunk === 'idle' || chunk === 'end') return all;
    all.push(...recordsOf(chunk));
    for (const { u8, start, end } of chunk.keys === null ? [chunk.values] : [chunk.values, chunk.keys]) {
      for (let i = 0; i < chunk.count; i++) if ((start[i] as number) >= 0) u8[end[i] as number] = 0xff;
    }
  }
}

/**
 * Record batches of format 2 as they stand in a response: fixed header, then records (compressed as a whole or not).
 *
 *     0 base offset (8) · 8 length of the rest (4) · 12 leader epoch (4) · 16 magic (1) · 17 CRC-32C of all that follows (4)
 *     21 attributes (2) · 23 last offset delta (4) · 27 base timestamp (8) · 35 max timestamp (8) · 43 producer id (8)
 *     51 producer epoch (2) · 53 base sequence (4) · 57 record count (4) · 61 records
 */
import { EngineError, unsupported } from '../../../errors.ts';

const LENGTH_AT = 8;
const MAGIC_AT = 16;
export const CRC_AT = 17;
export const CHECKED_FROM = 21;
const RECORDS_AT = 61;
/** What `length` leaves out: itself and the base offset. */
const BEFORE_REST = 12;
const MAGIC = 2;

const CODEC_BITS = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

export interface BatchHeader {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
  readonly codec: number;
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly recordCount: number;
  /** Of the records, and of the batch, in the buffer. */
  readonly recordsStart: number;
  readonly end: number;
}

function readInt64(buf: Buffer, at: number): number {
  return buf.readInt32BE(at) * 4294967296 + buf.readUInt32BE(at + 4);
}

/** Where the batch at `start` ends; -1 when it does not end before `end`. Throws when it is no batch that we can read. */
export function batchEnd(buf: Buffer, start: number, end: number): number {
  if (end - start < RECORDS_AT) return -1;
  const magic = buf[start + MAGIC_AT] as number;
  if (magic !== MAGIC) {
    throw unsupported(
      `message format ${magic} of the batch at offset ${readInt64(buf, start)}`,
      'Messages of before Kafka 0.11 are read by no broker of version 4 either: copy the topic with an older Kafka first.',
    );
  }
  const batchSize = BEFORE_REST + buf.readInt32BE(start + LENGTH_AT);
  if (batchSize < RECORDS_AT) {
    throw new EngineError('data_corrupted', `a record batch at offset ${readInt64(buf, start)} has ${batchSize} bytes`);
  }
  return start + batchSize > end ? -1 : start + batchSize;
}

/** The offset after the batch at `start`. */
export function offsetAfter(buf: Buffer, start: number): number {
  return readInt64(buf, start) + buf.readInt32BE(start + 23) + 1;
}

export function codecOf(buf: Buffer, start: number): number {
  return buf.readInt16BE(start + 21) & CODEC_BITS;
}

export function readBatchHeader(buf: Buffer, start: number, end: number): BatchHeader {
  const attributes = buf.readInt16BE(start + 21);
  const baseOffset = readInt64(buf, start);
  return {
    baseOffset,
    lastOffset: baseOffset + buf.readInt32BE(start + 23),
    leaderEpoch: buf.readInt32BE(start + 12),
    codec: attributes & CODEC_BITS,
    isLogAppendTime: (attributes & LOG_APPEND_TIME) !== 0,
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    isControl: (attributes & CONTROL) !== 0,
    baseTimestamp: readInt64(buf, start + 27),
    maxTimestamp: readInt64(buf, start + 35),
    producerId: readInt64(buf, start + 43),
    recordCount: buf.readInt32BE(start + 57),
    recordsStart: start + RECORDS_AT,
    end,
  };
}

/**
 * A record batch of Kafka's format 2 under construction: records go straight from encoded columns into the bytes that
 * are sent, behind room for the header. The header is written last, when the batch is about to be sent.
 *
 * Layout: base offset 8, length 4, leader epoch 4, magic 1, CRC-32C 4 (of all that follows it), attributes 2, last offset
 * delta 4, base timestamp 8, max timestamp 8, producer id 8, producer epoch 2, base sequence 4, record count 4, records.
 * A record: its length, attributes, timestamp delta, offset delta, key, value, headers; all numbers but the attributes
 * are variable-length, and a length of -1 is NULL.
 */
import { copyBytes } from '../../../types/copy-bytes.ts';
import type { BufferPool, Bytes } from './buffer-pool.ts';
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts';

export const HEADER_BYTES = 61;
/** Where the bytes begin that the checksum covers. */
export const CHECKED_FROM = 21;

/** Keys, values or header blocks of rows: of row i the bytes `start[i] … end[i])`, NULL where `start[i]` is -1. */
export interface Spans extends Bytes {
  readonly start: Int32Array;
  readonly end: Int32Array;
}

/** Records to be, as columns. */
export interface RecordRows {
  readonly count: number;
  readonly keys: Spans | null;
  readonly values: Spans;
  /** The count of headers and the headers, as a record holds them; null = none in any row. */
  readonly headers: Spans | null;
  /** Epoch milliseconds; null = `nowMs` in every row. */
  readonly timestamps: Float64Array | null;
  readonly nowMs: number;
}

export class RecordBatch {
  /** When the first record came, in milliseconds of the monotonic clock. */
  readonly createdMs: number;
  readonly #pool: BufferPool;
  /** Bytes beyond which it takes no more records. */
  readonly #limitBytes: number;
  bytes: Bytes;
  /** Bytes in use, the header's included. */
  length = HEADER_BYTES;
  count = 0;
  baseTimestamp = 0;
  maxTimestamp = 0;

  constructor(pool: BufferPool, limitBytes: number, createdMs: number) {
    this.#pool = pool;
    this.#limitBytes = limitBytes;
    this.createdMs = createdMs;
    this.bytes = pool.acquire(0);
  }

  /** Adds row `i` as a record. False when the batch is full; an empty batch takes any record. */
  append(rows: RecordRows, i: number): boolean {
    const { keys, values, headers, timestamps } = rows;
    const keyStart = keys === null ? -1 : (keys.start[i] as number);
    const keySize = keyStart < 0 ? 0 : ((keys as Spans).end[i] as number) - keyStart;
    const valueStart = values.start[i] as number;
    const valueSize = valueStart < 0 ? 0 : (values.end[i] as number) - valueStart;
    const headerStart = headers === null ? 0 : (headers.start[i] as number);
    const headerSize = headers === null ? 1 : (headers.end[i] as number) - headerStart;
    const timestamp = timestamps === null ? rows.nowMs : (timestamps[i] as number);
    const { count } = this;
    if (count === 0) {
      this.baseTimestamp = timestamp;
      this.maxTimestamp = timestamp;
    }
    const delta = timestamp - this.baseTimestamp;
    const keyLength = keyStart < 0 ? -1 : keySize;
    const valueLength = valueStart < 0 ? -1 : valueSize;
    const size =
      1 +
      varlongSize(delta) +
      varintSize(count) +
      varintSize(keyLength) +
      keySize +
      varintSize(valueLength) +
      valueSize +
      headerSize;
    let at = this.length;
    const need = at + size + 5;
    if (need > this.#limitBytes && count > 0) return false;
    if (need > this.bytes.u8.length) this.#grow(need);
    const { u8, view } = this.bytes;
    at = writeVarint(u8, at, size);
    u8[at++] = 0;
    at = writeVarlong(u8, at, delta);
    at = writeVarint(u8, at, count);
    at = writeVarint(u8, at, keyLength);
    if (keySize > 0) {
      copyBytes(view, at, (keys as Spans).view, keyStart, keySize);
      at += keySize;
    }
    at = writeVarint(u8, at, valueLength);
    if (valueSize > 0) {
      copyBytes(view, at, values.view, valueStart, valueSize);
      at += valueSize;
    }
    if (headers === null) u8[at++] = 0;
    else {
      copyBytes(view, at, headers.view, headerStart, headerSize);
      at += headerSize;
    }
    this.length = at;
    this.count = count + 1;
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp;
    return true;
  }

  /** Makes room for `sizeBytes` in all. */
  reserve(sizeBytes: number): void {
    if (sizeBytes > this.bytes.u8.length) this.#grow(sizeBytes);
  }

  /** Gives the memory back; nothing of the batch may be in use any more. */
  release(): void {
    this.#pool.release(this.bytes);
  }

  #grow(need: number): void {
    const from = this.bytes;
    // Room for the records of a whole batch comes in few steps.
    const bytes = this.#pool.acquire(Math.max(need, Math.min(from.u8.length * 4, this.#limitBytes)));
    bytes.u8.set(from.u8.subarray(0, this.length));
    this.bytes = bytes;
    this.#pool.release(from);
  }
}

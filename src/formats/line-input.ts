/**
 * The bytes of a stream on their way into a decoder: one buffer that a reader fills and a decoder eats from the front.
 *
 * New bytes land at a page-aligned offset where that costs nothing (reads at aligned offsets are cheaper), the
 * unfinished record before them is moved to just below it; a record longer than that is appended to in place, so that a
 * record of n bytes costs O(n) however small the chunks are. Only whole lines are handed on; UTF-8 is checked for all new
 * ones at once, and line by line only where that fails.
 */
import { isUtf8 } from 'node:buffer';
import { type BytePool, newPool } from '../types/vector.ts';

const NEWLINE = 10;
const PAGE = 4096;
/** Wide loads may start at the last byte, and the missing final separator is written there. */
const SLACK = 64;

export class LineInput {
  pool: BytePool;
  /** Index of the first byte that is not used up. */
  pos: number;
  /** Index after the last byte. */
  filled: number;
  /** Index after the last newline: lines are whole up to here. */
  end: number;
  /** Offsets in the stream of lines that are not UTF-8, ascending. */
  readonly garbled: number[] = [];
  /** Whether a byte order mark may stand at the next byte. */
  #atStart: boolean;
  /** Offset in the stream of index 0. */
  #base: number;

  /** `skipMark`: a byte order mark at the beginning is no part of the first record. */
  constructor(position: number, skipMark = true) {
    this.pool = newPool(SLACK);
    this.pos = 0;
    this.filled = 0;
    this.end = 0;
    this.#atStart = skipMark && position === 0;
    this.#base = position;
  }

  reserve(sizeBytes: number): Uint8Array {
    const tail = this.filled - this.pos;
    const aligned = Math.ceil(tail / PAGE) * PAGE;
    const capacity = this.pool.u8.length - SLACK;
    if (this.filled + sizeBytes <= capacity && tail > PAGE) {
      return this.pool.u8.subarray(this.filled, this.filled + sizeBytes);
    }
    if (aligned + sizeBytes > capacity) {
      const pool = newPool(Math.max(aligned + sizeBytes, tail > PAGE ? capacity * 2 : 0) + SLACK);
      pool.u8.set(this.pool.u8.subarray(this.pos, this.filled), aligned - tail);
      this.pool = pool;
    } else if (tail > 0) {
      this.pool.u8.copyWithin(aligned - tail, this.pos, this.filled);
    }
    const shift = aligned - tail - this.pos;
    this.#base -= shift;
    this.end += shift;
    this.pos += shift;
    this.filled = aligned;
    return this.pool.u8.subarray(aligned, aligned + sizeBytes);
  }

  /** Takes the bytes into account. The `last` ones end a line whether they have a newline or not. */
  commit(sizeBytes: number, last: boolean): void {
    const { u8 } = this.pool;
    const fresh = this.filled;
    this.filled += sizeBytes;
    if (this.#atStart && this.filled - this.pos >= 3) {
      if (isByteOrderMark(u8, this.pos)) this.pos += 3;
      this.#atStart = false;
    }
    const from = Math.max(this.end, this.pos);
    let end = this.filled;
    if (last && end > this.pos && u8[end - 1] !== NEWLINE) u8[end++] = NEWLINE;
    else while (end > fresh && u8[end - 1] !== NEWLINE) end--;
    if (end === fresh || end <= from) return;
    this.end = end;
    if (!isUtf8(u8.subarray(from, end))) this.#findGarbled(from);
  }

  #findGarbled(from: number): void {
    const { u8, buf } = this.pool;
    for (let start = from; start < this.end;) {
      const next = buf.indexOf(NEWLINE, start) + 1;
      if (!isUtf8(u8.subarray(start, next))) this.garbled.push(this.offsetOf(start));
      start = next;
    }
  }

  /** Offset in the stream of a byte of the buffer. */
  offsetOf(index: number): number {
    return this.#base + index;
  }

  /** Offset in the stream of the first byte that is not used up; a separator that was added at the end is not in it. */
  get consumedBytes(): number {
    return this.#base + Math.min(this.pos, this.filled);
  }
}

/** Whether the three bytes of a byte order mark stand at `index`. */
export function isByteOrderMark(u8: Uint8Array, index: number): boolean {
  return u8[index] === 0xef && u8[index + 1] === 0xbb && u8[index + 2] === 0xbf;
}

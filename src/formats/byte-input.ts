/**
 * The bytes of a stream on their way into a decoder: one buffer that a reader fills and a decoder eats from the front.
 *
 * New bytes land at a page-aligned offset where that costs nothing (reads at aligned offsets are cheaper), the
 * unfinished record before them is moved to just below it; a record longer than that is appended to in place, so that a
 * record of n bytes costs O(n) however small the chunks are.
 */
import { type BytePool, newPool } from '../types/vector.ts';

const PAGE = 4096;
/** Wide loads may start at the last byte, and the missing final separator is written there. */
const SLACK = 64;

export class ByteInput {
  pool: BytePool;
  /** Index of the first byte that is not used up. */
  pos: number;
  /** Index after the last byte. */
  filled: number;
  /** Index of the first byte of the last commit. */
  fresh: number;
  /** Offset in the stream of index 0. */
  #base: number;

  constructor(position: number) {
    this.pool = newPool(SLACK);
    this.pos = 0;
    this.filled = 0;
    this.fresh = 0;
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
    this.#base += this.pos - (aligned - tail);
    this.pos = aligned - tail;
    this.filled = aligned;
    return this.pool.u8.subarray(aligned, aligned + sizeBytes);
  }

  commit(sizeBytes: number): void {
    this.fresh = this.filled;
    this.filled += sizeBytes;
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

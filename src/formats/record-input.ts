/**
 * Framed records on their way into a decoder: each gets a newline behind it, which is where scans stop, and those that
 * are not UTF-8 are found.
 *
 * The bytes stay where the transport put them: copying them together would cost more than looking at each record's
 * bytes for one that is not ASCII, four at a time.
 */
import { isUtf8 } from 'node:buffer';
import { type BytePool, EMPTY_POOL, poolOver } from '../types/vector.ts';
import type { RecordSpans } from './format.ts';

const NEWLINE = 10;

export class RecordInput {
  pool: BytePool = EMPTY_POOL;
  /** All records lie in `[from, to)`, their newlines included. */
  from = 0;
  to = 0;
  /** Records that are not UTF-8, by index, ascending. */
  garbled: number[] = [];

  take({ u8, count, start, end }: RecordSpans): void {
    if (this.pool.u8 !== u8) this.pool = poolOver(u8);
    const { view } = this.pool;
    let from = u8.length;
    let to = 0;
    if (this.garbled.length > 0) this.garbled = [];
    for (let i = 0; i < count; i++) {
      const first = start[i] as number;
      if (first < 0) continue;
      const last = end[i] as number;
      u8[last] = NEWLINE;
      if (first < from) from = first;
      if (last >= to) to = last + 1;
      if (!isAscii(view, first, last) && !isUtf8(u8.subarray(first, last))) this.garbled.push(i);
    }
    this.from = Math.min(from, to);
    this.to = to;
  }
}

function isAscii(view: DataView, start: number, end: number): boolean {
  let high = 0;
  let p = start;
  for (; p + 8 <= end; p += 8) high |= view.getInt32(p, true) | view.getInt32(p + 4, true);
  for (; p < end; p++) high |= view.getInt8(p);
  return (high & 0x80808080) === 0;
}

/**
 * Halves a batch that a broker found too large. Records move as they are but for their offset delta, which counts from
 * the start of their batch and is of variable length; times stay relative to the same base.
 */
import type { BufferPool } from './buffer-pool.ts';
import { HEADER_BYTES, RecordBatch } from './record-batch.ts';
import { varintSize, writeVarint } from './varint.ts';

export function splitBatch(batch: RecordBatch, pool: BufferPool): readonly [RecordBatch, RecordBatch] {
  const { u8 } = batch.bytes;
  const half = batch.count >> 1;
  const first = emptyLike(batch, pool);
  const second = emptyLike(batch, pool);
  let at = HEADER_BYTES;
  for (let k = 0; k < batch.count; k++) {
    const into = k < half ? first : second;
    const size = readVarint(u8, at);
    const start = at + varintSize(size);
    // The attributes' byte, then the time.
    const timeEnd = skipVarint(u8, start + 1);
    const restStart = timeEnd + varintSize(k);
    const end = start + size;
    const offset = into.count;
    const newSize = size - varintSize(k) + varintSize(offset);
    const to = into.bytes.u8;
    let p = writeVarint(to, into.length, newSize);
    to.set(u8.subarray(start, timeEnd), p);
    p = writeVarint(to, p + timeEnd - start, offset);
    to.set(u8.subarray(restStart, end), p);
    into.length = p + end - restStart;
    into.count = offset + 1;
    at = end;
  }
  return [first, second];
}

function emptyLike(batch: RecordBatch, pool: BufferPool): RecordBatch {
  const copy = new RecordBatch(pool, batch.length, batch.createdMs);
  copy.reserve(batch.length);
  copy.baseTimestamp = batch.baseTimestamp;
  copy.maxTimestamp = batch.maxTimestamp;
  return copy;
}

/** A size: never negative, so the zigzag is undone by halving. */
function readVarint(u8: Uint8Array, at: number): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = u8[at++] as number;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 1;
  }
}

function skipVarint(u8: Uint8Array, at: number): number {
  while ((u8[at] as number) >= 0x80) at++;
  return at + 1;
}

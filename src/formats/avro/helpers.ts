/** What generated Avro decoders call: values that take more than a few instructions. Results come back in the state. */
import { isUtf8 } from 'node:buffer';
import type { ArrayBuilder, BytesBuilder, ColumnBuilder } from '../../types/column-builder.ts';
import type { DataType } from '../../types/data-type.ts';
import { getValue, type Value } from '../../types/vector.ts';
import { unscaledOf } from './default-value.ts';

export class AvroState {
  targets: readonly ColumnBuilder[] = [];
  /** The record that each row comes from. */
  recordOf = new Int32Array(0);
  /** Rows so far. */
  row = 0;
  /** Which of the decoder's reasons the last record is bad for. */
  reason = 0;
  /** Of the last long. */
  lo = 0;
  hi = 0;
  /** Of the last timestamp. */
  ms = 0;
  nanos = 0;
  /** Where a sequence of records has come to. */
  p = 0;
  /** Objects inside objects that are passed over. */
  depth = 0;
}

/** A long of any size at `p`: index after it, or -1. Its halves are in the state. */
function long(s: AvroState, u: Uint8Array, p: number): number {
  let low = 0;
  let middle = 0;
  let high = 0;
  let b = u[p++] as number;
  low = b & 127;
  for (let shift = 7; b > 127; shift += 7) {
    b = u[p++] as number;
    const bits = b & 127;
    if (shift < 28) low |= bits << shift;
    else if (shift < 56) middle |= bits << (shift - 28);
    else if (shift < 70) high |= bits << (shift - 56);
    else return -1;
  }
  const lo = low | (middle << 28);
  const hi = (middle >>> 4) | (high << 24);
  const sign = -(lo & 1);
  s.lo = ((lo >>> 1) | (hi << 31)) ^ sign;
  s.hi = (hi >>> 1) ^ sign;
  return p;
}

/** A count or a size at `p` into `lo`: index after it; -1 when it is negative or no such number is meant. */
function size(s: AvroState, u: Uint8Array, p: number): number {
  p = long(s, u, p);
  return p < 0 || s.hi !== 0 || s.lo < 0 ? -1 : p;
}

/** The head of a block of an array or map: the count in `lo`, 0 at the end; -1 when it is malformed. */
function block(s: AvroState, u: Uint8Array, p: number): number {
  p = long(s, u, p);
  if (p < 0 || s.hi !== s.lo >> 31) return -1;
  if (s.lo >= 0) return p;
  const count = -s.lo;
  p = size(s, u, p);
  s.lo = count;
  return count < 0 ? -1 : p;
}

/** Passes over an array or map: blocks that say their size at once, others item by item. */
function skipBlocks(
  s: AvroState,
  u: Uint8Array,
  p: number,
  e: number,
  item: (s: AvroState, u: Uint8Array, p: number, e: number) => number,
): number {
  for (;;) {
    p = long(s, u, p);
    if (p < 0 || p > e || s.hi !== s.lo >> 31) return -1;
    if (s.lo === 0) return p;
    if (s.lo < 0) {
      p = size(s, u, p);
      if (p < 0 || s.lo > e - p) return -1;
      p += s.lo;
      continue;
    }
    // Items without bytes are the only ones that there may be more of than bytes.
    if (s.lo > e - p && s.lo > MOST_EMPTY_ITEMS) return -1;
    for (let left = s.lo; left > 0; left--) {
      p = item(s, u, p, e);
      if (p < 0 || p > e) return -1;
    }
  }
}

const MOST_EMPTY_ITEMS = 1 << 16;

/** Whether `n` bytes at `p` are UTF-8. */
function text(u: Uint8Array, v: DataView, p: number, n: number): boolean {
  const end = p + n;
  let high = 0;
  let q = p;
  for (; q + 4 <= end; q += 4) high |= v.getInt32(q, true);
  for (; q < end; q++) high |= v.getInt8(q);
  return (high & 0x80808080) === 0 || isUtf8(u.subarray(p, end));
}

/** Splits the long in the state, a number of `perMs` to the millisecond, and cuts it to `precision` fraction digits. */
function stamp(s: AvroState, perMs: number, precision: number): void {
  const { lo, hi } = s;
  const low = lo >>> 0;
  if (hi >= 0x200000 || hi < -0x200000) {
    const value = (BigInt(hi) << 32n) | BigInt(low);
    const rest = ((value % BigInt(perMs)) + BigInt(perMs)) % BigInt(perMs);
    s.ms = Number((value - rest) / BigInt(perMs));
    s.nanos = Number(rest) * (1_000_000 / perMs);
  } else {
    const value = hi * 4294967296 + low;
    s.ms = Math.floor(value / perMs);
    s.nanos = (value - s.ms * perMs) * (1_000_000 / perMs);
  }
  if (precision < 3) {
    const unit = 10 ** (3 - precision);
    s.ms = Math.floor(s.ms / unit) * unit;
    s.nanos = 0;
  } else s.nanos -= s.nanos % 10 ** (9 - precision);
}

/**
 * The number in `n` bytes of two's complement at `p`, of `from` fraction digits, into row `row` of a column of DECIMAL:
 * false when it has too many digits.
 */
function decimal(
  u: Uint8Array,
  p: number,
  n: number,
  scales: { readonly from: number; readonly to: number; readonly precision: number },
  target: ColumnBuilder,
  row: number,
): boolean {
  const { from, to, precision } = scales;
  if (n <= 6 && from === to && precision <= 18) {
    let value = n === 0 ? 0 : ((u[p] as number) << 24) >> 24;
    for (let k = 1; k < n; k++) value = value * 256 + (u[p + k] as number);
    if (Math.abs(value) >= 10 ** precision) return false;
    const { halves } = target as ColumnBuilder & { readonly halves: Int32Array };
    halves[2 * row] = value | 0;
    halves[2 * row + 1] = Math.floor(value / 4294967296);
    return true;
  }
  let value = unscaledOf(u.subarray(p, p + n));
  if (to >= from) value *= 10n ** BigInt(to - from);
  else value = halfUp(value, 10n ** BigInt(from - to));
  const limit = 10n ** BigInt(precision);
  if (value >= limit || value <= -limit) return false;
  target.set(row, value);
  return true;
}

function halfUp(value: bigint, unit: bigint): bigint {
  const half = unit / 2n;
  return value < 0n ? -((-value + half) / unit) : (value + half) / unit;
}

const COUNT_TYPE: DataType = { kind: 'INTEGER', nullable: false };

/** Of equal keys of the map in `row` the last value wins, at the place of the first. */
function lastOfEqualKeys(target: ColumnBuilder, row: number, type: DataType): void {
  const map = target as ArrayBuilder;
  const count = map.len[row] as number;
  if (count < 2) return;
  const first = map.start[row] as number;
  const keys = map.elements[0] as BytesBuilder;
  if (!hasEqualKeys(keys, first, count)) return;
  const keyType = type.kind === 'MAP' ? type.key : (type as { element: DataType }).element;
  const valueType = type.kind === 'MAP' ? type.value : COUNT_TYPE;
  const [keyVector, valueVector] = map.elements.map((element) => element.vector(map.used));
  if (keyVector === undefined || valueVector === undefined) return;
  const entries = new Map<Value, number>();
  for (let k = 0; k < count; k++) entries.set(getValue(keyVector, first + k, keyType), first + k);
  const kept = [...entries.values()];
  const values = kept.map((index) => getValue(valueVector, index, valueType));
  kept.forEach((_, k) => {
    // The key of the entry's first place is the same text; only the value is another.
    const [start, len] = [keys.start[kept[k] as number] as number, keys.len[kept[k] as number] as number];
    keys.start[first + k] = start;
    keys.len[first + k] = len;
    (map.elements[1] as ColumnBuilder).set(first + k, values[k] as Value);
  });
  map.len[row] = kept.length;
}

function hasEqualKeys({ pool, start, len }: BytesBuilder, first: number, count: number): boolean {
  if (count > 16) {
    const seen = new Set<string>();
    for (let k = first; k < first + count; k++) {
      const from = start[k] as number;
      seen.add(pool.buf.latin1Slice(from, from + (len[k] as number)));
    }
    return seen.size < count;
  }
  for (let a = first + 1; a < first + count; a++) {
    for (let b = first; b < a; b++) {
      let n = len[a] as number;
      if (n !== len[b]) continue;
      const [p, q] = [start[a] as number, start[b] as number];
      while (n > 0 && pool.u8[p + n - 1] === pool.u8[q + n - 1]) n--;
      if (n === 0) return true;
    }
  }
  return false;
}

export const HELPERS = { long, size, block, skipBlocks, text, stamp, decimal, lastOfEqualKeys };

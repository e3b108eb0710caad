/**
 * Equality and order of two values of one type in the form of `Value`, as SQL's operators see them. Text and bytes are
 * ordered by their (UTF-8) bytes. NaN equals nothing and is neither less nor greater.
 */
import type { Timestamp, Value } from './vector.ts';

/** Whether two non-NULL values of one type are equal; NULLs inside them equal each other. */
export function equalValues(a: Value, b: Value): boolean {
  if (typeof a !== 'object' || a === null || b === null) return a === b;
  if (a instanceof Uint8Array) return compareBytes(a, b as Uint8Array) === 0;
  if (isTimestampValue(a)) return a.ms === (b as Timestamp).ms && a.nanos === (b as Timestamp).nanos;
  const other = b as readonly Value[];
  return a.length === other.length && a.every((item, i) => equalValues(item, other[i] as Value));
}

/** Negative, zero or positive, NaN where there is no order; NULLs inside values come first. */
export function compareValues(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === 'string') return compareText(a, b as string);
  if (typeof a === 'number') return a === b ? 0 : a - (b as number);
  if (typeof a === 'bigint' || typeof a === 'boolean') return a === b ? 0 : a < (b as typeof a) ? -1 : 1;
  if (a instanceof Uint8Array) return compareBytes(a, b as Uint8Array);
  if (isTimestampValue(a)) return a.ms - (b as Timestamp).ms || a.nanos - (b as Timestamp).nanos;
  const other = b as readonly Value[];
  for (let i = 0; i < a.length && i < other.length; i++) {
    const order = compareValues(a[i] as Value, other[i] as Value);
    if (order !== 0) return order;
  }
  return a.length - other.length;
}

function isTimestampValue(value: Value): value is Timestamp {
  return typeof value === 'object' && value !== null && 'nanos' in value;
}

/** The order of the texts' UTF-8 bytes, which is that of their code points. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return surrogatesLast(left) - surrogatesLast(right);
  }
  return a.length - b.length;
}

/** UTF-16 puts surrogates, which stand for the highest code points, before U+E000: this puts them after. */
const surrogatesLast = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = (a[i] as number) - (b[i] as number);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

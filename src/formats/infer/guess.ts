/** What a column's values have looked like so far, and the SQL type that holds them all. */
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  type DataType,
  STRING,
  array,
  row,
  timestamp,
  timestampLtz,
} from '../../types/data-type.ts';
import { parseDate, parseTimestamp } from '../values/time-text.ts';

export type Guess =
  | { readonly kind: 'unknown' | 'bigint' | 'double' | 'boolean' | 'string' | 'date' }
  | { readonly kind: 'timestamp'; readonly iso: boolean; readonly zone: boolean; readonly digits: number }
  | { readonly kind: 'row'; readonly fields: ReadonlyMap<string, Guess> }
  | { readonly kind: 'array'; readonly element: Guess };

export const UNKNOWN: Guess = { kind: 'unknown' };
const TEXT: Guess = { kind: 'string' };

/** The narrowest guess that covers both; values of different kinds are text. */
export function merge(a: Guess, b: Guess): Guess {
  if (a.kind === 'unknown') return b;
  if (b.kind === 'unknown') return a;
  if (a.kind === 'row' && b.kind === 'row') {
    const fields = new Map(a.fields);
    for (const [name, guess] of b.fields) fields.set(name, merge(fields.get(name) ?? UNKNOWN, guess));
    return { kind: 'row', fields };
  }
  if (a.kind === 'array' && b.kind === 'array') return { kind: 'array', element: merge(a.element, b.element) };
  if (a.kind === 'timestamp' && b.kind === 'timestamp') {
    if (a.iso !== b.iso || a.zone !== b.zone) return TEXT;
    return { ...a, digits: Math.max(a.digits, b.digits) };
  }
  if (a.kind === b.kind) return a;
  return isNumber(a) && isNumber(b) ? { kind: 'double' } : TEXT;
}

const isNumber = (guess: Guess): boolean => guess.kind === 'bigint' || guess.kind === 'double';

/** Text that is in quotes, or a CSV field: a date, a timestamp or text. */
export function guessText(text: string): Guess {
  const bytes = Buffer.from(text);
  if (!Number.isNaN(parseDate(bytes, 0, bytes.length))) return { kind: 'date' };
  for (const iso of [false, true]) {
    for (const zone of [false, true]) {
      if (!parseTimestamp(bytes, 0, bytes.length, { separator: iso ? 84 : 32, zone })) continue;
      return { kind: 'timestamp', iso, zone, digits: /\.(\d+)/.exec(text)?.[1]?.length ?? 0 };
    }
  }
  return TEXT;
}

/** A number as it is written; an integer beyond 64 bits is a DOUBLE. */
export function guessNumber(text: string): Guess {
  if (!/^[+-]?\d+$/.test(text)) return { kind: 'double' };
  const value = BigInt(text.replace('+', ''));
  return { kind: BigInt.asIntN(64, value) === value ? 'bigint' : 'double' };
}

/** The type; timestamps in the other standard than the table's stay text. */
export function typeOf(guess: Guess, iso: boolean): DataType {
  switch (guess.kind) {
    case 'unknown':
    case 'string':
      return STRING;
    case 'bigint':
      return BIGINT;
    case 'double':
      return DOUBLE;
    case 'boolean':
      return BOOLEAN;
    case 'date':
      return DATE;
    case 'timestamp': {
      if (guess.iso !== iso) return STRING;
      const precision = guess.digits <= 3 ? 3 : guess.digits <= 6 ? 6 : 9;
      return guess.zone ? timestampLtz(precision) : timestamp(precision);
    }
    case 'row':
      // A ROW needs a field; an object that was always empty is kept as text.
      if (guess.fields.size === 0) return STRING;
      return row([...guess.fields].map(([name, field]) => ({ name, type: typeOf(field, iso) })));
    case 'array':
      return array(typeOf(guess.element, iso));
  }
}

/** Counts timestamps in guesses by standard: ISO ones up, SQL ones down. */
export function isoBalance(guess: Guess): number {
  if (guess.kind === 'timestamp') return guess.iso ? 1 : -1;
  if (guess.kind === 'array') return isoBalance(guess.element);
  if (guess.kind !== 'row') return 0;
  return [...guess.fields.values()].reduce((sum, field) => sum + isoBalance(field), 0);
}

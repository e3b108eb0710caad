/**
 * What an expression becomes in generated code: the names under which its value and validity are at hand.
 *
 * `valid` is a JavaScript boolean expression, `null` where the value is never NULL. What stands under a NULL is safe
 * to compute with in `plain` and `ts` form, and to read in `range` form; in `value` and `nested` form it is not looked at.
 */
import type { DataType } from '../../types/data-type.ts';

interface Validity {
  readonly type: DataType;
  readonly valid: string | null;
}

/** bool (as a JavaScript boolean), i32, f64 (numbers), i64 and i128 (bigints). `halves`: where an i64 column is. */
export type PlainCode = Validity & {
  readonly form: 'plain';
  readonly value: string;
  readonly halves?: { readonly words: string; readonly index: string } | undefined;
};

/** TIMESTAMP finer than milliseconds. */
export type TimestampCode = Validity & { readonly form: 'ts'; readonly ms: string; readonly nanos: string };

/**
 * Bytes in a pool. `pool` names a BytePool, `u8` and `view` what is in it. `shared`: the pool is the same for the whole
 * batch, so a column may point into it. `literal`: the name of a constant with the same text (or bytes) and its bytes.
 */
export type RangeCode = Validity & {
  readonly form: 'range';
  readonly pool: string;
  readonly shared: boolean;
  readonly start: string;
  readonly len: string;
  readonly literal?: { readonly value: string; readonly bytes: Uint8Array } | undefined;
};

/** A JavaScript value in the form of `Value`: string, Uint8Array, array. */
export type ValueCode = Validity & { readonly form: 'value'; readonly value: string };

/** Row `index` of a row, array or map vector. */
export type NestedCode = Validity & { readonly form: 'nested'; readonly vector: string; readonly index: string };

export type Code = PlainCode | TimestampCode | RangeCode | ValueCode | NestedCode;

/** The conjunction of validities: `null` when none may be NULL. */
export function allValid(codes: readonly { readonly valid: string | null }[]): string | null {
  const parts = [...new Set(codes.map((code) => code.valid).filter((valid) => valid !== null))];
  if (parts.includes('false')) return 'false';
  return parts.length === 0 ? null : parts.length === 1 ? (parts[0] as string) : `(${parts.join(' && ')})`;
}

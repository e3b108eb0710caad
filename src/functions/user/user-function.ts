/**
 * Functions of the program, as planning and the runtime know them. Values go in and out as `JsValue`s.
 */
import type { DataType } from '../../types/data-type.ts';
import type { JsValue } from '../../types/js-value.ts';
import type { Schema } from '../../types/schema.ts';

interface UserFunctionBase {
  /** As it was defined, for messages and SHOW. */
  readonly name: string;
  readonly args: readonly DataType[];
  /** The last argument may be given any number of times, also never. */
  readonly variadic: boolean;
  /** The same arguments always give the same value: the call may be folded, moved and made again. */
  readonly deterministic: boolean;
  /** A NULL argument gives NULL (no rows, or nothing to accumulate) without a call. */
  readonly strict: boolean;
}

export interface ScalarUserFunction extends UserFunctionBase {
  readonly kind: 'scalar';
  readonly returns: DataType;
  call(...args: readonly JsValue[]): unknown;
}

/** A column as a vectorized function gets it: borrowed until it returns. */
export interface ArgumentColumn {
  readonly values: BigInt64Array | Int32Array | Float64Array | Uint8Array | readonly JsValue[];
  readonly valid: Uint8Array | null;
}

export interface VectorizedUserFunction extends UserFunctionBase {
  readonly kind: 'vectorized';
  readonly returns: DataType;
  /** Gives an array of `length` values, a typed array, or `{ values, valid }`. */
  call(length: number, ...columns: readonly ArgumentColumn[]): unknown;
}

export interface AsyncUserFunction extends UserFunctionBase {
  readonly kind: 'async';
  readonly returns: DataType;
  readonly ordered: boolean;
  /** Calls at a time. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Calls in all before a failure counts, and how long to wait in between. */
  readonly attempts: number;
  readonly retryDelayMs: number;
  call(...args: readonly JsValue[]): Promise<unknown>;
}

export interface TableUserFunction extends UserFunctionBase {
  readonly kind: 'table';
  readonly returns: Schema;
  /** The rows are single values rather than objects or arrays. */
  readonly single: boolean;
  call(...args: readonly JsValue[]): Iterable<unknown>;
}

export interface AggregateUserFunction extends UserFunctionBase {
  readonly kind: 'aggregate';
  readonly returns: DataType;
  create(): unknown;
  /** Changes the state, or gives the next one. */
  accumulate(state: unknown, ...args: readonly JsValue[]): unknown;
  retract: ((state: unknown, ...args: readonly JsValue[]) => unknown) | null;
  result(state: unknown): unknown;
}

export type UserFunction =
  ScalarUserFunction | VectorizedUserFunction | AsyncUserFunction | TableUserFunction | AggregateUserFunction;

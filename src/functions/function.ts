/**
 * What SQL can call. A function is one literal: name, doc, examples, null handling, volatility, overloads and
 * evaluation. Overload resolution, SHOW FUNCTIONS, the reference page, completion and a test per example come from it.
 */
import type { DataType } from '../types/data-type.ts';
import type { Value } from '../types/vector.ts';

/** What binding knows of an argument: its type, and its value where it is a constant. */
export interface BoundArgument {
  readonly type: DataType;
  /** `undefined` when the argument is not a literal. */
  readonly literal?: Value | undefined;
}

export interface FunctionExample {
  /** An expression: `UPPER('abc')`. */
  readonly sql: string;
  /** Its value as CAST to STRING prints it; `NULL` for NULL. */
  readonly result: string;
}

export type Volatility =
  /** Same arguments, same value: folded when constant. */
  | 'immutable'
  /** Evaluated per record in a stream (CURRENT_TIMESTAMP), once per query in batch mode. */
  | 'per-record'
  /** RAND, UUID. */
  | 'volatile';

export type FunctionCategory =
  | 'comparison'
  | 'logical'
  | 'arithmetic'
  | 'string'
  | 'temporal'
  | 'conditional'
  | 'conversion'
  | 'collection'
  | 'json'
  | 'value-construction'
  | 'hash'
  | 'aggregate'
  | 'window'
  | 'system';

/** The outcome of overload resolution. */
export interface ResolvedCall {
  /** Canonical name, as it stands in a `call` expression. */
  readonly name: string;
  /** What each argument must be cast to first (same kind = no cast). */
  readonly argTypes: readonly DataType[];
  readonly type: DataType;
}

/** A scalar function as listed: what SHOW FUNCTIONS, docs and completion need. */
export interface FunctionInfo {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly category: FunctionCategory;
  /** As the reference page prints it: `SUBSTRING(string FROM integer1 [ FOR integer2 ])`. */
  readonly signature: string;
  readonly doc: string;
  readonly examples: readonly FunctionExample[];
  readonly volatility: Volatility;
}

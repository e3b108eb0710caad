/**
 * What SQL can call. A function is one literal: name, doc, examples, null handling, volatility, overloads and
 * evaluation. Overload resolution, SHOW FUNCTIONS, the reference page, completion and a test per example come from it.
 */
import type { DataType } from '../types/data-type.ts';
import type { Value } from '../types/vector.ts';
import type { UserFunction } from './user/user-function.ts';

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

/** What evaluation may ask of the outside world; the runtime's EvalContext is one. */
export interface FunctionContext {
  /** Epoch ms. */
  now(): number;
  random(): number;
  /** IANA name: `table.local-time-zone`. */
  readonly timeZone: string;
  /** -Infinity before the first. */
  readonly watermark: number;
  /** A function of the program, by the name that the plan calls it. */
  readonly userFunction?: ((name: string) => UserFunction) | undefined;
}

/** One call in a query, as `evaluate` is specialized for it. */
export interface CallSite {
  readonly argTypes: readonly DataType[];
  readonly type: DataType;
  /** Parallel to `argTypes`; `undefined` where the argument is not constant. */
  readonly literals: readonly (Value | undefined)[];
  readonly context: FunctionContext;
}

// The parameters' types follow from the overload, which the type system cannot see: hence any.
// oxlint-disable-next-line typescript/no-explicit-any
export type Evaluate = (...args: any[]) => Value;

export interface ScalarFunction extends FunctionInfo {
  /** The overload for these arguments; `undefined` when none takes them. */
  resolve(args: readonly BoundArgument[]): Omit<ResolvedCall, 'name'> | undefined;
  /** `strict`: any NULL argument gives NULL and `evaluate` never sees one. `handled`: it sees NULL as `null`. */
  readonly nulls: 'strict' | 'handled';
  /**
   * Specializes the function for a call and returns what computes one value, from and to the forms of `Value`. Called
   * once per compiled expression, so patterns and formats that are constant are prepared here.
   */
  evaluate(site: CallSite): Evaluate;
  /**
   * JavaScript text that computes the value from the texts of non-NULL arguments (atoms or parenthesized, free of
   * effects, evaluated any number of times). `undefined`: this call has none.
   */
  inline?(site: CallSite, args: readonly string[]): Inline | undefined;
}

export interface Inline {
  readonly text: string;
  /** Whether it never throws, whatever stands under a NULL; only then it may be evaluated for one. */
  readonly total: boolean;
}

/** The name under which generated code finds a function that throws `division_by_zero`. */
export const DIVISION_BY_ZERO = 'divisionByZero';

/**
 * Eight bytes that generated code sees as one 64-bit element and as two 32-bit ones (low first): the way from a bigint
 * to a number that allocates nothing (2 ns, where `Number(bigint)` takes 10).
 */
export const WORDS64 = 'words64';
export const WORDS32 = 'words32';

/**
 * What an aggregate function is: its overloads, the fields of its accumulator, and the statements that move a row into
 * it. The statements are text in terms of `AccumulatorCode`, which the runtime supplies per record layout, so that the
 * update loop of an operator is one piece of generated code without a call per row and aggregate.
 */
import type { DataType } from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';
import type { BoundArgument, FunctionExample, FunctionInfo } from '../function.ts';

/** Where a value comes from: the (first) argument in the row at hand, or the same field of the record merged in. */
export type Operand = 'argument' | 'other';

/** Writes down operations on the accumulator's fields, by field name. Every method gives text. */
export interface AccumulatorCode {
  /** Statement: adds (or subtracts) exactly, wrapping as the field's type does. `one` is the number 1. */
  add(field: string, operand: Operand | 'one', sign: 1 | -1): string;
  /** Statement: the field becomes the operand's value, NULL included. */
  assign(field: string, operand: Operand): string;
  /** Statement: the field keeps its value and is NOT NULL. */
  markPresent(field: string): string;
  /** Statement: the field becomes the number of the row at hand in order of arrival. */
  assignArrival(field: string): string;
  /** Statement: appends the operand's text, after `separator` unless the field is NULL. */
  append(field: string, operand: Operand, separator: Value): string;
  /** Expression: the field (of the record at hand or the one merged in) is NULL. */
  isNull(field: string, of?: 'other'): string;
  /** Expression, for NOT NULL operands: operand comes before (−1) or after (1) the field in SQL order. */
  isOrdered(operand: Operand, field: string, direction: -1 | 1): string;
}

export interface AccumulatorField {
  readonly name: string;
  readonly type: DataType;
  /** NULL before the first row; else zero. */
  readonly startsNull?: boolean;
}

/** How the result is read off the fields. */
export type AggregateResult =
  | { readonly kind: 'field'; readonly field: string }
  /** NULL while the BIGINT field `count` is zero. */
  | { readonly kind: 'counted'; readonly field: string; readonly count: string }
  /** `sum` over `count` in the result's type: truncated for integers, HALF_UP for DECIMAL; NULL while `count` is zero. */
  | { readonly kind: 'average'; readonly sum: string; readonly count: string };

/**
 * Values kept beside the accumulator so that one can be taken away again: after each change the field `value` is the
 * least or greatest kept value, the one that came first or last, or all of them in order of arrival.
 */
export type KeptValues =
  | { readonly kind: 'least' }
  | { readonly kind: 'greatest' }
  | { readonly kind: 'first' }
  | { readonly kind: 'last' }
  | { readonly kind: 'concatenated'; readonly separator: Value };

export interface Accumulator {
  readonly fields: readonly AccumulatorField[];
  readonly result: AggregateResult;
  /** When set, `accumulate` and `retract` are the runtime's business and maintain the field `value`. */
  readonly kept?: KeptValues;
  /** Statements for a row whose arguments are all NOT NULL (other rows never count). */
  accumulate(code: AccumulatorCode): string;
  retract(code: AccumulatorCode): string;
  /** Statements that add the record merged in, which came later. */
  merge(code: AccumulatorCode): string;
  /** Whether merging parts of one window by time gives what one accumulator would have. */
  readonly mergesInAnyOrder: boolean;
}

/** What an accumulator must be able to do, and over what. */
export interface AccumulatorUse {
  readonly argTypes: readonly DataType[];
  readonly type: DataType;
  readonly constants: readonly Value[];
  /** Rows are taken away as well. */
  readonly retracts: boolean;
  /** Accumulators are merged. */
  readonly merges: boolean;
}

export interface AggregateFunction extends FunctionInfo {
  readonly category: 'aggregate';
  /** Expressions over `EXAMPLE_ROWS`. */
  readonly examples: readonly FunctionExample[];
  /** Argument and result types, or `undefined` if the arguments do not fit. */
  resolve(
    args: readonly BoundArgument[],
    distinct: boolean,
  ): { argTypes: readonly DataType[]; type: DataType } | undefined;
  accumulator(use: AccumulatorUse): Accumulator;
}

/** What the examples of aggregates are over: a table expression with the columns `item` and `amount`. */
export const EXAMPLE_ROWS =
  "(VALUES ('pear', 5), ('apple', 2), ('pear', 6), ('pear', CAST(NULL AS INT))) AS t (item, amount)";

/** DISTINCT changes nothing: the function gives the same for a value once or many times. */
export const DISTINCT_IS_IDLE: ReadonlySet<string> = new Set(['MIN', 'MAX', 'FIRST_VALUE']);

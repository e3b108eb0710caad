/**
 * An aggregate function of the program, as the update loop calls it. Its state is JSON text in a field of the group's
 * record (NULL before the first row), read and written at every row: whatever the program keeps of it, the engine's
 * state is what counts. What JSON lacks stands in it as `{ "$bigint": "…" }` and `{ "$number": "NaN" }`. O(size of the state) per row.
 */
import { EngineError, unsupported } from '../../errors.ts';
import type { Accumulator } from '../../functions/aggregates/aggregate.ts';
import { callError } from '../../functions/user/call-error.ts';
import { argumentTypes } from '../../functions/user/signature.ts';
import type { AggregateUserFunction } from '../../functions/user/user-function.ts';
import type { AggregateCall } from '../../plan/physical.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import { type DataType, STRING } from '../../types/data-type.ts';
import { type FromJs, type JsValue, type ToJs, fromJs, toJs } from '../../types/js-value.ts';
import { type Vector, getValue } from '../../types/vector.ts';

/** The name of the field that holds the state. */
export const STATE = 'state';

export const USER_ACCUMULATOR: Accumulator = {
  fields: [{ name: STATE, type: STRING, startsNull: true }],
  result: { kind: 'field', field: STATE },
  accumulate: () => '',
  retract: () => '',
  merge: () => '',
  mergesInAnyOrder: false,
};

const UTF8 = new TextEncoder();

export class UserAggregate {
  /** The state that the last `step` gave, for the loop to store. */
  view = new DataView(new ArrayBuffer(32));
  length = 0;
  /** Where each row's state begins in `view`. */
  start = new Int32Array(0);
  readonly strict: boolean;
  readonly #definition: AggregateUserFunction;
  readonly #args: readonly number[];
  readonly #types: readonly DataType[];
  readonly #take: readonly ToJs[];
  readonly #give: FromJs;
  #columns: readonly Vector[] = [];

  constructor(definition: AggregateUserFunction, call: AggregateCall, retracts: boolean) {
    const { name } = definition;
    if (retracts && definition.retract === null) {
      throw unsupported(
        `aggregate function ${name} over rows that are updated or deleted`,
        'Give it retract(state, …), which takes a row back out.',
      );
    }
    this.#definition = definition;
    this.strict = definition.strict;
    this.#args = call.args;
    this.#types = argumentTypes(definition, call.args.length);
    this.#take = this.#types.map(toJs);
    this.#give = fromJs(call.type, `the result of ${name}`);
  }

  /** The batch whose rows come next. */
  bind(columns: readonly Vector[], length: number): void {
    this.#columns = this.#args.map((arg) => columns[arg] as Vector);
    if (this.start.length < length) this.start = new Int32Array(length);
  }

  /** Takes row `row` in (`sign` 1) or back out (-1) of the state in `view`; `length` -1 = there is none yet. */
  step(row: number, sign: number, view: DataView, start: number, length: number): void {
    const definition = this.#definition;
    const args = this.#take.map((convert, k): JsValue =>
      convert(getValue(this.#columns[k] as Vector, row, this.#types[k] as DataType)),
    );
    try {
      const state = this.#state(view, start, length);
      const change = sign === 1 ? definition.accumulate : (definition.retract as typeof definition.accumulate);
      this.#keep(change(state, ...args) ?? state);
    } catch (error) {
      throw callError(definition.name, args, error);
    }
  }

  /** Writes the result of the state in `view` to row `row` of a column. */
  result(column: ColumnBuilder, row: number, view: DataView, start: number, length: number): void {
    try {
      column.set(row, this.#give(this.#definition.result(this.#state(view, start, length))));
    } catch (error) {
      throw callError(this.#definition.name, [], error);
    }
  }

  #state(view: DataView, start: number, length: number): unknown {
    if (length < 0) return this.#definition.create();
    const text = Buffer.from(view.buffer, view.byteOffset + start, length).toString('utf8');
    return JSON.parse(text, revive);
  }

  #keep(state: unknown): void {
    const text = JSON.stringify(state, replace);
    if (text === undefined) {
      throw new EngineError('datatype_mismatch', 'its state is not JSON', {
        hint: 'create() gives an object, an array, a string, a number, a boolean, null or a bigint.',
      });
    }
    const size = text.length * 3;
    if (this.view.byteLength < size + 32) this.view = new DataView(new ArrayBuffer(2 * size + 32));
    this.length = UTF8.encodeInto(text, new Uint8Array(this.view.buffer)).written;
  }
}

const BIGINT = '$bigint';

const NUMBER = '$number';

function replace(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { [BIGINT]: String(value) };
  // What JSON has no number for.
  const isLost = typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0));
  return isLost ? { [NUMBER]: Object.is(value, -0) ? '-0' : String(value) } : value;
}

function revive(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { [BIGINT]: whole, [NUMBER]: number } = value as Readonly<Record<string, string>>;
  if (whole !== undefined) return BigInt(whole);
  return number === undefined ? value : Number(number);
}

/**
 * The aggregates of one operator as fields of its state records and as text for its update loop.
 *
 * A program is made in two steps: `fields` and the side tables follow from the calls; when the operator's table is
 * there, `code` gives the statements over its layout. In the text `i` is the row, `ref` its record, open as `p`, `o`,
 * `g`; a merged record is open as `pB`, `oB`, `gB`, and its pages are `f64B` and so on. Rows with a NULL argument or whose FILTER is not TRUE are skipped.
 */
import type { Accumulator } from '../../functions/aggregates/aggregate.ts';
import { DISTINCT_IS_IDLE } from '../../functions/aggregates/aggregate.ts';
import { aggregateFunction } from '../../functions/aggregates/registry.ts';
import type { AggregateUserFunction } from '../../functions/user/user-function.ts';
import type { AggregateCall } from '../../plan/physical.ts';
import {
  Flattener,
  bindColumn,
  columnNames,
  columnSide,
  heapBlock,
  noView,
  recordSide,
  validity,
} from '../../state/field-code.ts';
import { readNested } from '../../state/nested-bytes.ts';
import { type FieldLayout, fieldKind } from '../../state/record-layout.ts';
import type { StateBackend, Table } from '../../state/state.ts';
import { type DataType, STRING, notNull } from '../../types/data-type.ts';
import type { Field, Schema } from '../../types/schema.ts';
import type { Vector } from '../../types/vector.ts';
import { type ArgumentNames, Prelude, RecordAccumulatorCode } from './accumulator-code.ts';
import { DistinctValues } from './distinct-values.ts';
import { KeptValues } from './kept-values.ts';
import { RESULT_SCOPE, resultCode, sameRowsCode } from './result-code.ts';
import { STATE, USER_ACCUMULATOR, UserAggregate } from './user-aggregate.ts';
import { userFunctionOf } from '../compile/definition.ts';
import type { EvalContext } from '../operator.ts';

export interface ProgramOptions {
  readonly calls: readonly AggregateCall[];
  readonly input: Schema;
  /** Key fields of the operator's table, and of the side tables. */
  readonly keyTypes: readonly DataType[];
  /** The program's own functions. */
  readonly functions: EvalContext;
  /** The leading key fields that make the key group. */
  readonly keyFields: number;
  readonly retracts: boolean;
  readonly merges: boolean;
  readonly retentionMs: number;
  /** The one of the keys that is a window: see `drop`. */
  readonly windowKey: number | null;
}

interface Compiled {
  readonly call: AggregateCall;
  readonly accumulator: Accumulator;
  /** Where its fields begin among the program's. */
  readonly first: number;
  readonly distinct: { readonly values: DistinctValues; readonly number: number; readonly filter: number } | null;
  readonly kept: { readonly values: KeptValues; readonly number: number } | null;
  readonly user: { readonly aggregate: UserAggregate; readonly number: number } | null;
}

type Part = Compiled & {
  readonly code: RecordAccumulatorCode;
  readonly named: ReadonlyMap<string, FieldLayout>;
};

/** Statements, or for `same` a function body, over an operator's table. */
export interface ProgramText {
  /** Declares input variables and functions; stands before the loops. */
  readonly prelude: string;
  /** Body of `bindInput(columns)`. */
  readonly bind: string;
  readonly start: string;
  readonly accumulate: string;
  readonly retract: string;
  readonly merge: string;
  /** Frees what the accumulators hold beside the record's own words. */
  readonly clear: string;
  /** Writes the results to row `r` of the builders `c[0]`, `c[1]`, … of `resultColumns`. */
  readonly write: string;
  /** Body of a function of `r`: the results in rows `r` and `r + 1` are the same. */
  readonly same: string;
  /** Everything that the text needs in scope, besides the table's own pages. */
  readonly scope: Readonly<Record<string, unknown>>;
}

export class AggregateProgram {
  readonly #options: ProgramOptions;
  readonly #compiled: readonly Compiled[];
  readonly #distinct: DistinctValues[] = [];
  readonly #kept: { readonly values: KeptValues; readonly column: number; readonly field: number }[] = [];
  readonly #user: UserAggregate[] = [];
  readonly fields: readonly Field[];
  readonly #startsNull: readonly boolean[];

  constructor(options: ProgramOptions, state: StateBackend) {
    this.#options = options;
    const fields: Field[] = [];
    const startsNull: boolean[] = [];
    this.#compiled = options.calls.map((call, a) => {
      const { argTypes, type, constants } = call;
      const { retracts, merges } = options;
      const user = call.user === true ? this.#userOf(call) : null;
      const accumulator =
        user === null
          ? aggregateFunction(call.name).accumulator({ argTypes, type, constants, retracts, merges })
          : USER_ACCUMULATOR;
      const first = fields.length;
      for (const field of accumulator.fields) {
        fields.push({ name: `a${a}_${field.name}`, type: field.type });
        startsNull.push(field.startsNull === true);
      }
      return {
        call,
        accumulator,
        first,
        distinct: this.#distinctOf(call, state),
        kept: this.#keptOf(call, accumulator, first, a, state),
        user,
      };
    });
    this.fields = fields;
    this.#startsNull = startsNull;
  }

  /** Whether parts of a window can be merged by time with the result that one accumulator would have. */
  get mergesInAnyOrder(): boolean {
    return (
      this.#distinct.length === 0 &&
      this.#kept.length === 0 &&
      this.#compiled.every(({ accumulator }) => accumulator.mergesInAnyOrder)
    );
  }

  /** Whether anything is kept outside the operator's records. */
  get hasSideTables(): boolean {
    return this.#distinct.length > 0 || this.#kept.length > 0;
  }

  attach(table: Table, firstField: number): void {
    for (const { values, field } of this.#kept) values.attach(table, firstField + field);
  }

  /** Looks the batch up in the side tables; rows with `mask` 0 do not count. */
  prepare(keys: readonly Vector[], columns: readonly Vector[], length: number, mask: Uint8Array | null): void {
    for (const values of this.#distinct) values.prepare(keys, columns, length, mask);
    for (const { values, column } of this.#kept) values.bind(keys, columns[column] as Vector, length);
    for (const aggregate of this.#user) aggregate.bind(columns, length);
  }

  /** Forgets what the side tables hold of the window in row 0 of `window`. */
  drop(window: Vector): void {
    for (const values of this.#distinct) values.drop(window);
    for (const { values } of this.#kept) values.drop(window);
  }

  /** After the rows of the batch: frees what they emptied. */
  finish(): void {
    if (this.#options.retracts) for (const values of this.#distinct) values.sweep();
  }

  /** The text over `table`, whose accumulator fields begin at `firstField`. */
  code(table: Table, firstField: number): ProgramText {
    const prelude = new Prelude();
    const { fields } = table.layout;
    const parts = this.#compiled.map((compiled) => {
      const { accumulator, first } = compiled;
      const named = new Map(
        accumulator.fields.map((field, f) => [field.name, fields[firstField + first + f] as FieldLayout]),
      );
      const argument = compiled.user === null ? this.#argument(compiled.call) : newState(compiled.user.number);
      const code = new RecordAccumulatorCode(named, argument, prelude);
      return { ...compiled, named, code };
    });
    const columns = this.#columns();
    const each = (text: (part: (typeof parts)[number], a: number) => string): string => parts.map(text).join('\n');
    const own = fields.slice(firstField, firstField + this.fields.length);
    const update = (sign: 1 | -1): string => each((part) => this.#update(part, parts, sign));
    // Before the prelude, which they add functions to.
    const accumulate = update(1);
    const retract = this.#options.retracts ? update(-1) : '';
    const merge = this.#options.merges ? each(({ accumulator, code }) => accumulator.merge(code)) : '';
    return {
      prelude: `
        const { ${Object.keys(RESULT_SCOPE).join(', ')} } = results;
        ${this.#distinct.map((_, d) => `const dt${d} = distinct[${d}].table.store, du${d} = dt${d}.i32, df${d} = dt${d}.f64;`).join('\n')}
        ${columns.map(({ c, type }) => `let ${[...columnNames('a', c, fieldKind(type)), `aq${c}`].join(', ')};`).join('\n')}
        let arrivalBase = 0;
        ${prelude.text}`,
      bind: `arrivalBase = arrivals; ${columns
        .map(({ c, type }) => {
          const bigints = fieldKind(type) === 'i64' ? `aq${c} = v${c}.data;` : '';
          return `const v${c} = columns[${c}]; ${bindColumn('a', c, fieldKind(type), `v${c}`)} ${bigints}`;
        })
        .join('\n')}`,
      start: this.#start(own),
      accumulate,
      retract,
      merge,
      clear: [
        ...own.map(({ kind, word }) =>
          kind === 'bytes'
            ? `heap.free(p[o + ${word}], p[o + ${word + 1}]); p[o + ${word}] = 0; p[o + ${word + 1}] = 0;`
            : '',
        ),
        ...this.#kept.map((_, k) => `kept[${k}].clear(i);`),
      ].join('\n'),
      write: each(({ accumulator, named, call, user }, a) =>
        user === null
          ? resultCode(accumulator.result, named, call.type, `c[${a}]`)
          : `user[${user.number}].result(c[${a}], r, ${stateCode(named)});`,
      ),
      same: `${each(({ call }, a) => sameRowsCode(call.type, `c[${a}]`))} return true;`,
      scope: {
        results: RESULT_SCOPE,
        distinct: this.#distinct,
        kept: this.#kept.map(({ values }) => values),
        user: this.#user,
        types: Object.fromEntries(fields.map((field) => [field.word, field.type])),
        constants: prelude.constants,
        validity,
        readNested,
        noView,
      },
    };
  }

  /** Turns nested argument columns into bytes, as `bindInput` wants them. */
  flattener(): Flattener {
    return new Flattener(this.#options.input.map((field) => field.type));
  }

  /** The input columns that the loops read. */
  #columns(): { readonly c: number; readonly type: DataType }[] {
    const used = new Set(
      this.#options.calls.flatMap(({ args, filter }) => (filter === null ? args : [...args, filter])),
    );
    return [...used].sort((a, b) => a - b).map((c) => ({ c, type: (this.#options.input[c] as Field).type }));
  }

  #argument(call: AggregateCall): ArgumentNames | null {
    const [c] = call.args;
    if (c === undefined) return null;
    const type = (this.#options.input[c] as Field).type;
    return { side: columnSide('a', c, type), bigints: `aq${c}`, view: `aw${c}`, start: `as${c}` };
  }

  /** All accumulator words to zero and to their first NULL bits: a record may be used again. */
  #start(fields: readonly FieldLayout[]): string {
    const masks = new Map<number, { set: number; clear: number }>();
    const zero: string[] = [];
    fields.forEach((field, f) => {
      const mask = masks.get(field.nullWord) ?? { set: 0, clear: 0 };
      if (this.#startsNull[f] === true) mask.set |= field.nullMask;
      else mask.clear |= field.nullMask;
      masks.set(field.nullWord, mask);
      const count = { bool: 1, i32: 1, f64: 2, ts: 2, i64: 2, i128: 4, bytes: 0 }[field.kind];
      for (let k = 0; k < count; k++) zero.push(`p[o + ${field.word + k}] = 0;`);
    });
    const nulls = [...masks].map(([word, { set, clear }]) => `p[o + ${word}] = (p[o + ${word}] | ${set}) & ${~clear};`);
    return [...zero, ...nulls].join(' ');
  }

  /** The change of one aggregate, or of all that share its DISTINCT values and FILTER if it is their first. */
  #update(part: Part, parts: readonly Part[], sign: 1 | -1): string {
    const { call, distinct } = part;
    let text = this.#change(part, sign);
    if (distinct !== null) {
      const sharing = parts.filter(
        (other) => other.distinct?.number === distinct.number && other.distinct.filter === distinct.filter,
      );
      if (sharing[0] !== part) return '';
      text = this.#onChangeOfPresence(distinct, sharing.map((other) => this.#change(other, sign)).join('\n'), sign);
    }
    const conditions: string[] = [];
    if (call.filter !== null) {
      const filter = columnSide('a', call.filter, (this.#options.input[call.filter] as Field).type);
      if (filter.isNull !== 'false') conditions.push(`!(${filter.isNull})`);
      conditions.push(`${filter.number} !== 0`);
    }
    if (distinct === null && part.user?.aggregate.strict !== false) {
      for (const arg of call.args) {
        const { isNull } = columnSide('a', arg, (this.#options.input[arg] as Field).type);
        if (isNull !== 'false') conditions.push(`!(${isNull})`);
      }
    }
    return conditions.length === 0 ? `{ ${text} }` : `if (${conditions.join(' && ')}) { ${text} }`;
  }

  #change({ accumulator, code, kept, user, named }: Part, sign: 1 | -1): string {
    if (user !== null)
      return `user[${user.number}].step(i, ${sign}, ${stateCode(named)}); ${code.assign(STATE, 'argument')}`;
    if (kept !== null) return `kept[${kept.number}].${sign === 1 ? 'add' : 'take'}(i, ref);`;
    return sign === 1 ? accumulator.accumulate(code) : accumulator.retract(code);
  }

  /** Runs `text` only where the value comes (or goes) for the first (last) time. */
  #onChangeOfPresence(
    { values, number, filter }: NonNullable<Compiled['distinct']>,
    text: string,
    sign: 1 | -1,
  ): string {
    const { layout } = values.table;
    const { word, kind } = layout.fields[values.countField(filter)] as FieldLayout;
    const base = `(rd & ${layout.slotMask}) * ${layout.stride} + ${word}`;
    const thaw = layout.pages.spills ? `dt${number}.thawRecord(rd);` : '';
    const count =
      kind === 'i32'
        ? `du${number}[rd >> ${layout.pageShift}][${base}]`
        : `df${number}[rd >> ${layout.pageShift}][(${base}) >> 1]`;
    const change = !this.#options.retracts
      ? `if (${count} === 0) { ${count} = 1; ${text} }`
      : sign === 1
        ? `if (${count}++ === 0) { ${text} }`
        : `if (${count} > 0 && --${count} === 0) { ${text} }`;
    return `const rd = distinct[${number}].refs[i]; if (rd !== 0) { ${thaw} ${change} }`;
  }

  #userOf(call: AggregateCall): NonNullable<Compiled['user']> {
    const definition = userFunctionOf(call.name, this.#options.functions) as AggregateUserFunction;
    const aggregate = new UserAggregate(definition, call, this.#options.retracts);
    return { aggregate, number: this.#user.push(aggregate) - 1 };
  }

  #distinctOf(call: AggregateCall, state: StateBackend): Compiled['distinct'] {
    if (!call.distinct || DISTINCT_IS_IDLE.has(call.name)) return null;
    let number = this.#distinct.findIndex(({ options }) => options.args.join() === call.args.join());
    if (number < 0) {
      const { keyTypes, keyFields, retracts, retentionMs, windowKey } = this.#options;
      const same = this.#options.calls.filter(
        (other) => other.distinct && !DISTINCT_IS_IDLE.has(other.name) && other.args.join() === call.args.join(),
      );
      const values = new DistinctValues(
        {
          name: `distinct ${call.args.join(' ')}`,
          keyTypes,
          keyFields,
          args: call.args,
          argTypes: call.args.map((arg) => notNull((this.#options.input[arg] as Field).type)),
          filters: [...new Set(same.map((other) => other.filter))],
          retracts,
          retentionMs,
          windowKey,
        },
        state,
      );
      number = this.#distinct.push(values) - 1;
    }
    const values = this.#distinct[number] as DistinctValues;
    return { values, number, filter: values.options.filters.indexOf(call.filter) };
  }

  #keptOf(
    call: AggregateCall,
    { kept, fields }: Accumulator,
    first: number,
    a: number,
    state: StateBackend,
  ): Compiled['kept'] {
    if (kept === undefined) return null;
    const { keyTypes, keyFields, retentionMs, windowKey, input } = this.#options;
    const column = call.args[0] as number;
    const argType = notNull((input[column] as Field).type);
    const values = new KeptValues(
      { name: `kept ${a}`, keyTypes, keyFields, argType, kept, retentionMs, windowKey },
      state,
    );
    const field = first + fields.findIndex(({ name }) => name === 'value');
    return { values, number: this.#kept.push({ values, column, field }) - 1 };
  }
}

/** View, start and length of the state of a function of the program; length -1 where it is NULL. */
function stateCode(named: ReadonlyMap<string, FieldLayout>): string {
  const layout = named.get(STATE) as FieldLayout;
  const { isNull, length, word } = recordSide(layout);
  const block = heapBlock(layout, word(0));
  return `(${isNull}) ? noView : ${block.page('hv')}, ${block.start}, (${isNull}) ? -1 : ${length}`;
}

/** What a function of the program gave, as the argument of an assignment. */
function newState(number: number): ArgumentNames {
  const side = { ...columnSide('a', 0, STRING), length: `user[${number}].length` };
  return { side, bigints: '', view: `user[${number}].view`, start: `user[${number}].start` };
}

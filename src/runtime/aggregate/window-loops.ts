/**
 * Generated loops over records that each stand for a key and a window (or a part of one): add rows, merge records, write
 * results. The operators decide which record a row belongs to and when a record is done.
 */
import type { WindowProperty } from '../../plan/physical.ts';
import { compile, loadCode, openRecord, storeNames, thawRecord } from '../../state/field-code.ts';
import type { FieldLayout } from '../../state/record-layout.ts';
import type { Table } from '../../state/state.ts';
import { BatchBuilder } from '../../types/batch.ts';
import { BIGINT, notNull } from '../../types/data-type.ts';
import type { Field, Schema } from '../../types/schema.ts';
import type { Vector } from '../../types/vector.ts';
import type { Output } from '../operator.ts';
import type { AggregateProgram } from './aggregate-program.ts';

export interface WindowTimes {
  readonly start: number;
  readonly end: number;
  readonly time: number;
}

export interface WindowLoops {
  /** The columns of the batch in hand; its row i arrived as number `arrivals + i`. */
  bindInput(columns: readonly Vector[], arrivals: number): void;
  /** Sets the accumulators of a new record. */
  start(ref: number): void;
  /** Adds rows `[from, to)` to their records; a row with ref 0 is left out. */
  accumulate(refs: Int32Array, kinds: Uint8Array | null, from: number, to: number): void;
  /** Adds the accumulators of each of `count` records to those of its target. */
  merge(from: Int32Array, to: Int32Array, count: number): void;
  /** Emits +I for each of `count` records that stand for at least one row. */
  emit(refs: Int32Array, count: number, window: WindowTimes): void;
}

export interface LoopOptions {
  readonly program: AggregateProgram;
  readonly table: Table;
  /** Where `merge` takes records from: the table, or another one of the same layout. */
  readonly mergesFrom?: Table;
  /** The first accumulator field of the table; key fields come from 0 on. */
  readonly firstField: number;
  readonly keyCount: number;
  /** BIGINT field that counts the rows behind a record, where rows are taken away. */
  readonly rowsField: number | null;
  /**
   * A record is a part of a window: what is taken away may stand in another part, so counts may be negative until parts
   * are merged. Else what is not there cannot be taken away and is ignored.
   */
  readonly parts: boolean;
  readonly properties: readonly WindowProperty[];
  readonly output: WindowOutput;
}

/** The field that `rowsField` names, as the table declares it. */
export const ROWS_FIELD: Field = { name: 'rows', type: notNull(BIGINT) };

/** The outgoing end of a window operator; every call of the operator ends with `flush`. */
export class WindowOutput {
  readonly builder: BatchBuilder;
  readonly limit: number;
  readonly #output: Output;

  constructor(schema: Schema, output: Output, batchSize: number) {
    this.builder = new BatchBuilder(schema);
    this.builder.reserve(batchSize);
    this.limit = batchSize;
    this.#output = output;
  }

  flush(): void {
    if (this.builder.isEmpty) return;
    this.#output.push(this.builder.build());
    this.builder.reset();
  }
}

export function windowLoops(options: LoopOptions): WindowLoops {
  const { program, table, firstField, keyCount, rowsField, parts, properties, output } = options;
  const text = program.code(table, firstField);
  const { layout } = table;
  const low = rowsField === null ? -1 : (layout.fields[rowsField] as FieldLayout).word;
  const rowsAt = (x: string, k: number): string => `p${x}[o${x} + ${low + k}]`;
  const zeroRows = `${rowsAt('', 0)} === 0 && ${rowsAt('', 1)} === 0`;
  const aggregateCount = output.builder.columns.length - keyCount - properties.length;
  const accumulate =
    rowsField === null
      ? text.accumulate
      : `if (kinds !== null && (kinds[i] & 1) === 1) {
           ${parts ? '' : `if (${zeroRows}) continue;`}
           ${text.retract}
           if (${rowsAt('', 0)} === 0) ${rowsAt('', 1)}--; ${rowsAt('', 0)}--;
         } else {
           ${text.accumulate}
           if ((${rowsAt('', 0)} = (${rowsAt('', 0)} + 1) | 0) === 0) ${rowsAt('', 1)}++;
         }`;
  const mergeRows =
    rowsField === null ? '' : `i64[g][(o + ${low}) >> 1] = i64[g][(o + ${low}) >> 1] + i64B[gB][(oB + ${low}) >> 1];`;
  const body = `
    ${storeNames()}
    ${storeNames('from', 'B')}
    ${text.prelude}
    function bindInput(columns, arrivals) { ${text.bind} }
    function start(ref) { ${openRecord(layout, 'ref')} ${thawRecord(layout, 'ref')} ${text.start} ${rowsField === null ? '' : `${rowsAt('', 0)} = 0; ${rowsAt('', 1)} = 0;`} }
    function accumulate(refs, kinds, from, to) {
      store.thawAll(refs, from, to);
      for (let i = from; i < to; i++) {
        const ref = refs[i];
        if (ref === 0) continue;
        ${openRecord(layout, 'ref')}
        ${accumulate}
      }
    }
    function merge(from, to, count) {
      for (let k = 0; k < count; k++) {
        const other = from[k], ref = to[k];
        ${openRecord(layout, 'other', 'B', 'B')} ${openRecord(layout, 'ref')} ${thawRecord(layout, 'ref')}
        ${text.merge}
        ${mergeRows}
      }
    }
    function emit(refs, count, window) {
      const start = window.start, end = window.end, time = window.time;
      let n = builder.length;
      for (let k = 0; k < count; k++) {
        const ref = refs[k];
        if (n >= limit) { builder.length = n; output.flush(); n = 0; }
        ${openRecord(layout, 'ref')}
        ${rowsField === null ? '' : `if ((${zeroRows}) || ${rowsAt('', 1)} < 0) continue;`}
        const r = n++;
        kinds[r] = 0;
        ${layout.fields
          .slice(0, keyCount)
          .map((field, key) => loadCode(field, `keys[${key}]`))
          .join('\n')}
        ${text.write}
        ${properties.map((property, w) => `w[${w}].valid[r] = 1; w[${w}].data[r] = ${property};`).join(' ')}
      }
      builder.length = n;
    }
    return { bindInput, start, accumulate, merge, emit };`;
  const { columns } = output.builder;
  return compile<WindowLoops>(body, {
    ...text.scope,
    store: table.store,
    from: (options.mergesFrom ?? table).store,
    builder: output.builder,
    kinds: output.builder.kinds,
    limit: output.limit,
    output,
    keys: columns.slice(0, keyCount),
    c: columns.slice(keyCount, keyCount + aggregateCount),
    w: columns.slice(keyCount + aggregateCount),
  });
}

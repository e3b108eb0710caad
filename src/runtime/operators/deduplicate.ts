/**
 * One row per key, the first or the last by time. Four behaviours, one class each:
 * - `proctime` first: the row that arrives first, +I; the rest is dropped. State: the keys.
 * - `proctime` last: each row replaces the one before it, −U/+U; nothing where it is equal (the time column apart)
 *   and the state has no retention. State: the last row of each key.
 * - `rowtime` last: a row as late as the one held, or later, replaces it, −U/+U. State: the last row of each key.
 * - `rowtime` first: in `deduplicate-first.ts`.
 *
 * All cost one hash probe a row.
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import type { HashIndex, RowSource, Table } from '../../state/state.ts';
import { type Batch, INSERT, UPDATE_AFTER, UPDATE_BEFORE } from '../../types/batch.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import type { Vector } from '../../types/vector.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { type MarkedRows, walkMarks } from '../rows/marks.ts';
import { type RowCopier, compileRowCopier } from '../rows/row-copier.ts';
import { RowOutput } from '../rows/row-output.ts';
import { RowStorage } from '../rows/row-storage.ts';
import { timesOf } from '../rows/row-time.ts';
import { FirstByRowtimeOperator } from './deduplicate-first.ts';

export function deduplicateOperator(node: PhysicalOf<'deduplicate'>, context: OperatorContext): Operator {
  if (node.keep === 'last') return new KeepLastOperator(node, context);
  return node.time === 'rowtime' ? new FirstByRowtimeOperator(node, context) : new FirstToArriveOperator(node, context);
}

class FirstToArriveOperator implements Operator, MarkedRows {
  readonly #storage: RowStorage;
  readonly #keys: Table;
  readonly #index: HashIndex;
  readonly #output: RowOutput;
  readonly #copy: RowCopier;
  #refs = new Int32Array(1024);
  /** How many of the rows that made a key were emitted. */
  #emitted = 0;

  constructor(node: PhysicalOf<'deduplicate'>, context: OperatorContext) {
    this.#storage = new RowStorage(node.input.schema, node.keys);
    this.#keys = context.state.table({
      name: 'keys',
      version: 1,
      fields: this.#storage.fields.slice(0, node.keys.length),
      keyFields: node.keys.length,
      indexes: [{ kind: 'hash', fields: this.#storage.keyFields }],
      retentionMs: node.stateTtlMs,
    });
    this.#index = this.#keys.hash(0);
    this.#output = new RowOutput(node.schema, context.output, context.batchSize);
    this.#copy = compileRowCopier(node.schema);
  }

  process(_port: number, batch: Batch): void {
    const { length, vectors } = batch;
    this.#keys.expire();
    if (this.#refs.length < length) this.#refs = new Int32Array(length * 2);
    if (length > 0) this.#index.upsertAll(this.#storage.keyVectors(vectors), length, this.#refs);
    this.#emitted = 0;
    walkMarks(batch, this);
    this.#output.flush();
  }

  rows({ vectors }: Batch, _from: number, to: number): void {
    const { freshRows, freshCount } = this.#index;
    for (; this.#emitted < freshCount; this.#emitted++) {
      const row = freshRows[this.#emitted] as number;
      if (row >= to) return;
      this.#copy(this.#output.columns, 0, this.#output.addRow(INSERT), vectors, row);
    }
  }

  mark(time: number): void {
    this.#output.mark(time);
  }
}

class KeepLastOperator implements Operator, MarkedRows {
  readonly #storage: RowStorage;
  readonly #rows: Table;
  readonly #index: HashIndex;
  readonly #output: RowOutput;
  readonly #copy: RowCopier;
  readonly #targets: readonly ColumnBuilder[];
  readonly #byRowtime: boolean;
  readonly #skipEqual: boolean;
  readonly #emitUpdateBefore: boolean;
  readonly #timeColumn: number;
  readonly #timeField: number;
  #refs = new Int32Array(1024);
  #source: RowSource = [];
  /** Without the column that holds the time of arrival. */
  #sourceWithoutTime: RowSource = [];
  #nextFresh = 0;

  constructor(node: PhysicalOf<'deduplicate'>, context: OperatorContext) {
    this.#storage = new RowStorage(node.input.schema, node.keys);
    this.#rows = context.state.table({
      name: 'rows',
      version: 1,
      fields: this.#storage.fields,
      keyFields: node.keys.length,
      indexes: [{ kind: 'hash', fields: this.#storage.keyFields }],
      retentionMs: node.stateTtlMs,
    });
    this.#index = this.#rows.hash(0);
    this.#output = new RowOutput(node.schema, context.output, context.batchSize);
    this.#copy = compileRowCopier(node.schema);
    this.#targets = this.#storage.targets(this.#output, 0);
    this.#byRowtime = node.time === 'rowtime';
    this.#skipEqual = !this.#byRowtime && node.stateTtlMs === 0;
    this.#emitUpdateBefore = node.emitUpdateBefore;
    this.#timeColumn = node.timeColumn;
    this.#timeField = this.#storage.fieldOf(node.timeColumn);
  }

  process(_port: number, batch: Batch): void {
    const { length, vectors } = batch;
    this.#rows.expire();
    if (this.#refs.length < length) this.#refs = new Int32Array(length * 2);
    if (length > 0) {
      this.#index.upsertAll(this.#storage.keyVectors(vectors), length, this.#refs);
      this.#source = this.#storage.source(vectors);
      this.#sourceWithoutTime = this.#source.map((vector, field) => (field === this.#timeField ? null : vector));
      this.#rows.bind(this.#source, length);
    }
    this.#nextFresh = 0;
    walkMarks(batch, this);
    this.#output.flush();
  }

  rows({ length, vectors }: Batch, from: number, to: number): void {
    const times = this.#byRowtime ? timesOf(vectors[this.#timeColumn] as Vector) : null;
    for (let row = from; row < to; row++) {
      const ref = this.#refs[row] as number;
      if (this.#isFresh(row)) {
        this.#rows.update(ref, row);
        this.#copy(this.#output.columns, 0, this.#output.addRow(INSERT), vectors, row);
        continue;
      }
      if (times !== null && (times[row] as number) < this.#rows.getNumber(ref, this.#timeField)) continue;
      if (this.#skipEqual && this.#isEqual(ref, row, length)) continue;
      if (this.#emitUpdateBefore) this.#rows.copyAllTo(ref, 0, this.#targets, this.#output.addRow(UPDATE_BEFORE));
      this.#copy(this.#output.columns, 0, this.#output.addRow(UPDATE_AFTER), vectors, row);
      this.#rows.update(ref, row);
      this.#rows.touch(ref);
    }
  }

  mark(time: number): void {
    this.#output.mark(time);
  }

  #isFresh(row: number): boolean {
    if (this.#nextFresh >= this.#index.freshCount || this.#index.freshRows[this.#nextFresh] !== row) return false;
    this.#nextFresh++;
    return true;
  }

  #isEqual(ref: number, row: number, length: number): boolean {
    this.#rows.bind(this.#sourceWithoutTime, length);
    const equal = this.#rows.matches(ref, row);
    this.#rows.bind(this.#source, length);
    return equal;
  }
}

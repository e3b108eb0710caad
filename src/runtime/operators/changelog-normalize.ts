/**
 * Whole changes of changes by key: +U alone, and -D that may hold no more than the key.
 *
 * State: the last row of each key that meets the condition, freed when the key is deleted or its row no longer meets it,
 * and under retention. Emitted, as Flink's ChangelogNormalize does: +I for the first row of a key, −U/+U for another one,
 * nothing for an equal one (with retention it is emitted, so that it lives on downstream as it does here), −D with the row
 * that was kept for a deletion or a row that fails, nothing for a deletion of a key that is not known. Which of +I and +U
 * comes in says nothing. Cost: one hash probe a row.
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import type { HashIndex, Table } from '../../state/state.ts';
import { type Batch, DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE, isRetraction } from '../../types/batch.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import type { Vector } from '../../types/vector.ts';
import { type RowPairPredicate, compilePredicate } from '../compile/predicate.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { type MarkedRows, walkMarks } from '../rows/marks.ts';
import { type RowCopier, compileRowCopier } from '../rows/row-copier.ts';
import { RowOutput } from '../rows/row-output.ts';
import { RowStorage } from '../rows/row-storage.ts';

const NO_VECTORS: readonly Vector[] = [];

class ChangelogNormalizeOperator implements Operator, MarkedRows {
  readonly #storage: RowStorage;
  readonly #rows: Table;
  readonly #byKey: HashIndex;
  readonly #condition: RowPairPredicate | null;
  readonly #output: RowOutput;
  readonly #copy: RowCopier;
  readonly #targets: readonly ColumnBuilder[];
  readonly #skipEqual: boolean;
  /** Of the rows of the batch in hand, as of its start: what came in since then is found again. */
  #refs = new Int32Array(1024);
  /** A record went since the start of the batch: its ref may be another one's by now. */
  #removed = false;
  readonly #emitUpdateBefore: boolean;

  constructor(node: PhysicalOf<'changelog-normalize'>, context: OperatorContext) {
    const { schema, condition, keys, stateTtlMs } = node;
    this.#storage = new RowStorage(schema, keys);
    this.#rows = context.state.table({
      name: 'rows',
      version: 1,
      fields: this.#storage.fields,
      keyFields: keys.length,
      indexes: [{ kind: 'hash', fields: this.#storage.keyFields }],
      retentionMs: stateTtlMs,
    });
    this.#byKey = this.#rows.hash(0);
    this.#condition =
      condition === null ? null : compilePredicate({ condition, leftColumns: schema.length, context: context.eval });
    this.#output = new RowOutput(schema, context.output, context.batchSize);
    this.#copy = compileRowCopier(schema);
    this.#targets = this.#storage.targets(this.#output, 0);
    this.#skipEqual = stateTtlMs === 0;
    this.#emitUpdateBefore = node.emitUpdateBefore;
  }

  process(_port: number, batch: Batch): void {
    const { length, vectors } = batch;
    this.#rows.expire();
    if (length > 0) {
      if (this.#refs.length < length) this.#refs = new Int32Array(length * 2);
      this.#byKey.findAll(this.#storage.keyVectors(vectors), length, this.#refs);
      this.#rows.bind(this.#storage.source(vectors), length);
      this.#condition?.bind(vectors, NO_VECTORS);
    }
    this.#removed = false;
    walkMarks(batch, this);
    this.#output.flush();
  }

  rows({ kinds, vectors }: Batch, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const known = this.#removed ? 0 : (this.#refs[row] as number);
      const old = known === 0 ? this.#byKey.find(row) : known;
      const stands = kinds === null || !isRetraction(kinds[row] as number);
      if (!stands || (this.#condition !== null && !this.#condition.test(row, 0))) {
        if (old !== 0) this.#remove(old);
      } else if (old === 0) {
        this.#rows.insert(row);
        this.#copy(this.#output.columns, 0, this.#output.addRow(INSERT), vectors, row);
      } else if (!this.#skipEqual || !this.#rows.matches(old, row)) this.#replace(old, vectors, row);
    }
  }

  mark(time: number): void {
    this.#output.mark(time);
  }

  #remove(old: number): void {
    this.#rows.copyAllTo(old, 0, this.#targets, this.#output.addRow(DELETE));
    this.#rows.remove(old);
    this.#removed = true;
  }

  #replace(old: number, vectors: readonly Vector[], row: number): void {
    if (this.#emitUpdateBefore) this.#rows.copyAllTo(old, 0, this.#targets, this.#output.addRow(UPDATE_BEFORE));
    this.#copy(this.#output.columns, 0, this.#output.addRow(UPDATE_AFTER), vectors, row);
    this.#rows.update(old, row);
    this.#rows.touch(old);
  }
}

export function changelogNormalizeOperator(
  node: PhysicalOf<'changelog-normalize'>,
  context: OperatorContext,
): Operator {
  return new ChangelogNormalizeOperator(node, context);
}

/**
 * ORDER BY rowtime, … : rows wait until the watermark reaches their time, then leave in order, ties by arrival.
 *
 * State: the waiting rows in an ordered index, freed as they leave, and the time of the last row that left. A row that
 * is not later than that is dropped and counted (not compared with the watermark: a row between the last released time
 * and the watermark still comes, with the next watermark). Cost: O(log waiting) a row.
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import type { Cell, OrderedIndex, Table } from '../../state/state.ts';
import { type Batch, INSERT } from '../../types/batch.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import type { Vector } from '../../types/vector.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { type MarkedRows, walkMarks } from '../rows/marks.ts';
import { RowOutput } from '../rows/row-output.ts';
import { RowStorage } from '../rows/row-storage.ts';
import { timesOf } from '../rows/row-time.ts';

class TemporalSortOperator implements Operator, MarkedRows {
  readonly #context: OperatorContext;
  readonly #timeColumn: number;
  readonly #storage: RowStorage;
  readonly #waiting: Table;
  readonly #byOrder: OrderedIndex;
  readonly #lastReleased: Cell;
  readonly #output: RowOutput;
  readonly #targets: readonly ColumnBuilder[];

  constructor(node: PhysicalOf<'temporal-sort'>, context: OperatorContext) {
    this.#context = context;
    this.#timeColumn = node.timeColumn;
    this.#storage = new RowStorage(node.input.schema, []);
    this.#waiting = context.state.table({
      name: 'waiting',
      version: 1,
      fields: this.#storage.fields,
      keyFields: 0,
      indexes: [{ kind: 'ordered', fields: [], order: this.#storage.orderKeys(node.order) }],
    });
    this.#byOrder = this.#waiting.ordered(0);
    this.#lastReleased = context.state.cell({ name: 'last-released', initial: -Infinity, merge: 'max' });
    this.#output = new RowOutput(node.schema, context.output, context.batchSize);
    this.#targets = this.#storage.targets(this.#output, 0);
  }

  process(_port: number, batch: Batch): void {
    this.#waiting.bind(this.#storage.source(batch.vectors), batch.length);
    walkMarks(batch, this);
    this.#output.flush();
  }

  rows(batch: Batch, from: number, to: number): void {
    const times = timesOf(batch.vectors[this.#timeColumn] as Vector);
    const last = this.#lastReleased.value;
    for (let row = from; row < to; row++) {
      if ((times[row] as number) > last) this.#waiting.insert(row);
      else {
        this.#context.counters.add('late_rows', 1);
        this.#context.lateRow?.(batch, row);
      }
    }
  }

  mark(time: number): void {
    for (;;) {
      const root = this.#byOrder.root();
      if (root === 0) break;
      const ref = this.#byOrder.first(root);
      const rowTime = this.#waiting.getNumber(ref, this.#timeColumn);
      if (rowTime > time) break;
      const at = this.#output.addRow(INSERT);
      this.#waiting.copyAllTo(ref, 0, this.#targets, at);
      this.#waiting.remove(ref);
      this.#lastReleased.value = rowTime;
    }
    this.#output.mark(time);
  }
}

export function temporalSortOperator(node: PhysicalOf<'temporal-sort'>, context: OperatorContext): Operator {
  return new TemporalSortOperator(node, context);
}

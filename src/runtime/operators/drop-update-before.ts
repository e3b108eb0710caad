import { type Batch, INSERT, UPDATE_BEFORE } from '../../types/batch.ts';
import type { PhysicalOf } from '../../plan/physical.ts';
import type { Operator, OperatorContext, Output } from '../operator.ts';
import { type MarkedRows, walkMarks } from '../rows/marks.ts';
import { type RowCopier, compileRowCopier } from '../rows/row-copier.ts';
import { RowOutput } from '../rows/row-output.ts';

/** Takes -U away. No state; a batch without -U passes untouched, any other costs one copy of each remaining row. */
class DropUpdateBeforeOperator implements Operator, MarkedRows {
  readonly #output: Output;
  readonly #rows: RowOutput;
  readonly #copy: RowCopier;

  constructor(node: PhysicalOf<'drop-update-before'>, context: OperatorContext) {
    this.#output = context.output;
    this.#rows = new RowOutput(node.schema, context.output, context.batchSize);
    this.#copy = compileRowCopier(node.schema);
  }

  process(_port: number, batch: Batch): void {
    const first = batch.kinds === null ? -1 : batch.kinds.indexOf(UPDATE_BEFORE);
    if (first === -1 || first >= batch.length) {
      this.#output.push(batch);
      return;
    }
    walkMarks(batch, this);
    this.#rows.flush();
  }

  rows(batch: Batch, from: number, to: number): void {
    const { kinds, vectors } = batch;
    for (let row = from; row < to; row++) {
      const kind = kinds === null ? INSERT : (kinds[row] as number);
      if (kind === UPDATE_BEFORE) continue;
      const at = this.#rows.addRow(kind);
      this.#copy(this.#rows.columns, 0, at, vectors, row);
    }
  }

  mark(time: number): void {
    this.#rows.mark(time);
  }
}

export function dropUpdateBeforeOperator(node: PhysicalOf<'drop-update-before'>, context: OperatorContext): Operator {
  return new DropUpdateBeforeOperator(node, context);
}

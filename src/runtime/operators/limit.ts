/**
 * The first rows by arrival. On an append-only input the state is one number, and once the limit is reached the output
 * ends, and with it whatever feeds only this. On a changing input it is Top-N over an order without columns, so that a
 * deleted row is replaced by the one that arrived next.
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import type { Cell } from '../../state/state.ts';
import { type Batch, INSERT } from '../../types/batch.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { type MarkedRows, walkMarks } from '../rows/marks.ts';
import { type RowCopier, compileRowCopier } from '../rows/row-copier.ts';
import { RowOutput } from '../rows/row-output.ts';
import { rankOperator } from './rank.ts';

class LimitOperator implements Operator, MarkedRows {
  readonly #offset: number;
  readonly #end: number;
  /** Rows seen, up to `#end`. */
  readonly #seen: Cell;
  readonly #output: RowOutput;
  readonly #copy: RowCopier;

  constructor(node: PhysicalOf<'limit'>, context: OperatorContext) {
    this.#offset = node.offset;
    this.#end = node.offset + node.limit;
    this.#seen = context.state.cell({ name: 'seen', initial: 0, merge: 'sum' });
    this.#output = new RowOutput(node.schema, context.output, context.batchSize);
    this.#copy = compileRowCopier(node.schema);
  }

  get done(): boolean {
    return this.#seen.value >= this.#end;
  }

  process(_port: number, batch: Batch): void {
    if (this.done) return;
    walkMarks(batch, this);
    if (this.done) this.#output.mark(Infinity);
    this.#output.flush();
  }

  rows({ vectors }: Batch, from: number, to: number): void {
    const seen = this.#seen.value;
    const skipped = Math.max(0, this.#offset - seen);
    const end = Math.min(to, from + this.#end - seen);
    for (let row = from + skipped; row < end; row++) {
      const at = this.#output.addRow(INSERT);
      this.#copy(this.#output.columns, 0, at, vectors, row);
    }
    this.#seen.value = Math.min(this.#end, seen + to - from);
  }

  mark(time: number): void {
    if (!this.done) this.#output.mark(time);
  }
}

export function limitOperator(node: PhysicalOf<'limit'>, context: OperatorContext): Operator {
  if (!node.inputRetracts) return new LimitOperator(node, context);
  return rankOperator(
    {
      kind: 'rank',
      id: node.id,
      schema: node.schema,
      changelog: node.changelog,
      input: node.input,
      partition: [],
      order: [],
      from: node.offset + 1,
      to: node.offset + node.limit,
      outputRank: false,
      strategy: 'retract',
      upsertKey: [],
      emitUpdateBefore: node.changelog.updateBefore,
      stateTtlMs: 0,
    },
    context,
  );
}

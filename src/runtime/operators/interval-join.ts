/**
 * Join of two append-only streams on equal keys and `left.time` in [right.time + lower, right.time + upper].
 *
 * A row joins at once with what is kept of the other side (in order of time, then arrival), and is kept itself while
 * the watermark is below the last time at which a partner can come, its *bound*: `time − lower` of a left row,
 * `time + upper` of a right one. When the watermark passes a bound the row is freed, and an outer row that never
 * matched leaves padded with NULLs, in order of bounds (at equal bounds left rows first, then by arrival). A row that
 * comes when its bound is reached already still joins with what is there, and is padded at once if it matches nothing.
 *
 * State: each side's rows in an ordered index by key and time and one over all times; on an outer side whether a row
 * has matched. The watermark that leaves is held back by the larger reach of the two sides, since a match carries the
 * times of both. Cost: O(log kept rows) a row, plus one step per match.
 */
import type { PhysicalNode, PhysicalOf } from '../../plan/physical.ts';
import type { OrderedIndex, Table } from '../../state/state.ts';
import { type Batch, INSERT } from '../../types/batch.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import { BOOLEAN, notNull } from '../../types/data-type.ts';
import type { Vector } from '../../types/vector.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { type MarkedRows, walkMarks } from '../rows/marks.ts';
import { NullKeyMask } from '../rows/null-keys.ts';
import { type RowCopier, compileRowCopier, padWithNulls } from '../rows/row-copier.ts';
import { RowOutput } from '../rows/row-output.ts';
import { PairCondition, RowPairs } from '../rows/row-pairs.ts';
import { RowStorage } from '../rows/row-storage.ts';
import { timesOf } from '../rows/row-time.ts';
import { isOuter } from './join.ts';

interface Side {
  readonly storage: RowStorage;
  readonly table: Table;
  readonly byKey: OrderedIndex;
  readonly byTime: OrderedIndex;
  readonly timeColumn: number;
  readonly timeField: number;
  readonly outer: boolean;
  readonly matchedField: number;
  /** Partners of a row have times from `time + before` to `time + after`. */
  readonly before: number;
  readonly after: number;
  readonly first: number;
  readonly width: number;
  readonly targets: readonly ColumnBuilder[];
  readonly copy: RowCopier;
  condition: PairCondition | null;
}

/** Rows that leave between two places where memory beyond the budget may go; most of them push nothing. */
const RELAX_EVERY = 1024;

class IntervalJoinOperator implements Operator, MarkedRows {
  readonly #context: OperatorContext;
  readonly #output: RowOutput;
  readonly #sides: readonly [Side, Side];
  readonly #nullKeys: NullKeyMask;
  readonly #delayMs: number;
  readonly #pairs = new RowPairs();
  #port = 0;
  #mask: Uint8Array | null = null;
  #watermark = -Infinity;

  constructor(node: PhysicalOf<'interval-join'>, context: OperatorContext) {
    this.#context = context;
    this.#output = new RowOutput(node.schema, context.output, context.batchSize);
    this.#nullKeys = new NullKeyMask(node.leftKeys.map(() => false));
    this.#delayMs = Math.max(0, -node.lowerMs, node.upperMs);
    const left = this.#side(node.left, {
      name: 'left',
      keys: node.leftKeys,
      timeColumn: node.leftTime,
      outer: isOuter(node.type, 'left'),
      before: -node.upperMs,
      after: -node.lowerMs,
      first: 0,
    });
    const right = this.#side(node.right, {
      name: 'right',
      keys: node.rightKeys,
      timeColumn: node.rightTime,
      outer: isOuter(node.type, 'right'),
      before: node.lowerMs,
      after: node.upperMs,
      first: node.left.schema.length,
    });
    this.#sides = [left, right];
    if (node.condition === null) return;
    const schemas = { left: node.left.schema, right: node.right.schema };
    left.condition = new PairCondition(node.condition, context.eval, { ...schemas, batchIsLeft: true, ...right });
    right.condition = new PairCondition(node.condition, context.eval, { ...schemas, batchIsLeft: false, ...left });
  }

  #side(
    input: PhysicalNode,
    of: Pick<Side, 'timeColumn' | 'outer' | 'before' | 'after' | 'first'> & {
      readonly name: string;
      readonly keys: readonly number[];
    },
  ): Side {
    const { timeColumn, outer, before, after, first } = of;
    const storage = new RowStorage(input.schema, of.keys, outer ? [{ name: 'matched', type: notNull(BOOLEAN) }] : []);
    const timeField = storage.fieldOf(timeColumn);
    const order = [{ field: timeField, descending: false, nullsFirst: true }];
    const table = this.#context.state.table({
      name: of.name,
      version: 1,
      fields: storage.fields,
      keyFields: of.keys.length,
      indexes: [
        { kind: 'ordered', fields: storage.keyFields, order },
        { kind: 'ordered', fields: [], order },
      ],
    });
    return {
      storage,
      table,
      byKey: table.ordered(0),
      byTime: table.ordered(1),
      timeColumn,
      timeField,
      outer,
      matchedField: storage.bookkeeping,
      before,
      after,
      first,
      width: input.schema.length,
      targets: storage.targets(this.#output, first),
      copy: compileRowCopier(input.schema),
      condition: null,
    };
  }

  process(port: number, batch: Batch): void {
    const { length, vectors } = batch;
    this.#watermark = this.#context.eval.watermark;
    this.#port = port;
    if (length > 0) {
      const side = this.#sides[port] as Side;
      const other = this.#sides[1 - port] as Side;
      const keys = side.storage.keyVectors(vectors);
      this.#mask = this.#nullKeys.of(keys, length);
      side.table.bind(side.storage.source(vectors), length);
      other.byKey.bind(keys, length);
    }
    walkMarks(batch, this);
    this.#output.flush();
  }

  rows(batch: Batch, from: number, to: number): void {
    const side = this.#sides[this.#port] as Side;
    const other = this.#sides[1 - this.#port] as Side;
    const times = timesOf(batch.vectors[side.timeColumn] as Vector);
    for (let row = from, end = from; row < to; row++) {
      if (row === end) end = this.#gather(row, to, batch.vectors);
      this.#join(side, other, batch, row, times[row] as number);
    }
  }

  mark(time: number): void {
    this.#watermark = Math.max(this.#watermark, time);
    this.#expire();
    this.#output.mark(time - this.#delayMs);
  }

  /** Collects the partners of rows `from` on; returns the row where it stopped, at most `to`. */
  #gather(from: number, to: number, vectors: readonly Vector[]): number {
    const side = this.#sides[this.#port] as Side;
    const other = this.#sides[1 - this.#port] as Side;
    const times = timesOf(vectors[side.timeColumn] as Vector);
    const pairs = this.#pairs;
    pairs.begin(from);
    let row = from;
    for (; row < to && !pairs.isEnough; row++) {
      if (this.#mask === null || this.#mask[row] === 1) {
        const time = times[row] as number;
        const latest = time + side.after;
        const root = other.byKey.find(row);
        let ref = root === 0 ? 0 : other.byKey.seekNumber(root, time + side.before);
        for (; ref !== 0 && other.table.getNumber(ref, other.timeField) <= latest; ref = other.byKey.next(ref)) {
          pairs.add(ref);
        }
      }
      pairs.endRow();
    }
    side.condition?.apply(pairs, vectors);
    return row;
  }

  #join(side: Side, other: Side, batch: Batch, row: number, time: number): void {
    const { refs } = this.#pairs;
    const start = this.#pairs.startOf(row);
    const end = this.#pairs.endOf(row);
    for (let pair = start; pair < end; pair++) {
      const partner = refs[pair] as number;
      const at = this.#output.addRow(INSERT);
      side.copy(this.#output.columns, side.first, at, batch.vectors, row);
      other.table.copyAllTo(partner, 0, other.targets, at);
      if (other.outer) other.table.setNumber(partner, other.matchedField, 1);
    }
    const matched = end > start;
    if (this.#watermark < time + side.after) {
      // A row whose key cannot match waits only for its padding.
      if (!side.outer && this.#mask !== null && this.#mask[row] === 0) return;
      const ref = side.table.insert(row);
      if (side.outer && matched) side.table.setNumber(ref, side.matchedField, 1);
    } else if (side.outer && !matched) {
      const at = this.#output.addRow(INSERT);
      side.copy(this.#output.columns, side.first, at, batch.vectors, row);
      padWithNulls(this.#output.columns, other.first, other.width, at);
    }
  }

  #expire(): void {
    const [left, right] = this.#sides;
    for (let freed = 0; ; freed++) {
      if (freed % RELAX_EVERY === RELAX_EVERY - 1) this.#context.state.relax();
      const leftRef = earliest(left);
      const rightRef = earliest(right);
      const leftBound = leftRef === 0 ? Infinity : left.table.getNumber(leftRef, left.timeField) + left.after;
      const rightBound = rightRef === 0 ? Infinity : right.table.getNumber(rightRef, right.timeField) + right.after;
      if (Math.min(leftBound, rightBound) >= this.#watermark) return;
      if (leftBound <= rightBound) this.#free(left, right, leftRef);
      else this.#free(right, left, rightRef);
    }
  }

  #free(side: Side, other: Side, ref: number): void {
    if (side.outer && side.table.getNumber(ref, side.matchedField) === 0) {
      const at = this.#output.addRow(INSERT);
      side.table.copyAllTo(ref, 0, side.targets, at);
      padWithNulls(this.#output.columns, other.first, other.width, at);
    }
    side.table.remove(ref);
  }
}

function earliest(side: Side): number {
  const root = side.byTime.root();
  return root === 0 ? 0 : side.byTime.first(root);
}

export function intervalJoinOperator(node: PhysicalOf<'interval-join'>, context: OperatorContext): Operator {
  return new IntervalJoinOperator(node, context);
}

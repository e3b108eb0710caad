/**
 * Top-N per partition over rows that are replaced by key and only move towards the top: the rows at positions `from`
 * to `to` in `order`, ties by arrival.
 *
 * State: the `to` first rows of each partition, in an ordered index and by their key, and one record per partition with
 * its row count. A row pushed out is forgotten: it can come back only by its own next update, which is right because no
 * row before it ever moves away. With retention a partition goes, rows and all, when no row of it changed for that long.
 *
 * What is emitted, as Flink's UpdatableTopN does:
 * - without rank and from position 1: a row that is kept gives −U and +U wherever it moves; one that enters gives −D of
 *   the last row if the range is full, then +I.
 * - with rank, or from a later position: a row that enters shifts the rows after it, −U and +U by position; one that
 *   moves up does so from its new position to its old one, where the −U of its old row comes right after the first −U.
 *
 * An update that leaves the order as it is keeps its place; any other goes behind the rows that tie with it. Where
 * retention upstream lets a row start anew it moves down among the rows that are kept.
 *
 * Cost: O(log `to`) for a row, with rank one step per position before and behind it.
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import type { HashIndex, OrderedIndex, Table } from '../../state/state.ts';
import { type Batch, DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE } from '../../types/batch.ts';
import type { Vector } from '../../types/vector.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { type MarkedRows, walkMarks } from '../rows/marks.ts';
import { RankedRows } from '../rows/ranked-rows.ts';

class UpdateRankOperator implements Operator, MarkedRows {
  readonly #node: PhysicalOf<'rank'>;
  readonly #ranked: RankedRows;
  readonly #rows: Table;
  readonly #byOrder: OrderedIndex;
  readonly #byKey: HashIndex;

  constructor(node: PhysicalOf<'rank'>, context: OperatorContext) {
    this.#node = node;
    this.#ranked = new RankedRows(node, context, {
      prefix: 'update-',
      index: (storage) => ({ kind: 'hash', fields: node.upsertKey.map((column) => storage.fieldOf(column)) }),
    });
    this.#rows = this.#ranked.rows;
    this.#byOrder = this.#ranked.byOrder;
    this.#byKey = this.#rows.hash(1);
  }

  process(_port: number, batch: Batch): void {
    const { length, vectors } = batch;
    this.#ranked.expire();
    if (length > 0) {
      this.#ranked.bind(batch);
      this.#byKey.bind(
        this.#node.upsertKey.map((column) => vectors[column] as Vector),
        length,
      );
    }
    walkMarks(batch, this);
    this.#ranked.output.flush();
  }

  rows(_batch: Batch, from: number, to: number): void {
    const { refs, partitions } = this.#ranked;
    for (let row = from; row < to; row++) {
      const partition = refs[row] as number;
      const old = this.#byKey.find(row);
      if (old === 0) this.#enter(partition, row);
      else {
        this.#replace(old, row);
        partitions.touch(partition);
      }
    }
  }

  mark(time: number): void {
    this.#ranked.output.mark(time);
  }

  #enter(partition: number, row: number): void {
    const ranked = this.#ranked;
    const count = ranked.countOf(partition);
    const full = count >= this.#node.to;
    const last = full ? this.#byOrder.last(ranked.rootOf(row)) : 0;
    if (full && this.#byOrder.compare(last, row) <= 0) return;
    const ref = this.#rows.insert(row);
    if (ranked.positional) ranked.emitShiftDown(ref, ranked.positionOf(ref, row), last);
    else {
      if (full) ranked.emit(DELETE, last, 0);
      ranked.emit(INSERT, ref, 0);
    }
    if (full) this.#rows.remove(last);
    ranked.setCount(partition, full ? count : count + 1);
  }

  #replace(old: number, row: number): void {
    const ranked = this.#ranked;
    const order = this.#byOrder.compare(old, row);
    if (order === 0) {
      const position = ranked.positional ? ranked.positionOf(old, row) : 0;
      ranked.emitInRange(UPDATE_BEFORE, old, position);
      this.#rows.update(old, row);
      ranked.emitInRange(UPDATE_AFTER, old, position);
    } else if (!ranked.positional) {
      ranked.emitInRange(UPDATE_BEFORE, old, 0);
      ranked.emitInRange(UPDATE_AFTER, this.#moved(old, row), 0);
    } else if (order > 0) this.#moveUp(old, row);
    else this.#moveDown(old, row);
  }

  /** The rows between the new place and the old one move down by one position. */
  #moveUp(old: number, row: number): void {
    const ranked = this.#ranked;
    let moving = this.#byOrder.first(ranked.rootOf(row));
    let at = 1;
    for (; this.#byOrder.compare(moving, row) <= 0; moving = this.#byOrder.next(moving)) at++;
    let vacated = at;
    for (let ref = moving; ref !== old; ref = this.#byOrder.next(ref)) vacated++;
    if (vacated > at) ranked.emitInRange(UPDATE_BEFORE, moving, at);
    ranked.emitInRange(UPDATE_BEFORE, old, vacated);
    ranked.emitInRange(UPDATE_AFTER, this.#moved(old, row), at);
    while (at < vacated) {
      at++;
      const next = this.#byOrder.next(moving);
      if (at < vacated) ranked.emitInRange(UPDATE_BEFORE, next, at);
      ranked.emitInRange(UPDATE_AFTER, moving, at);
      moving = next;
    }
  }

  /** The rows between the old place and the new one move up by one position. */
  #moveDown(old: number, row: number): void {
    const ranked = this.#ranked;
    let at = ranked.positionOf(old, row);
    ranked.emitInRange(UPDATE_BEFORE, old, at);
    let ref = this.#byOrder.next(old);
    for (; ref !== 0 && this.#byOrder.compare(ref, row) <= 0; ref = this.#byOrder.next(ref)) {
      ranked.emitInRange(UPDATE_BEFORE, ref, at + 1);
      ranked.emitInRange(UPDATE_AFTER, ref, at);
      at++;
    }
    ranked.emitInRange(UPDATE_AFTER, this.#moved(old, row), at);
  }

  #moved(old: number, row: number): number {
    this.#rows.remove(old);
    return this.#rows.insert(row);
  }
}

export function updateRankOperator(node: PhysicalOf<'rank'>, context: OperatorContext): Operator {
  return new UpdateRankOperator(node, context);
}

/**
 * Top-N per partition: the rows at positions `from` to `to` in `order`, ties by arrival. Over rows that are replaced by
 * key and only move towards the top it is `update-rank.ts`.
 *
 * State: one record per partition with its row count, and the rows in an ordered index per partition. Of an
 * append-only input only `to` rows per partition are kept (a row pushed beyond never returns); of a changing one all
 * are, with a second index over whole rows that finds what a retraction means. With retention a partition goes, rows
 * and all, when no row entered it for that long.
 *
 * The **boundary** of a partition is its record at position `to`, kept per partition in memory and found again when
 * needed after a restore. A row that is not before the boundary enters nothing: that costs one hash probe and one
 * comparison.
 *
 * What is emitted, as Flink's AppendOnlyTopN and RetractableTopN do:
 * - without rank and from position 1: a row that enters gives −D of the row at the boundary, if there is one, then +I;
 *   a row that leaves gives −D, then +I of the row that moves up to the boundary. Of a single row (N = 1) over an
 *   append-only input the change of hands is an update, −U and +U, as Flink's FastTop1 gives it.
 * - with rank, or from a later position: every position that changes hands gives −U of its old row and +U of its new
 *   one, upwards from the change; a position that is new gives +I, one that is no more −D.
 *
 * Cost: O(log rows) for a row that enters, plus one step per position that changes hands (and per position before it,
 * for its number).
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import type { ListIndex, OrderedIndex, Table } from '../../state/state.ts';
import { type Batch, DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE, isRetraction } from '../../types/batch.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { type MarkedRows, walkMarks } from '../rows/marks.ts';
import { RankedRows } from '../rows/ranked-rows.ts';
import { updateRankOperator } from './update-rank.ts';

class RankOperator implements Operator, MarkedRows {
  readonly #node: PhysicalOf<'rank'>;
  readonly #retracts: boolean;
  readonly #ranked: RankedRows;
  readonly #rows: Table;
  readonly #byOrder: OrderedIndex;
  /** Over whole rows; only where rows are retracted. */
  readonly #byRow: ListIndex | null;
  /** By partition: its record at position `to`, or 0 if not known; meaningful with at least `to` rows. */
  #boundary = new Int32Array(64);
  /** Partitions that were without rows at some time during the batch in hand. */
  readonly #emptied = new Set<number>();

  constructor(node: PhysicalOf<'rank'>, context: OperatorContext) {
    this.#node = node;
    this.#retracts = node.strategy === 'retract';
    this.#ranked = new RankedRows(node, context, {
      prefix: '',
      index: this.#retracts ? (storage) => ({ kind: 'list', fields: storage.rowFields }) : null,
      leaving: (partition) => this.#setBoundary(partition, 0),
    });
    this.#rows = this.#ranked.rows;
    this.#byOrder = this.#ranked.byOrder;
    this.#byRow = this.#retracts ? this.#rows.list(1) : null;
  }

  process(_port: number, batch: Batch): void {
    const { length, vectors } = batch;
    this.#ranked.expire();
    if (length > 0 && !this.#isEmptyRange) {
      this.#ranked.bind(batch);
      this.#byRow?.bind(this.#ranked.storage.rowVectors(vectors), length);
    }
    walkMarks(batch, this);
    this.#ranked.output.flush();
    if (this.#emptied.size > 0) this.#removeEmptyPartitions();
  }

  rows({ kinds }: Batch, from: number, to: number): void {
    if (this.#isEmptyRange) return;
    const { refs } = this.#ranked;
    for (let row = from; row < to; row++) {
      const partition = refs[row] as number;
      if (kinds !== null && isRetraction(kinds[row] as number)) this.#retract(partition, row);
      else this.#accumulate(partition, row);
    }
  }

  get #isEmptyRange(): boolean {
    return this.#node.to < this.#node.from;
  }

  mark(time: number): void {
    this.#ranked.output.mark(time);
  }

  #accumulate(partition: number, row: number): void {
    const { to } = this.#node;
    const count = this.#ranked.countOf(partition);
    let pushedOut = 0;
    if (count >= to) {
      pushedOut = this.#boundaryOf(partition, count, row);
      if (this.#byOrder.compare(pushedOut, row) <= 0) {
        if (this.#retracts) {
          this.#rows.insert(row);
          this.#ranked.setCount(partition, count + 1);
        }
        return;
      }
    }
    const ref = this.#rows.insert(row);
    if (this.#ranked.positional)
      this.#ranked.emitShiftDown(ref, this.#positionOf(ref, row, count, pushedOut), pushedOut);
    else this.#emitEntering(ref, pushedOut);
    if (pushedOut !== 0) this.#setBoundary(partition, this.#byOrder.previous(pushedOut));
    else if (count + 1 === to) this.#setBoundary(partition, this.#byOrder.last(this.#ranked.rootOf(row)));
    if (pushedOut !== 0 && !this.#retracts) {
      this.#rows.remove(pushedOut);
      this.#ranked.setCount(partition, count);
    } else this.#ranked.setCount(partition, count + 1);
  }

  #retract(partition: number, row: number): void {
    const { to } = this.#node;
    const ref = (this.#byRow as ListIndex).find(row);
    const count = this.#ranked.countOf(partition);
    if (count <= 1) this.#emptied.add(partition);
    if (ref === 0) return;
    const boundary = count >= to ? this.#boundaryOf(partition, count, row) : 0;
    const within = boundary === 0 || ref === boundary || this.#byOrder.before(ref, boundary);
    if (within) {
      const movesUp = boundary === 0 ? 0 : this.#byOrder.next(boundary);
      if (this.#ranked.positional) this.#emitShiftUp(ref, this.#ranked.positionOf(ref, row), movesUp);
      else {
        this.#ranked.emit(DELETE, ref, 0);
        if (movesUp !== 0) this.#ranked.emit(INSERT, movesUp, 0);
      }
      this.#setBoundary(partition, movesUp);
    }
    this.#rows.remove(ref);
    this.#ranked.setCount(partition, count - 1);
  }

  /** A row came in, and another one went out unless `pushedOut` is 0. */
  #emitEntering(ref: number, pushedOut: number): void {
    const { to, emitUpdateBefore } = this.#node;
    const updates = pushedOut !== 0 && to === 1 && !this.#retracts;
    if (pushedOut !== 0 && (!updates || emitUpdateBefore))
      this.#ranked.emit(updates ? UPDATE_BEFORE : DELETE, pushedOut, 0);
    this.#ranked.emit(updates ? UPDATE_AFTER : INSERT, ref, 0);
  }

  /** The row at `position` leaves: the rows after it move up, the last of them `movesUp` from beyond the range. */
  #emitShiftUp(ref: number, position: number, movesUp: number): void {
    let vacated = ref;
    let at = position;
    while (vacated !== movesUp) {
      const next = this.#byOrder.next(vacated);
      if (next === 0) {
        this.#ranked.emitInRange(DELETE, vacated, at);
        return;
      }
      this.#ranked.emitInRange(UPDATE_BEFORE, vacated, at);
      this.#ranked.emitInRange(UPDATE_AFTER, next, at);
      vacated = next;
      at++;
    }
  }

  /** The position of a row that just came in, counted from the nearer known end of the range. */
  #positionOf(ref: number, row: number, countBefore: number, pushedOut: number): number {
    if (pushedOut === 0 && this.#byOrder.next(ref) === 0) return countBefore + 1;
    return this.#ranked.positionOf(ref, row);
  }

  #boundaryOf(partition: number, count: number, row: number): number {
    const known = this.#boundary[partition] ?? 0;
    if (known !== 0) return known;
    const { to } = this.#node;
    const root = this.#ranked.rootOf(row);
    let ref = 0;
    if (count === to) ref = this.#byOrder.last(root);
    else {
      ref = this.#byOrder.first(root);
      for (let position = 1; position < to; position++) ref = this.#byOrder.next(ref);
    }
    this.#setBoundary(partition, ref);
    return ref;
  }

  #setBoundary(partition: number, ref: number): void {
    if (partition >= this.#boundary.length) {
      const grown = new Int32Array(partition * 2);
      grown.set(this.#boundary);
      this.#boundary = grown;
    }
    this.#boundary[partition] = ref;
  }

  /** Not at once, since later rows of the batch know the partition by its ref. */
  #removeEmptyPartitions(): void {
    for (const partition of this.#emptied) {
      if (this.#ranked.countOf(partition) === 0) this.#ranked.partitions.remove(partition);
    }
    this.#emptied.clear();
  }
}

export function rankOperator(node: PhysicalOf<'rank'>, context: OperatorContext): Operator {
  return node.strategy === 'update' ? updateRankOperator(node, context) : new RankOperator(node, context);
}

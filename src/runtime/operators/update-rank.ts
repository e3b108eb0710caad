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
import type { ColumnBuilder, I64Builder } from '../../types/column-builder.ts';
import { INT, notNull } from '../../types/data-type.ts';
import type { Vector } from '../../types/vector.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { KeyProbe } from '../rows/key-probe.ts';
import { type MarkedRows, walkMarks } from '../rows/marks.ts';
import { RowOutput } from '../rows/row-output.ts';
import { RowStorage } from '../rows/row-storage.ts';

class UpdateRankOperator implements Operator, MarkedRows {
  readonly #node: PhysicalOf<'rank'>;
  /** Positions are emitted as changes of hands, not as rows that enter and leave. */
  readonly #positional: boolean;
  readonly #storage: RowStorage;
  readonly #partitions: Table;
  readonly #partitionIndex: HashIndex;
  readonly #countField: number;
  readonly #rows: Table;
  readonly #byOrder: OrderedIndex;
  readonly #byKey: HashIndex;
  readonly #output: RowOutput;
  readonly #targets: readonly ColumnBuilder[];
  readonly #rankColumn: I64Builder | null;
  readonly #probe: KeyProbe;
  /** By row of the batch in hand: its partition. */
  #refs = new Int32Array(1024);

  constructor(node: PhysicalOf<'rank'>, context: OperatorContext) {
    this.#node = node;
    this.#positional = node.outputRank || node.from > 1;
    const schema = node.input.schema;
    const storage = new RowStorage(schema, node.partition);
    this.#storage = storage;
    this.#countField = node.partition.length;
    this.#partitions = context.state.table({
      // Not the names of the other strategies, which keep other rows.
      name: 'update-partitions',
      version: 1,
      fields: [...storage.fields.slice(0, this.#countField), { name: 'count', type: notNull(INT) }],
      keyFields: this.#countField,
      indexes: [{ kind: 'hash', fields: storage.keyFields }],
      retentionMs: node.stateTtlMs,
    });
    this.#partitionIndex = this.#partitions.hash(0);
    this.#rows = context.state.table({
      name: 'update-rows',
      version: 1,
      fields: storage.fields,
      keyFields: this.#countField,
      indexes: [
        { kind: 'ordered', fields: storage.keyFields, order: storage.orderKeys(node.order) },
        { kind: 'hash', fields: node.upsertKey.map((column) => storage.fieldOf(column)) },
      ],
    });
    this.#byOrder = this.#rows.ordered(0);
    this.#byKey = this.#rows.hash(1);
    this.#output = new RowOutput(node.schema, context.output, context.batchSize);
    this.#targets = storage.targets(this.#output, 0);
    this.#rankColumn = node.outputRank ? (this.#output.columns[schema.length] as I64Builder) : null;
    this.#probe = new KeyProbe(storage.fields.slice(0, this.#countField));
  }

  process(_port: number, batch: Batch): void {
    const { length, vectors } = batch;
    this.#partitions.expire((partition) => this.#removeRows(partition));
    if (this.#refs.length < length) this.#refs = new Int32Array(length * 2);
    if (length > 0) {
      const partition = this.#storage.keyVectors(vectors);
      this.#partitionIndex.upsertAll(partition, length, this.#refs);
      if (this.#countField > 0) this.#byOrder.bind(partition, length);
      this.#byKey.bind(
        this.#node.upsertKey.map((column) => vectors[column] as Vector),
        length,
      );
      this.#rows.bind(this.#storage.source(vectors), length);
    }
    walkMarks(batch, this);
    this.#output.flush();
  }

  rows(_batch: Batch, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const partition = this.#refs[row] as number;
      const old = this.#byKey.find(row);
      if (old === 0) this.#enter(partition, row);
      else {
        this.#replace(old, row);
        this.#partitions.touch(partition);
      }
    }
  }

  mark(time: number): void {
    this.#output.mark(time);
  }

  #enter(partition: number, row: number): void {
    const count = this.#partitions.getNumber(partition, this.#countField);
    const full = count >= this.#node.to;
    const last = full ? this.#byOrder.last(this.#rootOf(row)) : 0;
    if (full && this.#byOrder.compare(last, row) <= 0) return;
    const ref = this.#rows.insert(row);
    if (this.#positional) this.#emitShiftDown(ref, this.#stepsFromFirst(ref, row), last);
    else {
      if (full) this.#emit(DELETE, last, 0);
      this.#emit(INSERT, ref, 0);
    }
    if (full) this.#rows.remove(last);
    else this.#partitions.setNumber(partition, this.#countField, count + 1);
    this.#partitions.touch(partition);
  }

  #replace(old: number, row: number): void {
    const order = this.#byOrder.compare(old, row);
    if (order === 0) {
      const position = this.#positional ? this.#stepsFromFirst(old, row) : 0;
      this.#emitInRange(UPDATE_BEFORE, old, position);
      this.#rows.update(old, row);
      this.#emitInRange(UPDATE_AFTER, old, position);
    } else if (!this.#positional) {
      this.#emitInRange(UPDATE_BEFORE, old, 0);
      this.#emitInRange(UPDATE_AFTER, this.#moved(old, row), 0);
    } else if (order > 0) this.#moveUp(old, row);
    else this.#moveDown(old, row);
  }

  /** The rows between the new place and the old one move down by one position. */
  #moveUp(old: number, row: number): void {
    let moving = this.#byOrder.first(this.#rootOf(row));
    let at = 1;
    for (; this.#byOrder.compare(moving, row) <= 0; moving = this.#byOrder.next(moving)) at++;
    let vacated = at;
    for (let ref = moving; ref !== old; ref = this.#byOrder.next(ref)) vacated++;
    if (vacated > at) this.#emitInRange(UPDATE_BEFORE, moving, at);
    this.#emitInRange(UPDATE_BEFORE, old, vacated);
    this.#emitInRange(UPDATE_AFTER, this.#moved(old, row), at);
    while (at < vacated) {
      at++;
      const next = this.#byOrder.next(moving);
      if (at < vacated) this.#emitInRange(UPDATE_BEFORE, next, at);
      this.#emitInRange(UPDATE_AFTER, moving, at);
      moving = next;
    }
  }

  /** The rows between the old place and the new one move up by one position. */
  #moveDown(old: number, row: number): void {
    let at = this.#stepsFromFirst(old, row);
    this.#emitInRange(UPDATE_BEFORE, old, at);
    let ref = this.#byOrder.next(old);
    for (; ref !== 0 && this.#byOrder.compare(ref, row) <= 0; ref = this.#byOrder.next(ref)) {
      this.#emitInRange(UPDATE_BEFORE, ref, at + 1);
      this.#emitInRange(UPDATE_AFTER, ref, at);
      at++;
    }
    this.#emitInRange(UPDATE_AFTER, this.#moved(old, row), at);
  }

  #moved(old: number, row: number): number {
    this.#rows.remove(old);
    return this.#rows.insert(row);
  }

  /** A row came in at `position`: it and the rows after it move down, until the one that is pushed out. */
  #emitShiftDown(ref: number, position: number, pushedOut: number): void {
    let moving = ref;
    let at = position;
    while (moving !== pushedOut) {
      const next = this.#byOrder.next(moving);
      if (next === 0) {
        this.#emitInRange(INSERT, moving, at);
        return;
      }
      this.#emitInRange(UPDATE_BEFORE, next, at);
      this.#emitInRange(UPDATE_AFTER, moving, at);
      moving = next;
      at++;
    }
  }

  #emitInRange(kind: number, ref: number, position: number): void {
    if (this.#positional && position < this.#node.from) return;
    if (kind === UPDATE_BEFORE && !this.#node.emitUpdateBefore) return;
    this.#emit(kind, ref, position);
  }

  #emit(kind: number, ref: number, position: number): void {
    const at = this.#output.addRow(kind);
    this.#rows.copyAllTo(ref, 0, this.#targets, at);
    const rank = this.#rankColumn;
    if (rank === null) return;
    rank.valid[at] = 1;
    rank.halves[2 * at] = position;
    rank.halves[2 * at + 1] = 0;
  }

  #stepsFromFirst(ref: number, row: number): number {
    let position = 1;
    for (let at = this.#byOrder.first(this.#rootOf(row)); at !== ref; at = this.#byOrder.next(at)) position++;
    return position;
  }

  #rootOf(row: number): number {
    return this.#countField === 0 ? this.#byOrder.root() : this.#byOrder.find(row);
  }

  #removeRows(partition: number): void {
    if (this.#countField > 0) this.#byOrder.bind(this.#probe.take(this.#partitions, partition), 1);
    for (let root = this.#rootOf(0); root !== 0; root = this.#rootOf(0)) this.#rows.remove(this.#byOrder.first(root));
  }
}

export function updateRankOperator(node: PhysicalOf<'rank'>, context: OperatorContext): Operator {
  return new UpdateRankOperator(node, context);
}

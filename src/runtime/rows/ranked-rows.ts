/**
 * The rows of a Top-N's partitions in their order, as state and as output: what the strategies have in common.
 *
 * State: one record per partition with its row count, and the rows in an ordered index per partition. With retention a
 * partition goes, rows and all, when it was not touched for that long. A position is found by walking from the first row.
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import type { HashIndex, IndexDeclaration, OrderedIndex, Table } from '../../state/state.ts';
import { type Batch, INSERT, UPDATE_AFTER, UPDATE_BEFORE } from '../../types/batch.ts';
import type { ColumnBuilder, I64Builder } from '../../types/column-builder.ts';
import { INT, notNull } from '../../types/data-type.ts';
import type { OperatorContext } from '../operator.ts';
import { KeyProbe } from './key-probe.ts';
import { RowOutput } from './row-output.ts';
import { RowStorage } from './row-storage.ts';

interface RankedRowsOptions {
  /** In front of the names of the tables: strategies keep other rows. */
  readonly prefix: string;
  /** Beside the order. */
  readonly index: ((storage: RowStorage) => IndexDeclaration) | null;
  /** Called before the rows of a partition go that has outlived its retention. */
  readonly leaving?: (partition: number) => void;
}

export class RankedRows {
  /** Changes are emitted as changes of hands, by position, not as rows that enter and leave. */
  readonly positional: boolean;
  readonly storage: RowStorage;
  readonly partitions: Table;
  readonly rows: Table;
  readonly byOrder: OrderedIndex;
  readonly output: RowOutput;
  /** By row of the batch in hand: its partition. */
  refs = new Int32Array(1024);
  readonly #node: PhysicalOf<'rank'>;
  readonly #byKey: HashIndex;
  readonly #countField: number;
  readonly #targets: readonly ColumnBuilder[];
  readonly #rankColumn: I64Builder | null;
  readonly #probe: KeyProbe;
  readonly #leaving: ((partition: number) => void) | undefined;

  constructor(node: PhysicalOf<'rank'>, context: OperatorContext, options: RankedRowsOptions) {
    const { schema } = node.input;
    const storage = new RowStorage(schema, node.partition);
    const key = storage.fields.slice(0, node.partition.length);
    this.#node = node;
    this.positional = node.outputRank || node.from > 1;
    this.storage = storage;
    this.#countField = key.length;
    this.partitions = context.state.table({
      name: `${options.prefix}partitions`,
      version: 1,
      fields: [...key, { name: 'count', type: notNull(INT) }],
      keyFields: key.length,
      indexes: [{ kind: 'hash', fields: storage.keyFields }],
      retentionMs: node.stateTtlMs,
    });
    this.#byKey = this.partitions.hash(0);
    this.rows = context.state.table({
      name: `${options.prefix}rows`,
      version: 1,
      fields: storage.fields,
      keyFields: key.length,
      indexes: [
        { kind: 'ordered', fields: storage.keyFields, order: storage.orderKeys(node.order) },
        ...(options.index === null ? [] : [options.index(storage)]),
      ],
    });
    this.byOrder = this.rows.ordered(0);
    this.output = new RowOutput(node.schema, context.output, context.batchSize);
    this.#targets = storage.targets(this.output, 0);
    this.#rankColumn = node.outputRank ? (this.output.columns[schema.length] as I64Builder) : null;
    this.#probe = new KeyProbe(key);
    this.#leaving = options.leaving;
  }

  expire(): void {
    this.partitions.expire((partition) => {
      this.#leaving?.(partition);
      this.#removeRows(partition);
    });
  }

  /** Finds or makes the partition of every row of the batch, whose rows can then be inserted and compared. */
  bind({ length, vectors }: Batch): void {
    if (this.refs.length < length) this.refs = new Int32Array(length * 2);
    const keys = this.storage.keyVectors(vectors);
    this.#byKey.upsertAll(keys, length, this.refs);
    if (this.#countField > 0) this.byOrder.bind(keys, length);
    this.rows.bind(this.storage.source(vectors), length);
  }

  countOf(partition: number): number {
    return this.partitions.getNumber(partition, this.#countField);
  }

  setCount(partition: number, count: number): void {
    this.partitions.setNumber(partition, this.#countField, count);
    this.partitions.touch(partition);
  }

  /** The root over the rows of the partition that row `row` of the batch belongs to. */
  rootOf(row: number): number {
    return this.#countField === 0 ? this.byOrder.root() : this.byOrder.find(row);
  }

  /** The position of `ref` in the partition of row `row`, counted from 1. */
  positionOf(ref: number, row: number): number {
    let position = 1;
    for (let at = this.byOrder.first(this.rootOf(row)); at !== ref; at = this.byOrder.next(at)) position++;
    return position;
  }

  /** A row came in at `position`: it and the rows after it move down, until the one that is pushed out. */
  emitShiftDown(ref: number, position: number, pushedOut: number): void {
    let moving = ref;
    let at = position;
    while (moving !== pushedOut) {
      const next = this.byOrder.next(moving);
      if (next === 0) {
        this.emitInRange(INSERT, moving, at);
        return;
      }
      this.emitInRange(UPDATE_BEFORE, next, at);
      this.emitInRange(UPDATE_AFTER, moving, at);
      moving = next;
      at++;
    }
  }

  /** A change at a position that may be before the range; where positions do not count it may be any number. */
  emitInRange(kind: number, ref: number, position: number): void {
    if (this.positional && position < this.#node.from) return;
    if (kind === UPDATE_BEFORE && !this.#node.emitUpdateBefore) return;
    this.emit(kind, ref, position);
  }

  emit(kind: number, ref: number, position: number): void {
    const at = this.output.addRow(kind);
    this.rows.copyAllTo(ref, 0, this.#targets, at);
    const rank = this.#rankColumn;
    if (rank === null) return;
    rank.valid[at] = 1;
    rank.halves[2 * at] = position;
    rank.halves[2 * at + 1] = 0;
  }

  #removeRows(partition: number): void {
    if (this.#countField > 0) this.byOrder.bind(this.#probe.take(this.partitions, partition), 1);
    for (let root = this.rootOf(0); root !== 0; root = this.rootOf(0)) this.rows.remove(this.byOrder.first(root));
  }
}

/**
 * The stored rows that go with each row of a run of a batch, and the rest of a join condition over the pairs: stored
 * rows are copied into columns (only those that the condition reads), all pairs at once, and the pairs that fail are
 * taken out.
 */
import { type Expr, columnsOf } from '../../plan/expr.ts';
import type { Table } from '../../state/state.ts';
import { type ColumnBuilder, columnBuilder } from '../../types/column-builder.ts';
import type { Field, Schema } from '../../types/schema.ts';
import { type Vector, emptyVector } from '../../types/vector.ts';
import type { EvalContext } from '../operator.ts';
import { type RowPairPredicate, compilePredicate } from '../compile/predicate.ts';
import type { RowStorage } from './row-storage.ts';

/** So many pairs are enough for one run: bounds the memory where keys are skewed. */
const ENOUGH_PAIRS = 8192;

export class RowPairs {
  /** Refs of stored rows, run row after run row; only the first `length`. */
  refs = new Int32Array(1024);
  length = 0;
  /** Where the pairs of each row of the run end. */
  #ends = new Int32Array(1024);
  #firstRow = 0;
  #rows = 0;

  /** Starts a run at row `firstRow` of the batch. */
  begin(firstRow: number): void {
    this.#firstRow = firstRow;
    this.#rows = 0;
    this.length = 0;
  }

  add(ref: number): void {
    if (this.length === this.refs.length) this.refs = grown(this.refs);
    this.refs[this.length++] = ref;
  }

  /** The next `add` belongs to the next row. */
  endRow(): void {
    if (this.#rows === this.#ends.length) this.#ends = grown(this.#ends);
    this.#ends[this.#rows++] = this.length;
  }

  get isEnough(): boolean {
    return this.length >= ENOUGH_PAIRS;
  }

  startOf(row: number): number {
    return row === this.#firstRow ? 0 : (this.#ends[row - this.#firstRow - 1] as number);
  }

  endOf(row: number): number {
    return this.#ends[row - this.#firstRow] as number;
  }

  /** Keeps the pairs for which `keep(row, pair)` holds. */
  filter(keep: (row: number, pair: number) => boolean): void {
    let kept = 0;
    let pair = 0;
    for (let r = 0; r < this.#rows; r++) {
      for (const end = this.#ends[r] as number; pair < end; pair++) {
        if (keep(this.#firstRow + r, pair)) this.refs[kept++] = this.refs[pair] as number;
      }
      this.#ends[r] = kept;
    }
    this.length = kept;
  }
}

function grown(from: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2);
  to.set(from);
  return to;
}

/** The rest of a join condition, for batches of one side against stored rows of the other. */
export class PairCondition {
  readonly #predicate: RowPairPredicate;
  readonly #batchIsLeft: boolean;
  readonly #table: Table;
  /** What the condition reads of a stored row: the field, and the column it is copied to. */
  readonly #reads: readonly { readonly column: number; readonly field: number; readonly builder: ColumnBuilder }[];
  readonly #vectors: Vector[];
  #capacity = 0;

  constructor(condition: Expr, context: EvalContext, sides: PairSides) {
    const { left, right, batchIsLeft, table, storage } = sides;
    this.#predicate = compilePredicate({ condition, leftColumns: left.length, context });
    this.#batchIsLeft = batchIsLeft;
    this.#table = table;
    const stored = batchIsLeft ? right : left;
    const first = batchIsLeft ? left.length : 0;
    this.#reads = columnsOf(condition)
      .map((index) => index - first)
      .filter((column) => column >= 0 && column < stored.length)
      .map((column) => ({
        column,
        field: storage.fieldOf(column),
        builder: columnBuilder((stored[column] as Field).type),
      }));
    this.#vectors = stored.map((field) => emptyVector(field.type));
  }

  /** Takes the pairs out that fail; `batch` holds the columns of the run's batch. */
  apply(pairs: RowPairs, batch: readonly Vector[]): void {
    const { length } = pairs;
    if (length === 0) return;
    if (this.#capacity < length) this.#capacity = length * 2;
    for (const { column, field, builder } of this.#reads) {
      builder.reset();
      builder.reserve(this.#capacity);
      for (let pair = 0; pair < length; pair++) this.#table.copyTo(pairs.refs[pair] as number, field, builder, pair);
      this.#vectors[column] = builder.vector(length);
    }
    const predicate = this.#predicate;
    if (this.#batchIsLeft) {
      predicate.bind(batch, this.#vectors);
      pairs.filter((row, pair) => predicate.test(row, pair));
    } else {
      predicate.bind(this.#vectors, batch);
      pairs.filter((row, pair) => predicate.test(pair, row));
    }
  }
}

interface PairSides {
  readonly left: Schema;
  readonly right: Schema;
  readonly batchIsLeft: boolean;
  /** Of the side that is not the batch. */
  readonly table: Table;
  readonly storage: RowStorage;
}

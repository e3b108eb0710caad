/**
 * Batches: the unit of work between operators.
 *
 * A batch is dense (no selection: filters compact) and **borrowed**: it is valid until the call that received it
 * returns, since its producer reuses the memory. Whoever keeps a row copies it, into state or into a builder of its own.
 */
import type { Schema } from './schema.ts';
import { type ColumnBuilder, columnBuilder } from './column-builder.ts';
import { MarkBuilder } from './mark-builder.ts';
import type { Vector } from './vector.ts';

/** The four changes of a changelog, as stored in `Batch.kinds`. */
export const INSERT = 0;
export const UPDATE_BEFORE = 1;
export const UPDATE_AFTER = 2;
export const DELETE = 3;
export const ROW_KIND_NAMES = ['+I', '-U', '+U', '-D'] as const;

/** Whether a change takes a row away (-U, -D): the low bit of its code. */
export const isRetraction = (kind: number): boolean => (kind & 1) === 1;

/**
 * Watermarks inside a batch, ascending in both arrays: after rows `[0, row[i])` were delivered the watermark is
 * `time[i]` (epoch ms; Infinity is the end of time). Only the first `length` entries count.
 */
export interface WatermarkMarks {
  readonly length: number;
  readonly row: Int32Array;
  readonly time: Float64Array;
}

export interface Batch {
  readonly length: number;
  readonly vectors: readonly Vector[];
  /** One of the row kinds per row, or `null` when every row is +I. */
  readonly kinds: Uint8Array | null;
  readonly marks: WatermarkMarks | null;
}

/** Rows that an operator builds up: typed columns that are reused from batch to batch. */
export class BatchBuilder {
  readonly columns: readonly ColumnBuilder[];
  length = 0;
  #capacity = 0;
  #kinds = new Uint8Array(0);
  #kindsUsed = false;
  readonly #marks = new MarkBuilder();

  constructor(schema: Schema) {
    this.columns = schema.map((field) => columnBuilder(field.type));
  }

  /** Makes room for rows up to index `length - 1`; existing rows are kept. */
  reserve(length: number): void {
    if (length <= this.#capacity) return;
    const capacity = Math.max(64, length, this.#capacity * 2);
    for (const column of this.columns) column.reserve(capacity);
    const kinds = new Uint8Array(capacity);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    this.#capacity = capacity;
  }

  /** Adds a row of the given kind whose values are still to be set; returns its index. */
  addRow(kind: number): number {
    const row = this.length;
    if (row === this.#capacity) this.reserve(row + 1);
    this.#kinds[row] = kind;
    if (kind !== INSERT) this.#kindsUsed = true;
    this.length = row + 1;
    return row;
  }

  /** Adds `count` +I rows whose values are still to be set (or were already written after `reserve`). */
  addInserts(count: number): void {
    this.reserve(this.length + count);
    this.#kinds.fill(INSERT, this.length, this.length + count);
    this.length += count;
  }

  /** The row kinds under construction, for bulk writers (after `reserve`); call `useKinds` when one is not +I. */
  get kinds(): Uint8Array {
    return this.#kinds;
  }

  useKinds(): void {
    this.#kindsUsed = true;
  }

  /** Notes that the watermark is `time` after the rows added so far. */
  mark(time: number): void {
    this.#marks.mark(this.length, time);
  }

  get isEmpty(): boolean {
    return this.length === 0 && this.#marks.length === 0;
  }

  /** The rows and marks so far as a batch over the builder's memory: valid until the next change to the builder. */
  build(): Batch {
    const { length } = this;
    return {
      length,
      vectors: this.columns.map((column) => column.vector(length)),
      kinds: this.#kindsUsed ? this.#kinds : null,
      marks: this.#marks.build(),
    };
  }

  /** Forgets all rows and marks; memory is kept. */
  reset(): void {
    this.length = 0;
    this.#marks.reset();
    this.#kindsUsed = false;
    for (const column of this.columns) column.reset();
  }

  /** Copies row `index` of `batch` (same schema) to a new row of kind `kind`. */
  copyRow(batch: Batch, index: number, kind: number): void {
    const row = this.addRow(kind);
    const { vectors } = batch;
    for (let c = 0; c < this.columns.length; c++) {
      (this.columns[c] as ColumnBuilder).copy(row, vectors[c] as Vector, index);
    }
  }
}

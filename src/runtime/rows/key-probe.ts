import type { Table } from '../../state/state.ts';
import { BatchBuilder, INSERT } from '../../types/batch.ts';
import type { Schema } from '../../types/schema.ts';
import type { Vector } from '../../types/vector.ts';

/** Takes keys out of the records of one table, to look them up in another. */
export class KeyProbe {
  readonly #builder: BatchBuilder;

  constructor(keys: Schema) {
    this.#builder = new BatchBuilder(keys);
  }

  /** The key of one record, as row 0; valid until the next call. */
  take(table: Table, ref: number): readonly Vector[] {
    this.#builder.reset();
    this.add(table, ref);
    return this.#builder.build().vectors;
  }

  /** Adds the key of a record to those since `clear`. */
  add(table: Table, ref: number): void {
    table.copyAllTo(ref, 0, this.#builder.columns, this.#builder.addRow(INSERT));
  }

  get length(): number {
    return this.#builder.length;
  }

  /** The keys added so far. */
  vectors(): readonly Vector[] {
    return this.#builder.build().vectors;
  }

  clear(): void {
    this.#builder.reset();
  }
}

import type { ColumnTypes } from './row-types.ts';

/** An in-memory table. */
export interface TableSpec<C extends ColumnTypes = ColumnTypes> {
  /** Name → SQL type, in order: `{ id: 'BIGINT NOT NULL', tags: 'ARRAY<STRING>' }`. */
  readonly columns: C;
  /**
   * Which column tells the time of a row, and how far behind it the watermark stays, as SQL: `"ts - INTERVAL '5'
   * SECOND"`. Without `as` the watermark is what the program says with `watermark(time)`.
   */
  readonly watermark?: { readonly column: keyof C & string; readonly as?: string };
  readonly primaryKey?: readonly (keyof C & string)[];
  /**
   * Which changes it holds: `insert` (the default), `all` (`+I -U +U -D`), or `upsert` (`+I`, `+U` and `-D` by the primary
   * key; an INSERT of an updating query needs `all` or `upsert`).
   */
  readonly changes?: 'insert' | 'upsert' | 'all';
  /** How many rows a writer may be ahead of the slowest reader before `push` waits. 65,536 when it is not said. */
  readonly capacity?: number;
  /** Keep all rows, so that every query reads from the first one; else a row is gone once all readers have it. */
  readonly retain?: boolean;
}

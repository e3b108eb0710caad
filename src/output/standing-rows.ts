/**
 * The rows of a changelog that stand. Equal rows are counted. Without ORDER BY they are kept in order of arrival; the
 * oldest goes when there are too many, or too much in them.
 */
import { type Batch, isRetraction } from '../types/batch.ts';
import { compareValues } from '../types/compare.ts';
import type { Field, Schema } from '../types/schema.ts';
import { type Value, type Vector, getValue } from '../types/vector.ts';
import { cellsOf } from './cells.ts';
import type { OutputOptions } from './output.ts';

type Order = OutputOptions['order'];
export type Cells = readonly string[];

interface StandingRow {
  readonly cells: Cells;
  /** Values of the columns that order the rows. */
  readonly keys: readonly Value[];
  count: number;
}

export interface StandingOptions {
  readonly schema: Schema;
  readonly timeZone: string;
  readonly order: Order;
  readonly maxRows: number;
}

/** Characters of all rows that are kept, with what a value costs beside them: about a gigabyte. */
export const MAX_WEIGHT = 200_000_000;

export const weightOf = (cells: Cells): number => cells.reduce((weight, cell) => weight + cell.length + 40, 0);

export class StandingRows {
  readonly #options: StandingOptions;
  readonly #rows = new Map<string, StandingRow>();
  #size = 0;
  #weight = 0;
  #listed: readonly Cells[] | null = null;

  constructor(options: StandingOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  add(batch: Batch): void {
    const { schema, timeZone, order } = this.#options;
    this.#listed = null;
    for (let i = 0; i < batch.length; i++) {
      const cells = cellsOf(batch, i, schema, timeZone);
      const kind = batch.kinds === null ? 0 : (batch.kinds[i] as number);
      const keys = order.map(({ column }) =>
        getValue(batch.vectors[column] as Vector, i, (schema[column] as Field).type),
      );
      this.#apply(kind, cells, keys);
    }
  }

  #apply(kind: number, cells: Cells, keys: readonly Value[]): void {
    const id = JSON.stringify(cells);
    const row = this.#rows.get(id);
    if (isRetraction(kind)) {
      if (row === undefined) return;
      this.#size--;
      row.count--;
      if (row.count === 0) this.#delete(id, row);
      return;
    }
    this.#size++;
    if (row !== undefined) row.count++;
    else {
      this.#rows.set(id, { cells, keys, count: 1 });
      this.#weight += 2 * weightOf(cells);
    }
    while (this.#size > this.#options.maxRows || (this.#weight > MAX_WEIGHT && this.#size > 1)) this.#dropOldest();
  }

  #delete(id: string, row: StandingRow): void {
    this.#rows.delete(id);
    this.#weight -= 2 * weightOf(row.cells);
  }

  #dropOldest(): void {
    const [id, oldest] = this.#rows.entries().next().value as [string, StandingRow];
    this.#size--;
    oldest.count--;
    if (oldest.count === 0) this.#delete(id, oldest);
  }

  /** All rows as ORDER BY orders them; the same list until rows come. */
  list(): readonly Cells[] {
    if (this.#listed !== null) return this.#listed;
    const rows = [...this.#rows.values()];
    const { order } = this.#options;
    if (order.length > 0) rows.sort((a, b) => compareKeys(a.keys, b.keys, order));
    const cells: Cells[] = [];
    for (const row of rows) for (let i = 0; i < row.count; i++) cells.push(row.cells);
    this.#listed = cells;
    return cells;
  }
}

function compareKeys(a: readonly Value[], b: readonly Value[], order: Order): number {
  for (let i = 0; i < order.length; i++) {
    const { descending, nullsFirst } = order[i] as Order[number];
    const [left, right] = [a[i] as Value, b[i] as Value];
    if (left === null || right === null) {
      if (left !== right) return (left === null) === nullsFirst ? -1 : 1;
    } else {
      const compared = compareValues(left, right);
      if (compared !== 0) return descending ? -compared : compared;
    }
  }
  return 0;
}

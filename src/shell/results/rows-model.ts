/** The rows of a query as a view shows them: those that stand, or the last changes. */
import { cellsOf } from '../../output/cells.ts';
import type { Cells, StandingOptions } from '../../output/standing-rows.ts';
import { MAX_WEIGHT, StandingRows, weightOf } from '../../output/standing-rows.ts';
import { type Batch, ROW_KIND_NAMES } from '../../types/batch.ts';
import { STRING } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';

export interface RowsModel {
  readonly schema: Schema;
  /** Rows that can be shown. */
  readonly size: number;
  /** Rows of the result, also those that are not kept. */
  readonly total: number;
  /** All rows or changes that came. */
  readonly received: number;
  add(batch: Batch): void;
  slice(from: number, to: number): readonly Cells[];
}

/** The last rows of what is only added to: as many as are wanted and memory allows. */
class LastRows {
  readonly #max: number;
  /** Those before `#first` are gone. */
  #rows: Cells[] = [];
  #first = 0;
  #weight = 0;
  received = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#rows.length - this.#first;
  }

  push(cells: Cells): void {
    this.#rows.push(cells);
    this.#weight += weightOf(cells);
    while (this.size > this.#max || (this.#weight > MAX_WEIGHT && this.size > 1)) {
      this.#weight -= weightOf(this.#rows[this.#first] as Cells);
      this.#rows[this.#first++] = [];
    }
    if (this.#first > 1024 && this.#first * 2 > this.#rows.length) {
      this.#rows = this.#rows.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Of a batch longer than what is kept only the end is looked at. */
  add(batch: Batch, cellsAt: (row: number) => Cells): void {
    this.received += batch.length;
    for (let i = Math.max(0, batch.length - this.#max); i < batch.length; i++) this.push(cellsAt(i));
  }

  slice(from: number, to: number): Cells[] {
    return this.#rows.slice(this.#first + Math.max(0, from), this.#first + Math.max(0, to));
  }
}

function lastRowsModel(schema: Schema, max: number, cellsAt: (batch: Batch, row: number) => Cells): RowsModel {
  const rows = new LastRows(max);
  return {
    schema,
    get size() {
      return rows.size;
    },
    get total() {
      return rows.received;
    },
    get received() {
      return rows.received;
    },
    add: (batch) => rows.add(batch, (row) => cellsAt(batch, row)),
    slice: (from, to) => rows.slice(from, to),
  };
}

export function tableModel(options: StandingOptions & { readonly updating: boolean }): RowsModel {
  const { schema, timeZone, order, updating, maxRows } = options;
  // Rows that never go need no comparing.
  if (!updating && order.length === 0) {
    return lastRowsModel(schema, maxRows, (batch, row) => cellsOf(batch, row, schema, timeZone));
  }
  const rows = new StandingRows(options);
  let received = 0;
  return {
    schema,
    get size() {
      return rows.size;
    },
    get total() {
      return rows.size;
    },
    get received() {
      return received;
    },
    add(batch) {
      received += batch.length;
      rows.add(batch);
    },
    slice: (from, to) => rows.list().slice(Math.max(0, from), to),
  };
}

/** Flink's client keeps as many. */
const MAX_CHANGES = 1000;

export function changelogModel(schema: Schema, timeZone: string): RowsModel {
  return lastRowsModel([{ name: 'op', type: STRING }, ...schema], MAX_CHANGES, (batch, row) => {
    const kind = batch.kinds === null ? 0 : (batch.kinds[row] as 0);
    return [ROW_KIND_NAMES[kind], ...cellsOf(batch, row, schema, timeZone)];
  });
}

/** The rows of a query as a view shows them: those that stand, or the last changes. */
import { cellsOf } from '../../output/cells.ts';
import type { Cells, StandingOptions } from '../../output/standing-rows.ts';
import { StandingRows } from '../../output/standing-rows.ts';
import { type Batch, ROW_KIND_NAMES } from '../../types/batch.ts';
import { STRING } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';

export interface RowsModel {
  readonly schema: Schema;
  /** Rows that can be shown. */
  readonly size: number;
  /** All rows or changes that came. */
  readonly received: number;
  add(batch: Batch): void;
  slice(from: number, to: number): readonly Cells[];
}

/** Rows of an append-only result need no comparing: the last ones, in a ring. */
class LastRows {
  readonly #max: number;
  readonly #rows: Cells[] = [];
  #first = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#rows.length;
  }

  push(cells: Cells): void {
    if (this.#rows.length < this.#max) this.#rows.push(cells);
    else {
      this.#rows[this.#first] = cells;
      this.#first = (this.#first + 1) % this.#max;
    }
  }

  slice(from: number, to: number): Cells[] {
    const found: Cells[] = [];
    for (let i = Math.max(0, from); i < Math.min(to, this.#rows.length); i++) {
      found.push(this.#rows[(this.#first + i) % this.#rows.length] as Cells);
    }
    return found;
  }
}

export function tableModel(options: StandingOptions & { readonly updating: boolean }): RowsModel {
  const { schema, timeZone, order, updating, maxRows } = options;
  let received = 0;
  if (updating || order.length > 0) {
    const rows = new StandingRows(options);
    return {
      schema,
      get size() {
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
  const rows = new LastRows(maxRows);
  return {
    schema,
    get size() {
      return rows.size;
    },
    get received() {
      return received;
    },
    add(batch) {
      received += batch.length;
      // Of a batch longer than the ring only the end stays.
      for (let i = Math.max(0, batch.length - maxRows); i < batch.length; i++) {
        rows.push(cellsOf(batch, i, schema, timeZone));
      }
    },
    slice: (from, to) => rows.slice(from, to),
  };
}

/** Flink's client keeps as many. */
const MAX_CHANGES = 1000;

export function changelogModel(schema: Schema, timeZone: string): RowsModel {
  const rows = new LastRows(MAX_CHANGES);
  let received = 0;
  return {
    schema: [{ name: 'op', type: STRING }, ...schema],
    get size() {
      return rows.size;
    },
    get received() {
      return received;
    },
    add(batch) {
      received += batch.length;
      for (let i = Math.max(0, batch.length - MAX_CHANGES); i < batch.length; i++) {
        const kind = batch.kinds === null ? 0 : (batch.kinds[i] as 0);
        rows.push([ROW_KIND_NAMES[kind], ...cellsOf(batch, i, schema, timeZone)]);
      }
    },
    slice: (from, to) => rows.slice(from, to),
  };
}

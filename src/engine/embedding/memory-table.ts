import type { LogCursor, MemoryLog } from '../../connectors/memory/memory-log.ts';
import { EngineError } from '../../errors.ts';
import { DELETE, INSERT, ROW_KIND_NAMES, UPDATE_AFTER, UPDATE_BEFORE } from '../../types/batch.ts';
import { jsRows } from '../js-row.ts';
import type { Change } from '../query-rows.ts';
import { type ArrowTable, arrowColumns } from './arrow.ts';
import type { ColumnInput } from '../../types/js-columns.ts';
import { ColumnsWriter } from './columns.ts';
import { RowWriter } from './row-writer.ts';

const KINDS = { '+I': INSERT, '-U': UPDATE_BEFORE, '+U': UPDATE_AFTER, '-D': DELETE } as const;

/** How many rows a reader of the program takes at a time. */
const READ_ROWS = 1024;

/**
 * A table in the program's memory: push rows in for queries to read, or read what `INSERT INTO` put there.
 *
 * Every push appends at once, straight into columns, and is all or nothing. The promise that it returns resolves when
 * there is room for more (`capacity` rows ahead of the slowest reader): await it, and a slow query slows the program
 * down. A query begins with what is pushed after `query()` or `execute()` resolved; the first one also gets what waited.
 * With `retain: true` each begins with the first row ever pushed.
 */
export class MemoryTable<Row = Record<string, unknown>, Input = Row> implements AsyncIterable<Row> {
  /** The name it was made with. */
  readonly name: string;
  readonly #log: MemoryLog;
  readonly #rows: RowWriter;
  readonly #columns: ColumnsWriter;
  readonly #changelog: string;
  readonly #hasWatermark: boolean;

  /** @internal */
  constructor(name: string, log: MemoryLog, table: { readonly changelog: string; readonly hasWatermark: boolean }) {
    this.name = name;
    this.#log = log;
    this.#rows = new RowWriter(log.schema);
    this.#columns = new ColumnsWriter(log.schema);
    this.#changelog = table.changelog;
    this.#hasWatermark = table.hasWatermark;
  }

  /** Rows that the slowest reader has still to read; without a reader, rows that wait for one. */
  get backlog(): number {
    return this.#log.backlog;
  }

  /**
   * Appends one row, or an array of rows. A row is an object by column name (what is left out is NULL) or, in an array
   * of rows, an array of values in the order of the columns.
   *
   * Throws `datatype_mismatch`, `not_null_violation` or `undefined_column` for values that do not fit; nothing of the
   * call is appended then.
   */
  push(rows: Input | readonly (Input | readonly unknown[])[]): Promise<void> {
    return this.#append((into) => {
      if (Array.isArray(rows)) for (const row of rows) this.#rows.add(into, INSERT, row);
      else this.#rows.add(into, INSERT, rows);
    });
  }

  /**
   * Appends changes in order. Needs a table made with `changes: 'all'` (`+I -U +U -D`) or `'upsert'` (`+I +U -D`, by the
   * primary key); throws `invalid_definition` for a change that the table does not hold.
   */
  pushChanges(
    changes: readonly { readonly op: '+I' | '-U' | '+U' | '-D'; readonly row: Input | readonly unknown[] }[],
  ): Promise<void> {
    return this.#append((into) => {
      for (const { op, row } of changes) {
        const isHeld = op === '+I' || this.#changelog === 'all' || (this.#changelog === 'upsert' && op !== '-U');
        if (!isHeld) {
          throw new EngineError('invalid_definition', `table "${this.name}" cannot hold ${op}`, {
            hint: "Make it with changes: 'all', or 'upsert' with a primary key and without -U.",
          });
        }
        this.#rows.add(into, KINDS[op], row);
      }
    });
  }

  /**
   * Appends columns by name, all of one length: typed arrays (copied in bulk where they are of the column's own form),
   * arrays of values, or `{ values, valid }` with a validity byte a row. A column left out is NULL.
   */
  pushColumns(columns: { readonly [K in keyof Input]?: ColumnInput | undefined }): Promise<void> {
    return this.#append((into) => this.#columns.add(into, columns as Readonly<Record<string, ColumnInput>>));
  }

  /** Appends the rows of an Arrow table or record batch, columns by name. */
  pushArrow(table: ArrowTable): Promise<void> {
    return this.pushColumns(arrowColumns(table) as { readonly [K in keyof Input]?: ColumnInput });
  }

  /**
   * Says that no row before `time` (a Date or epoch milliseconds) will be pushed any more, beside what the table's own
   * watermark expression says. Throws `invalid_definition` when the table was made without `watermark`.
   */
  watermark(time: Date | number): void {
    if (!this.#hasWatermark) {
      throw new EngineError('invalid_definition', `table "${this.name}" has no watermark`, {
        hint: "Make it with watermark: { column: '…' }, the column that tells the time of a row.",
      });
    }
    const ms = typeof time === 'number' ? time : time.getTime();
    if (Number.isNaN(ms)) throw new EngineError('invalid_datetime', 'a watermark was given an invalid time');
    this.#log.watermark(ms);
  }

  /** No more rows: queries of this table end when they have read all of it. */
  end(): void {
    this.#log.finish();
  }

  /**
   * The rows from here on, as a query would see them, until the table ends. Throws `unsupported` at a change other than
   * an insertion: read `changes()` then.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Row, undefined> {
    for await (const { op, row } of this.changes()) {
      if (op !== '+I') {
        throw new EngineError('unsupported', `reading ${op} of table "${this.name}" as a row is not supported`, {
          hint: 'Read changes().',
        });
      }
      yield row;
    }
    return undefined;
  }

  /** The changes from here on, until the table ends. The reader stands from the call on, not from its first `next()`. */
  changes(): AsyncIterable<Change<Row>> & AsyncIterator<Change<Row>> {
    const cursor = this.#log.open(null);
    return this.#read(cursor);
  }

  async *#read(cursor: LogCursor): AsyncGenerator<Change<Row>, undefined> {
    const toRow = jsRows(this.#log.schema);
    let wake: (() => void) | null = null;
    const stop = this.#log.listen(() => wake?.());
    try {
      for (;;) {
        const entry = cursor.take(READ_ROWS);
        if (entry.kind === 'end') return undefined;
        if (entry.kind === 'nothing') {
          await new Promise<void>((resolve) => (wake = resolve));
          wake = null;
        } else if (entry.kind === 'rows') {
          const { batch, from, count } = entry;
          for (let i = from; i < from + count; i++) {
            const op = ROW_KIND_NAMES[(batch.kinds === null ? 0 : batch.kinds[i]) as 0];
            yield { op, row: toRow(batch, i) as Row };
          }
        }
      }
    } finally {
      stop();
      cursor.close();
    }
  }

  #append(write: Parameters<MemoryLog['append']>[0]): Promise<void> {
    this.#log.append(write);
    return this.#log.room() ?? Promise.resolve();
  }
}

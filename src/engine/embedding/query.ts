/**
 * The result of a query as a program reads it: rows, changes, columns, an Arrow table or the table as it stands.
 *
 * A result is read once, in one of these ways. Batches are copied out of the engine as they come (its own memory is
 * reused), and the query waits until they are read: a slow reader holds the query back, not memory.
 */
import type * as Arrow from 'apache-arrow';
import { EngineError } from '../../errors.ts';
import type { Job } from '../../runtime/job.ts';
import { type Batch, BatchBuilder, INSERT, ROW_KIND_NAMES, isRetraction } from '../../types/batch.ts';
import { copyRange } from '../../types/copy-range.ts';
import { typeToString } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import type { Vector } from '../../types/vector.ts';
import { type JsRow, jsRows } from '../js-row.ts';
import type { Change } from '../query-rows.ts';
import { arrowTable } from './arrow.ts';
import { type Column, columnOf } from '../../types/js-columns.ts';
import { aborted, JobHandle } from './job-handle.ts';
import { LiveTable } from './live-table.ts';
import { rowKeys } from './row-keys.ts';

/** A column of a result: its name and its SQL type as `DESCRIBE` prints it (`BIGINT NOT NULL`). */
export interface ResultColumn {
  readonly name: string;
  readonly type: string;
}

/** Rows of a result as columns, in memory of their own. */
export interface ColumnBatch {
  readonly length: number;
  /** By name, in the order of the query. */
  readonly columns: Readonly<Record<string, Column>>;
  /** The change that each row is, or null when all are `+I`. */
  readonly ops: readonly Change['op'][] | null;
}

/** How many rows may wait to be read before the query waits. */
const BUFFER_ROWS = 4096;

/** A running query. Reading ends the query when the loop is left; what fails is thrown by the loop. */
export class Query<Row = JsRow> implements AsyncIterable<Row> {
  /** Names and types of the columns. */
  readonly columnInfos: readonly ResultColumn[];
  /** Whether changes besides `+I` may come. */
  readonly updating: boolean;
  readonly #schema: Schema;
  #job: JobHandle | null = null;
  #batches: Batch[] = [];
  #waiting = 0;
  /** Let writers go on; there is one per subtask. */
  #writers: (() => void)[] = [];
  #wake: (() => void) | null = null;
  #over = false;
  #stopped = false;
  #read = false;
  #signal: AbortSignal | undefined = undefined;

  /** @internal */
  constructor(query: { readonly schema: Schema; readonly updating: boolean }) {
    this.#schema = query.schema;
    this.updating = query.updating;
    this.columnInfos = query.schema.map(({ name, type }) => ({ name, type: typeToString(type) }));
  }

  /** The job that runs the query. */
  get job(): JobHandle {
    if (this.#job === null) throw new EngineError('internal_error', 'the query has no job yet');
    return this.#job;
  }

  /** @internal */
  attach(job: Job, signal: AbortSignal | undefined): this {
    this.#job = new JobHandle(job, signal);
    this.#signal = signal;
    void job.done.finally(() => {
      this.#over = true;
      this.#wake?.();
    });
    return this;
  }

  /** @internal */
  write(batch: Batch): void | Promise<void> {
    if (this.#stopped) return undefined;
    this.#batches.push(copied(this.#schema, batch));
    this.#waiting += batch.length;
    this.#wake?.();
    if (this.#waiting < BUFFER_ROWS) return undefined;
    return new Promise((resolve) => this.#writers.push(resolve));
  }

  /** @internal */
  release(): void {
    this.#stopped = true;
    for (const resolve of this.#writers.splice(0)) resolve();
  }

  /**
   * The rows of a query that only inserts. Throws `unsupported` for an updating query, whose rows are taken back again:
   * read `changes()`, or `materialize()` it.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Row, undefined> {
    if (this.updating) {
      await this.job.stop();
      throw new EngineError('unsupported', 'reading an updating query row by row is not supported', {
        detail: 'Rows of its result change and go again.',
        hint: 'Read changes(), or the table as it stands with materialize() or toArray().',
      });
    }
    const toRow = jsRows(this.#schema);
    for await (const batch of this.#take()) {
      for (let i = 0; i < batch.length; i++) yield toRow(batch, i) as Row;
    }
    return undefined;
  }

  /** Every change in order: `{ op: '+I' | '-U' | '+U' | '-D', row }`. */
  async *changes(): AsyncGenerator<Change<Row>, undefined> {
    const toRow = jsRows(this.#schema);
    for await (const batch of this.#take()) {
      for (let i = 0; i < batch.length; i++) {
        const op = ROW_KIND_NAMES[(batch.kinds === null ? INSERT : batch.kinds[i]) as 0];
        yield { op, row: toRow(batch, i) as Row };
      }
    }
    return undefined;
  }

  /** Batches of columns, as they come. They are copies: the program may keep and change them. */
  async *columns(): AsyncGenerator<ColumnBatch, undefined> {
    for await (const batch of this.#take()) {
      const { kinds, length } = batch;
      yield {
        length,
        columns: Object.fromEntries(
          // The batch itself is a copy; its arrays need not be copied again, only cut.
          this.#schema.map(({ name, type }, c) => [name, columnOf(batch.vectors[c] as Vector, type, length, false)]),
        ),
        ops: kinds === null ? null : Array.from(kinds.subarray(0, length), (kind) => ROW_KIND_NAMES[kind as 0]),
      };
    }
    return undefined;
  }

  /**
   * All rows of a query that ends, as an Arrow table (of an updating query, the rows that stand at the end). Needs the
   * package `apache-arrow`; throws `undefined_file` where it is not installed.
   */
  async toArrow(): Promise<Arrow.Table> {
    const batches: Batch[] = [];
    if (!this.updating) for await (const batch of this.#take()) batches.push(batch);
    else batches.push(await this.#final());
    return arrowTable(
      this.#schema,
      batches.map(({ length, vectors }) => ({
        length,
        columns: vectors.map((vector, c) => columnOf(vector, (this.#schema[c] as Schema[number]).type, length, false)),
      })),
    );
  }

  /** The rows of a query that ends; of an updating query, those that stand at the end. */
  async toArray(): Promise<Row[]> {
    const toRow = jsRows(this.#schema);
    const rows: Row[] = [];
    if (this.updating) {
      const batch = await this.#final();
      for (let i = 0; i < batch.length; i++) rows.push(toRow(batch, i) as Row);
      return rows;
    }
    for await (const batch of this.#take()) {
      for (let i = 0; i < batch.length; i++) rows.push(toRow(batch, i) as Row);
    }
    return rows;
  }

  /**
   * The result as a table in the program's memory that the query keeps current: `rows()` is what stands now. The query
   * runs on until it ends or `stop()`.
   */
  materialize(): LiveTable<Row> {
    const table = new LiveTable<Row>(this.job);
    void table.follow(this.changes());
    return table;
  }

  /** Stops the query: a loop over it ends with what came before. */
  stop(): Promise<void> {
    return this.job.stop();
  }

  async #final(): Promise<Batch> {
    const keyOf = rowKeys(this.#schema);
    const places = new Map<string, { batch: Batch; row: number }[]>();
    for await (const batch of this.#take()) {
      for (let row = 0; row < batch.length; row++) {
        const key = keyOf(batch, row);
        const standing = places.get(key);
        if (isRetraction(batch.kinds === null ? INSERT : (batch.kinds[row] as number))) {
          standing?.pop();
          if (standing?.length === 0) places.delete(key);
        } else if (standing === undefined) places.set(key, [{ batch, row }]);
        else standing.push({ batch, row });
      }
    }
    const rows = new BatchBuilder(this.#schema);
    for (const standing of places.values()) for (const { batch, row } of standing) rows.copyRow(batch, row, INSERT);
    return rows.build();
  }

  async *#take(): AsyncGenerator<Batch, undefined> {
    if (this.#read) throw new EngineError('invalid_definition', 'the result of a query can be read once only');
    this.#read = true;
    try {
      for (;;) {
        const over = this.#over;
        const batches = this.#batches;
        this.#batches = [];
        for (const batch of batches) {
          yield batch;
          this.#waiting -= batch.length;
        }
        // What came while those were read is next, before the query goes on.
        if (this.#batches.length > 0) continue;
        for (const resolve of this.#writers.splice(0)) resolve();
        if (over) break;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          if (this.#over || this.#batches.length > 0) resolve();
        });
      }
      await this.job.done;
      if (this.#signal?.aborted === true) throw aborted(this.#signal);
    } finally {
      await this.job.stop();
    }
    return undefined;
  }
}

function copied(schema: Schema, batch: Batch): Batch {
  const { length, vectors, kinds } = batch;
  const copy = new BatchBuilder(schema);
  copy.addInserts(length);
  copy.columns.forEach((column, c) => copyRange(column, 0, vectors[c] as Vector, 0, length));
  if (kinds !== null) {
    copy.kinds.set(kinds.subarray(0, length));
    copy.useKinds();
  }
  return copy.build();
}

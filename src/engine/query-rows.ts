import { EngineError } from '../errors.ts';
import type { Job } from '../runtime/job.ts';
import { type Batch, ROW_KIND_NAMES } from '../types/batch.ts';
import type { Schema } from '../types/schema.ts';
import { type JsRow, jsRows } from './js-row.ts';

/** One change of a result: a row comes (`+I`, `+U`) or goes (`-U`, `-D`). */
export interface Change<Row = JsRow> {
  readonly op: (typeof ROW_KIND_NAMES)[number];
  readonly row: Row;
}

/** What a query gives, as far as it is known before it runs. */
export interface QueryResult {
  readonly schema: Schema;
  /** Whether changes besides +I may come. */
  readonly updating: boolean;
}

/**
 * The changes of a running query, to be read once with `for await`. The query is held back while they are not read;
 * leaving the loop stops it, and the error of a query that fails is thrown after the changes that came before it.
 */
export class QueryRows<Row = JsRow> implements AsyncIterable<Change<Row>> {
  readonly schema: Schema;
  readonly updating: boolean;
  readonly #toRow: (batch: Batch, index: number) => JsRow;
  #job: Job | null = null;
  #changes: Change<Row>[] = [];
  /** Lets the query go on, while it waits for its changes to be read. */
  #letGo: (() => void) | null = null;
  /** Wakes the reader, while it waits for changes. */
  #wake: (() => void) | null = null;
  #over = false;
  #stopped = false;

  constructor({ schema, updating }: QueryResult) {
    this.schema = schema;
    this.updating = updating;
    this.#toRow = jsRows(schema);
  }

  /** The job that runs the query. */
  get job(): Job {
    if (this.#job === null) throw new EngineError('internal_error', 'the query has no job yet');
    return this.#job;
  }

  /** @internal */
  attach(job: Job): this {
    this.#job = job;
    void job.done.finally(() => {
      this.#over = true;
      this.#wake?.();
    });
    return this;
  }

  /** @internal */
  write(batch: Batch): void | Promise<void> {
    for (let i = 0; i < batch.length; i++) {
      const op = ROW_KIND_NAMES[(batch.kinds === null ? 0 : batch.kinds[i]) as 0];
      this.#changes.push({ op, row: this.#toRow(batch, i) as Row });
    }
    this.#wake?.();
    if (this.#stopped) return undefined;
    // There is a writer per subtask.
    const others = this.#letGo;
    return new Promise((resolve) => {
      this.#letGo = () => {
        others?.();
        resolve();
      };
    });
  }

  /** @internal */
  stop(): void {
    this.#stopped = true;
    this.#letGo?.();
  }

  /** All changes of a query that ends. */
  async toArray(): Promise<Change<Row>[]> {
    const all: Change<Row>[] = [];
    for await (const change of this) all.push(change);
    return all;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Change<Row>, undefined> {
    try {
      for (;;) {
        const over = this.#over;
        const changes = this.#changes;
        this.#changes = [];
        yield* changes;
        // What came while those were read is next, before the query goes on.
        if (this.#changes.length > 0) continue;
        this.#letGo?.();
        this.#letGo = null;
        if (over) break;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          if (this.#over) resolve();
        });
      }
      const { error } = await this.job.done;
      if (error !== null) throw error;
    } finally {
      await this.job.stop();
    }
  }
}

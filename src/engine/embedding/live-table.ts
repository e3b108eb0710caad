import { EngineError } from '../../errors.ts';
import type { Change } from '../query-rows.ts';
import type { JobHandle } from './job-handle.ts';
import { exactJson } from './row-keys.ts';

interface Standing<Row> {
  readonly row: Row;
  count: number;
}

/**
 * The result of a query as a table that stands in the program's memory and follows the query's changes.
 *
 * It holds what the query would give if its input ended now. When the query fails, `rows()`, `changed()` and `done`
 * throw its error.
 */
export class LiveTable<Row> {
  /** The job that keeps it current. */
  readonly job: JobHandle;
  /** Resolves when the query has ended or was stopped; rejects with its error. */
  readonly done: Promise<void>;
  readonly #rows = new Map<string, Standing<Row>>();
  readonly #over = Promise.withResolvers<void>();
  #size = 0;
  #error: unknown = null;
  #isOver = false;
  #waiting: (() => void)[] = [];

  /** @internal */
  constructor(job: JobHandle) {
    this.job = job;
    this.done = this.#over.promise;
    // A program that does not look at `done` sees the error at the next `rows()`.
    this.done.catch(() => {});
  }

  /** How many rows stand. */
  get size(): number {
    return this.#size;
  }

  /** The rows that stand now; a row that stands several times comes as often. In order of their first arrival. */
  rows(): Row[] {
    if (this.#error !== null) throw this.#error;
    return [...this.#rows.values()].flatMap(({ row, count }) => Array.from({ length: count }, () => row));
  }

  /** Resolves at the next change, at once when the query is over. */
  async changed(): Promise<void> {
    if (!this.#isOver) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#error !== null) throw this.#error;
  }

  /** Stops the query; the rows stay as they are. */
  async stop(): Promise<void> {
    await this.job.stop();
    await this.done;
  }

  /** @internal */
  async follow(changes: AsyncIterable<Change<Row>>): Promise<void> {
    try {
      for await (const { op, row } of changes) {
        this.#apply(op, row);
        // The new row of an update comes next.
        if (op !== '-U') this.#tell();
      }
      this.#over.resolve();
    } catch (error) {
      this.#error = error;
      this.#over.reject(error);
    }
    this.#isOver = true;
    this.#tell();
  }

  #apply(op: Change['op'], row: Row): void {
    const key = exactJson(row);
    const standing = this.#rows.get(key);
    if (op === '+I' || op === '+U') {
      this.#size++;
      if (standing === undefined) this.#rows.set(key, { row, count: 1 });
      else standing.count++;
      return;
    }
    if (standing === undefined) {
      throw new EngineError('internal_error', `${op} takes away a row that does not stand: ${key}`);
    }
    this.#size--;
    if (--standing.count === 0) this.#rows.delete(key);
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

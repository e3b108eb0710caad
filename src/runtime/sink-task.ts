/**
 * One subtask of a sink: enforces NOT NULL, and holds rows back while the sink cannot take more.
 *
 * `receive` is synchronous; while a `write` is under way further batches are copied into a queue. The driver waits for
 * `ready` between source batches, so the queue holds at most what one source batch gave rise to.
 */
import type { Committable, Sink } from '../connectors/connector.ts';
import { EngineError } from '../errors.ts';
import { type Batch, BatchBuilder, DELETE, INSERT } from '../types/batch.ts';
import type { Schema } from '../types/schema.ts';
import type { Vector } from '../types/vector.ts';
import type { Counters } from './counters.ts';
import type { Receiver } from './receiver.ts';

export interface SinkTaskOptions {
  readonly sink: Sink;
  readonly schema: Schema;
  /** Columns that must not be NULL. */
  readonly notNull: readonly number[];
  /** Rows of kind -D may hold no more than the key. */
  readonly keyOnlyDeletes?: boolean | undefined;
  readonly notNullPolicy: 'error' | 'drop';
  readonly counters: Counters;
  /** The counter of rows written. */
  readonly counter: string;
  readonly onEnd: () => void;
}

export class SinkTask implements Receiver {
  readonly closed = false;
  readonly #options: SinkTaskOptions;
  #pending: Promise<void> | null = null;
  #queue: BatchBuilder[] = [];
  /** Prepared in this run and not committed yet: also that of a checkpoint that came to nothing. */
  #uncommitted: readonly Committable[] = [];

  constructor(options: SinkTaskOptions) {
    this.#options = options;
  }

  /** Resolves when everything received was taken; null when it already was. Rejects when the sink failed. */
  get ready(): Promise<void> | null {
    return this.#pending;
  }

  /** What a person wants to know of the sink. */
  get gauges(): Readonly<Record<string, number>> | undefined {
    return this.#options.sink.gauges?.();
  }

  /** Before the first batch: finishes what former runs left. */
  async recover(committables: readonly Committable[]): Promise<void> {
    await this.#options.sink.recover?.(committables);
  }

  /** Closes an epoch: what was received is durable, or named by what is given back. */
  async prepare(epoch: number): Promise<readonly Committable[]> {
    const { sink } = this.#options;
    await this.#pending;
    if (sink.prepare === undefined) await sink.flush();
    else this.#uncommitted = [...this.#uncommitted, ...(await sink.prepare(epoch))];
    return this.#uncommitted;
  }

  async commit(committables: readonly Committable[]): Promise<void> {
    if (committables.length > 0) await this.#options.sink.commit?.(committables);
    this.#uncommitted = this.#uncommitted.filter((one) => !committables.includes(one));
  }

  /** Closes the sink after what is under way; what failed meanwhile is thrown, and the sink not closed as clean. */
  async close(clean: boolean): Promise<void> {
    const { sink } = this.#options;
    try {
      await this.#pending;
    } catch (error) {
      await sink.close(false);
      throw error;
    }
    await sink.close(clean);
  }

  receive(batch: Batch): void {
    const rows = batch.length === 0 ? batch : this.#enforce(batch);
    this.#options.counters.add(this.#options.counter, rows.length);
    if (this.#pending === null) this.#write(rows);
    else this.#enqueue(rows);
  }

  setIdle(): void {}

  end(): void {
    this.#options.onEnd();
  }

  #write(batch: Batch): void {
    const { sink } = this.#options;
    const written = batch.length > 0 ? sink.write(batch) : undefined;
    const watermark = batch.marks === null ? null : (batch.marks.time[batch.marks.length - 1] as number);
    if (written === undefined) {
      if (watermark !== null) sink.onWatermark?.(watermark);
      return;
    }
    // After a failure the promise stays where it is, so that every later look at `ready` sees it.
    this.#pending = written.then(() => {
      if (watermark !== null) sink.onWatermark?.(watermark);
      return this.#drain();
    });
    // The driver sees the failure through `ready`; it must not count as unhandled before that.
    this.#pending.catch(() => {});
  }

  #enqueue(batch: Batch): void {
    const copy = new BatchBuilder(this.#options.schema);
    copy.reserve(batch.length);
    for (let i = 0; i < batch.length; i++)
      copy.copyRow(batch, i, batch.kinds === null ? INSERT : (batch.kinds[i] as number));
    if (batch.marks !== null) copy.mark(batch.marks.time[batch.marks.length - 1] as number);
    this.#queue.push(copy);
  }

  async #drain(): Promise<void> {
    const { sink } = this.#options;
    for (;;) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      const batch = next.build();
      if (batch.length > 0) await sink.write(batch);
      if (batch.marks !== null) sink.onWatermark?.(batch.marks.time[batch.marks.length - 1] as number);
    }
    this.#pending = null;
  }

  /** The batch as it is, or without the rows that hold a NULL where none may be, or an error. */
  #enforce(batch: Batch): Batch {
    const { notNull, notNullPolicy, keyOnlyDeletes, schema, counters } = this.#options;
    let bad: Set<number> | null = null;
    for (const column of notNull) {
      const { valid } = batch.vectors[column] as Vector;
      if (valid === null) continue;
      for (let i = 0; i < batch.length; i++) {
        if (valid[i] !== 0 || (keyOnlyDeletes === true && batch.kinds?.[i] === DELETE)) continue;
        if (notNullPolicy === 'error') {
          const name = schema[column]?.name ?? '';
          throw new EngineError(
            'not_null_violation',
            `column '${name}' is NOT NULL, however, a null value is being written into it`,
            { hint: "You can set 'table.exec.sink.not-null-enforcer' = 'DROP' to drop such records." },
          );
        }
        (bad ??= new Set()).add(i);
      }
    }
    if (bad === null) return batch;
    counters.add('null_rows_dropped', bad.size);
    const kept = new BatchBuilder(schema);
    for (let i = 0; i < batch.length; i++) {
      if (!bad.has(i)) kept.copyRow(batch, i, batch.kinds === null ? INSERT : (batch.kinds[i] as number));
    }
    if (batch.marks !== null) kept.mark(batch.marks.time[batch.marks.length - 1] as number);
    return kept.build();
  }
}

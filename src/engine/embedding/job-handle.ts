import { EngineError } from '../../errors.ts';
import type { Job, JobStatus, StopOptions } from '../../runtime/job.ts';

/** What a job counts. Times are epoch milliseconds, sizes bytes. */
export interface JobMetrics {
  /** Rows read from sources, and bytes where the source has bytes. */
  readonly rowsIn: number;
  readonly bytesIn: number;
  /** Rows written or handed to the reader. */
  readonly rowsOut: number;
  /** Records that could not be decoded. */
  readonly rejected: number;
  /** Rows that came after their windows had fired. */
  readonly late: number;
  /** The least watermark over the sources; null before the first one, and where no table has one. */
  readonly watermark: number | null;
  readonly stateSizeBytes: number;
  /** Records that sources know of and have not read yet (`lag` of Kafka, the backlog of an in-memory table); 0 when none say. */
  readonly lag: number;
  /** How often the job began again after a failure. */
  readonly restarts: number;
  /** What connectors tell of themselves, by name (`lag`: records not yet read), and every counter of the job. */
  readonly all: Readonly<Record<string, number>>;
}

/** A job that was started: the one behind a query, or one of an INSERT. */
export class JobHandle {
  readonly #job: Job;
  /** Resolves when the job is over, with how; rejects with the error of a job that failed. */
  readonly done: Promise<'finished' | 'stopped'>;

  /** @internal */
  constructor(job: Job, signal?: AbortSignal) {
    this.#job = job;
    const stop = (): void => void job.stop();
    signal?.addEventListener('abort', stop, { once: true });
    void job.done.then(() => signal?.removeEventListener('abort', stop));
    this.done = job.done.then(({ status, error }) => {
      if (error !== null) throw error;
      return status === 'stopped' ? 'stopped' : 'finished';
    });
    // Whoever does not wait for the job must not be ended by its failure; `status` tells.
    this.done.catch(() => {});
  }

  get id(): string {
    return this.#job.id;
  }

  get name(): string {
    return this.#job.name;
  }

  get status(): JobStatus {
    return this.#job.status;
  }

  get metrics(): JobMetrics {
    const all = { ...this.#job.gauges, ...this.#job.counters };
    const { watermark } = this.#job;
    return {
      rowsIn: all['rows_in'] ?? 0,
      bytesIn: all['bytes_in'] ?? 0,
      rowsOut: all['rows_out'] ?? 0,
      rejected: all['bad_records'] ?? 0,
      late: all['late_rows'] ?? 0,
      watermark: Number.isFinite(watermark) ? watermark : null,
      stateSizeBytes: this.#job.stateSizeBytes,
      lag: all['lag'] ?? 0,
      restarts: this.#job.restarts,
      all,
    };
  }

  /**
   * Ends the job where it stands: open windows do not fire, unless it is drained. Resolves when it is over, whatever became
   * of it (`done` tells).
   */
  async stop(options: StopOptions = {}): Promise<void> {
    await this.#job.stop(options);
  }

  /**
   * Takes a checkpoint now, of a job that has them (`execution.checkpointing.dir`); resolves when it is complete. Throws
   * `invalid_option` for a job without. A savepoint comes with the end of the job: `stop({ savepoint: path })`.
   */
  checkpoint(): Promise<void> {
    return this.#job.checkpoint();
  }
}

/** The error of what an AbortSignal ended. */
export const aborted = (signal: AbortSignal): EngineError =>
  new EngineError('query_cancelled', 'the query was aborted', { cause: signal.reason });

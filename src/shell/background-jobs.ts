/** The INSERT jobs of a shell: which run, and which came to their end since somebody looked. */
import type { Job } from '../engine.ts';
import type { EngineError } from '../errors.ts';
import type { Clock } from '../platform/platform.ts';

export interface BackgroundJob {
  readonly job: Job;
  readonly startMs: number;
  endMs: number | null;
}

export interface JobEnd {
  readonly job: Job;
  readonly seconds: number;
  readonly error: EngineError | null;
}

export class BackgroundJobs {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #jobs: BackgroundJob[] = [];
  #ends: JobEnd[] = [];

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Follows a job; `silent`: somebody waits for it, so that its end is no news. */
  async watch(job: Job, silent = false): Promise<void> {
    const entry: BackgroundJob = { job, startMs: this.#clock.monotonic(), endMs: null };
    this.#jobs.push(entry);
    const { error } = await job.done;
    entry.endMs = this.#clock.monotonic();
    if (!silent) this.#ends.push({ job, seconds: (entry.endMs - entry.startMs) / 1000, error });
  }

  get all(): readonly BackgroundJob[] {
    return this.#jobs;
  }

  get running(): readonly Job[] {
    return this.#jobs.filter(({ endMs }) => endMs === null).map(({ job }) => job);
  }

  /** The jobs that ended since the last call. */
  takeEnds(): readonly JobEnd[] {
    const ends = this.#ends;
    this.#ends = [];
    return ends;
  }
}

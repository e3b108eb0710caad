/**
 * The checkpoints of a running job.
 *
 * Between two steps of the job's loop everything that was read has reached the sinks, so a barrier is such a moment:
 * `begin` marks all state (no copy), notes positions and watermarks, and has the sinks close their epoch. Then the
 * stream goes on while pages are written; once the manifest is on the medium the sinks commit, the sources hear of it,
 * and old checkpoints go. The next one begins after that.
 */
import type { CheckpointDirectory } from '../checkpoint/checkpoint-directory.ts';
import type { CheckpointDraft, WrittenCheckpoint } from '../checkpoint/write-checkpoint.ts';
import { EngineError, toEngineError } from '../errors.ts';
import type { FaultPoints } from '../platform/fault-points.ts';
import type { Clock } from '../platform/platform.ts';
import type { Graph } from './graph.ts';
import type { GraphMark, SinkCommittables } from './graph-content.ts';
import { type JobSnapshot, graphPart, stateId } from './job-snapshot.ts';
import type { OperatorIdentity } from './plan-identity.ts';

export interface CheckpointSettings {
  /** Between two checkpoints, begin to begin; Infinity = only when asked. */
  readonly intervalMs: number;
  /** A checkpoint that takes longer has failed. */
  readonly timeoutMs: number;
  /** At least so long after the end of one. */
  readonly minPauseMs: number;
  /** So many may fail in a row before the job does. */
  readonly tolerableFailures: number;
}

export interface CheckpointStats {
  /** Completed in this run of the engine. */
  readonly completed: number;
  readonly failed: number;
  /** Of the last one: its number, from barrier to completion, how long the stream stood still, all its bytes and those written for it. */
  readonly last: {
    readonly epoch: number;
    readonly durationMs: number;
    readonly pauseMs: number;
    readonly sizeBytes: number;
    readonly writtenBytes: number;
    readonly path: string;
  } | null;
}

export interface CheckpointerOptions {
  readonly directory: CheckpointDirectory;
  readonly settings: CheckpointSettings;
  readonly clock: Clock;
  readonly faults: FaultPoints;
  readonly job: string;
  /** Tells its query from others. */
  readonly query: string;
  readonly parallelism: number;
  /** What state hangs on, in the graph as it is. */
  readonly identityOf: (graph: Graph) => readonly OperatorIdentity[];
  readonly report: (message: string) => void;
}

/** A moment of the job, with all that must become durable. */
interface Barrier {
  readonly graph: Graph;
  readonly mark: GraphMark;
  readonly draft: CheckpointDraft;
  readonly prepared: readonly SinkCommittables[];
  readonly startedMs: number;
  readonly pauseMs: number;
}

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #nextMs: number;
  #running: Promise<void> | null = null;
  #startedMs = 0;
  #failure: EngineError | null = null;
  #failuresInRow = 0;
  #stats: CheckpointStats = { completed: 0, failed: 0, last: null };

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#nextMs = options.clock.monotonic() + options.settings.intervalMs;
  }

  get stats(): CheckpointStats {
    return this.#stats;
  }

  /** A checkpoint, or the commit after it, failed in a way that ends the job. */
  get failure(): EngineError | null {
    return this.#failure;
  }

  /** Milliseconds until a checkpoint is due, 0 when it is; Infinity while one is under way. */
  get waitMs(): number {
    if (this.#running !== null) return Infinity;
    return Math.max(0, this.#nextMs - this.#options.clock.monotonic());
  }

  /** Another graph of the same job goes on: nothing that was under way counts. */
  reset(): void {
    this.#failure = null;
    this.#failuresInRow = 0;
    this.#nextMs = this.#options.clock.monotonic() + this.#options.settings.intervalMs;
  }

  /** Between two steps, with none under way: takes the barrier. When it resolves the stream may go on. */
  async begin(graph: Graph): Promise<void> {
    const barrier = await this.#barrier(graph, false);
    this.#running = this.#complete(barrier).finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when what is under way is over; throws when it failed for good. */
  async settled(): Promise<void> {
    await this.#running;
    if (this.#failure !== null) throw this.#failure;
  }

  /** A checkpoint that is waited for, between two steps; `beforeIt` may write the same elsewhere. Throws when it fails. */
  async take(
    graph: Graph,
    finished: boolean,
    beforeIt: (draft: CheckpointDraft) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    await this.settled();
    const barrier = await this.#barrier(graph, finished);
    try {
      await beforeIt(barrier.draft);
    } catch (error) {
      this.#release(barrier, false);
      throw error;
    }
    const { failed } = this.#stats;
    let lost: EngineError | null = null;
    await this.#complete(barrier, (error) => (lost = error));
    if (this.#failure !== null) throw this.#failure;
    if (this.#stats.failed > failed && lost !== null) throw lost as EngineError;
  }

  async #barrier(graph: Graph, finished: boolean): Promise<Barrier> {
    const { clock, faults, directory, job, query, parallelism, identityOf } = this.#options;
    const epoch = directory.takeEpoch();
    const startedMs = clock.monotonic();
    this.#startedMs = startedMs;
    this.#nextMs = startedMs + this.#options.settings.intervalMs;
    faults.reach('state.before-write');
    const mark = graph.mark();
    const body: Omit<JobSnapshot, 'sinks'> = {
      job,
      query,
      parallelism,
      finished,
      takenAtMs: clock.now(),
      plan: identityOf(graph),
      ...graphPart(mark),
    };
    try {
      faults.reach('sink.before-prepare');
      const prepared = await this.#inTime(
        graph.prepareSinks(epoch),
        () => `it waits for ${graph.preparing.join(', ')}`,
      );
      faults.reach('sink.after-prepare');
      const sinks = prepared.filter(({ committables }) => committables.length > 0);
      const states = mark.operators.flatMap((entry) =>
        entry.state === null ? [] : [{ id: stateId(entry), mark: entry.state }],
      );
      const pauseMs = clock.monotonic() - startedMs;
      return { graph, mark, draft: { epoch, states, body: { ...body, sinks } }, prepared, startedMs, pauseMs };
    } catch (error) {
      for (const { state } of mark.operators) state?.release(false);
      this.#failure = toEngineError(error);
      throw error;
    }
  }

  async #complete(barrier: Barrier, onFailure: (error: EngineError) => void = () => {}): Promise<void> {
    const { directory, faults, settings, report, job } = this.#options;
    let written: WrittenCheckpoint;
    try {
      written = await directory.write(barrier.draft, () => this.#checkTime());
      faults.reach('state.after-write');
    } catch (error) {
      this.#release(barrier, false);
      const known = toEngineError(error);
      this.#stats = { ...this.#stats, failed: this.#stats.failed + 1 };
      this.#failuresInRow++;
      onFailure(known);
      if (this.#failuresInRow > settings.tolerableFailures) this.#failure = known;
      else report(`Checkpoint ${barrier.draft.epoch} of ${job} failed: ${known.message}. The job goes on.`);
      this.#pause();
      return;
    }
    this.#release(barrier, true);
    this.#failuresInRow = 0;
    try {
      faults.reach('sink.before-commit');
      await barrier.graph.commitSinks(barrier.prepared);
      faults.reach('sink.after-commit');
    } catch (error) {
      this.#failure = toEngineError(error);
      return;
    }
    this.#note(barrier, written);
    try {
      await barrier.graph.tellSources(barrier.mark);
      await directory.prune();
    } catch (error) {
      report(`After checkpoint ${barrier.draft.epoch} of ${job}: ${toEngineError(error).message}.`);
    }
    this.#pause();
  }

  #note({ startedMs, pauseMs }: Barrier, { epoch, path, sizeBytes, writtenBytes }: WrittenCheckpoint): void {
    const durationMs = this.#options.clock.monotonic() - startedMs;
    this.#stats = {
      ...this.#stats,
      completed: this.#stats.completed + 1,
      last: { epoch, durationMs, pauseMs, sizeBytes, writtenBytes, path },
    };
  }

  #pause(): void {
    const { clock, settings } = this.#options;
    this.#nextMs = Math.max(this.#nextMs, clock.monotonic() + settings.minPauseMs);
  }

  #release({ mark }: Barrier, written: boolean): void {
    for (const { state } of mark.operators) state?.release(written);
  }

  #checkTime(): void {
    const { clock, settings } = this.#options;
    if (clock.monotonic() - this.#startedMs > settings.timeoutMs)
      throw this.#late('its files were not written in that time');
  }

  async #inTime<T>(work: Promise<T>, waitsFor: () => string): Promise<T> {
    const { clock, settings } = this.#options;
    const { promise, reject } = Promise.withResolvers<never>();
    const cancel = clock.schedule(settings.timeoutMs, () => reject(this.#late(waitsFor())));
    try {
      return await Promise.race([work, promise]);
    } finally {
      cancel();
    }
  }

  #late(why: string): EngineError {
    const { job, settings } = this.#options;
    return new EngineError('io_error', `a checkpoint of ${job} took longer than ${settings.timeoutMs} ms: ${why}`, {
      hint: "Allow more with 'execution.checkpointing.timeout'.",
    });
  }
}

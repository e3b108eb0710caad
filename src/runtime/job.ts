/**
 * A running job: drives its graph until the input ends, it fails for good or it is stopped.
 *
 * One step of one source at a time, everything behind it synchronously; sinks are waited for between steps. The loop
 * gives way to the event loop regularly, so that signals, timers and other jobs get their turn. With checkpoints a job
 * begins where the last one stands, and after a failure that may pass it begins there again, with a new graph.
 */
import { writeSavepoint } from '../checkpoint/checkpoint-directory.ts';
import type { CheckpointDraft } from '../checkpoint/write-checkpoint.ts';
import { EngineError, toEngineError } from '../errors.ts';
import { NO_FAULTS } from '../platform/fault-points.ts';
import type { Clock } from '../platform/platform.ts';
import { type CheckpointStats, Checkpointer } from './checkpointer.ts';
import { Graph, type GraphOptions } from './graph.ts';
import type { GraphSnapshot } from './graph-content.ts';
import { planIdentity } from './plan-identity.ts';
import type { RestartStrategy } from './restart-strategy.ts';
import { type JobCheckpoints, restoreJob } from './restore-job.ts';

export type JobStatus = 'created' | 'running' | 'restarting' | 'finished' | 'stopped' | 'failed';

export interface JobResult {
  readonly status: 'finished' | 'stopped' | 'failed';
  readonly error: EngineError | null;
}

export interface JobOptions {
  readonly id: string;
  readonly name: string;
  /** Tells the query from others, in checkpoints. */
  readonly query?: string;
  readonly graph: GraphOptions;
  readonly checkpoints?: JobCheckpoints | null;
  /** When to begin again after a failure that may pass; absent = never. */
  readonly restart?: RestartStrategy | null;
  /** Hears of a stop as it is asked for, while sinks may still hold the job up. */
  readonly onStop?: () => void;
  /** Hears what a person should know while the job goes on. */
  readonly report?: (message: string) => void;
}

export interface StopOptions {
  /** Lets the final watermark through first, so that windows fire; the job is then finished. */
  readonly drain?: boolean;
  /** Writes a savepoint into a new directory. */
  readonly savepoint?: boolean;
}

/** How long the loop runs before it gives way. */
const TURN_MS = 10;
/** How long an idle loop sleeps at most: sources that cannot wake it are asked again after this. */
const IDLE_MS = 50;

export class Job {
  readonly id: string;
  readonly name: string;
  /** Wall clock at the start, epoch ms. */
  readonly startedMs: number;
  readonly #options: JobOptions;
  readonly #clock: Clock;
  readonly #checkpointer: Checkpointer | null;
  /** Gone when the job is over, with all its state. */
  #graph: Graph | null;
  /** What is left of the graph then. */
  #last: {
    readonly counters: Readonly<Record<string, number>>;
    readonly watermark: number;
    readonly gauges: Readonly<Record<string, number>>;
  } | null = null;
  #status: JobStatus = 'created';
  #restoredCounters: Readonly<Record<string, number>> = {};
  #restarts = 0;
  #savepointPath: string | null = null;
  #stop: (StopOptions & { readonly kill?: boolean }) | null = null;
  #wake: (() => void) | null = null;
  /** A source had something since the last pass began. */
  #dataArrived = false;
  #idleWaiters: (() => void)[] = [];
  #done: Promise<JobResult> | null = null;
  readonly #started = Promise.withResolvers<void>();
  /** Resolves when a stop is asked for. */
  readonly #stopAsked = Promise.withResolvers<void>();
  #snapshotRequests: ((snapshot: GraphSnapshot | null) => void)[] = [];
  #checkpointRequests: { resolve(): void; reject(error: unknown): void }[] = [];

  constructor(options: JobOptions) {
    const { id, name, graph, checkpoints = null } = options;
    this.id = id;
    this.name = name;
    this.#options = options;
    this.#clock = graph.clock;
    this.startedMs = graph.clock.now();
    this.#graph = this.#newGraph();
    this.#checkpointer =
      checkpoints === null
        ? null
        : new Checkpointer({
            directory: checkpoints.directory,
            settings: checkpoints.settings,
            clock: graph.clock,
            faults: checkpoints.faults,
            job: name,
            query: options.query ?? '',
            parallelism: graph.parallelism,
            identityOf: (running) => planIdentity(graph.plan, running.statefulNodes),
            report: (message) => this.#report(message),
          });
  }

  get status(): JobStatus {
    return this.#status;
  }

  /** Rows in and out, late rows, bad records and so on, by name. */
  get counters(): Readonly<Record<string, number>> {
    return this.#last?.counters ?? this.#running.counters.snapshot();
  }

  /** Those that it began with, by its checkpoint: what this run did is what is beyond. */
  get restoredCounters(): Readonly<Record<string, number>> {
    return this.#restoredCounters;
  }

  get watermark(): number {
    return this.#last?.watermark ?? this.#running.watermark;
  }

  /** What sources and sinks tell of themselves, by name: `lag`. */
  get gauges(): Readonly<Record<string, number>> {
    return this.#last?.gauges ?? this.#running.gauges;
  }

  get stateSizeBytes(): number {
    return this.#graph?.stateSizeBytes ?? 0;
  }

  /** How often it began again after a failure. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Null for a job without checkpoints. */
  get checkpoints(): CheckpointStats | null {
    return this.#checkpointer?.stats ?? null;
  }

  /** Resolves when the job is over; never rejects. */
  get done(): Promise<JobResult> {
    return this.#done ?? this.start();
  }

  /** Resolves when every source stands where it begins to read; or when the job is over. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  start(): Promise<JobResult> {
    this.#done ??= this.#run();
    return this.#done;
  }

  /**
   * Ends the job where it stands: open windows do not fire unless it is drained. With checkpoints it takes one more,
   * from which it can go on. Resolves when it is over.
   */
  stop(options: StopOptions = {}): Promise<JobResult> {
    return this.#end(options);
  }

  /** Where the savepoint is that the job was stopped with. */
  get savepointPath(): string | null {
    return this.#savepointPath;
  }

  /** Ends the job as a crash would: what its last checkpoint does not hold has not happened. */
  kill(): Promise<JobResult> {
    return this.#end({ kill: true });
  }

  /** Throws where the job cannot be stopped with a savepoint. */
  checkSavepoint(): void {
    if (this.#over) {
      throw new EngineError(
        'not_in_prerequisite_state',
        `job '${this.id}' is ${this.#status}: no savepoint can be taken of it`,
      );
    }
    if ((this.#options.checkpoints?.savepoints ?? null) !== null) return;
    throw new EngineError('not_in_prerequisite_state', `job '${this.id}' has no place for a savepoint`, {
      hint: "SET 'execution.checkpointing.dir' (or --state-dir) before the job is started, and 'execution.checkpointing.savepoint-dir' where savepoints shall go elsewhere.",
    });
  }

  #end(stop: StopOptions & { readonly kill?: boolean }): Promise<JobResult> {
    this.#stop ??= stop;
    this.#stopAsked.resolve();
    this.#options.onStop?.();
    this.wake();
    return this.done;
  }

  /** Ends an idle sleep: data is there. */
  wake(): void {
    this.#wake?.();
  }

  #onData(): void {
    this.#dataArrived = true;
    this.#wake?.();
  }

  /** Resolves when every source was asked and had nothing, and every sink took what it got; or when the job is over. */
  async settled(): Promise<void> {
    if (this.#over) return;
    await new Promise<void>((resolve) => {
      this.#idleWaiters.push(resolve);
      this.wake();
    });
  }

  /** All state between two steps; null when the job is over. */
  snapshot(): Promise<GraphSnapshot | null> {
    if (this.#graph === null) return Promise.resolve(null);
    if (this.#status === 'created') return Promise.resolve(this.#graph.snapshot());
    return new Promise((resolve) => {
      this.#snapshotRequests.push(resolve);
      this.wake();
    });
  }

  /** Takes a checkpoint now and resolves when it is complete, or when the job is over. */
  async checkpoint(): Promise<void> {
    if (this.#checkpointer === null) throw new EngineError('invalid_option', `job ${this.id} has no checkpoints`);
    if (this.#over) return;
    await new Promise<void>((resolve, reject) => {
      this.#checkpointRequests.push({ resolve, reject });
      this.wake();
    });
  }

  get #over(): boolean {
    return this.#status === 'finished' || this.#status === 'stopped' || this.#status === 'failed';
  }

  get #running(): Graph {
    if (this.#graph === null) throw new EngineError('internal_error', `job ${this.id} is over`);
    return this.#graph;
  }

  #newGraph(): Graph {
    return new Graph({ ...this.#options.graph, onData: () => this.#onData() });
  }

  #report(message: string): void {
    this.#options.report?.(message);
  }

  async #run(): Promise<JobResult> {
    let result = await this.#attempt();
    while (result.error !== null && (await this.#mayRestart(result.error))) result = await this.#attempt();
    // Who stops a job that waits to begin again does not want to hear of the failure.
    if (this.#status === 'restarting' && this.#stop !== null) result = { status: 'stopped', error: null };
    try {
      await this.#options.checkpoints?.directory.close();
    } catch (error) {
      this.#report(`The directory of job ${this.name} was not let go: ${toEngineError(error).message}.`);
    }
    const { counters, watermark, gauges } = this.#running;
    this.#status = result.status;
    this.#last = { counters: counters.snapshot(), watermark, gauges };
    this.#graph = null;
    this.#started.resolve();
    this.#release(this.#idleWaiters.length);
    for (const resolve of this.#snapshotRequests.splice(0)) resolve(null);
    for (const { resolve } of this.#checkpointRequests.splice(0)) resolve();
    return result;
  }

  /** Whether the job begins again after `error`, with a new graph; waits as long as the strategy wants first. */
  async #mayRestart(error: EngineError): Promise<boolean> {
    const { restart = null } = this.#options;
    if (restart === null || !error.retryable || this.#stop !== null) return false;
    const delayMs = restart.next();
    if (delayMs === null) return false;
    this.#status = 'restarting';
    this.#restarts++;
    this.#report(
      `Job ${this.name} failed: ${error.message}. It begins again in ${delayMs} ms (restart ${this.#restarts}).`,
    );
    const end = this.#clock.monotonic() + delayMs;
    for (let left = delayMs; left > 0 && this.#stop === null; left = end - this.#clock.monotonic()) {
      await this.#pause(left);
    }
    if (this.#stop !== null) return false;
    this.#checkpointer?.reset();
    try {
      this.#graph = this.#newGraph();
    } catch (failure) {
      this.#report(`Job ${this.name} cannot begin again: ${toEngineError(failure).message}.`);
      return false;
    }
    return true;
  }

  /** One life of a graph. */
  async #attempt(): Promise<JobResult> {
    const graph = this.#running;
    const checkpointer = this.#checkpointer;
    let result: JobResult;
    try {
      const isOver = await this.#restore(graph);
      if (!isOver) await graph.prepareTables();
      this.#status = 'running';
      if (!isOver) {
        await this.#loop(graph);
        if (this.#stop?.drain === true && !graph.finished) await this.#drain(graph);
        if (checkpointer !== null && this.#stop?.kill !== true) await this.#lastCheckpoint(graph, checkpointer);
      }
      result = { status: this.#stop !== null && !graph.finished && !isOver ? 'stopped' : 'finished', error: null };
    } catch (error) {
      result = { status: 'failed', error: toEngineError(error) };
    }
    // What was under way must not meet the next life.
    await checkpointer?.settled().catch(() => {});
    try {
      await graph.close(result.status !== 'failed' && this.#stop?.kill !== true);
    } catch (error) {
      if (result.error === null) result = { status: 'failed', error: toEngineError(error) };
    }
    return result;
  }

  /** Goes on where the last checkpoint stands; true when that was the end. */
  async #restore(graph: Graph): Promise<boolean> {
    const { checkpoints = null, name, graph: options } = this.#options;
    if (checkpoints === null) return false;
    const report = (message: string): void => this.#report(message);
    const restored = await restoreJob(graph, { checkpoints, name, plan: options.plan, report });
    if (this.#restarts === 0) this.#restoredCounters = restored?.counters ?? {};
    return restored?.finished === true;
  }

  async #drain(graph: Graph): Promise<void> {
    graph.drain();
    await this.#sinksReady(graph);
    while (!graph.finished && graph.inFlight > 0) {
      await this.#pause(IDLE_MS);
      graph.resume();
      await this.#sinksReady(graph);
    }
  }

  /** From which a stopped job goes on, and which says that a finished one is. */
  async #lastCheckpoint(graph: Graph, checkpointer: Checkpointer): Promise<void> {
    await checkpointer.take(graph, graph.finished, async (draft) => {
      if (this.#stop?.savepoint === true) this.#savepointPath = await this.#savepoint(draft);
    });
  }

  async #savepoint(draft: CheckpointDraft): Promise<string> {
    const { fileSystem, savepoints = null } = this.#options.checkpoints as JobCheckpoints;
    if (savepoints === null) throw new EngineError('internal_error', 'there is no place for savepoints');
    for (let number = 1; ; number++) {
      const path = `${savepoints}/savepoint-${number}`;
      if ((await fileSystem.stat(path)) !== null) continue;
      await writeSavepoint(draft, { fileSystem, faults: NO_FAULTS, path });
      return path;
    }
  }

  async #loop(graph: Graph): Promise<void> {
    const { sources } = graph;
    for (const source of sources) await source.start();
    this.#started.resolve();
    let turnEnd = this.#clock.monotonic() + TURN_MS;
    for (;;) {
      // Only those who asked before this pass began: what they wait for was there to be seen.
      const waiting = this.#idleWaiters.length;
      this.#dataArrived = false;
      let progress = graph.fireTimers(this.#clock.now());
      if (graph.resume()) progress = true;
      // Also for what sources that end at their start set off.
      await this.#sinksReady(graph);
      for (const source of sources) {
        if (source.ended) continue;
        if (this.#stop !== null) return;
        const result = await source.step();
        if (result !== 'idle') progress = true;
        await this.#sinksReady(graph);
        await this.#betweenSteps(graph);
      }
      if (graph.finished) return;
      if (this.#stop !== null) return;
      if (!progress) {
        this.#release(waiting);
        await this.#sleep(graph);
        turnEnd = this.#clock.monotonic() + TURN_MS;
      } else if (this.#clock.monotonic() >= turnEnd) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        turnEnd = this.#clock.monotonic() + TURN_MS;
      }
    }
  }

  async #sinksReady(graph: Graph): Promise<void> {
    for (;;) {
      const waiting = graph.sinks.map(({ ready }) => ready).filter((ready) => ready !== null);
      if (waiting.length > 0) await Promise.all(waiting);
      // Operators that wait for the outside take no more than they said.
      const full = graph.full;
      if (full.length === 0 || this.#stop !== null) return;
      await Promise.race([...full, this.#stopAsked.promise]);
      graph.resume();
    }
  }

  async #betweenSteps(graph: Graph): Promise<void> {
    if (this.#snapshotRequests.length > 0) {
      const snapshot = graph.snapshot();
      for (const resolve of this.#snapshotRequests.splice(0)) resolve(snapshot);
    }
    const checkpointer = this.#checkpointer;
    if (checkpointer === null) return;
    if (checkpointer.failure !== null) throw checkpointer.failure;
    for (let request = this.#checkpointRequests.shift(); request; request = this.#checkpointRequests.shift()) {
      try {
        await checkpointer.take(graph, false);
        request.resolve();
      } catch (error) {
        request.reject(error);
        if (checkpointer.failure !== null) throw checkpointer.failure;
      }
    }
    if (checkpointer.waitMs <= 0) await checkpointer.begin(graph);
  }

  #release(count: number): void {
    for (const resolve of this.#idleWaiters.splice(0, count)) resolve();
  }

  async #sleep(graph: Graph): Promise<void> {
    const now = this.#clock.now();
    let wait = Math.min(IDLE_MS, graph.nextTimer - now, this.#checkpointer?.waitMs ?? Infinity);
    for (const source of graph.sources) if (!source.ended) wait = Math.min(wait, source.waitMs());
    // What was asked for while nobody could be woken.
    const asked = this.#snapshotRequests.length + this.#idleWaiters.length + this.#checkpointRequests.length > 0;
    if (!this.#dataArrived && this.#stop === null && !asked) await this.#pause(Math.max(0, wait));
    await this.#betweenSteps(graph);
  }

  /** Sleeps until it is over or something wakes the job. */
  async #pause(ms: number): Promise<void> {
    const controller = new AbortController();
    this.#wake = () => controller.abort();
    await this.#clock.sleep(ms, controller.signal);
    this.#wake = null;
  }
}

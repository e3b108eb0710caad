/**
 * A running job: drives its graph until the input ends, it fails or it is stopped.
 *
 * One step of one source at a time, everything behind it synchronously; sinks are waited for between steps. The loop
 * gives way to the event loop regularly, so that signals, timers and other jobs get their turn.
 */
import { type EngineError, toEngineError } from '../errors.ts';
import type { Clock } from '../platform/platform.ts';
import { Graph, type GraphOptions, type GraphSnapshot } from './graph.ts';

export type JobStatus = 'created' | 'running' | 'finished' | 'stopped' | 'failed';

export interface JobResult {
  readonly status: 'finished' | 'stopped' | 'failed';
  readonly error: EngineError | null;
}

/** How long the loop runs before it gives way. */
const TURN_MS = 10;
/** How long an idle loop sleeps at most: sources that cannot wake it are asked again after this. */
const IDLE_MS = 50;

export class Job {
  readonly id: string;
  readonly name: string;
  readonly #clock: Clock;
  readonly #graph: Graph;
  #status: JobStatus = 'created';
  #stopRequested = false;
  #wake: (() => void) | null = null;
  #idleWaiters: (() => void)[] = [];
  #done: Promise<JobResult> | null = null;
  #snapshotRequests: ((snapshot: GraphSnapshot) => void)[] = [];

  constructor(id: string, name: string, options: GraphOptions) {
    this.id = id;
    this.name = name;
    this.#clock = options.clock;
    this.#graph = new Graph(options);
  }

  get status(): JobStatus {
    return this.#status;
  }

  /** Rows in and out, late rows, bad records and so on, by name. */
  get counters(): Readonly<Record<string, number>> {
    return this.#graph.counters.snapshot();
  }

  get watermark(): number {
    return this.#graph.watermark;
  }

  get stateSizeBytes(): number {
    return this.#graph.stateSizeBytes;
  }

  /** Resolves when the job is over; never rejects. */
  get done(): Promise<JobResult> {
    return this.#done ?? this.start();
  }

  start(): Promise<JobResult> {
    this.#done ??= this.#run();
    return this.#done;
  }

  /** Ends the job where it stands: open windows do not fire. Resolves when it is over. */
  stop(): Promise<JobResult> {
    this.#stopRequested = true;
    this.wake();
    return this.done;
  }

  /** Ends an idle sleep: data is there. */
  wake(): void {
    this.#wake?.();
  }

  /** Resolves when every source was asked and had nothing, and every sink took what it got; or when the job is over. */
  async settled(): Promise<void> {
    if (this.#status !== 'running' && this.#status !== 'created') return;
    await new Promise<void>((resolve) => {
      this.#idleWaiters.push(resolve);
      this.wake();
    });
  }

  /** All state between two steps. */
  snapshot(): Promise<GraphSnapshot> {
    if (this.#status !== 'running') return Promise.resolve(this.#graph.snapshot());
    return new Promise((resolve) => {
      this.#snapshotRequests.push(resolve);
      this.wake();
    });
  }

  async #run(): Promise<JobResult> {
    this.#status = 'running';
    let result: JobResult;
    try {
      await this.#loop();
      result = { status: this.#stopRequested && !this.#graph.finished ? 'stopped' : 'finished', error: null };
    } catch (error) {
      result = { status: 'failed', error: toEngineError(error) };
    }
    try {
      await this.#graph.close(result.status !== 'failed');
    } catch (error) {
      if (result.error === null) result = { status: 'failed', error: toEngineError(error) };
    }
    this.#status = result.status;
    this.#release(this.#idleWaiters.length);
    for (const resolve of this.#snapshotRequests.splice(0)) resolve(this.#graph.snapshot());
    return result;
  }

  async #loop(): Promise<void> {
    const { sources } = this.#graph;
    let turnEnd = this.#clock.monotonic() + TURN_MS;
    for (;;) {
      // Only those who asked before this pass began: what they wait for was there to be seen.
      const waiting = this.#idleWaiters.length;
      let progress = this.#graph.fireTimers(this.#clock.now());
      for (const source of sources) {
        if (source.ended) continue;
        if (this.#stopRequested) return;
        const result = await source.step();
        if (result !== 'idle') progress = true;
        await this.#sinksReady();
        this.#answerSnapshots();
      }
      if (this.#graph.finished) return;
      if (this.#stopRequested) return;
      if (!progress) {
        this.#release(waiting);
        await this.#sleep();
        turnEnd = this.#clock.monotonic() + TURN_MS;
      } else if (this.#clock.monotonic() >= turnEnd) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        turnEnd = this.#clock.monotonic() + TURN_MS;
      }
    }
  }

  async #sinksReady(): Promise<void> {
    for (const sink of this.#graph.sinks) {
      const { ready } = sink;
      if (ready !== null) await ready;
    }
  }

  #answerSnapshots(): void {
    if (this.#snapshotRequests.length === 0) return;
    const snapshot = this.#graph.snapshot();
    for (const resolve of this.#snapshotRequests.splice(0)) resolve(snapshot);
  }

  #release(count: number): void {
    for (const resolve of this.#idleWaiters.splice(0, count)) resolve();
  }

  async #sleep(): Promise<void> {
    const now = this.#clock.now();
    let wait = Math.min(IDLE_MS, this.#graph.nextTimer - now);
    for (const source of this.#graph.sources) if (!source.ended) wait = Math.min(wait, source.waitMs());
    const controller = new AbortController();
    let woken = false;
    this.#wake = () => {
      woken = true;
      controller.abort();
    };
    // What was asked for while nobody could be woken.
    if (this.#stopRequested || this.#snapshotRequests.length > 0 || this.#idleWaiters.length > 0) woken = true;
    if (!woken) await this.#clock.sleep(Math.max(0, wait), controller.signal);
    this.#wake = null;
    this.#answerSnapshots();
  }
}

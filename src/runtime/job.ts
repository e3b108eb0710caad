/**
 * A running job: drives its graph until the input ends, it fails or it is stopped.
 *
 * One step of one source at a time, everything behind it synchronously; sinks are waited for between steps. The loop
 * gives way to the event loop regularly, so that signals, timers and other jobs get their turn.
 */
import { EngineError, toEngineError } from '../errors.ts';
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
  readonly #onStop: () => void;
  readonly #clock: Clock;
  /** Gone when the job is over, with all its state. */
  #graph: Graph | null;
  /** What is left of the graph then. */
  #last: { readonly counters: Readonly<Record<string, number>>; readonly watermark: number } | null = null;
  #status: JobStatus = 'created';
  #stopRequested = false;
  #wake: (() => void) | null = null;
  /** A source had something since the last pass began. */
  #dataArrived = false;
  #idleWaiters: (() => void)[] = [];
  #done: Promise<JobResult> | null = null;
  #snapshotRequests: ((snapshot: GraphSnapshot | null) => void)[] = [];

  /** `onStop` hears of a stop as it is asked for, while sinks may still hold the job up. */
  constructor(id: string, name: string, options: GraphOptions, onStop: () => void = () => {}) {
    this.id = id;
    this.name = name;
    this.#onStop = onStop;
    this.#clock = options.clock;
    this.#graph = new Graph({ ...options, onData: () => this.#onData() });
  }

  get status(): JobStatus {
    return this.#status;
  }

  /** Rows in and out, late rows, bad records and so on, by name. */
  get counters(): Readonly<Record<string, number>> {
    return this.#last?.counters ?? this.#running.counters.snapshot();
  }

  get watermark(): number {
    return this.#last?.watermark ?? this.#running.watermark;
  }

  get stateSizeBytes(): number {
    return this.#graph?.stateSizeBytes ?? 0;
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
    this.#onStop();
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
    if (this.#status !== 'running' && this.#status !== 'created') return;
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

  get #running(): Graph {
    if (this.#graph === null) throw new EngineError('internal_error', `job ${this.id} is over`);
    return this.#graph;
  }

  async #run(): Promise<JobResult> {
    this.#status = 'running';
    const graph = this.#running;
    let result: JobResult;
    try {
      await this.#loop(graph);
      result = { status: this.#stopRequested && !graph.finished ? 'stopped' : 'finished', error: null };
    } catch (error) {
      result = { status: 'failed', error: toEngineError(error) };
    }
    try {
      await graph.close(result.status !== 'failed');
    } catch (error) {
      if (result.error === null) result = { status: 'failed', error: toEngineError(error) };
    }
    this.#status = result.status;
    this.#last = { counters: graph.counters.snapshot(), watermark: graph.watermark };
    this.#graph = null;
    this.#release(this.#idleWaiters.length);
    for (const resolve of this.#snapshotRequests.splice(0)) resolve(null);
    return result;
  }

  async #loop(graph: Graph): Promise<void> {
    const { sources } = graph;
    for (const source of sources) await source.start();
    let turnEnd = this.#clock.monotonic() + TURN_MS;
    for (;;) {
      // Only those who asked before this pass began: what they wait for was there to be seen.
      const waiting = this.#idleWaiters.length;
      this.#dataArrived = false;
      let progress = graph.fireTimers(this.#clock.now());
      // Also for what sources that end at their start set off.
      await this.#sinksReady(graph);
      for (const source of sources) {
        if (source.ended) continue;
        if (this.#stopRequested) return;
        const result = await source.step();
        if (result !== 'idle') progress = true;
        await this.#sinksReady(graph);
        this.#answerSnapshots(graph);
      }
      if (graph.finished) return;
      if (this.#stopRequested) return;
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
    const waiting = graph.sinks.map(({ ready }) => ready).filter((ready) => ready !== null);
    if (waiting.length > 0) await Promise.all(waiting);
  }

  #answerSnapshots(graph: Graph): void {
    if (this.#snapshotRequests.length === 0) return;
    const snapshot = graph.snapshot();
    for (const resolve of this.#snapshotRequests.splice(0)) resolve(snapshot);
  }

  #release(count: number): void {
    for (const resolve of this.#idleWaiters.splice(0, count)) resolve();
  }

  async #sleep(graph: Graph): Promise<void> {
    const now = this.#clock.now();
    let wait = Math.min(IDLE_MS, graph.nextTimer - now);
    for (const source of graph.sources) if (!source.ended) wait = Math.min(wait, source.waitMs());
    const controller = new AbortController();
    let woken = false;
    this.#wake = () => {
      woken = true;
      controller.abort();
    };
    // What was asked for while nobody could be woken.
    if (this.#dataArrived || this.#stopRequested || this.#snapshotRequests.length > 0 || this.#idleWaiters.length > 0)
      woken = true;
    if (!woken) await this.#clock.sleep(Math.max(0, wait), controller.signal);
    this.#wake = null;
    this.#answerSnapshots(graph);
  }
}

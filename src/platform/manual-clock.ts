import type { Clock } from './platform.ts';
import { sleepUntil } from './sleep.ts';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that stands still until it is told to go on; timers then run in the order of their times. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #startMs: number;
  #timers: Timer[] = [];
  #order = 0;

  constructor(startMs = 0) {
    this.#nowMs = startMs;
    this.#startMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs;
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepUntil((wake) => this.schedule(ms, wake), signal);
  }

  schedule(ms: number, run: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, ms), order: this.#order++, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Goes on by `ms`. Everything that a timer sets off settles before the next timer runs. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.dueMs <= endMs; next = this.#next()) {
      await this.#fire(next);
    }
    this.#nowMs = endMs;
  }

  /** Goes on to the next timer and runs it; false when none waits. */
  async advanceToNext(): Promise<boolean> {
    await settle();
    const next = this.#next();
    if (next === undefined) return false;
    await this.#fire(next);
    return true;
  }

  /** Sets the wall clock back or forth without running a timer, as an administrator would. */
  jump(ms: number): void {
    this.#timers = this.#timers.map((timer) => ({ ...timer, dueMs: timer.dueMs + ms }));
    this.#nowMs += ms;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (
        first === undefined ||
        timer.dueMs < first.dueMs ||
        (timer.dueMs === first.dueMs && timer.order < first.order)
      ) {
        first = timer;
      }
    }
    return first;
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers = this.#timers.filter((other) => other !== timer);
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.run();
    await settle();
  }
}

/** Resolves when no promise reaction is left to run. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

import type { Clock } from '../../src/platform/platform.ts';
import { sleepUntil } from '../../src/platform/sleep.ts';

/**
 * A clock that goes on by being looked at, so that a run which never waits still takes its time, always the same. Who
 * sleeps is woken at once, and it is then as late as it should be.
 */
export class TickingClock implements Clock {
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    this.#nowMs += 1;
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepUntil((wake) => {
      const timer = setImmediate(() => {
        this.#nowMs += ms;
        wake();
      });
      return () => clearImmediate(timer);
    }, signal);
  }

  /** Nothing here takes so long that it is called. */
  schedule(): () => void {
    return () => {};
  }
}

import type { Clock } from '../../../platform/platform.ts';

/** One timer for many times: rings at the earliest of those it was set to since it rang last. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #atMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at that time of the monotonic clock, or earlier. */
  set(atMs: number): void {
    if (atMs >= this.#atMs) return;
    this.#cancel?.();
    this.#atMs = atMs;
    this.#cancel = this.#clock.schedule(Math.max(0, Math.ceil(atMs - this.#clock.monotonic())), () => {
      this.#atMs = Number.POSITIVE_INFINITY;
      this.#cancel = null;
      this.#ring();
    });
  }

  stop(): void {
    this.#cancel?.();
    // Nothing is earlier: it cannot be set any more.
    this.#atMs = Number.NEGATIVE_INFINITY;
  }
}

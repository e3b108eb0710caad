import type { Random } from '../../../platform/platform.ts';

const JITTER = 0.2;

/** Waits that double from failure to failure, up to a longest one, each a fifth longer or shorter by chance. */
export class Backoff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #random: Random;
  #failures = 0;

  constructor(firstMs: number, longestMs: number, random: Random) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  /** How long to wait after one more failure. */
  nextMs(): number {
    const ms = Math.min(this.#longestMs, this.#firstMs * 2 ** Math.min(30, this.#failures++));
    return ms * (1 + JITTER * (2 * this.#random.next() - 1));
  }

  reset(): void {
    this.#failures = 0;
  }
}

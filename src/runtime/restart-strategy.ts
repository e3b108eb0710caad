/** How long a failed job waits before it starts again, if it does: the strategies of `restart-strategy.type`. */
import type { Clock, Random } from '../platform/platform.ts';

export type RestartPolicy =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed-delay'; readonly attempts: number; readonly delayMs: number }
  | {
      readonly kind: 'failure-rate';
      readonly maxFailures: number;
      readonly intervalMs: number;
      readonly delayMs: number;
    }
  | {
      readonly kind: 'exponential-delay';
      readonly initialMs: number;
      readonly maxMs: number;
      readonly multiplier: number;
      /** Share of the delay that is drawn, up or down. */
      readonly jitter: number;
      /** A run of this length starts from the initial delay again. */
      readonly resetMs: number;
      readonly attempts: number;
    };

export class RestartStrategy {
  readonly #policy: RestartPolicy;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #random: Random;
  #failures: number[] = [];
  #delayMs = 0;

  constructor(policy: RestartPolicy, clock: Pick<Clock, 'monotonic'>, random: Random) {
    this.#policy = policy;
    this.#clock = clock;
    this.#random = random;
  }

  /** The delay after a failure now; null = the job has failed for good. */
  next(): number | null {
    const policy = this.#policy;
    const now = this.#clock.monotonic();
    const last = this.#failures.at(-1);
    this.#failures.push(now);
    switch (policy.kind) {
      case 'none':
        return null;
      case 'fixed-delay':
        return this.#failures.length > policy.attempts ? null : policy.delayMs;
      case 'failure-rate':
        this.#failures = this.#failures.filter((time) => now - time < policy.intervalMs);
        return this.#failures.length > policy.maxFailures ? null : policy.delayMs;
      case 'exponential-delay': {
        if (last === undefined || now - last >= policy.resetMs + this.#delayMs) {
          this.#failures = [now];
          this.#delayMs = policy.initialMs;
        } else this.#delayMs = Math.min(policy.maxMs, this.#delayMs * policy.multiplier);
        if (this.#failures.length > policy.attempts) return null;
        const drawn = (this.#random.next() * 2 - 1) * policy.jitter;
        return Math.round(Math.min(policy.maxMs, this.#delayMs * (1 + drawn)));
      }
    }
  }
}

import type { EngineError } from '../../../errors.ts';

interface Waiter {
  readonly untilBytes: number;
  resolve(): void;
  reject(error: EngineError): void;
}

/** How many bytes are not acknowledged, who waits for them to be fewer, and the failure after which they never will. */
export class Backlog {
  #bytes = 0;
  #failure: EngineError | null = null;
  #waiters: Waiter[] = [];

  get bytes(): number {
    return this.#bytes;
  }

  get failed(): boolean {
    return this.#failure !== null;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#waiters.length === 0) return;
    const due = this.#waiters.filter(({ untilBytes }) => this.#bytes <= untilBytes);
    this.#waiters = this.#waiters.filter(({ untilBytes }) => this.#bytes > untilBytes);
    for (const { resolve } of due) resolve();
  }

  /** The first failure is the one that counts. */
  fail(error: EngineError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(error);
  }

  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** Resolves when no more than `untilBytes` are left. */
  waitUntil(untilBytes: number): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#bytes <= untilBytes) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ untilBytes, resolve, reject });
    });
  }
}

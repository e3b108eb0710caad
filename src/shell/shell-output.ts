/**
 * Standard output as jobs see it while someone is typing: what the `print` connector writes stands above the prompt, and
 * waits while a view fills the screen.
 */
import type { Clock, TextOutput } from '../platform/platform.ts';

/** Text is gathered for so long, so that a fast writer does not redraw the prompt for every row. */
const GATHER_MS = 50;
/** So much may wait before its writers do. */
const MAX_WAITING_CHARS = 1 << 20;

export class ShellOutput implements TextOutput {
  readonly #clock: Pick<Clock, 'schedule'>;
  readonly #decoder = new TextDecoder();
  #printAbove: (text: string) => void;
  #waiting = '';
  #held = 0;
  #scheduled = false;
  #blocked: (() => void)[] = [];

  constructor(clock: Pick<Clock, 'schedule'>, print: (text: string) => void) {
    this.#clock = clock;
    this.#printAbove = print;
  }

  /** Where text goes. */
  printWith(print: (text: string) => void): void {
    this.#printAbove = print;
  }

  write(text: string | Uint8Array): void | Promise<void> {
    this.#waiting += typeof text === 'string' ? text : this.#decoder.decode(text, { stream: true });
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#clock.schedule(GATHER_MS, () => {
        this.#scheduled = false;
        this.flush();
      });
    }
    if (this.#waiting.length <= MAX_WAITING_CHARS) return undefined;
    return new Promise((resolve) => this.#blocked.push(resolve));
  }

  /** Nothing is printed until the result is called. */
  hold(): () => void {
    this.#held++;
    return () => {
      this.#held--;
      this.flush();
    };
  }

  /** Prints what waits, whole lines only. */
  flush(): void {
    if (this.#held > 0) return;
    const end = this.#waiting.lastIndexOf('\n') + 1;
    if (end > 0) this.#printAbove(this.#waiting.slice(0, end));
    this.#waiting = this.#waiting.slice(end);
    for (const resolve of this.#blocked.splice(0)) resolve();
  }

  /** Lets go of everybody who waits. */
  release(): void {
    for (const resolve of this.#blocked.splice(0)) resolve();
  }
}

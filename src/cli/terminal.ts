/**
 * Where the command line writes. Rows go to stdout; everything else to stderr. While a status line stands on the
 * terminal it is taken away before anything else is written.
 */
import type { TextOutput } from '../platform/platform.ts';

export class Terminal {
  readonly stdout: TextOutput;
  readonly #out: TextOutput;
  readonly #err: TextOutput;
  #status = '';

  constructor(out: TextOutput, err: TextOutput) {
    this.#out = out;
    this.#err = err;
    this.stdout = {
      write: (text) => {
        this.#clear();
        return this.#out.write(text);
      },
    };
  }

  message(text: string): void {
    this.#clear();
    this.#tell(text + '\n');
  }

  /** Replaces the status line; only for a stderr that is a terminal of `columns`. */
  status(text: string, columns: number): void {
    this.#clear();
    this.#status = text.slice(0, Math.max(10, columns - 1));
    this.#tell(this.#status);
  }

  clearStatus(): void {
    this.#clear();
  }

  #clear(): void {
    if (this.#status === '') return;
    this.#status = '';
    this.#tell('\r\x1b[K');
  }

  /** What is said on the side is said to whoever still listens. */
  #tell(text: string): void {
    try {
      void Promise.resolve(this.#err.write(text)).catch(() => {});
    } catch {
      // Standard error was closed by its reader.
    }
  }
}

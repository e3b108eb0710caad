/** The terminal as the shell sees it; tests put another in its place. */

export interface Key {
  /** As node:readline names it: `a`, `return`, `up`, `paste-start`; empty where it has no name. */
  readonly name: string;
  /** What it types; empty for a key that types nothing. */
  readonly text: string;
  readonly ctrl: boolean;
  readonly meta: boolean;
  readonly shift: boolean;
}

export interface Screen {
  readonly columns: number;
  readonly lines: number;
  /** Whether text may be coloured. */
  readonly colours: boolean;
  write(text: string): void;
  /** Keys go to the listener that came last, as long as it stays; those that come while there is none wait. */
  listen(listener: (key: Key) => void): () => void;
  /** Calls after the size has changed. */
  onResize(listener: () => void): () => void;
  /** Forgets what was pressed and not yet taken. */
  forgetKeys(): void;
  /** Leaves a key to the listener that comes next. */
  keepKey(key: Key): void;
  /** Gives the terminal back to the program that started this one, until that hands it over again (Ctrl-Z). */
  suspend(): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

export const CURSOR = {
  up: (rows: number): string => (rows > 0 ? `\x1b[${rows}A` : ''),
  column: (column: number): string => `\x1b[${column + 1}G`,
  home: '\x1b[H',
  hide: '\x1b[?25l',
  show: '\x1b[?25h',
} as const;

export const CLEAR = { line: '\x1b[2K', below: '\x1b[J', all: '\x1b[H\x1b[2J' } as const;
export const FULL_SCREEN = { enter: '\x1b[?1049h', leave: '\x1b[?1049l' } as const;
export const PASTE = { on: '\x1b[?2004h', off: '\x1b[?2004l' } as const;

/** One key listener after another, with those keys kept that came when there was none. */
export class KeyRouter {
  readonly #listeners: ((key: Key) => void)[] = [];
  #waiting: Key[] = [];

  press(key: Key): void {
    const listener = this.#listeners.at(-1);
    if (listener === undefined) this.#waiting.push(key);
    else listener(key);
  }

  listen(listener: (key: Key) => void): () => void {
    this.#listeners.push(listener);
    const waiting = this.#waiting;
    this.#waiting = [];
    // A key may end the listener, or be left to the next one.
    while (waiting.length > 0 && this.#listeners.at(-1) === listener) listener(waiting.shift() as Key);
    this.#waiting.push(...waiting);
    return () => {
      const at = this.#listeners.lastIndexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }

  /** A key that its listener leaves to whoever comes next. */
  keep(key: Key): void {
    this.#waiting.push(key);
  }

  forget(): void {
    this.#waiting = [];
  }
}

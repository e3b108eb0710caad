/** Statements that were typed, oldest first; kept in a file, one line each. */

/** Where history is kept. What fails there is no reason to stop typing. */
export interface HistoryStore {
  load(): string;
  append(text: string): void;
  /** Puts `text` in the place of all that is there. */
  replace(text: string): void;
}

const MAX_ENTRIES = 2000;

export class History {
  readonly #store: HistoryStore;
  readonly #mask: (entry: string) => string;
  readonly #entries: string[];

  /** `mask` makes an entry fit for a file: without secrets. */
  constructor(store: HistoryStore, mask: (entry: string) => string) {
    this.#store = store;
    this.#mask = mask;
    const loaded = store
      .load()
      .split('\n')
      .filter((line) => line !== '')
      .map(decode);
    this.#entries = loaded.slice(-MAX_ENTRIES);
    if (loaded.length > MAX_ENTRIES * 2) store.replace(this.#entries.map(encode).join(''));
  }

  get entries(): readonly string[] {
    return this.#entries;
  }

  /** Keeps an entry, unless it is the one before again or begins with a space. */
  add(entry: string): void {
    if (entry.trim() === '' || entry.startsWith(' ') || entry === this.#entries.at(-1)) return;
    this.#entries.push(entry);
    this.#store.append(encode(this.#mask(entry)));
  }

  /** An entry that was never typed; it is not kept. */
  offer(entry: string): void {
    this.#entries.push(entry);
  }

  /** The nearest entry with `part` in it, from `from` on in a direction, that is not `other`; -1 for none. */
  search(part: string, from: number, step: 1 | -1, other: string | null = null): number {
    const wanted = part.toLowerCase();
    for (let i = from; i >= 0 && i < this.#entries.length; i += step) {
      const entry = this.#entries[i] as string;
      if (entry !== other && entry.toLowerCase().includes(wanted)) return i;
    }
    return -1;
  }
}

const encode = (entry: string): string =>
  `${entry.replaceAll('\\', '\\\\').replaceAll('\r', '').replaceAll('\n', '\\n')}\n`;
const decode = (line: string): string => line.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));

/**
 * Holds the marks of a state against copies: a page of a mark never changes while the mark is held, whatever is written
 * meanwhile, and a page that is not said to have changed is what it was in the last mark that was written down.
 */
import type { StateBackend, StateMark, WrittenState } from '../../src/state/state.ts';

export class MarkChecker {
  readonly #state: StateBackend;
  readonly #random: (below: number) => number;
  #mark: { readonly mark: StateMark; readonly pages: readonly Uint8Array[] } | null = null;
  /** By id, as of the last mark that was written down. */
  #written: Map<string, Uint8Array> | null = null;

  constructor(state: StateBackend, random: (below: number) => number) {
    this.#state = state;
    this.#random = random;
  }

  /** Takes, checks or lets go of a mark, as chance has it. */
  step(): void {
    if (this.#mark === null) {
      if (this.#random(2) === 0) this.take();
    } else if (this.#random(3) === 0) this.release(this.#random(3) > 0);
    else this.check();
  }

  take(): void {
    const mark = this.#state.mark();
    const pages = Array.from({ length: mark.pageCount }, (_, page) => mark.read(page).slice());
    const ids = pages.map((_, page) => mark.idOf(page));
    if (new Set(ids).size < ids.length) throw new Error('two pages have one id');
    pages.forEach((bytes, page) => {
      if (bytes.length !== mark.sizeOf(page)) throw new Error(`page ${ids[page]} has another size than it says`);
      if (mark.changed(page)) return;
      const before = this.#written?.get(ids[page] as string);
      if (before === undefined) throw new Error(`page ${ids[page]} is new and said to be unchanged`);
      same(bytes, before, `page ${ids[page]} is said to be unchanged`);
    });
    this.#mark = { mark, pages };
  }

  check(): void {
    const held = this.#mark;
    held?.pages.forEach((bytes, page) => same(held.mark.read(page), bytes, `page ${held.mark.idOf(page)} of a mark`));
  }

  release(written: boolean): void {
    const held = this.#mark;
    if (held === null) return;
    this.check();
    if (written) this.#written = new Map(held.pages.map((bytes, page) => [held.mark.idOf(page), bytes]));
    held.mark.release(written);
    this.#mark = null;
  }

  /** The mark that is held, as it would be read back from a file. */
  asWritten(): WrittenState | null {
    const held = this.#mark;
    if (held === null) return null;
    this.check();
    return {
      description: JSON.parse(JSON.stringify(held.mark.describe())),
      page: (page) => held.pages[page] as Uint8Array,
    };
  }
}

function same(a: Uint8Array, b: Uint8Array, what: string): void {
  if (Buffer.compare(a, b) === 0) return;
  const at = a.findIndex((byte, k) => byte !== b[k]);
  throw new Error(`${what} differs at byte ${at} (word ${at >> 2}) of ${a.length} and ${b.length}`);
}

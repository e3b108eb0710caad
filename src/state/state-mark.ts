/** A mark over all page sets of a state, numbered one after another. */
import { EngineError } from '../errors.ts';
import type { Frame, PageSet } from './page-set.ts';
import type { StateMark } from './state.ts';
import type { StoredState } from './stored-state.ts';

/** The pages of one set within the mark. */
interface Section {
  readonly set: PageSet<Frame>;
  /** Unique among the sections, the same in every mark of this state. */
  readonly name: string;
  readonly first: number;
}

export class PagesMark implements StateMark {
  readonly pageCount: number;
  readonly #description: StoredState;
  readonly #sections: readonly Section[];
  readonly #released: () => void;
  #held = true;
  /** Where `page` was found last. */
  #section: Section | undefined;
  #bytes = new Uint8Array(0);

  /** `sets` are marked already. `released` is called once, when the mark is let go. */
  constructor(
    description: StoredState,
    sets: readonly { readonly set: PageSet<Frame>; readonly name: string }[],
    released: () => void,
  ) {
    this.#description = description;
    let first = 0;
    this.#sections = sets.map(({ set, name }) => {
      const section = { set, name, first };
      first += set.markedPages;
      return section;
    });
    this.pageCount = first;
    this.#released = released;
  }

  describe(): StoredState {
    return this.#description;
  }

  changed(page: number): boolean {
    const { set, first } = this.#find(page);
    return set.changedInMark(page - first);
  }

  sizeOf(page: number): number {
    const { set, first } = this.#find(page);
    return set.sizeInMark(page - first);
  }

  idOf(page: number): string {
    const { name, first } = this.#find(page);
    return `${name}${page - first}`;
  }

  read(page: number): Uint8Array {
    const { set, first } = this.#find(page);
    const size = set.sizeInMark(page - first);
    if (this.#bytes.length < size) this.#bytes = new Uint8Array(Math.max(65_536, size));
    set.readMarked(page - first, this.#bytes);
    return this.#bytes.subarray(0, size);
  }

  release(written: boolean): void {
    if (!this.#held) return;
    this.#held = false;
    for (const { set } of this.#sections) set.releaseMark(written);
    this.#released();
  }

  #find(page: number): Section {
    if (!this.#held) throw new EngineError('internal_error', 'a mark of state was used after its release');
    const last = this.#section;
    if (last !== undefined && page >= last.first && page < last.first + last.set.markedPages) return last;
    const section = this.#sections.findLast(({ first }) => first <= page);
    if (section === undefined || page >= this.pageCount) {
      throw new EngineError('internal_error', `a mark of state has no page ${page}`);
    }
    this.#section = section;
    return section;
  }
}

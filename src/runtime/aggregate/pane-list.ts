/** The panes of a window operator by number, ascending, each with its records in order of arrival. */

export interface Pane {
  readonly number: number;
  refs: Int32Array;
  count: number;
}

export class PaneList {
  /** Ascending by number. */
  readonly panes: Pane[] = [];
  #last: Pane | null = null;

  /** Adds a record to its pane; true if the pane is new. */
  add(number: number, ref: number): boolean {
    let pane = this.#last;
    let isNew = false;
    if (pane === null || pane.number !== number) {
      const at = this.#position(number);
      const found = this.panes[at];
      isNew = found === undefined || found.number !== number;
      pane = isNew ? { number, refs: new Int32Array(16), count: 0 } : (found as Pane);
      if (isNew) this.panes.splice(at, 0, pane);
      this.#last = pane;
    }
    if (pane.count === pane.refs.length) {
      const refs = new Int32Array(pane.count * 2);
      refs.set(pane.refs);
      pane.refs = refs;
    }
    pane.refs[pane.count++] = ref;
    return isNew;
  }

  get(number: number): Pane | undefined {
    const pane = this.panes[this.#position(number)];
    return pane?.number === number ? pane : undefined;
  }

  /** Takes a pane out of the list; its records are the caller's business. */
  delete(pane: Pane): void {
    this.panes.splice(this.#position(pane.number), 1);
    if (this.#last === pane) this.#last = null;
  }

  /** The first pane whose number is at least `number`, as an index into `panes`. */
  #position(number: number): number {
    const { panes } = this;
    if (panes.length > 0 && (panes.at(-1) as Pane).number < number) return panes.length;
    let low = 0;
    let high = panes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((panes[middle] as Pane).number < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

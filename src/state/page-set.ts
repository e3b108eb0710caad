/**
 * The pages of a table's records or of its byte heap: memory that can be marked.
 *
 * A **mark** is the set as it is at one moment. While it is held, a page is copied before it is written to for the
 * first time (8 to 40 µs for 64 KiB), and later writes cost nothing: `frozen[page]` says that the next write must be
 * announced by `thaw(page)`. All that writes to pages follows the one rule
 *
 *     if (set.frozen[page] !== 0) set.thaw(page);
 *
 * or, before a hot loop, `thawAll` over the refs that it will write to. A set that was never marked has no frozen page.
 * The live page stays where it is, and the copy goes to the mark, so code that holds a page may go on.
 *
 * `frozen` is replaced when the set grows: read it anew after anything that may add a page.
 */
export interface Frame {
  readonly i32: Int32Array;
}

/** A set as of the moment of its mark. */
interface PageMark {
  readonly sizes: Int32Array;
  /** Whether the page was written to since the last mark that was written down. */
  readonly changed: Uint8Array;
  /** What was copied, or given away, since. */
  readonly kept: (Int32Array | undefined)[];
}

export abstract class PageSet<F extends Frame> {
  /** Element i of this and of the other views is the same memory. */
  readonly i32: Int32Array[] = [];
  frozen = new Uint8Array(16);
  readonly #frames: F[] = [];
  /** Frames of `clear`ed pages, all of the usual size. */
  readonly #spare: F[] = [];
  /** Memory for copies, of the usual size. */
  readonly #copies: Int32Array[] = [];
  readonly #pageBytes: number;
  #sizeBytes = 0;
  /** By page: how many marks there were when it was last written to for the first time after one. */
  #changedAt = new Int32Array(16);
  #marks = 0;
  #written = 0;
  #mark: PageMark | null = null;

  /** `pageBytes`: the usual size; `addPage` may ask for others. */
  constructor(pageBytes: number) {
    this.#pageBytes = pageBytes;
  }

  get pageBytes(): number {
    return this.#pageBytes;
  }

  /** Bytes in memory, copies for a mark among them. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get pageCount(): number {
    return this.#frames.length;
  }

  /** Must be called before a write to a page that is frozen. */
  thaw(page: number): void {
    this.frozen[page] = 0;
    this.#changedAt[page] = this.#marks;
    const mark = this.#mark;
    if (mark === null || page >= mark.sizes.length || mark.kept[page] !== undefined) return;
    const live = this.i32[page] as Int32Array;
    const copy = this.#copyRoom(live.length);
    copy.set(live);
    mark.kept[page] = copy;
  }

  /** Gives the numbers of the pages their size in the mark; pages from `sizes.length` on hold nothing. */
  mark(sizes: Int32Array): void {
    const changed = new Uint8Array(sizes.length);
    for (let page = 0; page < sizes.length; page++) {
      changed[page] = (this.#changedAt[page] as number) >= this.#written ? 1 : 0;
    }
    this.#mark = { sizes, changed, kept: [] };
    this.#marks++;
    this.frozen.fill(1, 0, this.#frames.length);
  }

  get markedPages(): number {
    return this.#mark?.sizes.length ?? 0;
  }

  changedInMark(page: number): boolean {
    return this.#mark?.changed[page] === 1;
  }

  sizeInMark(page: number): number {
    return this.#mark?.sizes[page] ?? 0;
  }

  /** Copies the page as of the mark to the start of `into`. */
  readMarked(page: number, into: Uint8Array): void {
    const mark = this.#mark as PageMark;
    const from = mark.kept[page] ?? (this.i32[page] as Int32Array);
    into.set(new Uint8Array(from.buffer, from.byteOffset, mark.sizes[page]));
  }

  /** `written`: what changes from now on is what changed since this mark. */
  releaseMark(written: boolean): void {
    const mark = this.#mark;
    if (mark === null) return;
    this.#mark = null;
    if (written) this.#written = this.#marks;
    // As many copies as this mark took, the next will take, about.
    for (const copy of this.#copies.splice(0)) this.#sizeBytes -= copy.byteLength;
    for (const copy of mark.kept) {
      if (copy === undefined) continue;
      if (copy.byteLength === this.#pageBytes) this.#copies.push(copy);
      else this.#sizeBytes -= copy.byteLength;
    }
  }

  protected abstract makeFrame(sizeBytes: number): F;
  /** A frame of the usual size is used again. */
  protected abstract renew(frame: F): void;
  /** Sets the views other than `i32` of a page; it is the next one if the set has fewer. */
  protected abstract place(page: number, frame: F): void;
  /** Forgets the views other than `i32` of all pages. */
  protected abstract dropViews(): void;

  /** Adds a page; what was in use before `clear` comes back through `renew`. */
  protected addFrame(sizeBytes: number): number {
    const page = this.#frames.length;
    let frame = sizeBytes === this.#pageBytes ? this.#spare.pop() : undefined;
    if (frame === undefined) {
      frame = this.makeFrame(sizeBytes);
      this.#sizeBytes += sizeBytes;
    } else this.renew(frame);
    if (page >= this.frozen.length) this.#grow();
    this.frozen[page] = 0;
    this.#changedAt[page] = this.#marks;
    this.#frames.push(frame);
    this.i32.push(frame.i32);
    this.place(page, frame);
    return page;
  }

  /** Adds the next page of a set that is being restored, `sizeBytes` long, beginning with `bytes`. */
  adoptPage(bytes: Uint8Array, sizeBytes: number): void {
    const page = this.addFrame(sizeBytes);
    const { buffer, byteOffset } = this.i32[page] as Int32Array;
    new Uint8Array(buffer, byteOffset, sizeBytes).set(bytes);
  }

  /** Forgets all pages; memory of the usual size is kept for new ones, but what a mark needs goes to it. */
  protected clearFrames(): void {
    const mark = this.#mark;
    this.#frames.forEach((frame, page) => {
      if (mark !== null && page < mark.sizes.length && mark.kept[page] === undefined) mark.kept[page] = frame.i32;
      else if (frame.i32.byteLength === this.#pageBytes) this.#spare.push(frame);
      else this.#sizeBytes -= frame.i32.byteLength;
    });
    this.#frames.length = 0;
    this.i32.length = 0;
    this.dropViews();
  }

  #copyRoom(words: number): Int32Array {
    const pooled = words << 2 === this.#pageBytes ? this.#copies.pop() : undefined;
    if (pooled !== undefined) return pooled;
    this.#sizeBytes += words << 2;
    return new Int32Array(words);
  }

  #grow(): void {
    const frozen = new Uint8Array(this.frozen.length * 2);
    frozen.set(this.frozen);
    this.frozen = frozen;
    const changedAt = new Int32Array(this.#changedAt.length * 2);
    changedAt.set(this.#changedAt);
    this.#changedAt = changedAt;
  }
}

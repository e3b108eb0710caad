/**
 * The pages of a table's records or of its byte heap: memory that can be marked.
 *
 * A **mark** is the set as it is at one moment. While it is held, memory is copied before it is written to for the first
 * time, *block* by block (an eighth of a page of records: 8 KiB; a whole page of a heap), and later writes cost nothing:
 * `frozen[block]` says that the next write must be announced by `thaw(block)`. All that writes to pages follows the one
 * rule
 *
 *     if (set.frozen[block] !== 0) set.thaw(block);
 *
 * or, before a hot loop, `thawAll` over the refs that it will write to. A set that was never marked has nothing frozen.
 * What is live stays where it is, and the copy goes to the mark, so code that holds a page may go on. Blocks are smaller
 * than pages because memory that was never used costs 40 µs for 64 KiB, and a batch writes to as many blocks as it has
 * rows.
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
  /** By block: one more than the number of its copy, or 0. */
  readonly copied: Int32Array;
  /** Whole pages that were given away, or copied since they are not of the usual size. */
  readonly kept: (Int32Array | undefined)[];
}

const SLAB_BYTES = 1 << 20;

export abstract class PageSet<F extends Frame> {
  /** Element i of this and of the other views is the same memory. */
  readonly i32: Int32Array[] = [];
  frozen: Uint8Array<ArrayBuffer>;
  readonly #frames: F[] = [];
  /** Frames of `clear`ed pages, all of the usual size. */
  readonly #spare: F[] = [];
  readonly #pageBytes: number;
  /** A page has two to this power blocks. */
  readonly #blockShift: number;
  readonly #blockWords: number;
  /** Memory for copies, `#slabBlocks` blocks each. */
  #slabs: Int32Array[] = [];
  #slabBlocks = 1;
  #copies = 0;
  #sizeBytes = 0;
  /** By page: how many marks there were when it was last written to for the first time after one. */
  #changedAt = new Int32Array(16);
  #marks = 0;
  #written = 0;
  #mark: PageMark | null = null;

  /** `pageBytes`: the usual size; `addFrame` may ask for others where blocks are pages. */
  constructor(pageBytes: number, blockShift: number) {
    this.#pageBytes = pageBytes;
    this.#blockShift = blockShift;
    this.#blockWords = pageBytes >> (2 + blockShift);
    this.frozen = new Uint8Array(16 << blockShift);
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

  /** Must be called before a write to a block that is frozen. */
  thaw(block: number): void {
    this.frozen[block] = 0;
    const page = block >> this.#blockShift;
    this.#changedAt[page] = this.#marks;
    const mark = this.#mark;
    if (mark === null || block >= mark.copied.length || mark.copied[block] !== 0) return;
    if (mark.kept[page] !== undefined) return;
    const live = this.i32[page] as Int32Array;
    if (live.byteLength !== this.#pageBytes) {
      mark.kept[page] = live.slice();
      this.#sizeBytes += live.byteLength;
      return;
    }
    const words = this.#blockWords;
    const at = (block & ((1 << this.#blockShift) - 1)) * words;
    const copy = this.#copies++;
    mark.copied[block] = copy + 1;
    this.#slabOf(copy).set(live.subarray(at, at + words), (copy % this.#slabBlocks) * words);
  }

  /** Marks as many pages as there are `sizes`, each with its size; pages beyond hold nothing. */
  mark(sizes: Int32Array): void {
    const changed = new Uint8Array(sizes.length);
    for (let page = 0; page < sizes.length; page++) {
      changed[page] = (this.#changedAt[page] as number) >= this.#written ? 1 : 0;
    }
    const blocks = sizes.length << this.#blockShift;
    this.#mark = { sizes, changed, copied: new Int32Array(blocks), kept: [] };
    this.#marks++;
    this.frozen.fill(1, 0, this.#frames.length << this.#blockShift);
    this.#copies = 0;
    const most = Math.max(1, SLAB_BYTES / 4 / this.#blockWords);
    let slabBlocks = 1;
    while (slabBlocks < blocks && slabBlocks * 2 <= most) slabBlocks *= 2;
    if (slabBlocks !== this.#slabBlocks) this.#keepSlabs(0);
    this.#slabBlocks = slabBlocks;
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
    const { sizes, copied, kept } = this.#mark as PageMark;
    const size = sizes[page] as number;
    const from = kept[page] ?? (this.i32[page] as Int32Array);
    into.set(new Uint8Array(from.buffer, from.byteOffset, size));
    const blockBytes = this.#blockWords << 2;
    const first = page << this.#blockShift;
    for (let at = 0; at < size; at += blockBytes) {
      const copy = (copied[first + at / blockBytes] as number) - 1;
      if (copy < 0) continue;
      const { buffer, byteOffset } = this.#slabs[Math.floor(copy / this.#slabBlocks)] as Int32Array;
      const start = byteOffset + (copy % this.#slabBlocks) * blockBytes;
      into.set(new Uint8Array(buffer, start, Math.min(blockBytes, size - at)), at);
    }
  }

  /** `written`: what changes from now on is what changed since this mark. */
  releaseMark(written: boolean): void {
    const mark = this.#mark;
    if (mark === null) return;
    this.#mark = null;
    if (written) this.#written = this.#marks;
    for (const page of mark.kept) if (page !== undefined) this.#sizeBytes -= page.byteLength;
    // As many copies as this mark took, the next will take, about.
    this.#keepSlabs(Math.ceil(this.#copies / this.#slabBlocks));
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
    if (page >= this.#changedAt.length) this.#grow();
    this.frozen.fill(0, page << this.#blockShift, (page + 1) << this.#blockShift);
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

  #slabOf(copy: number): Int32Array {
    const slab = Math.floor(copy / this.#slabBlocks);
    if (slab === this.#slabs.length) {
      const words = this.#slabBlocks * this.#blockWords;
      this.#slabs.push(new Int32Array(words));
      this.#sizeBytes += words << 2;
    }
    return this.#slabs[slab] as Int32Array;
  }

  #keepSlabs(count: number): void {
    for (const slab of this.#slabs.splice(count)) this.#sizeBytes -= slab.byteLength;
  }

  #grow(): void {
    const changedAt = new Int32Array(this.#changedAt.length * 2);
    changedAt.set(this.#changedAt);
    this.#changedAt = changedAt;
    const frozen = new Uint8Array(changedAt.length << this.#blockShift);
    frozen.set(this.frozen);
    this.frozen = frozen;
  }
}

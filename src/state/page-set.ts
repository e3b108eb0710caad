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
 * Under a **memory budget** pages leave memory at safe points and come back when they are needed: an element of the views
 * is undefined then, and `load(page)` brings it. A page that is not in memory is frozen, as is one that is as it stands
 * in the file; a block is a page. For a mark nothing is copied in memory then: what it needs stays in the file, or goes
 * there before it is written to.
 *
 * `frozen` is replaced when the set grows: read it anew after anything that may add a page.
 */
import { EngineError } from '../errors.ts';
import { BlockCopies } from './block-copies.ts';
import type { MemoryBudget, Spilling } from './memory-budget.ts';
import { MOST_PAGE_BYTES, type PageLog, type PageOwner } from './page-log.ts';

export interface Frame {
  readonly i32: Int32Array;
  readonly bytes: Uint8Array;
}

/** A set as of the moment of its mark. */
interface PageMark {
  readonly sizes: Int32Array;
  /** Whether the page was written to since the last mark that was written down. */
  readonly changed: Uint8Array;
  /** By block: one more than the number of its copy (of a spilling set: than its slot in the file), or 0. */
  readonly copied: Int32Array;
  /** Whole pages that were given away, or copied since they are not of the usual size. */
  readonly kept: (Int32Array | undefined)[];
}

/** So many frames without a page are always kept. */
const SPARE_FRAMES = 64;
/** Of a slot's owner: the page is there for a mark. */
const FOR_MARK = 1;

export abstract class PageSet<F extends Frame> implements Spilling, PageOwner {
  /** Element i of this and of the other views is the same memory; undefined where a page is not in memory. */
  readonly i32: Int32Array[] = [];
  frozen: Uint8Array<ArrayBuffer>;
  /** Pages that are not of the usual size, and their bytes. */
  readonly large: Map<number, number> = new Map();
  /** Set by whoever uses a page under a budget: it stays in memory a while longer. */
  referenced: Uint8Array<ArrayBuffer>;
  readonly #frames: (F | undefined)[] = [];
  /** Frames of `clear`ed pages, all of the usual size. */
  readonly #spare: F[] = [];
  readonly #pageBytes: number;
  /** A page has two to this power blocks. */
  readonly #blockShift: number;
  readonly #blockWords: number;
  readonly #copies: BlockCopies;
  /** Of pages, spare ones and `kept` ones. */
  #sizeBytes = 0;
  /** By page: how many marks there were when it was last written to for the first time after one. */
  #changedAt = new Int32Array(16);
  #marks = 0;
  #written = 0;
  #mark: PageMark | null = null;
  readonly #budget: MemoryBudget | null;
  /** Under a budget, by page: where the file has it as it is, or −1. */
  #slots = new Int32Array(0);
  #residentBytes = 0;
  #loads = 0;
  #hand = 0;

  /** `pageBytes`: the usual size; `addFrame` may ask for others where blocks are pages, as they are under a budget. */
  constructor(pageBytes: number, blockShift: number, budget: MemoryBudget | null) {
    this.#budget = budget;
    budget?.add(this);
    if (budget !== null) this.#slots = new Int32Array(16);
    this.#pageBytes = pageBytes;
    this.#blockShift = blockShift;
    this.#blockWords = pageBytes >> (2 + blockShift);
    this.#copies = new BlockCopies(this.#blockWords);
    this.frozen = new Uint8Array(16 << blockShift);
    this.referenced = new Uint8Array(budget === null ? 0 : 16);
  }

  get pageBytes(): number {
    return this.#pageBytes;
  }

  /** Bytes in memory, copies for a mark among them. */
  get sizeBytes(): number {
    return this.#sizeBytes + this.#copies.sizeBytes;
  }

  get pageCount(): number {
    return this.#frames.length;
  }

  get residentBytes(): number {
    return this.#residentBytes;
  }

  /** Brings a page back into memory. */
  load(page: number): Int32Array {
    const sizeBytes = this.large.get(page) ?? this.#pageBytes;
    const spare = sizeBytes === this.#pageBytes ? this.#spare.pop() : undefined;
    const frame = spare ?? this.makeFrame(sizeBytes);
    this.#log.read(this.#slots[page] as number, frame.bytes);
    this.#frames[page] = frame;
    this.i32[page] = frame.i32;
    this.place(page, frame);
    this.referenced[page] = 1;
    this.#loads++;
    if (spare === undefined) this.#sizeBytes += sizeBytes;
    this.#count(sizeBytes);
    return frame.i32;
  }

  /** A safe point: no page is held by any code. Does nothing without a budget. */
  relax(): void {
    this.#budget?.relax();
  }

  evict(bytes: number): void {
    const pages = this.#frames.length;
    const enough = this.#residentBytes - bytes;
    // Twice around at most: what was used lately goes in the second round.
    for (let step = 2 * pages; step > 0 && this.#residentBytes > enough; step--) {
      this.#hand = this.#hand + 1 < pages ? this.#hand + 1 : 0;
      const page = this.#hand;
      const frame = this.#frames[page];
      if (frame === undefined || frame.bytes.length > MOST_PAGE_BYTES) continue;
      if (this.referenced[page] !== 0) this.referenced[page] = 0;
      else this.#letGo(page, frame);
    }
    // What was loaded since the last time is loaded again soon; more than that stays nobody's.
    const spare = Math.max(SPARE_FRAMES, this.#loads);
    this.#loads = 0;
    for (const frame of this.#spare.splice(spare)) this.#sizeBytes -= frame.bytes.length;
  }

  moved(token: number, slot: number): void {
    const page = token >> 1;
    if ((token & FOR_MARK) === 0) this.#slots[page] = slot;
    else (this.#mark as PageMark).copied[page] = slot + 1;
  }

  /** Gives up what the set has in file and budget: it is not used any more. */
  dispose(): void {
    this.releaseMark(false);
    this.clearFrames();
    this.#budget?.delete(this);
  }

  /** Must be called before a write to a block that is frozen. */
  thaw(block: number): void {
    this.frozen[block] = 0;
    const page = block >> this.#blockShift;
    this.#changedAt[page] = this.#marks;
    const mark = this.#mark;
    if (this.#budget !== null) {
      this.#thawSpilling(page);
      return;
    }
    if (mark === null || block >= mark.copied.length || mark.copied[block] !== 0) return;
    if (mark.kept[page] !== undefined) return;
    const live = this.i32[page] as Int32Array;
    if (live.byteLength !== this.#pageBytes) {
      mark.kept[page] = live.slice();
      this.#sizeBytes += live.byteLength;
      return;
    }
    const at = (block & ((1 << this.#blockShift) - 1)) * this.#blockWords;
    mark.copied[block] = this.#copies.add(live, at) + 1;
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
    this.#copies.begin(blocks);
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
    const isCopied = copied[page << this.#blockShift] !== 0;
    if (this.#budget !== null && (isCopied || (kept[page] === undefined && this.#frames[page] === undefined))) {
      const slot = isCopied ? (copied[page] as number) - 1 : (this.#slots[page] as number);
      this.#log.read(slot, into.subarray(0, size));
      return;
    }
    const from = kept[page] ?? (this.i32[page] as Int32Array);
    into.set(new Uint8Array(from.buffer, from.byteOffset, size));
    // There a page is copied whole, as is one of another size than usual.
    if (this.#budget !== null || size > this.#pageBytes) return;
    const blockBytes = this.#blockWords << 2;
    const first = page << this.#blockShift;
    for (let at = 0; at < size; at += blockBytes) {
      const copy = (copied[first + at / blockBytes] as number) - 1;
      if (copy < 0) continue;
      into.set(this.#copies.bytes(copy, Math.min(blockBytes, size - at)), at);
    }
  }

  /** `written`: what changes from now on is what changed since this mark. */
  releaseMark(written: boolean): void {
    const mark = this.#mark;
    if (mark === null) return;
    this.#mark = null;
    if (written) this.#written = this.#marks;
    for (const page of mark.kept) if (page !== undefined) this.#sizeBytes -= page.byteLength;
    if (this.#budget !== null) for (const slot of mark.copied) if (slot !== 0) this.#log.free(slot - 1);
    this.#copies.end();
  }

  protected abstract makeFrame(sizeBytes: number): F;
  /** A frame of the usual size is used again. */
  protected abstract renew(frame: F): void;
  /** Sets the views other than `i32` of a page; it is the next one if the set has fewer. */
  protected abstract place(page: number, frame: F): void;
  /** Forgets the views other than `i32` of a page. */
  protected abstract lift(page: number): void;
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
    if (sizeBytes !== this.#pageBytes) this.large.set(page, sizeBytes);
    this.frozen.fill(0, page << this.#blockShift, (page + 1) << this.#blockShift);
    if (this.#budget !== null) {
      this.#slots[page] = -1;
      this.referenced[page] = 1;
      this.#count(sizeBytes);
    }
    this.#changedAt[page] = this.#marks;
    this.#frames.push(frame);
    this.i32.push(frame.i32);
    this.place(page, frame);
    return page;
  }

  /** Adds the next page of a set that is being restored, `sizeBytes` long, beginning with `bytes`. */
  adoptPage(bytes: Uint8Array, sizeBytes: number): void {
    const page = this.addFrame(sizeBytes);
    (this.#frames[page] as F).bytes.set(bytes);
  }

  /** Forgets all pages; memory of the usual size is kept for new ones, but what a mark needs goes to it. */
  protected clearFrames(): void {
    const mark = this.#mark;
    this.#frames.forEach((frame, page) => {
      if (this.#budget !== null) this.#giveUpSlot(page);
      else if (mark !== null && page < mark.sizes.length && mark.kept[page] === undefined) {
        mark.kept[page] = (frame as F).i32;
        return;
      }
      if (frame === undefined) return;
      if (this.#budget !== null) this.#count(-frame.bytes.length);
      this.#keepFrame(frame);
    });
    this.#frames.length = 0;
    this.i32.length = 0;
    this.large.clear();
    this.dropViews();
  }

  get #log(): PageLog {
    if (this.#budget === null)
      throw new EngineError('internal_error', 'a page of state without a budget is not in memory');
    return this.#budget.log;
  }

  #count(bytes: number): void {
    this.#residentBytes += bytes;
    if (this.#budget !== null) this.#budget.usedBytes += bytes;
  }

  /** A page is about to differ from what the file has of it, which is the mark's now or nobody's. */
  #thawSpilling(page: number): void {
    if (this.#frames[page] === undefined) this.load(page);
    this.frozen[page] = 0;
    this.#giveUpSlot(page);
    this.#slots[page] = -1;
  }

  /** What the file has of a page goes to the mark, which gets the page in another way if it is not there; or to nobody. */
  #giveUpSlot(page: number): void {
    const mark = this.#mark;
    const slot = this.#slots[page] as number;
    const isWanted =
      mark !== null && page < mark.sizes.length && mark.copied[page] === 0 && mark.kept[page] === undefined;
    if (!isWanted) {
      if (slot >= 0) this.#log.free(slot);
      return;
    }
    const token = (page << 1) | FOR_MARK;
    const bytes = this.#frames[page]?.bytes;
    if (slot >= 0) {
      this.#log.pass(slot, token);
      mark.copied[page] = slot + 1;
    } else if (bytes !== undefined && bytes.length <= MOST_PAGE_BYTES) {
      mark.copied[page] = this.#log.append(this, token, bytes) + 1;
    } else {
      const copy = (this.i32[page] as Int32Array).slice();
      mark.kept[page] = copy;
      this.#sizeBytes += copy.byteLength;
    }
  }

  #letGo(page: number, frame: F): void {
    if ((this.#slots[page] as number) < 0) this.#slots[page] = this.#log.append(this, page << 1, frame.bytes);
    this.#frames[page] = undefined;
    (this.i32 as (Int32Array | undefined)[])[page] = undefined;
    this.lift(page);
    this.frozen[page] = 1;
    this.#keepFrame(frame);
    this.#count(-frame.bytes.length);
  }

  /** Memory of a page of the usual size is used again. */
  #keepFrame(frame: F): void {
    if (frame.bytes.length === this.#pageBytes) this.#spare.push(frame);
    else this.#sizeBytes -= frame.bytes.length;
  }

  #grow(): void {
    const changedAt = new Int32Array(this.#changedAt.length * 2);
    changedAt.set(this.#changedAt);
    this.#changedAt = changedAt;
    const frozen = new Uint8Array(changedAt.length << this.#blockShift);
    frozen.set(this.frozen);
    this.frozen = frozen;
    if (this.#budget === null) return;
    const slots = new Int32Array(changedAt.length);
    slots.set(this.#slots);
    this.#slots = slots;
    const referenced = new Uint8Array(changedAt.length);
    referenced.set(this.referenced);
    this.referenced = referenced;
  }
}

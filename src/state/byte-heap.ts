/**
 * Strings and bytes of a table: blocks of whole 8-byte units in pages, with a free list per size class.
 *
 * A block is known by the number of its first unit over all pages (0 = none). Classes are exact up to 1 KiB, powers of
 * two beyond, so that text which grows at its end is seldom moved; what takes more than half a page gets a page of its
 * own. The last word of a value is padded with zeros, which lets readers compare whole words.
 */
import { copyBytes } from '../types/copy-bytes.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { type Frame, PageSet } from './page-set.ts';

const HEAP_UNIT_SHIFT = 3;
const EXACT_CLASSES = 128;
export const HEAP_CLASSES = EXACT_CLASSES + 32;

/** The units that a value of `length` bytes takes. */
function unitsOf(length: number): number {
  const units = (length + 7) >>> 3;
  return units <= EXACT_CLASSES ? Math.max(1, units) : 1 << (32 - Math.clz32(units - 1));
}

const classOf = (units: number): number =>
  units <= EXACT_CLASSES ? units : EXACT_CLASSES + 25 - Math.clz32(units - 1);

interface HeapFrame extends Frame {
  readonly view: DataView;
}

/** What of a heap does not stand in its pages. */
export interface StoredHeap {
  /** First free block by size class. */
  readonly free: readonly number[];
  /** The page that grows and its next free unit. */
  readonly page: number;
  readonly next: number;
  /** Page and bytes of those that are not of the usual size. */
  readonly large: readonly (readonly [number, number])[];
}

export class ByteHeap extends PageSet<HeapFrame> {
  /** Pages seen as bytes and as views. */
  readonly bytes: Uint8Array[] = [];
  readonly views: DataView[] = [];
  /** Block `ref` begins at unit `ref & unitMask` of page `ref >> shift`. */
  readonly #shift: number;
  readonly #unitMask: number;
  readonly #free = new Int32Array(HEAP_CLASSES);
  /** The bump page and the next free unit in it. */
  #page = -1;
  #next: number;

  /** `shift`: two to that power is the number of units in a page. */
  constructor(shift: number, budget: MemoryBudget | null) {
    super(1 << (shift + HEAP_UNIT_SHIFT), 0, budget);
    this.#shift = shift;
    this.#unitMask = (1 << shift) - 1;
    this.#next = 1 << shift;
  }

  /** A block for `length` bytes, contents unspecified. */
  alloc(length: number): number {
    const units = unitsOf(length);
    const size = classOf(units);
    const head = this.#free[size] as number;
    const shift = this.#shift;
    if (head !== 0) {
      this.#free[size] = (this.i32[head >> shift] ?? this.load(head >> shift))[(head & this.#unitMask) * 2] as number;
      return head;
    }
    const large = units > 1 << (shift - 1);
    if (this.#page === -1 || (!large && this.#next + units > 1 << shift)) {
      this.#page = this.addFrame(this.pageBytes);
      // Unit 0 of page 0 is never given out, since 0 means none.
      this.#next = this.#page === 0 ? 1 : 0;
    }
    if (large) return this.addFrame(units << HEAP_UNIT_SHIFT) << shift;
    const ref = (this.#page << shift) | this.#next;
    this.#next += units;
    return ref;
  }

  free(ref: number, length: number): void {
    if (ref === 0) return;
    const size = classOf(unitsOf(length));
    const page = ref >> this.#shift;
    if (this.frozen[page] !== 0) this.thaw(page);
    (this.i32[page] as Int32Array)[(ref & this.#unitMask) * 2] = this.#free[size] as number;
    this.#free[size] = ref;
  }

  /** Copies `from[start … start + length)` into a new block. */
  put(from: DataView, start: number, length: number): number {
    if (length === 0) return 0;
    const ref = this.alloc(length);
    this.#write(ref, 0, from, start, length);
    return ref;
  }

  /** Replaces a value; reuses its block when the size class is the same. Returns the new ref. */
  replace(ref: number, oldLength: number, from: DataView, start: number, length: number): number {
    if (ref !== 0 && length !== 0 && unitsOf(oldLength) === unitsOf(length)) {
      this.#write(ref, 0, from, start, length);
      return ref;
    }
    const made = this.put(from, start, length);
    this.free(ref, oldLength);
    return made;
  }

  /** Appends to a value; amortized O(added) beyond 1 KiB. Returns the new ref. */
  append(ref: number, oldLength: number, from: DataView, start: number, length: number): number {
    if (length === 0) return ref;
    if (ref === 0) return this.put(from, start, length);
    if (unitsOf(oldLength) === unitsOf(oldLength + length)) {
      this.#write(ref, oldLength, from, start, length);
      return ref;
    }
    const made = this.alloc(oldLength + length);
    this.#write(made, 0, this.viewOf(ref), this.offsetOf(ref), oldLength);
    this.#write(made, oldLength, from, start, length);
    this.free(ref, oldLength);
    return made;
  }

  /** Where block `ref` begins in its page, in bytes. */
  offsetOf(ref: number): number {
    return (ref & this.#unitMask) << HEAP_UNIT_SHIFT;
  }

  viewOf(ref: number): DataView {
    return this.views[ref >> this.#shift] ?? this.loadView(ref >> this.#shift);
  }

  loadBytes(page: number): Uint8Array {
    this.load(page);
    return this.bytes[page] as Uint8Array;
  }

  loadView(page: number): DataView {
    this.load(page);
    return this.views[page] as DataView;
  }

  /** Forgets all values; pages of the usual size are kept for new ones. */
  clear(): void {
    this.#free.fill(0);
    this.#page = -1;
    this.#next = 1 << this.#shift;
    this.clearFrames();
  }

  markAll(): StoredHeap {
    const sizes = new Int32Array(this.pageCount).fill(this.pageBytes);
    const large = [...this.large];
    for (const [page, size] of large) sizes[page] = size;
    if (this.#page >= 0) sizes[this.#page] = this.#next << HEAP_UNIT_SHIFT;
    this.mark(sizes);
    return { free: [...this.#free], page: this.#page, next: this.#next, large };
  }

  /** Makes an empty heap one whose pages come by `adoptPage`, in order. */
  adopt({ free, page, next }: StoredHeap): void {
    this.#free.set(free);
    this.#page = page;
    this.#next = next;
  }

  protected override makeFrame(sizeBytes: number): HeapFrame {
    const buffer = new ArrayBuffer(sizeBytes);
    return { i32: new Int32Array(buffer), bytes: new Uint8Array(buffer), view: new DataView(buffer) };
  }

  /** What blocks hold is never trusted to be zero. */
  protected override renew(): void {}

  protected override place(page: number, frame: HeapFrame): void {
    this.bytes[page] = frame.bytes;
    this.views[page] = frame.view;
  }

  protected override lift(page: number): void {
    (this.bytes as (Uint8Array | undefined)[])[page] = undefined;
    (this.views as (DataView | undefined)[])[page] = undefined;
  }

  protected override dropViews(): void {
    this.bytes.length = 0;
    this.views.length = 0;
  }

  #write(ref: number, at: number, from: DataView, start: number, length: number): void {
    const page = ref >> this.#shift;
    if (this.frozen[page] !== 0) this.thaw(page);
    const to = this.views[page] as DataView;
    const offset = this.offsetOf(ref) + at;
    copyBytes(to, offset, from, start, length);
    const end = offset + length;
    for (let k = end; (k & 3) !== 0; k++) to.setUint8(k, 0);
  }
}

/**
 * Strings and bytes of a table: blocks of whole 8-byte units in 64 KiB pages, with a free list per size class.
 *
 * A block is known by the number of its first unit over all pages (0 = none). Classes are exact up to 1 KiB, powers of
 * two beyond, so that text which grows at its end is seldom moved; what does not fit a page gets a page of its own.
 * The last word of a value is padded with zeros, which lets readers compare whole words.
 */
import { copyBytes } from '../types/copy-bytes.ts';

const HEAP_UNIT_SHIFT = 3;
/** Units per page: 8192, so page = ref >> 13. */
const HEAP_PAGE_SHIFT = 13;
const HEAP_PAGE_MASK = (1 << HEAP_PAGE_SHIFT) - 1;
const PAGE_BYTES = 1 << (HEAP_PAGE_SHIFT + HEAP_UNIT_SHIFT);
const EXACT_CLASSES = 128;

/** The units that a value of `length` bytes takes. */
function unitsOf(length: number): number {
  const units = (length + 7) >>> 3;
  return units <= EXACT_CLASSES ? Math.max(1, units) : 1 << (32 - Math.clz32(units - 1));
}

const classOf = (units: number): number =>
  units <= EXACT_CLASSES ? units : EXACT_CLASSES + 25 - Math.clz32(units - 1);

export class ByteHeap {
  /** Pages seen as bytes, as words and as views; element i of all is the same memory. */
  readonly bytes: Uint8Array[] = [];
  readonly words: Int32Array[] = [];
  readonly views: DataView[] = [];
  readonly #free = new Int32Array(EXACT_CLASSES + 32);
  #sizeBytes = 0;
  /** Pages of the usual size that `clear` emptied. */
  #spare: number[] = [];
  /** The bump page and the next free unit in it. */
  #page = -1;
  #next = 1 << HEAP_PAGE_SHIFT;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** A block for `length` bytes, contents unspecified. */
  alloc(length: number): number {
    const units = unitsOf(length);
    const size = classOf(units);
    const head = this.#free[size] as number;
    if (head !== 0) {
      this.#free[size] = (this.words[head >> HEAP_PAGE_SHIFT] as Int32Array)[(head & HEAP_PAGE_MASK) * 2] as number;
      return head;
    }
    const large = units > 1 << (HEAP_PAGE_SHIFT - 1);
    if (this.#page === -1 || (!large && this.#next + units > 1 << HEAP_PAGE_SHIFT)) {
      this.#page = this.#spare.pop() ?? this.#addPage(PAGE_BYTES);
      // Unit 0 of page 0 is never given out, since 0 means none.
      this.#next = this.#page === 0 ? 1 : 0;
    }
    if (large) return this.#addPage(units << HEAP_UNIT_SHIFT) << HEAP_PAGE_SHIFT;
    const ref = (this.#page << HEAP_PAGE_SHIFT) | this.#next;
    this.#next += units;
    return ref;
  }

  free(ref: number, length: number): void {
    if (ref === 0) return;
    const size = classOf(unitsOf(length));
    (this.words[ref >> HEAP_PAGE_SHIFT] as Int32Array)[(ref & HEAP_PAGE_MASK) * 2] = this.#free[size] as number;
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
    const old = (ref & HEAP_PAGE_MASK) << HEAP_UNIT_SHIFT;
    this.#write(made, 0, this.views[ref >> HEAP_PAGE_SHIFT] as DataView, old, oldLength);
    this.#write(made, oldLength, from, start, length);
    this.free(ref, oldLength);
    return made;
  }

  /** Forgets all values; pages of the usual size are kept for new ones. */
  clear(): void {
    this.#free.fill(0);
    this.#page = -1;
    this.#next = 1 << HEAP_PAGE_SHIFT;
    this.#spare = [];
    for (let page = this.bytes.length - 1; page >= 0; page--) {
      const { length } = this.bytes[page] as Uint8Array;
      if (length === PAGE_BYTES) this.#spare.push(page);
      else {
        // Its number stays in use, its memory does not.
        this.bytes[page] = this.bytes[0] as Uint8Array;
        this.words[page] = this.words[0] as Int32Array;
        this.views[page] = this.views[0] as DataView;
        this.#sizeBytes -= length;
      }
    }
  }

  #write(ref: number, at: number, from: DataView, start: number, length: number): void {
    const to = this.views[ref >> HEAP_PAGE_SHIFT] as DataView;
    const offset = ((ref & HEAP_PAGE_MASK) << HEAP_UNIT_SHIFT) + at;
    copyBytes(to, offset, from, start, length);
    const end = offset + length;
    for (let k = end; (k & 3) !== 0; k++) to.setUint8(k, 0);
  }

  #addPage(sizeBytes: number): number {
    const buffer = new ArrayBuffer(sizeBytes);
    this.bytes.push(new Uint8Array(buffer));
    this.words.push(new Int32Array(buffer));
    this.views.push(new DataView(buffer));
    this.#sizeBytes += sizeBytes;
    return this.bytes.length - 1;
  }
}

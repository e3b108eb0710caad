/**
 * Records in pages, with a free list through the records themselves. Generated code reads and writes the pages
 * directly: word `w` of record `ref` is `i32[ref >> pageShift][(ref & slotMask) * stride + w]`, and a 64-bit field that
 * begins there is element `(… + w) / 2` of `f64` or `i64`, which are the same memory.
 */
import { EngineError } from '../errors.ts';
import { ByteHeap } from './byte-heap.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { type Frame, PageSet } from './page-set.ts';
import { LIVE, type RecordLayout } from './record-layout.ts';

/** Bits of a ref: indexes use the others of a word. */
export const REF_BITS = 27;

interface RecordFrame extends Frame {
  readonly f64: Float64Array;
  readonly i64: BigInt64Array;
}

/** What of a store does not stand in its pages. */
export interface StoredRecords {
  readonly size: number;
  readonly end: number;
  readonly free: number;
}

export class RecordStore extends PageSet<RecordFrame> {
  readonly layout: RecordLayout;
  readonly heap: ByteHeap;
  readonly f64: Float64Array[] = [];
  readonly i64: BigInt64Array[] = [];
  /** Live records. */
  size = 0;
  /** Refs below this one were given out at some time; 0 never is. */
  end = 1;
  #free = 0;
  readonly #blockShift: number;

  constructor(layout: RecordLayout, budget: MemoryBudget | null) {
    super(layout.stride << (layout.pageShift + 2), layout.pageShift - layout.blockShift, budget);
    this.layout = layout;
    this.#blockShift = layout.blockShift;
    this.heap = new ByteHeap(layout.pages.heapShift, budget);
  }

  /** A live record whose other words are all zero, ready to be written to. */
  alloc(): number {
    const { pageShift, slotMask, stride, flags } = this.layout;
    let ref = this.#free;
    this.size++;
    if (ref === 0) {
      ref = this.end++;
      // Ref 0 is none: where a page holds one record, the first page stays empty.
      while (ref >> pageShift >= this.pageCount) this.#addPage();
      this.thawRecord(ref);
      (this.i32[ref >> pageShift] as Int32Array)[(ref & slotMask) * stride + flags] = LIVE;
      return ref;
    }
    this.thawRecord(ref);
    const page = this.i32[ref >> pageShift] as Int32Array;
    const base = (ref & slotMask) * stride;
    this.#free = page[base + flags + 1] as number;
    page[base + flags + 1] = 0;
    page[base + flags] = LIVE;
    return ref;
  }

  /** The caller has freed what the record holds in the heap. */
  free(ref: number): void {
    const { pageShift, slotMask, stride, flags } = this.layout;
    this.thawRecord(ref);
    const page = this.i32[ref >> pageShift] as Int32Array;
    const base = (ref & slotMask) * stride;
    page.fill(0, base, base + stride);
    page[base + flags + 1] = this.#free;
    this.#free = ref;
    this.size--;
  }

  isLive(ref: number): boolean {
    const { pageShift, slotMask, stride, flags } = this.layout;
    return ((this.page(ref >> pageShift)[(ref & slotMask) * stride + flags] as number) & LIVE) !== 0;
  }

  /** The words of a page. */
  page(page: number): Int32Array {
    return this.i32[page] ?? this.load(page);
  }

  /** The 64-bit field at word `word`. */
  double(ref: number, word: number): number {
    const { pageShift, slotMask, stride } = this.layout;
    if (this.i32[ref >> pageShift] === undefined) this.load(ref >> pageShift);
    return (this.f64[ref >> pageShift] as Float64Array)[((ref & slotMask) * stride + word) >> 1] as number;
  }

  word(ref: number, word: number): number {
    const { pageShift, slotMask, stride } = this.layout;
    return this.page(ref >> pageShift)[(ref & slotMask) * stride + word] as number;
  }

  /** Must be called before a write to the record. */
  thawRecord(ref: number): void {
    const block = ref >> this.#blockShift;
    if (this.frozen[block] !== 0) this.thaw(block);
  }

  /** `thawRecord` for `refs[from … to)`, before a loop that writes to them; refs that are 0 are skipped. */
  thawAll(refs: Int32Array, from: number, to: number): void {
    const { frozen } = this;
    const shift = this.#blockShift;
    for (let i = from; i < to; i++) {
      const ref = refs[i] as number;
      if (ref !== 0 && frozen[ref >> shift] !== 0) this.thaw(ref >> shift);
    }
  }

  /** Forgets all records; pages are kept for new ones. */
  clear(): void {
    this.heap.clear();
    this.clearFrames();
    this.size = 0;
    this.end = 1;
    this.#free = 0;
  }

  override dispose(): void {
    super.dispose();
    this.heap.dispose();
  }

  /** Bytes in memory, those of the heap among them. */
  get totalBytes(): number {
    return this.sizeBytes + this.heap.sizeBytes;
  }

  /** Marks records and heap; gives what does not stand in the pages. */
  markAll(): StoredRecords {
    const { pageShift, stride } = this.layout;
    const perPage = 1 << pageShift;
    const count = this.end === 1 ? 0 : ((this.end - 1) >> pageShift) + 1;
    const sizes = new Int32Array(count).fill(this.pageBytes);
    if (count > 0) sizes[count - 1] = (this.end - (count - 1) * perPage) * stride * 4;
    this.mark(sizes);
    return { size: this.size, end: this.end, free: this.#free };
  }

  /** Makes an empty store one whose pages come by `adoptPage`, in order. */
  adopt({ size, end, free }: StoredRecords): void {
    this.size = size;
    this.end = end;
    this.#free = free;
  }

  protected override makeFrame(sizeBytes: number): RecordFrame {
    const buffer = new ArrayBuffer(sizeBytes);
    return {
      i32: new Int32Array(buffer),
      bytes: new Uint8Array(buffer),
      f64: new Float64Array(buffer),
      i64: new BigInt64Array(buffer),
    };
  }

  protected override renew(frame: RecordFrame): void {
    frame.i32.fill(0);
  }

  protected override place(page: number, frame: RecordFrame): void {
    this.f64[page] = frame.f64;
    this.i64[page] = frame.i64;
  }

  protected override lift(page: number): void {
    (this.f64 as (Float64Array | undefined)[])[page] = undefined;
    (this.i64 as (BigInt64Array | undefined)[])[page] = undefined;
  }

  protected override dropViews(): void {
    this.f64.length = 0;
    this.i64.length = 0;
  }

  #addPage(): void {
    if (this.end >> REF_BITS !== 0) {
      throw new EngineError('program_limit_exceeded', `a state table is full: it holds ${2 ** REF_BITS} records`, {
        hint: "Spread the keys over more subtasks with SET 'parallelism.default', or bound the state with SET 'table.exec.state.ttl'.",
      });
    }
    this.addFrame(this.pageBytes);
  }
}

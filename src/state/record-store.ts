/**
 * Records in pages, with a free list through the records themselves. Generated code reads and writes the pages
 * directly: word `w` of record `ref` is `i32[ref >> pageShift][(ref & slotMask) * stride + w]`, and a 64-bit field that
 * begins there is element `(… + w) / 2` of `f64` or `i64`, which are the same memory.
 */
import { EngineError } from '../errors.ts';
import { ByteHeap } from './byte-heap.ts';
import { LIVE, type RecordLayout } from './record-layout.ts';

/** Bits of a ref: indexes use the others of a word. */
export const REF_BITS = 27;

export class RecordStore {
  readonly layout: RecordLayout;
  readonly heap = new ByteHeap();
  readonly i32: Int32Array[] = [];
  readonly f64: Float64Array[] = [];
  readonly i64: BigInt64Array[] = [];
  /** Live records. */
  size = 0;
  /** Refs below this one were given out at some time; 0 never is. */
  end = 1;
  #free = 0;

  constructor(layout: RecordLayout) {
    this.layout = layout;
  }

  /** A live record whose other words are all zero. */
  alloc(): number {
    const { pageShift, slotMask, stride, flags } = this.layout;
    let ref = this.#free;
    this.size++;
    if (ref === 0) {
      ref = this.end++;
      // Ref 0 is none: where a page holds one record, the first page stays empty.
      while (ref >> pageShift >= this.i32.length) this.#addPage();
      (this.i32[ref >> pageShift] as Int32Array)[(ref & slotMask) * stride + flags] = LIVE;
      return ref;
    }
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
    const page = this.i32[ref >> pageShift] as Int32Array;
    const base = (ref & slotMask) * stride;
    page.fill(0, base, base + stride);
    page[base + flags + 1] = this.#free;
    this.#free = ref;
    this.size--;
  }

  isLive(ref: number): boolean {
    const { pageShift, slotMask, stride, flags } = this.layout;
    return (((this.i32[ref >> pageShift] as Int32Array)[(ref & slotMask) * stride + flags] as number) & LIVE) !== 0;
  }

  /** Forgets all records; pages are kept for new ones. */
  clear(): void {
    this.heap.clear();
    const used = ((this.end - 1) >> this.layout.pageShift) + 1;
    for (let page = 0; page < used && page < this.i32.length; page++) (this.i32[page] as Int32Array).fill(0);
    this.size = 0;
    this.end = 1;
    this.#free = 0;
  }

  get sizeBytes(): number {
    return this.i32.length * (this.layout.stride << (this.layout.pageShift + 2)) + this.heap.sizeBytes;
  }

  #addPage(): void {
    if (this.end >> REF_BITS !== 0) {
      throw new EngineError('program_limit_exceeded', `a state table is full: it holds ${2 ** REF_BITS} records`, {
        hint: "Spread the keys over more subtasks with SET 'parallelism.default', or bound the state with SET 'table.exec.state.ttl'.",
      });
    }
    const buffer = new ArrayBuffer(this.layout.stride << (this.layout.pageShift + 2));
    this.i32.push(new Int32Array(buffer));
    this.f64.push(new Float64Array(buffer));
    this.i64.push(new BigInt64Array(buffer));
  }
}

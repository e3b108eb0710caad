/**
 * Retention: all records of a table in one list by time of their last write, through the records themselves. Writing
 * moves a record to the end, expiring takes from the front, so that what is over its time is gone before it is read and
 * nothing is ever searched for. O(1) per write and per expired record.
 */
import type { RecordStore } from './record-store.ts';

export class Expiry {
  readonly #store: RecordStore;
  readonly #retentionMs: number;
  readonly #now: () => number;
  #first = 0;
  #last = 0;
  /** The latest time noted: a clock that goes back must not disorder the list. */
  #latest = -Infinity;

  constructor(store: RecordStore, retentionMs: number, now: () => number) {
    this.#store = store;
    this.#retentionMs = retentionMs;
    this.#now = now;
  }

  /** The record was written now (or, when restored, at `time`; restored records come in order of time). */
  touch(ref: number, time: number = this.#now()): void {
    if (this.#first !== ref && this.#link(ref, 0) === 0) this.#append(ref);
    else if (this.#last !== ref) {
      this.unlink(ref);
      this.#append(ref);
    }
    if (time > this.#latest) this.#latest = time;
    const { pageShift, slotMask, stride, lastWrite } = this.#store.layout;
    this.#store.thawRecord(ref);
    (this.#store.f64[ref >> pageShift] as Float64Array)[((ref & slotMask) * stride + lastWrite) >> 1] = this.#latest;
  }

  /** The records first and last to go, and the latest time noted. */
  get ends(): { readonly first: number; readonly last: number; readonly latest: number } {
    return { first: this.#first, last: this.#last, latest: this.#latest };
  }

  /** Goes on with records that are linked already. */
  adopt({ first, last, latest }: Expiry['ends']): void {
    this.#first = first;
    this.#last = last;
    this.#latest = latest;
  }

  timeOf(ref: number): number {
    return this.#store.double(ref, this.#store.layout.lastWrite);
  }

  /** The record that is first to go and over its time, or 0. */
  due(): number {
    if (this.#first === 0) return 0;
    const now = this.#now();
    if (now > this.#latest) this.#latest = now;
    return this.timeOf(this.#first) + this.#retentionMs <= this.#latest ? this.#first : 0;
  }

  unlink(ref: number): void {
    const previous = this.#link(ref, 0);
    const next = this.#link(ref, 1);
    if (previous === 0) this.#first = next;
    else this.#setLink(previous, 1, next);
    if (next === 0) this.#last = previous;
    else this.#setLink(next, 0, previous);
  }

  clear(): void {
    this.#first = 0;
    this.#last = 0;
    this.#latest = -Infinity;
  }

  #append(ref: number): void {
    this.#setLink(ref, 0, this.#last);
    this.#setLink(ref, 1, 0);
    if (this.#last === 0) this.#first = ref;
    else this.#setLink(this.#last, 1, ref);
    this.#last = ref;
  }

  #link(ref: number, k: 0 | 1): number {
    return this.#store.word(ref, this.#store.layout.expiryLinks + k);
  }

  #setLink(ref: number, k: 0 | 1, value: number): void {
    const { pageShift, slotMask, stride, expiryLinks } = this.#store.layout;
    this.#store.thawRecord(ref);
    (this.#store.i32[ref >> pageShift] as Int32Array)[(ref & slotMask) * stride + expiryLinks + k] = value;
  }
}

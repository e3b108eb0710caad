/**
 * Chains of records with equal keys, in order of arrival. The slot holds the first record; every record knows its next
 * (0 at the end) and its previous one, and the previous of the first is the last, so that appending needs no search.
 * A record is the first exactly when it is not the next of its previous one.
 */
import type { Vector } from '../types/vector.ts';
import type { IndexMaintenance } from './hash-index.ts';
import type { Lookup } from './lookup-code.ts';
import type { RecordStore } from './record-store.ts';
import type { Slots } from './slots.ts';
import type { ListIndex } from './state.ts';
import { damaged } from './stored-state.ts';

export class MemoryListIndex implements ListIndex, IndexMaintenance {
  readonly #lookup: Lookup;
  readonly #slots: Slots;
  readonly #setHash: (ref: number, hash: number) => void;
  readonly #store: RecordStore;
  readonly #i32: readonly Int32Array[];
  readonly #shift: number;
  readonly #mask: number;
  readonly #stride: number;
  readonly #next: number;
  readonly #previous: number;

  constructor(
    lookup: Lookup,
    slots: Slots,
    setHash: (ref: number, hash: number) => void,
    links: { readonly store: RecordStore; readonly word: number },
  ) {
    this.#lookup = lookup;
    this.#slots = slots;
    this.#setHash = setHash;
    const { layout } = links.store;
    this.#store = links.store;
    this.#i32 = links.store.i32;
    this.#shift = layout.pageShift;
    this.#mask = layout.slotMask;
    this.#stride = layout.stride;
    this.#next = links.word;
    this.#previous = links.word + 1;
  }

  findAll(keys: readonly Vector[], length: number, heads: Int32Array, mask: Uint8Array | null = null): void {
    this.#lookup.bind(keys, length);
    this.#lookup.all(length, heads, mask, false);
  }

  bind(keys: readonly Vector[], length: number): void {
    this.#lookup.bind(keys, length);
  }

  find(row: number): number {
    return this.#lookup.find(row);
  }

  headOf(ref: number): number {
    return this.#lookup.headOf(ref);
  }

  next(ref: number): number {
    return this.#get(ref, this.#next);
  }

  last(head: number): number {
    return this.#get(head, this.#previous);
  }

  link(ref: number): void {
    const hash = this.#lookup.hashRecord(ref);
    this.#setHash(ref, hash);
    const head = this.#lookup.headOf(ref);
    if (head === 0) {
      this.#set(ref, this.#previous, ref);
      this.#slots.add(ref, hash);
      return;
    }
    const last = this.#get(head, this.#previous);
    this.#set(last, this.#next, ref);
    this.#set(ref, this.#previous, last);
    this.#set(head, this.#previous, ref);
  }

  unlink(ref: number): void {
    const next = this.#get(ref, this.#next);
    const previous = this.#get(ref, this.#previous);
    if (this.#get(previous, this.#next) !== ref) {
      if (next === 0) this.#slots.remove(ref);
      else {
        this.#slots.replace(ref, next);
        this.#set(next, this.#previous, previous);
      }
      return;
    }
    if (next === 0) this.#set(this.#lookup.headOf(ref), this.#previous, previous);
    else this.#set(next, this.#previous, previous);
    this.#set(previous, this.#next, next);
  }

  clear(): void {
    this.#slots.clear();
  }

  adopt(live: Int32Array): void {
    // A record that is nobody's next is a first one: found in the order of memory, without following the links.
    const isNext = new Uint8Array(this.#store.end);
    for (let k = 0; k < live.length; k++) {
      if ((k & 1023) === 0) this.#store.relax();
      const ref = live[k] as number;
      const next = this.#get(ref, this.#next);
      if (next < 0 || next >= isNext.length || (next !== 0 && isNext[next] !== 0)) damaged('a list is broken');
      isNext[next] = 1;
    }
    this.#slots.fill(live.filter((ref) => isNext[ref] === 0));
  }

  get rootRef(): number {
    return 0;
  }

  get sizeBytes(): number {
    return this.#slots.sizeBytes;
  }

  #get(ref: number, word: number): number {
    const page = this.#i32[ref >> this.#shift] ?? this.#store.load(ref >> this.#shift);
    return page[(ref & this.#mask) * this.#stride + word] as number;
  }

  #set(ref: number, word: number, value: number): void {
    this.#store.thawRecord(ref);
    (this.#i32[ref >> this.#shift] as Int32Array)[(ref & this.#mask) * this.#stride + word] = value;
  }
}

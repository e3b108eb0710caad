import type { Vector } from '../types/vector.ts';
import type { Lookup } from './lookup-code.ts';
import type { Slots } from './slots.ts';
import type { HashIndex } from './state.ts';

/** What a table does with every index when a record comes or goes. */
export interface IndexMaintenance {
  link(ref: number): void;
  unlink(ref: number): void;
  /** Prepares for unlinking `refs[from … to)` soon. */
  prefetch?(refs: Int32Array, from: number, to: number): void;
  clear(): void;
  /** After the links of the table's records were restored: `live` are all of them, `root` that of an index without fields. */
  adopt(live: Int32Array, root: number): void;
  /** The root of an index without fields, else 0. */
  readonly rootRef: number;
  readonly sizeBytes: number;
}

/** One record per key: the slot holds the record itself. */
export class MemoryHashIndex implements HashIndex, IndexMaintenance {
  readonly #lookup: Lookup;
  readonly #slots: Slots;
  readonly #setHash: (ref: number, hash: number) => void;

  constructor(lookup: Lookup, slots: Slots, setHash: (ref: number, hash: number) => void) {
    this.#lookup = lookup;
    this.#slots = slots;
    this.#setHash = setHash;
  }

  findAll(keys: readonly Vector[], length: number, heads: Int32Array, mask: Uint8Array | null = null): void {
    this.#lookup.bind(keys, length);
    this.#lookup.all(length, heads, mask, false);
  }

  upsertAll(keys: readonly Vector[], length: number, refs: Int32Array, mask: Uint8Array | null = null): void {
    this.#lookup.bind(keys, length);
    this.#lookup.all(length, refs, mask, true);
  }

  bind(keys: readonly Vector[], length: number): void {
    this.#lookup.bind(keys, length);
  }

  find(row: number): number {
    return this.#lookup.find(row);
  }

  upsert(row: number): number {
    return this.#lookup.upsert(row);
  }

  headOf(ref: number): number {
    return this.#lookup.headOf(ref);
  }

  get freshRows(): Int32Array {
    return this.#lookup.fresh.rows;
  }

  get freshCount(): number {
    return this.#lookup.fresh.count;
  }

  link(ref: number): void {
    const hash = this.#lookup.hashRecord(ref);
    this.#setHash(ref, hash);
    this.#slots.add(ref, hash);
  }

  unlink(ref: number): void {
    this.#slots.remove(ref);
  }

  prefetch(refs: Int32Array, from: number, to: number): void {
    this.#slots.prefetch(refs, from, to);
  }

  clear(): void {
    this.#slots.clear();
  }

  adopt(live: Int32Array): void {
    this.#slots.fill(live);
  }

  get rootRef(): number {
    return 0;
  }

  get sizeBytes(): number {
    return this.#slots.sizeBytes;
  }
}

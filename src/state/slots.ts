/**
 * The hash part of an index: 128 shards of open-addressing slots, shard = key group, each growing on its own so that
 * no rehash is long. A slot holds the ref of a key's head in its low bits and five bits of the key's hash, the tag, in
 * its high ones (0 = empty), so that probing past other keys hardly ever touches their records, which would be a cache
 * miss each. The whole hash stands in the record; where records may be on disk it stands beside the slot as well. Linear probing; deletion shifts later entries back, so there are no
 * tombstones and probing stays short under churn.
 */
import { KEY_GROUPS, KEY_GROUP_SHIFT } from './key-groups.ts';
import { REF_BITS, type RecordStore } from './record-store.ts';

export const REF_MASK = (1 << REF_BITS) - 1;
export const TAG_MASK = ~REF_MASK;
/** Brings hash bits that choose neither the shard (the top seven) nor, in all but huge shards, the slot to the top. */
export const TAG_SHIFT = 7;

const NO_SLOTS = new Int32Array(1);
const FIRST_LENGTH = 16;
const FAST_LENGTH = 8192;

/** Shards fill evenly: with one limit for all of them, many would grow within the same batch. */
const limitOf = (g: number, length: number): number => length * (0.6 + 0.15 * (g / KEY_GROUPS));

export class Slots {
  /** Length a power of two. Generated code looks up in them directly. */
  readonly shards: Int32Array[] = [];
  /** By shard and slot the whole hash; empty where only the records have it. */
  readonly hashes: Int32Array[] = [];
  /** Entries in use, and the number at which the shard must grow, per shard. */
  readonly used = new Int32Array(KEY_GROUPS);
  readonly limits = new Int32Array(KEY_GROUPS);
  readonly #store: RecordStore;
  readonly #hashWord: number;
  readonly #keepsHashes: boolean;
  /** Scratch of `grow`. */
  #hashes = NO_SLOTS;

  constructor(store: RecordStore, hashWord: number) {
    this.#store = store;
    this.#hashWord = hashWord;
    this.#keepsHashes = store.layout.pages.spills;
    for (let g = 0; g < KEY_GROUPS; g++) {
      this.shards.push(NO_SLOTS);
      if (this.#keepsHashes) this.hashes.push(NO_SLOTS);
    }
  }

  /** Forgets all entries; the room is kept for new ones. */
  clear(): void {
    for (const shard of this.shards) shard.fill(0);
    this.used.fill(0);
  }

  /** Brings the slots that removing these records will look at into the cache, all at once. */
  prefetch(refs: Int32Array, from: number, to: number): number {
    let touched = 0;
    for (let k = from; k < to; k++) {
      const hash = this.hashOf(refs[k] as number);
      const slots = this.shards[hash >>> KEY_GROUP_SHIFT] as Int32Array;
      touched ^= slots[hash & (slots.length - 1)] as number;
    }
    return touched;
  }

  get sizeBytes(): number {
    let sum = 0;
    for (const shard of this.shards) if (shard !== NO_SLOTS) sum += shard.byteLength;
    return this.#keepsHashes ? 2 * sum : sum;
  }

  hashOf(ref: number): number {
    return this.#store.word(ref, this.#hashWord);
  }

  /** Enters a head whose key has none yet; its hash already stands in the record. */
  add(ref: number, hash: number): void {
    const g = hash >>> KEY_GROUP_SHIFT;
    if ((this.used[g] as number) >= (this.limits[g] as number)) this.grow(g);
    const slots = this.shards[g] as Int32Array;
    const mask = slots.length - 1;
    let s = hash & mask;
    while (slots[s] !== 0) s = (s + 1) & mask;
    slots[s] = ref | ((hash << TAG_SHIFT) & TAG_MASK);
    if (this.#keepsHashes) (this.hashes[g] as Int32Array)[s] = hash;
    this.used[g] = (this.used[g] as number) + 1;
  }

  /** Puts another record of the same key in a head's place. */
  replace(ref: number, by: number): void {
    const hash = this.hashOf(ref);
    (this.shards[hash >>> KEY_GROUP_SHIFT] as Int32Array)[this.#slotOf(ref, hash)] =
      by | ((hash << TAG_SHIFT) & TAG_MASK);
  }

  remove(ref: number): void {
    const hash = this.hashOf(ref);
    const g = hash >>> KEY_GROUP_SHIFT;
    const slots = this.shards[g] as Int32Array;
    const mask = slots.length - 1;
    const hashes = this.#keepsHashes ? (this.hashes[g] as Int32Array) : null;
    let hole = this.#slotOf(ref, hash);
    for (let s = (hole + 1) & mask; slots[s] !== 0; s = (s + 1) & mask) {
      const entry = slots[s] as number;
      // It may move back into the hole unless its home lies behind the hole.
      const home = hashes === null ? this.hashOf(entry & REF_MASK) : (hashes[s] as number);
      const distance = (s - home) & mask;
      if (distance >= ((s - hole) & mask)) {
        slots[hole] = entry;
        if (hashes !== null) hashes[hole] = home;
        hole = s;
      }
    }
    slots[hole] = 0;
    this.used[g] = (this.used[g] as number) - 1;
  }

  /** Enters many heads at once into empty slots, shard by shard; their hashes stand in the records. */
  fill(heads: Int32Array): void {
    const starts = new Int32Array(KEY_GROUPS + 1);
    for (let k = 0; k < heads.length; k++) {
      if ((k & 1023) === 0) this.#store.relax();
      starts[(this.hashOf(heads[k] as number) >>> KEY_GROUP_SHIFT) + 1]!++;
    }
    for (let g = 0; g < KEY_GROUPS; g++) {
      const count = starts[g + 1] as number;
      let length = FIRST_LENGTH;
      while (limitOf(g, length) <= count) length *= 2;
      if (count > 0) this.#resize(g, length);
      starts[g + 1] = count + (starts[g] as number);
    }
    const refs = new Int32Array(heads.length);
    const hashes = new Int32Array(heads.length);
    for (let k = 0; k < heads.length; k++) {
      if ((k & 1023) === 0) this.#store.relax();
      const ref = heads[k] as number;
      const hash = this.hashOf(ref);
      const at = starts[hash >>> KEY_GROUP_SHIFT]!++;
      refs[at] = ref;
      hashes[at] = hash;
    }
    for (let k = 0; k < refs.length; k++) this.add(refs[k] as number, hashes[k] as number);
  }

  grow(g: number): void {
    const old = this.shards[g] as Int32Array;
    // Small shards grow fast: every rehash is a cache miss per entry, and their memory does not count.
    const length = old === NO_SLOTS ? FIRST_LENGTH : old.length * (old.length < FAST_LENGTH ? 4 : 2);
    const hashes = this.#keepsHashes ? (this.hashes[g] as Int32Array) : this.#hashesOf(old);
    const slots = this.#resize(g, length);
    const kept = this.#keepsHashes ? (this.hashes[g] as Int32Array) : null;
    const mask = length - 1;
    for (let k = 0; k < old.length; k++) {
      const entry = old[k] as number;
      if (entry === 0) continue;
      let s = (hashes[k] as number) & mask;
      while (slots[s] !== 0) s = (s + 1) & mask;
      slots[s] = entry;
      if (kept !== null) kept[s] = hashes[k] as number;
    }
  }

  #resize(g: number, length: number): Int32Array {
    const slots = new Int32Array(length);
    this.shards[g] = slots;
    if (this.#keepsHashes) this.hashes[g] = new Int32Array(length);
    this.limits[g] = limitOf(g, length);
    return slots;
  }

  /** The hashes behind a shard's slots, in a loop of their own: the cache misses overlap. */
  #hashesOf(slots: Int32Array): Int32Array {
    if (this.#hashes.length < slots.length) this.#hashes = new Int32Array(slots.length);
    const hashes = this.#hashes;
    const { i32, layout } = this.#store;
    const { pageShift, slotMask, stride } = layout;
    const word = this.#hashWord;
    for (let k = 0; k < slots.length; k++) {
      const ref = (slots[k] as number) & REF_MASK;
      if (ref !== 0) hashes[k] = (i32[ref >> pageShift] as Int32Array)[(ref & slotMask) * stride + word] as number;
    }
    return hashes;
  }

  #slotOf(ref: number, hash: number): number {
    const slots = this.shards[hash >>> KEY_GROUP_SHIFT] as Int32Array;
    const mask = slots.length - 1;
    let s = hash & mask;
    while (((slots[s] as number) & REF_MASK) !== ref) s = (s + 1) & mask;
    return s;
  }
}

/**
 * Records in a declared order, per key or over the whole table: a treap through the records (left, right, parent).
 * Priorities are a hash of the ref, so no word is spent on them; ties of the order are settled by sequence number, so
 * the order is total and the same after a restore. Insert, remove, seek, next: O(log n) expected.
 *
 * With key fields the slot of the key holds the root of its treap; without, the index holds the one root.
 */
import type { Vector } from '../types/vector.ts';
import type { IndexMaintenance } from './hash-index.ts';
import type { Lookup } from './lookup-code.ts';
import type { RecordStore } from './record-store.ts';
import type { Slots } from './slots.ts';
import type { OrderedIndex } from './state.ts';
import { damaged } from './stored-state.ts';

interface OrderedParts {
  /** `null` for an index without fields. */
  readonly keyed: { readonly lookup: Lookup; readonly slots: Slots } | null;
  readonly setHash: (ref: number, hash: number) => void;
  readonly store: RecordStore;
  /** First of the three link words. */
  readonly word: number;
  /** Order of two records, never 0. */
  readonly compare: (a: number, b: number) => number;
  /** Order of record `ref` against a bound row of the table, ties 0. */
  readonly compareToRow: (ref: number, row: number) => number;
  /** The first order field of a record, where it is held as f64. */
  readonly firstNumber: (ref: number) => number;
}

function priority(ref: number): number {
  let h = Math.imul(ref ^ (ref >>> 16), 0x45d9f3b);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b | 0);
  return h ^ (h >>> 16);
}

export class MemoryOrderedIndex implements OrderedIndex, IndexMaintenance {
  readonly #parts: OrderedParts;
  readonly #i32: readonly Int32Array[];
  readonly #shift: number;
  readonly #mask: number;
  readonly #stride: number;
  readonly #left: number;
  readonly #right: number;
  readonly #parent: number;
  #root = 0;

  constructor(parts: OrderedParts) {
    this.#parts = parts;
    const { layout } = parts.store;
    this.#i32 = parts.store.i32;
    this.#shift = layout.pageShift;
    this.#mask = layout.slotMask;
    this.#stride = layout.stride;
    this.#left = parts.word;
    this.#right = parts.word + 1;
    this.#parent = parts.word + 2;
  }

  findAll(keys: readonly Vector[], length: number, heads: Int32Array, mask: Uint8Array | null = null): void {
    const { keyed } = this.#parts;
    if (keyed === null) {
      for (let i = 0; i < length; i++) heads[i] = mask !== null && mask[i] === 0 ? 0 : this.#root;
      return;
    }
    keyed.lookup.bind(keys, length);
    keyed.lookup.all(length, heads, mask, false);
  }

  bind(keys: readonly Vector[], length: number): void {
    this.#parts.keyed?.lookup.bind(keys, length);
  }

  find(row: number): number {
    return this.#parts.keyed === null ? this.#root : this.#parts.keyed.lookup.find(row);
  }

  headOf(ref: number): number {
    return this.#parts.keyed === null ? this.#root : this.#parts.keyed.lookup.headOf(ref);
  }

  root(): number {
    return this.#root;
  }

  first(root: number): number {
    return this.#outermost(root, this.#left);
  }

  last(root: number): number {
    return this.#outermost(root, this.#right);
  }

  next(ref: number): number {
    return this.#neighbour(ref, this.#right, this.#left);
  }

  previous(ref: number): number {
    return this.#neighbour(ref, this.#left, this.#right);
  }

  before(a: number, b: number): boolean {
    return a !== b && this.#parts.compare(a, b) < 0;
  }

  compare(ref: number, row: number): number {
    return this.#parts.compareToRow(ref, row);
  }

  seek(root: number, row: number): number {
    let found = 0;
    for (let node = root; node !== 0;) {
      if (this.#parts.compareToRow(node, row) < 0) node = this.#get(node, this.#right);
      else {
        found = node;
        node = this.#get(node, this.#left);
      }
    }
    return found;
  }

  seekNumber(root: number, time: number): number {
    let found = 0;
    for (let node = root; node !== 0;) {
      if (this.#parts.firstNumber(node) < time) node = this.#get(node, this.#right);
      else {
        found = node;
        node = this.#get(node, this.#left);
      }
    }
    return found;
  }

  link(ref: number): void {
    const { keyed, setHash, compare } = this.#parts;
    let root = this.#root;
    if (keyed !== null) {
      const hash = keyed.lookup.hashRecord(ref);
      setHash(ref, hash);
      root = keyed.lookup.headOf(ref);
      if (root === 0) {
        keyed.slots.add(ref, hash);
        return;
      }
    } else if (root === 0) {
      this.#root = ref;
      return;
    }
    for (let node = root; ;) {
      const side = compare(ref, node) < 0 ? this.#left : this.#right;
      const child = this.#get(node, side);
      if (child === 0) {
        this.#set(node, side, ref);
        this.#set(ref, this.#parent, node);
        break;
      }
      node = child;
    }
    const own = priority(ref);
    for (;;) {
      const parent = this.#get(ref, this.#parent);
      if (parent === 0) {
        this.#replaceRoot(root, ref);
        return;
      }
      if (priority(parent) >= own) return;
      this.#rotateUp(ref, parent);
    }
  }

  unlink(ref: number): void {
    let a = this.#get(ref, this.#left);
    let b = this.#get(ref, this.#right);
    // Joins the two subtrees in the node's place: every record of `a` comes before every one of `b`.
    let above = this.#get(ref, this.#parent);
    let side = above !== 0 && this.#get(above, this.#left) === ref ? this.#left : this.#right;
    if (above === 0 && a === 0 && b === 0) {
      if (this.#parts.keyed === null) this.#root = 0;
      else this.#parts.keyed.slots.remove(ref);
      return;
    }
    let top = above === 0;
    for (;;) {
      const takeA = b === 0 || (a !== 0 && priority(a) >= priority(b));
      const node = takeA ? a : b;
      if (top) {
        this.#replaceRoot(ref, node);
        this.#set(node, this.#parent, 0);
        top = false;
      } else {
        this.#set(above, side, node);
        if (node !== 0) this.#set(node, this.#parent, above);
      }
      if (a === 0 || b === 0) return;
      above = node;
      side = takeA ? this.#right : this.#left;
      if (takeA) a = this.#get(a, this.#right);
      else b = this.#get(b, this.#left);
    }
  }

  clear(): void {
    this.#root = 0;
    this.#parts.keyed?.slots.clear();
  }

  adopt(live: Int32Array, root: number): void {
    const roots = live.filter((ref, k) => {
      if ((k & 1023) === 0) this.#parts.store.relax();
      return this.#get(ref, this.#parent) === 0;
    });
    if (this.#parts.keyed !== null) this.#parts.keyed.slots.fill(roots);
    else {
      if (roots.length > 1 || (roots[0] ?? 0) !== root) damaged('an order has more than one root');
      this.#root = root;
    }
  }

  get rootRef(): number {
    return this.#root;
  }

  get sizeBytes(): number {
    return this.#parts.keyed?.slots.sizeBytes ?? 0;
  }

  #replaceRoot(from: number, to: number): void {
    if (this.#parts.keyed === null) this.#root = to;
    else this.#parts.keyed.slots.replace(from, to);
  }

  #rotateUp(ref: number, parent: number): void {
    const grand = this.#get(parent, this.#parent);
    const leftChild = this.#get(parent, this.#left) === ref;
    const near = leftChild ? this.#left : this.#right;
    const far = leftChild ? this.#right : this.#left;
    const inner = this.#get(ref, far);
    this.#set(parent, near, inner);
    if (inner !== 0) this.#set(inner, this.#parent, parent);
    this.#set(ref, far, parent);
    this.#set(parent, this.#parent, ref);
    this.#set(ref, this.#parent, grand);
    if (grand !== 0) this.#set(grand, this.#get(grand, this.#left) === parent ? this.#left : this.#right, ref);
  }

  #outermost(root: number, side: number): number {
    let node = root;
    if (node === 0) return 0;
    for (let child = this.#get(node, side); child !== 0; child = this.#get(node, side)) node = child;
    return node;
  }

  #neighbour(ref: number, down: number, back: number): number {
    const child = this.#get(ref, down);
    if (child !== 0) return this.#outermost(child, back);
    let node = ref;
    for (let parent = this.#get(node, this.#parent); parent !== 0; parent = this.#get(node, this.#parent)) {
      if (this.#get(parent, back) === node) return parent;
      node = parent;
    }
    return 0;
  }

  #get(ref: number, word: number): number {
    const page = this.#i32[ref >> this.#shift] ?? this.#parts.store.load(ref >> this.#shift);
    return page[(ref & this.#mask) * this.#stride + word] as number;
  }

  #set(ref: number, word: number, value: number): void {
    this.#parts.store.thawRecord(ref);
    (this.#i32[ref >> this.#shift] as Int32Array)[(ref & this.#mask) * this.#stride + word] = value;
  }
}

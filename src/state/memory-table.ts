/** A table in memory: records in pages, indexes beside them. See `state.ts` for the contract. */
import { EngineError } from '../errors.ts';
import type { ColumnBuilder } from '../types/column-builder.ts';
import { Expiry } from './expiry.ts';
import { type IndexMaintenance, MemoryHashIndex } from './hash-index.ts';
import { MemoryListIndex } from './list-index.ts';
import { compileLookup } from './lookup-code.ts';
import { MemoryOrderedIndex } from './ordered-index.ts';
import { copyField } from './copy-field.ts';
import { type FieldLayout, LINK_WORDS, type PageShape, type RecordLayout, recordLayout } from './record-layout.ts';
import { RecordStore } from './record-store.ts';
import { ascending } from './ascending.ts';
import { type StoredTable, fieldSignatures, storedLayout } from './stored-state.ts';
import { Slots } from './slots.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type {
  HashIndex,
  IndexDeclaration,
  ListIndex,
  OrderedIndex,
  RowSource,
  Table,
  TableDeclaration,
} from './state.ts';
import { type TableCode, compileOrder, compileTable } from './table-code.ts';

/** What a table needs of the state that it belongs to. */
export interface TableSurroundings {
  readonly now: () => number;
  readonly pages: PageShape;
  /** Where pages spill. */
  readonly budget: MemoryBudget | null;
}

type AnyIndex = IndexMaintenance & (HashIndex | ListIndex | OrderedIndex);

export class MemoryTable implements Table {
  readonly declaration: TableDeclaration;
  readonly layout: RecordLayout;
  readonly store: RecordStore;
  readonly #code: TableCode;
  readonly #indexes: readonly AnyIndex[];
  readonly #expiry: Expiry | null;
  readonly #orders: { bind(source: RowSource): void }[] = [];
  #nextSequence = 0;

  constructor(declaration: TableDeclaration, { now, pages, budget }: TableSurroundings) {
    check(declaration);
    this.declaration = declaration;
    this.layout = recordLayout(declaration, pages);
    this.store = new RecordStore(this.layout, budget);
    this.#code = compileTable(this.layout, this.store, indexedFields(declaration));
    const retentionMs = declaration.retentionMs ?? 0;
    this.#expiry = retentionMs > 0 ? new Expiry(this.store, retentionMs, now) : null;
    this.#indexes = declaration.indexes.map((index, k) => this.#makeIndex(index, k));
  }

  get size(): number {
    return this.store.size;
  }

  get sizeBytes(): number {
    return this.#indexes.reduce((sum, index) => sum + index.sizeBytes, this.store.totalBytes);
  }

  hash(index: number): HashIndex {
    return this.#index(index, 'hash') as HashIndex;
  }

  list(index: number): ListIndex {
    return this.#index(index, 'list') as ListIndex;
  }

  ordered(index: number): OrderedIndex {
    return this.#index(index, 'ordered') as OrderedIndex;
  }

  bind(source: RowSource, length: number): void {
    this.#code.bind(source, length);
    for (const order of this.#orders) order.bind(source);
  }

  insert(row: number): number {
    const ref = this.store.alloc();
    this.#code.store(ref, row);
    this.#enter(ref, -1);
    return ref;
  }

  /**
   * For restoring: records come in order of arrival by `reinsert`, with their old number in it or −1 for the next, then
   * their times in ascending order.
   */
  reinsert(row: number, number: number): number {
    const ref = this.store.alloc();
    this.#code.store(ref, row);
    if (number >= 0) this.#nextSequence = number;
    this.#number(ref);
    for (const index of this.#indexes) index.link(ref);
    return ref;
  }

  /** Marks the pages; what they do not hold comes back. */
  mark(): StoredTable {
    const { declaration, layout, store } = this;
    const records = store.markAll();
    const heap = store.heap.markAll();
    const ends = this.#expiry?.ends;
    return {
      name: declaration.name,
      version: declaration.version,
      fields: fieldSignatures(declaration),
      keyFields: declaration.keyFields,
      indexes: JSON.stringify(declaration.indexes),
      layout: storedLayout(layout),
      records,
      heap,
      nextSequence: this.#nextSequence,
      roots: this.#indexes.map((index) => index.rootRef),
      expiry: ends === undefined ? null : { ...ends, latest: String(ends.latest) },
      recordPages: store.markedPages,
      heapPages: store.heap.markedPages,
    };
  }

  /** After the pages of `stored`, which has this layout, were adopted: enters its records, `live`, into the indexes. */
  adopt(stored: StoredTable, live: Int32Array): void {
    this.#nextSequence = stored.nextSequence;
    this.#indexes.forEach((index, k) => index.adopt(live, stored.roots[k] ?? 0));
    const { expiry } = stored;
    if (expiry !== null) this.#expiry?.adopt({ ...expiry, latest: Number(expiry.latest) });
  }

  restoreLastWrite(ref: number, time: number): void {
    this.#expiry?.touch(ref, time);
  }

  set(ref: number, field: number, row: number): void {
    this.#code.set(ref, field, row);
  }

  update(ref: number, row: number): void {
    this.#code.update(ref, row);
  }

  setFrom(ref: number, field: number, from: Table, fromRef: number, fromField: number): void {
    copyField({ table: this, ref, field }, { table: from, ref: fromRef, field: fromField });
  }

  move(ref: number, field: number, value: number): void {
    this.#indexes.forEach((index, k) => {
      index.unlink(ref);
      this.#clearLinks(ref, k);
    });
    this.setNumber(ref, field, value);
    this.#number(ref);
    for (const index of this.#indexes) index.link(ref);
  }

  remove(ref: number): void {
    for (const index of this.#indexes) index.unlink(ref);
    this.#expiry?.unlink(ref);
    this.#code.release(ref);
    this.store.free(ref);
  }

  removeAll(refs: Int32Array, count: number): void {
    const chunk = 256;
    for (let from = 0; from < count; from += chunk) {
      const to = Math.min(count, from + chunk);
      for (const index of this.#indexes) index.prefetch?.(refs, from, to);
      for (let k = from; k < to; k++) this.remove(refs[k] as number);
      this.store.relax();
    }
  }

  copyTo(ref: number, field: number, column: ColumnBuilder, row: number): void {
    this.#code.copyTo(ref, field, column, row);
  }

  copyAllTo(ref: number, first: number, columns: readonly ColumnBuilder[], row: number): void {
    this.#code.copyAllTo(ref, first, columns, row);
  }

  matches(ref: number, row: number): boolean {
    return this.#code.matches(ref, row);
  }

  isNull(ref: number, field: number): boolean {
    const { nullWord, nullMask } = this.layout.fields[field] as FieldLayout;
    return ((this.#page(ref)[this.#offset(ref) + nullWord] as number) & nullMask) !== 0;
  }

  setNull(ref: number, field: number, isNull: boolean): void {
    const { nullWord, nullMask } = this.layout.fields[field] as FieldLayout;
    const at = this.#offset(ref) + nullWord;
    const page = this.#thawed(ref);
    page[at] = isNull ? (page[at] as number) | nullMask : (page[at] as number) & ~nullMask;
  }

  getNumber(ref: number, field: number): number {
    const { kind, word } = this.layout.fields[field] as FieldLayout;
    return kind === 'i32' || kind === 'bool' ? this.store.word(ref, word) : this.store.double(ref, word);
  }

  setNumber(ref: number, field: number, value: number): void {
    const { kind, word } = this.layout.fields[field] as FieldLayout;
    const at = this.#offset(ref) + word;
    const page = this.#thawed(ref);
    if (kind === 'i32' || kind === 'bool') page[at] = value;
    else (this.store.f64[ref >> this.layout.pageShift] as Float64Array)[at >> 1] = value;
    this.setNull(ref, field, false);
  }

  touch(ref: number): void {
    this.#expiry?.touch(ref);
  }

  expire(leaving?: (ref: number) => void): void {
    if (this.#expiry === null) return;
    let count = 0;
    for (let ref = this.#expiry.due(); ref !== 0; ref = this.#expiry.due()) {
      leaving?.(ref);
      this.remove(ref);
      if ((++count & 255) === 0) this.store.relax();
    }
  }

  scan(): Int32Array {
    const refs = new Int32Array(this.size);
    let count = 0;
    const numbers = new Float64Array(this.layout.sequence < 0 ? 0 : this.size);
    for (let ref = 1; ref < this.store.end; ref++) {
      if ((ref & 1023) === 0) this.store.relax();
      if (!this.store.isLive(ref)) continue;
      if (this.layout.sequence >= 0) numbers[count] = this.store.double(ref, this.layout.sequence);
      refs[count++] = ref;
    }
    const order = ascending(numbers);
    return order === null ? refs : order.map((k) => refs[k] as number);
  }

  clear(): void {
    for (const index of this.#indexes) index.clear();
    this.#expiry?.clear();
    this.store.clear();
  }

  #page(ref: number): Int32Array {
    return this.store.page(ref >> this.layout.pageShift);
  }

  /** For writing to. */
  #thawed(ref: number): Int32Array {
    this.store.thawRecord(ref);
    return this.#page(ref);
  }

  #offset(ref: number): number {
    return (ref & this.layout.slotMask) * this.layout.stride;
  }

  /** Indexes expect zeros in the links of a record that enters. */
  #clearLinks(ref: number, k: number): void {
    const { links } = this.layout.indexes[k] as { links: number };
    const count = LINK_WORDS[(this.declaration.indexes[k] as IndexDeclaration).kind];
    this.#thawed(ref).fill(0, this.#offset(ref) + links, this.#offset(ref) + links + count);
  }

  #number(ref: number): void {
    const { pageShift, sequence } = this.layout;
    if (sequence < 0) return;
    this.#thawed(ref);
    (this.store.f64[ref >> pageShift] as Float64Array)[(this.#offset(ref) + sequence) >> 1] = this.#nextSequence++;
  }

  /** Completes a new record; index `made` has it already. */
  #enter(ref: number, made: number): void {
    this.#number(ref);
    const indexes = this.#indexes;
    for (let k = 0; k < indexes.length; k++) if (k !== made) (indexes[k] as AnyIndex).link(ref);
    if (this.#expiry !== null) this.#expiry.touch(ref);
  }

  #index(index: number, kind: IndexDeclaration['kind']): AnyIndex {
    if (this.declaration.indexes[index]?.kind !== kind) {
      throw new EngineError(
        'internal_error',
        `index ${index} of state table "${this.declaration.name}" is not ${kind}`,
      );
    }
    return this.#indexes[index] as AnyIndex;
  }

  #makeIndex(index: IndexDeclaration, k: number): AnyIndex {
    const { layout, store } = this;
    const words = layout.indexes[k] as { hash: number; links: number };
    const setHash = (ref: number, hash: number): void => {
      this.#thawed(ref)[this.#offset(ref) + words.hash] = hash;
    };
    const hasKey = words.hash >= 0;
    const slots = new Slots(store, words.hash);
    const keyFields = leadsWithKey(this.declaration, index) ? this.declaration.keyFields : 0;
    const plain = !this.#needsEntry();
    const lookup = compileLookup(
      { layout, fields: index.fields, keyFields, hashWord: words.hash },
      store,
      slots,
      plain ? () => {} : (ref) => this.#enter(ref, k),
    );
    switch (index.kind) {
      case 'hash':
        return new MemoryHashIndex(lookup, slots, setHash);
      case 'list':
        return new MemoryListIndex(lookup, slots, setHash, { store, word: words.links });
      case 'ordered': {
        const order = compileOrder(layout, index.order, store);
        this.#orders.push(order);
        const keyed = hasKey ? { lookup, slots } : null;
        return new MemoryOrderedIndex({ ...order, keyed, setHash, store, word: words.links });
      }
    }
  }

  /** Whether a new record needs more than its entry in the index that made it. */
  #needsEntry(): boolean {
    return this.layout.sequence >= 0 || this.#expiry !== null || this.declaration.indexes.length > 1;
  }
}

function indexedFields({ indexes }: TableDeclaration): ReadonlySet<number> {
  return new Set(
    indexes.flatMap((index) => [
      ...index.fields,
      ...(index.kind === 'ordered' ? index.order.map(({ field }) => field) : []),
    ]),
  );
}

function check(declaration: TableDeclaration): void {
  const fail = (why: string): never => {
    throw new EngineError('internal_error', `state table "${declaration.name}" ${why}`);
  };
  const { keyFields, fields, indexes } = declaration;
  if (keyFields > fields.length) fail('has fewer fields than key fields');
  const [first] = indexes;
  if (first === undefined) return fail('has no index');
  if (keyFields > 0 && !leadsWithKey(declaration, first)) {
    fail('has keys, so its first index must start with them');
  }
}

const leadsWithKey = ({ keyFields }: TableDeclaration, { fields }: IndexDeclaration): boolean =>
  fields.length >= keyFields && fields.slice(0, keyFields).every((field, k) => field === k);

/**
 * Declared keyed state: what operators see of it, and what the driver does with it.
 *
 * A **table** holds records of a fixed layout (`fields`), each known by a small integer, its *ref* (never 0). Indexes
 * lead to records: by key (`hash`, `list`) or in an order (`ordered`). Refs are stable while the record lives and are
 * reused afterwards; they never survive a snapshot, so nothing may be stored under a ref in another record. Strings and
 * bytes live in the table's byte heap; ROW, ARRAY and MAP values are kept there too, serialized.
 *
 * The first `keyFields` fields decide the record's key group (`keyGroupOf` of `keyHash`, the same that exchanges use);
 * with 0 of them everything belongs to key group 0. The first index of a table with keys must start with the key fields;
 * another one need not, and then finds what this subtask has.
 *
 * Reading a batch against state goes in this order: `table.expire()` (if the table has retention), then
 * `index.findAll` / `index.upsertAll` for the whole batch (hash all, load all slots, load all keys, so that cache
 * misses overlap), or `bind` and `find(row)` row by row where rows of one batch depend on one another.
 */
import type { ColumnBuilder } from '../types/column-builder.ts';
import type { Schema } from '../types/schema.ts';
import type { Vector } from '../types/vector.ts';
import type { RecordLayout } from './record-layout.ts';
import type { RecordStore } from './record-store.ts';

export { MemoryBudget } from './memory-budget.ts';
export { createStateBackend } from './memory-state.ts';

export interface OrderKey {
  /** Index into the table's fields. */
  readonly field: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export type IndexDeclaration =
  /** At most one record per key. NULL equals NULL. */
  | { readonly kind: 'hash'; readonly fields: readonly number[] }
  /** The records of a key in order of arrival. NULL equals NULL. */
  | { readonly kind: 'list'; readonly fields: readonly number[] }
  /** The records of a key (of the whole table with `fields: []`) by `order`, equal ones in order of arrival. */
  | { readonly kind: 'ordered'; readonly fields: readonly number[]; readonly order: readonly OrderKey[] };

export interface TableDeclaration {
  /** Unique within the operator. */
  readonly name: string;
  /** Goes up when the meaning of the fields changes; another version in a snapshot is refused. */
  readonly version: number;
  readonly fields: Schema;
  /** How many leading fields are the key. */
  readonly keyFields: number;
  /** The first one must have the key fields, if there are any. */
  readonly indexes: readonly IndexDeclaration[];
  /** Keep order of arrival over the whole table (tables with a `list` or `ordered` index have it anyway). */
  readonly sequenced?: boolean;
  /** Records not touched for this long are gone; 0 or absent = kept for ever. */
  readonly retentionMs?: number;
}

/** Columns that supply a table's fields, by field; `null` leaves the field NULL (and its memory zero). */
export type RowSource = readonly (Vector | null)[];

export interface Table {
  readonly declaration: TableDeclaration;
  readonly layout: RecordLayout;
  readonly store: RecordStore;
  /** Live records. */
  readonly size: number;

  /** Index number `index` of the declaration; asking for the wrong kind throws. */
  hash(index: number): HashIndex;
  list(index: number): ListIndex;
  ordered(index: number): OrderedIndex;

  /** The columns, of `length` rows, that `insert` and `set` read from until the next `bind`. */
  bind(source: RowSource, length: number): void;
  /** Adds a record from row `row` of the bound columns and enters it into every index. The caller sees to unique keys. */
  insert(row: number): number;
  /** Overwrites the non-index field `field` from the bound columns. */
  set(ref: number, field: number, row: number): void;
  /** `set` for every field that is in no index and that the bound columns supply (not `null`). */
  update(ref: number, row: number): void;
  /** Overwrites the non-index field `field` with a field of the same type of a record of any table. */
  setFrom(ref: number, field: number, from: Table, fromRef: number, fromField: number): void;
  /** Changes an f64 or i32 field that indexes use: the record leaves them all and enters again as the latest to arrive. */
  move(ref: number, field: number, value: number): void;
  /** Takes the record out of every index and frees its memory. */
  remove(ref: number): void;
  /** Removes the first `count` of `refs`; faster than one by one. */
  removeAll(refs: Int32Array, count: number): void;
  /** Copies field `field` into row `row` of a column under construction. */
  copyTo(ref: number, field: number, column: ColumnBuilder, row: number): void;
  /** Copies fields `first` … of the record into `columns`, one after another, at `row`. */
  copyAllTo(ref: number, first: number, columns: readonly ColumnBuilder[], row: number): void;
  /** Whether the fields that the bound columns supply (not `null`) equal row `row`; NULL equals NULL. */
  matches(ref: number, row: number): boolean;

  isNull(ref: number, field: number): boolean;
  setNull(ref: number, field: number, isNull: boolean): void;
  /** Fields held as i32, bool, f64 (the milliseconds of a ts) by value; for bookkeeping fields. NULL is not looked at. */
  getNumber(ref: number, field: number): number;
  /** Sets the value and makes the field NOT NULL. */
  setNumber(ref: number, field: number, value: number): void;

  /** Notes a write now: the record lives for another `retentionMs`. Does nothing without retention. */
  touch(ref: number): void;
  /**
   * Removes what has outlived its retention as of now. Call before reading. Amortized O(1) per record. `leaving` is
   * called for each record while it can still be read.
   */
  expire(leaving?: (ref: number) => void): void;
  /** All live refs: in order of arrival if the table is sequenced, else in no order. */
  scan(): Int32Array;
  clear(): void;
}

/** Common to the indexes with keys. A *head* is what leads to a key's records: the record, the first one, the root. */
interface KeyedIndex {
  /** For each of the `length` rows the head of its key, or 0. Rows with `mask[row]` 0 are skipped and get 0. */
  findAll(keys: readonly Vector[], length: number, heads: Int32Array, mask?: Uint8Array | null): void;
  /** The key columns that `find` reads from until the next `bind` or `findAll` (which binds as well). */
  bind(keys: readonly Vector[], length: number): void;
  /** The head of row `row`'s key as of now, or 0. */
  find(row: number): number;
  /** The head of the key that `ref` has, as of now. */
  headOf(ref: number): number;
}

export interface HashIndex extends KeyedIndex {
  /**
   * As `findAll`, but makes a record where there is none: key fields set, other fields not NULL and zero. Only for
   * tables whose other indexes cover no other fields. Rows that made a record are listed in `freshRows`, ascending.
   */
  upsertAll(keys: readonly Vector[], length: number, refs: Int32Array, mask?: Uint8Array | null): void;
  readonly freshRows: Int32Array;
  readonly freshCount: number;
  /** `find`, or a new record as by `upsertAll`; `freshCount` is then 1, else 0. */
  upsert(row: number): number;
}

export interface ListIndex extends KeyedIndex {
  /** The record that arrived next, or 0. */
  next(ref: number): number;
  /** The latest record of the list with this head. */
  last(head: number): number;
}

/** Without fields it has one key, which every row has. */
export interface OrderedIndex extends KeyedIndex {
  /** The root over all records of an index without fields, or 0. */
  root(): number;
  first(root: number): number;
  last(root: number): number;
  next(ref: number): number;
  previous(ref: number): number;
  /** Whether record `a` stands before record `b` of the same key. */
  before(a: number, b: number): boolean;
  /** Order of the record against row `row` of `table.bind`'s columns: negative = before it, 0 = a tie. */
  compare(ref: number, row: number): number;
  /** The first record at or after row `row` of `table.bind`'s columns (its order fields must be bound), or 0. */
  seek(root: number, row: number): number;
  /** The first record whose first order field, ascending and held as f64, is at least `time`, or 0. */
  seekNumber(root: number, time: number): number;
}

export interface CellDeclaration {
  readonly name: string;
  readonly initial: number;
  /** How the values of several subtasks become one when they are restored together. */
  readonly merge: 'min' | 'max' | 'sum';
}

/** One number that belongs to the operator as a whole: a watermark, a counter. */
export interface Cell {
  value: number;
}

/** Key groups `from` (inclusive) to `to` (exclusive). */
export interface KeyGroupRange {
  readonly from: number;
  readonly to: number;
}

/** Self-describing, versioned and checksummed bytes. */
export type StateSnapshot = Uint8Array;

/**
 * The state as it was at one moment, in pages, for writing while processing goes on: a page that is written to meanwhile
 * is copied first. `describe()` is plain data (JSON) about everything but the pages: declarations, layouts, counts, cells.
 */
export interface StateMark {
  describe(): unknown;
  readonly pageCount: number;
  /** Whether page `page` changed since the mark before last `release(true)`; every page of the first mark has. */
  changed(page: number): boolean;
  sizeOf(page: number): number;
  /**
   * Names page `page` among the pages of this state for as long as it exists, so that a later mark's unchanged page can
   * be found where an earlier one was written.
   */
  idOf(page: number): string;
  /** The bytes as of the mark; borrowed until the next call. */
  read(page: number): Uint8Array;
  /** Lets go of what was copied. `written`: the pages are durable and the next mark's `changed` is relative to this. */
  release(written: boolean): void;
}

/** One former subtask's state as written: what `describe` gave (through JSON) and its pages by number. */
export interface WrittenState {
  readonly description: unknown;
  /** Borrowed until the next call. */
  page(page: number): Uint8Array;
}

/** The state of one subtask of one operator. */
export interface StateBackend {
  /** Declares a table (once per name) and gives it, filled if a snapshot was restored. */
  table(declaration: TableDeclaration): Table;
  cell(declaration: CellDeclaration): Cell;
  /** Everything that is in the declared tables and cells. */
  snapshot(): StateSnapshot;
  /**
   * Hands in snapshots of this operator's former subtasks, before its first call; records outside `range` (default:
   * all key groups) are left out. The former parallelism does not matter. Tables may be declared before or after, so
   * what an operator derives from its tables it derives at its first call, not when it is made.
   */
  restore(snapshots: readonly StateSnapshot[], range?: KeyGroupRange): void;
  /** Marks everything as it is now; costs no copy. One mark at a time: the one before must be released. */
  mark(): StateMark;
  /**
   * As `restore`, from marks that were written, at whatever parallelism. Pages are read here, and as tables are declared
   * later. Tables that are stored and not declared are refused if any table was declared before.
   */
  restoreWritten(parts: readonly WrittenState[], range?: KeyGroupRange): void;
  /** A table that is in no snapshot and no mark: whoever asks for it empties it before its call ends. */
  scratch(declaration: TableDeclaration): Table;
  /**
   * Says that no page of any state is open here, so that memory beyond the budget may go; refs stay as they are. Every
   * push of a batch is such a point as well. For loops that do much and push nothing.
   */
  relax(): void;
  /** Bytes held by all tables in memory, about. */
  readonly sizeBytes: number;
}

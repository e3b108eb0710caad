/**
 * Fills a declared table from the pages of former subtasks.
 *
 * Where one subtask's state comes back whole and its records lie as they would here, its pages are adopted: only the
 * hash slots are built anew, in one pass over the records. Else (another parallelism, another index or retention) the
 * records of this subtask's key groups are read field by field and inserted in order of arrival, those of a former
 * subtask before those of the next where they have the same number.
 */
import { BatchBuilder } from '../types/batch.ts';
import { ascending } from './ascending.ts';
import { KEY_GROUPS, KEY_GROUP_SHIFT } from './key-groups.ts';
import type { MemoryTable, TableSurroundings } from './memory-table.ts';
import { LIVE, type PageShape, type RecordLayout, blockShiftOf, fieldKind, isNested } from './record-layout.ts';
import { RecordStore } from './record-store.ts';
import { EngineError } from '../errors.ts';
import type { KeyGroupRange, TableDeclaration, WrittenState } from './state.ts';
import { type StoredState, type StoredTable, checkDeclaration, damaged, storedLayout } from './stored-state.ts';
import { compileTable } from './table-code.ts';

/** A former subtask's state whose description was read. */
export interface FormerState {
  readonly state: StoredState;
  readonly written: WrittenState;
}

interface FormerTable {
  readonly stored: StoredTable;
  readonly firstPage: number;
  readonly written: WrittenState;
}

const CHUNK = 1024;

export function restoreTable(
  table: MemoryTable,
  parts: readonly FormerState[],
  range: KeyGroupRange,
  surroundings: TableSurroundings,
): void {
  const { declaration } = table;
  const former = parts.map((part) => findTable(part, declaration.name));
  for (const { stored } of former) checkDeclaration(stored, declaration);
  const filled = former.filter(({ stored }) => stored.records.size > 0);
  const [only] = filled;
  if (only === undefined) return;
  if (filled.length === 1 && liesAlike(only.stored, table) && adopt(table, only, range)) return;
  insertAll(table, filled, range, surroundings);
}

function findTable({ state, written }: FormerState, name: string): FormerTable {
  let firstPage = 0;
  for (const stored of state.tables) {
    if (stored.name === name) return { stored, firstPage, written };
    firstPage += stored.recordPages + stored.heapPages;
  }
  throw new EngineError('state_mismatch', `state table "${name}" was not stored: the state is that of another query`, {
    detail: `Stored: ${state.tables.map((table) => `"${table.name}"`).join(', ') || 'no table'}.`,
    hint: 'Run the query that wrote the state, or start without it.',
  });
}

const liesAlike = (stored: StoredTable, { declaration, layout }: MemoryTable): boolean =>
  stored.indexes === JSON.stringify(declaration.indexes) &&
  JSON.stringify(stored.layout) === JSON.stringify(storedLayout(layout));

/** False, and nothing done, when a record belongs to another subtask. */
function adopt(table: MemoryTable, former: FormerTable, range: KeyGroupRange): boolean {
  if (beginsForeign(former, range)) return false;
  readPages(table.store, former);
  const live = liveRecords(table.store, former.stored, range);
  if (live === null) {
    table.clear();
    return false;
  }
  table.adopt(former.stored, live);
  return true;
}

const hashWordOf = ({ keyFields, layout }: StoredTable): number =>
  keyFields === 0 ? -1 : (layout.indexes[0]?.[0] ?? -1);

/** Whether other subtasks' records are on the first page: then the rest need not be read to find out. */
function beginsForeign({ stored, firstPage, written }: FormerTable, range: KeyGroupRange): boolean {
  const { stride, flags } = stored.layout;
  const hashWord = hashWordOf(stored);
  if (hashWord < 0) return range.from > 0;
  const words = new Int32Array(written.page(firstPage).slice().buffer);
  for (let base = 0; base < words.length; base += stride) {
    const isLive = ((words[base + flags] as number) & LIVE) !== 0;
    if (isLive && !isWithin((words[base + hashWord] as number) >>> KEY_GROUP_SHIFT, range)) return true;
  }
  return false;
}

function readPages(store: RecordStore, { stored, firstPage, written }: FormerTable): void {
  const { records, heap, layout, recordPages, heapPages, name } = stored;
  const pageBytes = layout.stride << (layout.pageShift + 2);
  const read = (page: number, sizeBytes: number): Uint8Array => {
    const bytes = written.page(firstPage + page);
    if (bytes.length !== sizeBytes) {
      damaged(`page ${page} of table "${name}" has ${bytes.length} bytes, not ${sizeBytes}`);
    }
    return bytes;
  };
  store.adopt(records);
  const perPage = 1 << layout.pageShift;
  for (let page = 0; page < recordPages; page++) {
    const used = Math.min(perPage, records.end - page * perPage);
    store.adoptPage(read(page, used * layout.stride * 4), pageBytes);
    if ((page & 63) === 0) store.relax();
  }
  store.heap.adopt(heap);
  const sizes = new Map(heap.large);
  for (let page = 0; page < heapPages; page++) {
    const sizeBytes = sizes.get(page) ?? store.heap.pageBytes;
    store.heap.adoptPage(read(recordPages + page, page === heap.page ? heap.next << 3 : sizeBytes), sizeBytes);
    if ((page & 63) === 0) store.relax();
  }
}

/** All live refs, ascending; `null` when one is of a key group outside the range. */
function liveRecords(store: RecordStore, stored: StoredTable, range: KeyGroupRange): Int32Array | null {
  const { records, layout, name } = stored;
  const live = new Int32Array(records.size);
  const hashWord = hashWordOf(stored);
  const all = hashWord < 0 || (range.from === 0 && range.to === KEY_GROUPS);
  let count = 0;
  /** By ref: whether the free list leads there. */
  const isFree = new Uint8Array(records.end);
  const leadsTo = (ref: number): void => {
    if (ref < 0 || ref >= records.end || (ref !== 0 && isFree[ref] !== 0))
      damaged(`the free list of "${name}" is broken`);
    isFree[ref] = 1;
  };
  leadsTo(records.free);
  for (let ref = 1; ref < records.end; ref++) {
    if ((ref & 1023) === 0) store.relax();
    if (!store.isLive(ref)) {
      leadsTo(store.word(ref, layout.flags + 1));
      continue;
    }
    if (!all && !isWithin(store.word(ref, hashWord) >>> KEY_GROUP_SHIFT, range)) return null;
    if (count === live.length) damaged(`table "${name}" has more than ${records.size} records`);
    live[count++] = ref;
  }
  if (count < live.length) damaged(`table "${name}" has ${count} records, not ${records.size}`);
  for (const ref of live) if (isFree[ref] !== 0) damaged(`the free list of "${name}" leads to a record`);
  return live;
}

const isWithin = (group: number, { from, to }: KeyGroupRange): boolean => group >= from && group < to;

/** A former subtask's records, to be read field by field. */
class FormerRecords {
  readonly store: RecordStore;
  readonly layout: RecordLayout;
  readonly copyAllTo: ReturnType<typeof compileTable>['copyAllTo'];
  readonly #keyFields: number;

  constructor(former: FormerTable, declaration: TableDeclaration, { pages, budget }: TableSurroundings) {
    this.layout = formerLayout(former.stored, declaration, pages);
    this.store = new RecordStore(this.layout, budget);
    readPages(this.store, former);
    this.copyAllTo = compileTable(this.layout, this.store, new Set()).copyAllTo;
    this.#keyFields = former.stored.keyFields;
  }

  /** Ascending. */
  refsWithin(range: KeyGroupRange): Int32Array {
    const hashWord = this.layout.indexes[0]?.hash ?? -1;
    const { store } = this;
    const refs = new Int32Array(store.size);
    let count = 0;
    for (let ref = 1; ref < store.end && count < refs.length; ref++) {
      if ((ref & 1023) === 0) store.relax();
      if (!store.isLive(ref)) continue;
      const group = this.#keyFields === 0 || hashWord < 0 ? 0 : store.word(ref, hashWord) >>> KEY_GROUP_SHIFT;
      if (isWithin(group, range)) refs[count++] = ref;
    }
    return refs.subarray(0, count);
  }
}

/** As it was stored, but for whether it spills. */
function formerLayout(
  { layout, name }: StoredTable,
  declaration: TableDeclaration,
  { spills }: PageShape,
): RecordLayout {
  const pages = { recordWords: layout.stride << layout.pageShift, heapShift: layout.heapShift, spills };
  const fields = layout.fields.map(([stored, word, nanosWord, nullWord, nullMask], f) => {
    const { type } = declaration.fields[f] as { type: TableDeclaration['fields'][number]['type'] };
    const kind = fieldKind(type);
    if (kind !== stored) damaged(`field ${f + 1} of table "${name}" is held as ${stored}, not ${kind}`);
    return { kind, type, nested: isNested(type), word, nanosWord, nullWord, nullMask, pages };
  });
  return {
    ...layout,
    fields,
    pages,
    slotMask: (1 << layout.pageShift) - 1,
    blockShift: blockShiftOf(layout.pageShift, pages),
    flagWords: Math.max(1, Math.ceil(fields.length / 31)),
    indexes: layout.indexes.map(([hash, links]) => ({ hash, links })),
  };
}

/**
 * Whether numbers tell all records apart: then they are kept, so that dealing groups out and back changes no order. Those
 * of former subtasks may be the same.
 */
function isStrict(numbers: Float64Array, order: Int32Array | null): boolean {
  for (let k = 1; k < numbers.length; k++) {
    const [before, here] = order === null ? [k - 1, k] : [order[k - 1] as number, order[k] as number];
    if (numbers[before] === numbers[here]) return false;
  }
  return true;
}

function insertAll(
  table: MemoryTable,
  former: readonly FormerTable[],
  range: KeyGroupRange,
  surroundings: TableSurroundings,
): void {
  const { now } = surroundings;
  const sources = former.map((each) => new FormerRecords(each, table.declaration, surroundings));
  const found = sources.map((source) => source.refsWithin(range));
  const total = found.reduce((sum, refs) => sum + refs.length, 0);
  const from = new Int32Array(total);
  const refs = new Int32Array(total);
  const numbers = new Float64Array(total);
  let at = 0;
  found.forEach((each, s) => {
    const { store, layout } = sources[s] as FormerRecords;
    from.fill(s, at, at + each.length);
    refs.set(each, at);
    for (const ref of each) {
      if ((at & 1023) === 0) store.relax();
      numbers[at++] = layout.sequence < 0 ? 0 : store.double(ref, layout.sequence);
    }
  });
  const order = ascending(numbers);
  const keepsNumbers = isStrict(numbers, order);
  const builder = new BatchBuilder(table.declaration.fields);
  const made = new Int32Array(total);
  const times = new Float64Array(total);
  for (let start = 0; start < total; start += CHUNK) {
    const length = Math.min(CHUNK, total - start);
    builder.reset();
    for (let row = 0; row < length; row++) {
      const k = order === null ? start + row : (order[start + row] as number);
      const { store, layout, copyAllTo } = sources[from[k] as number] as FormerRecords;
      const ref = refs[k] as number;
      copyAllTo(ref, 0, builder.columns, builder.addRow(0));
      times[start + row] = layout.lastWrite < 0 ? now() : store.double(ref, layout.lastWrite);
    }
    table.bind(builder.build().vectors, length);
    for (let row = 0; row < length; row++) {
      const k = order === null ? start + row : (order[start + row] as number);
      made[start + row] = table.reinsert(row, keepsNumbers ? (numbers[k] as number) : -1);
    }
    table.store.relax();
  }
  for (const { store } of sources) store.dispose();
  if (table.layout.lastWrite < 0) return;
  const byTime = ascending(times);
  for (let k = 0; k < total; k++) {
    const j = byTime === null ? k : (byTime[k] as number);
    if ((k & 1023) === 0) table.store.relax();
    table.restoreLastWrite(made[j] as number, times[j] as number);
  }
}

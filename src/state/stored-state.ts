/**
 * What a mark says about a state beside its pages, as plain data, and the reading of it: everything that is trusted
 * later is checked here. Pages are numbered table by table, the pages of the records before those of the heap.
 */
import { EngineError } from '../errors.ts';
import { typeToString } from '../types/data-type.ts';
import { HEAP_CLASSES, type StoredHeap } from './byte-heap.ts';
import { HASH_VERSION } from './field-code.ts';
import type { RecordLayout } from './record-layout.ts';
import { REF_BITS, type StoredRecords } from './record-store.ts';
import type { CellDeclaration, TableDeclaration } from './state.ts';

/** Goes up when what stands in pages or description changes its meaning. */
const FORMAT_VERSION = 1;

/** A record layout without the types of the fields, which the declaration has. */
export interface StoredLayout {
  readonly stride: number;
  readonly pageShift: number;
  readonly flags: number;
  readonly sequence: number;
  readonly lastWrite: number;
  readonly expiryLinks: number;
  readonly heapShift: number;
  /** Per index: the words of its hash and of the first of its links. */
  readonly indexes: readonly (readonly [number, number])[];
  /** Per field: kind, word, word of the nanoseconds, word and mask of the NULL bit. */
  readonly fields: readonly (readonly [string, number, number, number, number])[];
}

export interface StoredTable {
  readonly name: string;
  readonly version: number;
  /** Name and type of each field. */
  readonly fields: readonly string[];
  readonly keyFields: number;
  /** The declared indexes as text, to be compared as a whole. */
  readonly indexes: string;
  readonly layout: StoredLayout;
  readonly records: StoredRecords;
  readonly heap: StoredHeap;
  readonly nextSequence: number;
  /** Per index the root of one without fields, else 0. */
  readonly roots: readonly number[];
  /** First and last record by time of write, and the latest such time, as text since JSON has no infinities. */
  readonly expiry: { readonly first: number; readonly last: number; readonly latest: string } | null;
  readonly recordPages: number;
  readonly heapPages: number;
}

export interface StoredCell {
  readonly name: string;
  readonly merge: CellDeclaration['merge'];
  readonly value: string;
}

export interface StoredState {
  readonly format: number;
  readonly hash: number;
  readonly tables: readonly StoredTable[];
  readonly cells: readonly StoredCell[];
}

export const storedState = (tables: readonly StoredTable[], cells: readonly StoredCell[]): StoredState => ({
  format: FORMAT_VERSION,
  hash: HASH_VERSION,
  tables,
  cells,
});

export const fieldSignatures = (declaration: TableDeclaration): string[] =>
  declaration.fields.map((field) => `${field.name} ${typeToString(field.type)}`);

export const storedLayout = (layout: RecordLayout): StoredLayout => ({
  stride: layout.stride,
  pageShift: layout.pageShift,
  flags: layout.flags,
  sequence: layout.sequence,
  lastWrite: layout.lastWrite,
  expiryLinks: layout.expiryLinks,
  heapShift: layout.pages.heapShift,
  indexes: layout.indexes.map(({ hash, links }) => [hash, links] as const),
  fields: layout.fields.map(
    ({ kind, word, nanosWord, nullWord, nullMask }) => [kind, word, nanosWord, nullWord, nullMask] as const,
  ),
});

export function damaged(why: string): never {
  throw new EngineError('data_corrupted', `stored state cannot be read: ${why}`);
}

/** Refuses state of a table that was declared otherwise. */
export function checkDeclaration(stored: StoredTable, declaration: TableDeclaration): void {
  const { name, version } = declaration;
  const refuse = (difference: string): never => {
    throw new EngineError('state_mismatch', `state table "${name}" was stored by another query: ${difference}`, {
      detail: `Stored: version ${stored.version}, key of ${stored.keyFields}, ${stored.fields.join(', ')}.`,
      hint: 'Run the query that wrote the state, or start without it.',
    });
  };
  if (stored.version !== version) refuse(`its version is ${stored.version}, not ${version}`);
  const now = fieldSignatures(declaration);
  for (let f = 0; f < Math.max(now.length, stored.fields.length); f++) {
    if (now[f] === stored.fields[f]) continue;
    refuse(`its field ${f + 1} is ${stored.fields[f] ?? 'absent'}, not ${now[f] ?? 'absent'}`);
  }
  if (stored.keyFields !== declaration.keyFields) {
    refuse(`its key has ${stored.keyFields} fields, not ${declaration.keyFields}`);
  }
}

const MAX_REF = 2 ** REF_BITS;
const KINDS = new Set(['bool', 'i32', 'f64', 'ts', 'i64', 'i128', 'bytes']);
const WORDS_OF: Readonly<Record<string, number>> = { bool: 1, i32: 1, f64: 2, ts: 2, i64: 2, i128: 4, bytes: 2 };

type Plain = Readonly<Record<string, unknown>>;

function object(value: unknown, what: string): Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) damaged(`${what} is not an object`);
  return value as Plain;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) damaged(`${what} is not a list`);
  return value as readonly unknown[];
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') damaged(`${what} is not a text`);
  return value as string;
}

/** A whole number in [from, to]. */
function whole(value: unknown, from: number, to: number, what: string): number {
  if (!Number.isInteger(value) || (value as number) < from || (value as number) > to) {
    damaged(`${what} is ${String(value)}, not a whole number from ${from} to ${to}`);
  }
  return value as number;
}

function number(value: unknown, what: string): number {
  const given = Number(text(value, what));
  if (value === '' || (Number.isNaN(given) && value !== 'NaN')) damaged(`${what} is ${String(value)}, not a number`);
  return given;
}

export function readStoredState(value: unknown): StoredState {
  const state = object(value, 'its description');
  if (state['format'] !== FORMAT_VERSION) {
    throw new EngineError(
      'state_mismatch',
      `stored state has format version ${String(state['format'])}, this build reads ${FORMAT_VERSION}`,
      { hint: 'Read it with the release that wrote it, or start without it.' },
    );
  }
  if (state['hash'] !== HASH_VERSION) {
    throw new EngineError(
      'state_mismatch',
      `stored state has key hash version ${String(state['hash'])}, this build has ${HASH_VERSION}`,
      { hint: 'Read it with the release that wrote it, or start without it.' },
    );
  }
  const tables = list(state['tables'], 'the list of tables').map(readTable);
  if (new Set(tables.map(({ name }) => name)).size < tables.length) damaged('it has a table twice');
  const cells = list(state['cells'], 'the list of cells').map((each): StoredCell => {
    const cell = object(each, 'a cell');
    const name = text(cell['name'], 'the name of a cell');
    const merge = text(cell['merge'], `how cell "${name}" is merged`) as StoredCell['merge'];
    number(cell['value'], `the value of cell "${name}"`);
    return { name, merge, value: cell['value'] as string };
  });
  return { format: FORMAT_VERSION, hash: HASH_VERSION, tables, cells };
}

function readTable(value: unknown): StoredTable {
  const table = object(value, 'a table');
  const name = text(table['name'], 'the name of a table');
  const of = (what: string): string => `${what} of table "${name}"`;
  const fields = list(table['fields'], of('the list of fields')).map((field) => text(field, of('a field')));
  const layout = readLayout(table['layout'], of('the layout'), fields.length);
  const given = object(table['records'], of('the count of records'));
  const end = whole(given['end'], 1, MAX_REF, of('the number of refs'));
  const records = {
    end,
    size: whole(given['size'], 0, end - 1, of('the number of records')),
    free: whole(given['free'], 0, end - 1, of('the first free ref')),
  };
  const recordPages = end === 1 ? 0 : ((end - 1) >> layout.pageShift) + 1;
  whole(table['recordPages'], recordPages, recordPages, of('the number of record pages'));
  const heapPages = whole(table['heapPages'], 0, 2 ** (31 - layout.heapShift) - 1, of('the number of heap pages'));
  return {
    name,
    version: whole(table['version'], 0, 2 ** 31, of('the version')),
    fields,
    keyFields: whole(table['keyFields'], 0, fields.length, of('the number of key fields')),
    indexes: text(table['indexes'], of('the indexes')),
    layout,
    records,
    heap: readHeap(table['heap'], of('the heap'), layout, heapPages),
    nextSequence: whole(table['nextSequence'], 0, Number.MAX_SAFE_INTEGER, of('the next sequence number')),
    roots: list(table['roots'], of('the list of roots')).map((root) => whole(root, 0, end - 1, of('a root'))),
    expiry: readExpiry(table['expiry'], of('the order of expiry'), end),
    recordPages,
    heapPages,
  };
}

function readExpiry(value: unknown, what: string, end: number): StoredTable['expiry'] {
  if (value === null) return null;
  const expiry = object(value, what);
  number(expiry['latest'], what);
  return {
    first: whole(expiry['first'], 0, end - 1, what),
    last: whole(expiry['last'], 0, end - 1, what),
    latest: expiry['latest'] as string,
  };
}

function readHeap(value: unknown, what: string, { heapShift }: StoredLayout, pages: number): StoredHeap {
  const heap = object(value, what);
  const maxRef = pages * 2 ** heapShift - 1;
  const large = list(heap['large'], what).map((each) => {
    const [page, bytes] = list(each, what);
    return [whole(page, 0, pages - 1, what), whole(bytes, 8, 2 ** 31, what)] as const;
  });
  const free = list(heap['free'], what).map((ref) => whole(ref, 0, Math.max(0, maxRef), what));
  if (free.length !== HEAP_CLASSES) damaged(`${what} has ${free.length} size classes, not ${HEAP_CLASSES}`);
  return {
    free,
    page: whole(heap['page'], -1, pages - 1, what),
    next: whole(heap['next'], 0, 2 ** heapShift, what),
    large,
  };
}

function readLayout(value: unknown, what: string, fieldCount: number): StoredLayout {
  const layout = object(value, what);
  const stride = whole(layout['stride'], 2, 2 ** 20, what);
  const word = (given: unknown, least: number): number => whole(given, least, stride - 1, what);
  const fields = list(layout['fields'], what).map((each) => {
    const [kind, first, nanos, nullWord, nullMask] = list(each, what);
    if (!KINDS.has(kind as string)) damaged(`${what} has a field of kind ${String(kind)}`);
    const words = WORDS_OF[kind as string] as number;
    return [
      kind as string,
      whole(first, 0, stride - words, what),
      // Meaningless but for timestamps.
      whole(nanos, 0, kind === 'ts' ? stride - 1 : stride, what),
      word(nullWord, 0),
      whole(nullMask, 1, 2 ** 30, what),
    ] as const;
  });
  if (fields.length !== fieldCount) damaged(`${what} has ${fields.length} fields, not ${fieldCount}`);
  return {
    stride,
    pageShift: whole(layout['pageShift'], 0, 20, what),
    flags: whole(layout['flags'], 0, stride - 2, what),
    sequence: word(layout['sequence'], -1),
    lastWrite: word(layout['lastWrite'], -1),
    expiryLinks: word(layout['expiryLinks'], -1),
    heapShift: whole(layout['heapShift'], 6, 20, what),
    indexes: list(layout['indexes'], what).map((each) => {
      const [hash, links] = list(each, what);
      return [word(hash, -1), whole(links, 0, stride, what)] as const;
    }),
    fields,
  };
}

/**
 * Where each field of a record lies. A record is a run of 32-bit words, its 64-bit fields first and aligned:
 *
 *     [sequence number] [last write] [64-bit fields] flags [per index: hash, links] [expiry links] [32-bit fields]
 *
 * Bit 31 of the first flags word says that the record lives; the other bits, and those of further flags words, are the
 * NULL bits of the fields. Records per page are a power of two, so that a ref splits into page and slot by shifting.
 */
import { type DataType, physicalKind } from '../types/data-type.ts';
import type { IndexDeclaration, TableDeclaration } from './state.ts';

/** How a field is stored; `ROW`, `ARRAY` and `MAP` are bytes as well, by way of `nested-bytes.ts`. */
export type FieldKind = 'bool' | 'i32' | 'f64' | 'ts' | 'i64' | 'i128' | 'bytes';

export interface FieldLayout {
  readonly kind: FieldKind;
  readonly type: DataType;
  /** Whether `bytes` holds a serialized ROW, ARRAY or MAP. */
  readonly nested: boolean;
  /** First word, relative to the record; of `bytes` the heap ref, followed by the length; of `ts` the milliseconds. */
  readonly word: number;
  /** Of `ts`: the word of the nanoseconds. */
  readonly nanosWord: number;
  readonly nullWord: number;
  readonly nullMask: number;
  readonly pages: PageShape;
}

/** Words of an index within the record: `hash` (−1 if it has no fields) and the first of its links. */
export interface IndexLayout {
  readonly hash: number;
  readonly links: number;
}

export interface RecordLayout {
  readonly fields: readonly FieldLayout[];
  /** Words per record, even. */
  readonly stride: number;
  /** Record `ref` is slot `ref & slotMask` of page `ref >> pageShift`. */
  readonly pageShift: number;
  readonly slotMask: number;
  /** Record `ref` is in block `ref >> blockShift`, the unit of copying on write. */
  readonly blockShift: number;
  readonly flags: number;
  readonly flagWords: number;
  /** −1 where the table has none. */
  readonly sequence: number;
  readonly lastWrite: number;
  /** Two words: previous and next in order of expiry. */
  readonly expiryLinks: number;
  readonly indexes: readonly IndexLayout[];
  readonly pages: PageShape;
}

/** How memory is divided. */
export interface PageShape {
  /** Words of a page of records at most. */
  readonly recordWords: number;
  /** A block of the table's heap begins at unit `ref & (2 ** heapShift - 1)` of page `ref >> heapShift`. */
  readonly heapShift: number;
  /** Whether a page may be out of memory: code that opens one asks for it then. */
  readonly spills: boolean;
}

/** 64 KiB. */
export const MEMORY_PAGES: PageShape = { recordWords: 16_384, heapShift: 13, spills: false };
/** 4 KiB: of keys that come in no order a row reads and writes a page. */
export const SPILLING_PAGES: PageShape = { recordWords: 1024, heapShift: 9, spills: true };
export const LIVE = 1 << 31;

/** Eight blocks to a page, unless it has fewer records or may spill. */
export const blockShiftOf = (pageShift: number, { spills }: PageShape): number =>
  spills ? pageShift : Math.max(0, pageShift - 3);

export function fieldKind(type: DataType): FieldKind {
  const kind = physicalKind(type);
  return kind === 'row' || kind === 'array' || kind === 'map' ? 'bytes' : kind;
}

export const isNested = (type: DataType): boolean => ['row', 'array', 'map'].includes(physicalKind(type));

const WIDE_WORDS: Readonly<Record<FieldKind, number>> = { bool: 0, i32: 0, f64: 2, ts: 2, i64: 2, i128: 4, bytes: 0 };
const NARROW_WORDS: Readonly<Record<FieldKind, number>> = { bool: 1, i32: 1, f64: 0, ts: 1, i64: 0, i128: 0, bytes: 2 };
export const LINK_WORDS: Readonly<Record<IndexDeclaration['kind'], number>> = { hash: 0, list: 2, ordered: 3 };

const isSequenced = (declaration: TableDeclaration): boolean =>
  declaration.sequenced === true || declaration.indexes.some((index) => index.kind !== 'hash');

export function recordLayout(declaration: TableDeclaration, pages: PageShape): RecordLayout {
  const kinds = declaration.fields.map((field) => fieldKind(field.type));
  const expires = (declaration.retentionMs ?? 0) > 0;
  let word = 0;
  const take = (words: number): number => {
    const first = word;
    word += words;
    return first;
  };
  const sequence = isSequenced(declaration) ? take(2) : -1;
  const lastWrite = expires ? take(2) : -1;
  const wide = kinds.map((kind) => take(WIDE_WORDS[kind]));
  // 31 NULL bits in the first word, whose top bit is the life bit; the same in the others, for simplicity.
  const flagWords = Math.max(1, Math.ceil(kinds.length / 31));
  const flags = take(flagWords);
  const indexes = declaration.indexes.map((index) => ({
    hash: index.fields.length > 0 || index.kind !== 'ordered' ? take(1) : -1,
    links: take(LINK_WORDS[index.kind]),
  }));
  const expiryLinks = expires ? take(2) : -1;
  const fields = kinds.map((kind, i): FieldLayout => {
    const narrow = take(NARROW_WORDS[kind]);
    const type = (declaration.fields[i] as { type: DataType }).type;
    return {
      kind,
      type,
      nested: isNested(type),
      word: WIDE_WORDS[kind] > 0 ? (wide[i] as number) : narrow,
      nanosWord: narrow,
      nullWord: flags + Math.floor(i / 31),
      nullMask: 1 << (i % 31),
      pages,
    };
  });
  const stride = (word + 1) & ~1;
  let pageShift = 0;
  while (stride << (pageShift + 1) <= pages.recordWords) pageShift++;
  return {
    fields,
    stride,
    pageShift,
    slotMask: (1 << pageShift) - 1,
    blockShift: blockShiftOf(pageShift, pages),
    flags,
    flagWords,
    sequence,
    lastWrite,
    expiryLinks,
    indexes,
    pages,
  };
}

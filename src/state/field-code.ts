/**
 * Text of generated code over fields: hashing, equality, order and copying, between columns of a batch and records.
 *
 * A **side** is one place where a value can stand; it knows how to write down the NULL test, the fixed-width words and
 * the bytes of field `f` there. Row variables are named by a suffix: a column side reads row `i`; a record side reads
 * page `p` at word `o` (declared by `openRecord`). Names that the text expects to be in scope: those of `storeNames`, and
 * `noView`.
 */
import { type DataType, isTimestamp } from '../types/data-type.ts';
import { POOL_PADDING, type Vector, validityOf } from '../types/vector.ts';
import { type FieldKind, type FieldLayout, type RecordLayout, fieldKind, isNested } from './record-layout.ts';
import { NestedColumn } from './nested-bytes.ts';

/** Changes with every change of a hash: key groups of stored state depend on it. */
export const HASH_VERSION = 1;
export const HASH_SEED = 0x2f6e2b1;
const NULL_WORD = 0x5bd1e995;
const MIX = 0x9e3779b1 | 0;

export interface Side {
  readonly kind: FieldKind;
  readonly type: DataType;
  /** True when the field is NULL; `false` as text when it never is. */
  readonly isNull: string;
  /** The words of a fixed-width value that is not a double. */
  word(k: number): string;
  /** The value of `bool`, `i32`, `f64` and the milliseconds of `ts`. */
  readonly number: string;
  readonly length: string;
  /** The 32-bit word at byte offset `at` of a `bytes` value, padded with anything (column) or zeros (record). */
  wordAt(at: string): string;
  byteAt(at: string): string;
}

/** Variables for column `c` of a binding `b`; every kind declares them all, unused ones stay undefined. */
const names = (b: string, c: number) => ({
  valid: `${b}n${c}`,
  data: `${b}d${c}`,
  extra: `${b}x${c}`,
  start: `${b}s${c}`,
  len: `${b}l${c}`,
  bytes: `${b}u${c}`,
  view: `${b}w${c}`,
});

/** The variables that a column of this kind uses, for `let` and for local copies. */
export function columnNames(b: string, c: number, kind: FieldKind): string[] {
  const n = names(b, c);
  if (kind === 'bytes') return [n.valid, n.start, n.len, n.bytes, n.view];
  return kind === 'ts' ? [n.valid, n.data, n.extra] : [n.valid, n.data];
}

/** Takes the arrays out of vector `v`; `i64` and `i128` are read through their halves. */
export function bindColumn(b: string, c: number, kind: FieldKind, v: string): string {
  const n = names(b, c);
  const valid = `${n.valid} = validity(${v});`;
  switch (kind) {
    case 'bytes':
      return `${valid} ${n.start} = ${v}.start; ${n.len} = ${v}.len; ${n.bytes} = ${v}.pool.u8; ${n.view} = ${v}.pool.view;`;
    case 'i64':
    case 'i128':
      return `${valid} ${n.data} = ${v}.halves;`;
    case 'ts':
      return `${valid} ${n.data} = ${v}.data; ${n.extra} = ${v}.nanos;`;
    default:
      return `${valid} ${n.data} = ${v}.data;`;
  }
}

export function columnSide(b: string, c: number, type: DataType, i = 'i'): Side {
  const n = names(b, c);
  const kind = fieldKind(type);
  return {
    kind,
    type,
    isNull: type.nullable ? `${n.valid}[${i}] === 0` : 'false',
    word: (k) =>
      kind === 'i128'
        ? `${n.data}[4 * ${i} + ${k}]`
        : kind === 'i64'
          ? `${n.data}[2 * ${i} + ${k}]`
          : kind === 'ts'
            ? `${n.extra}[${i}]`
            : `${n.data}[${i}]`,
    number: `${n.data}[${i}]`,
    length: `${n.len}[${i}]`,
    wordAt: (at) => `${n.view}.getInt32(${n.start}[${i}] + ${at}, true)`,
    byteAt: (at) => `${n.bytes}[${n.start}[${i}] + ${at}]`,
  };
}

/**
 * Names that code over the records of the store `value` expects in scope; `pages` tells two stores apart. Pages are added
 * to these arrays, never to others.
 */
export const storeNames = (value = 'store', pages = ''): string =>
  `const ${[
    value === `store${pages}` ? '' : `store${pages} = ${value}`,
    ...['i32', 'f64', 'i64', 'heap'].map((name) => `${name}${pages} = ${value}.${name}`),
    ...Object.entries({ hb: 'bytes', hv: 'views', hw: 'i32' }).map(
      ([name, of]) => `${name}${pages} = ${value}.heap.${of}`,
    ),
  ]
    .filter((text) => text !== '')
    .join(', ')};`;

/**
 * Declares the page and offset of `ref` under the suffix `x`; `pages` is the suffix of the store's names. What is open
 * must be opened again after anything that may be a safe point, as pushing a batch is.
 */
export function openRecord(layout: RecordLayout, ref: string, x = '', pages = ''): string {
  const open = `const g${x} = ${ref} >> ${layout.pageShift}, o${x} = (${ref} & ${layout.slotMask}) * ${layout.stride}, p${x} = i32${pages}[g${x}]`;
  if (!layout.pages.spills) return `${open};`;
  return `${open} ?? store${pages}.load(g${x}); store${pages}.referenced[g${x}] = 1;`;
}

/** `thawRecord` in a loop whose records were thawed in a pass of its own, which a safe point in the loop undoes. */
export const thawAgain = (layout: RecordLayout, ref: string): string =>
  layout.pages.spills ? thawRecord(layout, ref) : '';

/** Must stand before writing to a record, unless it was thawed in a pass of its own. */
export const thawRecord = (layout: RecordLayout, ref: string): string =>
  `if (store.frozen[${ref} >> ${layout.blockShift}] !== 0) store.thaw(${ref} >> ${layout.blockShift});`;

const HEAP_LOADS = { hb: 'loadBytes', hv: 'loadView', hw: 'load' };

/** The page of the heap block `ref` as bytes, view or words, and where in it the block begins, in bytes. */
export function heapBlock(
  field: FieldLayout,
  ref: string,
  pages = '',
): { page(array: keyof typeof HEAP_LOADS): string; readonly start: string } {
  const { heapShift, spills } = field.pages;
  const page = `${ref} >> ${heapShift}`;
  return {
    page: (array) =>
      spills
        ? `(${array}${pages}[${page}] ?? heap${pages}.${HEAP_LOADS[array]}(${page}))`
        : `${array}${pages}[${page}]`,
    start: `((${ref} & ${(1 << heapShift) - 1}) << 3)`,
  };
}

export function recordSide(field: FieldLayout, x = '', pages = ''): Side {
  const at = (word: number): string => `p${x}[o${x} + ${word}]`;
  const { kind, word } = field;
  const ref = at(word);
  const block = heapBlock(field, ref, pages);
  return {
    kind,
    type: field.type,
    isNull: field.type.nullable ? `(${at(field.nullWord)} & ${field.nullMask}) !== 0` : 'false',
    word: (k) => (kind === 'ts' ? at(field.nanosWord) : at(word + k)),
    number: kind === 'f64' || kind === 'ts' ? `f64${pages}[g${x}][(o${x} + ${word}) >> 1]` : ref,
    length: at(word + 1),
    wordAt: (offset) => `${block.page('hw')}[(${block.start} >> 2) + ((${offset}) >> 2)]`,
    byteAt: (offset) => `${block.page('hb')}[${block.start} + ${offset}]`,
  };
}

const mix = (word: string): string => `h = Math.imul(h ^ ${word}, ${MIX}); h ^= h >>> 15;`;

/** Spreads `h` over all bits. */
export const FINISH_HASH = 'h ^= h >>> 13; h = Math.imul(h, -2048144789); h ^= h >>> 16;';

/** Whether a double is an instant or a duration, where −0 is an accident of arithmetic; of DOUBLE it is a value. */
const isTime = (type: DataType): boolean => isTimestamp(type) || type.kind === 'INTERVAL_DAY_TIME';

/** Statements that mix field `a` into `h`. Scratch in scope: `sf` (one double) and `si`, its words. */
export function hashCode(a: Side): string {
  let code: string;
  switch (a.kind) {
    case 'bool':
    case 'i32':
      code = mix(a.word(0));
      break;
    case 'i64':
      code = mix(a.word(0)) + mix(a.word(1));
      break;
    case 'i128':
      code = [0, 1, 2, 3].map((k) => mix(a.word(k))).join(' ');
      break;
    case 'f64':
    case 'ts':
      code = isTime(a.type) ? `sf[0] = ${a.number} + 0;` : `sf[0] = ${a.number}; if (sf[0] !== sf[0]) sf[0] = NaN;`;
      code += mix('si[0]') + mix('si[1]') + (a.kind === 'ts' ? mix(a.word(0)) : '');
      break;
    case 'bytes':
      code = `{ const l = ${a.length}; ${mix('l')} let j = 0;
        for (const e = l & -4; j < e; j += 4) { ${mix(a.wordAt('j'))} }
        if ((l & 3) !== 0) { ${mix(`(${a.wordAt('j')} & ((1 << ((l & 3) << 3)) - 1))`)} } }`;
  }
  return a.isNull === 'false' ? code : `if (${a.isNull}) { ${mix(String(NULL_WORD))} } else { ${code} }`;
}

/** Statements that leave by `return false` (or `differs`) unless fields `a` and `b` are the same; NULL equals NULL. */
export function equalCode(a: Side, b: Side, differs = 'return false;'): string {
  let code: string;
  switch (a.kind) {
    case 'bool':
    case 'i32':
      code = `if (${a.word(0)} !== ${b.word(0)}) ${differs}`;
      break;
    case 'i64':
      code = `if (${a.word(0)} !== ${b.word(0)} || ${a.word(1)} !== ${b.word(1)}) ${differs}`;
      break;
    case 'i128':
      code = `if (${[0, 1, 2, 3].map((k) => `${a.word(k)} !== ${b.word(k)}`).join(' || ')}) ${differs}`;
      break;
    case 'f64':
      code = isTime(a.type)
        ? `if (${a.number} !== ${b.number}) ${differs}`
        : `if (!Object.is(${a.number}, ${b.number})) ${differs}`;
      break;
    case 'ts':
      code = `if (${a.number} !== ${b.number} || ${a.word(0)} !== ${b.word(0)}) ${differs}`;
      break;
    case 'bytes':
      code = `{ const l = ${a.length}; if (l !== ${b.length}) ${differs} let j = 0;
        for (const e = l & -4; j < e; j += 4) if (${a.wordAt('j')} !== ${b.wordAt('j')}) ${differs}
        if ((l & 3) !== 0 && ((${a.wordAt('j')} ^ ${b.wordAt('j')}) & ((1 << ((l & 3) << 3)) - 1)) !== 0) ${differs} }`;
  }
  if (a.isNull === 'false' && b.isNull === 'false') return code;
  return `if (${a.isNull}) { if (!(${b.isNull})) ${differs} } else { if (${b.isNull}) ${differs} ${code} }`;
}

/** Statements that `return` −1 or 1 unless `a` and `b` are equal in SQL order. */
export function compareCode(a: Side, b: Side, descending: boolean, nullsFirst: boolean): string {
  const less = descending ? 1 : -1;
  const decide = (x: string, y: string): string => `if (${x} !== ${y}) return ${x} < ${y} ? ${less} : ${-less};`;
  const unsigned = (k: number): string => decide(`(${a.word(k)} >>> 0)`, `(${b.word(k)} >>> 0)`);
  let code: string;
  switch (a.kind) {
    case 'bool':
    case 'i32':
      code = decide(a.word(0), b.word(0));
      break;
    case 'i64':
      code = decide(a.word(1), b.word(1)) + unsigned(0);
      break;
    case 'i128':
      code = decide(a.word(3), b.word(3)) + unsigned(2) + unsigned(1) + unsigned(0);
      break;
    case 'f64':
    case 'ts':
      // NaN sorts as the greatest value and equals itself.
      code = `{ const x = ${a.number}, y = ${b.number};
        if (x < y) return ${less}; if (x > y) return ${-less};
        if (x !== x) { if (y === y) return ${-less}; } else if (y !== y) return ${less}; }`;
      if (a.kind === 'ts') code += decide(a.word(0), b.word(0));
      break;
    case 'bytes':
      code = `{ const x = ${a.length}, y = ${b.length}, m = x < y ? x : y;
        for (let j = 0; j < m; j++) { const c = ${a.byteAt('j')}, d = ${b.byteAt('j')}; if (c !== d) return c < d ? ${less} : ${-less}; }
        ${decide('x', 'y')} }`;
  }
  if (a.isNull === 'false' && b.isNull === 'false') return code;
  const nullFirst = nullsFirst ? -1 : 1;
  return `if (${a.isNull}) { if (!(${b.isNull})) return ${nullFirst}; } else { if (${b.isNull}) return ${-nullFirst}; ${code} }`;
}

/** Statements that copy column `c` of binding `b` at row `i` into a fresh (zeroed) record at page `p`, offset `o`. */
export function storeCode(b: string, c: number, field: FieldLayout): string {
  const from = columnSide(b, c, field.type);
  const n = names(b, c);
  const at = (word: number): string => `p[o + ${word}]`;
  let code: string;
  switch (field.kind) {
    case 'bool':
    case 'i32':
      code = `${at(field.word)} = ${from.word(0)};`;
      break;
    case 'i64':
      code = `${at(field.word)} = ${from.word(0)}; ${at(field.word + 1)} = ${from.word(1)};`;
      break;
    case 'i128':
      code = [0, 1, 2, 3].map((k) => `${at(field.word + k)} = ${from.word(k)};`).join(' ');
      break;
    case 'f64':
      code = `f64[g][(o + ${field.word}) >> 1] = ${from.number};`;
      break;
    case 'ts':
      code = `f64[g][(o + ${field.word}) >> 1] = ${from.number}; ${at(field.nanosWord)} = ${from.word(0)};`;
      break;
    case 'bytes':
      code = `${at(field.word)} = heap.put(${n.view}, ${n.start}[i], ${n.len}[i]); ${at(field.word + 1)} = ${n.len}[i];`;
  }
  return from.isNull === 'false'
    ? code
    : `if (${from.isNull}) ${at(field.nullWord)} |= ${field.nullMask}; else { ${code} }`;
}

/** Statements that copy a record's field into row `r` of the column builder `c`. */
export function loadCode(field: FieldLayout, c: string, r = 'r'): string {
  const from = recordSide(field);
  const { kind } = field;
  const block = heapBlock(field, from.word(0));
  let code: string;
  switch (kind) {
    case 'bool':
    case 'i32':
    case 'f64':
      code = `${c}.data[${r}] = ${from.number};`;
      break;
    case 'ts':
      code = `${c}.data[${r}] = ${from.number}; ${c}.nanos[${r}] = ${from.word(0)};`;
      break;
    case 'i64':
      code = `${c}.halves[2 * ${r}] = ${from.word(0)}; ${c}.halves[2 * ${r} + 1] = ${from.word(1)};`;
      break;
    case 'i128':
      code = [0, 1, 2, 3].map((k) => `${c}.halves[4 * ${r} + ${k}] = ${from.word(k)};`).join(' ');
      break;
    case 'bytes':
      return `if (${from.isNull}) ${c}.setNull(${r}); else ${
        field.nested
          ? `readNested(${block.page('hb')}, ${block.start}, ${c}, ${r}, types[${JSON.stringify(field.word)}]);`
          : `${c}.setView(${r}, ${from.length} === 0 ? noView : ${block.page('hv')}, ${block.start}, ${from.length});`
      }`;
  }
  return from.isNull === 'false'
    ? `${c}.valid[${r}] = 1; ${code}`
    : `if (${from.isNull}) ${c}.setNull(${r}); else { ${c}.valid[${r}] = 1; ${code} }`;
}

/** The validity bytes of a vector for all the rows it has room for. */
export function validity(vector: Vector): Uint8Array {
  if (vector.valid !== null) return vector.valid;
  switch (vector.kind) {
    case 'bytes':
    case 'array':
    case 'map':
      return validityOf(vector, vector.start.length);
    case 'i128':
      return validityOf(vector, vector.data.length >> 1);
    case 'row':
      return validityOf(vector, 0);
    default:
      return validityOf(vector, vector.data.length);
  }
}

/** Turns the nested ones among the columns into bytes, unless they are already (as a snapshot holds them). */
export class Flattener {
  readonly #nested: readonly (NestedColumn | null)[];
  readonly #any: boolean;

  constructor(types: readonly DataType[]) {
    this.#nested = types.map((type) => (isNested(type) ? new NestedColumn() : null));
    this.#any = this.#nested.some((column) => column !== null);
  }

  flatten(columns: readonly (Vector | null)[], length: number): readonly (Vector | null)[] {
    if (!this.#any) return columns;
    return columns.map((column, c) => {
      const nested = this.#nested[c];
      if (column === null || nested === null || nested === undefined || column.kind === 'bytes') return column;
      return nested.serialize(column, length);
    });
  }
}

const compiled = new Map<string, (scope: Readonly<Record<string, unknown>>) => unknown>();

/**
 * Compiles `body`, the body of a function over the names of `scope`, once per text. Values reach it only as `scope`.
 */
export function compile<T>(body: string, scope: Readonly<Record<string, unknown>>): T {
  const text = `const { ${Object.keys(scope).join(', ')} } = scope;\n${body}`;
  let make = compiled.get(text);
  if (make === undefined) {
    // eslint-disable-next-line no-new-func -- the text is built from layouts and kinds only, never from user data
    make = new Function('scope', `'use strict';\n${text}`) as (scope: Readonly<Record<string, unknown>>) => unknown;
    compiled.set(text, make);
  }
  return make(scope) as T;
}

/** One double and its two words: how generated code sees the bits of a double. */
export function doubleBits(): { sf: Float64Array; si: Int32Array } {
  const sf = new Float64Array(1);
  return { sf, si: new Int32Array(sf.buffer) };
}

/** What an empty text is read from: the heap holds nothing of it. */
export const noView = new DataView(new ArrayBuffer(POOL_PADDING));

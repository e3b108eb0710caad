/**
 * The grammar of JSON over bytes: finds where strings, numbers and whole values end, and refuses what JSON does not
 * allow. UTF-8 is checked elsewhere (`decoder.ts`).
 *
 * Every scan stops at a newline, which no JSON token holds, so that a broken record never swallows its neighbour; the
 * caller guarantees one after the last record, and a few readable bytes behind it.
 */
import { escapeLength } from './escapes.ts';
import {
  ALSE_WORD,
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  NULL_WORD,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  TRUE_WORD,
} from './tokens.ts';

/** Brackets inside brackets up to this depth; deeper records are refused. */
export const MAX_DEPTH = 1000;

/** The bytes that are scanned, with the marks of `byte-marks.ts` over them. */
export interface ScanInput {
  readonly u8: Uint8Array;
  readonly view: DataView;
  readonly marks: Int32Array;
}

/**
 * Index of the quote that closes the string whose first character is at `p`: as it is, or -2 minus it when the string
 * holds escapes, which are checked here; -1 when a control character or a malformed escape comes first.
 */
export function scanText(u8: Uint8Array, marks: Int32Array, p: number): number {
  let escaped = false;
  for (;;) {
    let k = p >> 5;
    // Shifts count modulo 32: the marks before `p` are cleared.
    let word = ((marks[k] as number) >>> p) << p;
    while (word === 0) word = marks[++k] as number;
    p = (k << 5) + 31 - Math.clz32(word & -word);
    const c = u8[p];
    if (c === QUOTE) return escaped ? -2 - p : p;
    if (c !== BACKSLASH) return -1;
    const length = escapeLength(u8, p);
    if (length < 0) return -1;
    escaped = true;
    p += length;
  }
}

/** Index of the closing quote whether or not the string holds escapes, or -1. */
export function scanString({ u8, marks }: ScanInput, p: number): number {
  const q = scanText(u8, marks, p);
  return q < -1 ? -2 - q : q;
}

/** Index of the first byte at or after `p` that is not white space inside a record. */
export function skipSpace(u8: Uint8Array, p: number): number {
  for (;;) {
    const c = u8[p];
    if (c !== 32 && c !== 9 && c !== 13) return p;
    p++;
  }
}

/** Index after the number at `p`, or -1. */
export function skipNumber(u8: Uint8Array, p: number): number {
  if (u8[p] === 45) p++;
  if (u8[p] === 48) p++;
  else {
    if (((u8[p] as number) - 48) >>> 0 > 9) return -1;
    while (((u8[p] as number) - 48) >>> 0 <= 9) p++;
  }
  if (u8[p] === 46) {
    p++;
    if (((u8[p] as number) - 48) >>> 0 > 9) return -1;
    while (((u8[p] as number) - 48) >>> 0 <= 9) p++;
  }
  if (((u8[p] as number) | 32) === 101) {
    p++;
    if (u8[p] === 43 || u8[p] === 45) p++;
    if (((u8[p] as number) - 48) >>> 0 > 9) return -1;
    while (((u8[p] as number) - 48) >>> 0 <= 9) p++;
  }
  return p;
}

/** Index after the value that begins at `p`, or -1. `depth` counts the brackets around it. */
export function skipValue(input: ScanInput, p: number, depth: number): number {
  const { u8 } = input;
  const c = u8[p] as number;
  if (c === QUOTE) {
    const q = scanString(input, p + 1);
    return q < 0 ? -1 : q + 1;
  }
  if (c === OPEN_BRACE) return skipMembers(input, p + 1, depth + 1);
  if (c === OPEN_BRACKET) return skipElements(input, p + 1, depth + 1);
  if (c === 45 || (c - 48) >>> 0 <= 9) return skipNumber(u8, p);
  const { view } = input;
  const word = view.getInt32(p, true);
  if (word === NULL_WORD || word === TRUE_WORD) return p + 4;
  return c === 102 && view.getInt32(p + 1, true) === ALSE_WORD ? p + 5 : -1;
}

/**
 * Index after the closing brace of an object, or -1. `p` is just behind its opening brace or behind one of its
 * values; the byte before `p` tells which, since no value ends with a brace that opens.
 */
export function skipMembers(input: ScanInput, p: number, depth: number): number {
  if (depth > MAX_DEPTH) return -1;
  const { u8 } = input;
  let first = u8[p - 1] === OPEN_BRACE;
  for (;;) {
    p = skipSpace(u8, p);
    if (u8[p] === CLOSE_BRACE) return p + 1;
    if (!first) {
      if (u8[p] !== COMMA) return -1;
      p = skipSpace(u8, p + 1);
    }
    first = false;
    if (u8[p] !== QUOTE) return -1;
    p = scanString(input, p + 1);
    if (p < 0) return -1;
    p = skipSpace(u8, p + 1);
    if (u8[p] !== COLON) return -1;
    p = skipSpace(u8, p + 1);
    p = skipValue(input, p, depth);
    if (p < 0) return -1;
  }
}

function skipElements(input: ScanInput, p: number, depth: number): number {
  if (depth > MAX_DEPTH) return -1;
  const { u8 } = input;
  p = skipSpace(u8, p);
  if (u8[p] === CLOSE_BRACKET) return p + 1;
  for (;;) {
    p = skipValue(input, p, depth);
    if (p < 0) return -1;
    p = skipSpace(u8, p);
    if (u8[p] === CLOSE_BRACKET) return p + 1;
    if (u8[p] !== COMMA) return -1;
    p = skipSpace(u8, p + 1);
  }
}

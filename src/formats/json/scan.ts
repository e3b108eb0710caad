/**
 * The grammar of JSON over bytes: finds where strings, numbers and whole values end, and refuses what JSON does not
 * allow. Escapes inside strings and UTF-8 are checked elsewhere (`escapes.ts`, `records.ts`).
 *
 * Every scan stops at a newline, which no JSON token holds, so that a broken record never swallows its neighbour; the
 * caller guarantees one after the last record, and a few readable bytes behind it.
 */

/** Brackets inside brackets up to this depth; deeper records are refused. */
export const MAX_DEPTH = 1000;

export const QUOTE = 34;
export const BACKSLASH = 92;
export const COMMA = 44;
export const COLON = 58;
export const OPEN_BRACE = 123;
export const CLOSE_BRACE = 125;
export const OPEN_BRACKET = 91;
export const CLOSE_BRACKET = 93;
export const NEWLINE = 10;

/** `null`, `true` and `alse` as little-endian words. */
export const NULL_WORD = 0x6c6c756e;
export const TRUE_WORD = 0x65757274;
export const ALSE_WORD = 0x65736c61;

/**
 * Index of the quote that closes the string whose first character is at `p`, or -1 when a control character comes
 * first. Four bytes at a time: the masks mark quotes and bytes below 0x20, the lowest mark is exact.
 */
export function scanString(u8: Uint8Array, view: DataView, p: number): number {
  const start = p;
  for (;;) {
    let x = view.getInt32(p, true);
    let t = x ^ 0x22222222;
    let m = (((t - 0x01010101) & ~t) | ((x - 0x20202020) & ~x)) & -2139062144;
    if (m === 0) {
      p += 4;
      x = view.getInt32(p, true);
      t = x ^ 0x22222222;
      m = (((t - 0x01010101) & ~t) | ((x - 0x20202020) & ~x)) & -2139062144;
    }
    if (m === 0) {
      p += 4;
      continue;
    }
    p += (31 - Math.clz32(m & -m)) >> 3;
    if (u8[p] !== QUOTE) return -1;
    if (u8[p - 1] !== BACKSLASH) return p;
    let k = p - 1;
    while (k >= start && u8[k] === BACKSLASH) k--;
    if (((p - 1 - k) & 1) === 0) return p;
    p++;
  }
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
export function skipValue(u8: Uint8Array, view: DataView, p: number, depth: number): number {
  const c = u8[p] as number;
  if (c === QUOTE) {
    const q = scanString(u8, view, p + 1);
    return q < 0 ? -1 : q + 1;
  }
  if (c === OPEN_BRACE) return skipMembers(u8, view, p + 1, depth + 1);
  if (c === OPEN_BRACKET) return skipElements(u8, view, p + 1, depth + 1);
  if (c === 45 || (c - 48) >>> 0 <= 9) return skipNumber(u8, p);
  const word = view.getInt32(p, true);
  if (word === NULL_WORD || word === TRUE_WORD) return p + 4;
  return c === 102 && view.getInt32(p + 1, true) === ALSE_WORD ? p + 5 : -1;
}

/**
 * Index after the closing brace of an object, or -1. `p` is just behind its opening brace or behind one of its
 * values; the byte before `p` tells which, since no value ends with a brace that opens.
 */
export function skipMembers(u8: Uint8Array, view: DataView, p: number, depth: number): number {
  if (depth > MAX_DEPTH) return -1;
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
    p = scanString(u8, view, p + 1);
    if (p < 0) return -1;
    p = skipSpace(u8, p + 1);
    if (u8[p] !== COLON) return -1;
    p = skipSpace(u8, p + 1);
    p = skipValue(u8, view, p, depth);
    if (p < 0) return -1;
  }
}

function skipElements(u8: Uint8Array, view: DataView, p: number, depth: number): number {
  if (depth > MAX_DEPTH) return -1;
  p = skipSpace(u8, p);
  if (u8[p] === CLOSE_BRACKET) return p + 1;
  for (;;) {
    p = skipValue(u8, view, p, depth);
    if (p < 0) return -1;
    p = skipSpace(u8, p);
    if (u8[p] === CLOSE_BRACKET) return p + 1;
    if (u8[p] !== COMMA) return -1;
    p = skipSpace(u8, p + 1);
  }
}

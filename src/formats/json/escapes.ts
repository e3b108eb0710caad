/**
 * Escapes in JSON strings: checked by the scans, undone only in the columns that are read, in place and after the
 * whole batch is decoded (an unescaped string is never longer). Half of a surrogate pair becomes U+FFFD.
 */
import { BACKSLASH, QUOTE } from './tokens.ts';

const SIMPLE = new Uint8Array(128);
for (const [letter, byte] of [
  ['"', 34],
  ['\\', 92],
  ['/', 47],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
] as const) {
  SIMPLE[letter.charCodeAt(0)] = byte;
}

function hexDigit(byte: number): number {
  const d = byte - 48;
  if (d >>> 0 <= 9) return d;
  const letter = (byte | 32) - 97;
  return letter >>> 0 <= 5 ? letter + 10 : -1;
}

/** The code unit written as four hexadecimal digits at `p`, or -1. */
function codeUnit(u8: Uint8Array, p: number): number {
  const a = hexDigit(u8[p] as number);
  const b = hexDigit(u8[p + 1] as number);
  const c = hexDigit(u8[p + 2] as number);
  const d = hexDigit(u8[p + 3] as number);
  return (a | b | c | d) < 0 ? -1 : (a << 12) | (b << 8) | (c << 4) | d;
}

/** Length of the escape sequence whose backslash is at `p`, or -1 when it is not one. */
export function escapeLength(u8: Uint8Array, p: number): number {
  const c = u8[p + 1] as number;
  if (c === 117) return codeUnit(u8, p + 2) < 0 ? -1 : 6;
  return c < 128 && SIMPLE[c] !== 0 ? 2 : -1;
}

/** Undoes the escapes of the string in `[start, start + len)` in place and returns its new length. */
export function unescapeInPlace(u8: Uint8Array, start: number, len: number): number {
  const end = start + len;
  let p = start;
  while (p < end && u8[p] !== BACKSLASH) p++;
  let to = p;
  while (p < end) {
    const c = u8[p] as number;
    if (c !== BACKSLASH) {
      u8[to++] = c;
      p++;
      continue;
    }
    const letter = u8[p + 1] as number;
    if (letter !== 117) {
      u8[to++] = SIMPLE[letter] as number;
      p += 2;
      continue;
    }
    let code = codeUnit(u8, p + 2);
    p += 6;
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = code < 0xdc00 && p + 6 <= end && u8[p] === BACKSLASH && u8[p + 1] === 117 ? codeUnit(u8, p + 2) : -1;
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
      } else {
        code = 0xfffd;
      }
    }
    to = writeUtf8(u8, to, code);
  }
  return to - start;
}

function writeUtf8(u8: Uint8Array, to: number, code: number): number {
  if (code < 0x80) {
    u8[to++] = code;
  } else if (code < 0x800) {
    u8[to++] = 0xc0 | (code >> 6);
    u8[to++] = 0x80 | (code & 63);
  } else if (code < 0x10000) {
    u8[to++] = 0xe0 | (code >> 12);
    u8[to++] = 0x80 | ((code >> 6) & 63);
    u8[to++] = 0x80 | (code & 63);
  } else {
    u8[to++] = 0xf0 | (code >> 18);
    u8[to++] = 0x80 | ((code >> 12) & 63);
    u8[to++] = 0x80 | ((code >> 6) & 63);
    u8[to++] = 0x80 | (code & 63);
  }
  return to;
}

const SHORT_ESCAPES: Readonly<Record<number, number>> = { 34: 34, 92: 92, 8: 98, 12: 102, 10: 110, 13: 114, 9: 116 };
const HEX = '0123456789ABCDEF';

/** Writes one character of a string so that JSON can hold it; returns the index after it (at most six on). */
export function writeEscaped(u8: Uint8Array, to: number, byte: number): number {
  const letter = SHORT_ESCAPES[byte];
  if (letter !== undefined) {
    u8[to] = BACKSLASH;
    u8[to + 1] = letter;
    return to + 2;
  }
  u8[to] = BACKSLASH;
  u8[to + 1] = 117;
  u8[to + 2] = u8[to + 3] = 48;
  u8[to + 4] = HEX.charCodeAt(byte >> 4);
  u8[to + 5] = HEX.charCodeAt(byte & 15);
  return to + 6;
}

/** Writes the character of four bytes at `p` as the escapes of its two surrogates; returns the index after them. */
export function writeSurrogates(u8: Uint8Array, to: number, from: Uint8Array, p: number): number {
  const code =
    (((from[p] as number) & 7) << 18) |
    (((from[p + 1] as number) & 63) << 12) |
    (((from[p + 2] as number) & 63) << 6) |
    ((from[p + 3] as number) & 63);
  const high = 0xd800 + ((code - 0x10000) >> 10);
  return writeUnit(u8, writeUnit(u8, to, high), 0xdc00 + (code & 0x3ff));
}

function writeUnit(u8: Uint8Array, to: number, unit: number): number {
  u8[to] = BACKSLASH;
  u8[to + 1] = 117;
  for (let digit = 0; digit < 4; digit++) u8[to + 2 + digit] = HEX.charCodeAt((unit >> (12 - 4 * digit)) & 15);
  return to + 6;
}

/**
 * Writes a checked JSON value over itself as compact text: no white space between tokens, escapes only where they are
 * needed. Never longer than it was. Returns its new length.
 */
export function compactInPlace(u8: Uint8Array, start: number, len: number): number {
  const end = start + len;
  let to = start;
  let p = start;
  while (p < end) {
    const c = u8[p] as number;
    if (c === 32 || c === 9 || c === 13) {
      p++;
    } else if (c !== QUOTE) {
      u8[to++] = c;
      p++;
    } else {
      u8[to++] = QUOTE;
      p++;
      while (u8[p] !== QUOTE) {
        if (u8[p] !== BACKSLASH) {
          u8[to++] = u8[p++] as number;
          continue;
        }
        const unit = u8[p + 1] === 117 ? codeUnit(u8, p + 2) : (SIMPLE[u8[p + 1] as number] as number);
        const size = pairLength(u8, p, end);
        if (unit < 32 || unit === QUOTE || unit === BACKSLASH) {
          to = writeEscaped(u8, to, unit);
          p += size;
        } else {
          const length = unescapeInPlace(u8, p, size);
          u8.copyWithin(to, p, p + length);
          to += length;
          p += size;
        }
      }
      u8[to++] = QUOTE;
      p++;
    }
  }
  return to - start;
}

/** Length of the escape at `p`, of both halves when it is a surrogate pair. */
function pairLength(u8: Uint8Array, p: number, end: number): number {
  if (u8[p + 1] !== 117) return 2;
  const unit = codeUnit(u8, p + 2);
  if (unit < 0xd800 || unit > 0xdbff || p + 12 > end || u8[p + 6] !== BACKSLASH || u8[p + 7] !== 117) return 6;
  const low = codeUnit(u8, p + 8);
  return low >= 0xdc00 && low <= 0xdfff ? 12 : 6;
}

/**
 * Why a record is not JSON, in words: a second, slow look at a record that the decoder refused. Gives undefined when
 * its structure is sound.
 */
import { escapeLength } from './escapes.ts';
import { MAX_DEPTH, skipNumber, skipSpace } from './scan.ts';
import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './tokens.ts';

class Flaw {
  readonly what: string;
  readonly at: number;
  constructor(what: string, at: number) {
    this.what = what;
    this.at = at;
  }
}

/** `[start, end)` is the record without its separator; a newline stands at `end`. */
export function diagnose(u8: Uint8Array, start: number, end: number): string | undefined {
  const p = skipSpace(u8, start);
  try {
    if (u8[p] !== OPEN_BRACE && u8[p] !== OPEN_BRACKET) {
      throw new Flaw(p >= end ? 'the record is empty' : 'a record must be an object or an array of objects', p);
    }
    const after = skipSpace(u8, value(u8, p, end, 0));
    if (after < end) throw new Flaw(`unexpected ${shown(u8, after)} after the record`, after);
    return undefined;
  } catch (flaw) {
    if (!(flaw instanceof Flaw)) throw flaw;
    return `${flaw.what}, at byte ${flaw.at - start + 1}`;
  }
}

function shown(u8: Uint8Array, p: number): string {
  const byte = u8[p] as number;
  return byte > 32 && byte < 127 ? `'${String.fromCharCode(byte)}'` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}

function expected(what: string, u8: Uint8Array, p: number, end: number): Flaw {
  return new Flaw(p >= end ? `the record ends where ${what} should be` : `${shown(u8, p)} where ${what} should be`, p);
}

function value(u8: Uint8Array, p: number, end: number, depth: number): number {
  const c = u8[p] as number;
  if (c === QUOTE) return text(u8, p, end);
  if (c === OPEN_BRACE || c === OPEN_BRACKET) {
    if (depth >= MAX_DEPTH) throw new Flaw(`brackets are nested more than ${MAX_DEPTH} deep`, p);
    return c === OPEN_BRACE ? members(u8, p + 1, end, depth + 1) : elements(u8, p + 1, end, depth + 1);
  }
  if (c === 45 || (c - 48) >>> 0 <= 9) {
    const after = skipNumber(u8, p);
    if (after < 0 || (u8[p] === 48 && ((u8[p + 1] as number) - 48) >>> 0 <= 9)) throw new Flaw('malformed number', p);
    return after;
  }
  for (const word of ['null', 'true', 'false']) {
    if (Buffer.from(u8.subarray(p, p + word.length)).toString('latin1') === word) return p + word.length;
  }
  throw expected('a value', u8, p, end);
}

function text(u8: Uint8Array, start: number, end: number): number {
  let p = start + 1;
  while (p < end) {
    const c = u8[p] as number;
    if (c === QUOTE) return p + 1;
    if (c < 32) throw new Flaw(`control character 0x${c.toString(16).padStart(2, '0')} in a string`, p);
    if (c === BACKSLASH) {
      const length = escapeLength(u8, p);
      if (length < 0) throw new Flaw('malformed escape', p);
      p += length;
    } else p++;
  }
  throw new Flaw('a string does not end', start);
}

function members(u8: Uint8Array, from: number, end: number, depth: number): number {
  let p = skipSpace(u8, from);
  if (u8[p] === CLOSE_BRACE) return p + 1;
  for (;;) {
    if (u8[p] !== QUOTE) throw expected('a name in double quotes', u8, p, end);
    p = skipSpace(u8, text(u8, p, end));
    if (u8[p] !== COLON) throw expected("':'", u8, p, end);
    p = skipSpace(u8, value(u8, skipSpace(u8, p + 1), end, depth));
    if (u8[p] === CLOSE_BRACE) return p + 1;
    if (u8[p] !== COMMA) throw expected("',' or '}'", u8, p, end);
    p = skipSpace(u8, p + 1);
  }
}

function elements(u8: Uint8Array, from: number, end: number, depth: number): number {
  let p = skipSpace(u8, from);
  if (u8[p] === CLOSE_BRACKET) return p + 1;
  for (;;) {
    p = skipSpace(u8, value(u8, p, end, depth));
    if (u8[p] === CLOSE_BRACKET) return p + 1;
    if (u8[p] !== COMMA) throw expected("',' or ']'", u8, p, end);
    p = skipSpace(u8, p + 1);
  }
}

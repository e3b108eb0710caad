/**
 * What the records of a stream look like byte for byte: for each object, the commonest order of its members, with the
 * literal bytes (separator, white space, key, colon) in front of each value. The generated decoder compares those
 * bytes eight at a time instead of parsing them.
 */
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  scanString,
  skipSpace,
  skipValue,
} from './scan.ts';
import { keyText } from './convert.ts';

export interface LearnedMember {
  readonly name: string;
  /** From the end of the previous value, or behind the opening brace, up to this value. */
  readonly literal: Uint8Array;
  /** What its value mostly is, null apart. */
  readonly token: 'string' | 'number' | 'object' | 'other';
}

export interface LearnedObject {
  readonly members: readonly LearnedMember[];
  /** From the end of the last value to the closing brace, inclusive. */
  readonly tail: Uint8Array;
}

/** Objects by path: names joined with NUL; the record itself is the empty path. */
export type Learned = ReadonlyMap<string, LearnedObject>;

export const learnedKey = (path: readonly string[]): string => path.join('\0');

const MAX_DEPTH = 8;
const MAX_MEMBERS = 1000;

interface Seen {
  count: number;
  readonly names: readonly string[];
  readonly literals: readonly Uint8Array[];
  readonly tail: Uint8Array;
  readonly tokens: { string: number; number: number; object: number; other: number }[];
}

/** Looks at up to `records` records in `[start, end)`; broken ones are passed over. */
export function learn(u8: Uint8Array, view: DataView, start: number, end: number, records: number): Learned {
  const seen = new Map<string, Map<string, Seen>>();

  /** Index after the object whose first byte is behind its brace; -1 when it is broken. */
  const object = (from: number, path: readonly string[]): number => {
    const names: string[] = [];
    const literals: Uint8Array[] = [];
    const tokens: number[] = [];
    let literalStart = from;
    let p = skipSpace(u8, from);
    while (u8[p] !== CLOSE_BRACE) {
      if (names.length > 0) {
        if (u8[p] !== COMMA) return -1;
        p = skipSpace(u8, p + 1);
      }
      if (u8[p] !== QUOTE || names.length >= MAX_MEMBERS) return -1;
      const keyEnd = scanString(u8, view, p + 1);
      if (keyEnd < 0) return -1;
      const name = keyText(u8, p + 1, keyEnd);
      p = skipSpace(u8, keyEnd + 1);
      if (u8[p] !== COLON) return -1;
      p = skipSpace(u8, p + 1);
      names.push(name);
      literals.push(u8.slice(literalStart, p));
      tokens.push(u8[p] as number);
      p =
        u8[p] === OPEN_BRACE && path.length < MAX_DEPTH
          ? object(p + 1, [...path, name])
          : skipValue(u8, view, p, path.length + 1);
      if (p < 0) return -1;
      literalStart = p;
      p = skipSpace(u8, p);
    }
    note(path, names, literals, tokens, u8.slice(literalStart, p + 1));
    return p + 1;
  };

  const note = (
    path: readonly string[],
    names: readonly string[],
    literals: readonly Uint8Array[],
    tokens: readonly number[],
    tail: Uint8Array,
  ): void => {
    const key = learnedKey(path);
    let forms = seen.get(key);
    if (forms === undefined) seen.set(key, (forms = new Map()));
    const form = [...literals, tail].map((bytes) => Buffer.from(bytes).toString('latin1')).join('\0');
    let entry = forms.get(form);
    if (entry === undefined) {
      if (forms.size > 64) return;
      const counts = names.map(() => ({ string: 0, number: 0, object: 0, other: 0 }));
      forms.set(form, (entry = { count: 0, names, literals, tail, tokens: counts }));
    }
    entry.count++;
    tokens.forEach((byte, i) => {
      if (byte !== 110) (entry.tokens[i] as Seen['tokens'][number])[tokenClass(byte)]++;
    });
  };

  let p = start;
  for (let i = 0; i < records && p < end; i++) {
    const from = skipSpace(u8, p);
    if (u8[from] === OPEN_BRACE) object(from + 1, []);
    p = u8.indexOf(NEWLINE, p) + 1;
    if (p === 0) break;
  }
  const learned = new Map<string, LearnedObject>();
  for (const [path, forms] of seen) {
    const best = [...forms.values()].reduce((a, b) => (b.count > a.count ? b : a));
    // A form that names a member twice cannot be laid out in a straight line: the last value must win.
    if (new Set(best.names).size < best.names.length) continue;
    learned.set(path, {
      tail: best.tail,
      members: best.names.map((name, i) => ({
        name,
        literal: best.literals[i] as Uint8Array,
        token: commonest(best.tokens[i] as Seen['tokens'][number]),
      })),
    });
  }
  return learned;
}

function tokenClass(byte: number): LearnedMember['token'] {
  if (byte === QUOTE) return 'string';
  if (byte === OPEN_BRACE) return 'object';
  if (byte === OPEN_BRACKET || byte === CLOSE_BRACKET) return 'other';
  return byte === 45 || (byte - 48) >>> 0 <= 9 ? 'number' : 'other';
}

function commonest(counts: Seen['tokens'][number]): LearnedMember['token'] {
  const entries = Object.entries(counts) as [LearnedMember['token'], number][];
  const best = entries.reduce((a, b) => (b[1] > a[1] ? b : a));
  return best[1] === 0 ? 'other' : best[0];
}

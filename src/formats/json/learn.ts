/**
 * What the records of a stream look like byte for byte: for each object, the commonest order of its members, with the
 * literal bytes (separator, white space, key, colon) in front of each value. The generated decoder compares those
 * bytes eight at a time instead of parsing them.
 */
import { type ScanInput, scanString, skipSpace, skipValue } from './scan.ts';
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './tokens.ts';
import { keyText } from './convert.ts';

export interface LearnedMember {
  readonly name: string;
  /** As it is written, with its quotes. */
  readonly key: Uint8Array;
  /** From the end of the previous value, or behind the opening brace, up to this value. */
  readonly literal: Uint8Array;
  /** What its value mostly is, null apart. */
  readonly token: 'string' | 'number' | 'object' | 'other';
}

/** The order of an object's members that most records have. */
export interface Layout {
  readonly members: readonly LearnedMember[];
  /** From the end of the last value to the closing brace, inclusive. */
  readonly tail: Uint8Array;
  /** White space differs from record to record, so only keys can be compared, not what stands between them. */
  readonly loose: boolean;
}

export interface LearnedObject {
  /** Absent when members come in no common order. */
  readonly layout: Layout | undefined;
  /** All members that were seen, by name. */
  readonly known: readonly LearnedMember[];
}

/** Objects by path: names joined with NUL; the record itself is the empty path. */
export type Learned = ReadonlyMap<string, LearnedObject>;

export const learnedKey = (path: readonly string[]): string => path.join('\0');

const MAX_DEPTH = 8;
const MAX_MEMBERS = 1000;

/** Forms of one object that are told apart; more are noise. */
const MAX_FORMS = 64;

type Tokens = Record<LearnedMember['token'], number>;

interface Form {
  count: number;
  readonly names: readonly string[];
  readonly literals: readonly Uint8Array[];
  readonly tail: Uint8Array;
}

interface SeenObject {
  count: number;
  /** By all bytes between the values. */
  readonly exact: Map<string, Form>;
  /** By the order of names. */
  readonly orders: Map<string, Form>;
  readonly members: Map<string, { readonly key: Uint8Array; readonly literal: Uint8Array; readonly tokens: Tokens }>;
}

/** Enough to see what is common; wide records need not be so many. */
const SAMPLE_RECORDS = 256;
const SAMPLE_BYTES = 64 << 10;
const MIN_RECORDS = 16;

/**
 * Looks at the record at `first` and those behind it: `next` gives the start of the one after that at `start`, or -1.
 * Broken ones are passed over.
 */
export function learn(input: ScanInput, first: number, next: (start: number) => number): Learned {
  const { u8 } = input;
  const seen = new Map<string, SeenObject>();

  /** Index after the object whose first byte is behind its brace; -1 when it is broken. */
  const object = (from: number, path: readonly string[]): number => {
    const names: string[] = [];
    const keys: Uint8Array[] = [];
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
      const keyEnd = scanString(input, p + 1);
      if (keyEnd < 0) return -1;
      const name = keyText(u8, p + 1, keyEnd);
      keys.push(u8.slice(p, keyEnd + 1));
      p = skipSpace(u8, keyEnd + 1);
      if (u8[p] !== COLON) return -1;
      p = skipSpace(u8, p + 1);
      names.push(name);
      literals.push(u8.slice(literalStart, p));
      tokens.push(u8[p] as number);
      p =
        u8[p] === OPEN_BRACE && path.length < MAX_DEPTH
          ? object(p + 1, [...path, name])
          : skipValue(input, p, path.length + 1);
      if (p < 0) return -1;
      literalStart = p;
      p = skipSpace(u8, p);
    }
    const entry = entryOf(seen, learnedKey(path));
    entry.count++;
    count(entry.exact, [...literals, u8.slice(literalStart, p + 1)], {
      names,
      literals,
      tail: u8.slice(literalStart, p + 1),
    });
    count(entry.orders, keys, { names, literals, tail: u8.slice(literalStart, p + 1) });
    names.forEach((name, i) => {
      if (!entry.members.has(name)) {
        if (entry.members.size >= MAX_MEMBERS) return;
        const noTokens = { string: 0, number: 0, object: 0, other: 0 };
        entry.members.set(name, { key: keys[i] as Uint8Array, literal: literals[i] as Uint8Array, tokens: noTokens });
      }
      const byte = tokens[i] as number;
      if (byte !== NULL_START) (entry.members.get(name) as { tokens: Tokens }).tokens[tokenClass(byte)]++;
    });
    return p + 1;
  };

  let p = first;
  for (let i = 0; i < SAMPLE_RECORDS && p >= 0; i++) {
    if (i >= MIN_RECORDS && p - first > SAMPLE_BYTES) break;
    const from = skipSpace(u8, p);
    if (u8[from] === OPEN_BRACE) object(from + 1, []);
    p = next(p);
  }
  return new Map([...seen].map(([path, object]) => [path, summarize(object)]));
}

const NULL_START = 110;

function entryOf(seen: Map<string, SeenObject>, path: string): SeenObject {
  let entry = seen.get(path);
  if (entry === undefined) {
    entry = { count: 0, exact: new Map(), orders: new Map(), members: new Map() };
    seen.set(path, entry);
  }
  return entry;
}

function count(forms: Map<string, Form>, parts: readonly Uint8Array[], form: Omit<Form, 'count'>): void {
  const key = parts.map((bytes) => Buffer.from(bytes).toString('latin1')).join('\0');
  const known = forms.get(key);
  if (known !== undefined) known.count++;
  else if (forms.size < MAX_FORMS) forms.set(key, { ...form, count: 1 });
}

function summarize(object: SeenObject): LearnedObject {
  const known = [...object.members]
    .map(([name, { key, literal, tokens }]): LearnedMember => ({ name, key, literal, token: commonest(tokens) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const exact = mostCommon(object.exact);
  const order = mostCommon(object.orders);
  // Not half of the records look the same to the byte, but they do when white space is left out.
  const loose = exact.count * 2 < object.count && order.count * 2 >= object.count;
  const form = loose ? order : exact;
  // A form that names a member twice cannot be laid out in a straight line: the last value must win.
  if (form.count * 10 < object.count || new Set(form.names).size < form.names.length)
    return { layout: undefined, known };
  const members = form.names.flatMap((name, i) => {
    const member = known.find((candidate) => candidate.name === name);
    return member === undefined ? [] : [{ ...member, literal: form.literals[i] as Uint8Array }];
  });
  if (members.length < form.names.length) return { layout: undefined, known };
  return { layout: { members, tail: form.tail, loose }, known };
}

const mostCommon = (forms: ReadonlyMap<string, Form>): Form =>
  [...forms.values()].reduce((a, b) => (b.count > a.count ? b : a));

function tokenClass(byte: number): LearnedMember['token'] {
  if (byte === QUOTE) return 'string';
  if (byte === OPEN_BRACE) return 'object';
  if (byte === OPEN_BRACKET || byte === CLOSE_BRACKET) return 'other';
  return byte === 45 || (byte - 48) >>> 0 <= 9 ? 'number' : 'other';
}

function commonest(counts: Tokens): LearnedMember['token'] {
  const entries = Object.entries(counts) as [LearnedMember['token'], number][];
  const best = entries.reduce((a, b) => (b[1] > a[1] ? b : a));
  return best[1] === 0 ? 'other' : best[0];
}

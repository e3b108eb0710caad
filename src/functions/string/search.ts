/** Looking for one string in another, and replacing it. Positions count code points from 1; 0 means nowhere. */
import { BOOLEAN, INT, STRING } from '../../types/data-type.ts';
import { defineFunction } from '../define.ts';
import type { CallSite, Evaluate, ScalarFunction } from '../function.ts';
import { binary, firstOf, int, takes, text } from '../overload.ts';
import { codePointCount } from './case.ts';
import { likeRegex, similarRegex } from './like-pattern.ts';
import { sliceCodePoints } from './slice.ts';

function locate(needle: string, value: string, from = 1): number {
  const count = codePointCount(value);
  if (from > count + 1) return 0;
  const skipped = from > 1 ? sliceCodePoints(value, 0, from - 1).length : 0;
  const at = value.indexOf(needle, skipped);
  return at === -1 ? 0 : codePointCount(value.slice(0, at)) + 1;
}

type Resolve = ReturnType<typeof takes>;

/** A constant pattern is checked where it is written, not when the first row comes. */
function withPattern(resolve: Resolve, build: (pattern: string, escape?: string) => RegExp): Resolve {
  return (args) => {
    const [, pattern, escape] = args;
    if (typeof pattern?.literal === 'string' && (escape === undefined || typeof escape.literal === 'string')) {
      build(pattern.literal, escape?.literal as string | undefined);
    }
    return resolve(args);
  };
}

/** Builds the regular expression once where pattern and escape are constant, else when they change. */
function patternMatcher({ literals }: CallSite, build: (pattern: string, escape?: string) => RegExp): Evaluate {
  const [, pattern, escape] = literals;
  if (typeof pattern === 'string' && (literals.length < 3 || typeof escape === 'string')) {
    const regex = build(pattern, escape as string | undefined);
    return (value: string) => regex.test(value);
  }
  let last: { readonly pattern: string; readonly escape: string | undefined; readonly regex: RegExp } | undefined;
  return (value: string, pattern: string, escape?: string) => {
    if (last?.pattern !== pattern || last.escape !== escape) last = { pattern, escape, regex: build(pattern, escape) };
    return last.regex.test(value);
  };
}

const bytesOf = (value: string | Uint8Array): Uint8Array => (typeof value === 'string' ? Buffer.from(value) : value);

function affix(
  name: 'STARTSWITH' | 'ENDSWITH',
  where: string,
  holds: (value: Buffer, part: Uint8Array) => boolean,
  example: ScalarFunction['examples'],
): ScalarFunction {
  return defineFunction({
    name,
    category: 'string',
    signature: `${name}(value, part)`,
    doc: `Whether the string (or bytes) ${where} with the part.`,
    examples: example,
    resolve: firstOf({ parameters: [text, text], type: BOOLEAN }, { parameters: [binary, binary], type: BOOLEAN }),
    evaluate: () => (value: string | Uint8Array, part: string | Uint8Array) =>
      holds(Buffer.from(bytesOf(value)), bytesOf(part)),
  });
}

export const SEARCH_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'POSITION',
    category: 'string',
    signature: 'POSITION(part IN string)',
    doc: 'The position of the first occurrence of the part, 0 when there is none.',
    examples: [
      { sql: "POSITION('l' IN 'hello')", result: '3' },
      { sql: "POSITION('z' IN 'hello')", result: '0' },
    ],
    resolve: takes([text, text], INT),
    evaluate: () => (needle: string, value: string) => locate(needle, value),
  }),
  defineFunction({
    name: 'LOCATE',
    category: 'string',
    signature: 'LOCATE(part, string [, position ])',
    doc: 'The position of the first occurrence of the part from a position on, 0 when there is none.',
    examples: [
      { sql: "LOCATE('l', 'hello')", result: '3' },
      { sql: "LOCATE('l', 'hello', 4)", result: '4' },
      { sql: "LOCATE('l', 'hello', 0)", result: '3' },
    ],
    resolve: takes([text, text, int], INT, { optional: 1 }),
    evaluate: () => locate,
  }),
  defineFunction({
    name: 'INSTR',
    category: 'string',
    signature: 'INSTR(string, part)',
    doc: 'The position of the first occurrence of the part, 0 when there is none.',
    examples: [{ sql: "INSTR('hello', 'lo')", result: '4' }],
    resolve: takes([text, text], INT),
    evaluate: () => (value: string, needle: string) => locate(needle, value),
  }),
  affix('STARTSWITH', 'starts', (value, part) => value.subarray(0, part.length).equals(part), [
    { sql: "STARTSWITH('hello', 'he')", result: 'TRUE' },
  ]),
  affix(
    'ENDSWITH',
    'ends',
    (value, part) => part.length <= value.length && value.subarray(value.length - part.length).equals(part),
    [{ sql: "ENDSWITH('hello', 'lo')", result: 'TRUE' }],
  ),
  defineFunction({
    name: 'REPLACE',
    category: 'string',
    signature: 'REPLACE(string, part, replacement)',
    doc: 'The string with every occurrence of the part replaced.',
    examples: [
      { sql: "REPLACE('hello', 'l', 'L')", result: 'heLLo' },
      { sql: "REPLACE('abc', '', 'x')", result: 'xaxbxcx' },
    ],
    resolve: takes([text, text, text], STRING),
    evaluate: () => (value: string, part: string, replacement: string) => value.replaceAll(part, () => replacement),
  }),
  defineFunction({
    name: 'LIKE',
    category: 'comparison',
    signature: 'string LIKE pattern [ ESCAPE character ]',
    doc: 'Whether the string fits the pattern: % stands for any characters, _ for one. There is no default escape.',
    examples: [
      { sql: "'hello' LIKE 'h_l%'", result: 'TRUE' },
      { sql: "'a%c' LIKE 'a\\%c'", result: 'FALSE' },
      { sql: "'a%c' LIKE 'a#%c' ESCAPE '#'", result: 'TRUE' },
    ],
    resolve: withPattern(takes([text, text, text], BOOLEAN, { optional: 1 }), likeRegex),
    evaluate: (site) => patternMatcher(site, likeRegex),
  }),
  defineFunction({
    name: 'SIMILAR TO',
    category: 'comparison',
    signature: 'string SIMILAR TO pattern [ ESCAPE character ]',
    doc: 'Whether the string fits the pattern of the SQL standard: % and _ as in LIKE, | * + ? {n} ( ) [ ] as usual.',
    examples: [
      { sql: "'abab' SIMILAR TO '(ab)+'", result: 'TRUE' },
      { sql: "'abc' SIMILAR TO 'a'", result: 'FALSE' },
    ],
    resolve: withPattern(takes([text, text, text], BOOLEAN, { optional: 1 }), similarRegex),
    evaluate: (site) => patternMatcher(site, similarRegex),
  }),
];

/** Characters taken from the ends, or added to them. */
import { STRING } from '../../types/data-type.ts';
import { defineFunction } from '../define.ts';
import type { ScalarFunction } from '../function.ts';
import { always, int, takes, text, textAsLongAs } from '../overload.ts';
import { codePointCount } from './case.ts';
import { sliceCodePoints } from './slice.ts';

interface Ends {
  readonly left: boolean;
  readonly right: boolean;
}

const ENDS: Readonly<Record<string, Ends>> = {
  LEADING: { left: true, right: false },
  TRAILING: { left: false, right: true },
  BOTH: { left: true, right: true },
};

/** Takes characters that are in `set` from the ends. */
function trim(value: string, set: string, { left, right }: Ends): string {
  const chars = Array.from(value);
  const unwanted = new Set(Array.from(set));
  let start = 0;
  let end = chars.length;
  if (left) while (start < end && unwanted.has(chars[start] as string)) start++;
  if (right) while (end > start && unwanted.has(chars[end - 1] as string)) end--;
  return chars.slice(start, end).join('');
}

function trimmer(name: string, doc: string, ends: Ends, examples: ScalarFunction['examples']): ScalarFunction {
  return defineFunction({
    name,
    category: 'string',
    signature: `${name}(string [, characters ])`,
    doc: `${doc} Without a set of characters, blanks.`,
    examples,
    resolve: takes([text, text], name === 'BTRIM' ? STRING : textAsLongAs(0), { optional: 1 }),
    evaluate:
      () =>
      (value: string, set = ' ') =>
        trim(value, set, ends),
  });
}

function pad(value: string, length: number, filler: string): { readonly kept: string; readonly added: string } | null {
  if (length < 0 || filler === '') return null;
  const missing = length - codePointCount(value);
  if (missing <= 0) return { kept: sliceCodePoints(value, 0, length), added: '' };
  return {
    kept: value,
    added: sliceCodePoints(filler.repeat(Math.ceil(missing / codePointCount(filler))), 0, missing),
  };
}

export const TRIM_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'TRIM',
    category: 'string',
    signature: 'TRIM([ BOTH | LEADING | TRAILING ] [ characters ] FROM string) or TRIM(string)',
    doc: 'The string without the given characters (blanks by default) at its ends.',
    examples: [
      { sql: "TRIM('  a b  ')", result: 'a b' },
      { sql: "TRIM(LEADING 'x' FROM 'xxaxx')", result: 'axx' },
      { sql: "TRIM(BOTH 'xy' FROM 'yxaxy')", result: 'a' },
    ],
    resolve: takes([text, text, text], textAsLongAs(2)),
    evaluate: () => (where: string, set: string, value: string) => trim(value, set, ENDS[where] as Ends),
  }),
  trimmer('LTRIM', 'The string without the given characters at its start.', ENDS['LEADING'] as Ends, [
    { sql: "LTRIM('  a ')", result: 'a ' },
  ]),
  trimmer('RTRIM', 'The string without the given characters at its end.', ENDS['TRAILING'] as Ends, [
    { sql: "RTRIM(' a  ')", result: ' a' },
  ]),
  trimmer('BTRIM', 'The string without the given characters at both ends.', ENDS['BOTH'] as Ends, [
    { sql: "BTRIM('xxaxx', 'x')", result: 'a' },
  ]),
  defineFunction({
    name: 'LPAD',
    category: 'string',
    signature: 'LPAD(string, length, filler)',
    doc: 'The string filled on the left, or cut, to a length; NULL for a negative length or an empty filler.',
    examples: [
      { sql: "LPAD('hi', 5, 'xy')", result: 'xyxhi' },
      { sql: "LPAD('hello', 2, 'x')", result: 'he' },
      { sql: "LPAD('hi', -1, 'x')", result: 'NULL' },
      { sql: "LPAD('hi', 5, '')", result: 'NULL' },
    ],
    resolve: takes([text, int, text], always(STRING)),
    evaluate: () => (value: string, length: number, filler: string) => {
      const parts = pad(value, length, filler);
      return parts === null ? null : parts.added + parts.kept;
    },
  }),
  defineFunction({
    name: 'RPAD',
    category: 'string',
    signature: 'RPAD(string, length, filler)',
    doc: 'The string filled on the right, or cut, to a length; NULL for a negative length or an empty filler.',
    examples: [
      { sql: "RPAD('hi', 5, 'xy')", result: 'hixyx' },
      { sql: "RPAD('hello', 2, 'x')", result: 'he' },
    ],
    resolve: takes([text, int, text], always(STRING)),
    evaluate: () => (value: string, length: number, filler: string) => {
      const parts = pad(value, length, filler);
      return parts === null ? null : parts.kept + parts.added;
    },
  }),
];

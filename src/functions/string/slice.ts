/** Parts of strings. Positions count code points from 1. */
import { type DataType, INT, STRING, varchar, withNullable } from '../../types/data-type.ts';
import { defineFunction } from '../define.ts';
import type { ScalarFunction } from '../function.ts';
import { always, firstOf, int, takes, text, textAsLongAs } from '../overload.ts';
import { codePointCount } from './case.ts';

const hasSurrogates = (value: string): boolean => /[\ud800-\udfff]/.test(value);

/** As `String.slice`, in code points. */
export function sliceCodePoints(value: string, start: number, end: number): string {
  return hasSurrogates(value) ? Array.from(value).slice(start, end).join('') : value.slice(start, end);
}

/** Flink's SUBSTRING: a negative position counts from the end, a negative length gives NULL. */
function substring(value: string, position: number, length = 2147483647): string | null {
  if (length < 0) return null;
  const count = codePointCount(value);
  const start = position > 0 ? position - 1 : position < 0 ? count + position : 0;
  return start < 0 || start >= count ? '' : sliceCodePoints(value, start, Math.min(count, start + length));
}

function overlay(value: string, replacement: string, position: number, length = codePointCount(replacement)): string {
  const count = codePointCount(value);
  if (position <= 0 || position > count) return value;
  const tail = length > 0 && position + length <= count ? sliceCodePoints(value, position - 1 + length, count) : '';
  return sliceCodePoints(value, 0, position - 1) + replacement + tail;
}

function splitIndex(value: string, separator: string, index: number): string | null {
  if (index < 0 || value === '') return null;
  return (separator === '' ? value.split(/\s/) : value.split(separator))[index] ?? null;
}

/** Flink lets the parts of a string be NULL, whatever the arguments are. */
const partOf = (types: readonly DataType[]): DataType =>
  withNullable(types[0]?.kind === 'CHAR' || types[0]?.kind === 'VARCHAR' ? varchar(types[0].length) : STRING, true);

export const SLICE_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'SUBSTRING',
    aliases: ['SUBSTR'],
    category: 'string',
    signature: 'SUBSTRING(string FROM position [ FOR length ]) or SUBSTR(string, position [, length ])',
    doc: 'The part from a position on; a negative position counts from the end, a negative length gives NULL.',
    examples: [
      { sql: "SUBSTRING('hello' FROM 2 FOR 3)", result: 'ell' },
      { sql: "SUBSTR('hello', -3, 2)", result: 'll' },
      { sql: "SUBSTR('hello', 0, 3)", result: 'hel' },
      { sql: "SUBSTR('hello', -10, 2)", result: '' },
      { sql: "SUBSTR('hello', 9)", result: '' },
      { sql: "SUBSTR('hello', 2, 0)", result: '' },
      { sql: "SUBSTRING('hello', 2, -1)", result: 'NULL' },
    ],
    resolve: takes([text, int, int], partOf, { optional: 1 }),
    evaluate: () => substring,
  }),
  defineFunction({
    name: 'LEFT',
    category: 'string',
    signature: 'LEFT(string, length)',
    doc: 'The first characters; none for a negative length.',
    examples: [
      { sql: "LEFT('hello', 2)", result: 'he' },
      { sql: "LEFT('hello', -1)", result: '' },
    ],
    resolve: takes([text, int], partOf),
    evaluate: () => (value: string, length: number) => sliceCodePoints(value, 0, Math.max(0, length)),
  }),
  defineFunction({
    name: 'RIGHT',
    category: 'string',
    signature: 'RIGHT(string, length)',
    doc: 'The last characters; none for a negative length.',
    examples: [{ sql: "RIGHT('hello', 2)", result: 'lo' }],
    resolve: takes([text, int], partOf),
    evaluate: () => (value: string, length: number) => {
      const count = codePointCount(value);
      return sliceCodePoints(value, Math.max(0, count - Math.max(0, length)), count);
    },
  }),
  defineFunction({
    name: 'SPLIT_INDEX',
    category: 'string',
    signature: 'SPLIT_INDEX(string, separator, index)',
    doc: 'The part with the given index, from 0, between separators; NULL when there is none.',
    examples: [
      { sql: "SPLIT_INDEX('a,,c', ',', 1)", result: '' },
      { sql: "SPLIT_INDEX('a,,c', ',', 3)", result: 'NULL' },
      { sql: "SPLIT_INDEX('a,,c', ',', -1)", result: 'NULL' },
      { sql: "SPLIT_INDEX('', ',', 0)", result: 'NULL' },
    ],
    resolve: firstOf(
      { parameters: [text, text, int], type: always(STRING) },
      { parameters: [text, int, int], type: always(STRING) },
    ),
    evaluate: ({ argTypes }) =>
      argTypes[1]?.kind === 'INTEGER'
        ? (value: string, separator: number, index: number) => splitIndex(value, String.fromCharCode(separator), index)
        : splitIndex,
  }),
  defineFunction({
    name: 'OVERLAY',
    category: 'string',
    signature: 'OVERLAY(string PLACING replacement FROM position [ FOR length ])',
    doc: 'The string with a part replaced; the part is as long as the replacement unless a length is given.',
    examples: [
      { sql: "OVERLAY('This is an old string' PLACING ' new' FROM 10 FOR 5)", result: 'This is a new string' },
      { sql: "OVERLAY('xxxxxtest' PLACING 'xxxx' FROM 6)", result: 'xxxxxxxxx' },
    ],
    resolve: takes([text, text, int, int], textAsLongAs(0, 1), { optional: 1 }),
    evaluate: () => overlay,
  }),
  defineFunction({
    name: 'REPEAT',
    category: 'string',
    signature: 'REPEAT(string, times)',
    doc: 'The string so many times; the empty string for none and fewer.',
    examples: [
      { sql: "REPEAT('ab', 2)", result: 'abab' },
      { sql: "REPEAT('ab', -1)", result: '' },
    ],
    resolve: takes([text, int], STRING),
    evaluate: () => (value: string, times: number) => value.repeat(Math.max(0, times)),
  }),
  defineFunction({
    name: 'REVERSE',
    category: 'string',
    signature: 'REVERSE(string)',
    doc: 'The characters from last to first.',
    examples: [{ sql: "REVERSE('abc')", result: 'cba' }],
    resolve: takes([text], always(STRING)),
    evaluate: () => (value: string) => Array.from(value).reverse().join(''),
  }),
  defineFunction({
    name: 'ASCII',
    category: 'string',
    signature: 'ASCII(string)',
    doc: 'The first byte of the string, signed; 0 for the empty string.',
    examples: [
      { sql: "ASCII('abc')", result: '97' },
      { sql: "ASCII('é')", result: '-61' },
      { sql: "ASCII('')", result: '0' },
    ],
    resolve: takes([text], INT),
    evaluate: () => (value: string) => (value === '' ? 0 : ((Buffer.from(value.slice(0, 2))[0] as number) << 24) >> 24),
  }),
];

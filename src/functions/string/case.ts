/** Case, length and concatenation. */
import { type DataType, INT, MAX_LENGTH, STRING } from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';
import { defineFunction } from '../define.ts';
import type { ScalarFunction } from '../function.ts';
import { nullableLike, takes, text } from '../overload.ts';

/** CHAR or VARCHAR of the arguments' lengths together, as `||` types its result. */
function joined(types: readonly DataType[]): DataType {
  const length = types.reduce((sum, type) => Math.min(MAX_LENGTH, sum + (type as { length: number }).length), 0);
  const fixed = types.every((type) => type.kind === 'CHAR');
  return nullableLike({ kind: fixed ? 'CHAR' : 'VARCHAR', length, nullable: true }, types);
}

/** The number of code points. */
export function codePointCount(value: string): number {
  let count = value.length;
  for (let i = 0; i < value.length - 1; i++) {
    if ((value.codePointAt(i) as number) > 0xffff) {
      count--;
      i++;
    }
  }
  return count;
}

const isLetterOrDigit = (unit: number): boolean =>
  (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);

/** Flink's way: ASCII letters after anything that is not an ASCII letter or digit become upper case, others lower. */
function initCap(value: string): string {
  let result = '';
  let start = true;
  for (const char of value) {
    result += start ? char.toUpperCase() : char.toLowerCase();
    start = char.length > 1 || !isLetterOrDigit(char.charCodeAt(0));
  }
  return result;
}

export const CASE_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: '||',
    category: 'string',
    signature: 'string1 || string2',
    doc: 'The strings one after the other; NULL when one of them is.',
    examples: [{ sql: "'ab' || 'c'", result: 'abc' }],
    resolve: takes([text, text], joined),
    evaluate: () => (a: string, b: string) => a + b,
    inline: (_, [a, b]) => ({ text: `(${a} + ${b})`, total: true }),
  }),
  defineFunction({
    name: 'CONCAT',
    category: 'string',
    signature: 'CONCAT(string1, string2, …)',
    doc: 'The strings one after the other; NULL when one of them is.',
    examples: [{ sql: "CONCAT('AA', 'BB', 'CC')", result: 'AABBCC' }],
    resolve: takes([text], STRING, { repeated: true }),
    evaluate:
      () =>
      (...parts: string[]) =>
        parts.join(''),
    inline: (_, args) => ({ text: `(${args.join(' + ')})`, total: true }),
  }),
  defineFunction({
    name: 'CONCAT_WS',
    category: 'string',
    signature: 'CONCAT_WS(separator, string1, string2, …)',
    doc: 'The strings that are not NULL with the separator between them; NULL when the separator is.',
    examples: [
      { sql: "CONCAT_WS('~', 'AA', CAST(NULL AS STRING), 'BB', '', 'CC')", result: 'AA~BB~~CC' },
      { sql: "CONCAT_WS(CAST(NULL AS STRING), 'AA')", result: 'NULL' },
    ],
    nulls: 'handled',
    resolve: takes([text, text], STRING, { optional: 1, repeated: true }),
    evaluate:
      () =>
      (separator: Value, ...parts: Value[]) =>
        separator === null ? null : parts.filter((part) => part !== null).join(separator as string),
  }),
  defineFunction({
    name: 'UPPER',
    category: 'string',
    signature: 'UPPER(string)',
    doc: 'The string in upper case.',
    examples: [{ sql: "UPPER('aBc')", result: 'ABC' }],
    resolve: takes([text], (types) => types[0]),
    evaluate: () => (value: string) => value.toUpperCase(),
    inline: (_, [a]) => ({ text: `${a}.toUpperCase()`, total: true }),
  }),
  defineFunction({
    name: 'LOWER',
    category: 'string',
    signature: 'LOWER(string)',
    doc: 'The string in lower case.',
    examples: [{ sql: "LOWER('aBc')", result: 'abc' }],
    resolve: takes([text], (types) => types[0]),
    evaluate: () => (value: string) => value.toLowerCase(),
    inline: (_, [a]) => ({ text: `${a}.toLowerCase()`, total: true }),
  }),
  defineFunction({
    name: 'INITCAP',
    category: 'string',
    signature: 'INITCAP(string)',
    doc: 'The string with the first letter of each word in upper case and the others in lower case.',
    examples: [{ sql: "INITCAP('hello wORLD-x')", result: 'Hello World-X' }],
    resolve: takes([text], (types) => types[0]),
    evaluate: () => initCap,
  }),
  defineFunction({
    name: 'CHAR_LENGTH',
    aliases: ['CHARACTER_LENGTH'],
    category: 'string',
    signature: 'CHAR_LENGTH(string)',
    doc: 'The number of characters (code points).',
    examples: [
      { sql: "CHAR_LENGTH('abc')", result: '3' },
      { sql: "CHAR_LENGTH('😀')", result: '1' },
    ],
    resolve: takes([text], INT),
    evaluate: () => codePointCount,
  }),
];

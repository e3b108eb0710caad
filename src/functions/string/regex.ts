/** Regular expressions of Java. A pattern that is none gives NULL (REGEXP: FALSE), as in Flink. */
import { BOOLEAN, STRING } from '../../types/data-type.ts';
import { defineFunction } from '../define.ts';
import type { CallSite, ScalarFunction } from '../function.ts';
import { always, int, takes, text } from '../overload.ts';
import { javaRegex } from './java-regex.ts';

/** The compiled pattern of a call: once where it is constant, else as it changes. */
function patternOf({ literals }: CallSite, flags = ''): (pattern: string) => RegExp | undefined {
  const constant = literals[1];
  let last = typeof constant === 'string' ? constant : '';
  let regex = javaRegex(last, flags);
  return (pattern) => {
    if (pattern !== last) {
      last = pattern;
      regex = javaRegex(pattern, flags);
    }
    return regex;
  };
}

export const REGEX_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'REGEXP',
    category: 'string',
    signature: 'REGEXP(string, pattern)',
    doc: 'Whether the pattern occurs in the string; FALSE for an empty pattern.',
    examples: [
      { sql: "REGEXP('foobar', 'o+b')", result: 'TRUE' },
      { sql: "REGEXP('abc', '')", result: 'FALSE' },
    ],
    resolve: takes([text, text], BOOLEAN),
    evaluate(site) {
      const compiled = patternOf(site);
      return (value: string, pattern: string) => pattern !== '' && (compiled(pattern)?.test(value) ?? false);
    },
  }),
  defineFunction({
    name: 'REGEXP_EXTRACT',
    category: 'string',
    signature: 'REGEXP_EXTRACT(string, pattern [, group ])',
    doc: 'What the first match has in a group, 0 being the whole match; NULL when there is no match or no such group.',
    examples: [
      { sql: "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)')", result: 'foothebar' },
      { sql: "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)", result: 'bar' },
      { sql: "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 3)", result: 'NULL' },
      { sql: "REGEXP_EXTRACT('foothebar', 'x')", result: 'NULL' },
      { sql: "REGEXP_EXTRACT('foothebar', '(')", result: 'NULL' },
    ],
    resolve: takes([text, text, int], always(STRING), { optional: 1 }),
    evaluate(site) {
      const compiled = patternOf(site);
      return (value: string, pattern: string, group = 0) => compiled(pattern)?.exec(value)?.[group] ?? null;
    },
  }),
  defineFunction({
    name: 'REGEXP_REPLACE',
    category: 'string',
    signature: 'REGEXP_REPLACE(string, pattern, replacement)',
    doc: 'The string with every match replaced by the replacement as it stands: $1 is no reference.',
    examples: [
      { sql: "REGEXP_REPLACE('foobar', 'oo|ar', '')", result: 'fb' },
      { sql: "REGEXP_REPLACE('foobar', '(o)(b)', '$2$1')", result: 'fo$2$1ar' },
    ],
    resolve: takes([text, text, text], always(STRING)),
    evaluate(site) {
      const compiled = patternOf(site, 'g');
      return (value: string, pattern: string, replacement: string) => {
        const regex = compiled(pattern);
        return regex === undefined ? null : value.replace(regex, () => replacement);
      };
    },
  }),
];

import { expect, test } from 'vitest';
import { EngineError } from '../../../src/errors.ts';
import { displayWidth } from '../../../src/output/display-width.ts';
import { errorText } from '../../../src/shell/error-text.ts';
import { painter } from '../../../src/shell/style.ts';

const error = (sql: string, part: string): EngineError => {
  const start = sql.indexOf(part);
  return new EngineError('undefined_column', 'it is not there', {
    span: { start, end: start + part.length, line: 1, column: start + 1 },
    hint: 'Look elsewhere.',
  });
};

test('the caret stands under its place, behind wide characters too', () => {
  const sql = "SELECT '日本語', 数 FROM t";
  expect(errorText(error(sql, '数'), sql, 80, painter(false)).split('\n')).toEqual([
    'ERROR 42703: it is not there',
    `LINE 1: ${sql}`,
    // "LINE 1: SELECT '" is 16 columns, the three characters 6, "', " another 3.
    `${' '.repeat(25)}^^`,
    'HINT:  Look elsewhere.',
  ]);
});

test('a line that does not fit is cut so that its place is seen', () => {
  const sql = `SELECT ${'a, '.repeat(60)}nope, ${'b, '.repeat(60)}c FROM t`;
  const [, line = '', caret = ''] = errorText(error(sql, 'nope'), sql, 40, painter(false)).split('\n');
  expect(displayWidth(line)).toBeLessThan(40);
  expect(line.slice(caret.indexOf('^'), caret.length)).toBe('nope');
});

test('colours change nothing of the text', () => {
  const sql = 'SELECT nope FROM t';
  const plain = errorText(error(sql, 'nope'), sql, 80, painter(false));
  const coloured = errorText(error(sql, 'nope'), sql, 80, painter(true));
  expect(coloured).not.toBe(plain);
  // oxlint-disable-next-line no-control-regex
  expect(coloured.replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(plain);
});

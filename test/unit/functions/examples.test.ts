import { describe, expect, test } from 'vitest';
import { functionInfos } from '../../../src/functions/registry.ts';
import { evaluateSql } from './sql-expression.ts';

// Every example of every function says what it gives: the reference page shows them, so they have to be true.

describe.each(functionInfos().map((info) => [info.name, info] as const))('%s', (_, info) => {
  test.each(info.examples.map((example) => [example.sql, example.result] as const))('%s', (sql, result) => {
    expect(evaluateSql(sql).text).toBe(result);
  });
  test('says what it is', () => {
    expect(info.doc).toMatch(/\.$/);
    expect(info.signature).not.toBe('');
  });
});

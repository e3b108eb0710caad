import { describe, expect, it } from 'vitest';
import type { SourceSpan } from '../../../src/errors.ts';
import { parseExpression, parseScript, parseStatement } from '../../../src/parser/parser.ts';
import { printSql } from '../../../src/parser/print.ts';
import { expressions, scripts, withoutSpans } from './corpus.ts';

describe.each(Object.entries(scripts))('the statements of %s', (_, text) => {
  const { statements, errors } = parseScript(text);

  it('all parse', () => {
    expect(errors).toEqual([]);
    expect(statements.length).toBeGreaterThan(50);
  });

  it.each(statements.map((parsed) => [parsed.text, parsed.statement] as const))(
    'print and parse again: %s',
    (_, tree) => {
      const printed = printSql(tree);
      expect(withoutSpans(parseStatement(printed))).toEqual(withoutSpans(tree));
    },
  );

  it('have spans within their text and around their parts', () => {
    for (const { statement, span, text: own } of statements) {
      expect(text.slice(span.start, span.end)).toBe(own);
      checkSpans(statement, span, text);
    }
  });
});

describe('expressions', () => {
  it.each(expressions)('print and parse again: %s', (text) => {
    const tree = parseExpression(text);
    expect(withoutSpans(parseExpression(printSql(tree)))).toEqual(withoutSpans(tree));
  });
});

function checkSpans(node: unknown, outer: SourceSpan, text: string): void {
  if (Array.isArray(node)) {
    for (const item of node) checkSpans(item, outer, text);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const { kind, span } = node as { readonly kind?: string; readonly span?: SourceSpan };
  if (kind === undefined || span === undefined) return;
  expect(span.start, kind).toBeGreaterThanOrEqual(outer.start);
  expect(span.end, kind).toBeLessThanOrEqual(outer.end);
  expect(span.end, kind).toBeGreaterThan(span.start);
  const before = text.slice(0, span.start).split('\n');
  expect([span.line, span.column], kind).toEqual([before.length, (before.at(-1)?.length ?? 0) + 1]);
  for (const [key, value] of Object.entries(node)) {
    // A key on a column names the column, whose name stands before it.
    if (key === 'primaryKey' || key === 'span') continue;
    checkSpans(value, span, text);
  }
}

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
      expect(spanProblems(statement, span, text)).toEqual([]);
    }
  });
});

describe('expressions', () => {
  it.each(expressions)('print and parse again: %s', (text) => {
    const tree = parseExpression(text);
    expect(withoutSpans(parseExpression(printSql(tree)))).toEqual(withoutSpans(tree));
  });
});

/** What is wrong with the spans of a tree. */
function spanProblems(node: unknown, outer: SourceSpan, text: string): string[] {
  if (Array.isArray(node)) return node.flatMap((item) => spanProblems(item, outer, text));
  if (typeof node !== 'object' || node === null) return [];
  const { kind, span } = node as { readonly kind?: string; readonly span?: SourceSpan };
  if (kind === undefined || span === undefined) return [];
  const before = text.slice(0, span.start).split('\n');
  const problems = [
    span.start < outer.start || span.end > outer.end ? 'reaches out of its parent' : '',
    span.end <= span.start ? 'is empty' : '',
    span.line !== before.length || span.column !== (before.at(-1)?.length ?? 0) + 1 ? 'has another position' : '',
  ];
  const inner = Object.entries(node)
    // A key on a column names the column, whose name stands before it.
    .filter(([key]) => key !== 'primaryKey' && key !== 'span')
    .flatMap(([, value]) => spanProblems(value, span, text));
  return [...problems.filter((problem) => problem !== '').map((problem) => `${kind} ${problem}`), ...inner];
}

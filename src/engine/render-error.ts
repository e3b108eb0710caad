import type { EngineError } from '../errors.ts';

/**
 * An error as a person reads it:
 *
 *     ERROR 42703: column "amout" does not exist
 *     LINE 3:   WHERE amout > 100
 *                     ^^^^^
 *     HINT:  Columns of "orders" with similar names: "amount".
 */
export function renderError(error: EngineError, sql: string | null): string {
  const lines = [`ERROR ${error.sqlState}: ${error.message}`];
  if (error.span !== undefined && sql !== null) lines.push(...caret(sql, error.span));
  if (error.detail !== undefined) lines.push(`DETAIL:  ${error.detail}`);
  if (error.hint !== undefined) lines.push(`HINT:  ${error.hint}`);
  if (error.code === 'internal_error' && error.cause instanceof Error && error.cause.stack !== undefined) {
    lines.push(error.cause.stack);
  }
  return lines.join('\n');
}

/** Text of a line shown at most, so that a caret is never off the screen. */
const MAX_LINE = 120;

function caret(sql: string, span: { readonly start: number; readonly end: number }): string[] {
  const start = Math.min(span.start, sql.length);
  const lineStart = sql.lastIndexOf('\n', start - 1) + 1;
  const nextBreak = sql.indexOf('\n', start);
  const lineEnd = nextBreak === -1 ? sql.length : nextBreak;
  const number = sql.slice(0, lineStart).split('\n').length;
  // A long line is cut around the place.
  const cutAt = Math.max(lineStart, Math.min(start - MAX_LINE / 2, lineEnd - MAX_LINE));
  const shown = sql
    .slice(cutAt, Math.min(lineEnd, cutAt + MAX_LINE))
    .replaceAll('\t', ' ')
    .trimEnd();
  const head = `LINE ${number}: `;
  const width = Math.max(1, Math.min(span.end, lineEnd) - start);
  const pad = ' '.repeat(head.length + (start - cutAt));
  return [head + shown, pad + '^'.repeat(Math.min(width, MAX_LINE))];
}

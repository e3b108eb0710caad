/** Items of ORDER BY. */
import { EngineError } from '../../errors.ts';
import type { SortItem } from '../../parser/ast.ts';
import type { SortKey } from '../../plan/physical.ts';
import type { Schema } from '../../types/schema.ts';

/** `ORDER BY 2` names the second column. */
export function orderOrdinal(item: SortItem, schema: Schema): number | null {
  const { expression } = item;
  if (expression.kind !== 'numberLiteral' || !/^\d+$/.test(expression.text)) return null;
  const ordinal = Number(expression.text);
  if (ordinal >= 1 && ordinal <= schema.length) return ordinal - 1;
  throw new EngineError('undefined_column', `ORDER BY ${expression.text}: there is no such column`, {
    hint: `The query has ${schema.length} ${schema.length === 1 ? 'column' : 'columns'}.`,
    span: expression.span,
  });
}

/** NULL is the smallest value unless NULLS FIRST or LAST is written. */
export function sortKey(item: SortItem, column: number): SortKey {
  const descending = item.direction === 'desc';
  return { column, descending, nullsFirst: item.nulls === null ? !descending : item.nulls === 'first' };
}

/**
 * Copies rows between columns: one straight-line generated function per list of physical forms, so that a row of five
 * numbers costs five pairs of loads and stores and no dispatch. Forms of variable length go through the column's own
 * `copy`. The text is the same for the same forms and is compiled once.
 */
import type { ColumnBuilder } from '../../types/column-builder.ts';
import { physicalKind } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import type { Vector } from '../../types/vector.ts';

/** Writes row `from` of `vectors` to row `to` of `columns`, beginning at column `first`; `to` must be reserved. */
export type RowCopier = (
  columns: readonly ColumnBuilder[],
  first: number,
  to: number,
  vectors: readonly Vector[],
  from: number,
) => void;

const cache = new Map<string, RowCopier>();

function body(kind: string, i: number): string {
  const head = `{const c=columns[first+${i}],v=vectors[${i}];`;
  const valid = 'c.valid[to]=v.valid===null?1:v.valid[from];';
  switch (kind) {
    case 'bool':
    case 'i32':
    case 'f64':
      return `${head}${valid}c.data[to]=v.data[from];}`;
    case 'ts':
      return `${head}${valid}c.data[to]=v.data[from];c.nanos[to]=v.nanos[from];}`;
    case 'i64':
      return `${head}${valid}const a=c.halves,b=v.halves;a[2*to]=b[2*from];a[2*to+1]=b[2*from+1];}`;
    default:
      return `${head}c.copy(to,v,from);}`;
  }
}

export function compileRowCopier(schema: Schema): RowCopier {
  const text = schema.map((field, i) => body(physicalKind(field.type), i)).join('\n');
  let copier = cache.get(text);
  if (copier === undefined) {
    copier = new Function('columns', 'first', 'to', 'vectors', 'from', text) as RowCopier;
    cache.set(text, copier);
  }
  return copier;
}

/** Sets `count` columns of row `to` to NULL, beginning at column `first`. */
export function padWithNulls(columns: readonly ColumnBuilder[], first: number, count: number, to: number): void {
  for (let c = first; c < first + count; c++) (columns[c] as ColumnBuilder).setNull(to);
}

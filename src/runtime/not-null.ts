/**
 * NOT NULL of what is read. Everything behind the source believes the types, so a NULL under NOT NULL would be computed
 * with as whatever stands under it. Formats make such a record a bad one; what is left for this check are the rows that
 * a source makes itself, and fields of rows that are read whole. The rowtime has a check, and an error, of its own.
 */
import { EngineError } from '../errors.ts';
import type { PhysicalOf } from '../plan/physical.ts';
import { type Batch, DELETE } from '../types/batch.ts';
import { type DataType, timeAttribute } from '../types/data-type.ts';
import type { Vector } from '../types/vector.ts';

/** The first row that is NULL, or -1. A row that goes away may be NULL anywhere: some sources know only its key. */
export function firstNull({ valid }: Vector, { length, kinds }: Pick<Batch, 'length' | 'kinds'>): number {
  let row = valid === null ? -1 : valid.indexOf(0);
  while (row !== -1 && row < length && kinds?.[row] === DELETE) row = (valid as Uint8Array).indexOf(0, row + 1);
  return row < length ? row : -1;
}

/** Fails when a decoded column, or a field of its rows, is NULL and must not be. */
export function checkNotNull({ columns, table }: PhysicalOf<'scan'>, batch: Batch): void {
  columns.forEach((column, i) => {
    const path = nullUnderNotNull(batch.vectors[i] as Vector, column.type, batch);
    if (path === null || timeAttribute(column.type) !== undefined) return;
    const name = [...(column.kind === 'physical' ? column.path : [column.key]), ...path].join('.');
    throw new EngineError('not_null_violation', `column "${name}" of "${table.path.at(-1)}" is NOT NULL, and is NULL`, {
      hint: 'Declare it without NOT NULL.',
    });
  });
}

/** The field that is NULL and must not be, below the column; empty for the column itself. */
function nullUnderNotNull(vector: Vector, type: DataType, batch: Batch): readonly string[] | null {
  // A field of a row that may be NULL may be NULL as well.
  if (type.nullable) return null;
  if (firstNull(vector, batch) !== -1) return [];
  if (type.kind !== 'ROW' || vector.kind !== 'row') return null;
  for (const [f, field] of type.fields.entries()) {
    const below = nullUnderNotNull(vector.fields[f] as Vector, field.type, batch);
    if (below !== null) return [field.name, ...below];
  }
  return null;
}

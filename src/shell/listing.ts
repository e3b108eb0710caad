import { visible } from '../output/cells.ts';
import { displayWidth } from '../output/display-width.ts';
import { listingSchema } from '../session.ts';
import type { Schema } from '../types/schema.ts';
import { type ShellContext, columnsOf, print, took } from './context.ts';
import { tableText } from './results/table-text.ts';

/** Rows of text: SHOW, DESCRIBE, SET and the commands that list something. `columns`: names, or a schema that aligns numbers. */
export async function printListing(
  context: ShellContext,
  columns: readonly string[] | Schema,
  rows: readonly (readonly string[])[],
  startMs: number | null = null,
): Promise<void> {
  const time = startMs === null ? '' : took(context, startMs);
  if (rows.length === 0) {
    await print(context, `Empty set${time}`);
    return;
  }
  const schema = isNames(columns) ? listingSchema(columns) : columns;
  const cells = rows.map((row) => row.map(visible));
  const shape = { columns: columnsOf(context), maxColumnWidth: 200, expanded: context.expanded, wraps: true };
  // Where room is short, columns without a value are left out.
  const natural = schema.map((field, c) =>
    cells.reduce((width, row) => Math.max(width, displayWidth(row[c] ?? '')), field.name.length),
  );
  const isTight = natural.reduce((sum, width) => sum + width + 3, 1) > shape.columns;
  const kept = schema.map((_, c) => !isTight || cells.some((row) => row[c] !== ''));
  const lines = tableText(
    schema.filter((_, c) => kept[c]),
    cells.map((row) => row.filter((_, c) => kept[c])),
    shape,
  );
  await print(context, `${lines.join('\n')}\n${rows.length} ${rows.length === 1 ? 'row' : 'rows'} in set${time}`);
}

const isNames = (columns: readonly string[] | Schema): columns is readonly string[] => typeof columns[0] === 'string';

import { visible } from '../output/cells.ts';
import { listingSchema } from '../session.ts';
import { type ShellContext, columnsOf, print, took } from './context.ts';
import { tableText } from './results/table-text.ts';

/** Rows of text: SHOW, DESCRIBE, SET and the commands that list something. */
export async function printListing(
  context: ShellContext,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  startMs: number | null = null,
): Promise<void> {
  const time = startMs === null ? '' : took(context, startMs);
  if (rows.length === 0) {
    await print(context, `Empty set${time}`);
    return;
  }
  const cells = rows.map((row) => row.map(visible));
  const shape = { columns: columnsOf(context), maxColumnWidth: 200, expanded: context.expanded };
  const lines = tableText(listingSchema(columns), cells, shape);
  await print(context, `${lines.join('\n')}\n${rows.length} ${rows.length === 1 ? 'row' : 'rows'} in set${time}`);
}

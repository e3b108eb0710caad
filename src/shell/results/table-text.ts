/** A finished table as lines that fit the terminal: columns give way, or each row becomes a record of its own (`\x`). */
import { displayWidth, pad, shorten } from '../../output/display-width.ts';
import { visible } from '../../output/cells.ts';
import type { Cells } from '../../output/standing-rows.ts';
import { renderTable } from '../../output/table.ts';
import { wrapped } from '../../output/wrap.ts';
import { isNumeric } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';

export type Expanded = 'on' | 'off' | 'auto';

export interface TableShape {
  readonly columns: number;
  readonly maxColumnWidth: number;
  readonly expanded: Expanded;
  /** Long texts go on in the next line rather than be cut. */
  readonly wraps?: boolean;
}

/** Text columns may shrink to this before the table is given up. */
const LEAST_WIDTH = 8;

export function tableText(schema: Schema, rows: readonly Cells[], shape: TableShape): string[] {
  if (shape.expanded === 'on') return records(schema, rows, shape.columns);
  const fitting = fittingWidth(schema, rows, shape);
  if (fitting === null && shape.expanded === 'auto' && rows.length > 0) return records(schema, rows, shape.columns);
  const maxWidth = fitting ?? shape.maxColumnWidth;
  const isNumber = (c: number): boolean => isNumeric(typeAt(schema, c));
  if (shape.wraps === true)
    return renderTable(
      schema,
      rows.flatMap((row) => linesOf(row, isNumber, maxWidth)),
    );
  return renderTable(
    schema,
    rows.map((row) => row.map((cell, c) => (isNumber(c) ? cell : shorten(cell, maxWidth)))),
  );
}

/** A row as several, each with the next piece of what is too long. */
function linesOf(row: Cells, isNumber: (column: number) => boolean, maxWidth: number): Cells[] {
  const pieces = row.map((cell, c) => (isNumber(c) ? [cell] : wrapped(cell, maxWidth)));
  const count = Math.max(...pieces.map(({ length }) => length));
  return Array.from({ length: count }, (_, i) => pieces.map((piece) => piece[i] ?? ''));
}

const typeAt = (schema: Schema, column: number): Schema[number]['type'] => (schema[column] as Schema[number]).type;

/** How wide text columns may be for the table to fit; null when it does not. */
function fittingWidth(schema: Schema, rows: readonly Cells[], shape: TableShape): number | null {
  const natural = schema.map((field, c) =>
    rows.reduce((width, row) => Math.max(width, displayWidth(row[c] ?? '')), displayWidth(visible(field.name))),
  );
  const widthAt = (limit: number): number =>
    natural.reduce((sum, width, c) => {
      const head = displayWidth(visible((schema[c] as Schema[number]).name));
      return sum + 3 + (isNumeric(typeAt(schema, c)) ? width : Math.min(width, Math.max(limit, head)));
    }, 1);
  const widest = Math.max(...natural, LEAST_WIDTH);
  for (let limit = Math.min(shape.maxColumnWidth, widest); limit >= LEAST_WIDTH; limit--) {
    if (widthAt(limit) <= shape.columns) return limit;
  }
  return null;
}

/** A line for each value. */
function records(schema: Schema, rows: readonly Cells[], columns: number): string[] {
  const names = schema.map((field) => visible(field.name));
  const nameWidth = Math.min(Math.floor(columns / 2), Math.max(0, ...names.map(displayWidth)));
  return rows.flatMap((row, r) => {
    const title = `-[ RECORD ${r + 1} ]`;
    return [
      title + '-'.repeat(Math.max(0, Math.min(nameWidth + 20, columns - 1) - title.length)),
      ...names.map((name, c) => `${pad(shorten(name, nameWidth), nameWidth, false)} | ${row[c] ?? ''}`),
    ];
  });
}

/**
 * Results as text tables. `changelog` prints each change as it comes, with its row kind; `table` shows the rows that
 * stand: at the end when piped, redrawn in place on a terminal while the query runs.
 */
import { type Batch, ROW_KIND_NAMES } from '../types/batch.ts';
import { type DataType, isNumeric } from '../types/data-type.ts';
import type { Schema } from '../types/schema.ts';
import { cellsOf, visible } from './cells.ts';
import { clip, displayWidth, pad, shorten } from './display-width.ts';
import type { OutputOptions, ResultWriter } from './output.ts';
import { StandingRows } from './standing-rows.ts';

/** Flink's `table.display.max-column-width`. */
const MAX_WIDTH = 30;
/** Rows kept for a table that is printed at its end. */
const MAX_ROWS = 1_000_000;
const REDRAW_MS = 100;

export function tableWriter(options: OutputOptions): ResultWriter {
  const { schema, stdout, screen, timeZone, clock, order } = options;
  const rows = new StandingRows({ schema, timeZone, order, maxRows: MAX_ROWS });
  let drawn = 0;
  let lastDrawMs = -Infinity;
  let cancelDraw: (() => void) | null = null;
  const draw = (final: boolean): void | Promise<void> => {
    const all = rows.list();
    const room = screen === null ? all.length : Math.max(3, screen.lines - 6);
    const shown = final || all.length <= room ? all : all.slice(all.length - room);
    const lines = renderTable(schema, shown, MAX_WIDTH);
    lines.push(
      shown.length === all.length
        ? `(${all.length} ${all.length === 1 ? 'row' : 'rows'})`
        : `(the last ${shown.length} of ${all.length} rows)`,
    );
    const fitted = screen === null ? lines : lines.map((line) => clip(line, screen.columns));
    const back = drawn > 0 ? `\x1b[${drawn}A\x1b[J` : '';
    drawn = final ? 0 : fitted.length;
    cancelDraw?.();
    cancelDraw = null;
    lastDrawMs = clock.monotonic();
    return stdout.write(back + fitted.join('\n') + '\n');
  };
  /** Rows that came too soon after others are shown a little later, also when no more follow. */
  const drawLater = (ms: number): void => {
    cancelDraw ??= clock.schedule(ms, () => {
      // That the terminal is gone shows at the next write.
      void new Promise((resolve) => resolve(draw(false))).catch(() => {});
    });
  };
  return {
    write(batch: Batch) {
      rows.add(batch);
      if (screen === null) return undefined;
      const wait = lastDrawMs + REDRAW_MS - clock.monotonic();
      return wait > 0 ? drawLater(wait) : draw(false);
    },
    end: () => draw(true),
    abandon: () => cancelDraw?.(),
  };
}

export function changelogWriter(options: OutputOptions): ResultWriter {
  const { schema, stdout, query, timeZone } = options;
  const widths = schema.map((field) =>
    Math.min(MAX_WIDTH, Math.max(displayWidth(field.name), typicalWidth(field.type))),
  );
  const rule = `+----+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (op: string, cells: readonly string[]): string =>
    `| ${op} |${cells.map((cell, c) => ` ${pad(shorten(cell, widths[c] as number), widths[c] as number, true)} `).join('|')}|`;
  let head: string | null =
    (query === null ? '' : `query ${query}\n`) +
    [
      rule,
      line(
        'op',
        schema.map((field) => visible(field.name)),
      ),
      rule,
    ].join('\n') +
    '\n';
  let count = 0;
  return {
    write(batch: Batch) {
      const lines: string[] = [];
      for (let i = 0; i < batch.length; i++) {
        const kind = batch.kinds === null ? 0 : (batch.kinds[i] as number);
        lines.push(line(ROW_KIND_NAMES[kind as 0], cellsOf(batch, i, schema, timeZone)));
      }
      count += lines.length;
      if (lines.length === 0) return undefined;
      const text = (head ?? '') + lines.join('\n') + '\n';
      head = null;
      return stdout.write(text);
    },
    end() {
      return stdout.write(`${head ?? ''}${rule}\nReceived a total of ${count} ${count === 1 ? 'row' : 'rows'}\n`);
    },
  };
}

/** A table of text cells, as SHOW and DESCRIBE print it. */
export function renderTable(schema: Schema, rows: readonly (readonly string[])[], maxWidth = Infinity): string[] {
  const widths = schema.map((field, c) =>
    rows.reduce(
      (width, row) => Math.max(width, displayWidth(shorten(row[c] ?? '', maxWidth))),
      displayWidth(field.name),
    ),
  );
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (cells: readonly string[], right: (c: number) => boolean): string =>
    `|${cells.map((cell, c) => ` ${pad(shorten(cell, maxWidth), widths[c] as number, right(c))} `).join('|')}|`;
  return [
    rule,
    line(
      schema.map((field) => visible(field.name)),
      (c) => isNumeric((schema[c] as { type: DataType }).type),
    ),
    rule,
    ...rows.map((row) => line(row, (c) => isNumeric((schema[c] as { type: DataType }).type))),
    rule,
  ];
}

function typicalWidth(type: DataType): number {
  switch (type.kind) {
    case 'BIGINT':
      return 20;
    case 'INTEGER':
      return 11;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return 23;
    case 'DATE':
      return 10;
    case 'BOOLEAN':
      return 7;
    default:
      return MAX_WIDTH;
  }
}

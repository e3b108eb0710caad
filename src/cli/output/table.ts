/**
 * Results as text tables. `changelog` prints each change as it comes, with its row kind; `table` shows the rows that
 * stand: at the end when piped, redrawn in place on a terminal while the query runs.
 */
import { type Batch, ROW_KIND_NAMES, isRetraction } from '../../types/batch.ts';
import { compareValues } from '../../types/compare.ts';
import { type DataType, isNumeric } from '../../types/data-type.ts';
import { formatValue } from '../../types/format-value.ts';
import { timeZone as zoneOf } from '../../types/time-zone.ts';
import type { Field, Schema } from '../../types/schema.ts';
import { type Value, type Vector, getValue } from '../../types/vector.ts';
import type { OutputOptions, ResultWriter } from './output.ts';

/** Flink's `table.display.max-column-width`. */
const MAX_WIDTH = 30;
/** Rows kept for a table that is printed at its end. */
const MAX_ROWS = 1_000_000;
const REDRAW_MS = 100;

export function tableWriter(options: OutputOptions): ResultWriter {
  const { schema, stdout, screen, timeZone, clock, order } = options;
  const rows = new StandingRows(order);
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
      for (let i = 0; i < batch.length; i++) {
        const kind = batch.kinds === null ? 0 : (batch.kinds[i] as number);
        rows.apply(
          kind,
          cellsOf(batch, i, schema, timeZone),
          order.map(({ column }) => getValue(batch.vectors[column] as Vector, i, (schema[column] as Field).type)),
        );
      }
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

/** Text without what moves the cursor, colours or turns the line round: data must not act on the terminal. */
function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, (char) => {
    const code = char.charCodeAt(0);
    if (char === '\n' || char === '\r' || char === '\t') return ' ';
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd';
  });
}

type Order = OutputOptions['order'];

interface StandingRow {
  readonly cells: readonly string[];
  /** Values of the columns that order the rows. */
  readonly keys: readonly Value[];
  count: number;
}

/** The rows of a changelog that stand, as ORDER BY orders them, else in order of arrival; equal rows are counted. */
class StandingRows {
  readonly #rows = new Map<string, StandingRow>();
  readonly #order: Order;

  constructor(order: Order) {
    this.#order = order;
  }

  apply(kind: number, cells: readonly string[], keys: readonly Value[]): void {
    const id = JSON.stringify(cells);
    const row = this.#rows.get(id);
    if (isRetraction(kind)) {
      if (row === undefined) return;
      row.count--;
      if (row.count === 0) this.#rows.delete(id);
    } else if (row !== undefined) row.count++;
    else {
      if (this.#rows.size >= MAX_ROWS) this.#rows.delete(this.#rows.keys().next().value as string);
      this.#rows.set(id, { cells, keys, count: 1 });
    }
  }

  list(): (readonly string[])[] {
    const rows = [...this.#rows.values()];
    if (this.#order.length > 0) rows.sort((a, b) => compareKeys(a.keys, b.keys, this.#order));
    return rows.flatMap(({ cells, count }) => Array.from({ length: count }, () => cells));
  }
}

function compareKeys(a: readonly Value[], b: readonly Value[], order: Order): number {
  for (let i = 0; i < order.length; i++) {
    const { descending, nullsFirst } = order[i] as Order[number];
    const [left, right] = [a[i] as Value, b[i] as Value];
    if (left === null || right === null) {
      if (left !== right) return (left === null) === nullsFirst ? -1 : 1;
    } else {
      const compared = compareValues(left, right);
      if (compared !== 0) return descending ? -compared : compared;
    }
  }
  return 0;
}

function cellsOf(batch: Batch, row: number, schema: Schema, timeZone: string): string[] {
  return schema.map((field, c) => {
    const value = getValue(batch.vectors[c] as Vector, row, field.type);
    return value === null ? 'NULL' : visible(formatValue(value, field.type, zoneOf(timeZone)));
  });
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

const shorten = (text: string, width: number): string =>
  text.length > width && [...text].length > width ? [...text].slice(0, width - 3).join('') + '...' : text;
const clip = (text: string, columns: number): string => (text.length > columns ? text.slice(0, columns) : text);

/** Columns of a terminal that a text takes: wide East Asian characters and emoji take two. */
function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    const wide =
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) ||
      (code >= 0x1f300 && code <= 0x1faff);
    width += wide ? 2 : 1;
  }
  return width;
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return right ? space + text : text + space;
}

/** What a full-screen view shows: a window on rows, as lines. Knows nothing of keys or time. */
import { visible } from '../../output/cells.ts';
import { clip, displayWidth, pad, shorten } from '../../output/display-width.ts';
import type { Cells } from '../../output/standing-rows.ts';
import { isNumeric } from '../../types/data-type.ts';
import type { Paint, Style } from '../style.ts';
import type { RowsModel } from './rows-model.ts';

/** Lines that are not rows: title, header, rule, status. */
const FRAME_LINES = 4;
const GAP = '  ';

export class Page {
  readonly #model: RowsModel;
  readonly #maxWidth: number;
  /** Columns never get narrower, so that a live table does not jump. */
  readonly #widths: number[];
  /** The first row shown. */
  top = 0;
  /** The first column shown. */
  left = 0;
  /** The end stays in sight while rows come. */
  follows: boolean;
  found = '';

  constructor(model: RowsModel, maxWidth: number, follows: boolean) {
    this.#model = model;
    this.#maxWidth = maxWidth;
    this.follows = follows;
    this.#widths = model.schema.map((field) => Math.min(maxWidth, displayWidth(visible(field.name))));
  }

  height(lines: number): number {
    return Math.max(1, lines - FRAME_LINES);
  }

  scroll(rows: number, lines: number): void {
    const last = Math.max(0, this.#model.size - this.height(lines));
    this.top = Math.max(0, Math.min(last, (this.follows ? last : this.top) + rows));
    this.follows = rows > 0 && this.top === last;
  }

  toTop(): void {
    this.top = 0;
    this.follows = false;
  }

  turn(columns: number): void {
    this.left = Math.max(0, Math.min(this.#model.schema.length - 1, this.left + columns));
  }

  /** Goes to the next row that has the text; false when there is none. */
  find(text: string, lines: number): boolean {
    const again = text === this.found;
    this.found = text;
    const { size } = this.#model;
    const start = this.top + (again ? 1 : 0);
    for (let i = 0; i < size; i++) {
      const at = (start + i) % size;
      const [row] = this.#model.slice(at, at + 1);
      if (row?.some((cell) => cell.toLowerCase().includes(text.toLowerCase())) !== true) continue;
      this.follows = false;
      this.top = Math.min(at, Math.max(0, size - this.height(lines)));
      return true;
    }
    return false;
  }

  /** The rows in sight; the place of the first from 1. */
  visibleRows(lines: number): { readonly first: number; readonly rows: readonly Cells[] } {
    const height = this.height(lines);
    const last = Math.max(0, this.#model.size - height);
    this.top = this.follows ? last : Math.min(this.top, last);
    return { first: this.top + 1, rows: this.#model.slice(this.top, this.top + height) };
  }

  /** The header, a rule, the rows, and blank lines down to the status. */
  lines(screen: { readonly columns: number; readonly lines: number }, paint: Paint): string[] {
    const { rows } = this.visibleRows(screen.lines);
    for (const row of rows) {
      row.forEach((cell, c) => {
        const most = this.#isNumber(c) ? Infinity : this.#maxWidth;
        this.#widths[c] = Math.max(this.#widths[c] as number, Math.min(most, displayWidth(cell)));
      });
    }
    const names = this.#model.schema.map((field) => visible(field.name));
    const shown = this.#shownColumns(screen.columns);
    const line = (cells: Cells, styleOf: (cell: string) => Style): string => {
      let room = screen.columns;
      let text = '';
      for (const c of shown) {
        const width = Math.min(this.#widths[c] as number, room);
        const cell = pad(shorten(cells[c] ?? '', width), width, this.#isNumber(c));
        text += paint(styleOf(cell), cell) + (room - width >= GAP.length ? GAP : '');
        room -= width + GAP.length;
      }
      return text.trimEnd();
    };
    const rule = shown.map((c) => '─'.repeat(this.#widths[c] as number)).join(GAP);
    const needle = this.found.toLowerCase();
    const isFound = (cell: string): boolean => needle !== '' && cell.toLowerCase().includes(needle);
    const body = rows.map((row) => line(row, (cell) => (isFound(cell) ? 'found' : opStyle(cell))));
    const blank = Array.from({ length: this.height(screen.lines) - body.length }, () => '');
    return [line(names, () => 'bold'), paint('dim', clip(rule, screen.columns)), ...body, ...blank];
  }

  /** Numbers stand right, and half of one would be another. */
  #isNumber(column: number): boolean {
    return isNumeric((this.#model.schema[column] as RowsModel['schema'][number]).type);
  }

  /** Whether columns are hidden on the left or right. */
  get hiddenLeft(): number {
    return this.left;
  }

  hiddenRight(columns: number): number {
    return this.#model.schema.length - this.left - this.#shownColumns(columns).length;
  }

  /** From the first one on as many as fit; the last may be cut. */
  #shownColumns(columns: number): number[] {
    const shown: number[] = [];
    let width = 0;
    for (let c = this.left; c < this.#widths.length && (shown.length === 0 || width + 4 < columns); c++) {
      shown.push(c);
      width += (this.#widths[c] as number) + GAP.length;
    }
    return shown;
  }
}

/** Changes are told apart by colour too. */
function opStyle(cell: string): Style {
  switch (cell.trimEnd()) {
    case '+I':
    case '+U':
      return 'good';
    case '-U':
    case '-D':
      return 'invalid';
    case 'NULL':
      return 'dim';
    default:
      return 'plain';
  }
}

/**
 * The rows at the bottom of what was printed, which are drawn again whenever they change. What scrolled out of the top is
 * never touched, so a text higher than the terminal is shown in part, around its cursor.
 */
import { CLEAR, CURSOR, type Screen } from '../screen.ts';
import type { Layout, Row } from './layout.ts';

export class Region {
  readonly #screen: Screen;
  #rows: readonly Row[] = [];
  #cursorRow = 0;
  #cursorColumn = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  draw({ rows, cursor }: Layout): void {
    const height = Math.max(1, this.#screen.lines - 1);
    const first = rows.length <= height ? 0 : Math.max(0, Math.min(cursor.row - height + 2, rows.length - height));
    const shown = rows.slice(first, first + height);
    const row = Math.min(cursor.row - first, shown.length - 1);
    this.#screen.write(this.#replaced(shown) + CURSOR.up(shown.length - 1 - row) + CURSOR.column(cursor.column));
    this.#rows = shown;
    this.#cursorRow = row;
    this.#cursorColumn = cursor.column;
  }

  /** Takes the rows away; what is printed next stands in their place. */
  clear(): void {
    this.#screen.write(this.#replaced([]));
    this.#rows = [];
    this.#cursorRow = 0;
    this.#cursorColumn = 0;
  }

  /** Leaves the rows where they are and goes below them. */
  leave(): void {
    const below = this.#rows.length - 1 - this.#cursorRow;
    this.#screen.write(`${below > 0 ? `\x1b[${below}B` : ''}\r\n`);
    this.#rows = [];
    this.#cursorRow = 0;
    this.#cursorColumn = 0;
  }

  /**
   * From the first of the old rows on the new ones, and blank lines for those that are left over; the cursor ends in the
   * last new row. Line by line: where a region begins at the top, erasing down to the end of the screen would make some
   * terminals keep each version of it in their history.
   */
  #replaced(rows: readonly Row[]): string {
    const lines = Math.max(1, rows.length);
    const above =
      this.#lines(this.#rows.slice(0, this.#cursorRow)) + Math.floor(this.#cursorColumn / this.#screen.columns);
    const extra = Math.max(0, this.#lines(this.#rows) - lines);
    return (
      `${CURSOR.up(above)}\r` +
      (rows.length === 0 ? CLEAR.line : rows.map(({ text }) => CLEAR.line + text).join('\r\n')) +
      `\r\n${CLEAR.line}`.repeat(extra) +
      CURSOR.up(extra) +
      (rows.length === 0 ? '\r' : '')
    );
  }

  /** Lines that rows take: those that a narrower terminal has wrapped since take several. */
  #lines(rows: readonly Row[]): number {
    return rows.reduce((lines, { width }) => lines + Math.max(1, Math.ceil(width / this.#screen.columns)), 0);
  }
}

/**
 * A query's rows over the full screen, drawn again as they change. It opens only when the query takes a while, so that a
 * short one is printed like any other statement; a result that has come to its end stays until it is left, if it is too
 * long to be printed.
 */
import { clip, displayWidth } from '../../output/display-width.ts';
import type { Clock } from '../../platform/platform.ts';
import type { Batch } from '../../types/batch.ts';
import { CLEAR, CURSOR, FULL_SCREEN, type Key, type Screen } from '../screen.ts';
import type { Paint } from '../style.ts';
import { chordOf } from '../editor/keys.ts';
import type { Page } from './page.ts';
import type { RowsModel } from './rows-model.ts';

/** A query that is over before is not worth a view. */
const OPEN_MS = 400;
const REDRAW_MS = 100;
/** Drawing takes this part of the time at most. */
const DRAW_SHARE = 10;

export interface LiveViewOptions {
  readonly screen: Screen;
  readonly paint: Paint;
  readonly clock: Pick<Clock, 'monotonic' | 'schedule'>;
  readonly model: RowsModel;
  readonly page: Page;
  /** The statement, in one line. */
  readonly title: string;
  /** Rows that the job has read so far. */
  readonly rowsIn: () => number;
  /** Called as the view opens; what it returns, as it closes. */
  readonly onOpen: () => () => void;
}

export class LiveView {
  readonly #options: LiveViewOptions;
  readonly #startMs: number;
  readonly #stopKeys: () => void;
  readonly #stopResize: () => void;
  /** Resolves when the user leaves. */
  readonly left: Promise<void>;
  #leave: () => void = () => {};
  #open = false;
  #closed: (() => void) | null = null;
  #endMs: number | null = null;
  #note = '';
  #search: string | null = null;
  #cancelTimer: () => void = () => {};
  #nextDrawMs = 0;
  #timed = false;
  #lastRate = { ms: 0, rows: 0, perSecond: 0 };

  constructor(options: LiveViewOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonic();
    this.#lastRate = { ms: this.#startMs, rows: 0, perSecond: 0 };
    this.left = new Promise((resolve) => (this.#leave = resolve));
    this.#stopKeys = options.screen.listen((key) => this.#press(key));
    this.#stopResize = options.screen.onResize(() => this.#draw());
    this.#cancelTimer = options.clock.schedule(OPEN_MS, () => this.#openNow());
  }

  get isOpen(): boolean {
    return this.#open;
  }

  add(batch: Batch): void {
    this.#options.model.add(batch);
  }

  /** The query is over. Resolves when nobody looks any more: at once where its rows can be printed. */
  async end(fits: boolean): Promise<void> {
    this.#endMs = this.#options.clock.monotonic();
    if (!fits) {
      // What nobody saw coming is read from its beginning.
      if (!this.#open) this.#options.page.toTop();
      this.#openNow();
      this.#draw();
      await this.left;
    }
    this.close();
  }

  /** The job is asked to stop and has not yet. */
  stopping(): void {
    this.#note = 'stopping …  Ctrl-C again to leave it behind';
    this.#draw();
  }

  /** A promise for the next time that the user wants to leave. */
  leftAgain(): Promise<void> {
    return new Promise((resolve) => (this.#leave = resolve));
  }

  close(): void {
    this.#cancelTimer();
    this.#stopKeys();
    this.#stopResize();
    if (!this.#open) return;
    this.#open = false;
    this.#options.screen.write(CURSOR.show + FULL_SCREEN.leave);
    this.#closed?.();
  }

  #openNow(): void {
    if (this.#open) return;
    this.#cancelTimer();
    this.#open = true;
    this.#closed = this.#options.onOpen();
    this.#options.screen.write(FULL_SCREEN.enter + CURSOR.hide + CLEAR.all);
    this.#tick();
  }

  #tick(): void {
    this.#timed = false;
    this.#draw();
    if (this.#endMs === null) this.#later(Math.max(REDRAW_MS, this.#nextDrawMs));
  }

  #later(ms: number): void {
    if (this.#timed) return;
    this.#timed = true;
    this.#cancelTimer = this.#options.clock.schedule(ms, () => this.#tick());
  }

  #draw(): void {
    if (!this.#open) return;
    const { screen, paint, page, title, clock } = this.#options;
    const before = clock.monotonic();
    const lines = [
      paint('dim', clip(title, screen.columns)),
      ...page.lines(screen, paint),
      this.#search === null ? this.#status() : clip(`/${this.#search}`, screen.columns - 1),
    ].slice(0, screen.lines);
    const cursor = this.#search === null ? CURSOR.hide : CURSOR.show;
    screen.write(CURSOR.home + lines.map((line) => CLEAR.line + line).join('\r\n') + CLEAR.below + cursor);
    this.#nextDrawMs = (clock.monotonic() - before) * DRAW_SHARE;
  }

  #status(): string {
    const { screen, paint, model, page } = this.#options;
    const { columns } = screen;
    const { first, rows } = page.visibleRows(screen.lines);
    const n = (value: number): string => Math.round(value).toLocaleString('en-US');
    const seconds = ((this.#endMs ?? this.#options.clock.monotonic()) - this.#startMs) / 1000;
    const state = this.#endMs === null ? 'running' : 'finished';
    const where =
      model.size === 0
        ? 'no rows yet'
        : rows.length === model.size
          ? `${n(model.size)} ${model.size === 1 ? 'row' : 'rows'}`
          : `rows ${n(first)}-${n(first + rows.length - 1)} of ${model.total > model.size ? 'the last ' : ''}${n(model.size)}`;
    const hidden = page.hiddenLeft + page.hiddenRight(columns);
    const parts = [
      state,
      where,
      `${seconds.toFixed(1)} s`,
      ...(this.#endMs === null ? [`${n(this.#options.rowsIn())} in, ${n(this.#rate())}/s`] : []),
      ...(hidden > 0 ? [`${hidden} more columns: ← →`] : []),
    ];
    const fits = (keys: string): boolean => displayWidth(parts.join(' · ')) + displayWidth(keys) + 3 <= columns;
    const long = 'q quit  n/p page  / search';
    const keys = this.#note !== '' ? this.#note : fits(long) ? long : 'q quit';
    while (parts.length > 1 && !fits(keys)) parts.pop();
    const left = parts.join(' · ');
    const space = ' '.repeat(Math.max(1, columns - 1 - displayWidth(left) - displayWidth(keys)));
    return paint('chosen', clip(left + space + keys, columns - 1));
  }

  /** Rows read per second, over the last second or so. */
  #rate(): number {
    const now = this.#options.clock.monotonic();
    const rows = this.#options.rowsIn();
    const { ms, rows: before } = this.#lastRate;
    if (now - ms >= 1000 || (this.#lastRate.perSecond === 0 && now - ms > 200)) {
      this.#lastRate = { ms: now, rows, perSecond: ((rows - before) * 1000) / (now - ms) };
    }
    return this.#lastRate.perSecond;
  }

  // ------------------------------------------------------------------------------------------------------------------- keys

  #press(key: Key): void {
    const chord = chordOf(key);
    if (this.#search !== null) this.#searchKey(key, chord);
    else if (chord === 'ctrl-c') this.#leave();
    // Until there is something to see, keys are meant for the prompt.
    else if (this.#open) this.#command(chord);
    else this.#options.screen.keepKey(key);
    this.#draw();
  }

  #command(chord: string): void {
    const { page, screen, model } = this.#options;
    const height = page.height(screen.lines);
    switch (chord) {
      case 'q':
        return this.#leave();
      case 'n':
      case ' ':
      case 'pagedown':
      case 'ctrl-f':
        return page.scroll(height, screen.lines);
      case 'p':
      case 'b':
      case 'pageup':
      case 'ctrl-b':
        return page.scroll(-height, screen.lines);
      case 'down':
      case 'j':
      case 'return':
        return page.scroll(1, screen.lines);
      case 'up':
      case 'k':
        return page.scroll(-1, screen.lines);
      case 'home':
      case 'g':
        return page.scroll(-model.size, screen.lines);
      case 'end':
      case 'l':
        return page.scroll(model.size, screen.lines);
      case 'left':
        return page.turn(-1);
      case 'right':
        return page.turn(1);
      case '/':
        this.#search = '';
        return undefined;
      default:
        return undefined;
    }
  }

  #searchKey(key: Key, chord: string): void {
    const { page, screen } = this.#options;
    const text = this.#search ?? '';
    if (chord === 'return' || chord === 'enter') {
      const wanted = text === '' ? page.found : text;
      this.#note = wanted === '' || page.find(wanted, screen.lines) ? '' : `"${wanted}" is not there`;
      this.#search = null;
    } else if (chord === 'escape' || chord === 'ctrl-c' || chord === 'ctrl-g') {
      this.#search = null;
      page.found = '';
    } else if (chord === 'backspace') this.#search = text.slice(0, -1);
    else this.#search = text + key.text;
  }
}

// oxlint-disable no-control-regex
/**
 * A terminal in memory: takes what a program writes and holds the picture that a person would see. As much of a VT100 as
 * the shell uses; anything else is an error, so that a test sees a sequence that no terminal was taught.
 */
import { graphemeWidth, graphemes } from '../../src/output/display-width.ts';
import { type Key, KeyRouter, type Screen } from '../../src/shell/screen.ts';

interface Picture {
  readonly cells: string[][];
  row: number;
  column: number;
}

export class VirtualTerminal implements Screen {
  columns: number;
  lines: number;
  colours = false;
  cursorShown = true;
  /** Whether pasted text is marked. */
  marksPaste = false;
  suspended = 0;
  /** Lines that went out at the top. */
  readonly scrolled: string[] = [];
  readonly #router = new KeyRouter();
  readonly #resized = new Set<() => void>();
  #main: Picture = { cells: [], row: 0, column: 0 };
  #full: Picture | null = null;
  /** The end of a sequence is still to come. */
  #rest = '';

  constructor(columns = 80, lines = 24) {
    this.columns = columns;
    this.lines = lines;
  }

  // ----------------------------------------------------------------------------------------------------------------- a person

  /** Presses keys: text, or names as `ctrl-c`, `meta-b`, `up` in an array. */
  type(text: string): void {
    for (const char of graphemes(text)) {
      if (char === '\n') this.press('return');
      else
        this.#router.press({ name: /^[a-z0-9]$/i.test(char) ? char.toLowerCase() : char, text: char, ...NOTHING_HELD });
    }
  }

  press(...chords: string[]): void {
    for (const chord of chords) {
      const held = /^(ctrl|meta|shift)-(?=.)/.exec(chord);
      const name = held === null ? chord : chord.slice(held[0].length);
      const typed = held?.[1] !== 'ctrl' && [...name].length === 1 ? name : '';
      const key: Key = {
        name,
        text: typed,
        ctrl: held?.[1] === 'ctrl',
        meta: held?.[1] === 'meta',
        shift: held?.[1] === 'shift',
      };
      this.#router.press(key);
    }
  }

  paste(text: string): void {
    this.press('paste-start');
    this.type(text);
    this.press('paste-end');
  }

  /** Makes it another size; text that was there is wrapped anew, as most terminals do. */
  resize(columns: number, lines: number): void {
    this.columns = columns;
    this.lines = lines;
    for (const listener of this.#resized) listener();
  }

  /** What is to be seen, without blanks at the ends. */
  get text(): string {
    return this.#picture.cells
      .map((row) => row.join('').trimEnd())
      .join('\n')
      .trimEnd();
  }

  get isFullScreen(): boolean {
    return this.#full !== null;
  }

  get cursor(): readonly [row: number, column: number] {
    const { row, column } = this.#picture;
    return [row, Math.min(column, this.columns - 1)];
  }

  // ----------------------------------------------------------------------------------------------------------------- a screen

  listen(listener: (key: Key) => void): () => void {
    return this.#router.listen(listener);
  }

  onResize(listener: () => void): () => void {
    this.#resized.add(listener);
    return () => this.#resized.delete(listener);
  }

  forgetKeys(): void {
    this.#router.forget();
  }

  keepKey(key: Key): void {
    this.#router.keep(key);
  }

  suspend(): void {
    this.suspended++;
  }

  close(): void {}

  write(text: string | Uint8Array): void {
    let rest = this.#rest + (typeof text === 'string' ? text : new TextDecoder().decode(text));
    this.#rest = '';
    while (rest !== '') {
      const sequence = /^\x1b\[([?\d;]*)([A-Za-z])/.exec(rest);
      if (sequence !== null) {
        this.#sequence(sequence[1] as string, sequence[2] as string);
        rest = rest.slice(sequence[0].length);
      } else if (rest.startsWith('\x1b')) {
        if (/^\x1b(\[[?\d;]*)?$/.test(rest)) this.#rest = rest;
        else throw new Error(`unknown sequence ${JSON.stringify(rest.slice(0, 12))}`);
        return;
      } else {
        const plain = /^[^\x1b]+/.exec(rest)?.[0] ?? '';
        for (const char of graphemes(plain)) this.#put(char);
        rest = rest.slice(plain.length);
      }
    }
  }

  get #picture(): Picture {
    return this.#full ?? this.#main;
  }

  #put(char: string): void {
    const picture = this.#picture;
    if (char === '\r') picture.column = 0;
    // The driver of a terminal in raw mode, as Node sets it, still adds the return.
    else if (char === '\n' || char === '\r\n') {
      picture.column = 0;
      this.#down();
    } else {
      const width = graphemeWidth(char);
      if (width > 0 && picture.column + width > this.columns) {
        picture.column = 0;
        this.#down();
      }
      const row = (picture.cells[picture.row] ??= []);
      while (row.length < picture.column) row.push(' ');
      if (width === 0) row[picture.column - 1] = (row[picture.column - 1] ?? '') + char;
      else row[picture.column] = char;
      if (width === 2) row[picture.column + 1] = '';
      picture.column += width;
    }
  }

  #down(): void {
    const picture = this.#picture;
    picture.row++;
    if (picture.row < this.lines) return;
    this.scrolled.push((picture.cells.shift() ?? []).join(''));
    picture.row = this.lines - 1;
  }

  #sequence(parameters: string, letter: string): void {
    const picture = this.#picture;
    const count = parameters === '' ? 1 : Number(parameters);
    const row = (): string[] => (picture.cells[picture.row] ??= []);
    switch (letter) {
      case 'A':
        picture.row = Math.max(0, picture.row - count);
        return;
      case 'B':
        picture.row = Math.min(this.lines - 1, picture.row + count);
        return;
      case 'G':
        picture.column = Math.min(this.columns, count) - 1;
        return;
      case 'H':
        picture.row = 0;
        picture.column = 0;
        return;
      case 'J':
        if (parameters === '') {
          row().length = Math.min(row().length, Math.min(picture.column, this.columns - 1));
          picture.cells.length = picture.row + 1;
        } else if (parameters === '2') picture.cells.length = 0;
        else if (parameters === '3') this.scrolled.length = 0;
        return;
      case 'K':
        if (parameters !== '2') throw new Error('only whole lines are erased');
        row().length = 0;
        return;
      case 'm':
        return;
      case 'h':
      case 'l':
        return this.#mode(parameters, letter === 'h');
      default:
        throw new Error(`unknown sequence CSI ${parameters}${letter}`);
    }
  }

  #mode(mode: string, on: boolean): void {
    if (mode === '?25') this.cursorShown = on;
    else if (mode === '?2004') this.marksPaste = on;
    else if (mode === '?1049') this.#full = on ? { cells: [], row: 0, column: 0 } : null;
    else throw new Error(`unknown mode ${mode}`);
  }
}

const NOTHING_HELD = { ctrl: false, meta: false, shift: false };

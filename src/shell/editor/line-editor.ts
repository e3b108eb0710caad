/**
 * Reads one entry from the keyboard: text of several lines, with the keys of emacs, history, search, completion and
 * colours. What it shows is a region that is drawn anew after every key.
 */
import type { Completion } from '../../engine/completion/complete.ts';
import type { Entry, EntryReader, Prompts } from '../entry-reader.ts';
import type { History } from '../history.ts';
import { type Key, PASTE, type Screen } from '../screen.ts';
import type { Paint } from '../style.ts';
import { EditBuffer } from './edit-buffer.ts';
import { BINDINGS, chordOf } from './keys.ts';
import { type StyledSpan, layout } from './layout.ts';
import { type Menu, commonBeginning, menuRows, noteRow } from './menu.ts';
import { Region } from './region.ts';

export interface EditorOptions {
  readonly screen: Screen;
  readonly paint: Paint;
  readonly history: History;
  /** Colours of the text. */
  readonly highlight: (text: string) => readonly StyledSpan[];
  /** Whether Enter at the end of the text hands it over; else it begins a new line. */
  readonly isComplete: (text: string) => boolean;
  readonly complete: (text: string, cursor: number) => Promise<Completion>;
}

interface Search {
  query: string;
  /** Entry of the history that is shown; -1 when none has the query. */
  at: number;
  readonly before: { readonly text: string; readonly cursor: number };
}

export class LineEditor implements EntryReader {
  readonly #options: EditorOptions;
  readonly #buffer = new EditBuffer();
  readonly #region: Region;
  #prompts: Prompts = { first: '', next: '' };
  /** Place in the history; one past the last is what is being typed. */
  #at = 0;
  /** What was typed before history was looked at. */
  #typed = '';
  #search: Search | null = null;
  #menu: Menu | null = null;
  #note = '';
  #pasting: string | null = null;
  #active = false;
  #done: ((entry: Entry) => void) | null = null;
  /** Keys that came while a completion is looked for, which goes in before them. */
  #held: Key[] | null = null;

  constructor(options: EditorOptions) {
    this.#options = options;
    this.#region = new Region(options.screen);
  }

  async read(prompts: Prompts): Promise<Entry> {
    const { screen, history } = this.#options;
    this.#prompts = prompts;
    this.#buffer.reset('');
    this.#at = history.entries.length;
    this.#typed = '';
    this.#note = '';
    this.#active = true;
    screen.write(PASTE.on);
    const entry = new Promise<Entry>((resolve) => (this.#done = resolve));
    this.#draw();
    const stopResize = screen.onResize(() => this.#draw());
    const stopKeys = screen.listen((key) => this.#press(key));
    const read = await entry;
    stopKeys();
    stopResize();
    return read;
  }

  printAbove(text: string): boolean {
    if (!this.#active) return false;
    this.#region.clear();
    this.#options.screen.write(text.replaceAll(/\r?\n/g, '\r\n'));
    this.#draw();
    return true;
  }

  #finish(entry: Entry): void {
    this.#menu = null;
    this.#search = null;
    this.#note = '';
    const mark = entry.kind === 'cleared' && !entry.wasEmpty ? '^C' : '';
    this.#buffer.reset(this.#buffer.text.trimEnd() + mark);
    this.#draw(false);
    this.#active = false;
    this.#region.leave();
    this.#options.screen.write(PASTE.off);
    this.#done?.(entry);
    this.#done = null;
  }

  #draw(hasCursor = true): void {
    if (!this.#active) return;
    const { screen, paint, highlight } = this.#options;
    const { text, cursor } = this.#buffer;
    const shown = layout(
      {
        prompt: this.#prompts.first,
        continuation: this.#prompts.next,
        text,
        spans: this.#prompts.single === true ? [] : this.#search === null ? highlight(text) : this.#found(text),
        cursor: hasCursor ? cursor : null,
        columns: screen.columns,
      },
      paint,
    );
    const below =
      this.#search !== null
        ? [noteRow(searchNote(this.#search), screen.columns, paint)]
        : this.#menu !== null
          ? menuRows(this.#menu, screen.columns, paint)
          : this.#note !== ''
            ? [noteRow(this.#note, screen.columns, paint)]
            : [];
    this.#region.draw({ rows: [...shown.rows, ...below], cursor: shown.cursor });
  }

  #found(text: string): StyledSpan[] {
    const query = this.#search?.query ?? '';
    const start = query === '' ? -1 : text.toLowerCase().indexOf(query.toLowerCase());
    return start === -1 ? [] : [{ start, end: start + query.length, kind: 'found' }];
  }

  // ------------------------------------------------------------------------------------------------------------------- keys

  #press(key: Key): void {
    // What follows the end of an entry belongs to whoever reads next.
    if (this.#done === null) return this.#options.screen.keepKey(key);
    if (this.#held !== null && chordOf(key) !== 'ctrl-c') {
      this.#held.push(key);
      return;
    }
    this.#held = null;
    if (this.#paste(key)) return;
    this.#note = '';
    if (this.#search === null || !this.#searchKey(key)) this.#edit(key);
    if (this.#done !== null) this.#draw();
  }

  /** What is pasted goes in as it is, line ends and tabs too. */
  #paste(key: Key): boolean {
    if (key.name === 'paste-start') {
      this.#pasting = '';
      return true;
    }
    if (this.#pasting === null) return false;
    if (key.name === 'paste-end') {
      this.#menu = null;
      this.#acceptSearch();
      this.#buffer.insert(this.#pasting.replaceAll(/\r\n?/g, '\n'));
      this.#pasting = null;
      this.#draw();
    } else this.#pasting += key.name === 'return' || key.name === 'enter' ? '\n' : key.name === 'tab' ? '\t' : key.text;
    return true;
  }

  #edit(key: Key): void {
    const chord = chordOf(key);
    if (chord === 'tab' || chord === 'shift-tab') return this.#tab(chord === 'tab' ? 1 : -1);
    if (this.#menu !== null && this.#menuKey(chord)) return;
    this.#menu = null;
    const binding = BINDINGS[chord];
    if (binding !== undefined) return binding(this.#buffer);
    switch (chord) {
      case 'return':
      case 'enter':
        return this.#enter();
      case 'ctrl-c':
        return this.#finish({ kind: 'cleared', wasEmpty: this.#buffer.text === '' });
      case 'ctrl-d':
        if (this.#buffer.text === '') return this.#finish({ kind: 'end' });
        return this.#buffer.deleteTo(this.#buffer.right());
      case 'ctrl-l':
        this.#region.clear();
        return this.#options.screen.write('\x1b[H\x1b[2J');
      case 'up':
      case 'ctrl-p':
        return this.#vertical(-1);
      case 'down':
      case 'ctrl-n':
        return this.#vertical(1);
      case 'pageup':
      case 'meta-p':
        return this.#recall(this.#at - 1);
      case 'pagedown':
      case 'meta-n':
        return this.#recall(this.#at + 1);
      case 'meta-<':
        return this.#recall(0);
      case 'meta->':
        return this.#recall(this.#options.history.entries.length);
      case 'ctrl-r':
      case 'ctrl-s':
        return this.#startSearch();
      case 'ctrl-z':
        return this.#options.screen.suspend();
      default:
        if (key.text !== '' && !key.ctrl && !key.meta) this.#buffer.insert(key.text);
    }
  }

  #enter(): void {
    const { text } = this.#buffer;
    if (this.#prompts.single !== true && !this.#options.isComplete(text)) return this.#buffer.insert('\n');
    this.#finish({ kind: 'text', text });
  }

  // ---------------------------------------------------------------------------------------------------------------- history

  /** A line up or down; at the edge of the text an entry of the history. */
  #vertical(step: 1 | -1): void {
    const { text, cursor } = this.#buffer;
    const start = this.#buffer.lineStart();
    const end = this.#buffer.lineEnd();
    if (step === -1 ? start === 0 : end === text.length) return this.#recall(this.#at + step);
    const target = step === -1 ? this.#buffer.lineStart(start - 1) : end + 1;
    this.#buffer.moveTo(Math.min(target + (cursor - start), this.#buffer.lineEnd(target)));
  }

  #recall(at: number): void {
    const { entries } = this.#options.history;
    if (at < 0 || at > entries.length || at === this.#at) return;
    if (this.#at === entries.length) this.#typed = this.#buffer.text;
    const older = at < this.#at;
    this.#at = at;
    this.#buffer.reset(at === entries.length ? this.#typed : (entries[at] as string));
    // Going on in the same direction leaves the entry at once.
    if (older) this.#buffer.moveTo(this.#buffer.lineEnd(0));
  }

  #startSearch(): void {
    const { text, cursor } = this.#buffer;
    this.#search = { query: '', at: this.#options.history.entries.length, before: { text, cursor } };
  }

  /** True when the key was the search's. */
  #searchKey(key: Key): boolean {
    const search = this.#search as Search;
    const { history } = this.#options;
    const show = (at: number): void => {
      search.at = at;
      const entry = history.entries[at];
      if (entry === undefined) return;
      this.#at = at;
      this.#buffer.reset(entry, Math.max(0, entry.toLowerCase().indexOf(search.query.toLowerCase())));
    };
    const chord = chordOf(key);
    if (chord === 'ctrl-r' || chord === 'ctrl-s') {
      const step = chord === 'ctrl-r' ? -1 : 1;
      const from = search.at === -1 ? history.entries.length : search.at;
      const found = history.search(search.query, from + step, step, this.#buffer.text);
      if (found !== -1) show(found);
      return true;
    }
    if (chord === 'ctrl-g' || chord === 'escape' || chord === 'ctrl-c') {
      this.#search = null;
      this.#at = history.entries.length;
      this.#buffer.reset(search.before.text, search.before.cursor);
      return true;
    }
    if (chord === 'backspace' || (key.text !== '' && !key.ctrl && !key.meta && key.name !== 'return')) {
      search.query = chord === 'backspace' ? search.query.slice(0, -1) : search.query + key.text;
      show(history.search(search.query, history.entries.length - 1, -1));
      return true;
    }
    this.#acceptSearch();
    return false;
  }

  #acceptSearch(): void {
    if (this.#search === null) return;
    this.#search = null;
    this.#buffer.moveTo(this.#buffer.text.length);
  }

  // ------------------------------------------------------------------------------------------------------------- completion

  #tab(step: 1 | -1): void {
    if (this.#menu !== null) return this.#choose(step);
    const { text, cursor } = this.#buffer;
    // At the beginning of a line TAB indents.
    const line = text.slice(this.#buffer.lineStart(), cursor);
    if (line.trim() === '' && this.#buffer.lineStart() > 0) return this.#buffer.insert('  ');
    void this.#completeAt(text, cursor);
  }

  async #completeAt(text: string, cursor: number): Promise<void> {
    const held: Key[] = [];
    this.#held = held;
    let completion: Completion = { from: cursor, candidates: [] };
    try {
      completion = await this.#options.complete(text, cursor);
    } catch {
      // What cannot be looked up is not offered.
    }
    // Ctrl-C gave it up.
    if (this.#held !== held) return;
    this.#held = null;
    this.#offer(completion);
    this.#draw();
    for (const key of held) this.#press(key);
  }

  #offer(completion: Completion): void {
    const { text, cursor } = this.#buffer;
    const { candidates, from } = completion;
    const [first] = candidates;
    if (first === undefined) {
      this.#note = 'Nothing fits here.';
      return;
    }
    if (candidates.length === 1) {
      this.#put(from, first.text + followUp(first.after, text.slice(cursor)));
      this.#note = first.detail;
      return;
    }
    const common = commonBeginning(candidates);
    if (common.length > cursor - from) this.#buffer.replace(from, cursor, common);
    this.#menu = { completion, typed: this.#buffer.text.slice(from, this.#buffer.cursor), chosen: null };
  }

  #choose(step: 1 | -1): void {
    const menu = this.#menu as Menu;
    const { candidates, from } = menu.completion;
    const chosen = menu.chosen === null ? (step === 1 ? 0 : candidates.length - 1) : menu.chosen + step;
    menu.chosen = chosen < 0 || chosen >= candidates.length ? null : chosen;
    this.#put(from, menu.chosen === null ? menu.typed : (candidates[menu.chosen]?.text ?? ''));
  }

  /** True when the key was the menu's. */
  #menuKey(chord: string): boolean {
    const menu = this.#menu as Menu;
    if (chord === 'escape' || chord === 'ctrl-g') {
      this.#put(menu.completion.from, menu.typed);
      this.#menu = null;
      return true;
    }
    const chosen = menu.chosen === null ? undefined : menu.completion.candidates[menu.chosen];
    if (chosen !== undefined && (chord === 'return' || chord === 'enter')) {
      const { text, cursor } = this.#buffer;
      this.#buffer.insert(followUp(chosen.after, text.slice(cursor)));
      this.#menu = null;
      return true;
    }
    return false;
  }

  #put(from: number, text: string): void {
    this.#buffer.replace(from, this.#buffer.cursor, text);
  }
}

/** What completes a candidate, as far as it is not there. */
const followUp = (after: string, rest: string): string =>
  after !== '' && rest.startsWith(after[0] as string) ? '' : after;

function searchNote({ query, at }: Search): string {
  return `search back: ${query}${at === -1 ? '  (not found)' : ''}`;
}

/** Text with a cursor, and what keys do to it. Offsets are in UTF-16 units and never inside a grapheme. */
import { graphemes } from '../../output/display-width.ts';

interface Snapshot {
  readonly text: string;
  readonly cursor: number;
}

const MAX_UNDO = 200;
const MAX_KILLS = 20;

export class EditBuffer {
  #text = '';
  #cursor = 0;
  #undo: Snapshot[] = [];
  /** The last change was typing a word, which is undone as one. */
  #typing = false;
  readonly #kills: string[] = [];
  /** Where the last yank stands, for Alt-Y. */
  #yanked: { readonly start: number; readonly index: number } | null = null;
  #killing = false;

  get text(): string {
    return this.#text;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Puts another text in place, as history does. */
  reset(text: string, cursor = text.length): void {
    this.#text = text;
    this.#cursor = cursor;
    this.#undo = [];
    this.#forget();
  }

  replace(start: number, end: number, text: string): void {
    this.#save();
    this.#text = this.#text.slice(0, start) + text + this.#text.slice(end);
    this.#cursor = start + text.length;
    this.#forget();
  }

  insert(text: string): void {
    const goesOn = this.#typing && /\S/.test(text);
    if (!goesOn) this.#save();
    this.#text = this.#text.slice(0, this.#cursor) + text + this.#text.slice(this.#cursor);
    this.#cursor += text.length;
    this.#forget();
    this.#typing = /\S/.test(text);
  }

  moveTo(offset: number): void {
    this.#cursor = Math.max(0, Math.min(this.#text.length, offset));
    this.#forget();
  }

  deleteTo(offset: number): void {
    const [start, end] = offset < this.#cursor ? [offset, this.#cursor] : [this.#cursor, offset];
    if (start !== end) this.replace(start, end, '');
  }

  /** Deletes and keeps for `yank`; kills that follow one another are one. */
  killTo(offset: number): void {
    const [start, end] = offset < this.#cursor ? [offset, this.#cursor] : [this.#cursor, offset];
    if (start === end) return;
    const killed = this.#text.slice(start, end);
    const joins = this.#killing;
    if (!joins) this.#kills.unshift(killed);
    else this.#kills[0] = offset < this.#cursor ? killed + (this.#kills[0] ?? '') : (this.#kills[0] ?? '') + killed;
    this.#kills.length = Math.min(this.#kills.length, MAX_KILLS);
    this.replace(start, end, '');
    this.#killing = true;
  }

  yank(): void {
    const text = this.#kills[0];
    if (text === undefined) return;
    const start = this.#cursor;
    this.replace(start, start, text);
    this.#yanked = { start, index: 0 };
  }

  /** Puts the kill before the last one in the place of what was just yanked. */
  yankOlder(): void {
    if (this.#yanked === null) return;
    const index = (this.#yanked.index + 1) % this.#kills.length;
    const { start } = this.#yanked;
    this.replace(start, this.#cursor, this.#kills[index] as string);
    this.#yanked = { start, index };
  }

  undo(): void {
    const before = this.#undo.pop();
    if (before === undefined) return;
    this.#text = before.text;
    this.#cursor = before.cursor;
    this.#forget();
  }

  transpose(): void {
    const end = this.#cursor === this.lineEnd() ? this.#cursor : this.right();
    const middle = this.left(end);
    const start = this.left(middle);
    if (start === middle || this.#text.slice(start, end).includes('\n')) return;
    this.replace(start, end, this.#text.slice(middle, end) + this.#text.slice(start, middle));
  }

  /** Changes the word from the cursor on. */
  changeWord(change: (word: string) => string): void {
    const end = this.wordRight();
    this.replace(this.#cursor, end, change(this.#text.slice(this.#cursor, end)));
  }

  // ------------------------------------------------------------------------------------------------------------------ places

  left(from = this.#cursor): number {
    // A line is enough context for where graphemes end.
    const start = this.#text.lastIndexOf('\n', from - 1) + 1;
    const last = graphemes(this.#text.slice(start, from)).at(-1);
    return last === undefined ? Math.max(0, from - 1) : from - last.length;
  }

  right(from = this.#cursor): number {
    const first = graphemes(this.#text.slice(from, from + 64))[0];
    return from + (first?.length ?? 0);
  }

  lineStart(from = this.#cursor): number {
    return this.#text.lastIndexOf('\n', from - 1) + 1;
  }

  lineEnd(from = this.#cursor): number {
    const end = this.#text.indexOf('\n', from);
    return end === -1 ? this.#text.length : end;
  }

  wordLeft(): number {
    const before = this.#text.slice(0, this.#cursor);
    return before.search(/[\p{L}\p{N}_]+[^\p{L}\p{N}_]*$/u) === -1
      ? 0
      : before.search(/[\p{L}\p{N}_]+[^\p{L}\p{N}_]*$/u);
  }

  wordRight(): number {
    const word = /^[^\p{L}\p{N}_]*[\p{L}\p{N}_]+/u.exec(this.#text.slice(this.#cursor));
    return word === null ? this.#text.length : this.#cursor + word[0].length;
  }

  /** Where Ctrl-W deletes to: white space and what is before it. */
  blankLeft(): number {
    return this.#text.slice(0, this.#cursor).search(/\S*\s*$/);
  }

  #save(): void {
    this.#undo.push({ text: this.#text, cursor: this.#cursor });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
  }

  #forget(): void {
    this.#typing = false;
    this.#killing = false;
    this.#yanked = null;
  }
}

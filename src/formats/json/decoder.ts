/**
 * JSON lines to columns.
 *
 * One record a line; every line's structure is checked whatever is read. A round of `next`: (once) learn the records'
 * form and generate the decoder; run it over whole lines; put bad records aside with their bytes; undo escapes in the
 * columns that were read.
 */
import type { BadRecord, DecodedBatch, Decoder, DecoderRequest } from '../format.ts';
import { LineInput } from '../line-input.ts';
import type { CompiledDecoder } from './compile.ts';
import { diagnose } from './diagnose.ts';
import { blankDuplicates } from './duplicates.ts';
import { JsonRows, nextElement } from './rows.ts';
import { skipSpace, skipValue } from './scan.ts';
import { BAD_RECORD, TOP_LEVEL_ARRAY } from './state.ts';
import { CLOSE_BRACKET, NEWLINE, OPEN_BRACE } from './tokens.ts';

const MAX_BAD_PER_BATCH = 1024;

/** A top-level array whose rows are being delivered: the next element, and the end of its line. */
interface OpenArray {
  next: number;
  readonly end: number;
  /** Some of its rows were delivered. */
  started: boolean;
}

export class JsonDecoder implements Decoder {
  readonly #input: LineInput;
  readonly #rows: JsonRows;
  /** The input is marked up to here. */
  #marked = 0;
  #openArray: OpenArray | undefined;
  #bad: BadRecord[] = [];
  /** The bytes of a record that was rewritten to be read again. */
  #original: { readonly position: number; readonly bytes: Uint8Array } | undefined;

  constructor(request: DecoderRequest) {
    this.#input = new LineInput(request.position);
    this.#rows = new JsonRows(request.columns, request.options);
  }

  get consumedBytes(): number {
    return this.#input.consumedBytes;
  }

  get midRecord(): boolean {
    return this.#openArray?.started === true;
  }

  reserve(sizeBytes: number): Uint8Array {
    const input = this.#input;
    const before = input.pos;
    const region = input.reserve(sizeBytes);
    if (this.#openArray !== undefined) {
      const { next, end, started } = this.#openArray;
      const shift = input.pos - before;
      this.#openArray = { next: next + shift, end: end + shift, started };
    }
    if (this.#rows.useInput(input.pool) || input.pos !== before) this.#marked = input.pos;
    return region;
  }

  commit(sizeBytes: number, last: boolean): void {
    const input = this.#input;
    input.commit(sizeBytes, last);
    this.#rows.mark(this.#marked, Math.max(input.end, input.filled));
    this.#marked = input.filled;
  }

  next(maxRows: number): DecodedBatch | null {
    const input = this.#input;
    if (input.pos >= input.end) return null;
    const rows = this.#rows;
    const { state } = rows;
    this.#bad = [];
    const { u8 } = input.pool;
    const decoder = rows.decoder(input.pos, (start) => {
      const newline = u8.indexOf(NEWLINE, start);
      return newline < 0 || newline + 1 >= input.end ? -1 : newline + 1;
    });
    const limit = Math.max(1, Math.min(maxRows, state.capacity));
    rows.begin(limit);
    while (input.pos < input.end && state.row < limit && this.#bad.length < MAX_BAD_PER_BATCH) {
      if (this.#openArray === undefined) this.#run(decoder, limit);
      // An array that was opened behind other rows and does not fit waits for the next batch.
      if (this.#openArray !== undefined && !this.#deliver(this.#openArray, decoder, limit)) break;
    }
    if (state.row === 0 && this.#bad.length === 0) return null;
    return { batch: rows.batch(input.pool), bad: this.#bad };
  }

  /** Decodes lines up to the batch's end, a line that is not UTF-8 or a record that is not plain, and sees to that. */
  #run(decoder: CompiledDecoder, limit: number): void {
    const input = this.#input;
    const { state } = this.#rows;
    const garbled = input.garbled[0] === undefined ? input.end : input.garbled[0] - input.offsetOf(0);
    if (garbled <= input.pos) {
      input.garbled.shift();
      this.#setAside(state.row, 'the record is not UTF-8');
      return;
    }
    state.reason = '';
    input.pos = decoder.decode(state, input.pos, Math.min(garbled, input.end), state.row, limit);
    if (state.status === BAD_RECORD) {
      if (state.reason === '' || !this.#withoutDuplicates()) this.#setAside(state.row, state.reason);
    }
    if (state.status === TOP_LEVEL_ARRAY) this.#open(decoder, limit);
  }

  /** Blanks overridden members of the record at the input's position; false when there are none. */
  #withoutDuplicates(): boolean {
    const { state } = this.#rows;
    const { u8, buf } = state;
    const start = this.#input.pos;
    const position = this.#input.offsetOf(start);
    if (this.#original?.position === position) return false;
    const newline = buf.indexOf(NEWLINE, start);
    if (diagnose(u8, start, newline) !== undefined) return false;
    const bytes = u8.slice(start, newline);
    if (!blankDuplicates(state, start)) return false;
    this.#original = { position, bytes };
    this.#rows.mark(start, newline);
    return true;
  }

  /** The record at the input's position is bad; goes on behind it. */
  #setAside(row: number, reason: string): void {
    const input = this.#input;
    const { u8 } = input.pool;
    const start = input.pos;
    const position = input.offsetOf(start);
    const newline = this.#rows.state.buf.indexOf(NEWLINE, start);
    const end = newline > start && u8[newline - 1] === 13 ? newline - 1 : newline;
    const why = reason === '' ? (diagnose(u8, start, newline) ?? 'the record cannot be decoded') : reason;
    this.#bad.push({
      bytes: this.#original?.position === position ? this.#original.bytes.slice(0, end - start) : u8.slice(start, end),
      position,
      reason: why,
      row,
      ...(this.#rows.state.ignoreErrors ? { ignored: true } : {}),
    });
    input.pos = newline + 1;
  }

  /** Checks all of a top-level array before any of its rows is delivered. */
  #open(decoder: CompiledDecoder, limit: number): void {
    const { state } = this.#rows;
    const { u8 } = state;
    const start = skipSpace(u8, this.#input.pos);
    const after = skipValue(state, start, 0);
    const end = after < 0 ? -1 : skipSpace(u8, after);
    state.reason = '';
    if (end < 0 || u8[end] !== NEWLINE) return this.#setAside(state.row, '');
    if (!this.#rows.fits(decoder, start, Math.min(state.row, limit - 1))) {
      if (!this.#withoutDuplicates()) this.#setAside(state.row, state.reason);
      return;
    }
    this.#openArray = { next: skipSpace(u8, start + 1), end, started: false };
  }

  /** Decodes elements of an open array; false when the batch should end before it. */
  #deliver(open: OpenArray, decoder: CompiledDecoder, limit: number): boolean {
    const { state } = this.#rows;
    const { u8 } = state;
    const fresh = state.row > 0 && u8[open.next] === OPEN_BRACE;
    if (fresh) {
      let room = limit - state.row;
      for (let p = open.next; u8[p] !== CLOSE_BRACKET; room--) {
        if (room === 0) return false;
        p = nextElement(u8, skipValue(state, p, 0));
      }
    }
    while (u8[open.next] !== CLOSE_BRACKET && state.row < limit) {
      const next = decoder.element(state, open.next + 1, state.row);
      state.row++;
      open.started = true;
      open.next = nextElement(u8, next);
    }
    if (u8[open.next] === CLOSE_BRACKET) {
      this.#input.pos = open.end + 1;
      this.#openArray = undefined;
    }
    return true;
  }
}

/** CSV lines to columns: every record is split and its fields are counted, the fields that are read are converted. */
import type { BadRecord, DecodedBatch, Decoder, DecoderRequest } from '../format.ts';
import { LineInput } from '../line-input.ts';
import { type CsvOptions, csvOptions } from './options.ts';
import { CsvRows } from './rows.ts';
import { BROKEN, UNFINISHED } from './split.ts';

const BATCH_ROWS = 4096;
const MAX_BAD_PER_BATCH = 1024;
const NEWLINE = 10;

export class CsvDecoder implements Decoder {
  readonly midRecord = false;
  readonly #input: LineInput;
  readonly #options: CsvOptions;
  readonly #rows: CsvRows;
  #last = false;
  #skipHeader: boolean;
  /** The record at the position waits for more bytes. */
  #waiting = false;
  #bad: BadRecord[] = [];

  constructor(request: DecoderRequest) {
    this.#options = csvOptions(request.options);
    this.#rows = new CsvRows(request.schema, request.columns, this.#options);
    this.#input = new LineInput(request.position);
    this.#skipHeader = request.skipHeader === true && request.position === 0;
  }

  get consumedBytes(): number {
    return this.#input.consumedBytes;
  }

  reserve(sizeBytes: number): Uint8Array {
    return this.#input.reserve(sizeBytes);
  }

  commit(sizeBytes: number, last: boolean): void {
    this.#input.commit(sizeBytes, last);
    this.#waiting = false;
    this.#last = last;
  }

  next(maxRows: number): DecodedBatch | null {
    const input = this.#input;
    if (input.pos >= input.end || this.#waiting) return null;
    const limit = Math.max(1, Math.min(maxRows, BATCH_ROWS));
    this.#bad = [];
    this.#rows.begin(BATCH_ROWS);
    let row = 0;
    while (input.pos < input.end && row < limit && this.#bad.length < MAX_BAD_PER_BATCH && !this.#waiting) {
      if (this.#record(row)) row++;
    }
    if (row === 0 && this.#bad.length === 0) return null;
    return { batch: this.#rows.batch(input.pool, row), bad: this.#bad };
  }

  /** Reads the record at the position; true when it became row `row`. */
  #record(row: number): boolean {
    const input = this.#input;
    const { u8, view } = input.pool;
    const start = input.pos;
    if (u8[start] === NEWLINE || (u8[start] === 13 && u8[start + 1] === NEWLINE)) {
      input.pos = start + (u8[start] === NEWLINE ? 1 : 2);
      return false;
    }
    if (this.#options.comments && u8[start] === 35) {
      input.pos = u8.indexOf(NEWLINE, start) + 1;
      return false;
    }
    const { splitter } = this.#rows;
    const outcome = splitter.split(u8, view, start, input.end, this.#last);
    if (outcome === UNFINISHED) {
      this.#waiting = true;
      return false;
    }
    const header = this.#skipHeader;
    this.#skipHeader = false;
    const flaw =
      outcome === BROKEN
        ? splitter.reason
        : (this.#flaw(splitter.next) ?? (header ? undefined : this.#rows.convert(u8, row)));
    if (flaw !== undefined) this.#setAside(start, splitter.next, row, flaw);
    input.pos = splitter.next;
    return flaw === undefined && !header;
  }

  /** What is wrong with the record that ends at `next` and was split, apart from its values. */
  #flaw(next: number): string | undefined {
    if ((this.#input.garbled[0] ?? Infinity) < this.#input.offsetOf(next)) return 'the record is not UTF-8';
    return this.#rows.countFlaw();
  }

  #setAside(start: number, next: number, row: number, reason: string): void {
    const { u8 } = this.#input.pool;
    const end = next - 2 >= start && u8[next - 2] === 13 ? next - 2 : next - 1;
    this.#bad.push({
      bytes: u8.slice(start, end),
      position: this.#input.offsetOf(start),
      reason,
      row,
      ...(this.#options.ignoreErrors ? { ignored: true } : {}),
    });
    const offset = this.#input.offsetOf(next);
    while ((this.#input.garbled[0] ?? Infinity) < offset) this.#input.garbled.shift();
  }
}

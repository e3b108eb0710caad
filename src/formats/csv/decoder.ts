/**
 * CSV to columns: every record is split and its fields are counted, the fields that are read are converted. A record's
 * bytes stay as they are until the batch is decoded; doubled quotes and escapes in strings are undone at its end.
 */
import type { BytesBuilder, ColumnBuilder } from '../../types/column-builder.ts';
import { columnBuilder } from '../../types/column-builder.ts';

import type { BadRecord, DecodedBatch, Decoder, DecoderRequest } from '../format.ts';
import { LineInput } from '../line-input.ts';
import { type FieldReader, fieldReader } from './field.ts';
import { type CsvOptions, csvOptions } from './options.ts';
import { BROKEN, RecordSplitter, UNFINISHED, unescapeField } from './split.ts';

const BATCH_ROWS = 4096;
const MAX_BAD_PER_BATCH = 1024;
const NEWLINE = 10;

interface ReadColumn {
  /** Which field of the record. */
  readonly field: number;
  readonly target: ColumnBuilder;
  readonly read: FieldReader;
  /** How errors call it. */
  readonly what: string;
  /** Its name, where it is NOT NULL: a record without it is bad. */
  readonly required: string | undefined;
}

export class CsvDecoder implements Decoder {
  readonly midRecord = false;
  readonly #input: LineInput;
  readonly #options: CsvOptions;
  readonly #splitter: RecordSplitter;
  readonly #fieldCount: number;
  readonly #columns: readonly ReadColumn[];
  #last = false;
  #skipHeader: boolean;
  /** The record at the position waits for more bytes. */
  #waiting = false;
  /** Strings to rewrite: pairs of column and row. */
  #escaped: number[] = [];
  #bad: BadRecord[] = [];

  constructor(request: DecoderRequest) {
    this.#options = csvOptions(request.options);
    this.#splitter = new RecordSplitter(this.#options);
    this.#input = new LineInput(request.position);
    this.#skipHeader = request.skipHeader === true && request.position === 0;
    this.#fieldCount = request.schema.length;
    this.#columns = request.columns.map(({ path, type }): ReadColumn => {
      const field = request.schema.findIndex((column) => column.name === path[0]);
      const target = columnBuilder(type);
      target.reserve(BATCH_ROWS);
      const { read, what } = fieldReader(request.schema[field], path, type, this.#options);
      return { field, target, read, what, required: type.nullable ? undefined : path.join('.') };
    });
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
    this.#escaped = [];
    for (const { target } of this.#columns) target.reset();
    let row = 0;
    while (input.pos < input.end && row < limit && this.#bad.length < MAX_BAD_PER_BATCH && !this.#waiting) {
      if (this.#record(row)) row++;
    }
    if (row === 0 && this.#bad.length === 0) return null;
    return { batch: this.#batch(row), bad: this.#bad };
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
    const splitter = this.#splitter;
    const outcome = splitter.split(u8, view, start, input.end, this.#last);
    if (outcome === UNFINISHED) {
      this.#waiting = true;
      return false;
    }
    const header = this.#skipHeader;
    this.#skipHeader = false;
    const flaw =
      outcome === BROKEN ? splitter.reason : (this.#flaw(splitter.next) ?? (header ? undefined : this.#convert(row)));
    if (flaw !== undefined) this.#setAside(start, splitter.next, row, flaw);
    input.pos = splitter.next;
    return flaw === undefined && !header;
  }

  /** What is wrong with the record that ends at `next` and was split, apart from its values. */
  #flaw(next: number): string | undefined {
    const { count } = this.#splitter;
    if ((this.#input.garbled[0] ?? Infinity) < this.#input.offsetOf(next)) return 'the record is not UTF-8';
    if (count > this.#fieldCount) return `the record has ${count} fields, the table has ${this.#fieldCount} columns`;
    if (count < this.#fieldCount && !this.#options.ignoreErrors) {
      return `the record has ${count} fields, the table has ${this.#fieldCount} columns`;
    }
    return undefined;
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

  /** Converts the fields that are read into row `row`; says why when one cannot be read. */
  #convert(row: number): string | undefined {
    const { starts, ends, escaped, count } = this.#splitter;
    const { u8 } = this.#input.pool;
    const options = this.#options;
    const before = this.#escaped.length;
    for (let c = 0; c < this.#columns.length; c++) {
      const { field, target, read, what } = this.#columns[c] as ReadColumn;
      if (field >= count) {
        target.setNull(row);
        continue;
      }
      const start = starts[field] as number;
      const end = ends[field] as number;
      if (options.nullLiteral !== undefined && isText(u8, start, end, options.nullLiteral)) {
        target.setNull(row);
        continue;
      }
      let fits: boolean;
      if (read === 'text') {
        (target as BytesBuilder).start[row] = start;
        (target as BytesBuilder).len[row] = end - start;
        if (escaped[field] === 1) this.#escaped.push(c, row);
        fits = true;
      } else if (escaped[field] === 1) {
        const text = u8.slice(start, end);
        fits = read(text, 0, unescapeField(text, 0, text.length, options), target, row);
      } else fits = read(u8, start, end, target, row);
      if (fits) target.valid[row] = 1;
      else if (options.ignoreErrors) target.setNull(row);
      else {
        this.#escaped.length = before;
        return `${what}: ${Buffer.from(u8.subarray(start, Math.min(end, start + 60))).toString()}`;
      }
    }
    for (const { target, required } of this.#columns) {
      if (required === undefined || target.valid[row] !== 0) continue;
      this.#escaped.length = before;
      return `field "${required}" is NULL, and the column is NOT NULL`;
    }
    return undefined;
  }

  #batch(length: number): DecodedBatch['batch'] {
    const { pool } = this.#input;
    for (let i = 0; i < this.#escaped.length; i += 2) {
      const column = (this.#columns[this.#escaped[i] as number] as ReadColumn).target as BytesBuilder;
      const row = this.#escaped[i + 1] as number;
      column.len[row] = unescapeField(pool.u8, column.start[row] as number, column.len[row] as number, this.#options);
    }
    const vectors = this.#columns.map(({ target, read }) => {
      if (read === 'text') (target as BytesBuilder).pool = pool;
      return target.vector(length);
    });
    return { length, kinds: null, marks: null, vectors };
  }
}

function isText(u8: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (u8[start + i] !== text[i]) return false;
  return true;
}

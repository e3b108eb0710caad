/**
 * JSON messages to columns, in place.
 *
 * A newline behind each record is what the scans stop at; newlines inside one are made carriage returns, which mean
 * the same in JSON: at first when a record that has some fails, from then on before anything is tried. Rows that do not
 * fit the decoder's columns (of arrays of objects) are copied together.
 */
import { BatchBuilder, INSERT } from '../../types/batch.ts';
import type { BadRecord, DecodedRecords, RecordDecoder, RecordDecoderRequest, RecordSpans } from '../format.ts';
import { isByteOrderMark } from '../line-input.ts';
import { RecordInput } from '../record-input.ts';
import type { CompiledDecoder } from './compile.ts';
import { diagnose } from './diagnose.ts';
import { blankDuplicates } from './duplicates.ts';
import { JsonRows, nextElement } from './rows.ts';
import { skipSpace, skipValue } from './scan.ts';
import { BAD_RECORD, TOP_LEVEL_ARRAY } from './state.ts';
import { CLOSE_BRACKET, NEWLINE } from './tokens.ts';

const CARRIAGE_RETURN = 13;
const BOM_BYTES = 3;

/** Rows that were copied out of the decoder's columns, and their records. */
interface Overflow {
  readonly rows: BatchBuilder;
  readonly recordOf: number[];
}

export class JsonRecordDecoder implements RecordDecoder {
  readonly #request: RecordDecoderRequest;
  readonly #input = new RecordInput();
  readonly #rows: JsonRows;
  /** Records have newlines in them. */
  #multiline = false;
  /** Where newlines were before they became carriage returns. */
  #newlines: number[] = [];
  #bad: BadRecord[] = [];
  #overflow: Overflow | undefined;
  #hasArrays = false;
  /** The bytes of a record that was rewritten to be read again. */
  #original: { readonly record: number; readonly bytes: Uint8Array } | undefined;

  constructor(request: RecordDecoderRequest) {
    this.#request = request;
    this.#rows = new JsonRows(request.columns, request.options);
  }

  decode(records: RecordSpans): DecodedRecords {
    const rows = this.#rows;
    const { state } = rows;
    const { count } = records;
    this.#begin(records);
    const decoder = this.#learned(records);
    const limit = state.capacity;
    const { garbled } = this.#input;
    rows.begin(limit);
    let nextGarbled = 0;
    for (let record = 0; record < count;) {
      if (state.row === limit) this.#spill();
      const until = garbled[nextGarbled] ?? count;
      if (record === until) {
        this.#setAside(records, record++, 'the record is not UTF-8');
        nextGarbled++;
        continue;
      }
      state.reason = '';
      record = decoder.records(state, record, until, state.row, limit);
      if (state.status === BAD_RECORD && !this.#rewrite(records, record)) {
        this.#setAside(records, record++, state.reason);
      } else if (state.status === TOP_LEVEL_ARRAY) record = this.#array(records, record, decoder);
    }
    return this.#finish(count);
  }

  #begin(records: RecordSpans): void {
    const rows = this.#rows;
    const input = this.#input;
    input.take(records);
    rows.useInput(input.pool);
    rows.state.starts = records.start;
    rows.state.ends = records.end;
    this.#newlines = [];
    this.#bad = [];
    this.#overflow = undefined;
    this.#hasArrays = false;
    this.#original = undefined;
    if (this.#multiline) for (let i = 0; i < records.count; i++) this.#blankNewlines(records, i);
    rows.mark(input.from, input.to);
  }

  #learned(records: RecordSpans): CompiledDecoder {
    const { start, count } = records;
    let sampled = -1;
    const next = (): number => {
      while (++sampled < count) if ((start[sampled] as number) >= 0) return this.#textOf(records, sampled);
      return -1;
    };
    return this.#rows.decoder(count === 0 ? -1 : next(), next);
  }

  /** Where a record's text begins. */
  #textOf({ u8, start, end }: RecordSpans, record: number): number {
    const from = start[record] as number;
    return (end[record] as number) - from >= BOM_BYTES && isByteOrderMark(u8, from) ? from + BOM_BYTES : from;
  }

  /** Makes a record that failed readable, if it can be; its bytes are kept. */
  #rewrite(records: RecordSpans, record: number): boolean {
    const { state } = this.#rows;
    const { u8, start, end } = records;
    const from = start[record] as number;
    const to = end[record] as number;
    if (this.#blankNewlines(records, record)) {
      this.#multiline = true;
      this.#rows.mark(from, to + 1);
      return true;
    }
    if (state.reason === '' || this.#original?.record === record) return false;
    const text = this.#textOf(records, record);
    if (diagnose(u8, text, to) !== undefined) return false;
    const bytes = u8.slice(from, to);
    if (!blankDuplicates(state, text)) return false;
    this.#original = { record, bytes };
    this.#rows.mark(from, to + 1);
    return true;
  }

  /** Makes newlines in a record carriage returns; false when there are none. */
  #blankNewlines({ u8, start, end }: RecordSpans, record: number): boolean {
    const before = this.#newlines.length;
    const from = start[record] as number;
    if (from < 0) return false;
    const to = end[record] as number;
    const { buf } = this.#input.pool;
    for (let p = buf.indexOf(NEWLINE, from); p < to; p = buf.indexOf(NEWLINE, p + 1)) {
      u8[p] = CARRIAGE_RETURN;
      this.#newlines.push(p);
    }
    return this.#newlines.length > before;
  }

  #setAside(records: RecordSpans, record: number, reason: string): void {
    const { u8, start, end } = records;
    const from = start[record] as number;
    const to = end[record] as number;
    const bytes = this.#original?.record === record ? this.#original.bytes : u8.slice(from, to);
    for (const place of this.#newlines) if (place >= from && place < to) bytes[place - from] = NEWLINE;
    const why =
      reason === '' ? (diagnose(u8, this.#textOf(records, record), to) ?? 'the record cannot be decoded') : reason;
    this.#bad.push({
      bytes,
      position: record,
      reason: why,
      row: this.#rows.state.row + (this.#overflow?.rows.length ?? 0),
      ...(this.#rows.state.ignoreErrors ? { ignored: true } : {}),
    });
  }

  /** A row for each object of an array, when all of them can be read; gives the record to go on with. */
  #array(records: RecordSpans, record: number, decoder: CompiledDecoder): number {
    const rows = this.#rows;
    const { state } = rows;
    const { u8 } = state;
    const start = skipSpace(u8, this.#textOf(records, record));
    const after = skipValue(state, start, 0);
    const sound = after >= 0 && skipSpace(u8, after) === records.end[record];
    state.reason = '';
    if (!sound || !rows.fits(decoder, start, state.row)) {
      if (this.#rewrite(records, record)) return record;
      this.#setAside(records, record, state.reason);
      return record + 1;
    }
    this.#hasArrays = true;
    for (let p = skipSpace(u8, start + 1); u8[p] !== CLOSE_BRACKET;) {
      if (state.row === state.capacity) this.#spill();
      const next = decoder.element(state, p + 1, state.row);
      state.recordOf[state.row++] = record;
      p = nextElement(u8, next);
    }
    return record + 1;
  }

  /** Copies the rows so far, to make room for more. */
  #spill(): void {
    const rows = this.#rows;
    const { columns } = this.#request;
    this.#overflow ??= {
      rows: new BatchBuilder(columns.map(({ path, type }) => ({ name: path.join('.'), type }))),
      recordOf: [],
    };
    const batch = rows.batch(this.#input.pool);
    for (let row = 0; row < batch.length; row++) {
      this.#overflow.rows.copyRow(batch, row, INSERT);
      this.#overflow.recordOf.push(rows.state.recordOf[row] as number);
    }
    rows.begin(rows.state.capacity);
  }

  #finish(count: number): DecodedRecords {
    const { state } = this.#rows;
    if (this.#overflow !== undefined) {
      this.#spill();
      const { rows, recordOf } = this.#overflow;
      return { batch: rows.build(), recordOf: Int32Array.from(recordOf), bad: this.#bad };
    }
    const isPlain = state.row === count && !this.#hasArrays;
    return {
      batch: this.#rows.batch(this.#input.pool),
      recordOf: isPlain ? null : state.recordOf,
      bad: this.#bad,
    };
  }
}

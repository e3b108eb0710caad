/** CSV messages to columns, in place: one record each, with or without a line end behind it. */
import type { BadRecord, DecodedRecords, RecordDecoder, RecordDecoderRequest, RecordSpans } from '../format.ts';
import { isByteOrderMark } from '../line-input.ts';
import { RecordInput } from '../record-input.ts';
import { csvOptions, type CsvOptions } from './options.ts';
import { CsvRows } from './rows.ts';
import { WHOLE } from './split.ts';

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const HASH = 35;
const BOM_BYTES = 3;

/** A record that is none: a comment. */
const NO_RECORD = Symbol('no record');

export class CsvRecordDecoder implements RecordDecoder {
  readonly #options: CsvOptions;
  readonly #rows: CsvRows;
  readonly #input = new RecordInput();
  #recordOf = new Int32Array(0);

  constructor(request: RecordDecoderRequest) {
    this.#options = csvOptions(request.options);
    this.#rows = new CsvRows(request.schema, request.columns, this.#options);
  }

  decode(records: RecordSpans): DecodedRecords {
    const { u8, start, end, count } = records;
    const input = this.#input;
    const bad: BadRecord[] = [];
    input.take(records);
    this.#rows.begin(count);
    if (this.#recordOf.length < count) this.#recordOf = new Int32Array(count * 2);
    let row = 0;
    let nextGarbled = 0;
    for (let record = 0; record < count; record++) {
      const first = start[record] as number;
      if (first < 0) continue;
      const last = end[record] as number;
      const garbled = input.garbled[nextGarbled] === record;
      if (garbled) nextGarbled++;
      const flaw = garbled ? 'the record is not UTF-8' : this.#record(u8, first, last, row);
      if (flaw === undefined) this.#recordOf[row++] = record;
      else if (flaw !== NO_RECORD) {
        const ignored = this.#options.ignoreErrors ? { ignored: true } : {};
        bad.push({ bytes: u8.slice(first, last), position: record, reason: flaw, row, ...ignored });
      }
    }
    return { batch: this.#rows.batch(input.pool, row), recordOf: row === count ? null : this.#recordOf, bad };
  }

  /** Reads a record into row `row`; what is wrong with it, if anything is. */
  #record(u8: Uint8Array, first: number, last: number, row: number): string | typeof NO_RECORD | undefined {
    const start = last - first >= BOM_BYTES && isByteOrderMark(u8, first) ? first + BOM_BYTES : first;
    if (start === last) return 'the record is empty';
    if (this.#options.comments && u8[start] === HASH) return NO_RECORD;
    const { splitter } = this.#rows;
    if (splitter.split(u8, this.#input.pool.view, start, last, true) !== WHOLE) return splitter.reason;
    if (!isLineEnd(u8, splitter.next, last)) return 'text follows the record';
    return this.#rows.countFlaw() ?? this.#rows.convert(u8, row);
  }
}

/** Whether there is nothing but line ends in `[start, end)`. */
function isLineEnd(u8: Uint8Array, start: number, end: number): boolean {
  for (let p = start; p < end; p++) if (u8[p] !== NEWLINE && u8[p] !== CARRIAGE_RETURN) return false;
  return true;
}

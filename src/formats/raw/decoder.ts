/** Raw records to the one column of their table: messages, and lines of files. */
import { type BytesBuilder, type ColumnBuilder, columnBuilder } from '../../types/column-builder.ts';
import { type DataType, isBinary, typeToString } from '../../types/data-type.ts';
import { poolOver, type BytePool, EMPTY_POOL } from '../../types/vector.ts';
import type {
  BadRecord,
  DecodedBatch,
  DecodedRecords,
  Decoder,
  DecoderRequest,
  RecordDecoder,
  RecordDecoderRequest,
  RecordSpans,
} from '../format.ts';
import { LineInput } from '../line-input.ts';
import { RecordInput } from '../record-input.ts';
import { type Charset, charsetOf } from './charset.ts';
import { copyText, numberReader, SIZES } from './field.ts';

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** A record without bytes is NULL. */
export class RawRecordDecoder implements RecordDecoder {
  readonly #type: DataType;
  readonly #name: string;
  readonly #little: boolean;
  readonly #charset: Charset;
  readonly #targets: readonly ColumnBuilder[];
  readonly #input = new RecordInput();
  #pool: BytePool = EMPTY_POOL;
  #capacity = 0;
  #recordOf = new Int32Array(0);

  constructor({ schema, columns, options }: Pick<RecordDecoderRequest, 'schema' | 'columns' | 'options'>) {
    const { name, type } = schema[0] as RecordDecoderRequest['schema'][number];
    this.#name = name;
    this.#type = type;
    this.#little = options.string('endianness') === 'little-endian';
    this.#charset = charsetOf(options.string('charset') ?? 'UTF-8');
    this.#targets = columns.map((column) => columnBuilder(column.type));
  }

  decode(records: RecordSpans): DecodedRecords {
    const { count } = records;
    const bad: BadRecord[] = [];
    this.#begin(count);
    const rows = this.#place(records, bad);
    for (const target of this.#targets) {
      if (SIZES[this.#type.kind] !== undefined) this.#numbers(records, target, rows);
      else this.#texts(records, target as BytesBuilder, rows);
    }
    const vectors = this.#targets.map((target) => target.vector(rows));
    const batch = { length: rows, vectors, kinds: null, marks: null };
    return { batch, recordOf: rows === count ? null : this.#recordOf, bad };
  }

  #begin(rows: number): void {
    const grows = rows > this.#capacity;
    if (grows) {
      this.#capacity = rows * 2;
      this.#recordOf = new Int32Array(this.#capacity);
    }
    for (const target of this.#targets) {
      target.reset();
      if (grows) target.reserve(this.#capacity);
    }
  }

  /** Says which records become rows; those of a wrong size are bad. */
  #place({ u8, count, start, end }: RecordSpans, bad: BadRecord[]): number {
    const size = SIZES[this.#type.kind];
    let row = 0;
    for (let record = 0; record < count; record++) {
      const first = start[record] as number;
      const last = end[record] as number;
      let reason: string | undefined;
      if (first < 0) {
        if (!this.#type.nullable) reason = `field "${this.#name}" is NULL, and the column is NOT NULL`;
      } else if (size !== undefined && last - first !== size) {
        const type = typeToString({ ...this.#type, nullable: true });
        reason = `field "${this.#name}" cannot be read as ${type}: it has ${last - first} bytes instead of ${size}`;
      }
      if (reason === undefined) this.#recordOf[row++] = record;
      else bad.push({ bytes: first < 0 ? new Uint8Array(0) : u8.slice(first, last), position: record, reason, row });
    }
    return row;
  }

  #numbers({ u8, start }: RecordSpans, target: ColumnBuilder, rows: number): void {
    const view = this.#poolOf(u8).view;
    const read = numberReader(this.#type, this.#little);
    for (let row = 0; row < rows; row++) {
      const first = start[this.#recordOf[row] as number] as number;
      if (first < 0) target.setNull(row);
      else {
        read(view, first, target, row);
        target.valid[row] = 1;
      }
    }
  }

  #texts(records: RecordSpans, target: BytesBuilder, rows: number): void {
    const { u8, start, end } = records;
    const recordOf = this.#recordOf;
    const binary = isBinary(this.#type);
    let copies = !binary && this.#charset.decode !== null;
    if (!binary && !copies) {
      this.#input.take(records);
      copies = this.#input.garbled.length > 0;
    }
    if (!copies) target.alias(this.#poolOf(u8));
    for (let row = 0; row < rows; row++) {
      const record = recordOf[row] as number;
      const first = start[record] as number;
      const last = end[record] as number;
      if (first < 0) target.setNull(row);
      else if (copies) copyText(target, row, u8.subarray(first, last), this.#charset);
      else {
        target.valid[row] = 1;
        target.start[row] = first;
        target.len[row] = last - first;
      }
    }
  }

  #poolOf(u8: Uint8Array): BytePool {
    if (this.#pool.u8 !== u8) this.#pool = poolOver(u8);
    return this.#pool;
  }
}

/** Each line is a record, an empty one too. */
export class RawLineDecoder implements Decoder {
  readonly midRecord = false;
  readonly #input: LineInput;
  readonly #records: RawRecordDecoder;
  #start = new Int32Array(0);
  #end = new Int32Array(0);

  constructor(request: DecoderRequest) {
    this.#input = new LineInput(request.position, false);
    this.#records = new RawRecordDecoder(request);
  }

  get consumedBytes(): number {
    return this.#input.consumedBytes;
  }

  reserve(sizeBytes: number): Uint8Array {
    return this.#input.reserve(sizeBytes);
  }

  commit(sizeBytes: number, last: boolean): void {
    this.#input.commit(sizeBytes, last);
  }

  next(maxRows: number): DecodedBatch | null {
    const input = this.#input;
    const { u8, buf } = input.pool;
    if (input.pos >= input.end) return null;
    if (this.#start.length < maxRows) {
      this.#start = new Int32Array(maxRows);
      this.#end = new Int32Array(maxRows);
    }
    let count = 0;
    while (count < maxRows && input.pos < input.end) {
      const newline = buf.indexOf(NEWLINE, input.pos);
      this.#start[count] = input.pos;
      this.#end[count++] = newline > input.pos && u8[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline;
      input.pos = newline + 1;
    }
    const { batch, bad } = this.#records.decode({ u8, count, start: this.#start, end: this.#end });
    return {
      batch,
      bad: bad.map((record) => ({ ...record, position: input.offsetOf(this.#start[record.position] as number) })),
    };
  }
}

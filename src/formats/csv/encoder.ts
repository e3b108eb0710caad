/**
 * Columns to CSV. Text is quoted as Flink's writer does it: when it is longer than 24 characters, or holds a character
 * up to the delimiter or the quote (blanks among them), or the escape character.
 */
import type { Batch } from '../../types/batch.ts';
import { type DataType, isBinary, isCharacter } from '../../types/data-type.ts';
import type { ArrayVector, BytesVector, F64Vector, RowVector, Vector } from '../../types/vector.ts';
import { ByteOutput } from '../byte-output.ts';
import type { EncodedBytes, Encoder, EncoderRequest } from '../format.ts';
import { base64Length, writeBase64 } from '../values/base64.ts';
import { type ValueWriter, scalarWriter } from '../values/write-scalar.ts';
import { type CsvOptions, NO_BYTE, csvOptions } from './options.ts';

const MAX_UNQUOTED_CHARACTERS = 24;
const BACKSLASH = 92;

export class CsvEncoder implements Encoder {
  readonly #options: CsvOptions;
  readonly #writers: readonly ValueWriter[];
  readonly #separator: Uint8Array;
  readonly #out = new ByteOutput();
  #ends = new Int32Array(0);

  constructor(request: EncoderRequest) {
    this.#options = csvOptions(request.options, request.part !== undefined);
    this.#separator = request.separator;
    this.#writers = request.schema.map(({ type }) => fieldWriter(type, this.#options));
  }

  encode(batch: Batch): EncodedBytes {
    const out = this.#out;
    const { delimiter, nullLiteral, quote } = this.#options;
    out.length = 0;
    if (this.#ends.length < batch.length) this.#ends = new Int32Array(batch.length * 2);
    for (let row = 0; row < batch.length; row++) {
      const start = out.length;
      for (let c = 0; c < this.#writers.length; c++) {
        if (c > 0) out.byte(delimiter);
        const vector = batch.vectors[c] as Vector;
        if (vector.valid !== null && vector.valid[row] === 0) {
          if (nullLiteral !== undefined) out.bytes(nullLiteral);
        } else (this.#writers[c] as ValueWriter)(out, vector, row);
      }
      // An empty line would not be a record.
      if (out.length === start && quote !== NO_BYTE) {
        out.byte(quote);
        out.byte(quote);
      }
      out.bytes(this.#separator);
      this.#ends[row] = out.length;
    }
    return { u8: out.u8, length: out.length, ends: this.#ends, count: batch.length };
  }
}

function fieldWriter(type: DataType, options: CsvOptions): ValueWriter {
  const write = plainWriter(type, options);
  if (isNumberOrBoolean(type)) {
    if (type.kind !== 'DOUBLE' && type.kind !== 'FLOAT') return write;
    return (out, vector, row) => {
      if (Number.isFinite((vector as F64Vector).data[row] as number)) write(out, vector, row);
      else quoteIfNeeded(out, write, vector, row, options);
    };
  }
  return (out, vector, row) => quoteIfNeeded(out, write, vector, row, options);
}

function isNumberOrBoolean(type: DataType): boolean {
  switch (type.kind) {
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'DECIMAL':
    case 'FLOAT':
    case 'DOUBLE':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return true;
    default:
      return false;
  }
}

/**
 * Writes the text first and then, where it needs quotes, once more with them: a quote inside is doubled, so is the escape
 * character. Where quotes are switched off the escape character stands before what would end the field.
 */
function quoteIfNeeded(out: ByteOutput, write: ValueWriter, vector: Vector, row: number, options: CsvOptions): void {
  const start = out.length;
  write(out, vector, row);
  const { quote, escape, delimiter } = options;
  if (quote === NO_BYTE && escape === NO_BYTE) return;
  const end = out.length;
  const safe = Math.max(quote, delimiter);
  // Without an escape character a backslash counts as one here, though it is written as it is.
  const risky = escape === NO_BYTE ? BACKSLASH : escape;
  const inner = quote === NO_BYTE ? delimiter : quote;
  let special = 0;
  let characters = 0;
  let unsafe = false;
  for (let i = start; i < end; i++) {
    const byte = out.u8[i] as number;
    // As Java counts: the bytes that continue a character are none, one of four bytes is two.
    if ((byte & 0xc0) !== 0x80) characters += byte >= 0xf0 ? 2 : 1;
    if (byte <= safe || byte === risky) unsafe = true;
    if (byte === inner || byte === escape) special++;
  }
  if (!unsafe && characters <= MAX_UNQUOTED_CHARACTERS) return;
  const quotes = quote === NO_BYTE ? 0 : 1;
  out.ensure(special + 2);
  const { u8 } = out;
  let to = end + special + 2 * quotes;
  out.length = to;
  if (quotes === 1) u8[--to] = quote;
  for (let from = end - 1; from >= start; from--) {
    const byte = u8[from] as number;
    u8[--to] = byte;
    if (byte === escape) u8[--to] = escape;
    else if (byte === inner) u8[--to] = quotes === 1 ? quote : escape;
  }
  if (quotes === 1) u8[--to] = quote;
}

/** The text of a value, without quotes around it. */
function plainWriter(type: DataType, options: CsvOptions): ValueWriter {
  if (isCharacter(type)) {
    return (out, vector, row) => {
      const { pool, start, len } = vector as BytesVector;
      const from = start[row] as number;
      const size = len[row] as number;
      out.ensure(size);
      const { u8 } = out;
      const at = out.length;
      for (let i = 0; i < size; i++) u8[at + i] = pool.u8[from + i] as number;
      out.length = at + size;
    };
  }
  if (isBinary(type)) {
    return (out, vector, row) => {
      const { pool, start, len } = vector as BytesVector;
      out.ensure(base64Length(len[row] as number));
      out.length = writeBase64(out.u8, out.length, pool.u8, start[row] as number, len[row] as number);
    };
  }
  if (type.kind === 'ARRAY') {
    const write = plainWriter(type.element, options);
    return (out, vector, row) => {
      const { start, len, element } = vector as ArrayVector;
      const from = start[row] as number;
      for (let k = 0; k < (len[row] as number); k++) writePart(out, write, element, from + k, k > 0, options);
    };
  }
  if (type.kind === 'ROW') {
    const writers = type.fields.map((field) => plainWriter(field.type, options));
    return (out, vector, row) => {
      writers.forEach((write, k) => {
        writePart(out, write, (vector as RowVector).fields[k] as Vector, row, k > 0, options);
      });
    };
  }
  return scalarWriter(type, { iso: false, plainDecimals: options.plainDecimals });
}

function writePart(
  out: ByteOutput,
  write: ValueWriter,
  vector: Vector,
  row: number,
  delimited: boolean,
  options: CsvOptions,
): void {
  if (delimited) out.bytes(Buffer.from(options.arrayDelimiter));
  if (vector.valid !== null && vector.valid[row] === 0) {
    if (options.nullLiteral !== undefined) out.bytes(options.nullLiteral);
  } else write(out, vector, row);
}

/** Columns to JSON: one object a row, written as bytes; names and punctuation are prepared once. */
import { EngineError } from '../../errors.ts';
import type { Batch } from '../../types/batch.ts';
import { type DataType, isBinary, isCharacter } from '../../types/data-type.ts';
import type { ArrayVector, BytesVector, F64Vector, MapVector, RowVector, Vector } from '../../types/vector.ts';
import { ByteOutput, type Literal, literal } from '../byte-output.ts';
import type { EncodedBytes, Encoder, EncoderRequest } from '../format.ts';
import { base64Length, writeBase64 } from '../values/base64.ts';
import { type ValueWriter, scalarWriter } from '../values/write-scalar.ts';
import { writeEscaped, writeSurrogates } from './escapes.ts';
import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './tokens.ts';

interface EncodeOptions {
  readonly iso: boolean;
  readonly plainDecimals: boolean;
  readonly skipNulls: boolean;
  readonly nullKeys: 'FAIL' | 'DROP' | 'LITERAL';
  readonly nullKeyText: string;
  /** Characters of four bytes as two escapes, as Flink's writer does: messages, and so keys, have the same bytes. */
  readonly pairs: boolean;
}

const NULL_TEXT = literal('null');

export class JsonEncoder implements Encoder {
  readonly #writeRow: (out: ByteOutput, fields: readonly Vector[], row: number) => void;
  readonly #separator: Uint8Array;
  readonly #out = new ByteOutput();
  #ends = new Int32Array(0);

  constructor(request: EncoderRequest) {
    const { options } = request;
    this.#separator = request.separator;
    this.#writeRow = objectWriter(request.schema, {
      iso: options.string('timestamp-format.standard') === 'ISO-8601',
      plainDecimals: options.boolean('encode.decimal-as-plain-number'),
      skipNulls: options.boolean('encode.ignore-null-fields'),
      nullKeys: (options.string('map-null-key.mode') ?? 'FAIL') as EncodeOptions['nullKeys'],
      nullKeyText: options.string('map-null-key.literal') ?? 'null',
      pairs: request.part !== undefined,
    });
  }

  encode(batch: Batch): EncodedBytes {
    const out = this.#out;
    out.length = 0;
    if (this.#ends.length < batch.length) this.#ends = new Int32Array(batch.length * 2);
    for (let row = 0; row < batch.length; row++) {
      this.#writeRow(out, batch.vectors, row);
      out.bytes(this.#separator);
      this.#ends[row] = out.length;
    }
    return { u8: out.u8, length: out.length, ends: this.#ends, count: batch.length };
  }
}

/** Writes a ROW as an object. */
function objectWriter(
  fields: readonly { readonly name: string; readonly type: DataType }[],
  options: EncodeOptions,
): (out: ByteOutput, vectors: readonly Vector[], row: number) => void {
  const names = fields.map(({ name }) => `${quoteName(name, options)}:`);
  const writers = fields.map(({ type }) => jsonWriter(type, options));
  const first = names.map((name) => literal(`{${name}`));
  const next = names.map((name) => literal(`,${name}`));
  const { skipNulls } = options;
  return (out, vectors, row) => {
    let empty = true;
    for (let i = 0; i < writers.length; i++) {
      const vector = vectors[i] as Vector;
      const isNull = vector.valid !== null && vector.valid[row] === 0;
      if (isNull && skipNulls) continue;
      out.literal((empty ? first[i] : next[i]) as Literal);
      empty = false;
      if (isNull) out.literal(NULL_TEXT);
      else (writers[i] as ValueWriter)(out, vector, row);
    }
    if (empty) out.byte(OPEN_BRACE);
    out.byte(CLOSE_BRACE);
  };
}

function quoteName(name: string, { pairs }: EncodeOptions): string {
  const text = JSON.stringify(name);
  if (!pairs) return text;
  return text.replaceAll(/[\u{10000}-\u{10ffff}]/gu, (pair) =>
    [0, 1].map((i) => `\\u${pair.charCodeAt(i).toString(16).toUpperCase()}`).join(''),
  );
}

function jsonWriter(type: DataType, options: EncodeOptions): ValueWriter {
  if (isCharacter(type)) return stringWriter(options.pairs);
  if (isBinary(type)) return writeBinary;
  switch (type.kind) {
    case 'NULL':
      return (out) => out.literal(NULL_TEXT);
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return quoted(scalarWriter(type, options));
    case 'FLOAT':
    case 'DOUBLE': {
      const write = scalarWriter(type, options);
      const writeQuoted = quoted(write);
      // JSON has no number for these; a string is what Jackson writes, and what the decoder takes back.
      return (out, vector, row) =>
        (Number.isFinite((vector as F64Vector).data[row] as number) ? write : writeQuoted)(out, vector, row);
    }
    case 'ROW': {
      const write = objectWriter(type.fields, options);
      return (out, vector, row) => write(out, (vector as RowVector).fields, row);
    }
    case 'ARRAY': {
      const write = nullable(jsonWriter(type.element, options));
      return (out, vector, row) => {
        const { start, len, element } = vector as ArrayVector;
        const from = start[row] as number;
        out.byte(OPEN_BRACKET);
        for (let k = 0; k < (len[row] as number); k++) {
          if (k > 0) out.byte(COMMA);
          write(out, element, from + k);
        }
        out.byte(CLOSE_BRACKET);
      };
    }
    case 'MAP':
      return mapWriter(nullable(jsonWriter(type.value, options)), options);
    case 'MULTISET':
      return mapWriter(jsonWriter({ kind: 'INTEGER', nullable: false }, options), options);
    default:
      return scalarWriter(type, options);
  }
}

function quoted(write: ValueWriter): ValueWriter {
  return (out, vector, row) => {
    out.byte(QUOTE);
    write(out, vector, row);
    out.byte(QUOTE);
  };
}

function nullable(write: ValueWriter): ValueWriter {
  return (out, vector, row) => {
    if (vector.valid !== null && vector.valid[row] === 0) out.literal(NULL_TEXT);
    else write(out, vector, row);
  };
}

/**
 * Four bytes at a time as long as none of them is a quote, a backslash, a control character or, where it matters, the
 * head of a character of four bytes.
 */
const stringWriter = (pairs: boolean): ValueWriter => {
  const fours = pairs ? -1 : 0;
  const lastPlain = pairs ? 0xef : 0xff;
  return (out, vector, row) => writeString(out, vector, row, fours, lastPlain);
};

function writeString(out: ByteOutput, vector: Vector, row: number, fours: number, lastPlain: number): void {
  const { pool, start, len } = vector as BytesVector;
  const from = pool.u8;
  const words = pool.view;
  const size = len[row] as number;
  out.ensure(6 * size + 6);
  const { u8, view } = out;
  let at = out.length;
  u8[at++] = QUOTE;
  let p = start[row] as number;
  const end = p + size;
  while (p < end) {
    if (p + 4 <= end) {
      const x = words.getInt32(p, true);
      const q = x ^ 0x22222222;
      const b = x ^ 0x5c5c5c5c;
      const four = x & (x << 1) & (x << 2) & (x << 3) & fours;
      const marks = ((q - 0x01010101) & ~q) | ((b - 0x01010101) & ~b) | ((x - 0x20202020) & ~x) | four;
      if ((marks & -2139062144) === 0) {
        view.setInt32(at, x, true);
        at += 4;
        p += 4;
        continue;
      }
    }
    const stop = Math.min(end, p + 4);
    for (; p < stop; p++) {
      const byte = from[p] as number;
      if (byte < 32 || byte === QUOTE || byte === BACKSLASH) at = writeEscaped(u8, at, byte);
      else if (byte <= lastPlain) u8[at++] = byte;
      else {
        at = writeSurrogates(u8, at, from, p);
        p += 3;
      }
    }
  }
  u8[at++] = QUOTE;
  out.length = at;
}

const writeBinary: ValueWriter = (out, vector, row) => {
  const { pool, start, len } = vector as BytesVector;
  const size = len[row] as number;
  out.ensure(base64Length(size) + 2);
  out.byte(QUOTE);
  out.length = writeBase64(out.u8, out.length, pool.u8, start[row] as number, size);
  out.byte(QUOTE);
};

function mapWriter(writeValue: ValueWriter, options: EncodeOptions): ValueWriter {
  const nullKey = Buffer.from(quoteName(options.nullKeyText, options));
  const { nullKeys } = options;
  const writeKey = stringWriter(options.pairs);
  return (out, vector, row) => {
    const { start, len, key, value } = vector as MapVector;
    const from = start[row] as number;
    out.byte(OPEN_BRACE);
    let first = true;
    for (let k = from; k < from + (len[row] as number); k++) {
      const isNull = key.valid !== null && key.valid[k] === 0;
      if (isNull && nullKeys === 'DROP') continue;
      if (isNull && nullKeys === 'FAIL') {
        throw new EngineError('bad_record', 'a map with a null key cannot be written as json', {
          hint: "Set 'json.map-null-key.mode' to 'DROP' or 'LITERAL'.",
        });
      }
      if (!first) out.byte(COMMA);
      first = false;
      if (isNull) out.bytes(nullKey);
      else writeKey(out, key, k);
      out.byte(COLON);
      writeValue(out, value, k);
    }
    out.byte(CLOSE_BRACE);
  };
}

/**
 * Avro's own JSON (`'encoding' = 'json'`): a value of a union is an object with its branch's name, bytes are text of a
 * character each, logical types are the numbers below them. A way for debugging: value by value, not by the column.
 */
import { BatchBuilder, INSERT, type Batch } from '../../types/batch.ts';
import { type DataType, typeToString } from '../../types/data-type.ts';
import { formatDouble, formatFloat } from '../../types/format-value.ts';
import type { Schema } from '../../types/schema.ts';
import { getValue, type Timestamp, type Value, type Vector, timestampOf } from '../../types/vector.ts';
import { ByteOutput } from '../byte-output.ts';
import type {
  BadRecord,
  DecodedRecords,
  EncodedBytes,
  Encoder,
  RecordDecoder,
  RecordDecoderRequest,
  RecordSpans,
} from '../format.ts';
import { bytesOfText, unscaledOf } from './default-value.ts';
import { deriveSchema } from './derive.ts';
import { columnVector } from './read-plan.ts';
import type { AvroRecord, AvroType } from './schema.ts';

const COUNT: DataType = { kind: 'INTEGER', nullable: true };

/** A value that is not what the schema says. */
class Unfit extends Error {}

const unfit = (path: string, type: DataType): Unfit =>
  new Unfit(`field "${path}" cannot be read as ${typeToString({ ...type, nullable: true })}`);

export class AvroJsonRecordDecoder implements RecordDecoder {
  readonly #request: RecordDecoderRequest;
  readonly #avro: AvroRecord;
  readonly #rows: BatchBuilder;

  constructor(request: RecordDecoderRequest) {
    this.#request = request;
    this.#avro = deriveSchema(request.schema, request.options.boolean('timestamp_mapping.legacy'));
    this.#rows = new BatchBuilder(request.schema);
  }

  decode({ u8, count, start, end }: RecordSpans): DecodedRecords {
    const rows = this.#rows;
    const recordOf: number[] = [];
    const bad: BadRecord[] = [];
    rows.reset();
    for (let record = 0; record < count; record++) {
      const first = start[record] as number;
      if (first < 0) continue;
      const bytes = u8.subarray(first, end[record]);
      const values = this.#valuesOf(bytes);
      if (typeof values === 'string') {
        bad.push({ bytes: bytes.slice(), position: record, reason: values, row: rows.length });
        continue;
      }
      const row = rows.addRow(INSERT);
      values.forEach((value, c) => rows.columns[c]?.set(row, value));
      recordOf.push(record);
    }
    const { vectors, length } = rows.build();
    const columns = this.#request.columns.map(({ path: [name, ...rest] }) => {
      const at = this.#request.schema.findIndex((field) => field.name === name);
      let { type } = this.#request.schema[at] as Schema[number];
      const fields = rest.map((inner) => {
        const places = type.kind === 'ROW' ? type.fields : [];
        const place = places.findIndex((field) => field.name === inner);
        type = (places[place] as Schema[number]).type;
        return place;
      });
      return columnVector(vectors[at] as Vector, fields);
    });
    const batch: Batch = { length, vectors: columns, kinds: null, marks: null };
    return { batch, recordOf: length === count ? null : Int32Array.from(recordOf), bad };
  }

  /** The values of a record's columns, or why there are none. */
  #valuesOf(bytes: Uint8Array): readonly Value[] | string {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      return recordValues(JSON.parse(text, exact as never), this.#avro, this.#request.schema, '');
    } catch (error) {
      if (error instanceof Unfit) return error.message;
      if (error instanceof SyntaxError) return `the record is not JSON: ${error.message}`;
      if (error instanceof TypeError) return 'the record is not UTF-8';
      throw error;
    }
  }
}

/** Keeps whole numbers exact that a double cannot hold. */
const exact = (_key: string, value: unknown, { source }: { readonly source?: string }): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
    ? BigInt(source)
    : value;

function recordValues(json: unknown, avro: AvroRecord, schema: Schema, path: string): Value[] {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) throw new Unfit('a record must be an object');
  const members = json as Readonly<Record<string, unknown>>;
  return schema.map(({ name, type }) => {
    const field = avro.fields.find((each) => each.name === name);
    if (field === undefined || !Object.hasOwn(members, name)) throw new Unfit(`field "${path}${name}" is missing`);
    return valueOf(members[name], field.type, type, `${path}${name}`);
  });
}

function valueOf(json: unknown, avro: AvroType, type: DataType, path: string): Value {
  switch (avro.kind) {
    case 'union': {
      if (json === null) return null;
      const branch = avro.branches.find(({ kind }) => kind !== 'null') as AvroType;
      const tag = branchName(branch);
      const members = json as Readonly<Record<string, unknown>>;
      if (typeof json !== 'object' || !Object.hasOwn(members, tag) || Object.keys(members).length !== 1) {
        throw unfit(path, type);
      }
      return valueOf(members[tag], branch, type, path);
    }
    case 'record':
      return recordValues(json, avro, type.kind === 'ROW' ? type.fields : [], `${path}.`);
    case 'array':
      if (!Array.isArray(json) || type.kind !== 'ARRAY') throw unfit(path, type);
      return json.map((item) => valueOf(item, avro.items, type.element, path));
    case 'map': {
      if (json === null || typeof json !== 'object' || Array.isArray(json)) throw unfit(path, type);
      const value = type.kind === 'MAP' ? type.value : COUNT;
      return Object.entries(json).map(([key, item]) => [key, valueOf(item, avro.values, value, path)]);
    }
    case 'bytes':
      if (typeof json !== 'string' || /[^\0-\xff]/.test(json)) throw unfit(path, type);
      return type.kind === 'DECIMAL' ? decimalOf(unscaledOf(bytesOfText(json)), type, path) : bytesOfText(json);
    case 'string':
      if (typeof json !== 'string') throw unfit(path, type);
      return json.toWellFormed();
    case 'boolean':
      if (typeof json !== 'boolean') throw unfit(path, type);
      return json;
    case 'float':
    case 'double':
      if (typeof json === 'string' && /^(NaN|-?Infinity)$/.test(json)) return Number(json);
      if (typeof json !== 'number' && typeof json !== 'bigint') throw unfit(path, type);
      return avro.kind === 'float' ? Math.fround(Number(json)) : Number(json);
    case 'int':
    case 'long':
      return wholeOf(json, avro, type, path);
    default:
      throw unfit(path, type);
  }
}

function decimalOf(value: bigint, type: Extract<DataType, { kind: 'DECIMAL' }>, path: string): bigint {
  const limit = 10n ** BigInt(type.precision);
  if (value >= limit || value <= -limit) throw unfit(path, type);
  return value;
}

const RANGES: Readonly<Record<string, number>> = { TINYINT: 7, SMALLINT: 15, INTEGER: 31, DATE: 31 };

function wholeOf(json: unknown, avro: AvroType, type: DataType, path: string): Value {
  if (typeof json !== 'bigint' && !Number.isSafeInteger(json)) throw unfit(path, type);
  const value = BigInt(json as number | bigint);
  const bits = RANGES[type.kind] ?? 63;
  if (value >= 2n ** BigInt(bits) || value < -(2n ** BigInt(bits))) throw unfit(path, type);
  switch (type.kind) {
    case 'BIGINT':
      return value;
    case 'TIME':
      if (value < 0n || value >= 86_400_000n) throw unfit(path, type);
      return Number(value) - (type.precision < 3 ? Number(value) % 10 ** (3 - type.precision) : 0);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const micros = 'logical' in avro && avro.logical?.kind.endsWith('micros') === true;
      const perMs = micros ? 1000n : 1n;
      const rest = ((value % perMs) + perMs) % perMs;
      let ms = Number((value - rest) / perMs);
      if (type.precision < 3) ms = Math.floor(ms / 10 ** (3 - type.precision)) * 10 ** (3 - type.precision);
      if (type.precision <= 3) return ms;
      const nanos = Number(rest) * 1000;
      return { ms, nanos: nanos - (nanos % 10 ** (9 - type.precision)) };
    }
    default:
      return Number(value);
  }
}

const branchName = (type: AvroType): string => ('name' in type ? type.name : type.kind);

export class AvroJsonEncoder implements Encoder {
  readonly #schema: Schema;
  readonly #avro: AvroRecord;
  readonly #out = new ByteOutput();
  #ends = new Int32Array(0);

  constructor(schema: Schema, avro: AvroRecord) {
    this.#schema = schema;
    this.#avro = avro;
  }

  encode({ length, vectors }: Batch): EncodedBytes {
    const out = this.#out;
    out.length = 0;
    if (this.#ends.length < length) this.#ends = new Int32Array(length * 2);
    for (let row = 0; row < length; row++) {
      const values = this.#schema.map(({ type }, c) => getValue(vectors[c] as Vector, row, type));
      out.bytes(Buffer.from(recordText(values, this.#schema, this.#avro)));
      this.#ends[row] = out.length;
    }
    return { u8: out.u8, length: out.length, ends: this.#ends, count: length };
  }
}

function recordText(values: readonly Value[], schema: Schema, avro: AvroRecord): string {
  const members = avro.fields.map(({ name, type }) => {
    const at = schema.findIndex((field) => field.name === name);
    return `${JSON.stringify(name)}:${textOf(values[at] as Value, type, (schema[at] as Schema[number]).type)}`;
  });
  return `{${members.join(',')}}`;
}

function textOf(value: Value, avro: AvroType, type: DataType): string {
  switch (avro.kind) {
    case 'union': {
      if (value === null) return 'null';
      const branch = avro.branches.find(({ kind }) => kind !== 'null') as AvroType;
      return `{${JSON.stringify(branchName(branch))}:${textOf(value, branch, type)}}`;
    }
    case 'record':
      return recordText(value as readonly Value[], type.kind === 'ROW' ? type.fields : [], avro);
    case 'array': {
      const { element } = type as { readonly element: DataType };
      return `[${(value as readonly Value[]).map((item) => textOf(item, avro.items, element)).join(',')}]`;
    }
    case 'map': {
      const inner = type.kind === 'MAP' ? type.value : COUNT;
      const entries = (value as readonly (readonly [string, Value])[]).map(
        ([key, item]) => `${JSON.stringify(key)}:${textOf(item, avro.values, inner)}`,
      );
      return `{${entries.join(',')}}`;
    }
    case 'bytes': {
      const bytes = type.kind === 'DECIMAL' ? unscaledBytes(value as bigint) : (value as Uint8Array);
      return JSON.stringify(Buffer.from(bytes).toString('latin1'));
    }
    case 'float':
    case 'double': {
      const text = avro.kind === 'float' ? formatFloat(value as number) : formatDouble(value as number);
      return Number.isFinite(value) ? text : `"${text}"`;
    }
    case 'long':
      return longText(value, avro, type);
    default:
      return JSON.stringify(value);
  }
}

function longText(value: Value, avro: AvroType, type: DataType): string {
  if (type.kind === 'BIGINT') return String(value);
  const { ms, nanos }: Timestamp = timestampOf(value);
  const micros = 'logical' in avro && avro.logical?.kind.endsWith('micros') === true;
  return micros ? String(BigInt(ms) * 1000n + BigInt(Math.floor(nanos / 1000))) : String(ms);
}

function unscaledBytes(value: bigint): Uint8Array {
  let size = 1;
  while (BigInt.asIntN(8 * size, value) !== value) size++;
  const bytes = new Uint8Array(size);
  for (let k = size - 1; k >= 0; k--) {
    bytes[k] = Number(value & 0xffn);
    value >>= 8n;
  }
  return bytes;
}

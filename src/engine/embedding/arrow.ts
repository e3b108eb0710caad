/** Arrow tables, out of results and into in-memory tables. The library is loaded when a program asks for a table. */
import type * as Arrow from 'apache-arrow';
import { EngineError } from '../../errors.ts';
import type { DataType } from '../../types/data-type.ts';
import { typeToString } from '../../types/data-type.ts';
import { formatDecimal } from '../../types/decimal.ts';
import type { JsValue } from '../../types/js-value.ts';
import type { Schema } from '../../types/schema.ts';
import type { Column, ColumnInput } from '../../types/js-columns.ts';

/** A table (or record batch) of the package `apache-arrow`. */
export type ArrowTable = Arrow.Table | Arrow.RecordBatch;

async function load(): Promise<typeof Arrow> {
  try {
    return await import('apache-arrow');
  } catch (error) {
    throw new EngineError('undefined_file', 'the package "apache-arrow" cannot be loaded', {
      detail: 'Arrow tables are made with it.',
      hint: 'Install it: npm install apache-arrow.',
      cause: error,
    });
  }
}

/** Batches of columns as one Arrow table. */
export async function arrowTable(
  schema: Schema,
  batches: readonly { readonly length: number; readonly columns: readonly Column[] }[],
): Promise<Arrow.Table> {
  const arrow = await load();
  const types = schema.map(({ name, type }) => arrowType(arrow, type, name));
  const fields = schema.map(({ name, type }, c) => new arrow.Field(name, types[c] as Arrow.DataType, type.nullable));
  const arrowSchema = new arrow.Schema(fields);
  const recordBatches = batches.map(({ length, columns }) => {
    const children = columns.map((column, c) =>
      arrowData(arrow, schema[c] as Schema[number], types[c] as Arrow.DataType, column),
    );
    return new arrow.RecordBatch(
      arrowSchema,
      arrow.makeData({ type: new arrow.Struct(fields), length, nullCount: 0, children }),
    );
  });
  return new arrow.Table(arrowSchema, recordBatches);
}

function arrowType(arrow: typeof Arrow, type: DataType, name: string): Arrow.DataType {
  switch (type.kind) {
    case 'BOOLEAN':
      return new arrow.Bool();
    case 'TINYINT':
      return new arrow.Int8();
    case 'SMALLINT':
      return new arrow.Int16();
    case 'INTEGER':
      return new arrow.Int32();
    case 'BIGINT':
      return new arrow.Int64();
    case 'FLOAT':
      return new arrow.Float32();
    case 'DOUBLE':
      return new arrow.Float64();
    case 'CHAR':
    case 'VARCHAR':
      return new arrow.Utf8();
    case 'BINARY':
    case 'VARBINARY':
      return new arrow.Binary();
    case 'DECIMAL':
      return new arrow.Decimal(type.scale, type.precision, 128);
    case 'DATE':
      return new arrow.DateDay();
    case 'TIME':
      return new arrow.TimeMillisecond();
    case 'TIMESTAMP':
      return type.precision <= 3 ? new arrow.TimestampMillisecond() : new arrow.TimestampNanosecond();
    case 'TIMESTAMP_LTZ':
      return type.precision <= 3 ? new arrow.TimestampMillisecond('UTC') : new arrow.TimestampNanosecond('UTC');
    case 'ARRAY':
      return new arrow.List(new arrow.Field('element', nestedType(arrow, type.element, name), type.element.nullable));
    case 'ROW':
      return new arrow.Struct(
        type.fields.map(
          (field) => new arrow.Field(field.name, nestedType(arrow, field.type, name), field.type.nullable),
        ),
      );
    default:
      throw noArrow(type, name);
  }
}

/** Inside of arrays and rows the library cannot be given timestamps beyond milliseconds. */
function nestedType(arrow: typeof Arrow, type: DataType, name: string): Arrow.DataType {
  if ((type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ') && type.precision > 3) throw noArrow(type, name);
  return arrowType(arrow, type, name);
}

function noArrow(type: DataType, name: string): EngineError {
  return new EngineError('unsupported', `column "${name}" of type ${typeToString(type)} as Arrow is not supported`, {
    hint: 'CAST it to STRING in the query.',
  });
}

function arrowData(
  arrow: typeof Arrow,
  { type }: Schema[number],
  to: Arrow.DataType,
  { values, valid }: Column,
): Arrow.Data {
  const direct = directValues(values, type, valid);
  if (direct !== undefined) {
    const nullCount = valid === null ? 0 : valid.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
    const nullBitmap = valid === null ? null : bitmap(valid);
    // The constructor's parameters depend on the type, which only its value tells.
    return arrow.makeData({ type: to, length: values.length, nullCount, data: direct, nullBitmap } as never);
  }
  const isNull = (i: number): boolean => valid !== null && valid[i] === 0;
  const list = Array.from({ length: values.length }, (_, i) =>
    isNull(i) ? null : arrowValue(values[i] as JsValue, type),
  );
  const vector = arrow.vectorFromArray(list, to);
  return vector.data[0] ?? arrow.makeData({ type: to, length: 0, nullCount: 0 } as never);
}

/** What Arrow holds as it is; timestamps beyond milliseconds, for which the library's builders take none. */
function directValues(
  values: Column['values'],
  type: DataType,
  valid: Uint8Array | null,
): BigInt64Array | Int32Array | Float64Array | undefined {
  if (type.kind === 'BIGINT' || type.kind === 'INTEGER' || type.kind === 'DOUBLE') {
    return values as BigInt64Array | Int32Array | Float64Array;
  }
  const isTime = type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ';
  if (!isTime || type.precision <= 3) return undefined;
  return BigInt64Array.from({ length: values.length }, (_, i) =>
    valid === null || valid[i] !== 0 ? nanoseconds(String(values[i])) : 0n,
  );
}

/** One bit a row, from the low one. */
function bitmap(valid: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(valid.length / 8));
  valid.forEach((byte, i) => {
    if (byte !== 0) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7));
  });
  return bits;
}

/** The value as Arrow's builders take it. */
function arrowValue(value: JsValue, type: DataType): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'BOOLEAN':
      return value === 1 || value === true;
    case 'DECIMAL':
      return decimalWords(value as string);
    case 'DATE':
      return typeof value === 'number' ? new Date(value * 86_400_000) : new Date(`${String(value)}T00:00:00Z`);
    case 'TIME':
      return timeMs(value as string);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return timestampOf(value);
    case 'ARRAY':
      return (value as readonly JsValue[]).map((item) => arrowValue(item, type.element));
    case 'ROW':
      return Object.fromEntries(
        type.fields.map((field) => [
          field.name,
          arrowValue((value as Readonly<Record<string, JsValue>>)[field.name] ?? null, field.type),
        ]),
      );
    default:
      return value;
  }
}

/** Two's complement, four words from the low one. */
function decimalWords(text: string): Uint32Array {
  const unscaled = BigInt.asUintN(128, BigInt(text.replace('.', '')));
  return Uint32Array.from({ length: 4 }, (_, k) => Number((unscaled >> BigInt(32 * k)) & 0xffffffffn));
}

function timeMs(text: string): number {
  const [hours, minutes, seconds] = text.split(':').map(Number) as [number, number, number];
  return Math.round((hours * 3600 + minutes * 60 + seconds) * 1000);
}

function timestampOf(value: JsValue): number {
  if (typeof value === 'number') return value;
  return value instanceof Date ? value.getTime() : Date.parse(`${String(value).replace(' ', 'T')}Z`);
}

function nanoseconds(text: string): bigint {
  const [whole, fraction = ''] = text.replace(/Z$/, '').split('.') as [string, string?];
  return BigInt(Date.parse(`${whole.replace(' ', 'T')}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** The columns of an Arrow table, as an in-memory table takes them. */
export function arrowColumns(table: ArrowTable): Readonly<Record<string, ColumnInput>> {
  return Object.fromEntries(
    table.schema.fields.map((field, c) => {
      const vector = table.getChildAt(c) as Arrow.Vector;
      if ((field.type.typeId as number) === TIMESTAMP) return [field.name, instants(vector)];
      const raw = vector.nullCount === 0 && vector.data.length === 1 ? bulk(field.type, vector.toArray()) : undefined;
      return [field.name, raw ?? Array.from({ length: vector.length }, (_, i) => plain(vector.get(i), field.type))];
    }),
  );
}

const INT = 2;
const FLOAT = 3;
const DECIMAL = 7;
const DATE = 8;
const TIME = 9;
const TIMESTAMP = 10;

function bulk(type: Arrow.DataType, values: unknown): ColumnInput | undefined {
  return type.typeId === INT || type.typeId === FLOAT ? (values as ColumnInput) : undefined;
}

const NANOS_PER_UNIT = [1_000_000_000n, 1_000_000n, 1000n, 1n];

/** Timestamps with all their digits: the library itself gives milliseconds. */
function instants(vector: Arrow.Vector): (string | null)[] {
  return vector.data.flatMap((data) => {
    const { unit, timezone } = data.type as Arrow.Timestamp;
    const values = data.values as BigInt64Array;
    return Array.from({ length: data.length }, (_, i) => {
      if (!data.getValid(i)) return null;
      const nanos = (values[i] as bigint) * (NANOS_PER_UNIT[unit] as bigint);
      const within = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
      const seconds = new Date(Number((nanos - within) / 1_000_000n)).toISOString().slice(0, 19);
      const text = `${seconds}.${String(within).padStart(9, '0')}`;
      return timezone === null || timezone === undefined ? text : `${text}Z`;
    });
  });
}

function plain(value: unknown, type: Arrow.DataType): unknown {
  if (value === null || value === undefined) return null;
  switch (type.typeId as number) {
    case DECIMAL: {
      const words = value as Uint32Array;
      let unscaled = 0n;
      for (let k = words.length - 1; k >= 0; k--) unscaled = (unscaled << 32n) | BigInt(words[k] as number);
      return formatDecimal(BigInt.asIntN(32 * words.length, unscaled), (type as Arrow.Decimal).scale);
    }
    case DATE:
      return new Date(Number(value));
    case TIME: {
      const ms = Number(value) / ([0.001, 1, 1000, 1_000_000][(type as Arrow.Time).unit] as number);
      return new Date(ms).toISOString().slice(11, 23);
    }
    default:
      break;
  }
  if (typeof value !== 'object' || value instanceof Uint8Array || value instanceof Date) return value;
  const children = type.children ?? [];
  if (Symbol.iterator in value && 'get' in value && children.length === 1) {
    const element = children[0] as Arrow.Field;
    return Array.from(value as Iterable<unknown>, (item) => plain(item, element.type));
  }
  return Object.fromEntries(
    children.map((child) => [child.name, plain((value as Record<string, unknown>)[child.name], child.type)]),
  );
}

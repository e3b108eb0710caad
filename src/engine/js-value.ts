import type { Batch } from '../types/batch.ts';
import type { DataType } from '../types/data-type.ts';
import { formatValue } from '../types/format-value.ts';
import type { Schema } from '../types/schema.ts';
import { type Value, type Vector, getValue, timestampOf } from '../types/vector.ts';

/**
 * A SQL value as a program likes it: BIGINT as bigint and other numbers as number, DECIMAL as its digits (`'12.50'`),
 * TIMESTAMP_LTZ as Date (to the millisecond), DATE, TIME, TIMESTAMP and intervals as SQL writes them
 * (`'2024-02-29 12:00:00.000'`), BYTES as Uint8Array, ROW as an object, ARRAY as an array, MAP and MULTISET (of counts)
 * as Map.
 */
export type JsValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | readonly JsValue[]
  | ReadonlyMap<JsValue, JsValue>
  | { readonly [name: string]: JsValue };

export type JsRow = Readonly<Record<string, JsValue>>;

type Convert = (value: Value) => JsValue;

/** Row `index` of a batch as an object, by column name. */
export function jsRows(schema: Schema): (batch: Batch, index: number) => JsRow {
  const converts = schema.map(({ type }) => convert(type));
  return ({ vectors }, index) =>
    Object.fromEntries(
      schema.map(({ name, type }, c) => [name, (converts[c] as Convert)(getValue(vectors[c] as Vector, index, type))]),
    );
}

function convert(type: DataType): Convert {
  const notNull = convertNotNull(type);
  return (value) => (value === null ? null : notNull(value));
}

function convertNotNull(type: DataType): Convert {
  switch (type.kind) {
    case 'NULL':
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return (value) => value as JsValue;
    case 'TIMESTAMP_LTZ':
      return (value) => new Date(timestampOf(value).ms);
    case 'DECIMAL':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return (value) => formatValue(value, type);
    case 'ARRAY': {
      const element = convert(type.element);
      return (value) => (value as readonly Value[]).map(element);
    }
    case 'MAP':
      return convertEntries(convert(type.key), convert(type.value));
    case 'MULTISET':
      return convertEntries(convert(type.element), (count) => count as number);
    case 'ROW': {
      const fields = type.fields.map((field) => [field.name, convert(field.type)] as const);
      return (value) =>
        Object.fromEntries(fields.map(([name, field], i) => [name, field((value as readonly Value[])[i] ?? null)]));
    }
  }
}

function convertEntries(key: Convert, value: Convert): Convert {
  return (entries) =>
    new Map((entries as readonly (readonly [Value, Value])[]).map(([k, v]) => [key(k), value(v)] as const));
}

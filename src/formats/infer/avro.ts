/** Columns that an Avro schema's data are read by: all may be NULL, so that records of its other versions are read too. */
import type { AvroRecord, AvroType } from '../avro/schema.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  type DataType,
  FLOAT,
  INT,
  STRING,
  array,
  decimal,
  map,
  row,
  time,
  timestamp,
  timestampLtz,
} from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';

export interface AvroColumns {
  readonly schema: Schema;
  /** Fields that no type fits. */
  readonly leftOut: readonly string[];
}

export function avroColumns(record: AvroRecord): AvroColumns {
  const columns = record.fields.map(({ name, type }) => ({ name, type: typeOf(type, [record.name]) }));
  return {
    schema: columns.flatMap(({ name, type }) => (type === null ? [] : [{ name, type }])),
    leftOut: columns.flatMap(({ name, type }) => (type === null ? [name] : [])),
  };
}

const MAX_DIGITS = 38;

/** Null where none fits: unions of several types, records inside themselves. `within`: the records that hold the type. */
function typeOf(type: AvroType, within: readonly string[]): DataType | null {
  switch (type.kind) {
    case 'null':
      return null;
    case 'boolean':
      return BOOLEAN;
    case 'int':
      return type.logical?.kind === 'date' ? DATE : type.logical?.kind === 'time-millis' ? time(3) : INT;
    case 'long':
      return longType(type.logical?.kind);
    case 'float':
      return FLOAT;
    case 'double':
      return DOUBLE;
    case 'string':
    case 'enum':
      return STRING;
    case 'bytes':
    case 'fixed': {
      const { logical } = type;
      if (logical?.kind !== 'decimal' || logical.precision > MAX_DIGITS) return BYTES;
      return decimal(logical.precision, logical.scale);
    }
    case 'array': {
      const element = typeOf(type.items, within);
      return element && array(element);
    }
    case 'map': {
      const value = typeOf(type.values, within);
      return value && map(STRING, value);
    }
    case 'union': {
      const [only, ...more] = type.branches.filter(({ kind }) => kind !== 'null');
      return only === undefined || more.length > 0 ? null : typeOf(only, within);
    }
    case 'record': {
      if (within.includes(type.name)) return null;
      const fields = type.fields.map((field) => ({
        name: field.name,
        type: typeOf(field.type, [...within, type.name]),
      }));
      const known = fields.flatMap((field) => (field.type === null ? [] : [{ name: field.name, type: field.type }]));
      return known.length === 0 ? null : row(known);
    }
  }
}

/** An instant is a TIMESTAMP_LTZ; of nanoseconds there is no type that the format has. */
function longType(logical: string | undefined): DataType {
  switch (logical) {
    case 'timestamp-millis':
      return timestampLtz(3);
    case 'timestamp-micros':
      return timestampLtz(6);
    case 'local-timestamp-millis':
      return timestamp(3);
    case 'local-timestamp-micros':
      return timestamp(6);
    default:
      return BIGINT;
  }
}

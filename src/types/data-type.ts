/**
 * SQL data types as plain data, and the physical form in which a column of each is held.
 *
 * A type prints as Flink prints it (`BIGINT NOT NULL`, `DECIMAL(10, 2)`, `ROW<a INT, b STRING>`).
 */

export type TimeAttribute = 'rowtime' | 'proctime';

interface Nullable {
  readonly nullable: boolean;
}

export interface RowField {
  readonly name: string;
  readonly type: DataType;
  readonly comment?: string | undefined;
}

export type DataType = Nullable &
  (
    | { readonly kind: 'CHAR'; readonly length: number }
    | { readonly kind: 'VARCHAR'; readonly length: number }
    | { readonly kind: 'BINARY'; readonly length: number }
    | { readonly kind: 'VARBINARY'; readonly length: number }
    | { readonly kind: 'BOOLEAN' }
    | { readonly kind: 'TINYINT' }
    | { readonly kind: 'SMALLINT' }
    | { readonly kind: 'INTEGER' }
    | { readonly kind: 'BIGINT' }
    | { readonly kind: 'DECIMAL'; readonly precision: number; readonly scale: number }
    | { readonly kind: 'FLOAT' }
    | { readonly kind: 'DOUBLE' }
    | { readonly kind: 'DATE' }
    | { readonly kind: 'TIME'; readonly precision: number }
    | { readonly kind: 'TIMESTAMP'; readonly precision: number; readonly attribute?: TimeAttribute | undefined }
    | { readonly kind: 'TIMESTAMP_LTZ'; readonly precision: number; readonly attribute?: TimeAttribute | undefined }
    | { readonly kind: 'INTERVAL_YEAR_MONTH' }
    | { readonly kind: 'INTERVAL_DAY_TIME' }
    | { readonly kind: 'ARRAY'; readonly element: DataType }
    | { readonly kind: 'MULTISET'; readonly element: DataType }
    | { readonly kind: 'MAP'; readonly key: DataType; readonly value: DataType }
    | { readonly kind: 'ROW'; readonly fields: readonly RowField[] }
    | { readonly kind: 'NULL' }
  );

/** The length that stands for STRING and BYTES. */
export const MAX_LENGTH = 2147483647;

export const STRING: DataType = { kind: 'VARCHAR', length: MAX_LENGTH, nullable: true };
export const BYTES: DataType = { kind: 'VARBINARY', length: MAX_LENGTH, nullable: true };
export const BOOLEAN: DataType = { kind: 'BOOLEAN', nullable: true };
export const TINYINT: DataType = { kind: 'TINYINT', nullable: true };
export const SMALLINT: DataType = { kind: 'SMALLINT', nullable: true };
export const INT: DataType = { kind: 'INTEGER', nullable: true };
export const BIGINT: DataType = { kind: 'BIGINT', nullable: true };
export const FLOAT: DataType = { kind: 'FLOAT', nullable: true };
export const DOUBLE: DataType = { kind: 'DOUBLE', nullable: true };
export const DATE: DataType = { kind: 'DATE', nullable: true };
export const NULL_TYPE: DataType = { kind: 'NULL', nullable: true };

export const char = (length: number): DataType => ({ kind: 'CHAR', length, nullable: true });
export const varchar = (length: number): DataType => ({ kind: 'VARCHAR', length, nullable: true });
export const decimal = (precision: number, scale: number): DataType => ({
  kind: 'DECIMAL',
  precision,
  scale,
  nullable: true,
});
export const time = (precision: number): DataType => ({ kind: 'TIME', precision, nullable: true });
export const timestamp = (precision: number, attribute?: TimeAttribute): DataType =>
  attribute === undefined
    ? { kind: 'TIMESTAMP', precision, nullable: true }
    : { kind: 'TIMESTAMP', precision, attribute, nullable: true };
export const timestampLtz = (precision: number, attribute?: TimeAttribute): DataType =>
  attribute === undefined
    ? { kind: 'TIMESTAMP_LTZ', precision, nullable: true }
    : { kind: 'TIMESTAMP_LTZ', precision, attribute, nullable: true };
export const array = (element: DataType): DataType => ({ kind: 'ARRAY', element, nullable: true });
export const multiset = (element: DataType): DataType => ({ kind: 'MULTISET', element, nullable: true });
export const map = (key: DataType, value: DataType): DataType => ({ kind: 'MAP', key, value, nullable: true });
export const row = (fields: readonly RowField[]): DataType => ({ kind: 'ROW', fields, nullable: true });

export function withNullable(type: DataType, nullable: boolean): DataType {
  return type.nullable === nullable ? type : { ...type, nullable };
}
export const notNull = (type: DataType): DataType => withNullable(type, false);

/** The time attribute of a type, if it is one. */
export function timeAttribute(type: DataType): TimeAttribute | undefined {
  return type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ' ? type.attribute : undefined;
}

/** The same type as a plain value: what a CAST or a regular join makes of a time attribute. */
export function withoutTimeAttribute(type: DataType): DataType {
  if (type.kind === 'TIMESTAMP') return { kind: 'TIMESTAMP', precision: type.precision, nullable: type.nullable };
  if (type.kind === 'TIMESTAMP_LTZ') {
    return { kind: 'TIMESTAMP_LTZ', precision: type.precision, nullable: type.nullable };
  }
  return type;
}

/** Equality of types; nullability counts unless `ignoreNullable`; time attributes and comments never count. */
export function sameType(a: DataType, b: DataType, ignoreNullable = false): boolean {
  if (a.kind !== b.kind || (!ignoreNullable && a.nullable !== b.nullable)) return false;
  switch (a.kind) {
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return a.length === (b as typeof a).length;
    case 'DECIMAL':
      return a.precision === (b as typeof a).precision && a.scale === (b as typeof a).scale;
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return a.precision === (b as typeof a).precision;
    case 'ARRAY':
    case 'MULTISET':
      return sameType(a.element, (b as typeof a).element, ignoreNullable);
    case 'MAP':
      return (
        sameType(a.key, (b as typeof a).key, ignoreNullable) && sameType(a.value, (b as typeof a).value, ignoreNullable)
      );
    case 'ROW': {
      const other = (b as typeof a).fields;
      return (
        a.fields.length === other.length &&
        a.fields.every((field, i) => {
          const match = other[i];
          return match !== undefined && field.name === match.name && sameType(field.type, match.type, ignoreNullable);
        })
      );
    }
    default:
      return true;
  }
}

/** The type as Flink prints it in DESCRIBE and TYPEOF: `DECIMAL(10, 2) NOT NULL`. Time attributes are not shown. */
export function typeToString(type: DataType): string {
  return typeName(type) + (type.nullable || type.kind === 'NULL' ? '' : ' NOT NULL');
}

function typeName(type: DataType): string {
  switch (type.kind) {
    case 'CHAR':
    case 'BINARY':
      return `${type.kind}(${type.length})`;
    case 'VARCHAR':
      return type.length === MAX_LENGTH ? 'STRING' : `VARCHAR(${type.length})`;
    case 'VARBINARY':
      return type.length === MAX_LENGTH ? 'BYTES' : `VARBINARY(${type.length})`;
    case 'INTEGER':
      return 'INT';
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return `${type.kind}(${type.precision})`;
    case 'INTERVAL_YEAR_MONTH':
      return 'INTERVAL YEAR(2) TO MONTH';
    case 'INTERVAL_DAY_TIME':
      return 'INTERVAL DAY(2) TO SECOND(6)';
    case 'ARRAY':
    case 'MULTISET':
      return `${type.kind}<${typeToString(type.element)}>`;
    case 'MAP':
      return `MAP<${typeToString(type.key)}, ${typeToString(type.value)}>`;
    case 'ROW':
      return `ROW<${type.fields.map((field) => `${quoteIdentifier(field.name)} ${typeToString(field.type)}`).join(', ')}>`;
    default:
      return type.kind;
  }
}

/** An identifier in back-ticks, as types and errors print it. */
export function quoteIdentifier(name: string): string {
  return '`' + name.replaceAll('`', '``') + '`';
}

/**
 * How a column is held:
 * - `bool`: one byte a row; `i32`: TINYINT…INT, DATE (days), TIME (ms of day), year-month intervals (months)
 * - `f64`: DOUBLE, FLOAT (rounded on every store), day-time intervals (ms), TIMESTAMP and TIMESTAMP_LTZ with p ≤ 3 (epoch ms)
 * - `ts`: TIMESTAMP and TIMESTAMP_LTZ with p > 3 (epoch ms, floored, and nanoseconds within it, 0 to 999,999)
 * - `i64`: BIGINT and DECIMAL up to 18 digits (unscaled); `i128`: DECIMAL beyond
 * - `bytes`: CHAR, VARCHAR (UTF-8), BINARY, VARBINARY; `row`, `array`, `map` (MULTISET: value → count)
 */
export type PhysicalKind = 'bool' | 'i32' | 'f64' | 'ts' | 'i64' | 'i128' | 'bytes' | 'row' | 'array' | 'map';

export function physicalKind(type: DataType): PhysicalKind {
  switch (type.kind) {
    case 'BOOLEAN':
    case 'NULL':
      return 'bool';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'DATE':
    case 'TIME':
    case 'INTERVAL_YEAR_MONTH':
      return 'i32';
    case 'BIGINT':
      return 'i64';
    case 'DECIMAL':
      return type.precision <= 18 ? 'i64' : 'i128';
    case 'FLOAT':
    case 'DOUBLE':
    case 'INTERVAL_DAY_TIME':
      return 'f64';
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return type.precision <= 3 ? 'f64' : 'ts';
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return 'bytes';
    case 'ROW':
      return 'row';
    case 'ARRAY':
      return 'array';
    case 'MAP':
    case 'MULTISET':
      return 'map';
  }
}

export const isCharacter = (type: DataType): boolean => type.kind === 'CHAR' || type.kind === 'VARCHAR';
export const isBinary = (type: DataType): boolean => type.kind === 'BINARY' || type.kind === 'VARBINARY';
export const isInteger = (type: DataType): boolean =>
  type.kind === 'TINYINT' || type.kind === 'SMALLINT' || type.kind === 'INTEGER' || type.kind === 'BIGINT';
export const isExactNumeric = (type: DataType): boolean => isInteger(type) || type.kind === 'DECIMAL';
export const isApproximate = (type: DataType): boolean => type.kind === 'FLOAT' || type.kind === 'DOUBLE';
export const isNumeric = (type: DataType): boolean => isExactNumeric(type) || isApproximate(type);
export const isTimestamp = (type: DataType): boolean => type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ';
export const isInterval = (type: DataType): boolean =>
  type.kind === 'INTERVAL_YEAR_MONTH' || type.kind === 'INTERVAL_DAY_TIME';

/** Columns as a program sees them: typed arrays where the type has one, values otherwise. */
import { EngineError } from '../errors.ts';
import type { BoolBuilder, BytesBuilder, ColumnBuilder, F64Builder, I32Builder, I64Builder } from './column-builder.ts';
import type { DataType } from './data-type.ts';
import { type JsValue, fromJs, toJs } from './js-value.ts';
import { type Value, type Vector, getValue } from './vector.ts';

/** Sets row `row` of a column to a value of the program. */
export type CellWriter = (column: ColumnBuilder, row: number, value: unknown) => void;

/** The writer for a type. What the common case of a type does not cover goes through `fromJs`, which also refuses. */
export function cellWriter(type: DataType, what: string): CellWriter {
  const convert = fromJs(type, what);
  const slow: CellWriter = (column, row, value) => column.set(row, convert(value) as Value);
  switch (type.kind) {
    case 'BIGINT':
      return (column, row, value) => {
        if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) return slow(column, row, value);
        (column as I64Builder).data[row] = value;
        column.valid[row] = 1;
      };
    case 'DOUBLE':
      return (column, row, value) => {
        if (typeof value !== 'number') return slow(column, row, value);
        (column as F64Builder).data[row] = value;
        column.valid[row] = 1;
      };
    case 'BOOLEAN':
      return (column, row, value) => {
        if (typeof value !== 'boolean') return slow(column, row, value);
        (column as BoolBuilder).data[row] = value ? 1 : 0;
        column.valid[row] = 1;
      };
    case 'CHAR':
    case 'VARCHAR':
      return (column, row, value) => {
        if (typeof value !== 'string' || value.length > type.length) return slow(column, row, value);
        (column as BytesBuilder).setString(row, value);
      };
    default:
      return slow;
  }
}

/**
 * The values of a column: `BigInt64Array` for BIGINT, `Int32Array` for TINYINT, SMALLINT, INT and DATE (days since
 * 1970), `Float64Array` for DOUBLE, FLOAT and TIMESTAMP and TIMESTAMP_LTZ up to (3) (epoch milliseconds), `Uint8Array`
 * of 0 and 1 for BOOLEAN; an array of the values that a row would hold for every other type.
 */
export type ColumnValues = BigInt64Array | Int32Array | Float64Array | Uint8Array | readonly JsValue[];

/** One column of a batch. */
export interface Column {
  readonly values: ColumnValues;
  /** One byte a row, 0 where the value is NULL (what stands in a typed array there means nothing); null without NULLs. */
  readonly valid: Uint8Array | null;
}

/** The first `length` values of a vector. `copy`: in memory of their own. */
export function columnOf(vector: Vector, type: DataType, length: number, copy: boolean): Column {
  const given = vector.valid;
  const hasNull = given !== null && given.subarray(0, length).includes(0);
  const valid = hasNull ? (copy ? given.slice(0, length) : given.subarray(0, length)) : null;
  const values = typedValues(vector, type, length);
  if (values !== undefined) return { values: copy ? values.slice() : values, valid };
  const convert = toJs(type);
  return { values: Array.from({ length }, (_, i) => convert(getValue(vector, i, type))), valid };
}

function typedValues(
  vector: Vector,
  type: DataType,
  length: number,
): Exclude<ColumnValues, readonly JsValue[]> | undefined {
  switch (type.kind) {
    case 'BIGINT':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'DATE':
    case 'DOUBLE':
    case 'FLOAT':
    case 'BOOLEAN':
      break;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      if (type.precision > 3) return undefined;
      break;
    default:
      return undefined;
  }
  return (vector as Extract<Vector, { kind: 'i64' | 'i32' | 'f64' | 'bool' }>).data.subarray(0, length);
}

/** What a program may give for a column: as `columnOf` gives it, or anything with a length and values by index. */
export type ColumnInput =
  ArrayLike<unknown> | { readonly values: ArrayLike<unknown>; readonly valid: Uint8Array | null };

export type SplitColumn = Extract<ColumnInput, { readonly values: ArrayLike<unknown> }>;

// Arrays have a method `values`.
const isSplit = (given: ColumnInput): given is SplitColumn =>
  !Array.isArray(given) && !ArrayBuffer.isView(given) && 'values' in given && typeof given.values === 'object';

/** A column as values and validity. */
export const splitColumn = (given: ColumnInput): SplitColumn =>
  isSplit(given) ? given : { values: given, valid: null };

/** Writes `length` values to rows `at …` of a column. */
export class ColumnWriter {
  readonly #type: DataType;
  readonly #what: string;
  readonly #cell: CellWriter;

  constructor(type: DataType, what: string) {
    this.#type = type;
    this.#what = what;
    this.#cell = cellWriter(type, what);
  }

  write(to: ColumnBuilder, at: number, given: ColumnInput, length: number): void {
    const { values, valid } = splitColumn(given);
    if (values.length !== length) {
      throw new EngineError(
        'datatype_mismatch',
        `${this.#what} has ${values.length} values where there are ${length} rows`,
      );
    }
    if (valid !== null && valid.length < length) {
      throw new EngineError('datatype_mismatch', `${this.#what} has ${valid.length} validity bytes for ${length} rows`);
    }
    if (this.#bulk(to, at, values)) {
      if (valid === null) to.valid.fill(1, at, at + length);
      else {
        to.valid.set(valid.subarray(0, length), at);
        if (!this.#type.nullable && valid.subarray(0, length).includes(0)) this.#cell(to, at, null);
      }
      return;
    }
    for (let i = 0; i < length; i++) this.#cell(to, at + i, valid === null || valid[i] !== 0 ? values[i] : null);
  }

  /** Copies a typed array whose every value the type holds. */
  #bulk(to: ColumnBuilder, at: number, values: ArrayLike<unknown>): boolean {
    switch (this.#type.kind) {
      case 'BIGINT':
        if (!(values instanceof BigInt64Array)) return false;
        (to as I64Builder).data.set(values, at);
        return true;
      case 'INTEGER':
        if (!(values instanceof Int32Array || values instanceof Int16Array || values instanceof Int8Array))
          return false;
        (to as I32Builder).data.set(values, at);
        return true;
      case 'DOUBLE':
        if (!(values instanceof Float64Array || values instanceof Float32Array)) return false;
        (to as F64Builder).data.set(values, at);
        return true;
      case 'FLOAT':
        if (!(values instanceof Float32Array)) return false;
        (to as F64Builder).data.set(values, at);
        return true;
      case 'BOOLEAN': {
        if (!(values instanceof Uint8Array)) return false;
        const { data } = to as BoolBuilder;
        for (let i = 0; i < values.length; i++) data[at + i] = values[i] === 0 ? 0 : 1;
        return true;
      }
      case 'DATE':
        if (!(values instanceof Int32Array)) return false;
        (to as I32Builder).data.set(values, at);
        return true;
      default:
        return false;
    }
  }
}

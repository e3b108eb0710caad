/** The one field of a raw record: how the bytes of each type are read and written. Numbers have a fixed size. */
import type {
  BoolBuilder,
  BytesBuilder,
  ColumnBuilder,
  F64Builder,
  I32Builder,
  I64Builder,
} from '../../types/column-builder.ts';
import { type DataType, isBinary } from '../../types/data-type.ts';
import type { BoolVector, BytesVector, F64Vector, I32Vector, I64Vector, Vector } from '../../types/vector.ts';
import type { ByteOutput } from '../byte-output.ts';
import type { Charset } from './charset.ts';

/** Bytes of types that have a fixed number of them. */
export const SIZES: Readonly<Partial<Record<DataType['kind'], number>>> = {
  BOOLEAN: 1,
  TINYINT: 1,
  SMALLINT: 2,
  INTEGER: 4,
  BIGINT: 8,
  FLOAT: 4,
  DOUBLE: 8,
};

/** Reads the value at `start`, whose size is that of its type, into `row`. */
export type NumberReader = (view: DataView, start: number, target: ColumnBuilder, row: number) => void;

export function numberReader(type: DataType, little: boolean): NumberReader {
  switch (type.kind) {
    case 'BOOLEAN':
      return (view, start, target, row) => {
        (target as BoolBuilder).data[row] = view.getInt8(start) === 0 ? 0 : 1;
      };
    case 'TINYINT':
      return (view, start, target, row) => {
        (target as I32Builder).data[row] = view.getInt8(start);
      };
    case 'SMALLINT':
      return (view, start, target, row) => {
        (target as I32Builder).data[row] = view.getInt16(start, little);
      };
    case 'INTEGER':
      return (view, start, target, row) => {
        (target as I32Builder).data[row] = view.getInt32(start, little);
      };
    case 'BIGINT':
      return (view, start, target, row) => {
        const { halves } = target as I64Builder;
        halves[2 * row] = view.getInt32(little ? start : start + 4, little);
        halves[2 * row + 1] = view.getInt32(little ? start + 4 : start, little);
      };
    case 'FLOAT':
      return (view, start, target, row) => {
        (target as F64Builder).data[row] = view.getFloat32(start, little);
      };
    default:
      return (view, start, target, row) => {
        (target as F64Builder).data[row] = view.getFloat64(start, little);
      };
  }
}

/** Writes the value of a row that is not NULL. */
export type ValueWriter = (out: ByteOutput, vector: Vector, row: number) => void;

export function valueWriter(type: DataType, little: boolean, charset: Charset): ValueWriter {
  const size = SIZES[type.kind];
  if (size === undefined) return textWriter(type, charset);
  const write = numberWriter(type, little);
  return (out, vector, row) => {
    out.ensure(size);
    write(out, vector, row);
    out.length += size;
  };
}

function numberWriter(type: DataType, little: boolean): ValueWriter {
  switch (type.kind) {
    case 'BOOLEAN':
      return ({ view, length }, vector, row) => view.setInt8(length, (vector as BoolVector).data[row] as number);
    case 'TINYINT':
      return ({ view, length }, vector, row) => view.setInt8(length, (vector as I32Vector).data[row] as number);
    case 'SMALLINT':
      return ({ view, length }, vector, row) =>
        view.setInt16(length, (vector as I32Vector).data[row] as number, little);
    case 'INTEGER':
      return ({ view, length }, vector, row) =>
        view.setInt32(length, (vector as I32Vector).data[row] as number, little);
    case 'BIGINT':
      return ({ view, length }, vector, row) => {
        const { halves } = vector as I64Vector;
        view.setInt32(little ? length : length + 4, halves[2 * row] as number, little);
        view.setInt32(little ? length + 4 : length, halves[2 * row + 1] as number, little);
      };
    case 'FLOAT':
      return ({ view, length }, vector, row) =>
        view.setFloat32(length, (vector as F64Vector).data[row] as number, little);
    default:
      return ({ view, length }, vector, row) =>
        view.setFloat64(length, (vector as F64Vector).data[row] as number, little);
  }
}

function textWriter(type: DataType, charset: Charset): ValueWriter {
  const { encode } = charset;
  if (isBinary(type) || charset.decode === null || encode === null) {
    return (out, vector, row) => {
      const { pool, start, len } = vector as BytesVector;
      const from = start[row] as number;
      out.bytes(pool.u8.subarray(from, from + (len[row] as number)));
    };
  }
  return (out, vector, row) => {
    const { pool, start, len } = vector as BytesVector;
    const from = start[row] as number;
    out.bytes(encode(pool.buf.utf8Slice(from, from + (len[row] as number))));
  };
}

/** Copies the text of a record, in another charset or not well-formed, into a column. */
export function copyText(target: BytesBuilder, row: number, bytes: Uint8Array, charset: Charset): void {
  target.setString(row, charset.decode === null ? Buffer.from(bytes).toString('utf8') : charset.decode(bytes));
}

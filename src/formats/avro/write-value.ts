/** A value of a column as a datum of an Avro type: binary, the inverse of what `generate.ts` reads. */
import { EngineError } from '../../errors.ts';
import { type DataType, physicalKind, typeToString } from '../../types/data-type.ts';
import type {
  ArrayVector,
  BoolVector,
  BytesVector,
  F64Vector,
  I128Vector,
  I32Vector,
  I64Vector,
  MapVector,
  RowVector,
  TsVector,
  Vector,
} from '../../types/vector.ts';
import type { ByteOutput } from '../byte-output.ts';
import type { AvroRecord, AvroType } from './schema.ts';

type ValueWriter = (out: ByteOutput, vector: Vector, row: number) => void;

const MAX_LONG_BYTES = 10;
/** Up to here a thousand times as much is exact. */
const EXACT_MS = 9e12;
const COUNT: DataType = { kind: 'INTEGER', nullable: true };

export function writeInt(out: ByteOutput, value: number): void {
  out.ensure(MAX_LONG_BYTES);
  const { u8 } = out;
  let at = out.length;
  let n = (value << 1) ^ (value >> 31);
  while ((n & -128) !== 0) {
    u8[at++] = (n & 127) | 128;
    n >>>= 7;
  }
  u8[at++] = n;
  out.length = at;
}

function writeLong(out: ByteOutput, lo: number, hi: number): void {
  const sign = hi >> 31;
  let low = (lo << 1) ^ sign;
  let high = ((hi << 1) | (lo >>> 31)) ^ sign;
  out.ensure(MAX_LONG_BYTES);
  const { u8 } = out;
  let at = out.length;
  while (high !== 0 || (low & -128) !== 0) {
    u8[at++] = (low & 127) | 128;
    low = (low >>> 7) | (high << 25);
    high >>>= 7;
  }
  u8[at++] = low;
  out.length = at;
}

/** A whole number, exact up to 2^53. */
function writeWhole(out: ByteOutput, value: number): void {
  writeLong(out, value | 0, Math.floor(value / 4294967296));
}

const isNull = ({ valid }: Vector, row: number): boolean => valid !== null && valid[row] === 0;

export function recordWriter(
  fields: readonly { readonly name: string; readonly type: DataType }[],
  record: AvroRecord,
): (out: ByteOutput, vectors: readonly Vector[], row: number) => void {
  const writers = record.fields.map(({ name, type }) => {
    const column = fields.findIndex((field) => field.name === name);
    return { column, write: valueWriter((fields[column] as { type: DataType }).type, type, name) };
  });
  return (out, vectors, row) => {
    for (const { column, write } of writers) write(out, vectors[column] as Vector, row);
  };
}

function valueWriter(type: DataType, avro: AvroType, path: string): ValueWriter {
  if (avro.kind !== 'union') {
    const write = plainWriter(type, avro, path);
    return (out, vector, row) => {
      if (isNull(vector, row)) throw notNull(path);
      write(out, vector, row);
    };
  }
  const none = avro.branches.findIndex(({ kind }) => kind === 'null');
  const some = avro.branches.findIndex(({ kind }) => kind !== 'null');
  const write = plainWriter(type, avro.branches[some] as AvroType, path);
  return (out, vector, row) => {
    const missing = isNull(vector, row);
    if (missing && none < 0) throw notNull(path);
    out.byte(2 * (missing ? none : some));
    if (!missing) write(out, vector, row);
  };
}

const notNull = (path: string): EngineError =>
  new EngineError('not_null_violation', `field "${path}" is NULL, and its Avro type has no null`);

function plainWriter(type: DataType, avro: AvroType, path: string): ValueWriter {
  switch (avro.kind) {
    case 'null':
      return () => {};
    case 'boolean':
      return (out, vector, row) => out.byte((vector as BoolVector).data[row] as number);
    case 'int':
      return (out, vector, row) => writeInt(out, (vector as I32Vector).data[row] as number);
    case 'long':
      return longWriter(type, 'logical' in avro ? avro.logical?.kind : undefined);
    case 'float':
      return (out, vector, row) => {
        out.ensure(4);
        out.view.setFloat32(out.length, (vector as F64Vector).data[row] as number, true);
        out.length += 4;
      };
    case 'double':
      return (out, vector, row) => {
        out.ensure(8);
        out.view.setFloat64(out.length, (vector as F64Vector).data[row] as number, true);
        out.length += 8;
      };
    case 'string':
    case 'bytes':
      if (type.kind === 'DECIMAL') return decimalWriter(type, null);
      return (out, vector, row) => {
        const { pool, start, len } = vector as BytesVector;
        const from = start[row] as number;
        const size = len[row] as number;
        writeInt(out, size);
        out.bytes(pool.u8.subarray(from, from + size));
      };
    case 'fixed':
      if (type.kind === 'DECIMAL') return decimalWriter(type, avro.sizeBytes);
      return (out, vector, row) => {
        const { pool, start, len } = vector as BytesVector;
        const from = start[row] as number;
        if (len[row] !== avro.sizeBytes) throw unfit(path, `it has ${len[row]} bytes instead of ${avro.sizeBytes}`);
        out.bytes(pool.u8.subarray(from, from + avro.sizeBytes));
      };
    case 'enum': {
      const symbols = new Map(avro.symbols.map((symbol, i) => [symbol, i]));
      return (out, vector, row) => {
        const { pool, start, len } = vector as BytesVector;
        const from = start[row] as number;
        const text = pool.buf.utf8Slice(from, from + (len[row] as number));
        const index = symbols.get(text);
        if (index === undefined) throw unfit(path, `'${text}' is not among the symbols of enum ${avro.name}`);
        writeInt(out, index);
      };
    }
    case 'record': {
      const write = recordWriter(type.kind === 'ROW' ? type.fields : [], avro);
      return (out, vector, row) => write(out, (vector as RowVector).fields, row);
    }
    case 'array': {
      const write = valueWriter((type as { readonly element: DataType }).element, avro.items, path);
      return (out, vector, row) => {
        const { start, len, element } = vector as ArrayVector;
        const count = len[row] as number;
        const first = start[row] as number;
        if (count > 0) writeInt(out, count);
        for (let k = first; k < first + count; k++) write(out, element, k);
        out.byte(0);
      };
    }
    case 'map': {
      const writeOf = valueWriter(type.kind === 'MAP' ? type.value : COUNT, avro.values, path);
      return (out, vector, row) => {
        const { start, len, key, value } = vector as MapVector;
        const { pool, start: keyStart, len: keyLen } = key as BytesVector;
        const count = len[row] as number;
        const first = start[row] as number;
        if (count > 0) writeInt(out, count);
        for (let k = first; k < first + count; k++) {
          if (isNull(key, k)) throw unfit(path, 'it is a map with a NULL key');
          const from = keyStart[k] as number;
          const size = keyLen[k] as number;
          writeInt(out, size);
          out.bytes(pool.u8.subarray(from, from + size));
          writeOf(out, value, k);
        }
        out.byte(0);
      };
    }
    case 'union':
      throw new EngineError('internal_error', `${typeToString(type)} cannot be written as a union`);
  }
}

const unfit = (path: string, why: string): EngineError =>
  new EngineError('invalid_cast', `cannot write field "${path}" as Avro: ${why}`);

function longWriter(type: DataType, logical: string | undefined): ValueWriter {
  if (type.kind === 'BIGINT') {
    return (out, vector, row) => {
      const { halves } = vector as I64Vector;
      writeLong(out, halves[2 * row] as number, halves[2 * row + 1] as number);
    };
  }
  if (type.kind === 'TIME') {
    return (out, vector, row) => writeWhole(out, 1000 * ((vector as I32Vector).data[row] as number));
  }
  const micros = logical?.endsWith('micros') ?? false;
  const fine = physicalKind(type) === 'ts';
  return (out, vector, row) => {
    const { data } = vector as F64Vector | TsVector;
    const ms = data[row] as number;
    if (!micros) return writeWhole(out, ms);
    const rest = fine ? Math.floor(((vector as TsVector).nanos[row] as number) / 1000) : 0;
    if (Math.abs(ms) <= EXACT_MS) return writeWhole(out, ms * 1000 + rest);
    const exact = BigInt(ms) * 1000n + BigInt(rest);
    return writeLong(out, Number(BigInt.asIntN(32, exact)), Number(exact >> 32n));
  };
}

/** The least bytes of two's complement, or as many as a fixed type has. */
function decimalWriter(type: Extract<DataType, { kind: 'DECIMAL' }>, sizeBytes: number | null): ValueWriter {
  return (out, vector, row) => {
    let value: bigint;
    if (type.precision <= 18) value = (vector as I64Vector).data[row] as bigint;
    else {
      const { data } = vector as I128Vector;
      value = ((data[2 * row + 1] as bigint) << 64n) | BigInt.asUintN(64, data[2 * row] as bigint);
    }
    let size = 1;
    while (BigInt.asIntN(8 * size, value) !== value) size++;
    if (sizeBytes === null) writeInt(out, size);
    else size = sizeBytes;
    out.ensure(size);
    for (let k = size - 1; k >= 0; k--) {
      out.u8[out.length + k] = Number(value & 0xffn);
      value >>= 8n;
    }
    out.length += size;
  };
}

/**
 * Columns in memory. A vector is a typed array (or several) plus one validity byte a row, `null` when nothing is NULL.
 *
 * The value under an invalid row is unspecified, except that reading it is safe. Kernels take the arrays out of the
 * vector before their loop, so the object's shape never matters on the hot path.
 */
import { type DataType, physicalKind } from './data-type.ts';

/**
 * Bytes that strings point into, seen three ways. At least `POOL_PADDING` readable bytes follow the last used one, so
 * that a four- or eight-byte load that starts inside a string never leaves the buffer.
 */
export interface BytePool {
  readonly u8: Uint8Array;
  readonly view: DataView;
  readonly buf: Buffer;
}

export const POOL_PADDING = 32;

export interface BoolVector {
  readonly kind: 'bool';
  readonly valid: Uint8Array | null;
  readonly data: Uint8Array;
}
export interface I32Vector {
  readonly kind: 'i32';
  readonly valid: Uint8Array | null;
  readonly data: Int32Array;
}
export interface F64Vector {
  readonly kind: 'f64';
  readonly valid: Uint8Array | null;
  readonly data: Float64Array;
}
/** `data` = epoch milliseconds (floored), `nanos` = nanoseconds within the millisecond, 0 to 999,999. */
export interface TsVector {
  readonly kind: 'ts';
  readonly valid: Uint8Array | null;
  readonly data: Float64Array;
  readonly nanos: Int32Array;
}
/** `halves` is the same memory as `data`: element 2i is the low word of row i, 2i + 1 the high word. */
export interface I64Vector {
  readonly kind: 'i64';
  readonly valid: Uint8Array | null;
  readonly data: BigInt64Array;
  readonly halves: Int32Array;
}
/** Two's complement, two elements a row: 2i is the low 64 bits (to be read unsigned), 2i + 1 the high 64 bits. */
export interface I128Vector {
  readonly kind: 'i128';
  readonly valid: Uint8Array | null;
  readonly data: BigInt64Array;
  readonly halves: Int32Array;
}
/** Row i is `pool.u8[start[i] … start[i] + len[i])`. */
export interface BytesVector {
  readonly kind: 'bytes';
  readonly valid: Uint8Array | null;
  readonly pool: BytePool;
  readonly start: Int32Array;
  readonly len: Int32Array;
}
export interface RowVector {
  readonly kind: 'row';
  readonly valid: Uint8Array | null;
  readonly fields: readonly Vector[];
}
/** Row i is elements `start[i] … start[i] + len[i])` of `element`. */
export interface ArrayVector {
  readonly kind: 'array';
  readonly valid: Uint8Array | null;
  readonly start: Int32Array;
  readonly len: Int32Array;
  readonly element: Vector;
}
/** As an array of (key, value) pairs; of a MULTISET `value` is an `i32` count. */
export interface MapVector {
  readonly kind: 'map';
  readonly valid: Uint8Array | null;
  readonly start: Int32Array;
  readonly len: Int32Array;
  readonly key: Vector;
  readonly value: Vector;
}

export type Vector =
  | BoolVector
  | I32Vector
  | F64Vector
  | TsVector
  | I64Vector
  | I128Vector
  | BytesVector
  | RowVector
  | ArrayVector
  | MapVector;

export function newPool(sizeBytes: number): BytePool {
  const u8 = new Uint8Array(sizeBytes + POOL_PADDING);
  return poolOver(u8);
}

/** A pool over existing memory; the caller guarantees the padding. */
export function poolOver(u8: Uint8Array): BytePool {
  return {
    u8,
    view: new DataView(u8.buffer, u8.byteOffset, u8.byteLength),
    buf: Buffer.from(u8.buffer, u8.byteOffset, u8.byteLength),
  };
}

export const EMPTY_POOL: BytePool = newPool(0);

let allValid = new Uint8Array(1 << 16).fill(1);

/** The validity bytes of a vector for `length` rows: its own, or a shared run of ones. Read only. */
export function validityOf(vector: Vector, length: number): Uint8Array {
  if (vector.valid !== null) return vector.valid;
  if (allValid.length < length) allValid = new Uint8Array(length * 2).fill(1);
  return allValid;
}

/**
 * One value as a JavaScript value, for the edges (errors, tests, printing, functions without a kernel), never per row
 * on the hot path: boolean; number for i32 and f64; bigint for i64 and i128 (unscaled); `Timestamp` for ts; string for
 * CHAR and VARCHAR; Uint8Array (a copy) for binary; arrays for ROW and ARRAY; arrays of [key, value] for MAP.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | Timestamp | readonly Value[];

/** A timestamp finer than milliseconds. */
export interface Timestamp {
  readonly ms: number;
  readonly nanos: number;
}

/** A value of any TIMESTAMP type: those of at most three fraction digits are plain milliseconds. */
export const timestampOf = (value: Value): Timestamp =>
  typeof value === 'number' ? { ms: value, nanos: 0 } : (value as Timestamp);

export function getValue(vector: Vector, index: number, type: DataType): Value {
  if (vector.valid !== null && vector.valid[index] === 0) return null;
  switch (vector.kind) {
    case 'bool':
      return vector.data[index] === 1;
    case 'i32':
    case 'f64':
      return vector.data[index] as number;
    case 'i64':
      return vector.data[index] as bigint;
    case 'i128':
      return ((vector.data[2 * index + 1] as bigint) << 64n) | BigInt.asUintN(64, vector.data[2 * index] as bigint);
    case 'ts':
      return { ms: vector.data[index] as number, nanos: vector.nanos[index] as number };
    case 'bytes': {
      const start = vector.start[index] as number;
      const end = start + (vector.len[index] as number);
      return type.kind === 'BINARY' || type.kind === 'VARBINARY'
        ? vector.pool.u8.slice(start, end)
        : vector.pool.buf.utf8Slice(start, end);
    }
    case 'row': {
      const fields = type.kind === 'ROW' ? type.fields : [];
      return vector.fields.map((field, i) => getValue(field, index, (fields[i] as { type: DataType }).type));
    }
    case 'array': {
      const element = (type as { element: DataType }).element;
      const start = vector.start[index] as number;
      return Array.from({ length: vector.len[index] as number }, (_, k) =>
        getValue(vector.element, start + k, element),
      );
    }
    case 'map': {
      const start = vector.start[index] as number;
      const keyType = type.kind === 'MAP' ? type.key : (type as { element: DataType }).element;
      const valueType: DataType = type.kind === 'MAP' ? type.value : { kind: 'INTEGER', nullable: false };
      return Array.from({ length: vector.len[index] as number }, (_, k) => [
        getValue(vector.key, start + k, keyType),
        getValue(vector.value, start + k, valueType),
      ]);
    }
  }
}

/** An empty vector of a type's physical form, for a column without rows. */
export function emptyVector(type: DataType): Vector {
  const kind = physicalKind(type);
  const none = new Int32Array(0);
  switch (kind) {
    case 'bool':
      return { kind, valid: null, data: new Uint8Array(0) };
    case 'i32':
      return { kind, valid: null, data: none };
    case 'f64':
      return { kind, valid: null, data: new Float64Array(0) };
    case 'ts':
      return { kind, valid: null, data: new Float64Array(0), nanos: none };
    case 'i64':
    case 'i128':
      return { kind, valid: null, data: new BigInt64Array(0), halves: none };
    case 'bytes':
      return { kind, valid: null, pool: EMPTY_POOL, start: none, len: none };
    case 'row':
      return {
        kind,
        valid: null,
        fields: (type as { fields: readonly { type: DataType }[] }).fields.map((f) => emptyVector(f.type)),
      };
    case 'array':
      return {
        kind,
        valid: null,
        start: none,
        len: none,
        element: emptyVector((type as { element: DataType }).element),
      };
    case 'map': {
      const key = type.kind === 'MAP' ? type.key : (type as { element: DataType }).element;
      const value: DataType = type.kind === 'MAP' ? type.value : { kind: 'INTEGER', nullable: false };
      return { kind, valid: null, start: none, len: none, key: emptyVector(key), value: emptyVector(value) };
    }
  }
}

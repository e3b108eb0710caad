/**
 * Columns under construction, one class per physical form. Rows are written by index after `reserve`; a row that was
 * reserved but not written is unspecified, so every writer sets either a value or NULL.
 *
 * The arrays are public because generated code writes them directly: it reads `data`, `valid` and so on after
 * `reserve` and never across it, since growing replaces them.
 */
import { copyBytes } from './copy-bytes.ts';
import { type DataType, physicalKind } from './data-type.ts';
import { type BytePool, POOL_PADDING, type Timestamp, type Value, type Vector, newPool } from './vector.ts';

export interface ColumnBuilder {
  readonly kind: Vector['kind'];
  /** One validity byte a row. */
  readonly valid: Uint8Array;
  reserve(capacity: number): void;
  setNull(row: number): void;
  /** Sets from a JavaScript value as `getValue` gives it; for the edges, not the hot path. */
  set(row: number, value: Value): void;
  /** Copies one value, NULL included, of a vector of the same physical form. */
  copy(row: number, from: Vector, index: number): void;
  /** The first `length` rows as a vector over this memory. */
  vector(length: number): Vector;
  /** Forgets variable-length contents. */
  reset(): void;
}

function grow<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** `null` when the first `length` rows are all valid, which spares readers the check. */
function validity(valid: Uint8Array, length: number): Uint8Array | null {
  // Many times as fast as the same search of a Uint8Array.
  const zero = Buffer.prototype.indexOf.call(valid, 0);
  return zero === -1 || zero >= length ? null : valid;
}

abstract class Column {
  // Ones beyond the written rows, so that the search for a NULL does not stop at them.
  valid: Uint8Array = new Uint8Array(0);

  protected reserveValid(capacity: number): void {
    this.valid = grow(this.valid, new Uint8Array(capacity).fill(1));
  }

  setNull(row: number): void {
    this.valid[row] = 0;
  }
}

export class BoolBuilder extends Column implements ColumnBuilder {
  readonly kind = 'bool';
  data = new Uint8Array(0);
  reserve(capacity: number): void {
    this.reserveValid(capacity);
    this.data = grow(this.data, new Uint8Array(capacity));
  }
  set(row: number, value: Value): void {
    this.valid[row] = value === null ? 0 : 1;
    this.data[row] = value === true ? 1 : 0;
  }
  copy(row: number, from: Vector, index: number): void {
    if (from.kind !== 'bool') throw mismatch(this.kind, from);
    this.valid[row] = from.valid === null ? 1 : (from.valid[index] as number);
    this.data[row] = from.data[index] as number;
  }
  vector(length: number): Vector {
    return { kind: 'bool', valid: validity(this.valid, length), data: this.data };
  }
  reset(): void {}
}

export class I32Builder extends Column implements ColumnBuilder {
  readonly kind = 'i32';
  data = new Int32Array(0);
  reserve(capacity: number): void {
    this.reserveValid(capacity);
    this.data = grow(this.data, new Int32Array(capacity));
  }
  set(row: number, value: Value): void {
    this.valid[row] = value === null ? 0 : 1;
    this.data[row] = value === null ? 0 : (value as number);
  }
  copy(row: number, from: Vector, index: number): void {
    if (from.kind !== 'i32') throw mismatch(this.kind, from);
    this.valid[row] = from.valid === null ? 1 : (from.valid[index] as number);
    this.data[row] = from.data[index] as number;
  }
  vector(length: number): Vector {
    return { kind: 'i32', valid: validity(this.valid, length), data: this.data };
  }
  reset(): void {}
}

export class F64Builder extends Column implements ColumnBuilder {
  readonly kind = 'f64';
  data = new Float64Array(0);
  reserve(capacity: number): void {
    this.reserveValid(capacity);
    this.data = grow(this.data, new Float64Array(capacity));
  }
  set(row: number, value: Value): void {
    this.valid[row] = value === null ? 0 : 1;
    this.data[row] = value === null ? 0 : (value as number);
  }
  copy(row: number, from: Vector, index: number): void {
    if (from.kind !== 'f64') throw mismatch(this.kind, from);
    this.valid[row] = from.valid === null ? 1 : (from.valid[index] as number);
    this.data[row] = from.data[index] as number;
  }
  vector(length: number): Vector {
    return { kind: 'f64', valid: validity(this.valid, length), data: this.data };
  }
  reset(): void {}
}

export class TsBuilder extends Column implements ColumnBuilder {
  readonly kind = 'ts';
  data = new Float64Array(0);
  nanos = new Int32Array(0);
  reserve(capacity: number): void {
    this.reserveValid(capacity);
    this.data = grow(this.data, new Float64Array(capacity));
    this.nanos = grow(this.nanos, new Int32Array(capacity));
  }
  set(row: number, value: Value): void {
    this.valid[row] = value === null ? 0 : 1;
    this.data[row] = value === null ? 0 : (value as Timestamp).ms;
    this.nanos[row] = value === null ? 0 : (value as Timestamp).nanos;
  }
  copy(row: number, from: Vector, index: number): void {
    if (from.kind !== 'ts') throw mismatch(this.kind, from);
    this.valid[row] = from.valid === null ? 1 : (from.valid[index] as number);
    this.data[row] = from.data[index] as number;
    this.nanos[row] = from.nanos[index] as number;
  }
  vector(length: number): Vector {
    return { kind: 'ts', valid: validity(this.valid, length), data: this.data, nanos: this.nanos };
  }
  reset(): void {}
}

export class I64Builder extends Column implements ColumnBuilder {
  readonly kind = 'i64';
  data = new BigInt64Array(0);
  halves = new Int32Array(0);
  reserve(capacity: number): void {
    this.reserveValid(capacity);
    this.data = grow(this.data, new BigInt64Array(capacity));
    this.halves = new Int32Array(this.data.buffer);
  }
  set(row: number, value: Value): void {
    this.valid[row] = value === null ? 0 : 1;
    this.data[row] = value === null ? 0n : (value as bigint);
  }
  copy(row: number, from: Vector, index: number): void {
    if (from.kind !== 'i64') throw mismatch(this.kind, from);
    this.valid[row] = from.valid === null ? 1 : (from.valid[index] as number);
    this.halves[2 * row] = from.halves[2 * index] as number;
    this.halves[2 * row + 1] = from.halves[2 * index + 1] as number;
  }
  vector(length: number): Vector {
    return { kind: 'i64', valid: validity(this.valid, length), data: this.data, halves: this.halves };
  }
  reset(): void {}
}

export class I128Builder extends Column implements ColumnBuilder {
  readonly kind = 'i128';
  data = new BigInt64Array(0);
  halves = new Int32Array(0);
  reserve(capacity: number): void {
    this.reserveValid(capacity);
    this.data = grow(this.data, new BigInt64Array(2 * capacity));
    this.halves = new Int32Array(this.data.buffer);
  }
  set(row: number, value: Value): void {
    const wide = value === null ? 0n : (value as bigint);
    this.valid[row] = value === null ? 0 : 1;
    this.data[2 * row] = BigInt.asIntN(64, wide);
    this.data[2 * row + 1] = BigInt.asIntN(64, wide >> 64n);
  }
  copy(row: number, from: Vector, index: number): void {
    if (from.kind !== 'i128') throw mismatch(this.kind, from);
    this.valid[row] = from.valid === null ? 1 : (from.valid[index] as number);
    for (let k = 0; k < 4; k++) this.halves[4 * row + k] = from.halves[4 * index + k] as number;
  }
  vector(length: number): Vector {
    return { kind: 'i128', valid: validity(this.valid, length), data: this.data, halves: this.halves };
  }
  reset(): void {}
}

export class BytesBuilder extends Column implements ColumnBuilder {
  readonly kind = 'bytes';
  start = new Int32Array(0);
  len = new Int32Array(0);
  pool: BytePool = newPool(0);
  /** Bytes of the pool in use. */
  used = 0;
  #own: BytePool | null = null;

  /**
   * Points at read-only texts of somebody else until `reset`: rows then give places in that pool, and bytes that are
   * added all the same go to a copy. Only for a column that holds no bytes yet.
   */
  alias(pool: BytePool): void {
    if (this.pool === pool) return;
    if (this.used > 0) throw new TypeError('a column that holds bytes cannot point at another pool');
    this.#own ??= this.pool;
    this.pool = pool;
    this.used = pool.u8.length;
  }

  reserve(capacity: number): void {
    this.reserveValid(capacity);
    this.start = grow(this.start, new Int32Array(capacity));
    this.len = grow(this.len, new Int32Array(capacity));
  }
  /** Makes room for `sizeBytes` more bytes; `pool` may be replaced. */
  reserveBytes(sizeBytes: number): void {
    const need = this.used + sizeBytes;
    if (need + POOL_PADDING <= this.pool.u8.length) return;
    const pool = newPool(Math.max(1024, need, this.pool.u8.length * 2));
    pool.u8.set(this.pool.u8.subarray(0, this.used));
    this.pool = pool;
  }
  override setNull(row: number): void {
    this.valid[row] = 0;
    this.start[row] = 0;
    this.len[row] = 0;
  }
  set(row: number, value: Value): void {
    if (value === null) this.setNull(row);
    else if (typeof value === 'string') this.setString(row, value);
    else this.setBytes(row, value as Uint8Array, 0, (value as Uint8Array).length);
  }
  setString(row: number, text: string): void {
    this.reserveBytes(text.length * 3);
    const { used } = this;
    const written = this.pool.buf.utf8Write(text, used);
    this.valid[row] = 1;
    this.start[row] = used;
    this.len[row] = written;
    this.used = used + written;
  }
  setBytes(row: number, from: Uint8Array, start: number, len: number): void {
    this.reserveBytes(len);
    const { used } = this;
    const to = this.pool.u8;
    if (len < 32) for (let k = 0; k < len; k++) to[used + k] = from[start + k] as number;
    else to.set(from.subarray(start, start + len), used);
    this.valid[row] = 1;
    this.start[row] = used;
    this.len[row] = len;
    this.used = used + len;
  }
  /** As `setBytes`, and faster. */
  setView(row: number, from: DataView, start: number, len: number): void {
    this.reserveBytes(len);
    const { used } = this;
    copyBytes(this.pool.view, used, from, start, len);
    this.valid[row] = 1;
    this.start[row] = used;
    this.len[row] = len;
    this.used = used + len;
  }
  copy(row: number, from: Vector, index: number): void {
    if (from.kind !== 'bytes') throw mismatch(this.kind, from);
    if (from.valid !== null && from.valid[index] === 0) this.setNull(row);
    else this.setView(row, from.pool.view, from.start[index] as number, from.len[index] as number);
  }
  vector(length: number): Vector {
    return { kind: 'bytes', valid: validity(this.valid, length), pool: this.pool, start: this.start, len: this.len };
  }
  reset(): void {
    this.used = 0;
    if (this.#own !== null) this.pool = this.#own;
    this.#own = null;
  }
}

export class RowBuilder extends Column implements ColumnBuilder {
  readonly kind = 'row';
  readonly fields: readonly ColumnBuilder[];
  constructor(types: readonly DataType[]) {
    super();
    this.fields = types.map(columnBuilder);
  }
  reserve(capacity: number): void {
    this.reserveValid(capacity);
    for (const field of this.fields) field.reserve(capacity);
  }
  override setNull(row: number): void {
    this.valid[row] = 0;
    for (const field of this.fields) field.setNull(row);
  }
  set(row: number, value: Value): void {
    if (value === null) return this.setNull(row);
    this.valid[row] = 1;
    this.fields.forEach((field, i) => field.set(row, (value as readonly Value[])[i] as Value));
  }
  copy(row: number, from: Vector, index: number): void {
    if (from.kind !== 'row') throw mismatch(this.kind, from);
    this.valid[row] = from.valid === null ? 1 : (from.valid[index] as number);
    for (let i = 0; i < this.fields.length; i++) {
      (this.fields[i] as ColumnBuilder).copy(row, from.fields[i] as Vector, index);
    }
  }
  vector(length: number): Vector {
    return {
      kind: 'row',
      valid: validity(this.valid, length),
      fields: this.fields.map((field) => field.vector(length)),
    };
  }
  reset(): void {
    for (const field of this.fields) field.reset();
  }
}

/** Elements of all rows stand one after another in `elements`; `used` counts them. */
export class ArrayBuilder extends Column implements ColumnBuilder {
  readonly kind: 'array' | 'map';
  start = new Int32Array(0);
  len = new Int32Array(0);
  /** One builder for an array, key and value for a map. */
  readonly elements: readonly ColumnBuilder[];
  used = 0;
  #capacity = 0;

  constructor(kind: 'array' | 'map', types: readonly DataType[]) {
    super();
    this.kind = kind;
    this.elements = types.map(columnBuilder);
  }
  reserve(capacity: number): void {
    this.reserveValid(capacity);
    this.start = grow(this.start, new Int32Array(capacity));
    this.len = grow(this.len, new Int32Array(capacity));
  }
  /** Makes room for `count` more elements and returns the index of the first; the caller sets them all. */
  addElements(row: number, count: number): number {
    const first = this.used;
    if (first + count > this.#capacity) {
      this.#capacity = Math.max(64, first + count, this.#capacity * 2);
      for (const element of this.elements) element.reserve(this.#capacity);
    }
    this.valid[row] = 1;
    this.start[row] = first;
    this.len[row] = count;
    this.used = first + count;
    return first;
  }
  override setNull(row: number): void {
    this.valid[row] = 0;
    this.start[row] = this.used;
    this.len[row] = 0;
  }
  set(row: number, value: Value): void {
    if (value === null) return this.setNull(row);
    const items = value as readonly Value[];
    const first = this.addElements(row, items.length);
    items.forEach((item, k) => {
      if (this.kind === 'array') (this.elements[0] as ColumnBuilder).set(first + k, item);
      else this.elements.forEach((part, p) => part.set(first + k, (item as readonly Value[])[p] as Value));
    });
  }
  copy(row: number, from: Vector, index: number): void {
    if (from.kind !== 'array' && from.kind !== 'map') throw mismatch(this.kind, from);
    if (from.valid !== null && from.valid[index] === 0) return this.setNull(row);
    const start = from.start[index] as number;
    const count = from.len[index] as number;
    const first = this.addElements(row, count);
    const parts = from.kind === 'array' ? [from.element] : [from.key, from.value];
    for (let p = 0; p < parts.length; p++) {
      for (let k = 0; k < count; k++) {
        (this.elements[p] as ColumnBuilder).copy(first + k, parts[p] as Vector, start + k);
      }
    }
  }
  vector(length: number): Vector {
    const valid = validity(this.valid, length);
    const [first, second] = this.elements.map((element) => element.vector(this.used)) as [Vector, Vector];
    return this.kind === 'array'
      ? { kind: 'array', valid, start: this.start, len: this.len, element: first }
      : { kind: 'map', valid, start: this.start, len: this.len, key: first, value: second };
  }
  reset(): void {
    this.used = 0;
    for (const element of this.elements) element.reset();
  }
}

function mismatch(kind: string, from: Vector): Error {
  return new TypeError(`a ${from.kind} vector was copied into a ${kind} column`);
}

/** The builder for a type's physical form. */
export function columnBuilder(type: DataType): ColumnBuilder {
  switch (physicalKind(type)) {
    case 'bool':
      return new BoolBuilder();
    case 'i32':
      return new I32Builder();
    case 'f64':
      return new F64Builder();
    case 'ts':
      return new TsBuilder();
    case 'i64':
      return new I64Builder();
    case 'i128':
      return new I128Builder();
    case 'bytes':
      return new BytesBuilder();
    case 'row':
      return new RowBuilder((type as { fields: readonly { type: DataType }[] }).fields.map((field) => field.type));
    case 'array':
      return new ArrayBuilder('array', [(type as { element: DataType }).element]);
    case 'map':
      return type.kind === 'MAP'
        ? new ArrayBuilder('map', [type.key, type.value])
        : new ArrayBuilder('map', [(type as { element: DataType }).element, { kind: 'INTEGER', nullable: false }]);
  }
}

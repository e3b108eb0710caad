/**
 * ROW, ARRAY, MAP and MULTISET values as bytes: one presence byte a value, then fixed-width little-endian scalars,
 * length-prefixed bytes and counts. Equal values have equal bytes (a MAP: with equal order of entries), so serialized
 * values serve as keys.
 */
import { type DataType, physicalKind } from '../types/data-type.ts';
import {
  type ArrayBuilder,
  type BytesBuilder,
  type ColumnBuilder,
  type I128Builder,
  type I64Builder,
  type RowBuilder,
  type TsBuilder,
  BytesBuilder as Bytes,
} from '../types/column-builder.ts';
import type { BytesVector, Vector } from '../types/vector.ts';
import { isNested } from './record-layout.ts';

const COUNT_TYPE: DataType = { kind: 'INTEGER', nullable: false };

/** The types of a nested type's children, in the order of its child vectors. */
function childTypes(type: DataType): readonly DataType[] {
  switch (type.kind) {
    case 'ROW':
      return type.fields.map((field) => field.type);
    case 'ARRAY':
      return [type.element];
    case 'MAP':
      return [type.key, type.value];
    case 'MULTISET':
      return [type.element, COUNT_TYPE];
    default:
      return [];
  }
}

class Writer {
  bytes = new Uint8Array(256);
  view = new DataView(this.bytes.buffer);
  length = 0;

  room(sizeBytes: number): number {
    const at = this.length;
    this.length = at + sizeBytes;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return at;
  }

  value(vector: Vector, index: number): void {
    const present = vector.valid === null || vector.valid[index] !== 0;
    const flagAt = this.room(1);
    this.bytes[flagAt] = present ? 1 : 0;
    if (!present) return;
    switch (vector.kind) {
      case 'bool':
        this.bytes[this.room(1)] = vector.data[index] as number;
        return;
      case 'i32':
        this.int(vector.data[index] as number);
        return;
      case 'f64':
        this.double(vector.data[index] as number);
        return;
      case 'ts':
        this.double(vector.data[index] as number);
        this.int(vector.nanos[index] as number);
        return;
      case 'i64':
        for (let k = 0; k < 2; k++) this.int(vector.halves[2 * index + k] as number);
        return;
      case 'i128':
        for (let k = 0; k < 4; k++) this.int(vector.halves[4 * index + k] as number);
        return;
      case 'bytes': {
        const start = vector.start[index] as number;
        const len = vector.len[index] as number;
        this.int(len);
        const at = this.room(len);
        this.bytes.set(vector.pool.u8.subarray(start, start + len), at);
        return;
      }
      case 'row':
        for (const field of vector.fields) this.value(field, index);
        return;
      case 'array':
      case 'map': {
        const parts = vector.kind === 'array' ? [vector.element] : [vector.key, vector.value];
        const start = vector.start[index] as number;
        const len = vector.len[index] as number;
        this.int(len);
        for (const part of parts) for (let k = 0; k < len; k++) this.value(part, start + k);
      }
    }
  }

  int(value: number): void {
    const at = this.room(4);
    this.view.setInt32(at, value, true);
  }

  double(value: number): void {
    const at = this.room(8);
    this.view.setFloat64(at, value, true);
  }
}

/** Serialized nested columns; its memory is reused by the next call. */
export class NestedColumn {
  readonly #writer = new Writer();
  readonly #column: BytesBuilder = new Bytes();
  #capacity = 0;

  serialize(vector: Vector, length: number): BytesVector {
    const column = this.#column;
    column.reset();
    if (length > this.#capacity) column.reserve((this.#capacity = Math.max(64, length, this.#capacity * 2)));
    for (let i = 0; i < length; i++) {
      if (vector.valid !== null && vector.valid[i] === 0) {
        column.setNull(i);
        continue;
      }
      this.#writer.length = 0;
      this.#writer.value(vector, i);
      column.setBytes(i, this.#writer.bytes, 0, this.#writer.length);
    }
    return column.vector(length) as BytesVector;
  }
}

class Reader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  value(column: ColumnBuilder, row: number, type: DataType): void {
    if (this.#bytes[this.#at++] === 0) return column.setNull(row);
    column.valid[row] = 1;
    switch (physicalKind(type)) {
      case 'bool':
        (column as unknown as { data: Uint8Array }).data[row] = this.#bytes[this.#at++] as number;
        return;
      case 'i32':
        (column as unknown as { data: Int32Array }).data[row] = this.#int();
        return;
      case 'f64':
        (column as unknown as { data: Float64Array }).data[row] = this.#double();
        return;
      case 'ts':
        (column as TsBuilder).data[row] = this.#double();
        (column as TsBuilder).nanos[row] = this.#int();
        return;
      case 'i64':
        for (let k = 0; k < 2; k++) (column as I64Builder).halves[2 * row + k] = this.#int();
        return;
      case 'i128':
        for (let k = 0; k < 4; k++) (column as I128Builder).halves[4 * row + k] = this.#int();
        return;
      case 'bytes': {
        const len = this.#int();
        (column as BytesBuilder).setBytes(row, this.#bytes, this.#at, len);
        this.#at += len;
        return;
      }
      case 'row':
        childTypes(type).forEach((child, f) =>
          this.value((column as RowBuilder).fields[f] as ColumnBuilder, row, child),
        );
        return;
      case 'array':
      case 'map': {
        const len = this.#int();
        const first = (column as ArrayBuilder).addElements(row, len);
        childTypes(type).forEach((child, p) => {
          const part = (column as ArrayBuilder).elements[p] as ColumnBuilder;
          for (let k = 0; k < len; k++) this.value(part, first + k, child);
        });
      }
    }
  }

  #int(): number {
    this.#at += 4;
    return this.#view.getInt32(this.#at - 4, true);
  }

  #double(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }
}

/** Reads a value that `NestedColumn` wrote at `at` into row `row` of a column of type `type`. */
export function readNested(bytes: Uint8Array, at: number, column: ColumnBuilder, row: number, type: DataType): void {
  if (!isNested(type)) throw new TypeError(`a ${type.kind} is not nested`);
  new Reader(bytes, at).value(column, row, type);
}

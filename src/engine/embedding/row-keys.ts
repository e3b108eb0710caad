/** Texts that two rows share exactly when all their values are the same: how a changelog finds the row that goes. */
import type { Batch } from '../../types/batch.ts';
import type { DataType } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import { type Value, type Vector, getValue } from '../../types/vector.ts';

/** JSON, told apart where JSON is not: bigints, bytes, and numbers that it has not. */
export function exactJson(value: unknown): string {
  return JSON.stringify(value, exact);
}

function exact(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return `'${value}`;
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) return `#${1 / value}${value}`;
  if (value instanceof Map) return [...(value as ReadonlyMap<unknown, unknown>)];
  return value instanceof Uint8Array ? `x${Buffer.from(value).toString('hex')}` : value;
}

export function rowKeys(schema: Schema): (batch: Batch, row: number) => string {
  const types = schema.map(({ type }) => type);
  return ({ vectors }, row) => {
    let key = '';
    for (let c = 0; c < types.length; c++) key += part(vectors[c] as Vector, row, types[c] as DataType);
    return key;
  };
}

/** Ends so that what follows cannot be mistaken for it: texts begin with their length. */
function part(vector: Vector, row: number, type: DataType): string {
  if (vector.valid !== null && vector.valid[row] === 0) return '~';
  switch (vector.kind) {
    case 'bool':
    case 'i32':
      return `${vector.data[row]},`;
    case 'i64':
      return `${vector.halves[2 * row + 1]}.${vector.halves[2 * row]},`;
    case 'f64': {
      const value = vector.data[row] as number;
      return Object.is(value, -0) ? '-0,' : `${value},`;
    }
    case 'bytes': {
      const start = vector.start[row] as number;
      const end = start + (vector.len[row] as number);
      return `${end - start}:${vector.pool.buf.latin1Slice(start, end)}`;
    }
    default: {
      const text = exactJson(getValue(vector, row, type) satisfies Value);
      return `${text.length}:${text}`;
    }
  }
}

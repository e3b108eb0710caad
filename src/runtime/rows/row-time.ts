import type { Vector } from '../../types/vector.ts';

/** The epoch milliseconds of a time column, row by row. */
export function timesOf(vector: Vector): Float64Array {
  if (vector.kind !== 'f64' && vector.kind !== 'ts') throw new TypeError(`a ${vector.kind} column holds no times`);
  return vector.data;
}

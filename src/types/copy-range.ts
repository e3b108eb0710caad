import type { ColumnBuilder, BoolBuilder, F64Builder, I32Builder, I64Builder } from './column-builder.ts';
import type { Vector } from './vector.ts';

/** Copies rows `from … from + count` of a vector to rows `at …` of a column of the same form, in bulk where it can. */
export function copyRange(to: ColumnBuilder, at: number, vector: Vector, from: number, count: number): void {
  switch (vector.kind) {
    case 'bool':
      (to as BoolBuilder).data.set(vector.data.subarray(from, from + count), at);
      break;
    case 'i32':
      (to as I32Builder).data.set(vector.data.subarray(from, from + count), at);
      break;
    case 'f64':
      (to as F64Builder).data.set(vector.data.subarray(from, from + count), at);
      break;
    case 'i64':
      (to as I64Builder).data.set(vector.data.subarray(from, from + count), at);
      break;
    default:
      for (let i = 0; i < count; i++) to.copy(at + i, vector, from + i);
      return;
  }
  if (vector.valid === null) to.valid.fill(1, at, at + count);
  else to.valid.set(vector.valid.subarray(from, from + count), at);
}

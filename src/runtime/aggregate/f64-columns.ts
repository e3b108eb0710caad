import type { F64Vector } from '../../types/vector.ts';

/** Columns of numbers beside those of a batch, by row. */
export class F64Columns {
  readonly #data: Float64Array[];

  constructor(count: number) {
    this.#data = Array.from({ length: count }, () => new Float64Array(0));
  }

  /** Makes room for rows below `length`; contents are lost. */
  reserve(length: number): void {
    if (length <= (this.#data[0] as Float64Array).length) return;
    for (let c = 0; c < this.#data.length; c++) this.#data[c] = new Float64Array(2 * length);
  }

  set(row: number, values: readonly number[]): void {
    for (let c = 0; c < values.length; c++) (this.#data[c] as Float64Array)[row] = values[c] as number;
  }

  get vectors(): readonly F64Vector[] {
    return this.#data.map((data) => ({ kind: 'f64', valid: null, data }));
  }
}

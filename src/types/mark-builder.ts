import type { WatermarkMarks } from './batch.ts';

/** Watermarks of a batch under construction; the memory is reused from batch to batch. */
export class MarkBuilder {
  length = 0;
  #rows = new Int32Array(16);
  #times = new Float64Array(16);

  /** After the first `row` rows the watermark is `time`; rows and times ascend. */
  mark(row: number, time: number): void {
    const last = this.length - 1;
    if (last >= 0 && this.#rows[last] === row) {
      if (time > (this.#times[last] as number)) this.#times[last] = time;
      return;
    }
    if (this.length === this.#rows.length) {
      const rows = new Int32Array(this.length * 2);
      rows.set(this.#rows);
      this.#rows = rows;
      const times = new Float64Array(this.length * 2);
      times.set(this.#times);
      this.#times = times;
    }
    this.#rows[this.length] = row;
    this.#times[this.length] = time;
    this.length++;
  }

  reset(): void {
    this.length = 0;
  }

  /** Valid until the next change to the builder. */
  build(): WatermarkMarks | null {
    return this.length === 0 ? null : { length: this.length, row: this.#rows, time: this.#times };
  }
}

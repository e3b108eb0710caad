/**
 * Walking the watermarks inside a batch. A batch may carry a mark after every row, so a mark must cost next to nothing
 * for an operator that only hands it on.
 */
import type { Batch, WatermarkMarks } from '../../types/batch.ts';

export const NO_MARKS: WatermarkMarks = { length: 0, row: new Int32Array(0), time: new Float64Array(0) };

export interface MarkedRows {
  /** Rows `[from, to)` of the batch arrived; called with `from < to` only. */
  rows(batch: Batch, from: number, to: number): void;
  /** The watermark became `time`, after the rows seen so far. */
  mark(time: number): void;
}

/** Hands the rows of a batch and its marks to `target` in their order. */
export function walkMarks(batch: Batch, target: MarkedRows): void {
  const { length } = batch;
  const marks = batch.marks ?? NO_MARKS;
  let at = 0;
  for (let m = 0; m < marks.length; m++) {
    const row = marks.row[m] as number;
    if (row > at) {
      target.rows(batch, at, row);
      at = row;
    }
    target.mark(marks.time[m] as number);
  }
  if (at < length) target.rows(batch, at, length);
}

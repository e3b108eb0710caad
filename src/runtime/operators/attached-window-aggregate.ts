/**
 * Aggregates per key and window, where the windows are columns that an operator below attached: a group by the same
 * window_start and window_end once more. Each row belongs to the one window that it names; it is late, and counted,
 * when that has fired. State and cost as `pane-aggregate.ts` says, with windows for panes.
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import type { Batch } from '../../types/batch.ts';
import type { F64Vector } from '../../types/vector.ts';
import { PaneAggregate, type PaneRows } from '../aggregate/pane-aggregate.ts';
import { type WindowClock, type Windowing, windowClock } from '../aggregate/windowing.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { NO_MARKS } from '../rows/marks.ts';

const ATTACHED: Windowing = {
  sliceMs: 1,
  everyMs: 1,
  tumbles: true,
  startOf: (end) => end,
  firstEnd: (end) => end,
  lastEnd: (end) => end,
  sliceStart: (time) => time,
};

class AttachedRows implements PaneRows {
  readonly #endColumn: number;
  readonly #clock: WindowClock;
  readonly #late: (batch: Batch, row: number) => void;
  readonly hasGaps = false;
  paneVector: F64Vector = { kind: 'f64', valid: null, data: new Float64Array(0) };
  counts = new Uint8Array(0);
  lateCount = 0;
  soonestFire = Infinity;

  constructor(endColumn: number, clock: WindowClock, late: (batch: Batch, row: number) => void) {
    this.#endColumn = endColumn;
    this.#clock = clock;
    this.#late = late;
  }

  get panes(): Float64Array {
    return this.paneVector.data;
  }

  assign(batch: Batch, given: number): Batch {
    const { length } = batch;
    this.lateCount = 0;
    this.soonestFire = Infinity;
    if (length === 0) return batch;
    if (length > this.counts.length) this.counts = new Uint8Array(2 * length);
    this.paneVector = batch.vectors[this.#endColumn] as F64Vector;
    const marks = batch.marks ?? NO_MARKS;
    const ends = this.panes;
    let watermark = given;
    let m = 0;
    let end = NaN;
    let fires = Infinity;
    for (let i = 0; i < length; i++) {
      while (m < marks.length && (marks.row[m] as number) <= i)
        watermark = Math.max(watermark, marks.time[m++] as number);
      if (ends[i] !== end) {
        end = ends[i] as number;
        fires = this.#clock.fireTime(end);
      }
      const counted = fires > watermark;
      this.counts[i] = counted ? 1 : 0;
      if (counted) this.soonestFire = Math.min(this.soonestFire, fires);
      else {
        this.lateCount++;
        this.#late(batch, i);
      }
    }
    return batch;
  }
}

export function attachedWindowAggregateOperator(
  node: PhysicalOf<'attached-window-aggregate'>,
  context: OperatorContext,
): Operator {
  const clock = windowClock(node.onLocalTime === true, context.eval.timeZone);
  return new PaneAggregate(
    {
      node: { ...node, properties: [] },
      windowing: ATTACHED,
      clock,
      kind: 'window',
      rows: () => new AttachedRows(node.endColumn, clock, (batch, row) => context.lateRow?.(batch, row)),
    },
    context,
  );
}

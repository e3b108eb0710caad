/**
 * Which pane each row of a batch belongs to, and whether it is late, judged at the watermark that it sees.
 *
 * Neighbouring rows mostly fall into the same slice, so what follows from a slice is worked out when it changes or a
 * watermark passes one of its borders; a row then costs a comparison or two.
 */
import { type Batch, BatchBuilder } from '../../types/batch.ts';
import type { Schema } from '../../types/schema.ts';
import type { F64Vector } from '../../types/vector.ts';
import { NO_MARKS } from '../rows/marks.ts';
import { type WindowClock, type Windowing, firstOpenEnd } from './windowing.ts';

interface WindowRowsOptions {
  readonly windowing: Windowing;
  readonly clock: WindowClock;
  readonly timeColumn: number;
  readonly input: Schema;
  /**
   * `slice`: the row's slice. `open-slice`: the first slice of its window, from its own on, that has not fired.
   * `window`: each window of the row that has not fired; the batch is rewritten with the row once per window.
   */
  readonly shape: 'slice' | 'open-slice' | 'window';
  late(batch: Batch, row: number): void;
}

export class WindowRows {
  readonly #options: WindowRowsOptions;
  /** Per row of the assigned batch: its pane, and whether it counts. */
  panes = new Float64Array(0);
  counts = new Uint8Array(0);
  lateCount = 0;
  /** Rows between hopping windows that have gaps lie in none. */
  readonly hasGaps: boolean;
  /** No window that a row of the batch lies in fires before this watermark. */
  soonestFire = Infinity;
  #copies: BatchBuilder | null = null;

  constructor(options: WindowRowsOptions) {
    this.#options = options;
    const { windowing } = options;
    const end = windowing.firstEnd(windowing.sliceMs);
    this.hasGaps = windowing.everyMs > end - windowing.startOf(end);
  }

  get paneVector(): F64Vector {
    return { kind: 'f64', valid: null, data: this.panes };
  }

  /** The batch itself, or with shape `window` one with a row per window, whose rows `panes` and `counts` describe. */
  assign(batch: Batch, watermark: number): Batch {
    this.lateCount = 0;
    this.soonestFire = Infinity;
    if (batch.length === 0) return batch;
    const { windowing, shape } = this.#options;
    return shape === 'window' && !windowing.tumbles
      ? this.#assignEach(batch, watermark)
      : this.#assignOne(batch, watermark);
  }

  #reserve(length: number): void {
    if (length <= this.panes.length) return;
    const size = 2 * length;
    const panes = new Float64Array(size);
    panes.set(this.panes);
    this.panes = panes;
    const counts = new Uint8Array(size);
    counts.set(this.counts);
    this.counts = counts;
  }

  #assignOne(batch: Batch, given: number): Batch {
    const { windowing, clock, timeColumn, shape } = this.#options;
    const { length } = batch;
    this.#reserve(length);
    const marks = batch.marks ?? NO_MARKS;
    const markRows = marks.row;
    const markTimes = marks.time;
    const markCount = marks.length;
    const times = (batch.vectors[timeColumn] as F64Vector).data;
    const { panes, counts } = this;
    const zoned = clock.zone !== null;
    let watermark = given;
    let m = 0;
    // What holds for times in [from, to) until the watermark reaches `until`.
    let from = 0;
    let to = 0;
    let until = -Infinity;
    let pane = 0;
    let counted = 1;
    let late = false;
    for (let i = 0; i < length; i++) {
      while (m < markCount && (markRows[m] as number) <= i) watermark = Math.max(watermark, markTimes[m++] as number);
      const time = zoned ? clock.toLocal(times[i] as number) : (times[i] as number);
      if (time < from || time >= to || watermark >= until) {
        from = windowing.sliceStart(time);
        to = from + windowing.sliceMs;
        const last = windowing.lastEnd(to);
        pane = to;
        const first = windowing.firstEnd(to);
        counted = first <= last ? 1 : 0;
        late = counted === 1 && clock.fireTime(last) <= watermark;
        if (late) counted = 0;
        until = Infinity;
        if (counted === 1) {
          const firstOpen = firstOpenEnd(clock, first, windowing.everyMs, watermark);
          if (shape === 'open-slice') pane = firstOpen;
          until = clock.fireTime(firstOpen);
          if (until < this.soonestFire) this.soonestFire = until;
        }
      }
      panes[i] = pane;
      counts[i] = counted;
      if (late) {
        this.lateCount++;
        this.#options.late(batch, i);
      }
    }
    return batch;
  }

  #assignEach(batch: Batch, given: number): Batch {
    const { windowing, clock, timeColumn, input } = this.#options;
    const copies = (this.#copies ??= new BatchBuilder(input));
    copies.reset();
    const marks = batch.marks ?? NO_MARKS;
    const times = (batch.vectors[timeColumn] as F64Vector).data;
    // The marks as they are: none may vanish because no row stands between two of them any more.
    const markRows = new Int32Array(marks.length);
    let watermark = given;
    let m = 0;
    for (let i = 0; i <= batch.length; i++) {
      for (; m < marks.length && (marks.row[m] as number) <= i; m++) {
        watermark = Math.max(watermark, marks.time[m] as number);
        markRows[m] = copies.length;
      }
      if (i === batch.length) break;
      const slice = windowing.sliceStart(clock.toLocal(times[i] as number)) + windowing.sliceMs;
      const last = windowing.lastEnd(slice);
      const first = windowing.firstEnd(slice);
      if (first <= last && clock.fireTime(last) <= watermark) {
        this.lateCount++;
        this.#options.late(batch, i);
      }
      for (let end = firstOpenEnd(clock, first, windowing.everyMs, watermark); end <= last; end += windowing.everyMs) {
        if (clock.fireTime(end) < this.soonestFire) this.soonestFire = clock.fireTime(end);
        copies.copyRow(batch, i, batch.kinds === null ? 0 : (batch.kinds[i] as number));
        this.#reserve(copies.length);
        this.panes[copies.length - 1] = end;
        this.counts[copies.length - 1] = 1;
      }
    }
    return { ...copies.build(), marks: { length: marks.length, row: markRows, time: marks.time } };
  }
}

import type { PhysicalOf } from '../plan/physical.ts';
import { BatchBuilder, INSERT } from '../types/batch.ts';
import type { Counters } from './counters.ts';
import type { Receiver } from './receiver.ts';
import type { RunningSource, SourceSnapshot, StepResult } from './running-source.ts';

/** The source of literal rows: all in one step, then the end. */
export class ValuesTask implements RunningSource {
  readonly #node: PhysicalOf<'values'>;
  readonly #counters: Counters;
  #target: Receiver | null = null;
  #ended = false;

  constructor(node: PhysicalOf<'values'>, counters: Counters) {
    this.#node = node;
    this.#counters = counters;
  }

  connect(target: Receiver): void {
    this.#target = target;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get watermark(): null {
    return null;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  step(): Promise<StepResult> {
    if (this.#ended) return Promise.resolve('end');
    const rows = new BatchBuilder(this.#node.schema);
    for (const row of this.#node.rows) {
      const index = rows.addRow(INSERT);
      row.forEach((value, c) => rows.columns[c]?.set(index, value));
    }
    rows.mark(Infinity);
    this.#counters.add('rows_in', rows.length);
    this.#ended = true;
    this.#target?.receive(rows.build());
    this.#target?.end();
    return Promise.resolve('progress');
  }

  waitMs(): number {
    return Infinity;
  }

  snapshot(): SourceSnapshot {
    return {
      finished: [],
      positions: [],
      waiting: [],
      watermarks: { splits: [], sent: -Infinity },
      ended: this.#ended,
    };
  }

  restore(from: SourceSnapshot): void {
    this.#ended = from.ended;
    if (from.ended) this.#target?.end();
  }

  redeal([from]: readonly SourceSnapshot[]): void {
    if (from !== undefined) this.restore(from);
  }

  drain(): void {
    if (this.#ended) return;
    this.#ended = true;
    const rows = new BatchBuilder(this.#node.schema);
    rows.mark(Infinity);
    this.#target?.receive(rows.build());
    this.#target?.end();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

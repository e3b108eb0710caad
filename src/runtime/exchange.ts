/**
 * An exchange: deals the rows of one producer to the subtasks of the next operator. Rows are copied into one builder
 * per target (so what is handed on is compact), marks go to every target at their place between the rows, and all
 * builders are flushed before `receive` returns, so nothing waits inside.
 */
import { type Batch, BatchBuilder } from '../types/batch.ts';
import type { Schema } from '../types/schema.ts';
import type { Receiver } from './receiver.ts';
import { NO_MARKS } from './rows/marks.ts';

/** Fills `into[i]` with the target of row i, for the rows of a batch. */
export type Partitioner = (batch: Batch, into: Int32Array) => void;

export class Exchange implements Receiver {
  readonly #targets: readonly Receiver[];
  readonly #builders: readonly BatchBuilder[];
  readonly #partition: Partitioner;
  #assigned = new Int32Array(1024);

  constructor(schema: Schema, targets: readonly Receiver[], partition: Partitioner) {
    this.#targets = targets;
    this.#builders = targets.map(() => new BatchBuilder(schema));
    this.#partition = partition;
  }

  get closed(): boolean {
    return this.#targets.every((target) => target.closed);
  }

  receive(batch: Batch): void {
    const { length, kinds, marks } = batch;
    if (length > this.#assigned.length) this.#assigned = new Int32Array(length * 2);
    const assigned = this.#assigned;
    if (length > 0) this.#partition(batch, assigned);
    let mark = 0;
    const { length: markCount, row: markRows, time: markTimes } = marks ?? NO_MARKS;
    for (let i = 0; i <= length; i++) {
      while (mark < markCount && (markRows[mark] as number) <= i) {
        for (const builder of this.#builders) builder.mark(markTimes[mark] as number);
        mark++;
      }
      if (i === length) break;
      const builder = this.#builders[assigned[i] as number] as BatchBuilder;
      builder.copyRow(batch, i, kinds === null ? 0 : (kinds[i] as number));
    }
    for (let t = 0; t < this.#targets.length; t++) {
      const builder = this.#builders[t] as BatchBuilder;
      if (builder.isEmpty) continue;
      (this.#targets[t] as Receiver).receive(builder.build());
      builder.reset();
    }
  }

  setIdle(idle: boolean): void {
    for (const target of this.#targets) target.setIdle(idle);
  }

  end(): void {
    for (const target of this.#targets) target.end();
  }
}

/**
 * The contract of an operator: batches in by port, batches out by one output, all state in declared tables.
 *
 * Between two calls everything an operator knows is in its state tables (or follows from its plan node), so the driver
 * may snapshot there without asking. Calls are synchronous; only sources, sinks and exchanges between threads wait.
 */
import type { Clock, Random } from '../platform/platform.ts';
import type { Batch } from '../types/batch.ts';
import type { StateBackend } from '../state/state.ts';
import type { Counters } from './counters.ts';

/** Where an operator's rows go. */
export interface Output {
  /** Hands a borrowed batch on; the receiver is done with it when the call returns. Empty batches are ignored. */
  push(batch: Batch): void;
}

/** What expressions may ask of the outside world. */
export interface EvalContext {
  /** Epoch ms, for PROCTIME() and CURRENT_TIMESTAMP. */
  now(): number;
  random(): number;
  /** IANA name: `table.local-time-zone`. */
  readonly timeZone: string;
  /** The operator's current watermark, -Infinity before the first. Kept current by whoever drives the operator. */
  watermark: number;
}

export interface OperatorContext {
  readonly output: Output;
  readonly state: StateBackend;
  readonly clock: Clock;
  readonly random: Random;
  readonly eval: EvalContext;
  readonly counters: Counters;
  /** Rows at most in a batch that the operator builds before it pushes it. */
  readonly batchSize: number;
  readonly subtask: number;
  readonly parallelism: number;
  /** Hands a late row of `batch` to the table that collects them (`millrace.late-rows`); absent when there is none. */
  readonly lateRow?: ((batch: Batch, row: number) => void) | undefined;
  /** Asks for `onTimer(time)` once the processing-time clock reaches `time`. Not state: ask again after a restore. */
  scheduleTimer(time: number): void;
}

export interface Operator {
  /** Once true, nothing that comes changes the output any more; its last mark was Infinity. */
  readonly done?: boolean;
  /**
   * Takes a borrowed batch on `port`. Its marks are watermarks of the *operator* (already the least over all channels
   * and ports): rows before a mark are handled before it. A batch without rows may carry a mark. The operator hands
   * marks on in its output, after the rows that they release.
   */
  process(port: number, batch: Batch): void;
  /** The processing-time clock reached `time`. */
  onTimer?(time: number): void;
  /** All inputs ended; the final watermark (Infinity) came before as a mark. */
  onEnd?(): void;
  close?(): void;
}

/**
 * The contract of an operator: batches in by port, batches out by one output, all state in declared tables.
 *
 * Between two calls everything an operator knows is in its state tables (or follows from its plan node), so the driver
 * may snapshot there without asking. Calls are synchronous; only sources, sinks and exchanges between threads wait.
 */
import type { UserFunction } from '../functions/user/user-function.ts';
import type { Clock, Random } from '../platform/platform.ts';
import type { Batch } from '../types/batch.ts';
import type { StateBackend } from '../state/state.ts';
import type { Counters } from './counters.ts';

/** Where an operator's rows go. */
export interface Output {
  /**
   * Hands a borrowed batch on; the receiver is done with it when the call returns. Empty batches are ignored. Pages of state
   * may leave memory meanwhile: refs stay good, code that has a page open opens it again.
   */
  push(batch: Batch): void;
}

/** What expressions may ask of the outside world. */
export interface EvalContext {
  /** Epoch ms, for PROCTIME() and CURRENT_TIMESTAMP. */
  now(): number;
  random(): number;
  /** IANA name: `table.local-time-zone`. */
  readonly timeZone: string;
  /** A function of the program, by the name that the plan calls it; absent where there are none. */
  readonly userFunction?: ((name: string) => UserFunction) | undefined;
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
  /** Has the driver call `resume` soon: something came back from outside. */
  wake?(): void;
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
  /**
   * Of operators that wait for the outside (asynchronous functions): hands on what came back since, on the driver's
   * turn, and says whether there was any. Also called first after a restore, so that calls in flight are made again.
   */
  resume?(): boolean;
  /** Rows taken that are not handed on yet: the output ends when there are none. */
  readonly inFlight?: number;
  /** Resolves when something came back; null while the operator can take more rows. */
  readonly full?: Promise<void> | null;
  /** All inputs ended; the final watermark (Infinity) came before as a mark. */
  onEnd?(): void;
  close?(): void;
}

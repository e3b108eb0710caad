import type { Batch } from '../types/batch.ts';

/** Who takes the rows of a query. */
export interface ResultTarget {
  /** Takes a borrowed batch, row kinds included; the promise, if any, is back-pressure. */
  write(batch: Batch): void | Promise<void>;
  /** Resolves when what was written has been handed on. */
  flush?(): Promise<void>;
  /** The job is to stop: lets go of a write that is waited for. Rows may still come. */
  stop?(): void;
}

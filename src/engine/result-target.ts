import type { Batch } from '../types/batch.ts';

/** Who takes the rows of a query. */
export interface ResultTarget {
  /** Takes a borrowed batch, row kinds included; the promise, if any, is back-pressure. */
  write(batch: Batch): void | Promise<void>;
}

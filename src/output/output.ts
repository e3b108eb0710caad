import type { Clock, TextOutput } from '../platform/platform.ts';
import type { OpenTarget } from '../session.ts';
import type { Batch } from '../types/batch.ts';
import type { Schema } from '../types/schema.ts';

export type OutputFormat = 'table' | 'changelog' | 'jsonl' | 'csv';

export interface OutputOptions {
  readonly schema: Schema;
  readonly stdout: TextOutput;
  readonly timeZone: string;
  /** The number of the query in its file, from 1, when there are several. */
  readonly query: number | null;
  /** How ORDER BY orders the rows that stand. */
  readonly order: Parameters<OpenTarget>[0]['order'];
  /** Whether the result holds changes besides +I. */
  readonly updating: boolean;
  /** Lines and columns of the terminal when rows may be redrawn in place. */
  readonly screen: { readonly lines: number; readonly columns: number } | null;
  readonly clock: Pick<Clock, 'monotonic' | 'schedule'>;
}

/** Prints the rows of one query. */
export interface ResultWriter {
  write(batch: Batch): void | Promise<void>;
  /** After the last row. */
  end(): void | Promise<void>;
  /** The query failed: nothing of it is written any more. */
  abandon?(): void;
}

/** What one benchmark is: plain data from which each of its processes makes its own part. */
import type { DataFile } from './data-files.ts';

/** How sure an answer is to be compared: row by row, or by the sums of the numeric columns where rows are too many. */
export type AnswerKind = 'rows' | 'sums';

export interface Benchmark {
  readonly name: string;
  /** What the table says. */
  readonly title: string;
  /** Rows per CPU-second that must be reached; null where the figure is for comparison only. */
  readonly target: number | null;
  readonly limits?: { readonly rssMb?: number; readonly pauseMs?: number };
  /** Input rows of one pass. */
  readonly rows: number;
  /** Input rows of the warm pass, where a full one would take too long. */
  readonly warmRows?: number;
  readonly files: readonly DataFile[];
  /** Definitions; `select` is what `INSERT INTO results` is put before, and what is run for its answer. */
  readonly setup: (rows: number) => string;
  readonly select: string;
  /** What is run for the answer, where it is not `select`. */
  readonly answerSelect?: string;
  /** Columns of the blackhole table, as in DDL. */
  readonly sinkColumns: string;
  readonly answer: AnswerKind;
  /** The same as a batch query of DuckDB: what the answer is compared with, and measured too when `peer`. */
  readonly duckdb: string | null;
  readonly peer: boolean;
  /** Where DuckDB has no such input: the answer by arithmetic. */
  readonly expected?: () => string;
}

export interface BenchmarkOptions {
  /** Draws column orders, names and types. */
  readonly seed: number;
  /** Divides every number of rows; 1 = the real thing. */
  readonly shrink: number;
}

/** What the oracles over streams share: DuckDB over the rows of a stream, and results as text to compare. */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { expect } from 'vitest';
import { Accumulated } from './accumulate.ts';
import { changesByKey } from './history.ts';
import { STREAM_COLUMNS, type Stream, type StreamRow } from './random-stream.ts';
import { type Windowed, interval } from './random-window.ts';
import type { Life, StreamResult, StreamTable } from './run-stream.ts';

const SEEDS = Number(process.env['MILLRACE_ORACLE_SEEDS'] ?? 25);
const FIRST_SEED = Number(process.env['MILLRACE_ORACLE_FIRST'] ?? 1);

export const seeds = Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i);
export const QUERIES_PER_SEED = 6;

export class StreamOracle {
  readonly #duckdb: DuckDBConnection;

  private constructor(duckdb: DuckDBConnection) {
    this.#duckdb = duckdb;
  }

  static async open(): Promise<StreamOracle> {
    return new StreamOracle(await (await DuckDBInstance.create(':memory:')).connect());
  }

  close(): void {
    this.#duckdb.closeSync();
  }

  /** Table `name (id, k, v, x, ts)`, times in milliseconds. */
  async fill(name: string, rows: readonly StreamRow[]): Promise<void> {
    await this.#duckdb.run(`CREATE OR REPLACE TABLE ${name} (id INTEGER, k VARCHAR, v INTEGER, x DOUBLE, ts BIGINT)`);
    const sql = (value: unknown): string =>
      value === null ? 'NULL' : typeof value === 'string' ? `'${value}'` : String(value);
    const values = rows.map(({ id, k, v, x, ts }) => `(${[id, k, v, x, ts].map(sql).join(', ')})`);
    if (values.length > 0) await this.#duckdb.run(`INSERT INTO ${name} VALUES ${values.join(', ')}`);
  }

  /** Table `members (s, e, id)`: the rows of each window. */
  async fillMembers(windows: readonly Windowed[]): Promise<void> {
    await this.#duckdb.run('CREATE OR REPLACE TABLE members (s BIGINT, e BIGINT, id INTEGER)');
    const values = windows.flatMap(({ start, end, rows }) => rows.map(({ id }) => `(${start}, ${end}, ${id})`));
    if (values.length > 0) await this.#duckdb.run(`INSERT INTO members VALUES ${values.join(', ')}`);
  }

  async rows(sql: string): Promise<string[]> {
    const reader = await this.#duckdb.runAndReadAll(sql);
    return reader.getRows().map(rowText).toSorted();
  }
}

/** -0 and 0 are one value here; all else prints the same from both. */
const text = (value: unknown): string => (value === null ? 'NULL' : Object.is(value, -0) ? '0' : String(value));
export const rowText = (values: readonly unknown[]): string => values.map(text).join('|');

export function accumulated({ changes }: StreamResult): string[] {
  const result = new Accumulated();
  for (const [kind, values] of changes) result.apply(kind, rowText(values));
  return result.rows();
}

export const lateRows = ({ counters }: StreamResult): number => counters['late_rows'] ?? 0;

export function streamTable(name: string, { changes }: Stream, delayMs: number, updates = false): StreamTable {
  return { name, columns: `${STREAM_COLUMNS}, WATERMARK FOR ts AS ts - ${interval(delayMs)}`, changes, updates };
}

/** The same by the primary key; all rows must come in one split. */
export function streamTableByKey(name: string, { changes }: Stream, delayMs: number): StreamTable {
  const columns = `${STREAM_COLUMNS}, PRIMARY KEY (id) NOT ENFORCED, WATERMARK FOR ts AS ts - ${interval(delayMs)}`;
  return { name, columns, changes: changesByKey(changes), updates: true, byKey: true };
}

/** Compares with everything that is needed to see what went wrong. */
export function same(actual: unknown, expected: unknown, context: { readonly sql: string; readonly life: Life }): void {
  expect({ ...context, result: actual }).toEqual({ ...context, result: expected });
}

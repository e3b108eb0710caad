/**
 * The Nexmark queries over the generator's events: the changes add up to what DuckDB gives over the same events, which
 * the engine wrote to a file for it, and every retraction hits a row that stands; in many lives.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBDecimalValue, DuckDBInstance, DuckDBTimestampValue, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';
import { nodePlatform } from '../../src/platform/node-platform.ts';
import { RULES } from '../../src/planner/rules/rules.ts';
import { DUCKDB_QUERIES, loadEvents } from './nexmark-duckdb.ts';
import {
  DENSE,
  type EventSet,
  NEXMARK_QUERIES,
  type NexmarkLife,
  NexmarkRun,
  OUTPUT_DIRECTORY,
  PLAIN,
  accumulate,
} from './nexmark-run.ts';
import { rowText } from './stream-oracle.ts';

/** From one day into the next, with many windows and sessions, and persons enough for the bids to find them. */
const SPARSE: EventSet = {
  events: 20_000,
  perSecond: 1,
  baseTime: '2015-07-15 18:50:00',
  proportions: [20, 10, 20],
};

const LIVES: readonly NexmarkLife[] = [
  { ...PLAIN, name: 'batches of 1', batchSize: 1 },
  { ...PLAIN, name: 'batches of 7', batchSize: 7 },
  { ...PLAIN, name: 'batches of 1,024', batchSize: 1024 },
  { ...PLAIN, name: 'restarts', batchSize: 100, restarts: 3 },
  { ...PLAIN, name: 'spilled', batchSize: 100, stateMemory: '20kb' },
  { ...PLAIN, name: 'spilled with restarts', batchSize: 100, restarts: 3, stateMemory: '1' },
  { ...PLAIN, name: 'parallel', recorded: true, parallelism: 2, batchSize: 1024 },
  { ...PLAIN, name: 'parallel with restarts', recorded: true, parallelism: 2, batchSize: 100, restarts: 3 },
  ...RULES.map(({ name }) => ({ ...PLAIN, name: `without ${name}`, disabledRules: [name] })),
];

const scratch = mkdtempSync(join(tmpdir(), 'millrace-nexmark-'));
let duckdb: DuckDBConnection;

beforeAll(async () => {
  duckdb = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
});

afterAll(() => {
  duckdb.closeSync();
  rmSync(scratch, { recursive: true });
});

test('every query has its text for DuckDB', () => {
  expect(Object.keys(DUCKDB_QUERIES)).toEqual(NEXMARK_QUERIES);
});

describe('over dense events', () => {
  const oracle = oracleOver('dense', DENSE);
  test.each(NEXMARK_QUERIES)('%s equals DuckDB', (query) => oracle.check(query, PLAIN));
  // Here, unlike below, many rows have the same time or price.
  test.each(['q9', 'q18', 'q19'])('%s equals DuckDB, parallel with restarts', (query) =>
    oracle.check(query, { ...PLAIN, recorded: true, parallelism: 2, batchSize: 100, restarts: 3 }),
  );
});

describe('over sparse events', () => {
  const oracle = oracleOver('sparse', SPARSE);
  describe.each(NEXMARK_QUERIES)('%s equals DuckDB', (query) => {
    test('and has rows', async () => expect(await oracle.expected(query)).not.toHaveLength(0));
    // Partitions of several subtasks are not committed together yet.
    const lives = query === 'q10' ? LIVES.filter(({ parallelism }) => parallelism === 1) : LIVES;
    test.each(lives)('$name', (life) => oracle.check(query, life));
  });
});

interface Oracle {
  expected(query: string): Promise<readonly string[]>;
  check(query: string, life: NexmarkLife): Promise<void>;
}

/** Writes the events of a set and loads them into DuckDB before the tests of the block. */
function oracleOver(name: string, set: EventSet): Oracle {
  const eventsPath = join(scratch, name);
  const results = new Map<string, readonly string[]>();
  beforeAll(async () => {
    await new NexmarkRun(set, { eventsPath }).record();
    for (const statement of loadEvents(eventsPath)) await duckdb.run(statement);
  });
  const expected = async (query: string): Promise<readonly string[]> => {
    const rows = results.get(query) ?? (await duckdbRows(DUCKDB_QUERIES[query] as string));
    results.set(query, rows);
    return rows;
  };
  return {
    expected,
    check: async (query, life) => {
      const rows = await expected(query);
      if (query === 'q10') await checkFiles(set, life, rows);
      else same(accumulate(await new NexmarkRun(set, { eventsPath }).changes(query, life)), rows);
    },
  };
}

/** The files hold the rows, and every minute is committed. Files are written at least once. */
async function checkFiles(set: EventSet, life: NexmarkLife, expected: readonly string[]): Promise<void> {
  const disk = new MemoryFileSystem(nodePlatform().clock);
  const run = new NexmarkRun(set, { fileSystem: disk });
  await run.changes('q10', life);
  const written = await run.read('SELECT * FROM results');
  if (life.restarts === 0) same(written, expected);
  else same([...new Set(written)], [...new Set(expected)]);
  const minutes = new Set(
    expected.map((row) => row.split('|').slice(-2)).map(([day, minute]) => `dt=${day}/hm=${minute}`),
  );
  expect(disk.paths().filter((path) => path.endsWith('/_SUCCESS'))).toEqual(
    [...minutes].map((minute) => `${OUTPUT_DIRECTORY}/${minute.replace(':', '%3A')}/_SUCCESS`).toSorted(),
  );
}

async function duckdbRows(sql: string): Promise<readonly string[]> {
  const rows = (await duckdb.runAndReadAll(sql)).getRows();
  return rows.map((row) => rowText(row.map(plainValue))).toSorted();
}

/** As the engine holds it: decimals unscaled, times in milliseconds. */
function plainValue(value: unknown): unknown {
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBTimestampValue) return value.micros / 1000n;
  return value;
}

/** Names the first rows that differ: a comparison of all takes for ever to print. */
function same(actual: readonly string[], expected: readonly string[]): void {
  const at = expected.findIndex((row, i) => row !== actual[i]);
  const around = (rows: readonly string[]): readonly string[] =>
    at < 0 ? rows.slice(expected.length) : rows.slice(at, at + 2);
  expect({ count: actual.length, rows: around(actual).slice(0, 2) }).toEqual({
    count: expected.length,
    rows: around(expected).slice(0, 2),
  });
}

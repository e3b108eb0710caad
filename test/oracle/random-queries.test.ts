/**
 * Random queries over random histories of inserts, updates and deletes: the accumulated result equals what DuckDB gives
 * over the final tables, and every retraction hits a row that stands.
 */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ScriptFeeds, scriptConnector } from '../../src/connectors/script/index.ts';
import { Engine } from '../../src/engine.ts';
import { fakePlatform } from '../../src/platform/fake-platform.ts';
import { type Vector, getValue } from '../../src/types/vector.ts';
import { Accumulated } from './accumulate.ts';
import { COLUMNS, type History, type Row, TABLE_COLUMNS, changesByKey, randomHistory } from './history.ts';
import { randomQuery } from './random-query.ts';
import { RandomSource } from './random-source.ts';

const SEEDS = Number(process.env['MILLRACE_ORACLE_SEEDS'] ?? 60);
const QUERIES_PER_SEED = 10;
const FIRST_SEED = Number(process.env['MILLRACE_ORACLE_FIRST'] ?? 1);

let duckdb: DuckDBConnection;

beforeAll(async () => {
  duckdb = await (await DuckDBInstance.create(':memory:')).connect();
});

afterAll(() => duckdb.closeSync());

describe('random queries equal DuckDB', () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    test(`seed ${seed}`, async () => {
      const random = new RandomSource(seed);
      const updates = random.chance(60);
      const byKey = updates && random.chance(40);
      const histories = {
        t: randomHistory(random, 20 + random.below(150), updates),
        u: randomHistory(random, 10 + random.below(60), updates),
      };
      await fill('t', histories.t.final);
      await fill('u', histories.u.final);
      for (let q = 0; q < QUERIES_PER_SEED; q++) {
        const query = randomQuery(random);
        const life = {
          batchSize: random.pick([1, 7, 64, 1024]),
          parallelism: random.pick([1, 1, 2, 3]),
          updates,
          byKey,
          spilled: (seed + q) % 3 === 0,
        };
        const expected = await duckdbRows(query.duckdb);
        const actual = await engineRows(query.flink, histories, life);
        expect({ query, life, rows: actual }).toEqual({ query, life, rows: expected });
      }
    });
  }
});

async function fill(table: string, rows: readonly Row[]): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TABLE ${table} (id INTEGER, k INTEGER, g VARCHAR, v INTEGER, w BIGINT, x DOUBLE)`,
  );
  if (rows.length === 0) return;
  const literal = (value: Row[keyof Row]): string =>
    value === null ? 'NULL' : typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
  const values = rows.map((row) => `(${COLUMNS.map((name) => literal(row[name])).join(', ')})`);
  await duckdb.run(`INSERT INTO ${table} VALUES ${values.join(', ')}`);
}

async function duckdbRows(sql: string): Promise<string[]> {
  const reader = await duckdb.runAndReadAll(sql);
  return reader
    .getRows()
    .map((row) => row.map(text).join('|'))
    .toSorted();
}

async function engineRows(
  sql: string,
  histories: Readonly<Record<'t' | 'u', History>>,
  life: {
    readonly batchSize: number;
    readonly parallelism: number;
    readonly updates: boolean;
    readonly byKey: boolean;
    readonly spilled: boolean;
  },
): Promise<string[]> {
  const feeds = new ScriptFeeds();
  const engine = new Engine(fakePlatform(), [scriptConnector(feeds)]);
  const session = engine.openSession();
  session.settings.set('millrace.batch-size', String(life.batchSize));
  session.settings.set('parallelism.default', String(life.parallelism));
  if (life.spilled) session.settings.set('millrace.state.memory', '1');
  const nothing = { target: () => ({ write: () => {} }) };
  for (const name of ['t', 'u'] as const) {
    const changelog = life.byKey ? 'upsert' : life.updates ? 'all' : 'insert';
    await session.executeSql(
      `CREATE TABLE ${name} (${TABLE_COLUMNS}${life.byKey ? ', PRIMARY KEY (id) NOT ENFORCED' : ''}) WITH ('connector' = 'script', 'changelog' = '${changelog}')`,
      nothing,
    );
    const feed = feeds.feed(session.catalog.path([name]));
    const { changes } = histories[name];
    feed.rows.push(...(life.byKey ? changesByKey(changes) : changes));
    feed.ended = true;
  }
  const result = new Accumulated();
  const started = await session.executeSql(sql, {
    target: ({ schema }) => ({
      write: (batch) => {
        for (let i = 0; i < batch.length; i++) {
          const row = schema.map(({ type }, c) => text(getValue(batch.vectors[c] as Vector, i, type))).join('|');
          result.apply(batch.kinds === null ? 0 : (batch.kinds[i] as number), row);
        }
      },
    }),
  });
  if (started.kind !== 'query') throw new Error('not a query');
  const { error } = await started.job.done;
  if (error !== null) throw error;
  return result.rows();
}

/** -0 and 0 are one value here; all else prints the same from both. */
const text = (value: unknown): string => (value === null ? 'NULL' : Object.is(value, -0) ? '0' : String(value));

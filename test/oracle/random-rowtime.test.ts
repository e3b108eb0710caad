/**
 * What goes by rowtime without windows, over random streams out of order, in any life: interval joins equal DuckDB's
 * join, ORDER BY rowtime equals the sorted input, first and last rows by rowtime equal DuckDB's; and where the
 * watermark does not wait long enough, the rows that are late are those of the definition, taken row by row.
 */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { RandomSource } from './random-source.ts';
import { type Stream, type StreamRow, randomStream } from './random-stream.ts';
import { interval } from './random-window.ts';
import { randomLife, runStream } from './run-stream.ts';
import {
  QUERIES_PER_SEED,
  StreamOracle,
  accumulated,
  lateRows,
  rowText,
  same,
  seeds,
  streamTable,
} from './stream-oracle.ts';

let oracle: StreamOracle;
beforeAll(async () => void (oracle = await StreamOracle.open()));
afterAll(() => oracle.close());

const JOIN_TYPES = ['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'] as const;

describe('interval joins equal the join', () => {
  test.each(seeds)('seed %i', async (seed) => {
    const random = new RandomSource(seed + 3_000_000);
    for (let q = 0; q < QUERIES_PER_SEED; q++) {
      const shape = { disorderMs: random.pick([0, 500, 4000]), retracts: false, grainMs: random.pick([1, 250]) };
      const streams = [0, 1].map(() => randomStream(random, { ...shape, length: 5 + random.below(60) }));
      const life = randomLife(random);
      const [lower, upper] = [random.below(9) - 4, random.below(5)].map((n) => n * 500) as [number, number];
      const on = [
        ...(random.chance(75) ? ['a.k = b.k'] : []),
        ...(random.chance(40) ? [random.pick(['a.v < b.v', "a.k = 'a'", 'b.x > 0'])] : []),
      ];
      const type = random.pick(JOIN_TYPES);
      const select = `SELECT a.id AS aid, b.id AS bid, a.k AS ak, b.v AS bv FROM t AS a ${type} u AS b ON `;
      const plus = (column: string, ms: number, unit: (ms: number) => string): string =>
        ms < 0 ? `${column} - ${unit(-ms)}` : `${column} + ${unit(ms)}`;
      const times = (unit: (ms: number) => string): string =>
        `a.ts BETWEEN ${plus('b.ts', lower, unit)} AND ${plus('b.ts', lower + upper, unit)}`;
      const sql = select + [...on, times(interval)].join(' AND ');
      for (const [i, name] of ['t', 'u'].entries()) {
        await oracle.fill(name, (streams[i] as Stream).rows);
      }
      const result = await runStream(
        sql,
        streams.map((stream, i) => streamTable(i === 0 ? 't' : 'u', stream, shape.disorderMs)),
        life,
        random,
      );
      const expected = await oracle.rows(select + [...on, times((ms) => String(ms))].join(' AND '));
      same(accumulated(result), expected, { sql, life });
      // Nothing is ever taken back.
      same(
        result.changes.filter(([kind]) => kind !== 0),
        [],
        { sql, life },
      );
    }
  });
});

describe('order and duplicates by rowtime', () => {
  test.each(seeds)('seed %i', async (seed) => {
    const random = new RandomSource(seed + 4_000_000);
    for (let q = 0; q < QUERIES_PER_SEED; q++) {
      const disorderMs = random.pick([0, 500, 4000]);
      const grainMs = random.pick([1, 250, 500]);
      const stream = randomStream(random, { length: 5 + random.below(120), disorderMs, retracts: false, grainMs });
      const life = randomLife(random);
      // A row at the very time of the watermark is too late for what goes by rows.
      const input = [streamTable('t', stream, disorderMs + 1)];

      const sort = `SELECT id, k, ts FROM t ORDER BY ts, id DESC`;
      const sorted = await runStream(sort, input, life, random);
      const order = stream.rows.toSorted((a, b) => a.ts - b.ts || b.id - a.id);
      same(
        sorted.changes.map(([, values]) => values),
        order.map(({ id, k, ts }) => [id, k, ts]),
        { sql: sort, life },
      );

      const partition = random.pick(['', 'PARTITION BY k ', 'PARTITION BY k, v ']);
      const direction = random.pick(['ASC', 'DESC']);
      // Which of several rows at one time comes first is known only within one split.
      const columns =
        life.splits === 1 ? 'id, k, ts' : partition.includes('v') ? 'k, v, ts' : partition === '' ? 'ts' : 'k, ts';
      const first = (order: string): string =>
        `SELECT ${columns} FROM (SELECT *, ROW_NUMBER() OVER (${partition}ORDER BY ${order}) AS rn FROM t) WHERE rn = 1`;
      await oracle.fill('t', stream.rows);
      const sql = first(`ts ${direction}`);
      const result = await runStream(sql, input, life, random);
      same(accumulated(result), await oracle.rows(first(`ts ${direction}, id ${direction}`)), { sql, life });
    }
  });

  test.each(seeds)('rows that come too late, seed %i', async (seed) => {
    const random = new RandomSource(seed + 5_000_000);
    for (let q = 0; q < QUERIES_PER_SEED; q++) {
      const grainMs = random.pick([1, 250, 500]);
      const stream = randomStream(random, {
        length: 5 + random.below(120),
        disorderMs: 4000,
        retracts: false,
        grainMs,
      });
      const delayMs = random.pick([0, 1, 500]);
      const life = randomLife(random, 1);
      const input = [streamTable('t', stream, delayMs)];

      const sort = 'SELECT id, ts FROM t ORDER BY ts';
      const sorted = await runStream(sort, input, life, random);
      const released = releaseInOrder(stream.rows, delayMs);
      same(
        { rows: sorted.changes.map(([, values]) => values), late: lateRows(sorted) },
        { rows: released.rows.map(({ id, ts }) => [id, ts]), late: released.late },
        { sql: sort, life },
      );

      const sql = `SELECT id, k, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS rn FROM t) WHERE rn = 1`;
      const result = await runStream(sql, input, life, random);
      const first = firstOfEachKey(stream.rows, delayMs);
      same(
        { rows: accumulated(result), late: lateRows(result) },
        { rows: first.rows.map(({ id, k, ts }) => rowText([id, k, ts])).toSorted(), late: first.late },
        { sql, life },
      );
    }
  });
});

interface Released {
  readonly rows: readonly StreamRow[];
  readonly late: number;
}

/** ORDER BY rowtime, row by row: each new watermark releases what it reaches; what is not after that comes too late. */
function releaseInOrder(rows: readonly StreamRow[], delayMs: number): Released {
  const released: StreamRow[] = [];
  let waiting: StreamRow[] = [];
  let late = 0;
  const release = (watermark: number): void => {
    const ready = waiting.filter((row) => row.ts <= watermark);
    waiting = waiting.filter((row) => row.ts > watermark);
    released.push(...ready.toSorted((a, b) => a.ts - b.ts));
  };
  let watermark = -Infinity;
  for (const row of rows) {
    if (row.ts <= (released.at(-1)?.ts ?? -Infinity)) late++;
    else waiting.push(row);
    if (row.ts - delayMs <= watermark) continue;
    watermark = row.ts - delayMs;
    release(watermark);
  }
  release(Infinity);
  return { rows: released, late };
}

/** Keep-first by rowtime, row by row: a row below the watermark is late; a key is done once its first row is reached. */
function firstOfEachKey(rows: readonly StreamRow[], delayMs: number): Released {
  const first = new Map<string | null, StreamRow>();
  const done = new Set<string | null>();
  let late = 0;
  let watermark = -Infinity;
  for (const row of rows) {
    if (row.ts < watermark) late++;
    else if (!done.has(row.k) && row.ts < (first.get(row.k)?.ts ?? Infinity)) first.set(row.k, row);
    watermark = Math.max(watermark, row.ts - delayMs);
    for (const [key, { ts }] of first) if (ts <= watermark) done.add(key);
  }
  return { rows: [...first.values()], late };
}

/**
 * Windows over random streams out of order: with a watermark that waits long enough the result is that of a batch
 * (DuckDB aggregates what each window holds by definition); with one that does not, rows are late exactly as the
 * definition, taken row by row, says. In any life: batch sizes, parallelism, splits, restarts from snapshots.
 */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { RandomSource } from './random-source.ts';
import { randomStream } from './random-stream.ts';
import { type WindowShape, randomShape, takeRowByRow, windowSql } from './random-window.ts';
import { randomLife, runStream } from './run-stream.ts';
import {
  QUERIES_PER_SEED,
  StreamOracle,
  accumulated,
  lateRows,
  same,
  seeds,
  streamTable,
  streamTableByKey,
} from './stream-oracle.ts';

let oracle: StreamOracle;
beforeAll(async () => void (oracle = await StreamOracle.open()));
afterAll(() => oracle.close());

interface Aggregate {
  readonly flink: string;
  readonly duckdb: string;
}

function randomAggregate(random: RandomSource, ordered: boolean): Aggregate {
  const filter = random.chance(25) ? ` FILTER (WHERE ${random.pick(['v > 0', "k = 'a'", 'x IS NULL OR x < 10'])})` : '';
  const same = (text: string): Aggregate => ({ flink: text + filter, duckdb: text + filter });
  switch (random.below(ordered ? 10 : 7)) {
    case 0:
      return same('COUNT(*)');
    case 1:
      return same(`COUNT(${random.pick(['v', 'k', 'x'])})`);
    case 2:
      return { flink: `SUM(v)${filter}`, duckdb: `CAST(SUM(v)${filter} AS INTEGER)` };
    case 3:
      return same(random.pick(['SUM(x)', 'AVG(x)']));
    case 4:
      return same(`${random.pick(['MIN', 'MAX'])}(${random.pick(['v', 'x', 'k'])})`);
    case 5:
      return same(`COUNT(DISTINCT ${random.pick(['v', 'k'])})`);
    case 6:
      return {
        flink: `AVG(v)${filter}`,
        duckdb: `CAST(SUM(v)${filter} // CAST(NULLIF(COUNT(v)${filter}, 0) AS HUGEINT) AS INTEGER)`,
      };
    case 7:
      return { flink: 'FIRST_VALUE(v)', duckdb: 'FIRST(v ORDER BY id) FILTER (WHERE v IS NOT NULL)' };
    case 8:
      return { flink: 'LAST_VALUE(x)', duckdb: 'LAST(x ORDER BY id) FILTER (WHERE x IS NOT NULL)' };
    default:
      return { flink: "LISTAGG(k, '+')", duckdb: "STRING_AGG(k, '+' ORDER BY id)" };
  }
}

interface WindowQuery {
  readonly flink: string;
  readonly duckdb: string;
}

function windowQuery(
  random: RandomSource,
  shape: WindowShape,
  options: { keyed: boolean; ordered: boolean },
): WindowQuery {
  const legacy = shape.kind !== 'cumulate' && !('offsetMs' in shape && shape.offsetMs !== 0) && random.chance(40);
  const keys = options.keyed ? ['k'] : [];
  const aggregates = Array.from({ length: 1 + random.below(3) }, () => randomAggregate(random, options.ordered));
  const columns = (side: keyof Aggregate): string => aggregates.map((one, i) => `${one[side]} AS c${i}`).join(', ');
  const { from, groupBy, start, end } = windowSql(shape, keys, legacy);
  const key = options.keyed ? ['k'] : [];
  return {
    flink: `SELECT ${[start, end, ...key].join(', ')}, ${columns('flink')} FROM ${from} GROUP BY ${groupBy}`,
    duckdb: `SELECT ${['s', 'e', ...key].join(', ')}, ${columns('duckdb')} FROM members JOIN rows USING (id) GROUP BY ${['s', 'e', ...key].join(', ')}`,
  };
}

describe('windows whose rows all come in time equal a batch', () => {
  test.each(seeds)('seed %i', async (seed) => {
    const random = new RandomSource(seed);
    for (let q = 0; q < QUERIES_PER_SEED; q++) {
      const retracts = random.chance(25);
      const disorderMs = random.pick([0, 500, 4000]);
      const grainMs = random.pick([1, 250, 500]);
      const stream = randomStream(random, { length: 5 + random.below(120), disorderMs, retracts, grainMs });
      const shape: WindowShape =
        !retracts && random.chance(30)
          ? { kind: 'session', gapMs: random.pick([250, 1000, 2500]) }
          : randomShape(random);
      const keyed = random.chance(70);
      const life = randomLife(random, retracts ? 1 : undefined);
      const { flink: sql, duckdb: batch } = windowQuery(random, shape, {
        keyed,
        ordered: !retracts && life.splits === 1,
      });
      const delayMs = disorderMs + random.pick([0, 1, 2000]);
      const { windows } = takeRowByRow(shape, stream.rows, { delayMs: Infinity, keyed });
      await oracle.fill('rows', stream.rows);
      await oracle.fillMembers(windows);
      const byKey = retracts && random.chance(50);
      const table = byKey ? streamTableByKey('t', stream, delayMs) : streamTable('t', stream, delayMs, retracts);
      const result = await runStream(sql, [table], life, random);
      same(accumulated(result), await oracle.rows(batch), { sql, life });
      same(lateRows(result), 0, { sql, life });
    }
  });
});

describe('rows that come too late are those of the definition', () => {
  test.each(seeds)('seed %i', async (seed) => {
    const random = new RandomSource(seed + 1_000_000);
    for (let q = 0; q < QUERIES_PER_SEED; q++) {
      const grainMs = random.pick([1, 250, 500]);
      const stream = randomStream(random, {
        length: 5 + random.below(120),
        disorderMs: 6000,
        retracts: false,
        grainMs,
      });
      const shape: WindowShape = random.chance(30)
        ? { kind: 'session', gapMs: random.pick([250, 1000, 2500]) }
        : randomShape(random);
      const keyed = random.chance(70);
      const delayMs = random.pick([0, 1, 500, 1500]);
      const life = randomLife(random, 1);
      const { flink: sql, duckdb: batch } = windowQuery(random, shape, { keyed, ordered: true });
      const { windows, late } = takeRowByRow(shape, stream.rows, { delayMs, keyed });
      await oracle.fill('rows', stream.rows);
      await oracle.fillMembers(windows);
      const result = await runStream(sql, [streamTable('t', stream, delayMs)], life, random);
      same(accumulated(result), await oracle.rows(batch), { sql, life });
      same(lateRows(result), late.length, { sql, life });
    }
  });

  test.each(seeds)('of several splits, every row is in a window or counted, seed %i', async (seed) => {
    const random = new RandomSource(seed + 2_000_000);
    const stream = randomStream(random, { length: 150, disorderMs: 6000, retracts: false, grainMs: 250 });
    const life = randomLife(random, 2 + random.below(2));
    const { from, groupBy } = windowSql(randomShape(random, 'tumble'), ['k'], false);
    const sql = `SELECT COUNT(*) AS n FROM ${from} GROUP BY ${groupBy}`;
    const result = await runStream(sql, [streamTable('t', stream, 0)], life, random);
    const counted = result.changes.reduce((sum, [, [n]]) => sum + Number(n), 0);
    same(counted + lateRows(result), stream.rows.length, { sql, life });
  });
});

/** LIMIT ends a query over an input without end, and only what feeds nothing else. */
import { expect, test } from 'vitest';
import { ScriptFeeds, scriptConnector } from '../../../src/connectors/script/index.ts';
import { Engine } from '../../../src/engine.ts';
import { fakePlatform } from '../../../src/platform/fake-platform.ts';
import type { GraphSnapshot } from '../../../src/runtime/graph-content.ts';
import { type Vector, getValue } from '../../../src/types/vector.ts';

const ENDLESS = `CREATE TABLE endless (id BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
  WITH ('connector' = 'datagen', 'rows-per-second' = '1000000')`;

async function run(sql: string, parallelism = 1, restoreFrom: GraphSnapshot | null = null) {
  const platform = fakePlatform({ startMs: Date.UTC(2024, 0, 1) });
  const feeds = new ScriptFeeds();
  const session = new Engine(platform, [scriptConnector(feeds)]).openSession();
  session.settings.set('parallelism.default', String(parallelism));
  const nothing = { target: () => ({ write: () => {} }) };
  await session.executeSql(ENDLESS, nothing);
  await session.executeSql("CREATE TABLE fed (id INT) WITH ('connector' = 'script')", nothing);
  await session.executeSql("CREATE TABLE hole (id BIGINT) WITH ('connector' = 'blackhole')", nothing);
  const rows: unknown[] = [];
  const result = await session.executeSql(sql, {
    restoreFrom,
    target: ({ schema }) => ({
      write: (batch) => {
        for (let i = 0; i < batch.length; i++) {
          rows.push(schema.map(({ type }, c) => getValue(batch.vectors[c] as Vector, i, type)));
        }
      },
    }),
  });
  if (result.kind !== 'query' && result.kind !== 'insert') throw new Error('no job');
  return { rows, job: result.job, platform, feed: feeds.feed(session.catalog.path(['fed'])) };
}

/** The status once it is over; the clock goes on for the source. */
async function outcome({ job, platform }: Awaited<ReturnType<typeof run>>) {
  for (let turn = 0; turn < 1000 && job.status === 'running'; turn++) await platform.clock.advance(1);
  const { status } = job;
  await job.stop();
  return { status, rowsOut: job.counters['rows_out'] };
}

test.each([1, 3])('a query and an INSERT end when the limit is reached, parallelism %i', async (parallelism) => {
  const query = await run('SELECT id FROM endless LIMIT 5', parallelism);
  expect(await outcome(query)).toEqual({ status: 'finished', rowsOut: 5 });
  const insert = await run('INSERT INTO hole SELECT id FROM endless LIMIT 7 OFFSET 2', parallelism);
  expect(await outcome(insert)).toEqual({ status: 'finished', rowsOut: 7 });
});

test('what stands on the limited rows sees the end of time', async () => {
  const counts = await run(
    `SELECT SUM(n) FROM (SELECT COUNT(*) AS n FROM (SELECT * FROM endless LIMIT 4)
     GROUP BY TUMBLE(ts, INTERVAL '10' SECOND))`,
  );
  expect((await outcome(counts)).status).toBe('finished');
  expect(counts.rows.at(-1)).toEqual([4n]);
});

test('another branch goes on, while the source of the limited one stops', async () => {
  const union = await run(
    'SELECT id FROM (SELECT id FROM endless LIMIT 3) UNION ALL SELECT CAST(id AS BIGINT) FROM fed',
  );
  await union.platform.clock.advance(50);
  const before = union.job.counters['rows_in'];
  await union.platform.clock.advance(50);
  expect(union.job.counters['rows_in']).toBe(before);
  expect(union.job.status).toBe('running');
  union.feed.rows.push({ kind: 0, values: { id: 9 } });
  union.feed.ended = true;
  expect(await outcome(union)).toEqual({ status: 'finished', rowsOut: 4 });
});

test('after a restore the limited branch is still over', async () => {
  const sql = 'SELECT id FROM (SELECT id FROM endless LIMIT 3) UNION ALL SELECT CAST(id AS BIGINT) FROM fed';
  const first = await run(sql);
  await first.platform.clock.advance(50);
  const taken = first.job.snapshot();
  await first.platform.clock.advance(50);
  await first.job.stop();
  const second = await run(sql, 1, structuredClone(await taken));
  await second.platform.clock.advance(50);
  expect(second.job.status).toBe('running');
  second.feed.rows.push({ kind: 0, values: { id: 9 } });
  second.feed.ended = true;
  expect((await outcome(second)).status).toBe('finished');
  expect(second.rows).toEqual([[9n]]);
});

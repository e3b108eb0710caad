/**
 * SQL over real topics, from records to windows to records: what comes out is what a model makes of what went in, with a
 * partition that is idle, keys, tombstones and metadata.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../src/engine.ts';
import { type KafkaServer, startKafka } from '../servers/kafka.ts';
import { createTopic, produce } from '../servers/kafka-data.ts';
import { optionsOf, readTable } from './kafka-reading.ts';

let server: KafkaServer;
beforeAll(async () => {
  server = await startKafka();
});
afterAll(async () => {
  await server.close();
});

const withOptions = (options: Readonly<Record<string, string>>): string =>
  Object.entries({ 'properties.bootstrap.servers': server.bootstrap, ...options })
    .map(([key, value]) => `'${key}' = '${value}'`)
    .join(', ');

interface Bid {
  readonly partition: number;
  readonly channel: string;
  readonly atMs: number;
}

/** Three of four partitions hold bids, in the order of their times. */
const BIDS: readonly Bid[] = Array.from({ length: 6000 }, (_, i) => ({
  partition: i % 3,
  channel: `c${(i * 7919) % 5}`,
  atMs: 1_700_000_000_000 + i * 13,
}));

const windowOf = (atMs: number): string =>
  new Date(Math.floor(atMs / 10_000) * 10_000).toISOString().slice(0, 19).replace('T', ' ');

test('windows over four partitions, one idle, to a topic', async () => {
  await createTopic(server, 'bids', { partitions: 4, settings: { 'retention.ms': '-1' } });
  await createTopic(server, 'counts', { settings: { 'retention.ms': '-1' } });
  const records = BIDS.map(({ partition, channel, atMs }) => ({
    partition,
    value: JSON.stringify({ channel, seconds: atMs / 1000 }),
    timestamp: String(atMs),
  }));
  await produce(server, 'bids', records, { codec: 'zstd', batchSize: 500 });
  const engine = new Engine();
  const jobs = await engine.openSession().executeScript(`
    CREATE TABLE bids (
      channel STRING, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', \`partition\` INT METADATA VIRTUAL,
      WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
    ) WITH (${withOptions({
      connector: 'kafka',
      topic: 'bids',
      'scan.startup.mode': 'earliest-offset',
      format: 'json',
      'scan.watermark.idle-timeout': '1 s',
    })});
    CREATE TABLE counts (window_start STRING, channel STRING, bids BIGINT, partitions BIGINT) WITH (${withOptions({
      connector: 'kafka',
      topic: 'counts',
      format: 'json',
    })});
    INSERT INTO counts SELECT DATE_FORMAT(window_start, 'yyyy-MM-dd HH:mm:ss'), channel, COUNT(*), COUNT(DISTINCT \`partition\`)
    FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, channel;`);
  // The windows that the watermark has passed; the last one stays open.
  const lastMs = (BIDS.at(-1) as Bid).atMs;
  const closed = BIDS.filter(({ atMs }) => Math.floor(atMs / 10_000) * 10_000 + 10_000 <= lastMs - 1100);
  const expected = [...Map.groupBy(closed, ({ atMs, channel }) => `${windowOf(atMs)} ${channel}`)].map(
    ([key, bids]) => `${key} ${bids.length} ${new Set(bids.map(({ partition }) => partition)).size}`,
  );
  expect(expected.length).toBe(35);
  const read = async (): Promise<string[]> => {
    const found = await readTable({ options: optionsOf(server, 'counts', { 'scan.bounded.mode': 'latest-offset' }) });
    return found.map(({ value }) => {
      const row = JSON.parse(value ?? '') as {
        window_start: string;
        channel: string;
        bids: number;
        partitions: number;
      };
      return `${row.window_start} ${row.channel} ${row.bids} ${row.partitions}`;
    });
  };
  for (let tries = 0; tries < 100 && (await read()).length < expected.length; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect((await read()).toSorted()).toEqual(expected.toSorted());
  expect(jobs[0]?.status).toBe('running');
  await jobs[0]?.stop();
});

test('a topic as a table with a key: updates and tombstones in, the table out', async () => {
  await createTopic(server, 'customers', { partitions: 2 });
  const records = Array.from({ length: 900 }, (_, i) => {
    const id = (i * 31) % 100;
    return {
      key: JSON.stringify({ id }),
      partition: id % 2,
      value: i % 9 === 4 ? null : JSON.stringify({ id, name: `n${i}` }),
    };
  });
  await produce(server, 'customers', records, { batchSize: 100 });
  const table = new Map<number, string>();
  for (const { key, value } of records) {
    const { id } = JSON.parse(key) as { id: number };
    if (value === null) table.delete(id);
    else table.set(id, (JSON.parse(value) as { name: string }).name);
  }
  const session = new Engine().openSession();
  await session.executeScript(`
    CREATE TABLE customers (id BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH (${withOptions({
      connector: 'upsert-kafka',
      topic: 'customers',
      'key.format': 'json',
      'value.format': 'json',
      'scan.bounded.mode': 'latest-offset',
    })});`);
  const rows = await session.query<{ n: bigint; low: bigint }>('SELECT COUNT(*) AS n, SUM(id) AS low FROM customers');
  let last: unknown;
  for await (const change of rows) last = change;
  const ids = [...table.keys()];
  expect(JSON.stringify(last, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))).toContain(
    `"n":${ids.length},"low":${ids.reduce((sum, id) => sum + id, 0)}`,
  );
});

/**
 * A source goes on by itself after what brokers do to it: restarts, half a minute of absence, partitions and topics that
 * appear. What it cannot make good it says: records purged before they were read, a topic that is gone or another one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../servers/kafka.ts';
import { createTopic, produce, purgeRecords, withAdmin } from '../servers/kafka-data.ts';
import { type OpenTable, openTable, optionsOf } from './kafka-reading.ts';

let server: KafkaServer;
beforeAll(async () => {
  server = await startKafka();
});
afterAll(async () => {
  await server.close();
});

const numbered = (first: number, count: number, partition = 0): { partition: number; value: string }[] =>
  Array.from({ length: count }, (_, i) => ({ partition, value: String(first + i) }));
const valuesOf = ({ records }: OpenTable): (string | null)[] => records.map(({ value }) => value);

test.each([
  ['stopped', 30_000],
  ['killed', 3_000],
] as const)(
  'a broker %s for %i ms: reading goes on where it was',
  async (how, ms) => {
    const topic = `away-${how}`;
    await createTopic(server, topic, { partitions: 2 });
    await produce(server, topic, [...numbered(0, 100), ...numbered(100, 100, 1)]);
    const table = openTable({ options: optionsOf(server, topic, { 'properties.request.timeout.ms': '5000' }) });
    await table.until((all) => all.length === 200);
    await (how === 'stopped' ? server.stop() : server.kill());
    const back = Date.now() + ms;
    // Asked for meanwhile, it has nothing and does not fail.
    await table.until(() => Date.now() > back, ms + 5000);
    expect(table.records.length).toBe(200);
    expect(table.source.gauges?.()['unreachable']).toBe(2);
    await server.start();
    await produce(server, topic, [...numbered(200, 100), ...numbered(300, 100, 1)]);
    await table.until((all) => all.length >= 400, 30_000);
    expect(
      valuesOf(table)
        .map(Number)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: 400 }, (_, i) => i));
    expect(table.source.gauges?.()).toMatchObject({ unreachable: 0, lag: 0 });
    await table.close();
  },
  120_000,
);

test('a broker that restarts while much is read', async () => {
  const topic = 'busy';
  await createTopic(server, topic, { partitions: 3 });
  const count = 30_000;
  for (const partition of [0, 1, 2])
    await produce(server, topic, numbered(partition * 10_000, 10_000, partition), { codec: 'lz4' });
  const options = optionsOf(server, topic, { 'properties.max.partition.fetch.bytes': '2000' });
  const table = openTable({ options, chunk: 50 });
  await table.until((all) => all.length > 5000);
  await server.kill();
  const restarted = server.start();
  await table.until((all) => all.length >= count, 60_000);
  await restarted;
  expect(
    valuesOf(table)
      .map(Number)
      .toSorted((a, b) => a - b),
  ).toEqual(Array.from({ length: count }, (_, i) => i));
  await table.close();
}, 120_000);

test('a topic that gains a partition, a pattern that gains a topic: read from their beginning', async () => {
  await createTopic(server, 'grow-a');
  await produce(server, 'grow-a', numbered(0, 10));
  const { topic: _, ...options } = optionsOf(server, '', {
    'topic-pattern': 'grow-.*',
    'scan.topic-partition-discovery.interval': '300 ms',
    'scan.startup.mode': 'latest-offset',
  });
  const table = openTable({ options });
  await table.until((all) => all.length > 0, 1000).catch(() => {});
  expect(table.records).toEqual([]);
  await withAdmin(server, (admin) => admin.createPartitions({ topicPartitions: [{ topic: 'grow-a', count: 2 }] }));
  await produce(server, 'grow-a', [...numbered(10, 5), ...numbered(20, 5, 1)]);
  await createTopic(server, 'grow-b');
  await produce(server, 'grow-b', numbered(30, 5));
  await table.until((all) => all.length >= 15);
  expect(
    valuesOf(table)
      .map(Number)
      .toSorted((a, b) => a - b),
  ).toEqual([10, 11, 12, 13, 14, 20, 21, 22, 23, 24, 30, 31, 32, 33, 34]);
  await table.close();
}, 60_000);

test('records purged before they were read: an error that says which, or the reset that was asked for', async () => {
  const topic = 'purged';
  await createTopic(server, topic);
  await produce(server, topic, numbered(0, 100));
  const first = openTable({ options: optionsOf(server, topic), chunk: 10 });
  await first.until((all) => all.length === 100);
  const positions = new Map(
    [...first.positions()].map(([split]) => [split, { ...(first.positions().get(split) as object), offset: 30 }]),
  );
  await first.close();
  await purgeRecords(server, topic, 60);
  const failing = openTable({ options: optionsOf(server, topic), positions });
  await expect(failing.until(() => false)).rejects.toMatchObject({
    code: 'data_lost',
    message: 'records of "purged" partition 0 were purged before they were read',
    detail: 'Offsets 30 to 59 are gone; the first that is left is 60, the end is 100.',
  });
  await failing.close();
  const earliest = openTable({
    options: optionsOf(server, topic, { 'properties.auto.offset.reset': 'earliest' }),
    positions,
  });
  await earliest.until((all) => all.length >= 40);
  expect(valuesOf(earliest)).toEqual(numbered(60, 40).map(({ value }) => value));
  expect(earliest.source.gauges?.()['purged']).toBe(30);
  await earliest.close();
  const latest = openTable({
    options: optionsOf(server, topic, { 'properties.auto.offset.reset': 'latest' }),
    positions,
  });
  await latest.until(() => latest.source.gauges?.()['purged'] === 70);
  await produce(server, topic, numbered(100, 1));
  await latest.until((all) => all.length > 0);
  expect(valuesOf(latest)).toEqual(['100']);
  await latest.close();
}, 60_000);

test('retention that purges under a reader', async () => {
  const topic = 'retention';
  const settings = { 'segment.bytes': '1048576', 'retention.bytes': '1048576', 'file.delete.delay.ms': '100' };
  await createTopic(server, topic, { settings });
  const wide = (first: number, count: number) =>
    numbered(first, count).map((one) => ({ ...one, value: one.value.padEnd(1000, ' ') }));
  await produce(server, topic, wide(0, 10));
  const options = optionsOf(server, topic, { 'properties.max.partition.fetch.bytes': '2000' });
  const table = openTable({ options, chunk: 2 });
  await table.until((all) => all.length >= 2);
  await produce(server, topic, wide(10, 6000));
  await sleep(3000);
  await expect(table.until(() => false, 30_000)).rejects.toMatchObject({ code: 'data_lost' });
  await table.close();
}, 60_000);

test('a topic that is deleted, and one that is created anew under its name', async () => {
  await createTopic(server, 'gone');
  await produce(server, 'gone', numbered(0, 10));
  const table = openTable({ options: optionsOf(server, 'gone') });
  await table.until((all) => all.length === 10);
  const positions = table.positions();
  await withAdmin(server, (admin) => admin.deleteTopics({ topics: ['gone'] }));
  await expect(table.until(() => false, 40_000)).rejects.toMatchObject({
    code: 'data_lost',
    message: '"gone" partition 0 does not exist any more',
  });
  await table.close();
  await createTopic(server, 'gone');
  await produce(server, 'gone', numbered(50, 20));
  const failing = openTable({ options: optionsOf(server, 'gone'), positions });
  await expect(failing.until(() => false)).rejects.toMatchObject({
    code: 'data_lost',
    message: 'topic "gone" was deleted and created anew',
  });
  await failing.close();
  const reset = openTable({
    options: optionsOf(server, 'gone', { 'properties.auto.offset.reset': 'earliest' }),
    positions,
  });
  await reset.until((all) => all.length >= 20);
  expect(valuesOf(reset)).toEqual(numbered(50, 20).map(({ value }) => value));
  await reset.close();
}, 90_000);

test('an offset behind the end', async () => {
  await createTopic(server, 'short');
  await produce(server, 'short', numbered(0, 5));
  const options = optionsOf(server, 'short', {
    'scan.startup.mode': 'specific-offsets',
    'scan.startup.specific-offsets': 'partition:0,offset:77',
  });
  const table = openTable({ options });
  await expect(table.until(() => false)).rejects.toMatchObject({
    code: 'data_lost',
    message: 'offset 77 of "short" partition 0 is behind the end of the partition',
    detail: 'It holds offsets 0 to 4: its end was lost, or the offset is of another topic.',
  });
  await table.close();
});

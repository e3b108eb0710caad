/** The source against brokers that do what one real broker alone cannot: elections, silence, answers at a chosen moment. */
import { expect, test } from 'vitest';
import type { RecordReader, Source } from '../../../../src/connectors/connector.ts';
import { kafka } from '../../../../src/connectors/kafka/index.ts';
import { type FakePlatform, fakePlatform } from '../../../../src/platform/fake-platform.ts';
import { openSource, testContext } from '../rows.ts';
import { batchOf, recordsOf } from './batches.ts';
import { FakeCluster } from './fake-cluster.ts';

class Run {
  readonly platform: FakePlatform = fakePlatform();
  readonly cluster: FakeCluster;
  readonly source: Source;
  readonly readers: RecordReader[] = [];
  /** How often the listener was called. */
  wakes = 0;

  constructor(leaders: readonly number[], options: Readonly<Record<string, string>> = {}) {
    this.cluster = new FakeCluster(this.platform, leaders);
    const all = {
      topic: 'topic',
      'properties.bootstrap.servers': 'broker-1:9092,broker-2:9092',
      'scan.startup.mode': 'earliest-offset',
      ...options,
    };
    this.source = openSource(kafka, [], all, testContext(1, this.platform));
    this.source.onData?.(() => this.wakes++);
  }

  async open(): Promise<this> {
    for (const split of await this.soon(this.source.listSplits())) {
      const opening = this.source.open({ split, position: null, columns: [], readsKey: false });
      this.readers.push((await this.soon(opening)) as RecordReader);
    }
    return this;
  }

  /** Lets time pass until a promise settles. */
  async soon<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false };
    const done = promise.finally(() => (state.settled = true));
    done.catch(() => {});
    for (let step = 0; !state.settled && step < 2000; step++) await this.platform.clock.advance(10);
    return done;
  }

  /** The values that are there now. */
  read(reader = 0): (string | null)[] | 'idle' | 'end' {
    const chunk = (this.readers[reader] as RecordReader).read(100);
    return typeof chunk === 'string' ? chunk : recordsOf(chunk).map(({ value }) => value);
  }

  /** Lets time pass until there is something, at most so long. */
  async until(ms: number, reader = 0): Promise<(string | null)[] | 'idle' | 'end'> {
    for (let passed = 0; passed < ms; passed += 10) {
      const read = this.read(reader);
      if (read !== 'idle') return read;
      await this.platform.clock.advance(10);
    }
    return this.read(reader);
  }
}

test('a partition whose leader changes is read on from the new one', async () => {
  const run = await new Run([1]).open();
  run.cluster.append(0, await batchOf([{ value: 'a' }]), 1);
  expect(await run.until(1000)).toEqual(['a']);
  (run.cluster.partitions[0] as { leader: number }).leader = 2;
  run.cluster.append(0, await batchOf([{ value: 'b' }], { offset: 1 }), 2);
  expect(await run.until(5000)).toEqual(['b']);
  expect(run.cluster.fetches.at(-1)).toMatchObject({ node: 2 });
  await run.source.close();
});

test('brokers without topic ids are asked by name', async () => {
  const run = new Run([1]);
  run.cluster.topicId = '0'.repeat(32);
  await run.open();
  run.cluster.append(0, await batchOf([{ value: 'a' }]), 1);
  expect(await run.until(1000)).toEqual(['a']);
  expect(run.cluster.fetches[0]?.partitions[0]?.topicId).toBe('topic');
  await run.source.close();
});

test.each([
  ['LEADER_NOT_AVAILABLE', 5],
  ['UNKNOWN_TOPIC_ID', 100],
  ['FENCED_LEADER_EPOCH', 74],
  ['KAFKA_STORAGE_ERROR', 56],
])('%s passes', async (_, code) => {
  const run = await new Run([1]).open();
  run.cluster.refusals.set(1, code);
  run.cluster.append(0, await batchOf([{ value: 'a' }]), 1);
  expect(await run.until(3000)).toBe('idle');
  expect(run.cluster.fetches.length).toBeLessThan(20);
  run.cluster.refusals.clear();
  expect(await run.until(3000)).toEqual(['a']);
  await run.source.close();
});

test('a refusal that does not pass is an error of its kind', async () => {
  const run = await new Run([1]).open();
  run.cluster.refusals.set(1, 29);
  await expect(run.until(1000)).rejects.toMatchObject({
    code: 'authorization_failed',
    message: 'cannot read "topic" partition 0: the broker answers TOPIC_AUTHORIZATION_FAILED',
  });
  await run.source.close();
});

test('a broker that does not answer is given up after the time-out, and asked again', async () => {
  const run = await new Run([1], { 'properties.request.timeout.ms': '2000' }).open();
  run.cluster.silent.add(1);
  run.cluster.append(0, await batchOf([{ value: 'a' }]), 1);
  expect(await run.until(2000)).toBe('idle');
  run.cluster.silent.clear();
  expect(await run.until(5000)).toEqual(['a']);
  await run.source.close();
});

test('a broker that cannot be reached is tried with growing waits; the gauge says so', async () => {
  const run = await new Run([1]).open();
  await run.until(500);
  run.cluster.stop(1);
  run.cluster.stop(2);
  expect(await run.until(90_000)).toBe('idle');
  expect(run.source.gauges?.()['unreachable']).toBe(1);
  run.cluster.start(1);
  run.cluster.start(2);
  run.cluster.append(0, await batchOf([{ value: 'a' }]), 1);
  expect(await run.until(3000)).toEqual(['a']);
  expect(run.source.gauges?.()).toMatchObject({ unreachable: 0, lag: 0 });
  await run.source.close();
});

test('brokers are asked at once for what is hungry while another partition is full', async () => {
  const run = new Run([1, 1], { 'properties.max.partition.fetch.bytes': '50' });
  for (let i = 0; i < 4; i++) run.cluster.append(0, await batchOf([{ value: `a${i}` }], { offset: i }), i + 1);
  await run.open();
  await run.platform.clock.advance(100);
  const { fetches } = run.cluster;
  const sinceFull = fetches.slice(1);
  expect(sinceFull.length).toBeGreaterThan(1);
  // Partition 0 holds enough: only 1 is asked for, and the broker must not wait.
  for (const fetch of sinceFull) expect(fetch).toMatchObject({ maxWaitMs: 0, partitions: [{ partition: 1 }] });
  expect(sinceFull.length).toBeLessThan(15);
  const before = fetches.length;
  expect(run.read(0)).toEqual(['a0']);
  await run.platform.clock.advance(1);
  expect(fetches[before]?.partitions.map(({ partition }) => partition).toSorted()).toEqual([0, 1]);
  await run.source.close();
});

test('what is not read is not fetched without end', async () => {
  const run = new Run([1, 1], { 'properties.max.partition.fetch.bytes': '500', 'properties.fetch.max.bytes': '800' });
  for (let i = 0; i < 100; i++) {
    const batch = await batchOf([{ value: 'x'.repeat(200) }], { offset: i });
    for (const partition of [0, 1]) run.cluster.append(partition, batch, i + 1);
  }
  await run.open();
  await run.platform.clock.advance(10_000);
  // A batch has some 270 bytes, and the one that fills a partition or all of them is the last.
  expect(run.source.gauges?.()['buffered_bytes']).toBeGreaterThan(500);
  expect(run.source.gauges?.()['buffered_bytes']).toBeLessThan(800 + 2 * 300);
  const { length } = run.cluster.fetches;
  await run.platform.clock.advance(10_000);
  expect(run.cluster.fetches.length).toBe(length);
  let count = 0;
  for (const reader of [0, 1]) {
    for (let read = await run.until(1000, reader); read !== 'idle'; read = await run.until(1000, reader))
      count += read.length;
  }
  expect(count).toBe(200);
  await run.source.close();
});

test('a topic that is gone is an error after a while, one created anew is another topic', async () => {
  const gone = await new Run([1]).open();
  gone.cluster.exists = false;
  gone.cluster.refusals.set(1, 100);
  expect(await gone.until(10_000)).toBe('idle');
  await expect(gone.until(20_000)).rejects.toMatchObject({ code: 'data_lost' });
  await gone.source.close();
  const anew = await new Run([1]).open();
  await anew.until(100);
  anew.cluster.topicId = 'cd'.repeat(16);
  anew.cluster.refusals.set(1, 100);
  await expect(anew.until(5000)).rejects.toMatchObject({ message: 'topic "topic" was deleted and created anew' });
  await anew.source.close();
});

test('closing ends everything: no timer, no request afterwards', async () => {
  const run = await new Run([1, 2]).open();
  await run.until(100);
  await run.source.close();
  await run.platform.clock.advance(60_000);
  const { length } = run.cluster.fetches;
  await run.platform.clock.advance(600_000);
  expect(run.cluster.fetches.length).toBe(length);
  expect(run.platform.clock.pending).toBe(0);
});

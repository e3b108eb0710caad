import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Codec } from '../../../../../src/connectors/kafka/produce/compression.ts';
import type { PartitionQueue, TopicQueues } from '../../../../../src/connectors/kafka/produce/partition-queue.ts';
import { Producer, type ProducerOptions } from '../../../../../src/connectors/kafka/produce/producer.ts';
import type { ProducerSettings } from '../../../../../src/connectors/kafka/produce/producer-settings.ts';
import { ManualClock } from '../../../../../src/platform/manual-clock.ts';
import { SeededRandom } from '../../../../../src/platform/seeded-random.ts';
import { FakeCluster, type Fault } from './fake-cluster.ts';
import { numberRows } from './rows.ts';

const SETTINGS: ProducerSettings = {
  batchBytes: 200,
  lingerMs: 5,
  maxRequestBytes: 1000,
  maxInFlight: 5,
  bufferBytes: 1500,
  acks: -1,
  requestTimeoutMs: 30_000,
  deliveryTimeoutMs: 120_000,
  retries: 1000,
  retryBackoffMs: 10,
  retryBackoffMaxMs: 100,
  metadataMaxAgeMs: 300_000,
};

interface Bench {
  readonly clock: ManualClock;
  readonly cluster: FakeCluster;
  readonly producer: Producer;
  readonly topic: TopicQueues;
  /** Runs timers until the promise is settled. */
  until<T>(promise: Promise<T> | T): Promise<T>;
}

async function bench(
  partitions: number,
  nextFault: () => Fault = () => 'none',
  settings: Partial<ProducerSettings> = {},
  more: Partial<ProducerOptions> = {},
): Promise<Bench> {
  const clock = new ManualClock();
  const cluster = new FakeCluster(clock, partitions, nextFault);
  const random = new SeededRandom(1);
  const producer = new Producer({
    link: cluster,
    clock,
    random: () => random.next(),
    settings: { ...SETTINGS, ...settings },
    codec: null,
    crc32c: (bytes, initial) => crc32c(bytes, initial),
    identities: cluster.identities,
    ...more,
  });
  const until = async <T>(promise: Promise<T> | T): Promise<T> => {
    const state = { settled: false };
    const watched = Promise.resolve(promise).finally(() => (state.settled = true));
    watched.catch(() => {});
    for (let steps = 0; steps < 200_000; steps++) {
      if (state.settled) return watched;
      if (!(await clock.advanceToNext())) await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error('nothing happens any more');
  };
  return { clock, cluster, producer, topic: await until(producer.openTopic('t')), until };
}

/** Appends numbers to their partition, a few at a time, and waits where the producer asks for it. */
async function write({ producer, topic, until }: Bench, numbers: readonly number[], atATime = 7): Promise<void> {
  for (let at = 0; at < numbers.length; at += atATime) {
    const some = numbers.slice(at, at + atATime);
    const rows = numberRows(some);
    some.forEach((n, i) => {
      const queue = topic.partitions[n % topic.partitions.length] as PartitionQueue;
      while (!producer.append(queue, rows, i));
    });
    await until(producer.settle());
  }
}

const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const expectedLog = (numbers: readonly number[], partition: number, partitions: number): string[] =>
  numbers.filter((n) => n % partitions === partition).map(String);

describe('whatever fails in between', () => {
  const faults: fc.Arbitrary<Fault> = fc.constantFrom('lost request', 'lost answer', 'refused', 'late', 'moved');
  const plan = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant<Fault>('none') }, faults), { maxLength: 60 });

  test('each record is in the log once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        plan,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 5 }),
        async (list, partitions, maxInFlight) => {
          const faultsLeft = [...list];
          const one = await bench(partitions, () => faultsLeft.shift() ?? 'none', { maxInFlight });
          const numbers = numbersTo(300);
          await write(one, numbers);
          await one.until(one.producer.flush());
          one.cluster.logs.forEach(({ values }, p) => expect(values).toEqual(expectedLog(numbers, p, partitions)));
          expect(one.producer.gauges()['unacknowledged_bytes']).toBe(0);
          expect(one.producer.gauges()['acknowledged_records']).toBe(300);
          // To each of two nodes.
          expect(one.cluster.maxInFlight).toBeLessThanOrEqual(2 * maxInFlight);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a producer that the log has forgotten goes on under another identity, and loses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Fault>('none', 'none', 'forgotten', 'lost answer'), { maxLength: 30 }),
        async (list) => {
          const faultsLeft = [...list];
          const one = await bench(2, () => faultsLeft.shift() ?? 'none');
          const numbers = numbersTo(200);
          await write(one, numbers);
          await one.until(one.producer.flush());
          one.cluster.logs.forEach(({ values }, p) => {
            expect([...new Set(values)].sort()).toEqual(expectedLog(numbers, p, 2).sort());
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  test('batches that the topic finds too large are divided, in order and once', async () => {
    await fc.assert(
      fc.asyncProperty(plan, fc.integer({ min: 75, max: 150 }), async (list, maxBatchBytes) => {
        const faultsLeft = [...list];
        const one = await bench(1, () => faultsLeft.shift() ?? 'none');
        one.cluster.maxBatchBytes = maxBatchBytes;
        await write(one, numbersTo(150));
        await one.until(one.producer.flush());
        expect(one.cluster.logs[0]?.values).toEqual(numbersTo(150).map(String));
      }),
      { numRuns: 150 },
    );
  });
});

test('compressed batches stay in order, too', async () => {
  // On threads it would take time that the clock knows nothing of.
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
    compress: async () => Buffer.alloc(0),
    decompress: async (bytes: Buffer) => zstdDecompressSync(bytes),
  });
  const codec: Codec = { id: 4, compress: async (bytes) => zstdCompressSync(bytes) };
  const one = await bench(2, undefined, {}, { codec });
  await write(one, numbersTo(500));
  await one.until(one.producer.flush());
  one.cluster.logs.forEach(({ values }, p) => expect(values).toEqual(expectedLog(numbersTo(500), p, 2)));
});

test('without acknowledgements everything is sent once', async () => {
  const one = await bench(2, undefined, { acks: 0 }, { identities: null });
  await write(one, numbersTo(100));
  await one.until(one.producer.flush());
  one.cluster.logs.forEach(({ values }, p) => expect(values).toEqual(expectedLog(numbersTo(100), p, 2)));
});

test('a batch that is not full is sent when its first record has waited for the linger', async () => {
  const { producer, topic, clock, cluster } = await bench(1, undefined, { lingerMs: 50 });
  const rows = numberRows([1, 2]);
  producer.append(topic.partitions[0] as never, rows, 0);
  expect(producer.settle()).toBeUndefined();
  await clock.advance(49);
  producer.append(topic.partitions[0] as never, rows, 1);
  expect(producer.settle()).toBeUndefined();
  expect(cluster.requests).toBe(0);
  await clock.advance(10);
  expect(cluster.logs[0]?.values).toEqual(['1', '2']);
});

test('whoever writes waits while too much is not acknowledged', async () => {
  const { producer, topic, clock, cluster } = await bench(1, undefined, { bufferBytes: 300, lingerMs: 1000 });
  const rows = numberRows([1, 2, 3, 4], 90);
  const append = (i: number): void => {
    while (!producer.append(topic.partitions[0] as never, rows, i));
  };
  append(0);
  expect(producer.settle()).toBeUndefined();
  append(1);
  append(2);
  const room = producer.settle();
  expect(room).toBeInstanceOf(Promise);
  let open = false;
  void room?.then(() => (open = true));
  await clock.advance(0);
  expect(open).toBe(false);
  await clock.advance(20);
  expect(open).toBe(true);
  expect(cluster.logs[0]?.values.length).toBeGreaterThan(0);
});

test('what is not acknowledged in time fails, and says why', async () => {
  const one = await bench(1, () => 'refused', { deliveryTimeoutMs: 500 });
  await write(one, [1]);
  await expect(one.until(one.producer.flush())).rejects.toMatchObject({
    code: 'connection_timeout',
    message: '1 records for partition 0 of topic "t" were not acknowledged within 500 ms',
    detail: 'The last attempt ended with: NOT_ENOUGH_REPLICAS.',
  });
  expect(() => one.producer.settle()).toThrow('were not acknowledged');
});

test('after so many attempts it fails with the reason of the last', async () => {
  const one = await bench(1, () => 'refused', { retries: 3 });
  await write(one, [1]);
  await expect(one.until(one.producer.flush())).rejects.toMatchObject({
    code: 'connection_failure',
    message: 'cannot write to partition 0 of topic "t": the broker answers NOT_ENOUGH_REPLICAS',
  });
  expect(one.cluster.requests).toBe(4);
});

test('a record that fits into no request is refused before it is sent', async () => {
  const { producer, topic } = await bench(1);
  const rows = numberRows([1], 2000);
  expect(() => producer.append(topic.partitions[0] as never, rows, 0)).toThrow('is larger than 1000 bytes');
});

test('in a transaction each partition is added once before it is written to, and again in the next', async () => {
  const clock = new ManualClock();
  let transactions = 0;
  const one = await bench(3, undefined, {}, {});
  const { cluster } = one;
  const producer = new Producer({
    link: cluster,
    clock: one.clock,
    random: () => 0,
    settings: SETTINGS,
    codec: null,
    crc32c: (bytes, initial) => crc32c(bytes, initial),
    identities: {
      ...cluster.identities,
      next: async () => ({ ...(await cluster.identities.next()), transactionalId: `t${transactions++}` }),
    },
  });
  const topic = await one.until(producer.openTopic('t'));
  const transactional: Bench = { ...one, clock, producer, topic };
  expect(producer.endTransaction()).toBeNull();
  await write(transactional, numbersTo(60));
  await one.until(producer.flush());
  expect(producer.openTransaction?.transactionalId).toBe('t0');
  expect(producer.endTransaction()).toMatchObject({ transactionalId: 't0' });
  expect(producer.openTransaction).toBeNull();
  expect(producer.endTransaction()).toBeNull();
  await write(transactional, [60, 63]);
  await one.until(producer.flush());
  expect(producer.endTransaction()).toMatchObject({ transactionalId: 't1' });
  expect(cluster.added.flat().sort()).toEqual([0, 0, 1, 2]);
  expect(cluster.logs.flatMap(({ transactional: all }) => all).every(Boolean)).toBe(true);
  expect(cluster.logs[0]?.values.slice(-2)).toEqual(['60', '63']);
});

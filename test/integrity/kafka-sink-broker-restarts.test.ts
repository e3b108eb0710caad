/**
 * A broker that stops in the middle of writing, gently or not: at-least-once loses nothing that a flush has promised,
 * idempotence writes nothing twice, a transaction goes on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sink } from '../../src/connectors/connector.ts';
import { createTopic, readTopic } from '../servers/kafka-data.ts';
import { KAFKA_VERSIONS, type KafkaServer, type KafkaVersion, startKafka } from '../servers/kafka.ts';
import { numbered, openKafkaSink } from '../support/kafka-sink.ts';

const PARTITIONS = 3;
const ROWS_PER_WRITE = 100;

describe.each(Object.keys(KAFKA_VERSIONS) as KafkaVersion[])('Kafka %s', (version) => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    // A killed broker may come back when its old session is over.
    const session = { 'broker.session.timeout.ms': '1500', 'broker.heartbeat.interval.ms': '300' };
    kafka = await startKafka({ version, settings: session });
  });
  afterAll(() => kafka?.close());

  /** Writes rows until told to stop; gives how many. */
  function write(sink: Sink): { stop(): Promise<number> } {
    const state = { stopped: false };
    const work = (async () => {
      let rows = 0;
      while (!state.stopped) {
        await sink.write(numbered(rows, rows + ROWS_PER_WRITE));
        rows += ROWS_PER_WRITE;
        await sleep(1);
      }
      return rows;
    })();
    work.catch(() => {});
    return {
      stop: () => {
        state.stopped = true;
        return work;
      },
    };
  }

  test.each([
    ['kill', 'lz4'],
    ['stop', 'none'],
  ] as const)('%s, codec %s: everything is there, in order, once', async (how, codec) => {
    const topic = `restart-${how}`;
    await createTopic(kafka, topic, { partitions: PARTITIONS });
    const sink = openKafkaSink({
      bootstrap: kafka.bootstrap,
      topic,
      key: ['k'],
      options: { 'properties.compression.type': codec, 'properties.batch.size': '20000' },
    });
    const writing = write(sink);
    for (let k = 0; k < 2; k++) {
      await sleep(300);
      await kafka[how]();
      await sleep(500);
      await kafka.start();
    }
    await sleep(300);
    const rows = await writing.stop();
    await sink.flush();
    expect(sink.gauges?.()['resent_batches']).toBeGreaterThan(0);
    await sink.close(true);
    const read = await readTopic(kafka, topic, rows);
    for (let p = 0; p < PARTITIONS; p++) {
      const numbers = read
        .filter(({ partition }) => partition === p)
        .map(({ value }) => (JSON.parse(value as string) as { readonly n: number }).n);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    expect(read).toHaveLength(rows);
    expect(new Set(read.map(({ value }) => value)).size).toBe(rows);
  });

  test('a transaction goes on where the broker comes back', async () => {
    await createTopic(kafka, 'restart-transaction');
    const sink = openKafkaSink({
      bootstrap: kafka.bootstrap,
      topic: 'restart-transaction',
      options: { 'sink.delivery-guarantee': 'exactly-once', 'sink.transactional-id-prefix': 'restart' },
      checkpointing: true,
    });
    await sink.recover?.([]);
    await sink.write(numbered(0, 500));
    await sink.flush();
    await kafka.kill();
    const restarted = kafka.start();
    await sink.write(numbered(500, 1000));
    const committables = (await sink.prepare?.(1)) ?? [];
    await restarted;
    const stopped = kafka.restart();
    await sink.commit?.(committables);
    await stopped;
    await sink.commit?.(committables);
    await sink.close(true);
    const read = await readTopic(kafka, 'restart-transaction', 1000);
    expect(read.map(({ value }) => (JSON.parse(value as string) as { readonly n: number }).n)).toEqual(
      Array.from({ length: 1000 }, (_, n) => n),
    );
  });

  test('a sink that fails while no broker is there closes soon, and its open transaction is ended by the next', async () => {
    await createTopic(kafka, 'abandoned');
    const options = { 'sink.delivery-guarantee': 'exactly-once', 'sink.transactional-id-prefix': 'abandoned' };
    const open = (): Sink =>
      openKafkaSink({ bootstrap: kafka.bootstrap, topic: 'abandoned', options, checkpointing: true });
    const sink = open();
    await sink.recover?.([]);
    await sink.write(numbered(0, 100));
    await sink.flush();
    await kafka.kill();
    const startMs = Date.now();
    await sink.close(false);
    expect(Date.now() - startMs).toBeLessThan(5000);
    await kafka.start();
    const next = open();
    await next.recover?.([]);
    await next.write(numbered(100, 150));
    await next.commit?.((await next.prepare?.(1)) ?? []);
    await next.close(true);
    const read = await readTopic(kafka, 'abandoned', 50);
    expect(read.map(({ value }) => (JSON.parse(value as string) as { readonly n: number }).n)).toEqual(
      Array.from({ length: 50 }, (_, n) => 100 + n),
    );
  });

  test('a topic that does not exist is created where the broker does that', async () => {
    const sink = openKafkaSink({ bootstrap: kafka.bootstrap, topic: 'made-by-writing' });
    await sink.write(numbered(0, 10));
    await sink.close(true);
    expect(await readTopic(kafka, 'made-by-writing', 10)).toHaveLength(10);
  });

  test('without a broker it says so', async () => {
    const sink = openKafkaSink({
      bootstrap: '127.0.0.1:1',
      topic: 'x',
      options: { 'properties.default.api.timeout.ms': '1000' },
    });
    await expect(sink.write(numbered(0, 10))).rejects.toMatchObject({ code: 'connection_failure', retryable: true });
    await sink.close(false);
  });
});

/**
 * What the Kafka sink writes is what others read: every codec, keys, headers, times, tombstones, by kafkajs and by
 * Kafka's own console consumer, from the newest broker and from 3.9.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { murmur2, partitionOfHash } from '../../src/connectors/kafka/produce/murmur2.ts';
import { BYTES, STRING, map, timestampLtz } from '../../src/types/data-type.ts';
import { CODECS, createTopic, readByConsole, readTopic } from '../servers/kafka-data.ts';
import { KAFKA_VERSIONS, type KafkaServer, type KafkaVersion, startKafka } from '../servers/kafka.ts';
import { ROW, batchOf, numbered, openKafkaSink } from '../support/kafka-sink.ts';

const ROWS = 5000;
const DELETE = 3;
const UPDATE_BEFORE = 1;

describe.each(Object.keys(KAFKA_VERSIONS) as KafkaVersion[])('Kafka %s', (version) => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await startKafka({ version });
  });
  afterAll(() => kafka?.close());

  test.each(CODECS)('codec %s: kafkajs and the console consumer read each row once', async (codec) => {
    const topic = `codec-${codec}`;
    await createTopic(kafka, topic, { partitions: 3 });
    const sink = openKafkaSink({
      bootstrap: kafka.bootstrap,
      topic,
      key: ['k'],
      options: { 'properties.compression.type': codec, 'properties.batch.size': '20000' },
    });
    for (let n = 0; n < ROWS; n += 500) await sink.write(numbered(n, n + 500));
    await sink.flush();
    expect(sink.gauges?.()['acknowledged_records']).toBe(ROWS);
    await sink.close(true);

    const expected = Array.from({ length: ROWS }, (_, n) =>
      JSON.stringify({ n, k: `k${n % 10}`, text: 'x'.repeat(n % 200) }),
    );
    const read = await readTopic(kafka, topic, ROWS);
    expect(read.map(({ value }) => value).sort()).toEqual([...expected].sort());
    for (const { key, value, partition } of read) {
      const { k } = JSON.parse(value as string) as { readonly k: string };
      expect(key).toBe(JSON.stringify({ k }));
      const bytes = Buffer.from(key as string);
      expect(partition).toBe(partitionOfHash(murmur2(bytes, 0, bytes.length), 3));
    }
    // In each partition in the order in which they were written.
    for (const p of [0, 1, 2]) {
      const numbers = read
        .filter(({ partition }) => partition === p)
        .map(({ value }) => (JSON.parse(value as string) as { readonly n: number }).n);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    expect((await readByConsole(kafka, topic)).sort()).toEqual([...expected].sort());
  });

  test.each(['0', '1', 'all'])('with acks = %s each row is written once where nothing fails', async (acks) => {
    const topic = `acks-${acks}`;
    await createTopic(kafka, topic, { partitions: 2 });
    const options = { 'properties.acks': acks, 'properties.batch.size': '5000', 'properties.buffer.memory': '20000' };
    const sink = openKafkaSink({ bootstrap: kafka.bootstrap, topic, options });
    for (let n = 0; n < ROWS; n += 500) await sink.write(numbered(n, n + 500));
    await sink.close(true);
    const read = await readTopic(kafka, topic, ROWS);
    expect(
      read.map(({ value }) => (JSON.parse(value as string) as { readonly n: number }).n).sort((a, b) => a - b),
    ).toEqual(Array.from({ length: ROWS }, (_, n) => n));
  });

  test('headers, times and topics of the row are those of the record', async () => {
    await createTopic(kafka, 'meta-a');
    await createTopic(kafka, 'meta-b');
    const metadata = [
      { name: 't', key: 'topic', type: STRING },
      { name: 'h', key: 'headers', type: map(STRING, BYTES) },
      { name: 'at', key: 'timestamp', type: timestampLtz(3) },
    ];
    const sink = openKafkaSink({ bootstrap: kafka.bootstrap, topic: 'meta-a;meta-b', metadata });
    const from = Date.now();
    await sink.write(
      batchOf(
        [...ROW, ...metadata],
        [
          [
            1,
            'k',
            'x',
            'meta-a',
            [
              ['who', Buffer.from('me')],
              ['none', null],
            ],
            1_600_000_000_123,
          ],
          [2, 'k', 'x', 'meta-b', null, null],
          [3, 'k', 'x', 'meta-a', [], 1_500_000_000_000],
          [
            4,
            'k',
            'x',
            'meta-a',
            [
              ['', Buffer.alloc(0)],
              ['ß', Buffer.from('é')],
            ],
            86_400_000_123,
          ],
        ],
      ),
    );
    await sink.flush();
    const a = await readTopic(kafka, 'meta-a', 3);
    expect(a.map(({ timestamp, headers }) => ({ timestamp, headers }))).toEqual([
      { timestamp: 1_600_000_000_123, headers: { who: 'me' } },
      { timestamp: 1_500_000_000_000, headers: {} },
      { timestamp: 86_400_000_123, headers: { '': '', ß: 'é' } },
    ]);
    const [b] = await readTopic(kafka, 'meta-b', 1);
    expect(b?.timestamp).toBeGreaterThanOrEqual(from);
    expect(b?.timestamp).toBeLessThanOrEqual(Date.now());
    expect(() => sink.write(batchOf([...ROW, ...metadata], [[5, 'k', 'x', 'meta-c', null, null]]))).toThrow(
      'topic "meta-c" is not one of the table\'s',
    );
    await sink.close(false);
  });

  test('a deleted row is a tombstone, -U is left out, the last change of a key is the last record', async () => {
    await createTopic(kafka, 'upsert', { partitions: 2 });
    const sink = openKafkaSink({ bootstrap: kafka.bootstrap, topic: 'upsert', key: ['k'] });
    await sink.write(
      batchOf(
        ROW,
        [
          [1, 'a', 'x'],
          [2, 'b', 'x'],
          [1, 'a', 'x'],
          [3, 'a', 'y'],
          [null, 'b', null],
        ],
        [0, 0, UPDATE_BEFORE, 2, DELETE],
      ),
    );
    await sink.flush();
    await sink.close(true);
    const read = await readTopic(kafka, 'upsert', 4);
    const of = (k: string) =>
      read.filter(({ key }) => key === JSON.stringify({ k })).map(({ value }) => value && JSON.parse(value));
    expect(of('a')).toEqual([
      { n: 1, k: 'a', text: 'x' },
      { n: 3, k: 'a', text: 'y' },
    ]);
    expect(of('b')).toEqual([{ n: 2, k: 'b', text: 'x' }, null]);
    expect(read).toHaveLength(4);
  });

  test('a batch that is larger than the topic takes is divided, a record that is says so', async () => {
    await createTopic(kafka, 'small', { settings: { 'max.message.bytes': '20000' } });
    const sink = openKafkaSink({ bootstrap: kafka.bootstrap, topic: 'small' });
    for (let n = 0; n < 3000; n += 1000) await sink.write(numbered(n, n + 1000));
    await sink.flush();
    const read = await readTopic(kafka, 'small', 3000);
    expect(read.map(({ value }) => (JSON.parse(value as string) as { readonly n: number }).n)).toEqual(
      Array.from({ length: 3000 }, (_, n) => n),
    );
    await sink.write(batchOf(ROW, [[1, 'k', 'y'.repeat(30_000)]]));
    await expect(sink.flush()).rejects.toMatchObject({
      code: 'program_limit_exceeded',
      message: expect.stringContaining('partition 0 of topic "small" is larger than what the topic takes') as string,
    });
    await sink.close(false);
  });
});

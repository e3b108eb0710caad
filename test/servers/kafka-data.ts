/** Topics and records for tests, by kafkajs: a writer that knows nothing of our code. */
import kafkajs, { type Admin, type Kafka, type Message } from 'kafkajs';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import snappy from 'snappy';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KafkaServer, runKafkaTool } from './kafka.ts';

export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof CODECS)[number];

type Bytes = Buffer<ArrayBufferLike>;

const codec = (compress: (bytes: Bytes) => Bytes, decompress: (bytes: Bytes) => Bytes) => () => ({
  compress: async (encoder: { buffer: Buffer }) => compress(encoder.buffer),
  decompress: async (bytes: Buffer) => decompress(bytes),
});
const { CompressionCodecs, CompressionTypes } = kafkajs;
CompressionCodecs[CompressionTypes.LZ4] = codec(compressFrameSync, decompressFrameSync);
CompressionCodecs[CompressionTypes.ZSTD] = codec(zstdCompressSync, zstdDecompressSync);
CompressionCodecs[CompressionTypes.Snappy] = codec(snappy.compressSync, unsnap);

/** Bare snappy, or the stream of sized blocks that snappy-java and Kafka's own clients write. */
function unsnap(bytes: Bytes): Bytes {
  const block = (from: Bytes): Bytes => Buffer.from(snappy.uncompressSync(from));
  if (bytes.readUInt8(0) !== 0x82) return block(bytes);
  const blocks: Bytes[] = [];
  for (let at = 16; at < bytes.length;) {
    const end = at + 4 + bytes.readInt32BE(at);
    blocks.push(block(bytes.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}

const silent = { logLevel: kafkajs.logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 10 } };

export function kafkaClient(server: KafkaServer): Kafka {
  return new kafkajs.Kafka({ clientId: 'test', brokers: [server.bootstrap], ...silent });
}

export async function withAdmin<T>(server: KafkaServer, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(server).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** A topic with settings such as `retention.ms`. It is there, with a leader for each partition, when this resolves. */
export async function createTopic(
  server: KafkaServer,
  topic: string,
  {
    partitions = 1,
    settings = {},
  }: { readonly partitions?: number; readonly settings?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await withAdmin(server, async (admin) => {
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions, configEntries }] });
  });
}

export interface TestRecord extends Omit<Message, 'value'> {
  readonly value: string | Buffer | null;
}

/** Writes records, each call to `send` a batch per partition. */
export async function produce(
  server: KafkaServer,
  topic: string,
  records: readonly TestRecord[],
  { codec: name = 'none', batchSize = 1000 }: { readonly codec?: Codec; readonly batchSize?: number } = {},
): Promise<void> {
  const producer = kafkaClient(server).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    for (let at = 0; at < records.length; at += batchSize) {
      const messages = records.slice(at, at + batchSize);
      await producer.send({ topic, messages, acks: -1, compression: CODECS.indexOf(name) });
    }
  } finally {
    await producer.disconnect();
  }
}

export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestamp: number;
}

/**
 * All records of a topic by kafkajs, ordered by partition and offset: waits for `count` of them, and then for more that
 * should not be there.
 */
export async function readTopic(
  server: KafkaServer,
  topic: string,
  count: number,
  { committedOnly = true, patienceMs = 20_000, settleMs = 500 } = {},
): Promise<ReadRecord[]> {
  const consumer = kafkaClient(server).consumer({
    groupId: `read-${Math.random()}`,
    maxWaitTimeInMs: 100,
    readUncommitted: !committedOnly,
  });
  const read: ReadRecord[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { key, value, headers, timestamp, offset } of batch.messages) {
          read.push({
            partition: batch.partition,
            offset: Number(offset),
            key: key?.toString() ?? null,
            value: value?.toString() ?? null,
            headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
            timestamp: Number(timestamp),
          });
        }
      },
    });
    const giveUp = Date.now() + patienceMs;
    while (read.length < count && Date.now() < giveUp) await sleep(50);
    await sleep(settleMs);
  } finally {
    await consumer.disconnect();
  }
  return read.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** The values of a topic, JSON objects, by Kafka's own console consumer, until nothing comes for some time. */
export async function readByConsole(
  server: KafkaServer,
  topic: string,
  { committedOnly = true, timeoutMs = 2500 } = {},
): Promise<string[]> {
  const text = await runKafkaTool(server, 'org.apache.kafka.tools.consumer.ConsoleConsumer', [
    '--bootstrap-server',
    server.bootstrap,
    '--topic',
    topic,
    '--from-beginning',
    '--isolation-level',
    committedOnly ? 'read_committed' : 'read_uncommitted',
    '--timeout-ms',
    String(timeoutMs),
  ]);
  // That nothing came any more it reports on standard output too.
  return text.split('\n').filter((line) => line.startsWith('{'));
}

/** Writes records in a transaction and ends it as asked; `open` leaves it open, to be ended by the result. */
export async function produceInTransaction(
  server: KafkaServer,
  topic: string,
  records: readonly TestRecord[],
  end: 'commit' | 'abort' | 'open',
): Promise<() => Promise<void>> {
  const producer = kafkaClient(server).producer({
    transactionalId: `test-${Math.random()}`,
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [...records] });
  const finish = async (): Promise<void> => {
    await transaction.commit();
    await producer.disconnect();
  };
  if (end === 'open') return finish;
  if (end === 'abort') await transaction.abort();
  else await transaction.commit();
  await producer.disconnect();
  return async () => {};
}

/** Removes the records of partition 0 before an offset, as retention does. */
export async function purgeRecords(server: KafkaServer, topic: string, before: number): Promise<void> {
  await withAdmin(server, async (admin) => {
    // kafkajs deletes only from topics that it has looked up.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(before) }] });
  });
}

/** Topics and records for tests, by kafkajs: a writer that knows nothing of our code. */
import kafkajs, { type Admin, type Kafka, type Message } from 'kafkajs';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import snappy from 'snappy';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { KafkaServer } from './kafka.ts';

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
CompressionCodecs[CompressionTypes.Snappy] = codec(snappy.compressSync, (bytes) =>
  Buffer.from(snappy.uncompressSync(bytes)),
);

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

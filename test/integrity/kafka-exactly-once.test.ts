/**
 * A job from Kafka to Kafka under `kill -9`: filtered rows and event-time windows, written in transactions tied to the
 * checkpoints. Whatever the moment of the kills, a reader of committed records sees each result exactly once.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTopic, kafkaClient } from '../servers/kafka-data.ts';
import { type KafkaServer, runKafkaTool, startKafka } from '../servers/kafka.ts';
import { SeededRandom } from '../../src/platform/seeded-random.ts';
import { FAULT_POINTS, type FaultPoint } from '../../src/platform/fault-points.ts';
import { interrupt, killAfter, startCli, untilFault } from './support/killed-cli.ts';

const KILLS = 50;
const PARTITIONS = 4;
const KEYS = 17;
const WINDOW_MS = 10_000;
/** Rows a partition gets at a time, and the event time between two of them. */
const BURST = 250;
const STEP_MS = 20;
/** Beyond all windows: in every partition the last row, so that all windows before it fire. */
const END_MS = Date.UTC(2030, 0, 1);
const START_MS = Date.UTC(2024, 0, 1);

let kafka: KafkaServer;
let folder: string;

beforeAll(async () => {
  kafka = await startKafka();
  folder = await mkdtemp(join(tmpdir(), 'millrace-exactly-once-'));
});

afterAll(async () => {
  await kafka?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Row {
  readonly id: number;
  readonly channel: string;
  readonly price: number;
  readonly time: number;
}

const sqlTime = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

function rowOf(partition: number, n: number): Row {
  const id = n * PARTITIONS + partition;
  return { id, channel: `c${id % KEYS}`, price: (id * 7) % 1000, time: START_MS + n * STEP_MS };
}

const isKept = (row: Row): boolean => row.price % 3 !== 0;

/** Writes rows to every partition until told to stop; then the last one. */
function writeRows(topic: string): { readonly written: Row[]; stop(): Promise<void> } {
  const written: Row[] = [];
  const stopping = new AbortController();
  const client = kafkaClient(kafka);
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  const send = (rows: readonly (readonly [partition: number, Row])[]): Promise<unknown> =>
    producer.send({
      topic,
      acks: -1,
      compression: kafkajs.CompressionTypes.GZIP,
      messages: rows.map(([partition, { time, ...rest }]) => ({
        partition,
        value: JSON.stringify({ ...rest, ts: sqlTime(time) }),
      })),
    });
  const work = (async () => {
    await producer.connect();
    for (let n = 0; !stopping.signal.aborted; n += BURST) {
      const rows: [number, Row][] = [];
      for (let partition = 0; partition < PARTITIONS; partition++) {
        for (let k = 0; k < BURST; k++) rows.push([partition, rowOf(partition, n + k)]);
      }
      await send(rows);
      written.push(...rows.map(([, row]) => row));
      await sleep(100);
    }
    await send(
      Array.from({ length: PARTITIONS }, (_, partition) => [
        partition,
        { id: -1, channel: 'end', price: 0, time: END_MS },
      ]),
    );
    await producer.disconnect();
  })();
  return {
    written,
    async stop() {
      stopping.abort();
      await work;
    },
  };
}

/** Committed records of a topic, read by kafkajs until there are `count` and for a little longer. */
async function readCommitted(topic: string, count: number): Promise<string[]> {
  const values: string[] = [];
  const consumer = kafkaClient(kafka).consumer({ groupId: `check-${topic}`, readUncommitted: false });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let last = Date.now();
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(String(message.value));
      last = Date.now();
    },
  });
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && (values.length < count || Date.now() - last < 2000)) await sleep(100);
  await consumer.disconnect();
  return values;
}

/** The same by Kafka's own console consumer. */
async function readByConsole(topic: string, count: number): Promise<string[]> {
  const text = await runKafkaTool(kafka, 'org.apache.kafka.tools.consumer.ConsoleConsumer', [
    '--bootstrap-server',
    kafka.bootstrap,
    '--topic',
    topic,
    '--from-beginning',
    '--isolation-level',
    'read_committed',
    '--max-messages',
    String(count),
    '--timeout-ms',
    '20000',
  ]);
  return text.trimEnd().split('\n');
}

function script(topics: { readonly input: string; readonly kept: string; readonly windows: string }): string {
  const sink = (name: string, columns: string): string => `
    CREATE TABLE ${name} (${columns}) WITH (
      'connector' = 'kafka', 'topic' = '${name}', 'properties.bootstrap.servers' = '${kafka.bootstrap}',
      'format' = 'json', 'sink.delivery-guarantee' = 'exactly-once',
      'sink.transactional-id-prefix' = 'tx-${name}', 'properties.transaction.timeout.ms' = '600000');`;
  return `
    SET 'execution.checkpointing.interval' = '100 ms';
    CREATE TABLE ${topics.input} (
      id BIGINT, channel STRING, price INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
    ) WITH (
      'connector' = 'kafka', 'topic' = '${topics.input}', 'properties.bootstrap.servers' = '${kafka.bootstrap}',
      'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
    ${sink(topics.kept, 'id BIGINT, price INT')}
    ${sink(topics.windows, 'channel STRING, starts TIMESTAMP(3), n BIGINT, total BIGINT')}
    INSERT INTO ${topics.kept} SELECT id, price FROM ${topics.input} WHERE MOD(price, 3) <> 0 AND id >= 0;
    INSERT INTO ${topics.windows}
    SELECT channel, window_start, COUNT(*), SUM(CAST(price AS BIGINT))
    FROM TABLE(TUMBLE(TABLE ${topics.input}, DESCRIPTOR(ts), INTERVAL '10' SECOND))
    GROUP BY channel, window_start, window_end;`;
}

function expectedWindows(rows: readonly Row[]): string[] {
  const windows = new Map<string, { channel: string; start: number; n: number; total: number }>();
  for (const { channel, price, time } of rows) {
    const start = time - (time % WINDOW_MS);
    const key = `${start} ${channel}`;
    const window = windows.get(key) ?? { channel, start, n: 0, total: 0 };
    window.n++;
    window.total += price;
    windows.set(key, window);
  }
  return [...windows.values()].map(({ channel, start, n, total }) =>
    JSON.stringify({ channel, starts: sqlTime(start).replace(/\.?0+$/, ''), n, total }),
  );
}

/** JSON texts with the fields that matter in one spelling. */
function canonical(values: readonly string[]): string[] {
  return values
    .map((value) => {
      const row = JSON.parse(value) as Record<string, unknown>;
      if (typeof row['starts'] === 'string') row['starts'] = row['starts'].replace(/\.0+$/, '');
      return JSON.stringify(row);
    })
    .toSorted();
}

/** Runs the job through `crashes` while rows are written, then to the end, and compares what came out. */
async function runThrough(name: string, crashes: (args: readonly string[]) => Promise<void>): Promise<void> {
  const topics = { input: `${name}_in`, kept: `${name}_kept`, windows: `${name}_windows` };
  await createTopic(kafka, topics.input, { partitions: PARTITIONS });
  await createTopic(kafka, topics.kept, { partitions: 2 });
  await createTopic(kafka, topics.windows);
  const file = join(folder, `${name}.sql`);
  await writeFile(file, script(topics));
  const args = ['run', file, '--state-dir', join(folder, `${name}-state`)];
  const writer = writeRows(topics.input);
  try {
    await crashes(args);
  } finally {
    await writer.stop();
  }
  // Enough that the crashes were in the middle of it.
  expect(writer.written.length).toBeGreaterThan(50_000);
  const kept = writer.written.filter(isKept).map(({ id, price }) => JSON.stringify({ id, price }));
  const windows = expectedWindows(writer.written);
  const last = startCli(args);
  const keptSeen = await readCommitted(topics.kept, kept.length);
  const windowsSeen = await readCommitted(topics.windows, windows.length);
  expect([0, 130]).toContain(await interrupt(last));
  expect(canonical(keptSeen)).toEqual(canonical(kept));
  expect(canonical(windowsSeen)).toEqual(canonical(windows));
  expect(canonical(await readByConsole(topics.kept, kept.length))).toEqual(canonical(kept));
}

/**
 * The passings at which a process is ended; it has two jobs, so it passes those of a restore twice. Old pages are moved
 * once a second or so of checkpoints has made holes.
 */
const passings = (point: FaultPoint): readonly number[] =>
  point.startsWith('restore.') || point === 'checkpoint.compaction' ? [1, 2, 1] : [1, 2, 3];

describe('kill -9 between Kafka and Kafka', () => {
  test(`each result once after ${KILLS} kills at random moments`, async () => {
    const random = new SeededRandom(Number(process.env['MILLRACE_SEED'] ?? 20_241_125) || 1);
    await runThrough('random', async (args) => {
      for (let kill = 0; kill < KILLS; kill++) await killAfter(startCli(args), 300 + random.next() * 1500);
    });
  });

  test('each result once after three kills at every fault point', async () => {
    await runThrough('faults', async (args) => {
      for (const point of FAULT_POINTS) {
        for (const passing of passings(point)) {
          const fault = `${point}:${passing}`;
          await untilFault(startCli(args, fault), fault, 20_000);
        }
      }
    });
  });
});

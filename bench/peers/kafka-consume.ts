/**
 * Reading Kafka: CPU-seconds (user and system, all threads) per million messages of 200 bytes, of us and of others in
 * the same run, over one and four partitions, uncompressed, lz4 and zstd.
 *
 *   node bench/peers/kafka-consume.ts [--messages 2000000] [--only engine,kafkajs] [--codecs none,lz4,zstd] [--partitions 1,4]
 *
 * A broker (Kafka 4.4.0) is started beside it and filled with flat Nexmark bids as JSON. Each figure is a process of
 * its own that reads the topic from its beginning, twice: what it used for the second time, from when it was ready to read
 * until the last message, and in brackets for the first (of the JVM's tool: all that the process used).
 *
 * - socket: bytes into one buffer, batch lengths looked at to know the next offset; nothing checked or decompressed
 * - walk: our source alone: fetch, CRC, decompression, spans of every key and value
 * - engine: SQL, COUNT per channel in 10 s windows, to blackhole
 * - kafkajs: `eachBatch` that does nothing
 * - jvm: org.apache.kafka.tools.ConsumerPerformance
 */
import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { KafkaServer } from '../../test/servers/kafka.ts';

const SIDES = ['socket', 'walk', 'engine', 'kafkajs', 'jvm'] as const;
type Side = (typeof SIDES)[number];

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '2000000' },
    only: { type: 'string', default: SIDES.join(',') },
    codecs: { type: 'string', default: 'none,lz4,zstd' },
    partitions: { type: 'string', default: '1,4' },
    /** Of a process of a side. */
    side: { type: 'string' },
    topic: { type: 'string', default: '' },
    bootstrap: { type: 'string', default: '' },
  },
});
const messages = Number(values.messages);

interface Figures {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly rssMb: number;
  readonly messages: number;
  /** CPU-seconds of the first pass. */
  readonly coldSeconds: number;
}

/** What brokers are given that serve large fetches; the default of 100 KiB is for all sides a read for every 100 KiB. */
const SOCKETS = { 'socket.send.buffer.bytes': '1048576', 'socket.receive.buffer.bytes': '1048576' };

async function main(): Promise<void> {
  const { startKafka } = await import('../../test/servers/kafka.ts');
  const server = await startKafka({ fast: true, settings: SOCKETS });
  try {
    for (const codec of values.codecs.split(',')) {
      for (const partitions of values.partitions.split(',').map(Number)) {
        const topic = `bids-${codec}-${partitions}`;
        await fill(server, topic, codec, partitions);
        const found: Partial<Record<Side, Figures>> = {};
        for (const side of SIDES.filter((one) => values.only.split(',').includes(one))) {
          try {
            found[side] = await (side === 'jvm' ? runJvm(server, topic) : runSide(side, server, topic));
          } catch (error) {
            console.error(`${side} failed: ${String(error)}`);
          }
        }
        report(`${codec}, ${partitions} partition${partitions === 1 ? '' : 's'}`, found);
      }
    }
  } finally {
    await server.close();
  }
}

function report(title: string, found: Partial<Record<Side, Figures>>): void {
  const perMillion = ({ cpuSeconds, messages: count }: Figures): number => (cpuSeconds / count) * 1e6;
  const peer = found.kafkajs === undefined ? NaN : perMillion(found.kafkajs);
  for (const [side, figures] of Object.entries(found)) {
    const wrong = figures.messages === messages ? '' : `  WRONG: ${figures.messages} messages`;
    console.log(
      `${title.padEnd(20)} ${side.padEnd(8)} ${perMillion(figures).toFixed(3)} CPU-s/M (${((figures.coldSeconds / figures.messages) * 1e6).toFixed(3)})` +
        `  ${(perMillion(figures) / peer).toFixed(2)} of kafkajs` +
        `  ${(figures.messages / figures.wallSeconds / 1e6).toFixed(2)} M/s  ${figures.rssMb.toFixed(0)} MB${wrong}`,
    );
  }
}

async function runSide(side: Side, server: KafkaServer, topic: string): Promise<Figures> {
  const self = fileURLToPath(import.meta.url);
  const options = ['--side', side, '--topic', topic, '--bootstrap', server.bootstrap, '--messages', values.messages];
  const node = (process.env['MILLRACE_BENCH_EXEC_ARGV'] ?? '').split(' ').filter((part) => part !== '');
  const { stdout } = await promisify(execFile)(process.execPath, [...node, self, ...options], { timeout: 120_000 });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Figures;
}

/** All that the JVM used, its start included: `time` of the shell says it. */
async function runJvm(server: KafkaServer, topic: string): Promise<Figures> {
  const args = ['--bootstrap-server', server.bootstrap, '--topic', topic, '--group', `perf-${topic}`];
  const count = ['--messages', values.messages, '--reporting-interval', '1000000', '--timeout', '20000'];
  const tool = ['java', '-cp', server.classPath, 'org.apache.kafka.tools.ConsumerPerformance', ...args, ...count];
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null';
  const shell = spawn('bash', ['-c', script, 'bash', ...tool], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: Buffer[] = [];
  shell.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  await new Promise((resolve) => shell.on('close', resolve));
  const times = Buffer.concat(said).toString().trim().split('\n').at(-1) ?? '';
  const [wall, user, system] = times.split(' ').map(Number) as [number, number, number];
  return { cpuSeconds: user + system, coldSeconds: NaN, wallSeconds: wall, rssMb: NaN, messages };
}

/** Bids of 200 bytes through our own sink, which spreads them in batches over the partitions. */
async function fill(server: KafkaServer, topic: string, codec: string, partitions: number): Promise<void> {
  const { createTopic } = await import('../../test/servers/kafka-data.ts');
  await createTopic(server, topic, { partitions, settings: { 'retention.ms': '-1' } });
  await run(`
    CREATE TABLE bids (${COLUMNS}) WITH (
      'connector' = 'kafka', 'topic' = '${topic}', 'properties.bootstrap.servers' = '${server.bootstrap}',
      'format' = 'json', 'properties.compression.type' = '${codec}');
    CREATE TABLE events (event_type INT, bid ROW<${COLUMNS}>) WITH (
      'connector' = 'nexmark', 'events.num' = '${messages}', 'first-event.rate' = '10000',
      'person.proportion' = '0', 'auction.proportion' = '0', 'bid.proportion' = '50', 'base-time' = '2015-07-15 00:00:00');
    INSERT INTO bids SELECT bid.auction, bid.bidder, bid.price, bid.channel, bid.url, bid.\`dateTime\`, SUBSTRING(bid.extra, 1, 30)
    FROM events;`);
}

const COLUMNS =
  'auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING';

/** Runs a script to its end; gives the rows that its last job read. Loading the engine and its parser comes before. */
async function run(script: string): Promise<number> {
  const { Engine } = await import('../../src/engine.ts');
  const session = new Engine().openSession();
  session.parse(script);
  start();
  const jobs = await session.executeScript(`SET 'table.dml-sync' = 'true'; ${script}`);
  return jobs.at(-1)?.counters['rows_in'] ?? 0;
}

const sides: Readonly<Record<Exclude<Side, 'jvm'>, () => Promise<number>>> = {
  socket: async () => (await import('./kafka-socket.ts')).readSocket(values.bootstrap, values.topic),
  async walk() {
    const { kafka } = await import('../../src/connectors/kafka/index.ts');
    const { nodePlatform } = await import('../../src/platform/node-platform.ts');
    const { parseOptions } = await import('../../src/types/option-spec.ts');
    const options = parseOptions('kafka', kafka.options, {
      topic: values.topic,
      'properties.bootstrap.servers': values.bootstrap,
      'scan.startup.mode': 'earliest-offset',
      'scan.bounded.mode': 'latest-offset',
    });
    const context = { ...nodePlatform(), timeZone: 'UTC', parallelism: 1 };
    const source = kafka.source?.({ table: NO_TABLE, options, context });
    if (source === undefined) return 0;
    const splits = await source.listSplits();
    let wake = (): void => {};
    source.onData?.(() => wake());
    start();
    const opened = await Promise.all(splits.map((split) => source.open({ split, position: null, columns: [] })));
    let readers = opened.filter((reader) => reader.kind === 'records');
    let count = 0;
    while (readers.length > 0) {
      let idle = true;
      for (const reader of readers) {
        const chunk = reader.read(2048);
        if (chunk === 'idle') continue;
        idle = false;
        if (chunk === 'end') readers = readers.filter((other) => other !== reader);
        else count += chunk.count;
      }
      if (idle) await new Promise<void>((resolve) => (wake = resolve));
    }
    await source.close();
    return count;
  },
  async engine() {
    return run(`
      CREATE TABLE bids (${COLUMNS}, WATERMARK FOR \`dateTime\` AS \`dateTime\` - INTERVAL '4' SECOND) WITH (
        'connector' = 'kafka', 'topic' = '${values.topic}', 'properties.bootstrap.servers' = '${values.bootstrap}',
        'format' = 'json', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset');
      CREATE TABLE counts (window_start TIMESTAMP(3), channel STRING, bids BIGINT) WITH ('connector' = 'blackhole');
      INSERT INTO counts SELECT window_start, channel, COUNT(*)
      FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(\`dateTime\`), INTERVAL '10' SECOND))
      GROUP BY window_start, window_end, channel;`);
  },
  async kafkajs() {
    const { kafkaClient } = await import('../../test/servers/kafka-data.ts');
    const consumer = kafkaClient({ bootstrap: values.bootstrap } as KafkaServer).consumer({
      groupId: `bench-${process.pid}-${performance.now()}`,
      maxBytesPerPartition: 2 * 1024 * 1024,
      maxBytes: 16 * 1024 * 1024,
    });
    await consumer.connect();
    await consumer.subscribe({ topic: values.topic, fromBeginning: true });
    start();
    let count = 0;
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachBatch: async ({ batch }) => {
          count += batch.messages.length;
          if (count >= messages) resolve();
        },
      });
    });
    stop(count);
    await consumer.disconnect();
    return count;
  },
};

const NO_TABLE = { path: [], columns: [], metadata: [], primaryKey: [], partitionKeys: [], options: {} };

let began: { readonly cpu: NodeJS.CpuUsage; readonly wallMs: number } | undefined;
let ended: Omit<Figures, 'coldSeconds'> | undefined;

function start(): void {
  began = { cpu: process.cpuUsage(), wallMs: performance.now() };
}

function stop(count: number): void {
  const cpu = process.cpuUsage(began?.cpu);
  ended ??= {
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    wallSeconds: (performance.now() - (began?.wallMs ?? 0)) / 1e3,
    rssMb: process.resourceUsage().maxRSS / 1024,
    messages: count,
  };
}

async function pass(side: Exclude<Side, 'jvm'>): Promise<Omit<Figures, 'coldSeconds'>> {
  ended = undefined;
  start();
  stop(await sides[side]());
  return ended as unknown as Omit<Figures, 'coldSeconds'>;
}

if (values.side === undefined) await main();
else {
  const side = values.side as Exclude<Side, 'jvm'>;
  const cold = await pass(side);
  console.log(JSON.stringify({ ...(await pass(side)), coldSeconds: cold.cpuSeconds }));
  process.exit(0);
}

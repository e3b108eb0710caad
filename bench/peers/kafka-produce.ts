/**
 * Writing Kafka: rows a second that are encoded as JSON of about 200 bytes and acknowledged by all replicas, of us and
 * of others in the same run, taking turns.
 *
 *   node bench/peers/kafka-produce.ts [--rows 1000000] [--only engine,sink,kafkajs,jvm,jvm-tuned] [--codecs none,lz4] [--rounds 2]
 *
 * A broker (Kafka 4.4.0) is started beside it. Each figure is a process of its own and a topic of its own with one
 * partition, whose end offset must be the number of rows. Of the JVM's tool the rate is what it says itself, and the CPU
 * time all that the process used.
 *
 * - engine: SQL, INSERT of generated Nexmark bids
 * - sink: our sink alone: columns in memory to JSON to acknowledged batches
 * - kafkajs: objects to JSON.stringify to `send`, 5,000 at a time (a tenth of the rows)
 * - jvm: org.apache.kafka.tools.ProducerPerformance with lines from a file, nothing encoded; -tuned with our batch size
 */
import { execFile, spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createTopic, kafkaClient, withAdmin } from '../../test/servers/kafka-data.ts';
import { type KafkaServer, startKafka } from '../../test/servers/kafka.ts';

const SIDES = ['engine', 'sink', 'kafkajs', 'jvm', 'jvm-tuned'] as const;
type Side = (typeof SIDES)[number];
type OwnSide = Exclude<Side, 'jvm' | 'jvm-tuned'>;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    only: { type: 'string', default: SIDES.join(',') },
    codecs: { type: 'string', default: 'none,lz4' },
    rounds: { type: 'string', default: '2' },
    /** Of a process of a side. */
    side: { type: 'string' },
    topic: { type: 'string', default: '' },
    bootstrap: { type: 'string', default: '' },
    codec: { type: 'string', default: 'none' },
  },
});
const rows = Number(values.rows);

interface Figures {
  readonly rowsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly bytesPerRow: number;
}

async function main(): Promise<void> {
  const server = await startKafka({ fast: true });
  const payload = join(tmpdir(), `millrace-payload-${process.pid}.jsonl`);
  await writeFile(payload, Array.from({ length: 5000 }, (_, n) => JSON.stringify(bid(n))).join('\n'));
  try {
    for (const codec of values.codecs.split(',')) {
      for (let round = 1; round <= Number(values.rounds); round++) {
        for (const side of SIDES.filter((one) => values.only.split(',').includes(one))) {
          const topic = `${side}-${codec}-${round}`;
          const count = side === 'kafkajs' ? rows / 10 : rows;
          await createTopic(server, topic);
          const figures = await (side === 'jvm' || side === 'jvm-tuned'
            ? runJvm(server, topic, codec, payload, side === 'jvm-tuned')
            : runSide(side, server, topic, codec, count));
          const [end] = await withAdmin(server, (admin) => admin.fetchTopicOffsets(topic));
          const wrong = Number(end?.high) === count ? '' : `  WRONG: ${end?.high} rows`;
          console.log(
            `${codec.padEnd(6)} ${side.padEnd(10)} ${(figures.rowsPerSecond / 1e3).toFixed(0).padStart(5)} K rows/s` +
              `  ${figures.cpuSecondsPerMillion.toFixed(2)} CPU-s/M  ${figures.bytesPerRow.toFixed(0)} bytes/row${wrong}`,
          );
          await withAdmin(server, (admin) => admin.deleteTopics({ topics: [topic] }));
        }
      }
    }
  } finally {
    await server.close();
    await rm(payload, { force: true });
  }
}

async function runSide(
  side: OwnSide,
  server: KafkaServer,
  topic: string,
  codec: string,
  count: number,
): Promise<Figures> {
  const self = fileURLToPath(import.meta.url);
  const node = (process.env['MILLRACE_BENCH_EXEC_ARGV'] ?? '').split(' ').filter((part) => part !== '');
  const options = { side, topic, bootstrap: server.bootstrap, codec, rows: String(count) };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const { stdout } = await promisify(execFile)(process.execPath, [...node, self, ...args], { timeout: 120_000 });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Figures;
}

async function runJvm(
  server: KafkaServer,
  topic: string,
  codec: string,
  payload: string,
  tuned: boolean,
): Promise<Figures> {
  const properties = [
    `bootstrap.servers=${server.bootstrap}`,
    'acks=all',
    `compression.type=${codec}`,
    ...(tuned ? ['batch.size=262144'] : []),
  ];
  const tool = ['java', '-cp', server.classPath, 'org.apache.kafka.tools.ProducerPerformance', '--topic', topic];
  const options = ['--num-records', values.rows, '--payload-file', payload, '--throughput', '-1'];
  const script = 'TIMEFORMAT="%U %S"; time "$@"';
  const command = ['-c', script, 'bash', ...tool, ...options, '--producer-props', ...properties];
  const shell = spawn('bash', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  shell.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  shell.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  await new Promise((resolve) => shell.on('close', resolve));
  const said = [
    ...Buffer.concat(out)
      .toString()
      .matchAll(/records sent, ([\d.]+) records\/sec/g),
  ].at(-1)?.[1];
  const times = (Buffer.concat(err).toString().trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  const [user, system] = times as [number, number];
  return {
    rowsPerSecond: Number(said),
    cpuSecondsPerMillion: ((user + system) / rows) * 1e6,
    bytesPerRow: JSON.stringify(bid(0)).length,
  };
}

const COLUMNS =
  'auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING';

/** A row of about 200 bytes as JSON. */
function bid(n: number): Record<string, string | number> {
  const text = (seed: number, length: number): string =>
    Array.from({ length }, (_, k) => String.fromCharCode(97 + (((seed + 7) * (k + 13) * 7919) % 26))).join('');
  return {
    auction: 1000 + ((n * 7919) % 100_003),
    bidder: 1000 + ((n * 104_729) % 50_021),
    price: (n * 31_337) % 10_000_000,
    channel: ['Google', 'Facebook', 'Baidu', 'Apple'][n % 4] as string,
    url: `https://www.nexmark.com/${text(n, 5)}/${text(n * 3, 5)}/item.htm?query=1`,
    dateTime: `2015-07-15 00:${String(n % 60).padStart(2, '0')}:00.${String(n % 1000).padStart(3, '0')}`,
    extra: text(n * 31, 30),
  };
}

const sides: Readonly<Record<OwnSide, () => Promise<void>>> = {
  async engine() {
    const { runInsert } = await import('../engine-runner.ts');
    const setup = `
      CREATE TABLE bids (${COLUMNS}) WITH (
        'connector' = 'kafka', 'topic' = '${values.topic}', 'properties.bootstrap.servers' = '${values.bootstrap}',
        'format' = 'json', 'properties.compression.type' = '${values.codec}');
      CREATE TABLE events (event_type INT, bid ROW<${COLUMNS}>) WITH (
        'connector' = 'nexmark', 'events.num' = '${rows}', 'first-event.rate' = '10000',
        'person.proportion' = '0', 'auction.proportion' = '0', 'bid.proportion' = '50', 'base-time' = '2015-07-15 00:00:00');`;
    start();
    await runInsert(
      setup,
      `INSERT INTO bids SELECT bid.auction, bid.bidder, bid.price, bid.channel, bid.url, bid.\`dateTime\`, SUBSTRING(bid.extra, 1, 30)
      FROM events;`,
    );
    stop();
  },
  async sink() {
    const { openKafkaSink, batchOf } = await import('../../test/support/kafka-sink.ts');
    const { BIGINT, STRING, timestamp } = await import('../../src/types/data-type.ts');
    const schema = [
      ...['auction', 'bidder', 'price'].map((name) => ({ name, type: BIGINT })),
      ...['channel', 'url'].map((name) => ({ name, type: STRING })),
      { name: 'dateTime', type: timestamp(3) },
      { name: 'extra', type: STRING },
    ];
    const batches = Array.from({ length: 32 }, (_, b) =>
      batchOf(
        schema,
        Array.from({ length: 1000 }, (_, i) => {
          const { auction, bidder, price, channel, url, dateTime, extra } = bid(1000 * b + i);
          const ms = Date.parse(`${String(dateTime).replace(' ', 'T')}Z`);
          return [BigInt(auction ?? 0), BigInt(bidder ?? 0), BigInt(price ?? 0), channel, url, ms, extra] as never;
        }),
      ),
    );
    const { bootstrap, topic } = values;
    const options = { 'properties.compression.type': values.codec };
    const sink = openKafkaSink({ bootstrap, topic, schema, options });
    start();
    for (let n = 0; n < rows; n += 1000) await sink.write(batches[(n / 1000) % 32] as (typeof batches)[number]);
    await sink.flush();
    stop();
    await sink.close(true);
  },
  async kafkajs() {
    const producer = kafkaClient({ bootstrap: values.bootstrap } as KafkaServer).producer({ idempotent: true });
    await producer.connect();
    const bids = Array.from({ length: 5000 }, (_, n) => bid(n));
    start();
    for (let n = 0; n < rows; n += 5000) {
      const messages = bids.map((one) => ({ value: JSON.stringify(one) }));
      await producer.send({ topic: values.topic, messages, compression: values.codec === 'lz4' ? 3 : 0 });
    }
    stop();
    await producer.disconnect();
  },
};

let began: { readonly cpu: NodeJS.CpuUsage; readonly wallMs: number } | undefined;
let figures: Figures | undefined;

function start(): void {
  began = { cpu: process.cpuUsage(), wallMs: performance.now() };
}

function stop(): void {
  const cpu = process.cpuUsage(began?.cpu);
  figures = {
    rowsPerSecond: (rows / (performance.now() - (began?.wallMs ?? 0))) * 1e3,
    cpuSecondsPerMillion: (cpu.user + cpu.system) / rows,
    bytesPerRow: JSON.stringify(bid(0)).length,
  };
}

if (values.side === undefined) await main();
else {
  await sides[values.side as OwnSide]();
  console.log(JSON.stringify(figures));
  process.exit(0);
}

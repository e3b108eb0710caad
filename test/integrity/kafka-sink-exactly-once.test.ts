/**
 * The transactional sink by itself, under the least of a checkpoint: wherever its process dies, readers of committed
 * records see each row once; whoever was presumed dead is fenced; a transaction that is gone is named.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Committable, Sink } from '../../src/connectors/connector.ts';
import { type FaultPoints, NO_FAULTS } from '../../src/platform/fault-points.ts';
import { SeededRandom } from '../../src/platform/seeded-random.ts';
import { createTopic, readByConsole, readTopic } from '../servers/kafka-data.ts';
import { KAFKA_VERSIONS, type KafkaServer, type KafkaVersion, startKafka } from '../servers/kafka.ts';
import { numbered, openKafkaSink } from '../support/kafka-sink.ts';
import type { SinkJob } from './support/kafka-sink-job.ts';

const EPOCHS = 12;
const ROWS_PER_EPOCH = 200;
const PARTITIONS = 2;

const POINTS = [
  'after recover',
  'after write',
  'before prepare',
  'after prepare',
  'before rename',
  'after rename',
  'kafka.before-end-transaction',
  'kafka.after-end-transaction',
  'after commit',
];

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const numberOf = (value: string | null): number => (JSON.parse(value ?? '') as { readonly n: number }).n;
const byNumber = (a: number, b: number): number => a - b;

describe.each(Object.keys(KAFKA_VERSIONS) as KafkaVersion[])('Kafka %s', (version) => {
  let kafka: KafkaServer;
  let folder: string;
  const sinks: Sink[] = [];

  beforeAll(async () => {
    kafka = await startKafka({
      version,
      settings: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500' },
    });
    folder = await mkdtemp(join(tmpdir(), 'millrace-kafka-sink-'));
  });
  afterAll(async () => {
    await Promise.all(sinks.map((sink) => sink.close(false)));
    await kafka?.close();
    await rm(folder, { recursive: true, force: true });
  });

  function open(
    topic: string,
    more: Readonly<Record<string, string>> = {},
    subtask = 0,
    parallelism = 1,
    faults: FaultPoints = NO_FAULTS,
  ): Sink {
    const options = {
      'sink.delivery-guarantee': 'exactly-once',
      'sink.transactional-id-prefix': `prefix-${topic}`,
      ...more,
    };
    const sink = openKafkaSink({
      bootstrap: kafka.bootstrap,
      topic,
      options,
      checkpointing: true,
      subtask,
      parallelism,
      faults,
    });
    sinks.push(sink);
    return sink;
  }

  async function committedNumbers(topic: string, count: number): Promise<number[]> {
    return (await readTopic(kafka, topic, count)).map(({ value }) => numberOf(value)).sort(byNumber);
  }

  const prepare = async (sink: Sink, epoch: number): Promise<readonly Committable[]> =>
    JSON.parse(JSON.stringify(await sink.prepare?.(epoch))) as readonly Committable[];

  function run(job: SinkJob, killAfterMs: number | null = null): Promise<'finished' | 'killed'> {
    const path = fileURLToPath(new URL('support/kafka-sink-job.ts', import.meta.url));
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path, JSON.stringify(job)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const errors: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    const timer = killAfterMs === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        if (signal === 'SIGKILL') resolve('killed');
        else if (code === 0) resolve('finished');
        else reject(new Error(Buffer.concat(errors).toString()));
      });
    });
  }

  const jobOf = (topic: string, dieAt: string | null, n: number): SinkJob => ({
    bootstrap: kafka.bootstrap,
    topic,
    file: join(folder, topic),
    epochs: EPOCHS,
    rowsPerEpoch: ROWS_PER_EPOCH,
    dieAt,
    n,
    options: { 'sink.transactional-id-prefix': `prefix-${topic}` },
  });

  test.each(POINTS)('killed %s: each row is seen once', async (point) => {
    const topic = `at-${point.replaceAll(/[^a-z]/g, '-')}`;
    await createTopic(kafka, topic, { partitions: PARTITIONS });
    for (const n of [1, 2, 3]) {
      const job = jobOf(topic, point, point === 'after recover' ? 1 : n);
      expect(await run(job)).toBe('killed');
      expect(await readFile(`${job.file}.hit`, 'utf8')).toBe(point);
      await rm(`${job.file}.hit`);
    }
    expect(await run(jobOf(topic, null, 1))).toBe('finished');
    const all = numbers(EPOCHS * ROWS_PER_EPOCH);
    expect(await committedNumbers(topic, all.length)).toEqual(all);
  });

  test('killed at random moments: each row is seen once, by the console consumer too', async () => {
    const topic = 'at-random';
    await createTopic(kafka, topic, { partitions: PARTITIONS });
    const random = new SeededRandom(Number(process.env['MILLRACE_SEED'] ?? 7));
    const job = { ...jobOf(topic, null, 1), epochs: 800, rowsPerEpoch: 20 };
    let killed = 0;
    for (let kill = 0; kill < 12; kill++) {
      if ((await run(job, 250 + random.next() * 400)) === 'killed') killed++;
    }
    expect(killed).toBeGreaterThan(4);
    expect(await run(job)).toBe('finished');
    const all = numbers(job.epochs * job.rowsPerEpoch);
    expect(await committedNumbers(topic, all.length)).toEqual(all);
    expect((await readByConsole(kafka, topic)).map(numberOf).sort(byNumber)).toEqual(all);
  });

  test.each(['kafka.before-end-transaction', 'kafka.after-end-transaction'] as const)(
    'abandoned %s, while committing and again while recovering: each row is seen once',
    async (point) => {
      const topic = `abandoned-${point.split('-')[0]?.slice(6)}`;
      await createTopic(kafka, topic);
      const crashing = (): Sink => {
        const faults: FaultPoints = {
          reach(reached) {
            if (reached === point) throw new Error('crash');
          },
        };
        return open(topic, {}, 0, 1, faults);
      };
      const first = crashing();
      await first.recover?.([]);
      await first.write(numbered(0, 100));
      const committables = await prepare(first, 1);
      await first.write(numbered(100, 200));
      await expect(first.commit?.(committables)).rejects.toThrow('crash');
      for (let crash = 0; crash < 3; crash++) await expect(crashing().recover?.(committables)).rejects.toThrow('crash');
      const last = open(topic);
      await last.recover?.(committables);
      await last.write(numbered(100, 300));
      await last.commit?.(await prepare(last, 2));
      expect(await committedNumbers(topic, 300)).toEqual(numbers(300));
    },
  );

  test('an epoch is seen when it is committed, and not before', async () => {
    await createTopic(kafka, 'visible');
    const sink = open('visible');
    await sink.recover?.([]);
    await sink.write(numbered(0, 10));
    const first = await prepare(sink, 1);
    await sink.write(numbered(10, 20));
    const second = await prepare(sink, 2);
    expect(await readTopic(kafka, 'visible', 1, { patienceMs: 1000 })).toEqual([]);
    expect(await readTopic(kafka, 'visible', 20, { committedOnly: false })).toHaveLength(20);
    await sink.commit?.(first);
    expect(await committedNumbers('visible', 10)).toEqual(numbers(10));
    await sink.commit?.(second);
    await sink.commit?.(first);
    await sink.commit?.(second);
    expect(await committedNumbers('visible', 20)).toEqual(numbers(20));
    // An epoch without rows has nothing to commit.
    expect(await prepare(sink, 3)).toEqual([]);
    await sink.close(true);
  });

  test('a checkpoint of some time ago is restored without harm to those after it', async () => {
    await createTopic(kafka, 'older');
    const sink = open('older');
    await sink.recover?.([]);
    const checkpoints: (readonly Committable[])[] = [];
    for (let epoch = 0; epoch < 12; epoch++) {
      await sink.write(numbered(10 * epoch, 10 * epoch + 10));
      const committables = await prepare(sink, epoch);
      await sink.commit?.(committables);
      checkpoints.push(committables);
    }
    // Their rows are there already: committing again says so, for any of the last four.
    for (const committables of checkpoints.slice(-4).reverse()) await open('older').recover?.(committables);
    expect(await committedNumbers('older', 120)).toEqual(numbers(120));
  });

  test('who was presumed dead is fenced: nothing that it writes is seen', async () => {
    await createTopic(kafka, 'zombie');
    const zombie = open('zombie');
    await zombie.recover?.([]);
    await zombie.write(numbered(0, 10));
    const committables = await prepare(zombie, 1);
    await zombie.write(numbered(10, 20));
    await zombie.flush();

    const heir = open('zombie');
    await heir.recover?.(committables);
    await zombie.write(numbered(20, 30));
    const fenced = { code: 'request_refused', message: expect.stringContaining('taken over') as string };
    await expect(zombie.flush()).rejects.toMatchObject(fenced);
    await heir.write(numbered(10, 30));
    await heir.commit?.(await prepare(heir, 2));
    expect(await committedNumbers('zombie', 30)).toEqual(numbers(30));
  });

  test('who was presumed dead and had nothing open is fenced too', async () => {
    await createTopic(kafka, 'idle-zombie');
    const zombie = open('idle-zombie');
    await zombie.recover?.([]);
    await zombie.write(numbered(0, 10));
    const committables = await prepare(zombie, 1);
    await zombie.commit?.(committables);
    const heir = open('idle-zombie');
    await heir.recover?.(committables);
    await zombie.write(numbered(10, 20));
    await expect(zombie.flush()).rejects.toMatchObject({ code: 'request_refused' });
    await heir.write(numbered(10, 20));
    await heir.commit?.(await prepare(heir, 2));
    expect(await committedNumbers('idle-zombie', 20)).toEqual(numbers(20));
  });

  test('at another parallelism what the former subtasks left open is ended', async () => {
    await createTopic(kafka, 'rescaled');
    const former = [0, 1, 2].map((subtask) => open('rescaled', {}, subtask, 3));
    await Promise.all(former.map((sink) => sink.recover?.([])));
    const prepared: Committable[] = [];
    for (const [i, sink] of former.entries()) {
      await sink.write(numbered(10 * i, 10 * i + 10));
      prepared.push(...(await prepare(sink, 1)));
      // Never in a checkpoint.
      await sink.write(numbered(1000, 1010));
      await sink.flush();
    }
    const [a, b] = [open('rescaled', {}, 0, 2), open('rescaled', {}, 1, 2)];
    await Promise.all([
      a.recover?.([prepared[0], prepared[2]] as Committable[]),
      b.recover?.([prepared[1]] as Committable[]),
    ]);
    await a.write(numbered(30, 40));
    await a.commit?.(await prepare(a, 2));
    // Not by kafkajs: it lets records of aborted transactions pass where several lie side by side.
    expect((await readByConsole(kafka, 'rescaled')).map(numberOf).sort(byNumber)).toEqual(numbers(40));
  });

  test('a transaction that the broker has ended though its checkpoint wants it committed is named', async () => {
    await createTopic(kafka, 'expired');
    const short = { 'properties.transaction.timeout.ms': '1000' };
    const sink = open('expired', short);
    await sink.recover?.([]);
    await sink.write(numbered(0, 10));
    const committables = await prepare(sink, 42);
    await sleep(3000);
    const lost = { code: 'data_lost', retryable: false, message: 'the records of checkpoint 42 cannot be committed' };
    await expect(sink.commit?.(committables)).rejects.toMatchObject(lost);
    await expect(open('expired', short).recover?.(committables)).rejects.toMatchObject({
      ...lost,
      detail: expect.stringContaining('"prefix-expired-0-0"') as string,
    });
  });

  test('a transaction that is open for longer than the broker allows says so, and the restart writes its rows', async () => {
    await createTopic(kafka, 'too-long');
    const short = { 'properties.transaction.timeout.ms': '1000' };
    const sink = open('too-long', short);
    await sink.recover?.([]);
    await sink.write(numbered(0, 10));
    await sink.flush();
    await sleep(3000);
    await sink.write(numbered(10, 20));
    await expect(sink.flush()).rejects.toMatchObject({
      code: 'connection_timeout',
      retryable: true,
      message: 'transaction "prefix-too-long-0-0" was open for too long',
    });
    const next = open('too-long', short);
    await next.recover?.([]);
    await next.write(numbered(0, 20));
    await next.commit?.(await prepare(next, 1));
    expect(await committedNumbers('too-long', 20)).toEqual(numbers(20));
  });

  test('a time-out that the broker does not allow is refused by name', async () => {
    const sink = open('visible', { 'properties.transaction.timeout.ms': '3600000' });
    await expect(sink.recover?.([])).rejects.toMatchObject({
      code: 'invalid_option',
      hint: expect.stringContaining('transaction.max.timeout.ms') as string,
    });
  });
});

/**
 * What is in a topic is read: every record once, in the order of its partition, whatever compressed it, wherever reading
 * begins and ends, and from every position again.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KAFKA_VERSIONS, type KafkaServer, type KafkaVersion, runKafkaTool, startKafka } from '../servers/kafka.ts';
import { CODECS, createTopic, kafkaClient, produce, produceInTransaction } from '../servers/kafka-data.ts';
import { type Options, openTable, optionsOf, readTable } from './kafka-reading.ts';

const BOUNDED: Options = { 'scan.bounded.mode': 'latest-offset' };
/** How long what has happened may take to be seen. */
const SOON = { timeout: 20_000, interval: 200 };

describe.each(Object.keys(KAFKA_VERSIONS) as KafkaVersion[])('Kafka %s', (version) => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka({ version });
  });
  afterAll(async () => {
    await server.close();
  });

  const values = async (topic: string, more: Options): Promise<readonly (string | null)[]> =>
    (await readTable({ options: optionsOf(server, topic, more) })).map(({ value }) => value);

  test.each(CODECS)('records that kafkajs wrote, %s', async (codec) => {
    const topic = `codec-${codec}`;
    await createTopic(server, topic);
    const written = Array.from({ length: 2500 }, (_, i) => `${i} ${'x'.repeat(i % 300)}`);
    await produce(
      server,
      topic,
      written.map((value) => ({ value })),
      { codec, batchSize: 700 },
    );
    for (const chunk of [1, 13, 5000]) {
      const read = await readTable({ options: optionsOf(server, topic, BOUNDED), chunk });
      expect(read.map(({ value }) => value)).toEqual(written);
      expect(read.map(({ offset }) => offset)).toEqual(written.map((_, i) => i));
    }
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])("records that Kafka's own producer wrote, %s", async (codec) => {
    const topic = `java-${codec}`;
    await createTopic(server, topic);
    const written = Array.from({ length: 3000 }, (_, i) => `line ${i} ${'abc'.repeat(i % 50)}`);
    const options = ['--bootstrap-server', server.bootstrap, '--topic', topic];
    const tool = version.startsWith('3') ? 'kafka.tools.ConsoleProducer' : 'org.apache.kafka.tools.ConsoleProducer';
    await runKafkaTool(server, tool, [...options, '--compression-codec', codec], written.join('\n'));
    expect(await values(topic, BOUNDED)).toEqual(written);
  });

  test('keys, tombstones, headers and times', async () => {
    await createTopic(server, 'parts', { settings: { 'retention.ms': '-1' } });
    await createTopic(server, 'stamped', { settings: { 'message.timestamp.type': 'LogAppendTime' } });
    const records = [
      { key: 'a', value: '1', timestamp: '1700000000123', headers: { one: 'x', two: Buffer.from([0, 255]) } },
      { key: null, value: '2', timestamp: '1' },
      { key: 'c', value: null, timestamp: '1700000000122' },
      { key: '', value: '', timestamp: '1700099999999', headers: { twice: ['first', 'last'] } },
    ];
    await produce(server, 'parts', records, { codec: 'gzip' });
    await produce(server, 'stamped', records.slice(0, 2));
    const metadata = ['timestamp', 'timestamp-type', 'headers', 'topic', 'partition', 'offset', 'leader-epoch'];
    const read = await readTable({ options: optionsOf(server, 'parts', BOUNDED), metadata });
    expect(read.map(({ key, value }) => [key, value])).toEqual([
      ['a', '1'],
      [null, '2'],
      ['c', null],
      ['', ''],
    ]);
    expect(read.map((one) => one.metadata['timestamp'])).toEqual([1700000000123, 1, 1700000000122, 1700099999999]);
    expect(read.map((one) => one.metadata['timestamp-type'])).toEqual(Array(4).fill('CreateTime'));
    expect(read.map((one) => one.metadata['offset'])).toEqual([0n, 1n, 2n, 3n]);
    expect(read.map(({ metadata: m }) => [m['topic'], m['partition'], m['leader-epoch']])).toEqual(
      read.map(() => ['parts', 0, 0]),
    );
    const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
    const headers = read.map((one) => one.metadata['headers']);
    expect(headers[0]).toEqual([
      ['one', bytes('x')],
      ['two', new Uint8Array([0, 255])],
    ]);
    expect(headers.slice(1)).toEqual([[], [], [['twice', bytes('last')]]]);
    const stamped = await readTable({ options: optionsOf(server, 'stamped', BOUNDED), metadata });
    expect(stamped.map((one) => one.metadata['timestamp-type'])).toEqual(['LogAppendTime', 'LogAppendTime']);
    for (const one of stamped) expect(Math.abs(Number(one.metadata['timestamp']) - Date.now())).toBeLessThan(60_000);
  });

  test('every way to begin and to end', async () => {
    const topic = 'bounds';
    await createTopic(server, topic, { partitions: 2, settings: { 'retention.ms': '-1' } });
    const of = (partition: number, i: number) => ({
      partition,
      value: `${partition}:${i}`,
      timestamp: String(1000 + i * 10),
    });
    const all = [0, 1].map((partition) => Array.from({ length: 10 }, (_, i) => of(partition, i)));
    await produce(server, topic, all.flat());
    const admin = kafkaClient(server).admin();
    await admin.connect();
    await admin.setOffsets({
      groupId: 'g',
      topic,
      partitions: [
        { partition: 0, offset: '7' },
        { partition: 1, offset: '2' },
      ],
    });
    await admin.setOffsets({ groupId: 'half', topic, partitions: [{ partition: 1, offset: '8' }] });
    await admin.disconnect();
    const range = (first: readonly [number, number], end: readonly [number, number]): string[] =>
      [0, 1].flatMap((p) => Array.from({ length: 10 }, (_, i) => `${p}:${i}`).slice(first[p], end[p]));
    const start = (mode: string, more: Options = {}): Options => ({ 'scan.startup.mode': mode, ...more });
    const stop = (mode: string, more: Options = {}): Options => ({ 'scan.bounded.mode': mode, ...more });
    const end = stop('latest-offset');
    expect(await values(topic, end)).toEqual(range([0, 0], [10, 10]));
    expect(await values(topic, { ...start('latest-offset'), ...end })).toEqual([]);
    expect(await values(topic, { ...start('group-offsets', { 'properties.group.id': 'g' }), ...end })).toEqual(
      range([7, 2], [10, 10]),
    );
    const half = { 'properties.group.id': 'half', 'properties.auto.offset.reset': 'earliest' };
    expect(await values(topic, { ...start('group-offsets', half), ...end })).toEqual(range([0, 8], [10, 10]));
    expect(
      await values(topic, { ...start('group-offsets', { ...half, 'properties.auto.offset.reset': 'latest' }), ...end }),
    ).toEqual(range([10, 8], [10, 10]));
    const at = { 'scan.startup.timestamp-millis': '1045' };
    expect(await values(topic, { ...start('timestamp', at), ...end })).toEqual(range([5, 5], [10, 10]));
    const never = { 'scan.startup.timestamp-millis': '9999' };
    expect(await values(topic, { ...start('timestamp', never), ...end })).toEqual([]);
    const given = { 'scan.startup.specific-offsets': 'partition:0,offset:9;partition:1,offset:3' };
    expect(await values(topic, { ...start('specific-offsets', given), ...end })).toEqual(range([9, 3], [10, 10]));
    const one = { 'scan.startup.specific-offsets': 'partition:0,offset:9', 'properties.group.id': 'half' };
    expect(await values(topic, { ...start('specific-offsets', one), ...end })).toEqual(range([9, 8], [10, 10]));
    expect(await values(topic, stop('group-offsets', { 'properties.group.id': 'g' }))).toEqual(range([0, 0], [7, 2]));
    expect(await values(topic, stop('timestamp', { 'scan.bounded.timestamp-millis': '1020' }))).toEqual(
      range([0, 0], [2, 2]),
    );
    expect(await values(topic, stop('timestamp', { 'scan.bounded.timestamp-millis': '99999' }))).toEqual(
      range([0, 0], [10, 10]),
    );
    const ends = { 'scan.bounded.specific-offsets': 'partition:0,offset:4;partition:1,offset:0' };
    expect(await values(topic, stop('specific-offsets', ends))).toEqual(range([0, 0], [4, 0]));
    await expect(
      values(topic, { ...start('group-offsets', { 'properties.group.id': 'half' }), ...end }),
    ).rejects.toMatchObject({
      code: 'invalid_option',
      message: 'group "half" has committed no offset of "bounds" partition 0',
    });
    await expect(values(topic, stop('group-offsets', { 'properties.group.id': 'nobody' }))).rejects.toMatchObject({
      code: 'invalid_option',
    });
  });

  test('aborted transactions by isolation level, and up to an open one', async () => {
    const topic = 'transactions';
    await createTopic(server, topic);
    const batch = (name: string): { value: string }[] =>
      Array.from({ length: 5 }, (_, i) => ({ value: `${name}${i}` }));
    const names = (name: string): string[] => batch(name).map(({ value }) => value);
    await produce(server, topic, batch('plain'));
    await produceInTransaction(server, topic, batch('aborted'), 'abort');
    await produceInTransaction(server, topic, batch('committed'), 'commit');
    await produceInTransaction(server, topic, batch('again'), 'abort');
    const finish = await produceInTransaction(server, topic, batch('open'), 'open');
    await produce(server, topic, batch('behind'));
    const committed = { 'properties.isolation.level': 'read_committed', ...BOUNDED };
    // The broker writes the marks that end a transaction after it has answered.
    const seen = (): Promise<unknown> => values(topic, committed);
    await expect.poll(seen, SOON).toEqual([...names('plain'), ...names('committed')]);
    const everything = ['plain', 'aborted', 'committed', 'again', 'open', 'behind'].flatMap(names);
    expect(await values(topic, BOUNDED)).toEqual(everything);
    await finish();
    await expect.poll(seen, SOON).toEqual(['plain', 'committed', 'open', 'behind'].flatMap(names));
  });

  test('a record larger than a fetch, between small ones', async () => {
    await createTopic(server, 'large', { partitions: 3, settings: { 'max.message.bytes': '9000000' } });
    const large = (i: number): string => `${i}`.padEnd(5_000_000, 'z');
    const records = [0, 1, 2].flatMap((partition) =>
      [0, 1, 2].map((i) => ({ partition, value: i === 1 ? large(partition) : `${i}` })),
    );
    for (const record of records) await produce(server, 'large', [record]);
    const small = {
      'properties.max.partition.fetch.bytes': '10000',
      'properties.fetch.max.bytes': '20000',
      ...BOUNDED,
    };
    expect(await values('large', small)).toEqual(records.map(({ value }) => value));
  });

  test('topic lists and patterns', async () => {
    for (const topic of ['list-a', 'list-b', 'list-c', 'other']) {
      await createTopic(server, topic);
      await produce(server, topic, [{ value: topic }]);
    }
    expect(await values('list-c; list-a', BOUNDED)).toEqual(['list-a', 'list-c']);
    const { topic: _, ...options } = optionsOf(server, '', { ...BOUNDED, 'topic-pattern': 'list-[ab]|oth.*' });
    expect((await readTable({ options })).map(({ value }) => value)).toEqual(['list-a', 'list-b', 'other']);
    await expect(values('list-a;missing', BOUNDED)).rejects.toMatchObject({
      code: 'undefined_object',
      message: 'topic "missing" does not exist',
    });
  });

  test('any position once given goes on exactly there', async () => {
    const topic = 'positions';
    await createTopic(server, topic, { partitions: 2 });
    const records = Array.from({ length: 300 }, (_, i) => ({ partition: i % 2, value: `${i}` }));
    for (const codec of CODECS) await produce(server, topic, records.slice(0, 60), { codec, batchSize: 20 });
    const whole = await values(topic, BOUNDED);
    for (const stopAfter of [0, 1, 19, 20, 77, 150]) {
      const first = openTable({ options: optionsOf(server, topic, BOUNDED), chunk: 7 });
      await first.until((all) => all.length >= stopAfter);
      if (stopAfter === 0) await first.until((all) => all.length > 0);
      const positions = new Map(JSON.parse(JSON.stringify([...first.positions()])) as [string, never][]);
      await first.close();
      const rest = await readTable({ options: optionsOf(server, topic, BOUNDED), positions, chunk: 11 });
      const both = [...first.records, ...rest].toSorted((a, b) =>
        a.split < b.split ? -1 : a.split > b.split ? 1 : a.offset - b.offset,
      );
      expect(both.map(({ value }) => value)).toEqual(whole);
    }
  });

  test('an idle partition holds up none of the others', async () => {
    const topic = 'idle';
    await createTopic(server, topic, { partitions: 4 });
    const records = Array.from({ length: 20_000 }, (_, i) => ({ partition: i % 3, value: `${i}`.padEnd(300, '.') }));
    await produce(server, topic, records, { batchSize: 5000 });
    const small = { 'properties.max.partition.fetch.bytes': '100000', 'properties.fetch.max.wait.ms': '5000' };
    const table = openTable({ options: optionsOf(server, topic, small) });
    const began = Date.now();
    await table.until((all) => all.length === records.length);
    // 6 MB in fetches of at most 300 KB: had one waited for the idle partition, it would have taken 5 s more.
    expect(Date.now() - began).toBeLessThan(4000);
    expect(table.source.gauges?.()['lag']).toBe(0);
    await produce(server, topic, [{ partition: 3, value: 'late' }]);
    await table.until((all) => all.at(-1)?.value === 'late', 3000);
    await table.close();
  });

  test("upsert-kafka begins at the beginning and keeps tombstones' keys", async () => {
    await createTopic(server, 'upserts');
    await produce(server, 'upserts', [
      { key: 'k', value: '1' },
      { key: 'k', value: null },
    ]);
    const { 'scan.startup.mode': _, ...options } = optionsOf(server, 'upserts', BOUNDED);
    const read = await readTable({ connector: 'upsert-kafka', options });
    expect(read.map(({ key, value }) => [key, value])).toEqual([
      ['k', '1'],
      ['k', null],
    ]);
  });

  test('offsets of a checkpoint are committed for the group, which needs no member', async () => {
    await createTopic(server, 'commits');
    await produce(server, 'commits', [{ value: 'a' }, { value: 'b' }]);
    const table = openTable({ options: optionsOf(server, 'commits', { 'properties.group.id': 'job' }) });
    await table.until((all) => all.length === 2);
    await table.source.onCheckpoint?.([...table.positions()].map(([split, position]) => ({ split, position })));
    expect(table.source.gauges?.()).toMatchObject({ lag: 0, failed_commits: 0 });
    const admin = kafkaClient(server).admin();
    await admin.connect();
    const committed = await admin.fetchOffsets({ groupId: 'job', topics: ['commits'] });
    await admin.disconnect();
    expect(committed[0]?.partitions[0]?.offset).toBe('2');
    await table.close();
  });
});

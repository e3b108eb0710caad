/** Writing Kafka by SQL: what a table with a primary key holds at the end, what a bounded INSERT promises, what is refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Millrace } from '../../src/index.ts';
import { type ReadRecord, createTopic, readByConsole, readTopic } from '../servers/kafka-data.ts';
import { type KafkaServer, startKafka } from '../servers/kafka.ts';

let kafka: KafkaServer;
beforeAll(async () => {
  kafka = await startKafka();
});
afterAll(() => kafka?.close());

async function run(script: string): Promise<void> {
  const db = await Millrace.create();
  try {
    for (const job of await db.script(script)) await job.done;
  } finally {
    await db.close();
  }
}

const to = (topic: string, more: string): string =>
  `'topic' = '${topic}', 'properties.bootstrap.servers' = '${kafka.bootstrap}'${more}`;

/** 3,000 rows with k = n mod 30 and v = n. */
const NUMBERS = `
  CREATE TABLE numbers (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', 'number-of-rows' = '3000',
    'fields.n.kind' = 'sequence', 'fields.n.start' = '0', 'fields.n.end' = '2999');`;

/** The table that a compacted topic is: the last value of each key. */
function tableOf(records: readonly ReadRecord[]): Map<string, unknown> {
  const table = new Map<string, unknown>();
  for (const { key, value } of records) {
    if (value === null) table.delete(key ?? '');
    else table.set(key ?? '', JSON.parse(value));
  }
  return table;
}

describe('upsert-kafka', () => {
  const counts = (topic: string, more = ''): string => `${NUMBERS}
    CREATE TABLE counts (k INT, rows_seen BIGINT, last INT, PRIMARY KEY (k) NOT ENFORCED) WITH (
      'connector' = 'upsert-kafka', ${to(topic, `, 'key.format' = 'json', 'value.format' = 'json'${more}`)});
    INSERT INTO counts SELECT MOD(n, 30), COUNT(*), MAX(n) FROM numbers GROUP BY MOD(n, 30);`;
  const expected = new Map(
    Array.from({ length: 30 }, (_, k) => [JSON.stringify({ k }), { k, rows_seen: 100, last: 2970 + k }]),
  );

  test('the topic holds a record for each change, the last of a key is its row', async () => {
    await createTopic(kafka, 'counts', { partitions: 4 });
    await run(counts('counts'));
    const records = await readTopic(kafka, 'counts', 3000);
    expect(records).toHaveLength(3000);
    expect(tableOf(records)).toEqual(expected);
    const places = new Set(records.map(({ key, partition }) => `${key} ${partition}`));
    expect(places.size).toBe(30);
  });

  test('with a buffer, only the last change of a key in it', async () => {
    await createTopic(kafka, 'folded', { partitions: 4 });
    await run(counts('folded', ", 'sink.buffer-flush.max-rows' = '1000', 'sink.buffer-flush.interval' = '1 h'"));
    const records = await readTopic(kafka, 'folded', 30);
    expect(records).toHaveLength(30);
    expect(tableOf(records)).toEqual(expected);
  });

  test('a row that goes away is a record without a value', async () => {
    await createTopic(kafka, 'alone');
    // Of the keys that were seen once so far, at the end none.
    await run(`${NUMBERS}
      CREATE TABLE alone (k INT, c BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH (
        'connector' = 'upsert-kafka', ${to('alone', ", 'key.format' = 'raw', 'value.format' = 'json'")});
      INSERT INTO alone SELECT k, c FROM (SELECT MOD(n, 30) AS k, COUNT(*) AS c FROM numbers GROUP BY MOD(n, 30)) WHERE c < 3;`);
    const records = await readTopic(kafka, 'alone', 90);
    expect(tableOf(records)).toEqual(new Map());
    // The counts 1 and 2, and then none: of updates that leave a row nothing but the new row is written.
    expect(
      records.map(({ value }) => (value === null ? null : (JSON.parse(value) as { readonly c: number }).c)),
    ).toEqual([
      ...Array.from({ length: 30 }, () => 1),
      ...Array.from({ length: 30 }, () => 2),
      ...Array.from({ length: 30 }, () => null),
    ]);
  });
});

describe('kafka', () => {
  const copy = (topic: string, more: string): string => `${NUMBERS}
    CREATE TABLE copy (n INT) WITH ('connector' = 'kafka', 'format' = 'json', ${to(topic, more)});
    INSERT INTO copy SELECT n FROM numbers;`;
  const numbers = (values: readonly (string | null)[]): number[] =>
    values.map((value) => (JSON.parse(value ?? '') as { readonly n: number }).n).sort((a, b) => a - b);
  const all = Array.from({ length: 3000 }, (_, n) => n);

  test('exactly once without checkpoints: all is committed when the input has ended', async () => {
    await createTopic(kafka, 'once', { partitions: 2 });
    const exactlyOnce = ", 'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = 'once'";
    await run(copy('once', exactlyOnce));
    expect(numbers(await readByConsole(kafka, 'once'))).toEqual(all);
  });

  test('records without a key go to all partitions, in batches', async () => {
    await createTopic(kafka, 'spread', { partitions: 3 });
    await run(copy('spread', ", 'properties.batch.size' = '2000'"));
    const records = await readTopic(kafka, 'spread', 3000);
    expect(numbers(records.map(({ value }) => value))).toEqual(all);
    for (const p of [0, 1, 2]) {
      expect(records.filter(({ partition }) => partition === p).length).toBeGreaterThan(700);
    }
  });

  test('`fixed` keeps a subtask’s records in one partition', async () => {
    await createTopic(kafka, 'fixed', { partitions: 3 });
    await run(copy('fixed', ", 'sink.partitioner' = 'fixed', 'properties.batch.size' = '2000'"));
    const records = await readTopic(kafka, 'fixed', 3000);
    expect(new Set(records.map(({ partition }) => partition))).toEqual(new Set([0]));
    expect(records.map(({ value }) => numbers([value])[0])).toEqual(all);
  });

  test('NULL in format raw is a record without a key, or without a value', async () => {
    await createTopic(kafka, 'raw');
    await run(`
      CREATE TABLE raw_records (k STRING, v STRING) WITH ('connector' = 'kafka', ${to('raw', '')},
        'key.format' = 'raw', 'key.fields' = 'k', 'value.format' = 'raw', 'value.fields-include' = 'EXCEPT_KEY');
      INSERT INTO raw_records VALUES ('a', 'x'), (CAST(NULL AS STRING), 'y'), ('b', CAST(NULL AS STRING)), ('', '');`);
    const records = await readTopic(kafka, 'raw', 4);
    expect(records.map(({ key, value }) => [key, value])).toEqual([
      ['a', 'x'],
      [null, 'y'],
      ['b', null],
      ['', ''],
    ]);
  });

  test('headers as a list keep their order and those of the same name, written and read', async () => {
    await createTopic(kafka, 'listed');
    await run(`
      CREATE TABLE listed (n INT, h ARRAY<ROW<name STRING, content BYTES>> METADATA FROM 'header-list') WITH (
        'connector' = 'kafka', 'format' = 'json', ${to('listed', '')}, 'scan.startup.mode' = 'earliest-offset',
        'scan.bounded.mode' = 'latest-offset');
      INSERT INTO listed VALUES (1, ARRAY[ROW('a', CAST('x' AS BYTES)), ROW('b', CAST('y' AS BYTES)), ROW('a', CAST('z' AS BYTES))]);`);
    const [record] = await readTopic(kafka, 'listed', 1);
    expect(record?.headers).toEqual({ a: 'x,z', b: 'y' });
    const db = await Millrace.create();
    await db.script(`
      CREATE TABLE listed (n INT, h ARRAY<ROW<name STRING, content BYTES>> METADATA FROM 'header-list') WITH (
        'connector' = 'kafka', 'format' = 'json', ${to('listed', '')}, 'scan.startup.mode' = 'earliest-offset',
        'scan.bounded.mode' = 'latest-offset');`);
    const rows = await db.query('SELECT n, h[1].name, CAST(h[3].content AS STRING), CARDINALITY(h) FROM listed');
    const read: unknown[] = [];
    for await (const row of rows) read.push(Object.values(row));
    expect(read).toEqual([[1, 'a', 'z', 3]]);
    await db.close();
  });

  test('a topic that is not there, where brokers create none, is named', async () => {
    const strict = await startKafka({ settings: { 'auto.create.topics.enable': 'false' } });
    try {
      await expect(
        run(`${NUMBERS}
          CREATE TABLE copy (n INT) WITH ('connector' = 'kafka', 'format' = 'json', 'topic' = 'nowhere',
            'properties.bootstrap.servers' = '${strict.bootstrap}');
          INSERT INTO copy SELECT n FROM numbers;`),
      ).rejects.toMatchObject({ code: 'undefined_object', message: 'topic "nowhere" does not exist' });
    } finally {
      await strict.close();
    }
  });

  test('updates are refused, and what takes them named', async () => {
    await expect(
      run(`${NUMBERS}
        CREATE TABLE totals (c BIGINT) WITH ('connector' = 'kafka', 'format' = 'json', ${to('x', '')});
        INSERT INTO totals SELECT COUNT(*) FROM numbers;`),
    ).rejects.toMatchObject({ message: expect.stringContaining('update') as string });
  });
});

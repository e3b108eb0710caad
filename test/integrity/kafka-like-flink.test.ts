/**
 * Tables over Kafka do what Flink 2.3.0 (connector 5.0.0) does: the same statements ran there over the same topics, and
 * what came out is written down here, records and changes one by one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine.ts';
import { Millrace } from '../../src/index.ts';
import { type TestRecord, createTopic, kafkaClient, produce, withAdmin } from '../servers/kafka-data.ts';
import { type KafkaServer, startKafka } from '../servers/kafka.ts';

let kafka: KafkaServer;
beforeAll(async () => {
  kafka = await startKafka();
});
afterAll(async () => kafka?.close());

let topics = 0;
/** Times of records lie in the past. */
async function newTopic(records: readonly TestRecord[] = [], partitions = 1): Promise<string> {
  const topic = `t${topics++}`;
  await createTopic(kafka, topic, { partitions, settings: { 'retention.ms': '-1' } });
  if (records.length > 0) await produce(kafka, topic, records);
  return topic;
}

const table = (connector: string, topic: string, more: string): string =>
  `WITH ('connector' = '${connector}', 'topic' = '${topic}', 'properties.bootstrap.servers' = '${kafka.bootstrap}', ${more})`;
const ALL = `'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset'`;

async function changesOf(script: readonly string[], query: string): Promise<string[]> {
  const session = new Engine().openSession();
  for (const statement of script) await session.executeSql(statement);
  const found: string[] = [];
  for await (const { op, row } of await session.query<Record<string, unknown>>(query)) {
    const values = Object.values(row).map((value) => (typeof value === 'bigint' ? Number(value) : value));
    found.push(`${op} ${JSON.stringify(values)}`);
  }
  return found;
}

async function run(script: readonly string[]): Promise<void> {
  const db = await Millrace.create();
  try {
    for (const job of await db.script(script.join(';\n'))) await job.done;
  } finally {
    await db.close();
  }
}

const text = (bytes: Buffer | null): string => {
  if (bytes === null) return 'null';
  return bytes.every((byte) => byte >= 32 && byte < 127) ? bytes.toString() : `x${bytes.toString('hex')}`;
};

interface Written {
  readonly partition: number;
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Key and value, as text or in hexadecimal. */
  readonly record: string;
}

/** What stands in a topic, by partition and offset. */
async function written(topic: string, count: number): Promise<Written[]> {
  const consumer = kafkaClient(kafka).consumer({ groupId: `read-${topic}`, maxWaitTimeInMs: 100 });
  const found: (Written & { readonly offset: number })[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch: { partition, messages } }) => {
        for (const { key, value, headers, timestamp, offset } of messages) {
          found.push({
            partition,
            offset: Number(offset),
            timestamp: Number(timestamp),
            headers: Object.fromEntries(
              Object.entries(headers ?? {}).map(([name, bytes]) => [name, text(bytes as Buffer)]),
            ),
            record: `${text(key)} => ${text(value)}`,
          });
        }
      },
    });
    const giveUp = Date.now() + 20_000;
    while (found.length < count && Date.now() < giveUp) await new Promise((wake) => setTimeout(wake, 50));
    await new Promise((wake) => setTimeout(wake, 300));
  } finally {
    await consumer.disconnect();
  }
  return found.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}

const put = (id: number, k: string | null, v: number | null): TestRecord => ({
  key: `{"id":${id}}`,
  value: JSON.stringify({ id, k, v }),
});
const gone = (id: number): TestRecord => ({ key: `{"id":${id}}`, value: null });
const CHANGES: readonly TestRecord[] = [
  put(1, 'a', 5),
  put(1, 'a', 5),
  put(1, 'a', 7),
  put(2, 'b', 1),
  gone(2),
  gone(3),
  put(1, 'b', 2),
  put(1, 'b', 9),
  gone(1),
  put(4, 'c', 2),
  put(4, 'c', 8),
  put(5, 'd', 8),
  put(5, 'd', 1),
  gone(5),
  put(6, 'x', null),
  put(6, null, 4),
  put(1, 'a', 3),
];
const JSONS = `'key.format' = 'json', 'value.format' = 'json'`;
const changing = (topic: string): string =>
  `CREATE TABLE t (id BIGINT, k STRING, v INT, PRIMARY KEY (id) NOT ENFORCED)
   ${table('upsert-kafka', topic, `${JSONS}, 'scan.bounded.mode' = 'latest-offset'`)}`;

describe('upsert-kafka to upsert-kafka', () => {
  let source: string;
  beforeAll(async () => {
    source = await newTopic(CHANGES);
  });

  /** Columns, primary key, query, records. */
  test.each<[string, string, string, string, readonly string[], string?]>([
    [
      'only rows that pass a filter',
      'id BIGINT, k STRING, v INT',
      'id',
      'SELECT * FROM t WHERE v > 4',
      [
        '{"id":1} => {"id":1,"k":"a","v":5}',
        '{"id":1} => {"id":1,"k":"a","v":7}',
        '{"id":1} => null',
        '{"id":1} => {"id":1,"k":"b","v":9}',
        '{"id":1} => null',
        '{"id":4} => {"id":4,"k":"c","v":8}',
        '{"id":5} => {"id":5,"k":"d","v":8}',
        '{"id":5} => null',
      ],
    ],
    [
      'only keys that pass a filter, as they come',
      'id BIGINT, k STRING, v INT',
      'id',
      'SELECT * FROM t WHERE id > 1',
      [
        '{"id":2} => {"id":2,"k":"b","v":1}',
        '{"id":2} => null',
        '{"id":3} => null',
        '{"id":4} => {"id":4,"k":"c","v":2}',
        '{"id":4} => {"id":4,"k":"c","v":8}',
        '{"id":5} => {"id":5,"k":"d","v":8}',
        '{"id":5} => {"id":5,"k":"d","v":1}',
        '{"id":5} => null',
        '{"id":6} => {"id":6,"k":"x","v":null}',
        '{"id":6} => {"id":6,"k":null,"v":4}',
      ],
    ],
    [
      'groups whose sum passes a filter',
      'k STRING, s INT',
      'k',
      'SELECT k, s FROM (SELECT k, SUM(v) AS s FROM t WHERE k IS NOT NULL GROUP BY k) WHERE s > 4',
      [
        '{"k":"a"} => {"k":"a","s":5}',
        '{"k":"a"} => null',
        '{"k":"a"} => {"k":"a","s":7}',
        '{"k":"a"} => null',
        '{"k":"b"} => {"k":"b","s":9}',
        '{"k":"b"} => null',
        '{"k":"c"} => {"k":"c","s":8}',
        '{"k":"d"} => {"k":"d","s":8}',
        '{"k":"d"} => null',
      ],
    ],
    [
      'distinct values',
      'k STRING',
      'k',
      'SELECT DISTINCT k FROM t WHERE k IS NOT NULL',
      [
        '{"k":"a"} => {"k":"a"}',
        '{"k":"b"} => {"k":"b"}',
        '{"k":"b"} => null',
        '{"k":"a"} => null',
        '{"k":"b"} => {"k":"b"}',
        '{"k":"b"} => null',
        '{"k":"c"} => {"k":"c"}',
        '{"k":"d"} => {"k":"d"}',
        '{"k":"d"} => null',
        '{"k":"x"} => {"k":"x"}',
        '{"k":"x"} => null',
        '{"k":"a"} => {"k":"a"}',
      ],
    ],
    [
      'by a key that holds the other one: a row that moves is taken away where it was',
      'k STRING, v INT, id BIGINT',
      'v, id',
      'SELECT k, v, id FROM t WHERE v > 1',
      [
        '{"v":5,"id":1} => {"k":"a","v":5,"id":1}',
        '{"v":5,"id":1} => null',
        '{"v":7,"id":1} => {"k":"a","v":7,"id":1}',
        '{"v":7,"id":1} => null',
        '{"v":2,"id":1} => {"k":"b","v":2,"id":1}',
        '{"v":2,"id":1} => null',
        '{"v":9,"id":1} => {"k":"b","v":9,"id":1}',
        '{"v":9,"id":1} => null',
        '{"v":2,"id":4} => {"k":"c","v":2,"id":4}',
        '{"v":2,"id":4} => null',
        '{"v":8,"id":4} => {"k":"c","v":8,"id":4}',
        '{"v":8,"id":5} => {"k":"d","v":8,"id":5}',
        '{"v":8,"id":5} => null',
        '{"v":4,"id":6} => {"k":null,"v":4,"id":6}',
        '{"v":3,"id":1} => {"k":"a","v":3,"id":1}',
      ],
    ],
    [
      'Avro, values without keys',
      'k_id BIGINT, k STRING, v INT',
      'k_id',
      'SELECT id, k, v FROM t WHERE id IN (1, 4)',
      [
        'x02 => x020261020a',
        'x02 => x020261020a',
        'x02 => x020261020e',
        'x02 => x0202620204',
        'x02 => x0202620212',
        'x02 => null',
        'x08 => x0202630204',
        'x08 => x0202630210',
        'x02 => x0202610206',
      ],
      `'key.format' = 'avro', 'value.format' = 'avro', 'key.fields-prefix' = 'k_', 'value.fields-include' = 'EXCEPT_KEY'`,
    ],
    [
      'keys in raw, values in CSV',
      'id BIGINT, k STRING, v INT',
      'id',
      'SELECT * FROM t WHERE id > 4',
      [
        'x0000000000000005 => 5,d,8',
        'x0000000000000005 => 5,d,1',
        'x0000000000000005 => null',
        'x0000000000000006 => 6,x,',
        'x0000000000000006 => 6,,4',
      ],
      `'key.format' = 'raw', 'value.format' = 'csv'`,
    ],
  ])('%s', async (_, columns, key, query, records, formats = JSONS) => {
    const target = await newTopic();
    await run([
      changing(source),
      `CREATE TABLE o (${columns}, PRIMARY KEY (${key}) NOT ENFORCED) ${table('upsert-kafka', target, formats)}`,
      `INSERT INTO o ${query}`,
    ]);
    expect((await written(target, records.length)).map(({ record }) => record)).toEqual(records);
  });

  test('metadata stand beside deletions too', async () => {
    const target = await newTopic();
    await run([
      changing(source),
      `CREATE TABLE o (id BIGINT, v INT, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', h MAP<STRING, BYTES> METADATA FROM 'headers',
        PRIMARY KEY (id) NOT ENFORCED) ${table('upsert-kafka', target, JSONS)}`,
      `INSERT INTO o SELECT id, v, TO_TIMESTAMP_LTZ(1000, 3), MAP['a', X'01'] FROM t WHERE id IN (2, 9)`,
    ]);
    const all = { partition: 0, timestamp: 1000, headers: { a: 'x01' } };
    expect(await written(target, 2)).toMatchObject([
      { ...all, record: '{"id":2} => {"id":2,"v":1}' },
      { ...all, record: '{"id":2} => null' },
    ]);
  });
});

describe('metadata', () => {
  test('are written from columns of other types', async () => {
    const target = await newTopic();
    for (const [type, value] of [
      ['TIMESTAMP(3)', `TIMESTAMP '2020-01-01 00:00:00.123'`],
      ['TIMESTAMP_LTZ(9)', `CAST(TIMESTAMP '2020-01-01 00:00:00.123456789' AS TIMESTAMP_LTZ(9))`],
      ['STRING', `'2020-01-01 00:00:00.123'`],
      ['DATE', `DATE '2020-01-01'`],
    ]) {
      await run([
        `SET 'table.local-time-zone' = 'UTC'`,
        `CREATE TABLE o (v INT, ts ${type} METADATA FROM 'timestamp', h MAP<STRING, STRING> METADATA FROM 'headers')
         ${table('kafka', target, `'format' = 'json'`)}`,
        `INSERT INTO o SELECT 1, ${value}, MAP['a', 'x', CAST(NULL AS STRING), 'y', 'n', CAST(NULL AS STRING)]`,
      ]);
    }
    const records = await written(target, 4);
    expect(records.map(({ timestamp }) => timestamp)).toEqual([
      1577836800123, 1577836800123, 1577836800123, 1577836800000,
    ]);
    expect(records.map(({ headers }) => headers)).toEqual(Array.from({ length: 4 }, () => ({ a: 'x' })));
  });

  test('are read', async () => {
    const source = await newTopic(
      [
        {
          value: '{"v":1}',
          partition: 0,
          timestamp: '1700000000123',
          headers: { h: 'x', g: Buffer.from('01ff', 'hex') },
        },
        { value: '{"v":2}', partition: 1, timestamp: '1700000001123', headers: { h: ['x', 'y'] } },
        { value: '{"v":3}', partition: 0, timestamp: '1700000002123' },
      ],
      2,
    );
    const ddl = `CREATE TABLE t (v INT, topic STRING METADATA VIRTUAL, p INT METADATA FROM 'partition' VIRTUAL,
      o BIGINT METADATA FROM 'offset' VIRTUAL, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',
      tt STRING METADATA FROM 'timestamp-type' VIRTUAL, le INT METADATA FROM 'leader-epoch' VIRTUAL,
      h MAP<STRING, BYTES> METADATA FROM 'headers') ${table('kafka', source, `${ALL}, 'format' = 'json'`)}`;
    const query = `SELECT v, topic, p, o, CAST(ts AS STRING), tt, le, CARDINALITY(h), CAST(h['h'] AS STRING) FROM t`;
    expect((await changesOf([`SET 'table.local-time-zone' = 'UTC'`, ddl], query)).toSorted()).toEqual([
      `+I [1,"${source}",0,0,"2023-11-14 22:13:20.123","CreateTime",0,2,"x"]`,
      `+I [2,"${source}",1,0,"2023-11-14 22:13:21.123","CreateTime",0,1,"y"]`,
      `+I [3,"${source}",0,1,"2023-11-14 22:13:22.123","CreateTime",0,0,null]`,
    ]);
  });
});

// Partitions of the keys 'key-0-é' to 'key-39-é' in a topic of seven.
test.each([
  ['json', '4123661015661636143625254230536450105504'],
  ['raw', '6010163652121235431022410313366041021460'],
  ['csv', '6010163652121235431022410313366041021460'],
  ['avro', '3241203265216451025133634005360455005403'],
])('keys in %s land in the same partitions', async (format, partitions) => {
  const target = await newTopic([], 7);
  const rows = Array.from({ length: 40 }, (_, i) => `(${i}, 'key-${i}-é')`).join(', ');
  await run([
    `CREATE TABLE o (id INT, s STRING) ${table('kafka', target, `'format' = 'raw', 'value.fields-include' = 'EXCEPT_KEY', 'key.format' = '${format}', 'key.fields' = 's'`)}`,
    `INSERT INTO o SELECT * FROM (VALUES ${rows})`,
  ]);
  const found: number[] = [];
  for (const { partition, record } of await written(target, 40)) {
    found[Number.parseInt(record.split(' => x')[1] as string, 16)] = partition;
  }
  expect(found.join('')).toBe(partitions);
});

describe('where reading begins and ends', () => {
  let source: string;
  beforeAll(async () => {
    source = await newTopic(
      Array.from({ length: 6 }, (_, i) => ({
        value: `{"v":${i}}`,
        partition: i % 2,
        timestamp: String(1700000000000 + i * 1000),
      })),
      2,
    );
  });
  const time = (start: number, end: number): string =>
    `'scan.startup.mode' = 'timestamp', 'scan.startup.timestamp-millis' = '${start}',
     'scan.bounded.mode' = 'timestamp', 'scan.bounded.timestamp-millis' = '${end}'`;

  test.each([
    ['all', ALL, [0, 1, 2, 3, 4, 5]],
    ['nothing', `'scan.startup.mode' = 'latest-offset', 'scan.bounded.mode' = 'latest-offset'`, []],
    ['between times', time(1700000001500, 1700000004000), [2, 3]],
    ['to a time that no record has', time(0, 1700000900000), [0, 1, 2, 3, 4, 5]],
    [
      'between offsets',
      `'scan.startup.mode' = 'specific-offsets', 'scan.startup.specific-offsets' = 'partition:0,offset:0;partition:1,offset:1',
       'scan.bounded.mode' = 'specific-offsets', 'scan.bounded.specific-offsets' = 'partition:0,offset:2;partition:1,offset:3'`,
      [0, 2, 3, 5],
    ],
  ])('%s', async (_, options, values) => {
    const ddl = `CREATE TABLE t (v INT) ${table('kafka', source, `${options}, 'format' = 'json'`)}`;
    const found = await changesOf([ddl], 'SELECT v FROM t');
    expect(found.toSorted()).toEqual(values.map((value) => `+I [${value}]`));
  });
});

test('what a bounded job has read is committed for its group at the end', async () => {
  const source = await newTopic(
    Array.from({ length: 10 }, (_, i) => ({ value: `{"v":${i}}`, partition: i % 2 })),
    2,
  );
  const stateDir = await mkdtemp(join(tmpdir(), 'millrace-group-'));
  const db = await Millrace.create();
  try {
    const options = `${ALL}, 'format' = 'json', 'properties.group.id' = 'readers'`;
    const jobs =
      await db.script(`SET 'execution.checkpointing.interval' = '1 h'; SET 'execution.checkpointing.dir' = '${stateDir}';
      CREATE TABLE t (v INT) ${table('kafka', source, options)};
      CREATE TABLE o (v INT) WITH ('connector' = 'blackhole');
      INSERT INTO o SELECT v FROM t;`);
    for (const job of jobs) await job.done;
  } finally {
    await db.close();
    await rm(stateDir, { recursive: true });
  }
  const groups = await withAdmin(kafka, (admin) => admin.fetchOffsets({ groupId: 'readers', topics: [source] }));
  expect(groups[0]?.partitions.map(({ offset }) => offset)).toEqual(['5', '5']);
});

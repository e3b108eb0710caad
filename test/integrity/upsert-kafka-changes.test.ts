/**
 * What a compacted topic says becomes whole changes, and goes on to another one by key as it comes. The changes are those
 * that Flink 2.3 gives for the same records.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../src/engine.ts';
import { createTopic, produce, readTopic, type TestRecord } from '../servers/kafka-data.ts';
import { type KafkaServer, startKafka } from '../servers/kafka.ts';

let kafka: KafkaServer;

const put = (id: number, k: string | null, v: number | null): TestRecord => ({
  key: `{"id":${id}}`,
  value: JSON.stringify({ id, k, v }),
});
const gone = (id: number): TestRecord => ({ key: `{"id":${id}}`, value: null });

const RECORDS: readonly TestRecord[] = [
  put(1, 'a', 5),
  put(1, 'a', 5),
  put(1, 'a', 7),
  put(2, 'b', 1),
  gone(2),
  gone(3),
  put(1, 'a', 2),
  put(1, 'a', 1),
  put(1, 'a', 9),
  gone(1),
  put(4, 'c', 2),
  put(4, 'c', 8),
  put(5, 'd', 8),
  put(5, 'd', 1),
  gone(5),
  put(6, 'x', null),
  put(6, null, 4),
];

beforeAll(async () => {
  kafka = await startKafka();
  await createTopic(kafka, 'rows', { settings: { 'cleanup.policy': 'compact' } });
  await produce(kafka, 'rows', RECORDS);
});

afterAll(async () => kafka?.close());

const table = (name: string, topic: string): string =>
  `CREATE TABLE ${name} (id BIGINT, k STRING, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'upsert-kafka',
    'topic' = '${topic}', 'properties.bootstrap.servers' = '${kafka.bootstrap}', 'key.format' = 'json',
    'value.format' = 'json'${name === 'u' ? ", 'scan.bounded.mode' = 'latest-offset'" : ''})`;

async function changes(sql: string): Promise<string[]> {
  const session = new Engine().openSession();
  await session.executeSql(table('u', 'rows'));
  const found: string[] = [];
  for await (const { op, row } of await session.query<Record<string, unknown>>(sql)) {
    found.push(
      `${op}[${Object.values(row)
        .map((value) => (value === null ? 'NULL' : String(value)))
        .join(', ')}]`,
    );
  }
  return found;
}

test('every change has the row that it replaces, a deletion the whole row', async () => {
  expect(await changes('SELECT * FROM u')).toEqual([
    '+I[1, a, 5]',
    '-U[1, a, 5]',
    '+U[1, a, 7]',
    '+I[2, b, 1]',
    '-D[2, b, 1]',
    '-U[1, a, 7]',
    '+U[1, a, 2]',
    '-U[1, a, 2]',
    '+U[1, a, 1]',
    '-U[1, a, 1]',
    '+U[1, a, 9]',
    '-D[1, a, 9]',
    '+I[4, c, 2]',
    '-U[4, c, 2]',
    '+U[4, c, 8]',
    '+I[5, d, 8]',
    '-U[5, d, 8]',
    '+U[5, d, 1]',
    '-D[5, d, 1]',
    '+I[6, x, NULL]',
    '-U[6, x, NULL]',
    '+U[6, NULL, 4]',
  ]);
});

test('rows enter and leave a condition', async () => {
  expect(await changes('SELECT * FROM u WHERE v > 3')).toEqual([
    '+I[1, a, 5]',
    '-U[1, a, 5]',
    '+U[1, a, 7]',
    '-D[1, a, 7]',
    '+I[1, a, 9]',
    '-D[1, a, 9]',
    '+I[4, c, 8]',
    '+I[5, d, 8]',
    '-D[5, d, 8]',
    '+I[6, NULL, 4]',
  ]);
});

test('to a table with the same key each record goes on, deletions among them', async () => {
  await createTopic(kafka, 'copy');
  const session = new Engine().openSession();
  await session.executeSql(table('u', 'rows'));
  await session.executeSql(table('copy', 'copy'));
  session.settings.set('table.dml-sync', 'true');
  await session.executeScript('INSERT INTO copy SELECT * FROM u');
  const read = await readTopic(kafka, 'copy', RECORDS.length);
  expect(read.map(({ key, value }) => ({ key, value }))).toEqual(RECORDS.map(({ key, value }) => ({ key, value })));
});

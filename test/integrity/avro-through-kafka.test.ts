/**
 * Keys and values in Avro through a real broker and a real schema registry, by `kafka` and `upsert-kafka`: what is written
 * is read back, an independent reader of the topic finds Confluent's frame, and a raw value keeps NULL apart from nothing.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../src/engine.ts';
import type { Session } from '../../src/session.ts';
import { createTopic, readTopic } from '../servers/kafka-data.ts';
import { type KafkaServer, startKafka } from '../servers/kafka.ts';
import { type SchemaRegistryServer, startSchemaRegistry } from '../servers/schema-registry.ts';

let kafka: KafkaServer;
let registry: SchemaRegistryServer;
beforeAll(async () => {
  [kafka, registry] = await Promise.all([startKafka(), startSchemaRegistry()]);
  for (const topic of ['orders', 'stock', 'notes']) await createTopic(kafka, topic);
}, 300_000);
afterAll(() => Promise.all([kafka?.close(), registry?.close()]));

const withOptions = (connector: string, topic: string, more: Readonly<Record<string, string>>): string =>
  Object.entries({
    connector,
    topic,
    'properties.bootstrap.servers': kafka.bootstrap,
    ...(connector === 'kafka' ? { 'scan.startup.mode': 'earliest-offset' } : {}),
    'scan.bounded.mode': 'latest-offset',
    ...more,
  })
    .map(([key, value]) => `'${key}' = '${value}'`)
    .join(', ');

async function insert(session: Session, sql: string): Promise<void> {
  const result = await session.executeSql(sql);
  if (result.kind !== 'insert') throw new Error('no job');
  const { error } = await result.job.done;
  expect(error).toBeNull();
}

async function rowsOf(session: Session, sql: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const { op, row } of await session.query<Record<string, unknown>>(sql)) {
    rows.push([op, ...Object.values(row)]);
  }
  return rows;
}

test('kafka', async () => {
  const session = new Engine().openSession();
  await session.executeSql(
    `CREATE TABLE orders (k_id BIGINT, name STRING, price DECIMAL(10, 2), tags ARRAY<STRING>, \`offset\` BIGINT METADATA VIRTUAL) WITH (${withOptions(
      'kafka',
      'orders',
      {
        'key.format': 'avro-confluent',
        'key.avro-confluent.url': registry.url,
        'key.fields': 'k_id',
        'key.fields-prefix': 'k_',
        'value.fields-include': 'EXCEPT_KEY',
        'value.format': 'avro-confluent',
        'value.avro-confluent.url': registry.url,
      },
    )})`,
  );
  await insert(
    session,
    `INSERT INTO orders VALUES (1, 'a', 1.5, ARRAY['x', 'y']), (CAST(NULL AS BIGINT), 'ü', -2, CAST(NULL AS ARRAY<STRING>))`,
  );
  expect(
    await rowsOf(session, 'SELECT `offset`, k_id, name, CAST(price AS STRING), CARDINALITY(tags) FROM orders'),
  ).toEqual([
    ['+I', 0n, 1n, 'a', '1.50', 2],
    ['+I', 1n, null, 'ü', '-2.00', null],
  ]);
  // By hand: a zero byte, the id of a schema in four, and the datum: [1] is branch 1 of a union (2), then 1 (2).
  const [first] = await readTopic(kafka, 'orders', 2);
  expect(Buffer.from(first?.key ?? '', 'latin1').toString('hex')).toMatch(/^00[0-9a-f]{8}0202$/);
}, 60_000);

test('upsert-kafka', async () => {
  const session = new Engine().openSession();
  await session.executeSql(
    `CREATE TABLE stock (id BIGINT, n INT, PRIMARY KEY (id) NOT ENFORCED) WITH (${withOptions('upsert-kafka', 'stock', {
      'key.format': 'avro-confluent',
      'key.avro-confluent.url': registry.url,
      'value.format': 'avro-confluent',
      'value.avro-confluent.url': registry.url,
    })})`,
  );
  await insert(
    session,
    `INSERT INTO stock SELECT id, SUM(n) FROM (VALUES (CAST(1 AS BIGINT), 3), (CAST(2 AS BIGINT), 4), (CAST(1 AS BIGINT), 5)) AS v (id, n) GROUP BY id`,
  );
  expect(await rowsOf(session, 'SELECT id, n FROM stock')).toEqual([
    ['+I', 1n, 3],
    ['+I', 2n, 4],
    ['-U', 1n, 3],
    ['+U', 1n, 8],
  ]);
}, 60_000);

test('raw', async () => {
  const session = new Engine().openSession();
  await session.executeSql(
    `CREATE TABLE notes (k STRING, v STRING) WITH (${withOptions('kafka', 'notes', {
      'key.format': 'raw',
      'key.fields': 'k',
      'value.format': 'raw',
      'value.fields-include': 'EXCEPT_KEY',
    })})`,
  );
  await insert(session, `INSERT INTO notes VALUES ('a', 'x'), (CAST(NULL AS STRING), ''), ('', CAST(NULL AS STRING))`);
  expect(await rowsOf(session, 'SELECT k, v FROM notes')).toEqual([
    ['+I', 'a', 'x'],
    ['+I', null, ''],
    ['+I', '', null],
  ]);
}, 60_000);

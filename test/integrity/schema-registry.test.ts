/**
 * Avro messages with a real schema registry: what is written is registered and read back, what others have written with
 * older and newer schemas is read by the table's, and a registry that is away stops nothing for good.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../src/engine.ts';
import { nodePlatform } from '../../src/platform/node-platform.ts';
import type { JobResult } from '../../src/runtime/job.ts';
import { type Value, type Vector, getValue } from '../../src/types/vector.ts';
import { makeCertificates } from '../servers/certificates.ts';
import { startSchemaRegistry, type SchemaRegistryServer } from '../servers/schema-registry.ts';
import { avscType } from '../support/avro-oracle.ts';
import { type Message, recordConnector } from '../support/record-connector.ts';

let registry: SchemaRegistryServer;
beforeAll(async () => {
  registry = await startSchemaRegistry();
}, 300_000);
afterAll(() => registry.close());

interface Run extends Pick<JobResult, 'error'> {
  readonly rows: Value[][];
  readonly written: readonly Message[];
}

function run(topic: string, columns: string, sql: string, messages: readonly Message[] = []): Promise<Run> {
  return runSql(
    `CREATE TABLE t (${columns}) WITH ('connector' = 'messages', 'topic' = '${topic}', 'millrace.on-error' = 'fail',
     'value.format' = 'avro-confluent', 'value.avro-confluent.url' = '${registry.url}', 'value.fields-include' = 'EXCEPT_KEY',
     'key.format' = 'avro-confluent', 'key.avro-confluent.url' = '${registry.url}', 'key.fields' = 'id')`,
    sql,
    messages,
  );
}

async function runSql(definition: string, sql: string, messages: readonly Message[]): Promise<Run> {
  const { connector, written } = recordConnector('messages', 'key-value', messages);
  const session = new Engine(nodePlatform(), [connector]).openSession();
  await session.executeSql(definition);
  const rows: Value[][] = [];
  const result = await session.executeSql(sql, {
    target: ({ schema }) => ({
      write: (batch) => {
        for (let i = 0; i < batch.length; i++) {
          rows.push(schema.map(({ type }, c) => getValue(batch.vectors[c] as Vector, i, type)));
        }
      },
    }),
  });
  if (result.kind !== 'query' && result.kind !== 'insert') throw new Error('no job');
  const { error } = await result.job.done;
  return { rows, error, written };
}

const framed = (id: number, datum: Buffer): Buffer => {
  const frame = Buffer.alloc(5);
  frame.writeInt32BE(id, 1);
  return Buffer.concat([frame, datum]);
};

test('what is written is registered for key and value, and read back', async () => {
  const { error, written } = await run(
    'orders',
    'id BIGINT NOT NULL, name STRING, price DECIMAL(10, 2), at_time TIMESTAMP(3)',
    `INSERT INTO t VALUES (1, 'a', 1.50, TIMESTAMP '2024-01-02 03:04:05.678'), (2, CAST(NULL AS STRING), -2.25, CAST(NULL AS TIMESTAMP(3)))`,
  );
  expect(error).toBeNull();
  const subjects = (await (await fetch(`${registry.url}/subjects`)).json()) as string[];
  expect(subjects).toEqual(expect.arrayContaining(['orders-key', 'orders-value']));
  const messages = written.map(({ key, value }) => ({
    key: Buffer.from(key as string, 'latin1'),
    value: Buffer.from(value as string, 'latin1'),
  }));
  const back = await run(
    'orders',
    'id BIGINT NOT NULL, name STRING, price DECIMAL(10, 2), at_time TIMESTAMP(3)',
    'SELECT * FROM t',
    messages,
  );
  expect(back.error).toBeNull();
  expect(back.rows).toEqual([
    [1n, 'a', 150n, Date.UTC(2024, 0, 2, 3, 4, 5, 678)],
    [2n, null, -225n, null],
  ]);
}, 60_000);

test('messages of several writers are read by the schema of the table', async () => {
  const old = { type: 'record', name: 'Event', namespace: 'a.b', fields: [{ name: 'n', type: 'int' }] };
  const next = {
    type: 'record',
    name: 'Event',
    namespace: 'a.b',
    fields: [
      { name: 'extra', type: { type: 'array', items: 'string' }, default: [] },
      { name: 'name', type: ['string', 'null'], default: 'x' },
      { name: 'n', type: 'long' },
    ],
  };
  const [oldId, nextId] = [await registry.register('one', old), await registry.register('two', next)];
  const message = (value: Buffer): Message => ({ key: null, value });
  const one = (n: number): Message => message(framed(oldId, avscType(old).toBuffer({ n })));
  const two = (n: bigint, name: string | null): Message =>
    message(
      framed(nextId, avscType(next).toBuffer({ extra: ['p', 'q'], name: name === null ? null : { string: name }, n })),
    );
  const { rows, error } = await run('events', 'id BIGINT, name STRING, n BIGINT', 'SELECT name, n FROM t', [
    one(1),
    two(2n, 'b'),
    one(3),
    one(4),
    two(1n << 40n, null),
    message(framed(999_999, Buffer.of(0))),
  ]);
  expect(rows).toEqual([
    [null, 1n],
    ['b', 2n],
    [null, 3n],
    [null, 4n],
    [null, 1n << 40n],
  ]);
  expect(error).toMatchObject({ code: 'bad_record' });
  expect(error?.message).toContain('the schema registry knows no schema 999999');
}, 60_000);

test('a registry that is away is an error that a restart may mend', async () => {
  await registry.kill();
  const columns = 'id BIGINT, name STRING';
  // Another id than those that were fetched before.
  const messages = [{ key: null, value: framed(123_456, Buffer.of(0)) }];
  const { error } = await run('away', columns, 'SELECT name FROM t', messages);
  expect(error).toMatchObject({ code: 'connection_failure', retryable: true });
  await registry.start();
  const again = await run('away', columns, `INSERT INTO t VALUES (1, 'a')`);
  expect(again.error).toBeNull();
}, 60_000);

test('over TLS a registry is trusted by its authority, and knows us by our certificate', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-registry-tls-'));
  const { authority, strangers, server: own, client, clientPkcs12 } = await makeCertificates(folder);
  const pem = readFileSync(own);
  const secure = createServer(
    { key: pem, cert: pem, ca: readFileSync(authority), requestCert: true, rejectUnauthorized: true },
    (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ schema: '{"type":"record","name":"A","fields":[{"name":"n","type":"int"}]}' }));
    },
  );
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  const { port } = secure.address() as AddressInfo;
  const read = (options: string): Promise<Run> =>
    runSql(
      `CREATE TABLE t (n BIGINT) WITH ('connector' = 'messages', 'topic' = 't', 'format' = 'avro-confluent',
       'avro-confluent.url' = 'https://localhost:${port}'${options})`,
      'SELECT n FROM t',
      [{ key: null, value: framed(1, Buffer.of(6)) }],
    );
  try {
    const trust = `, 'avro-confluent.ssl.truststore.location' = '${authority}'`;
    for (const keystore of [
      `'avro-confluent.ssl.keystore.location' = '${client}'`,
      `'avro-confluent.ssl.keystore.location' = '${clientPkcs12}', 'avro-confluent.ssl.keystore.password' = 'changeit'`,
    ]) {
      expect(await read(`${trust}, ${keystore}`)).toMatchObject({ error: null, rows: [[3n]] });
    }
    const distrust = `, 'avro-confluent.ssl.truststore.location' = '${strangers}'`;
    expect((await read(distrust)).error).toMatchObject({ code: 'authentication_failed' });
  } finally {
    secure.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);

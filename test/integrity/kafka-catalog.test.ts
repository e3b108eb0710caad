/**
 * Topics are tables without a CREATE TABLE: what the catalog says of them is what their records hold, as real brokers have
 * them, and a query of the table it describes reads every one of them.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import avsc from 'avsc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inferDdl } from '../../src/cli/infer-ddl.ts';
import { Engine } from '../../src/engine.ts';
import { toEngineError } from '../../src/errors.ts';
import type { Session } from '../../src/session.ts';
import { createTopic, produce, withAdmin } from '../servers/kafka-data.ts';
import { type KafkaServer, startKafka } from '../servers/kafka.ts';

let kafka: KafkaServer;

beforeAll(async () => {
  kafka = await startKafka({ secure: true });
});

afterAll(async () => kafka?.close());

async function open(options: Readonly<Record<string, string>> = {}): Promise<Session> {
  const session = new Engine().openSession();
  const given = Object.entries({ 'properties.bootstrap.servers': kafka.bootstrap, ...options });
  const list = given.map(([key, value]) => `'${key}' = '${value.replaceAll("'", "''")}'`);
  await session.executeSql(`CREATE CATALOG k WITH ('type' = 'kafka', ${list.join(', ')})`);
  await session.executeSql('USE CATALOG k');
  return session;
}

async function listing(session: Session, sql: string): Promise<readonly (readonly string[])[]> {
  const result = await session.executeSql(sql);
  return result.kind === 'listing' ? result.rows : [];
}

const columns = async (session: Session, table: string): Promise<string[]> =>
  (await listing(session, `DESCRIBE \`${table}\``)).map((row) => `${row[0]} ${row[1]}`);

async function rows(session: Session, sql: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { row } of await session.query(sql)) found.push(row);
  return found;
}

const bounded = "/*+ OPTIONS('scan.bounded.mode' = 'latest-offset') */";
const METADATA = ['partition INT', 'offset BIGINT', 'timestamp TIMESTAMP_LTZ(3)'];
const failure = (action: Promise<unknown>) =>
  action.then(
    () => Promise.reject(new Error('no error')),
    (error: unknown) => toEngineError(error),
  );

describe('topics', () => {
  test('are listed, those that Kafka keeps for itself apart', async () => {
    await createTopic(kafka, 'a.listed-topic');
    // Makes the broker create its own topic of offsets.
    await withAdmin(kafka, (admin) => admin.resetOffsets({ groupId: 'g', topic: 'a.listed-topic', earliest: true }));
    const session = await open();
    const names = (await listing(session, 'SHOW TABLES')).map(([name]) => name);
    expect(names).toContain('a.listed-topic');
    expect(names.filter((name) => name?.startsWith('__'))).toEqual([]);
  });

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'of JSON are read by their fields, %s',
    async (codec) => {
      const topic = `json-${codec}`;
      await createTopic(kafka, topic, { partitions: 3 });
      const records = Array.from({ length: 500 }, (_, id) => ({
        key: JSON.stringify({ id }),
        value: JSON.stringify({
          id,
          at: '2024-03-01 08:00:00.5',
          tags: ['x'],
          ...(id < 250 ? { price: id } : { price: id + 0.5, late: true }),
        }),
      }));
      await produce(kafka, topic, records, { codec, batchSize: 50 });
      const session = await open();
      expect(await columns(session, topic)).toEqual([
        'id BIGINT',
        'at TIMESTAMP(3)',
        'tags ARRAY<STRING>',
        'price DOUBLE',
        'late BOOLEAN',
        ...METADATA,
      ]);
      expect(
        await rows(
          session,
          `SELECT COUNT(*) AS n, SUM(id) AS s, COUNT(late) AS l, COUNT(DISTINCT \`partition\`) AS p FROM \`${topic}\` ${bounded}`,
        ),
      ).toContainEqual(expect.objectContaining({ n: 500n, s: 124_750n, l: 250n, p: 3n }));
    },
  );

  test('whose keys say more than their values have the columns of both', async () => {
    await createTopic(kafka, 'keyed');
    await produce(kafka, 'keyed', [
      { key: '{"user":"u1","n":1}', value: '{"n":"one"}' },
      { key: '{"user":"u2","n":2}', value: null },
      { key: null, value: '{"n":"none"}' },
    ]);
    const session = await open();
    expect(await columns(session, 'keyed')).toEqual(['key_user STRING', 'key_n BIGINT', 'n STRING', ...METADATA]);
    expect(await rows(session, `SELECT key_user, key_n, n FROM keyed ${bounded}`)).toEqual([
      { key_user: 'u1', key_n: 1n, n: 'one' },
      { key_user: null, key_n: null, n: 'none' },
    ]);
  });

  test('that are not JSON are text or bytes', async () => {
    await createTopic(kafka, 'lines');
    await produce(kafka, 'lines', [{ key: 'k1', value: 'one, two' }, { value: 'three' }]);
    await createTopic(kafka, 'binary');
    await produce(kafka, 'binary', [{ value: Buffer.from([0, 255, 1]) }]);
    const session = await open();
    expect(await columns(session, 'lines')).toEqual(['key STRING', 'value STRING', ...METADATA]);
    expect(await rows(session, `SELECT key, \`value\`, \`offset\` FROM lines ${bounded}`)).toEqual([
      { key: 'k1', value: 'one, two', offset: 0n },
      { key: null, value: 'three', offset: 1n },
    ]);
    expect(await columns(session, 'binary')).toEqual(['value BYTES', ...METADATA]);
  });

  test('of Avro get their schema from a registry', async () => {
    const schema: avsc.Schema = {
      type: 'record',
      name: 'Order',
      fields: [
        { name: 'id', type: 'long' },
        { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'PAID'] } },
        { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
        { name: 'note', type: ['null', 'string'], default: null },
        { name: 'either', type: ['int', 'string'] },
      ],
    };
    const written = avsc.Type.forSchema(schema);
    const frame = (id: number, datum: unknown): Buffer =>
      Buffer.concat([Buffer.from([0, 0, 0, 0, id]), written.toBuffer(datum)]);
    const registry = createServer((request, response) => {
      const known = request.url === '/schemas/ids/7' && request.headers.authorization === AUTHORIZATION;
      response.statusCode = known ? 200 : 404;
      response.end(JSON.stringify(known ? { schema: JSON.stringify(schema) } : {}));
    });
    const AUTHORIZATION = `Basic ${Buffer.from('reader:registry-secret').toString('base64')}`;
    await new Promise<void>((ready) => registry.listen(0, '127.0.0.1', ready));
    try {
      await createTopic(kafka, 'avro');
      const at = Date.UTC(2024, 0, 1);
      await produce(kafka, 'avro', [
        { key: 'k1', value: frame(7, { id: 1, state: 'NEW', at, note: null, either: 1 }) },
        { key: 'k2', value: frame(7, { id: 2, state: 'PAID', at, note: 'thanks', either: 'two' }) },
      ]);
      const { port } = registry.address() as AddressInfo;
      const session = await open({
        'avro-confluent.url': `http://127.0.0.1:${port}`,
        'avro-confluent.basic-auth.user-info': 'reader:registry-secret',
      });
      expect(await columns(session, 'avro')).toEqual([
        'key STRING',
        'id BIGINT',
        'state STRING',
        'at TIMESTAMP_LTZ(3)',
        'note STRING',
        ...METADATA,
      ]);
      expect(
        await rows(session, `SELECT key, id, state, CAST(\`at\` AS STRING) AS t, note FROM avro ${bounded}`),
      ).toEqual([
        { key: 'k1', id: 1n, state: 'NEW', t: '2024-01-01 00:00:00.000', note: null },
        { key: 'k2', id: 2n, state: 'PAID', t: '2024-01-01 00:00:00.000', note: 'thanks' },
      ]);
      const [[ddl = ''] = []] = await listing(session, 'SHOW CREATE TABLE avro');
      expect(ddl).not.toContain('registry-secret');
      expect(ddl).toContain("COMMENT 'Left out, since no type fits: either'");
      // Without the registry they are bytes.
      expect(await columns(await open(), 'avro')).toEqual(['key STRING', 'value BYTES', ...METADATA]);
    } finally {
      registry.close();
    }
  });

  test('large ones are looked at from both ends only', async () => {
    await createTopic(kafka, 'large');
    const value = (id: number): string =>
      JSON.stringify({
        id,
        pad: 'x'.repeat(200),
        ...(id === 0 ? { first: 1 } : id === 19_999 ? { last: 1 } : id === 10_000 ? { middle: 1 } : {}),
      });
    await produce(
      kafka,
      'large',
      Array.from({ length: 20_000 }, (_, id) => ({ value: value(id) })),
      { batchSize: 5000 },
    );
    const session = await open();
    const began = performance.now();
    expect(await columns(session, 'large')).toEqual([
      'id BIGINT',
      'pad STRING',
      'first BIGINT',
      'last BIGINT',
      ...METADATA,
    ]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('of many partitions are found wherever their records are', async () => {
    await createTopic(kafka, 'sparse', { partitions: 40 });
    await produce(kafka, 'sparse', [{ partition: 29, value: '{"a":1}' }]);
    expect(await columns(await open(), 'sparse')).toEqual(['a BIGINT', ...METADATA]);
  });

  test('looking leaves no trace: no group, no new topic', async () => {
    const session = await open({ 'properties.group.id': 'looker' });
    await listing(session, 'DESCRIBE keyed');
    await failure(listing(session, 'DESCRIBE never_made'));
    await withAdmin(kafka, async (admin) => {
      expect(await admin.listTopics()).not.toContain('never_made');
      expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).not.toContain('looker');
    });
  });
});

describe('what cannot be a table says why', () => {
  test('no such topic', async () => {
    const error = await failure(rows(await open(), 'SELECT * FROM kyed'));
    expect([error.message, error.hint]).toEqual([
      'table "kyed" does not exist',
      'Tables of "k.default" with similar names: "keyed".',
    ]);
  });

  test('an empty topic', async () => {
    await createTopic(kafka, 'empty');
    expect((await failure(rows(await open(), 'SELECT * FROM `empty`'))).message).toBe(
      'no schema can be inferred: topic "empty" is empty',
    );
  });

  test('no broker', async () => {
    const session = await open({ 'properties.bootstrap.servers': '127.0.0.1:1' });
    const error = await failure(listing(session, 'SHOW TABLES'));
    expect(error.code).toBe('connection_failure');
    expect(error.message).toContain('no broker of 127.0.0.1:1 can be reached');
  });

  test('no login', async () => {
    const session = await open({
      'properties.bootstrap.servers': kafka.sasl,
      'properties.security.protocol': 'SASL_PLAINTEXT',
      'properties.sasl.mechanism': 'PLAIN',
      'properties.sasl.jaas.config':
        'org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="wrong-one";',
    });
    const error = await failure(listing(session, 'SHOW TABLES'));
    expect(error.code).toBe('authentication_failed');
    expect(JSON.stringify([error.message, error.detail, error.hint])).not.toContain('wrong-one');
  });
});

describe('infer', () => {
  const JAAS =
    'org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="alice-secret";';

  test('prints what runs as it is', async () => {
    const ddl = await inferDdl(`kafka://${kafka.bootstrap}/keyed?client.id=me`, [], new Engine());
    expect(ddl).toContain("'properties.client.id' = 'me'");
    const session = new Engine().openSession();
    await session.executeScript(ddl);
    expect(await rows(session, `SELECT key_user, n FROM keyed ${bounded}`)).toEqual([
      { key_user: 'u1', n: 'one' },
      { key_user: null, n: 'none' },
    ]);
  });

  test('asks for secrets instead of printing them', async () => {
    const options = [
      ['security.protocol', 'SASL_PLAINTEXT'],
      ['properties.sasl.mechanism', 'SCRAM-SHA-256'],
      ['sasl.jaas.config', JAAS],
    ] as const;
    const ddl = await inferDdl(`kafka://${kafka.sasl}/keyed`, options, new Engine());
    expect(ddl).not.toContain('alice-secret');
    expect(ddl).toContain('-- Run it with --var sasl_jaas_config=…\n');
    const session = new Engine().openSession();
    await session.executeScript(ddl.replace('${sasl_jaas_config}', JAAS));
    expect(await rows(session, `SELECT n FROM keyed ${bounded}`)).toHaveLength(2);
  });

  test('names topics that are near', async () => {
    const error = await failure(inferDdl(`kafka://${kafka.bootstrap}/kyed`, [], new Engine()));
    expect([error.message, error.hint]).toEqual(['topic "kyed" does not exist', 'Topics with similar names: "keyed".']);
  });
});

/** The address of a topic, over a catalog type that is made up: what it asks for, what it prints, what it keeps to itself. */
import { beforeEach, describe, expect, test } from 'vitest';
import { inferDdl } from '../../../src/cli/infer-ddl.ts';
import type { ExternalTable } from '../../../src/connectors/catalog-type.ts';
import { Engine } from '../../../src/engine.ts';
import { toEngineError } from '../../../src/errors.ts';
import { fakePlatform } from '../../../src/platform/fake-platform.ts';
import { STRING, timestamp, timestampLtz } from '../../../src/types/data-type.ts';

let engine: Engine;
let given: Readonly<Record<string, string>>;
let asked: string[];

beforeEach(() => {
  asked = [];
  engine = new Engine(fakePlatform());
  const known = engine.catalogTypes.get('kafka');
  engine.addCatalogType({
    name: 'kafka',
    doc: '',
    options: known?.options ?? {},
    open(request) {
      ({ given } = request);
      const { type: _, ...options } = given;
      const table: ExternalTable = {
        columns: [
          { kind: 'physical', name: 'it`s', type: STRING },
          { kind: 'physical', name: 'at', type: timestamp(3) },
          { kind: 'metadata', name: 'timestamp', type: timestampLtz(3), key: 'timestamp' },
          { kind: 'metadata', name: 'record_offset', type: timestampLtz(3), key: 'offset' },
        ],
        primaryKey: [],
        options: { connector: 'kafka', topic: "o'clock", ...options },
        comment: null,
      };
      return {
        databases: () => Promise.resolve(['default']),
        tables: () => Promise.resolve(['orders', 'o2']),
        table: (_database, name) => {
          asked.push(name);
          return Promise.resolve(['shop.orders-v1', 'ü/x'].includes(name) ? table : null);
        },
        close: () => Promise.resolve(),
      };
    },
  });
});

const failure = (action: Promise<unknown>) =>
  action.then(
    () => Promise.reject(new Error('no error')),
    (error: unknown) => toEngineError(error),
  );

describe('the address of a topic', () => {
  test('names servers, topic and options, with or without their prefix', async () => {
    const options = [
      ['client.id', 'me'],
      ['scan.bounded.mode', 'latest-offset'],
    ] as const;
    await inferDdl('kafka://a:1,b:2/shop.orders-v1?client.id=you&properties.group.id=g', options, engine);
    expect(given).toEqual({
      type: 'kafka',
      'properties.bootstrap.servers': 'a:1,b:2',
      'properties.client.id': 'me',
      'properties.group.id': 'g',
      'scan.bounded.mode': 'latest-offset',
    });
    expect(asked).toEqual(['shop.orders-v1']);
    await inferDdl('KAFKA://a/%C3%BC%2Fx', [], engine);
    expect(asked.at(-1)).toBe('ü/x');
  });

  test.each([
    ['kafka://', 'the address of a topic names no server'],
    ['kafka:///orders', 'the address of a topic names no server'],
    ['kafka://a:1', 'the address of a topic names no topic'],
    ['kafka://a:1/', 'the address of a topic names no topic'],
    ['kafka://bob:hunter2@a:1/orders', 'a user in the address of a topic is not supported'],
    ['kafka://a:1/orders?nonsense=hunter2', 'catalog "kafka" has no option "nonsense"'],
    ['kafka://a:1/%zz', 'the address of a topic cannot be read: it is badly escaped'],
  ])('%s', async (url, message) => {
    const error = await failure(inferDdl(url, [], engine));
    expect(error.message).toBe(message);
    expect(JSON.stringify([error.message, error.detail, error.hint])).not.toContain('hunter2');
  });

  test('of a topic that is not there leads to those that are', async () => {
    const near = await failure(inferDdl('kafka://a:1/order', [], engine));
    expect([near.message, near.hint]).toEqual(['topic "order" does not exist', 'Topics with similar names: "orders".']);
    expect((await failure(inferDdl('kafka://a:1/zzzzzzzz', [], engine))).hint).toBe('Topics: "o2", "orders".');
  });
});

test('the CREATE TABLE is what a script can run, with variables for secrets', async () => {
  const options = [['sasl.jaas.config', 'password="hunter2"']] as const;
  expect(await inferDdl('kafka://a:1/shop.orders-v1', options, engine))
    .toBe(`-- For event time add a line such as: WATERMARK FOR \`at\` AS \`at\` - INTERVAL '5' SECOND
-- Run it with --var sasl_jaas_config=…
CREATE TABLE \`shop_orders_v1\` (
  \`it\`\`s\` STRING,
  \`at\` TIMESTAMP(3),
  \`timestamp\` TIMESTAMP_LTZ(3) METADATA VIRTUAL,
  \`record_offset\` TIMESTAMP_LTZ(3) METADATA FROM 'offset' VIRTUAL
) WITH (
  'connector' = 'kafka',
  'topic' = 'o''clock',
  'properties.bootstrap.servers' = 'a:1',
  'properties.sasl.jaas.config' = '\${sasl_jaas_config}'
);
`);
});

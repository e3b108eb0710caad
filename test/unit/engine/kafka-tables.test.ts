/**
 * Tables of `kafka` and `upsert-kafka` that Flink 2.3.0 (connector 5.0.0) takes and refuses, as seen there with EXPLAIN of
 * a query and of an INSERT. Nothing here reaches a broker.
 */
import { describe, expect, test } from 'vitest';
import { Engine } from '../../../src/engine.ts';
import { fakePlatform } from '../../../src/platform/fake-platform.ts';

const COLUMNS = 'id INT, s STRING';
const KEYED = `${COLUMNS}, PRIMARY KEY (id) NOT ENFORCED`;
const ROWS = `INSERT INTO t SELECT 1, 'a'`;

type Options = Readonly<Record<string, string | null>>;
const KAFKA: Options = {
  connector: 'kafka',
  topic: 'a',
  'properties.bootstrap.servers': 'b:1',
  'scan.startup.mode': 'earliest-offset',
  format: 'json',
};
const UPSERT: Options = {
  connector: 'upsert-kafka',
  topic: 'a',
  'properties.bootstrap.servers': 'b:1',
  'key.format': 'json',
  'value.format': 'json',
};
const KEY: Options = { 'key.format': 'json', 'key.fields': 'id' };
const EXCEPT: Options = { ...KEY, 'value.fields-include': 'EXCEPT_KEY' };

/** The message with which it is refused, or null. */
async function refusal(columns: string, options: Options, statement: string): Promise<string | null> {
  const session = new Engine(fakePlatform()).openSession();
  const list = Object.entries(options).flatMap(([key, value]) => (value === null ? [] : [`'${key}' = '${value}'`]));
  await session.executeSql(`CREATE TABLE t (${columns}) WITH (${list.join(', ')})`);
  try {
    await session.executeSql(`EXPLAIN ${statement}`);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const QUERY = 'SELECT * FROM t';
const BOTH = [QUERY, ROWS];

interface Case {
  readonly name: string;
  readonly columns?: string;
  readonly options: Options;
  /** In our words; null: taken, as in Flink. */
  readonly refused: string | null;
  readonly statements?: readonly string[];
}

const KAFKA_CASES: readonly Case[] = [
  { name: 'plain', options: {}, refused: null },
  { name: 'no topic', options: { topic: null }, refused: 'one of the options "topic" and "topic-pattern" is needed' },
  { name: 'topic and pattern', options: { 'topic-pattern': 'a.*' }, refused: '"topic-pattern" is needed, not both' },
  { name: 'two topics, read', options: { topic: 'a;b' }, refused: null, statements: [QUERY] },
  { name: 'no servers', options: { 'properties.bootstrap.servers': null }, refused: 'needs the option' },
  { name: 'no format', options: { format: null }, refused: 'needs the option "format"' },
  { name: 'an unknown format', options: { format: 'yaml' }, refused: 'format "yaml" does not exist' },
  { name: 'value.format', options: { format: null, 'value.format': 'json' }, refused: null },
  { name: 'an option of another format', options: { 'csv.field-delimiter': ';' }, refused: 'has no option' },
  {
    name: 'an unknown option of the format',
    options: { 'json.foo': 'x' },
    refused: 'format "json" has no option "foo"',
  },
  { name: 'an unknown option', options: { foo: 'bar' }, refused: 'connector "kafka" has no option "foo"' },
  { name: 'key.format alone', options: { 'key.format': 'json' }, refused: 'needs the option "key.fields"' },
  { name: 'key.fields alone', options: { 'key.fields': 'id' }, refused: 'needs the option "key.format"' },
  {
    name: 'an unknown key field',
    options: { ...KEY, 'key.fields': 'idd' },
    refused: 'names "idd", which is no physical',
  },
  { name: 'a key field in another case', options: { ...KEY, 'key.fields': 'ID' }, refused: 'names "ID", which is no' },
  { name: 'blanks between key fields', options: { ...KEY, 'key.fields': 'id; s;' }, refused: null },
  {
    name: 'a computed key field',
    columns: `${COLUMNS}, c AS id + 1`,
    options: { ...KEY, 'key.fields': 'c' },
    refused: 'names "c", which is no physical column',
  },
  {
    name: 'a prefix with ALL',
    options: { ...KEY, 'key.fields-prefix': 'i' },
    refused: `option "key.fields-prefix" needs 'value.fields-include' = 'EXCEPT_KEY'`,
  },
  {
    name: 'a prefix that fields lack',
    options: { ...EXCEPT, 'key.fields-prefix': 'k_' },
    refused: 'does not begin with',
  },
  { name: 'a prefix that is all', options: { ...EXCEPT, 'key.fields-prefix': 'id' }, refused: 'has no name without' },
  { name: 'all in the key', options: { ...EXCEPT, 'key.fields': 'id;s' }, refused: null },
  { name: 'another value.fields-include', options: { 'value.fields-include': 'SOME' }, refused: `cannot be 'SOME'` },
  { name: 'a primary key', columns: KEYED, options: {}, refused: 'cannot have a primary key' },
  {
    name: 'an unknown start',
    options: { 'scan.startup.mode': 'begin' },
    refused: `"scan.startup.mode" cannot be 'begin'`,
  },
  {
    name: 'a time without one',
    options: { 'scan.startup.mode': 'timestamp' },
    refused: 'needs the option "scan.startup.timestamp-millis"',
    statements: [QUERY],
  },
  {
    name: 'offsets without them',
    options: { 'scan.startup.mode': 'specific-offsets' },
    refused: 'needs the option "scan.startup.specific-offsets"',
    statements: [QUERY],
  },
  {
    name: 'an end at offsets without them',
    options: { 'scan.bounded.mode': 'specific-offsets' },
    refused: 'needs the option "scan.bounded.specific-offsets"',
    statements: [QUERY],
  },
  {
    name: 'the offsets of no group',
    options: { 'scan.startup.mode': null },
    refused: `'group-offsets' needs the option "properties.group.id"`,
    statements: [QUERY],
  },
  {
    name: 'offsets of two topics',
    options: {
      topic: 'a;b',
      'scan.startup.mode': 'specific-offsets',
      'scan.startup.specific-offsets': 'partition:0,offset:0',
    },
    refused: 'is for a table of one topic',
    statements: [QUERY],
  },
  {
    name: 'an end at offsets of a pattern',
    options: {
      topic: null,
      'topic-pattern': 'a',
      'scan.bounded.mode': 'specific-offsets',
      'scan.bounded.specific-offsets': 'partition:0,offset:0',
    },
    refused: 'is for a table of one topic',
    statements: [QUERY],
  },
  {
    name: 'another way to name transactions',
    options: { 'sink.transaction-naming-strategy': 'POOLING' },
    refused: null,
    statements: [ROWS],
  },
  {
    name: 'no reading subtask',
    options: { 'scan.parallelism': '0' },
    refused: `"scan.parallelism" cannot be '0'`,
    statements: [QUERY],
  },
  {
    name: 'no writing subtask',
    options: { 'sink.parallelism': '0' },
    refused: `"sink.parallelism" cannot be '0'`,
    statements: [ROWS],
  },
  {
    name: 'round-robin with a key',
    options: { ...KEY, 'sink.partitioner': 'round-robin' },
    refused: `'sink.partitioner' = 'round-robin' is for records without a key`,
    statements: [ROWS],
  },
  {
    name: 'exactly-once without a prefix',
    options: { 'sink.delivery-guarantee': 'exactly-once' },
    refused: 'needs the option "sink.transactional-id-prefix"',
    statements: [ROWS],
  },
  { name: 'another guarantee', options: { 'sink.delivery-guarantee': 'maybe' }, refused: `cannot be 'maybe'` },
  { name: 'the old name of it', options: { 'sink.semantic': 'exactly-once' }, refused: 'has no option' },
  { name: 'two columns in raw', options: { format: 'raw' }, refused: 'format "raw" holds exactly one column' },
  {
    name: 'a date in raw',
    columns: 'd DATE',
    options: { format: 'raw' },
    refused: 'not supported',
    statements: [QUERY],
  },
  {
    name: 'two ways with errors',
    options: { 'json.fail-on-missing-field': 'true', 'json.ignore-parse-errors': 'true' },
    refused: 'should not both be true',
    statements: [QUERY],
  },
  {
    name: 'an updating query',
    options: {},
    refused: "doesn't support consuming update changes",
    statements: ['INSERT INTO t SELECT CAST(COUNT(*) AS INT), s FROM t GROUP BY s'],
  },
];

const metadata = (column: string): string => `${COLUMNS}, m ${column}`;
const METADATA_CASES: readonly Case[] = [
  { name: 'unknown', columns: metadata(`STRING METADATA FROM 'foo'`), options: {}, refused: `metadata 'foo'` },
  {
    name: 'of a type that it cannot be',
    columns: metadata(`INT METADATA FROM 'timestamp'`),
    options: {},
    refused: `column "m" of type INT cannot hold metadata 'timestamp'`,
  },
  {
    name: 'headers of numbers',
    columns: metadata(`MAP<STRING, INT> METADATA FROM 'headers'`),
    options: {},
    refused: "cannot hold metadata 'headers'",
  },
  {
    name: 'of another type',
    columns: metadata(`STRING METADATA FROM 'partition' VIRTUAL`),
    options: {},
    refused: null,
  },
  {
    name: 'read only, read',
    columns: metadata(`BIGINT METADATA FROM 'offset'`),
    options: {},
    refused: null,
    statements: [QUERY],
  },
  {
    name: 'read only, written',
    columns: metadata(`BIGINT METADATA FROM 'offset'`),
    options: {},
    refused: `cannot write metadata 'offset'`,
    statements: [`${ROWS}, CAST(1 AS BIGINT)`],
  },
  {
    name: 'the topic, of one, written',
    columns: metadata(`STRING METADATA FROM 'topic'`),
    options: {},
    refused: `metadata 'topic' cannot be written to a table of one topic`,
    statements: [`${ROWS}, 'a'`],
  },
  {
    name: 'the topic, of two, written',
    columns: metadata(`STRING METADATA FROM 'topic'`),
    options: { topic: 'a;b' },
    refused: null,
    statements: [`${ROWS}, 'a'`],
  },
  {
    name: 'a time of another type, written',
    columns: metadata(`TIMESTAMP(3) METADATA FROM 'timestamp'`),
    options: {},
    refused: null,
    statements: [`${ROWS}, TIMESTAMP '2020-01-01 00:00:00'`],
  },
];

const UPSERT_CASES: readonly Case[] = [
  { name: 'plain', options: {}, refused: null },
  { name: 'no primary key', columns: COLUMNS, options: {}, refused: 'needs a primary key' },
  { name: 'no key.format', options: { 'key.format': null }, refused: 'needs the option "key.format"' },
  { name: 'no value.format', options: { 'value.format': null }, refused: 'needs the option "value.format"' },
  { name: 'format', options: { format: 'json' }, refused: 'has no option "format"' },
  { name: 'key.fields', options: { 'key.fields': 'id' }, refused: 'has no option "key.fields"' },
  { name: 'a start', options: { 'scan.startup.mode': 'latest-offset' }, refused: 'has no option "scan.startup.mode"' },
  { name: 'a pattern', options: { 'topic-pattern': 'x' }, refused: 'has no option "topic-pattern"' },
  { name: 'no topic', options: { topic: null }, refused: 'needs the option "topic"' },
  { name: 'a partitioner', options: { 'sink.partitioner': 'fixed' }, refused: 'has no option "sink.partitioner"' },
  { name: 'a prefix with ALL', options: { 'key.fields-prefix': 'i' }, refused: `needs 'value.fields-include'` },
  {
    name: 'half a buffer',
    options: { 'sink.buffer-flush.max-rows': '10' },
    refused: 'must both be greater than zero, or neither',
    statements: [ROWS],
  },
  {
    name: 'the other half',
    options: { 'sink.buffer-flush.interval': '1s' },
    refused: 'must both be greater than zero, or neither',
    statements: [ROWS],
  },
];

const run = async ({ columns, options, refused, statements = BOTH }: Case, fallback: string): Promise<void> => {
  for (const statement of statements) {
    const message = await refusal(columns ?? fallback, options, statement);
    if (refused === null) expect(message).toBeNull();
    else expect(message).toContain(refused);
  }
};

describe('kafka', () => {
  test.each([...KAFKA_CASES, ...METADATA_CASES].map((each) => [each.name, each] as const))('%s', (_, each) =>
    run({ ...each, options: { ...KAFKA, ...each.options } }, COLUMNS),
  );
});

describe('upsert-kafka', () => {
  test.each(UPSERT_CASES.map((each) => [each.name, each] as const))('%s', (_, each) =>
    run({ ...each, options: { ...UPSERT, ...each.options } }, KEYED),
  );
});

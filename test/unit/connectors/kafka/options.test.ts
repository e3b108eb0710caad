import { describe, expect, test } from 'vitest';
import { parseJaas } from '../../../../src/connectors/kafka/config/jaas.ts';
import { parseServers } from '../../../../src/connectors/kafka/config/open-cluster.ts';
import { kafka, upsertKafka } from '../../../../src/connectors/kafka/index.ts';
import { openSource } from '../rows.ts';

const sourceOf = (options: Readonly<Record<string, string>>, connector = kafka) =>
  openSource(connector, [], { topic: 't', 'properties.bootstrap.servers': 'b:1', ...options });
const EARLIEST = { 'scan.startup.mode': 'earliest-offset' };

describe('options of a source', () => {
  test.each([
    [{}, 'option "scan.startup.mode" = \'group-offsets\' needs the option "properties.group.id"'],
    [{ ...EARLIEST, 'scan.bounded.mode': 'group-offsets' }, 'option "scan.bounded.mode" = \'group-offsets\' needs'],
    [{ 'scan.startup.mode': 'timestamp' }, 'needs the option "scan.startup.timestamp-millis"'],
    [{ 'scan.startup.mode': 'specific-offsets' }, 'needs the option "scan.startup.specific-offsets"'],
    [
      { 'scan.startup.mode': 'specific-offsets', 'scan.startup.specific-offsets': 'partition:x,offset:1' },
      "cannot be 'partition:x,offset:1'",
    ],
    [{ ...EARLIEST, 'topic-pattern': 'a.*' }, 'one of the options "topic" and "topic-pattern" is needed, not both'],
    [{ ...EARLIEST, topic: ' ; ' }, 'option "topic" names no topic'],
    [{ ...EARLIEST, 'properties.grup.id': 'g' }, 'connector "kafka" has no option "properties.grup.id"'],
    [
      { ...EARLIEST, 'properties.interceptor.classes': 'com.Spy' },
      'option "properties.interceptor.classes" of connector "kafka" is not supported',
    ],
    [{ ...EARLIEST, 'properties.enable.auto.commit': 'true' }, 'is not supported'],
    [{ ...EARLIEST, 'properties.isolation.level': 'read_everything' }, 'cannot be'],
  ])('%j is refused', (options, message) => {
    expect(() => sourceOf(options)).toThrow(message);
  });

  test('names of Java classes for reading, and what only its client has, do nothing', () => {
    const source = sourceOf({
      ...EARLIEST,
      'properties.key.deserializer': 'org.apache.kafka.common.serialization.StringDeserializer',
      'properties.max.poll.records': '500',
      'properties.enable.auto.commit': 'false',
    });
    expect(source.boundedness).toBe('unbounded');
    expect(source.discoveryIntervalMs).toBe(300_000);
    expect(source.changelog).toEqual({ updateBefore: false, updateAfter: false, delete: false });
  });

  test('a bounded source looks for no new partitions; upsert-kafka changes and deletes', () => {
    const bounded = sourceOf({ ...EARLIEST, 'scan.bounded.mode': 'latest-offset' });
    expect([bounded.boundedness, bounded.discoveryIntervalMs]).toEqual(['bounded', 0]);
    expect(sourceOf({}, upsertKafka).changelog).toEqual({ updateBefore: false, updateAfter: true, delete: true });
    expect(() => sourceOf(EARLIEST, upsertKafka)).toThrow('connector "upsert-kafka" has no option "scan.startup.mode"');
  });
});

test('servers', () => {
  expect(parseServers('a:1, b , [::1]:9093,SASL_SSL://c.d.example:7')).toEqual([
    { host: 'a', port: 1 },
    { host: 'b', port: 9092 },
    { host: '::1', port: 9093 },
    { host: 'c.d.example', port: 7 },
  ]);
  for (const text of ['a:b', 'a:0', 'a:70000', 'a b:1', ''])
    expect(() => parseServers(text)).toThrow('bootstrap.servers');
});

describe('JAAS', () => {
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  test.each([
    [`${plain} required username="a" password="b";`, 'a', 'b'],
    [`  ${plain}  required\n  password='p w;"'  username=bob ;`, 'bob', 'p w;"'],
    [`${plain} required serviceName="x" username="a\\"b" password="c\\\\d";`, 'a"b', 'c\\d'],
    [`org.apache.flink.kafka.shaded.${plain} required username="a" password="";`, 'a', ''],
  ])('%s', (text, user, password) => {
    expect(parseJaas(text, 'PLAIN')).toEqual({ mechanism: 'PLAIN', user, password });
  });
  test.each([
    [`${plain} required username="a" password="hush";`, 'SCRAM-SHA-256'],
    [`${scram} required username="a" password="hush";`, 'PLAIN'],
    [`${plain} required username="a";`, 'PLAIN'],
    ['hush', 'PLAIN'],
  ] as const)('%s does not fit %s, and stays secret', (text, mechanism) => {
    const error = (() => {
      try {
        return parseJaas(text, mechanism);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'invalid_option' });
    expect(JSON.stringify([String(error), error])).not.toContain('hush');
  });
});

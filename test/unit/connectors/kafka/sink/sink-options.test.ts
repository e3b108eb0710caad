import { describe, expect, test } from 'vitest';
import { kafka, upsertKafka } from '../../../../../src/connectors/kafka/index.ts';
import { type SinkSettings, sinkSettings } from '../../../../../src/connectors/kafka/sink/sink-options.ts';
import { parseOptions } from '../../../../../src/types/option-spec.ts';

function settings(options: Readonly<Record<string, string>>, keyed = false, connector = kafka): SinkSettings {
  const owner = `connector "${connector.name}"`;
  const given = { topic: 't', 'properties.bootstrap.servers': 'localhost:9092', ...options };
  return sinkSettings(owner, parseOptions(owner, connector.options, given), keyed);
}

test('the defaults are those of Kafka’s producer but for larger batches', () => {
  expect(settings({})).toMatchObject({
    guarantee: 'at-least-once',
    transactionalIdPrefix: null,
    fixedPartition: false,
    idempotent: true,
    compression: 'none',
    buffer: null,
    producer: {
      acks: -1,
      batchBytes: 262_144,
      lingerMs: 5,
      maxInFlight: 5,
      maxRequestBytes: 1_048_576,
      bufferBytes: 33_554_432,
      deliveryTimeoutMs: 120_000,
      retries: 2_147_483_647,
    },
  });
  expect(settings({}, true, upsertKafka).buffer).toBeNull();
});

test('idempotence is off where it is not possible, unless it is asked for', () => {
  expect(settings({ 'properties.acks': '1' }).idempotent).toBe(false);
  expect(settings({ 'properties.max.in.flight.requests.per.connection': '6' }).idempotent).toBe(false);
  expect(settings({ 'properties.enable.idempotence': 'false' }).idempotent).toBe(false);
  expect(() => settings({ 'properties.enable.idempotence': 'true', 'properties.acks': '0' })).toThrow(
    'idempotence does not go with the other options',
  );
});

describe('refused', () => {
  const exactlyOnce = { 'sink.delivery-guarantee': 'exactly-once', 'sink.transactional-id-prefix': 'p' };
  test.each([
    [{ 'sink.delivery-guarantee': 'exactly-once' }, 'needs the option "sink.transactional-id-prefix"'],
    [{ ...exactlyOnce, 'properties.acks': '1' }, 'does not go with the other options'],
    [{ ...exactlyOnce, 'properties.enable.idempotence': 'false' }, 'does not go with the other options'],
    [{ 'sink.partitioner': 'com.example.MyPartitioner' }, '"sink.partitioner" = \'com.example.MyPartitioner\''],
    [{ 'properties.partitioner.class': 'x.Y' }, 'option "properties.partitioner.class"'],
    [{ 'properties.transactional.id': 'x' }, 'option "properties.transactional.id"'],
  ])('%j', (options, message) => {
    expect(() => settings(options as Readonly<Record<string, string>>)).toThrow(message);
  });

  test('round-robin with a key', () => {
    expect(settings({ 'sink.partitioner': 'round-robin' }).fixedPartition).toBe(false);
    expect(() => settings({ 'sink.partitioner': 'round-robin' }, true)).toThrow('is for records without a key');
  });

  test('a class name says the way round', () => {
    expect(() => settings({ 'sink.partitioner': 'a.B' })).toThrow(
      expect.objectContaining({ code: 'unsupported', hint: expect.stringContaining("'fixed'") as string }),
    );
  });

  test('half a buffer of changes', () => {
    const interval = { 'sink.buffer-flush.interval': '1 s' };
    expect(() => settings(interval, true, upsertKafka)).toThrow('must both be greater than zero, or neither');
    expect(settings({ ...interval, 'sink.buffer-flush.max-rows': '10' }, true, upsertKafka).buffer).toEqual({
      maxKeys: 10,
      intervalMs: 1000,
    });
  });
});

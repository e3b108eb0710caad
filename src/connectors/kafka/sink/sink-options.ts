/** Options of tables that are written to, and the `properties.*` of Kafka's producer. */
import { EngineError, unsupported } from '../../../errors.ts';
import type { OptionSet, OptionSpec, ParsedOptions } from '../../../types/option-spec.ts';
import type { CompressionLevels, CompressionType } from '../produce/compression.ts';
import type { ProducerSettings } from '../produce/producer-settings.ts';

export const SINK_OPTIONS: OptionSet = {
  'sink.partitioner': {
    type: 'string',
    default: 'default',
    doc: 'Where records go: `default` by the hash of their key as Kafka’s own clients do, those without a key to one partition for a batch and then to the next; `fixed` all of a subtask to one partition; `round-robin` as `default`, for tables without a key',
  },
  'sink.delivery-guarantee': {
    type: 'enum',
    values: ['none', 'at-least-once', 'exactly-once'],
    default: 'at-least-once',
    doc: '`at-least-once`: a checkpoint waits until the brokers have acknowledged all before it. `exactly-once`: by transactions that commit with the checkpoints; for readers with `isolation.level` = `read_committed`',
  },
  'sink.transactional-id-prefix': {
    type: 'string',
    doc: 'What transactional ids begin with, `<prefix>-<subtask>-<n>`; required for `exactly-once`. No other job may use it',
  },
  'sink.transaction-naming-strategy': {
    type: 'enum',
    values: ['INCREMENTING', 'POOLING'],
    doc: 'Accepted for portability; does nothing: ids are used again in turn',
  },
};

export const UPSERT_SINK_OPTIONS: OptionSet = {
  'sink.buffer-flush.max-rows': {
    type: 'int',
    min: 0,
    default: '0',
    doc: 'Hold changes back until so many keys have changed, and write only the last change of each; 0 = write all. Needs the interval too',
  },
  'sink.buffer-flush.interval': {
    type: 'duration',
    default: '0 s',
    doc: 'Write what is held back so often; 0 = hold nothing back. Needs the number of rows too',
  },
};

const PRODUCING: Readonly<Record<string, OptionSpec>> = {
  acks: {
    type: 'enum',
    values: ['all', '-1', '0', '1'],
    default: 'all',
    doc: 'Who must have a record: `all` replicas in sync, `1` its leader, `0` nobody (nothing is noticed when it is lost)',
  },
  'batch.size': {
    type: 'int',
    min: 0,
    default: '262144',
    doc: 'A batch of records of one partition is sent at this size, in bytes before compression (Java: 16384)',
  },
  'linger.ms': { type: 'int', min: 0, default: '5', doc: 'Or when its first record has waited so long' },
  'compression.type': {
    type: 'enum',
    values: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    default: 'none',
    doc: 'How batches are compressed',
  },
  'compression.gzip.level': { type: 'int', min: -1, max: 9, doc: 'Level of gzip' },
  'compression.zstd.level': { type: 'int', min: -131072, max: 22, doc: 'Level of zstd' },
  'compression.lz4.level': { type: 'int', min: 1, max: 17, doc: 'Accepted for portability; lz4 has one level here' },
  'max.request.size': {
    type: 'int',
    min: 1,
    default: '1048576',
    doc: 'The most that is sent at once, and the largest record',
  },
  'max.in.flight.requests.per.connection': {
    type: 'int',
    min: 1,
    default: '5',
    doc: 'Requests to a broker that wait for their answer; at most 5 with idempotence',
  },
  'buffer.memory': {
    type: 'int',
    min: 1,
    default: '33554432',
    doc: 'Bytes that may wait for their acknowledgement before the job is held up',
  },
  'enable.idempotence': {
    type: 'boolean',
    doc: 'Whether brokers recognize what is sent twice after a failure, and keep the order. Absent: with `acks` = `all` and at most 5 requests in flight',
  },
  retries: { type: 'int', min: 0, default: '2147483647', doc: 'How often a batch is sent again' },
  'retry.backoff.ms': {
    type: 'int',
    min: 0,
    default: '100',
    doc: 'Wait before a batch is sent again; doubles each time',
  },
  'retry.backoff.max.ms': { type: 'int', min: 0, default: '1000', doc: 'The longest such wait' },
  'delivery.timeout.ms': {
    type: 'int',
    min: 1,
    default: '120000',
    doc: 'The job fails when a batch is not acknowledged so long after its first record',
  },
  'transaction.timeout.ms': {
    type: 'int',
    min: 1,
    default: '900000',
    doc: 'A broker aborts a transaction that is open so long: more than the time between checkpoints and the longest time that the job may be down. At most the broker’s `transaction.max.timeout.ms`, 15 minutes unless it is set (Flink: 1 hour)',
  },
};

const IDLE = ['max.block.ms', 'partitioner.adaptive.partitioning.enable', 'partitioner.availability.timeout.ms'];

const REFUSED: Readonly<Record<string, string>> = {
  'partitioner.class': "Use 'sink.partitioner'.",
  'partitioner.ignore.keys': "Leave out 'key.format' where keys shall not decide.",
  'transactional.id': "Use 'sink.transactional-id-prefix'.",
  'transaction.two.phase.commit.enable':
    "Transactions are committed with the checkpoints: 'sink.delivery-guarantee' = 'exactly-once'.",
};

/** `properties.*` that only a sink heeds. */
export const PRODUCER_PROPERTIES: OptionSet = Object.fromEntries(
  [
    ...Object.entries(PRODUCING),
    ...IDLE.map((name) => [name, { type: 'string', doc: 'Accepted for portability; does nothing' }] as const),
    ...Object.keys(REFUSED).map((name) => [name, { type: 'string', doc: 'Not supported' }] as const),
  ].map(([name, spec]) => [`properties.${name}`, spec]),
);

export type DeliveryGuarantee = 'none' | 'at-least-once' | 'exactly-once';

export interface SinkSettings {
  readonly guarantee: DeliveryGuarantee;
  /** Null unless the guarantee is `exactly-once`. */
  readonly transactionalIdPrefix: string | null;
  readonly transactionTimeoutMs: number;
  readonly fixedPartition: boolean;
  readonly idempotent: boolean;
  readonly compression: CompressionType;
  readonly compressionLevels: CompressionLevels;
  readonly producer: ProducerSettings;
  /** Null: nothing is held back. */
  readonly buffer: { readonly maxKeys: number; readonly intervalMs: number } | null;
}

/** `keyed`: whether records have a key. `owner` is how messages call the connector. */
export function sinkSettings(owner: string, options: ParsedOptions, keyed: boolean): SinkSettings {
  for (const [name, hint] of Object.entries(REFUSED)) {
    if (options.has(`properties.${name}`)) throw unsupported(`option "properties.${name}" of ${owner}`, hint);
  }
  const number = (name: string): number => options.number(`properties.${name}`) as number;
  const guarantee = options.string('sink.delivery-guarantee') as DeliveryGuarantee;
  const acks = { all: -1, '-1': -1, '0': 0, '1': 1 }[options.string('properties.acks') as string] as -1 | 0 | 1;
  const maxInFlight = number('max.in.flight.requests.per.connection');
  return {
    guarantee,
    transactionalIdPrefix: guarantee === 'exactly-once' ? transactionalIdPrefix(options) : null,
    transactionTimeoutMs: number('transaction.timeout.ms'),
    fixedPartition: isFixed(owner, options.string('sink.partitioner'), keyed),
    idempotent: isIdempotent(options, guarantee, acks, maxInFlight),
    compression: options.string('properties.compression.type') as CompressionType,
    compressionLevels: {
      gzip: options.number('properties.compression.gzip.level'),
      zstd: options.number('properties.compression.zstd.level'),
    },
    producer: {
      batchBytes: number('batch.size'),
      lingerMs: number('linger.ms'),
      maxRequestBytes: number('max.request.size'),
      maxInFlight,
      bufferBytes: number('buffer.memory'),
      acks,
      requestTimeoutMs: number('request.timeout.ms'),
      deliveryTimeoutMs: number('delivery.timeout.ms'),
      retries: number('retries'),
      retryBackoffMs: number('retry.backoff.ms'),
      retryBackoffMaxMs: number('retry.backoff.max.ms'),
      metadataMaxAgeMs: number('metadata.max.age.ms'),
    },
    buffer: upsertBuffer(options),
  };
}

function transactionalIdPrefix(options: ParsedOptions): string {
  const prefix = options.string('sink.transactional-id-prefix');
  if (prefix !== undefined && prefix !== '') return prefix;
  throw new EngineError(
    'invalid_option',
    `'sink.delivery-guarantee' = 'exactly-once' needs the option "sink.transactional-id-prefix"`,
    { hint: 'It names the transactions of this job, so that they are found again after a crash.' },
  );
}

function isFixed(owner: string, partitioner: string | undefined, keyed: boolean): boolean {
  switch (partitioner) {
    case 'fixed':
      return true;
    case 'default':
    case undefined:
      return false;
    case 'round-robin':
      if (!keyed) return false;
      throw new EngineError('invalid_option', `'sink.partitioner' = 'round-robin' is for records without a key`, {
        hint: "With 'key.fields' the key decides: 'default'.",
      });
    default:
      throw unsupported(
        `option "sink.partitioner" = '${partitioner}' of ${owner}`,
        "There are no Java classes here: it can be 'default', 'fixed' or 'round-robin'. A key made of the column that shall decide ('key.format', 'key.fields') puts equal values into one partition.",
      );
  }
}

function isIdempotent(
  options: ParsedOptions,
  guarantee: DeliveryGuarantee,
  acks: number,
  maxInFlight: number,
): boolean {
  const given = options.has('properties.enable.idempotence')
    ? options.boolean('properties.enable.idempotence')
    : undefined;
  const possible = acks === -1 && maxInFlight <= 5;
  const wanted = given === true || guarantee === 'exactly-once';
  if (wanted && (!possible || given === false)) {
    const what = guarantee === 'exactly-once' ? `'sink.delivery-guarantee' = 'exactly-once'` : 'idempotence';
    throw new EngineError('invalid_option', `${what} does not go with the other options`, {
      hint: "It needs 'properties.acks' = 'all', 'properties.enable.idempotence' = 'true' or not set, and 'properties.max.in.flight.requests.per.connection' of at most 5.",
    });
  }
  return given ?? possible;
}

function upsertBuffer(options: ParsedOptions): SinkSettings['buffer'] {
  const maxKeys = options.number('sink.buffer-flush.max-rows') ?? 0;
  const intervalMs = options.number('sink.buffer-flush.interval') ?? 0;
  if (maxKeys > 0 && intervalMs > 0) return { maxKeys, intervalMs };
  if (maxKeys === 0 && intervalMs === 0) return null;
  throw new EngineError(
    'invalid_option',
    `options "sink.buffer-flush.max-rows" and "sink.buffer-flush.interval" must both be greater than zero, or neither`,
  );
}

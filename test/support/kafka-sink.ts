/** The Kafka sink driven by hand, as the runtime would, with rows of a number, a key and a text. */
import type { Sink, SinkRequest } from '../../src/connectors/connector.ts';
import { CLIENT_PROPERTIES } from '../../src/connectors/kafka/config/properties.ts';
import { kafkaSink } from '../../src/connectors/kafka/sink/kafka-sink.ts';
import {
  PRODUCER_PROPERTIES,
  SINK_OPTIONS,
  UPSERT_SINK_OPTIONS,
} from '../../src/connectors/kafka/sink/sink-options.ts';
import { JsonEncoder } from '../../src/formats/json/encoder.ts';
import { type FaultPoints, NO_FAULTS } from '../../src/platform/fault-points.ts';
import { nodePlatform } from '../../src/platform/node-platform.ts';
import { type Batch, BatchBuilder, INSERT } from '../../src/types/batch.ts';
import { INT, STRING } from '../../src/types/data-type.ts';
import { type OptionSet, ParsedOptions, parseOptions } from '../../src/types/option-spec.ts';
import type { Schema } from '../../src/types/schema.ts';
import type { Value } from '../../src/types/vector.ts';

const OPTIONS: OptionSet = {
  topic: { type: 'string', doc: 'As of the connector.' },
  'topic-pattern': { type: 'string', doc: 'As of the connector.' },
  ...CLIENT_PROPERTIES,
  ...SINK_OPTIONS,
  ...UPSERT_SINK_OPTIONS,
  ...PRODUCER_PROPERTIES,
};

export const ROW: Schema = [
  { name: 'n', type: INT },
  { name: 'k', type: STRING },
  { name: 'text', type: STRING },
];

export interface SinkSetup {
  readonly bootstrap: string;
  readonly topic: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly schema?: Schema;
  readonly metadata?: readonly { readonly name: string; readonly key: string; readonly type: Schema[number]['type'] }[];
  /** Columns that make the key; absent = none. */
  readonly key?: readonly string[];
  readonly subtask?: number;
  readonly parallelism?: number;
  readonly checkpointing?: boolean;
  readonly faults?: FaultPoints;
  readonly platform?: Pick<
    SinkRequest['context'],
    'clock' | 'random' | 'transport' | 'fileSystem' | 'stdout' | 'stderr'
  >;
}

export const openKafkaSink = (setup: SinkSetup): Sink => kafkaSink('connector "kafka"', sinkRequest(setup));

export function sinkRequest(setup: SinkSetup): SinkRequest {
  const { schema = ROW, metadata = [], key } = setup;
  const formatOptions = new ParsedOptions(new Map());
  const encoderOf = (columns: readonly number[], kind: 'key' | 'value') => ({
    encoder: new JsonEncoder({
      schema: columns.map((at) => schema[at] as Schema[number]),
      options: formatOptions,
      timeZone: 'UTC',
      separator: new Uint8Array(0),
      part: { kind, topic: setup.topic },
    }),
    columns,
  });
  return {
    table: {
      path: ['default_catalog', 'default_database', 't'],
      columns: schema,
      metadata: metadata.map((column) => ({ ...column, virtual: false })),
      primaryKey: [],
      partitionKeys: [],
      options: {},
    },
    options: parseOptions('connector "kafka"', OPTIONS, {
      topic: setup.topic,
      'properties.bootstrap.servers': setup.bootstrap,
      ...setup.options,
    }),
    context: {
      ...nodePlatform(),
      ...setup.platform,
      faults: setup.faults ?? NO_FAULTS,
      timeZone: 'UTC',
      parallelism: 1,
    },
    schema: [...schema, ...metadata],
    subtask: setup.subtask ?? 0,
    parallelism: setup.parallelism ?? 1,
    encoder: null,
    record: {
      key:
        key === undefined
          ? null
          : encoderOf(
              key.map((name) => schema.findIndex((column) => column.name === name)),
              'key',
            ),
      value: encoderOf(
        schema.map((_, at) => at),
        'value',
      ),
    },
    checkpointing: setup.checkpointing ?? false,
  };
}

/** Rows as a batch; `kinds` absent = all +I. */
export function batchOf(schema: Schema, rows: readonly (readonly Value[])[], kinds?: readonly number[]): Batch {
  const batch = new BatchBuilder(schema);
  rows.forEach((values, i) => {
    const row = batch.addRow(kinds?.[i] ?? INSERT);
    values.forEach((value, c) => {
      if (value === null) batch.columns[c]?.setNull(row);
      else batch.columns[c]?.set(row, value);
    });
  });
  return batch.build();
}

/** The rows with numbers `from … to)`. */
export const numbered = (from: number, to: number): Batch =>
  batchOf(
    ROW,
    Array.from({ length: to - from }, (_, i) => [from + i, `k${(from + i) % 10}`, 'x'.repeat((from + i) % 200)]),
  );

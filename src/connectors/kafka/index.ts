import type { OptionSet } from '../../types/option-spec.ts';
import type { Connector } from '../connector.ts';
import { CLIENT_PROPERTIES, checkProperties } from './config/properties.ts';
import { kafkaSink } from './sink/kafka-sink.ts';
import { PRODUCER_PROPERTIES, SINK_OPTIONS, UPSERT_SINK_OPTIONS } from './sink/sink-options.ts';
import { KafkaSource } from './source/kafka-source.ts';
import { KAFKA_METADATA } from './source/metadata-columns.ts';
import { KAFKA_SOURCE_OPTIONS, UPSERT_KAFKA_SOURCE_OPTIONS } from './source/source-options.ts';

const PROPERTIES: OptionSet = { ...CLIENT_PROPERTIES, ...PRODUCER_PROPERTIES };
const { 'sink.partitioner': _, ...UPSERT_DELIVERY_OPTIONS } = SINK_OPTIONS;

export const kafka: Connector = {
  name: 'kafka',
  doc: 'Topics of Apache Kafka 3.9 and 4.x: reads from any offset, exactly once together with checkpoints; writes at least once, or exactly once by transactions.',
  options: { ...KAFKA_SOURCE_OPTIONS, ...SINK_OPTIONS, ...PROPERTIES },
  format: 'key-value',
  metadata: KAFKA_METADATA,
  source(request) {
    checkProperties('connector "kafka"', request.options);
    return new KafkaSource(request, false);
  },
  sink(request) {
    checkProperties('connector "kafka"', request.options);
    return kafkaSink('connector "kafka"', request);
  },
};

export const upsertKafka: Connector = {
  name: 'upsert-kafka',
  doc: 'A topic as a table with a primary key: the last record of a key is its row, one without a value takes it away. Reads from the beginning; writes a record for each change.',
  options: { ...UPSERT_KAFKA_SOURCE_OPTIONS, ...UPSERT_DELIVERY_OPTIONS, ...UPSERT_SINK_OPTIONS, ...PROPERTIES },
  format: 'keyed-by-primary-key',
  metadata: KAFKA_METADATA,
  source(request) {
    checkProperties('connector "upsert-kafka"', request.options);
    return new KafkaSource(request, true);
  },
  sinkAccepts: 'upsert',
  sink(request) {
    checkProperties('connector "upsert-kafka"', request.options);
    return kafkaSink('connector "upsert-kafka"', request);
  },
};

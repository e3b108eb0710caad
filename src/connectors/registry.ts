/** All connectors: one line each. */
import { EngineError, similarNames, unsupported } from '../errors.ts';
import { blackhole } from './blackhole/index.ts';
import type { Connector } from './connector.ts';
import { datagen } from './datagen/index.ts';
import { filesystem } from './filesystem/index.ts';
import { kafka, upsertKafka } from './kafka/index.ts';
import { nexmark } from './nexmark/index.ts';
import { print } from './print/index.ts';

const CONNECTORS: readonly Connector[] = [blackhole, datagen, filesystem, kafka, nexmark, print, upsertKafka];

/** Flink's connectors, and those of its neighbours, that are known by name but not here. */
const ABSENT = new Set(
  `jdbc hbase-1.4 hbase-2.2 hbase-2.6 cassandra postgres mongodb
  http http-async-sink http-sink rest-lookup tcp socket udp mqtt websocket sse
  elasticsearch-6 elasticsearch-7 elasticsearch-8 opensearch opensearch-2 prometheus nats
  kinesis firehose dynamodb pulsar rabbitmq pubsub hive fluss doris starrocks
  paimon iceberg hudi delta mysql-cdc postgres-cdc mongodb-cdc oracle-cdc sqlserver-cdc`.split(/\s+/),
);

/** The connector of that name, or an error that says what there is. */
export function findConnector(name: string): Connector {
  const found = CONNECTORS.find((connector) => connector.name === name);
  if (found !== undefined) return found;
  const there = `Connectors: ${connectorNames().join(', ')}.`;
  if (ABSENT.has(name)) throw unsupported(`connector "${name}"`, there);
  const near = similarNames(name, connectorNames());
  throw new EngineError('invalid_option', `connector "${name}" does not exist`, {
    hint: near.length > 0 ? `Connectors with similar names: ${near.map((one) => `"${one}"`).join(', ')}.` : there,
  });
}

/** Names of all connectors, in order. */
export function connectorNames(): string[] {
  return CONNECTORS.map((connector) => connector.name).sort();
}

/** What tests of row sources share: opening a split, and reading it as values. */
import type {
  Connector,
  ConnectorContext,
  Position,
  ReadRequest,
  RowReader,
  Source,
} from '../../../src/connectors/connector.ts';
import { type FakePlatform, fakePlatform } from '../../../src/platform/fake-platform.ts';
import { BatchBuilder } from '../../../src/types/batch.ts';
import { parseOptions } from '../../../src/types/option-spec.ts';
import type { Schema } from '../../../src/types/schema.ts';
import { type Value, type Vector, getValue } from '../../../src/types/vector.ts';
import type { TableDefinition } from '../../../src/types/table-definition.ts';

export function testContext(parallelism = 1, platform: FakePlatform = fakePlatform()): ConnectorContext {
  return { ...platform, timeZone: 'UTC', parallelism };
}

export function testTable(columns: Schema, more: Partial<TableDefinition> = {}): TableDefinition {
  return {
    path: ['default_catalog', 'default_database', 't'],
    columns,
    metadata: [],
    primaryKey: [],
    partitionKeys: [],
    options: {},
    ...more,
  };
}

export const wholeColumns = (schema: Schema): ReadRequest['columns'] =>
  schema.map((field) => ({ kind: 'physical', path: [field.name], type: field.type }));

export function openSource(
  connector: Connector,
  columns: Schema,
  options: Readonly<Record<string, string>>,
  context: ConnectorContext = testContext(),
): Source {
  const parsed = parseOptions(`connector "${connector.name}"`, connector.options, options);
  const source = connector.source?.({ table: testTable(columns), options: parsed, context });
  if (source === undefined) throw new Error(`${connector.name} is no source`);
  return source;
}

export async function openRows(
  connector: Connector,
  schema: Schema,
  options: Readonly<Record<string, string>>,
  columns: ReadRequest['columns'],
  split = '0',
  position: Position | null = null,
): Promise<RowReader> {
  const source = openSource(connector, schema, options);
  return (await source.open({ split: { id: split }, position, columns })) as RowReader;
}

/** The rows that a reader makes from here on, at most `count`, in batches of `batchSize`. */
export async function readRows(
  reader: RowReader,
  columns: ReadRequest['columns'],
  count = Number.POSITIVE_INFINITY,
  batchSize = 64,
): Promise<Value[][]> {
  const schema = columns.map((column) => ({ name: column.path.join('.'), type: column.type }));
  const batch = new BatchBuilder(schema);
  const rows: Value[][] = [];
  for (;;) {
    const most = Math.min(batchSize, count - rows.length);
    if (most <= 0) return rows;
    const result = await reader.read(batch, most);
    const { vectors, length } = batch.build();
    for (let at = 0; at < length; at++) {
      rows.push(schema.map((field, c) => getValue(vectors[c] as Vector, at, field.type)));
    }
    batch.reset();
    if (result === 'end') return rows;
  }
}

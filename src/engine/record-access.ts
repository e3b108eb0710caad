/** How framed records of a table are decoded and encoded, by its formats for keys and values. */
import type { TableOptions } from '../catalog/options.ts';
import { planRecord, type RecordPartPlan } from '../catalog/record-formats.ts';
import type { ColumnsEncoder, ConnectorContext, SinkRequest } from '../connectors/connector.ts';
import { unsupported } from '../errors.ts';
import type { DecodeColumn, RecordDecoder, RecordPart } from '../formats/format.ts';
import type { PhysicalOf } from '../plan/physical.ts';
import type { RecordColumn, RecordDecoding } from '../runtime/record-rows.ts';
import type { TableDefinition } from '../types/table-definition.ts';

const NO_SEPARATOR = new Uint8Array(0);

/** The decoders for what a scan reads; null where the connector's tables are not made of keys and values. */
export function recordDecoding(
  scan: PhysicalOf<'scan'>,
  options: TableOptions,
  context: ConnectorContext,
): RecordDecoding | null {
  const plan = planRecord(scan.table, options);
  if (plan === null) return null;
  const ofValue: DecodeColumn[] = [];
  const ofKey: DecodeColumn[] = [];
  let metadata = 0;
  const columns = scan.columns.map((column): RecordColumn => {
    if (column.kind === 'metadata') return { value: -1, key: -1, metadata: metadata++ };
    const place = scan.table.columns.findIndex(({ name }) => name === column.path[0]);
    const value = add(ofValue, plan.value, place, column);
    const key = plan.key === null || (value >= 0 && !plan.keyed) ? -1 : add(ofKey, plan.key, place, column);
    return { value, key, metadata: -1 };
  });
  const topic = topicOf(options);
  const readsKey = plan.keyed || ofKey.length > 0;
  return {
    value: decoder(plan.value, ofValue, { kind: 'value', topic }, context),
    key: plan.key === null || !readsKey ? null : decoder(plan.key, ofKey, { kind: 'key', topic }, context),
    columns,
    keyed: plan.keyed,
  };
}

/** Adds a column of the table to what is decoded of a part, under its name there; -1 when the part does not hold it. */
function add(to: DecodeColumn[], part: RecordPartPlan, place: number, { path, type }: DecodeColumn): number {
  const at = part.columns.indexOf(place);
  if (at < 0) return -1;
  return to.push({ path: [(part.schema[at] as { name: string }).name, ...path.slice(1)], type }) - 1;
}

function decoder(
  { format, options, schema }: RecordPartPlan,
  columns: readonly DecodeColumn[],
  part: RecordPart,
  context: ConnectorContext,
): RecordDecoder {
  const make = format.recordDecoder?.bind(format);
  if (make === undefined) throw unsupported(`reading ${part.kind}s of messages in format "${format.name}"`);
  return make({ schema, columns, options, timeZone: context.timeZone, part, context });
}

/** The encoders for what a sink gets; undefined where the connector's tables are not made of keys and values. */
export function recordEncoders(
  table: TableDefinition,
  options: TableOptions,
  context: ConnectorContext,
): NonNullable<SinkRequest['record']> | undefined {
  const plan = planRecord(table, options);
  if (plan === null) return undefined;
  const topic = topicOf(options);
  return {
    key: plan.key === null ? null : encoder(plan.key, { kind: 'key', topic }, context),
    value: encoder(plan.value, { kind: 'value', topic }, context),
  };
}

function encoder(
  { format, options, schema, columns }: RecordPartPlan,
  part: RecordPart,
  context: ConnectorContext,
): ColumnsEncoder {
  const made = format.encoder?.({
    schema,
    options,
    timeZone: context.timeZone,
    separator: NO_SEPARATOR,
    part,
    context,
  });
  if (made === undefined) throw unsupported(`writing ${part.kind}s of messages in format "${format.name}"`);
  return { encoder: made, columns };
}

/** Lets the formats of a table that is written make known how (schemas in a registry); awaited before the job starts. */
export async function prepareWriting(
  table: TableDefinition,
  options: TableOptions,
  context: ConnectorContext,
): Promise<void> {
  const plan = planRecord(table, options);
  if (plan === null) return;
  const topic = topicOf(options);
  for (const kind of ['key', 'value'] as const) {
    const part = plan[kind];
    if (part === null) continue;
    const { format, schema, options: given } = part;
    await format.prepare?.({ schema, options: given, part: { kind, topic }, for: 'writing', context });
  }
}

/** The one topic of a table; empty when it has several, or a pattern. */
function topicOf({ connectorOptions }: TableOptions): string {
  const topic = connectorOptions.string('topic') ?? '';
  return topic.includes(';') ? '' : topic;
}

/** Tables as the runtime reaches them: options parsed by what their connector and format declare. */
import type { ConnectorLookup, FormatLookup } from '../catalog/lookups.ts';
import { parseTableOptions, type TableOptions } from '../catalog/options.ts';
import { planRecord } from '../catalog/record-formats.ts';
import type { ConnectorContext, Sink, Source } from '../connectors/connector.ts';
import { EngineError } from '../errors.ts';
import type { Encoder } from '../formats/format.ts';
import { findFormat, formatNames } from '../formats/registry.ts';
import type { PhysicalOf } from '../plan/physical.ts';
import type { TableAccess } from '../runtime/graph.ts';
import type { StreamDecoding } from '../runtime/split-reader.ts';
import { parseOptions } from '../types/option-spec.ts';
import type { Schema } from '../types/schema.ts';
import type { TableDefinition } from '../types/table-definition.ts';
import { prepareWriting, recordDecoding, recordEncoders } from './record-access.ts';

export const FORMATS: FormatLookup = { get: (name) => findFormat(name), names: () => formatNames() };

const NEW_LINE = new Uint8Array([10]);

/** The runtime's way to tables, for one job. */
export function tableAccess(
  context: ConnectorContext,
  connectors: ConnectorLookup,
  formats: FormatLookup = FORMATS,
): TableAccess {
  return {
    source(table): Source {
      const options = parseTableOptions(table, connectors, formats);
      const { connector, connectorOptions } = options;
      if (connector.source === undefined) {
        throw new EngineError('unsupported', `connector "${connector.name}" cannot be read from`);
      }
      planRecord(table, options);
      return connector.source({ table, options: connectorOptions, context });
    },
    records: (scan) => recordDecoding(scan, parseTableOptions(scan.table, connectors, formats), context),
    decoder(scan: PhysicalOf<'scan'>): StreamDecoding | null {
      const { connector, format, formatOptions } = parseTableOptions(scan.table, connectors, formats);
      if (format === null || connector.format !== 'required') return null;
      const make = format.decoder?.bind(format);
      if (make === undefined) throw new EngineError('unsupported', `format "${format.name}" cannot be read`);
      const partitions = new Set(scan.table.partitionKeys);
      const columns = scan.columns.filter(
        (column) => column.kind === 'physical' && !partitions.has(column.path[0] as string),
      ) as Extract<PhysicalOf<'scan'>['columns'][number], { kind: 'physical' }>[];
      const schema = scan.table.columns.filter((column) => !partitions.has(column.name));
      format.validate?.(schema, formatOptions);
      const request = {
        schema,
        columns,
        options: formatOptions,
        timeZone: context.timeZone,
        skipHeader: scan.table.options['millrace.csv-header'] === 'true',
      };
      return { decoderAt: (position) => make({ ...request, position }), needsHead: format.needsHead === true };
    },
    sink(table, { subtask, parallelism, writer }): Sink {
      const parsed = parseTableOptions(table, connectors, formats);
      const { connector, connectorOptions: options } = parsed;
      if (connector.sink === undefined) {
        throw new EngineError('unsupported', `connector "${connector.name}" cannot be written to`);
      }
      const schema: Schema = [
        ...table.columns,
        ...table.metadata.filter((column) => !column.virtual).map(({ name, type }) => ({ name, type })),
      ];
      const record = recordEncoders(table, parsed, context);
      const encoder = record === undefined ? streamEncoder(table, parsed, context.timeZone) : null;
      const job = writer === null ? { checkpointing: false } : { checkpointing: true, writer };
      const request = { table, options, context, schema, subtask, parallelism, encoder, ...job };
      return connector.sink(record === undefined ? request : { ...request, record });
    },
    prepareWriting: (table) => prepareWriting(table, parseTableOptions(table, connectors, formats), context),
    jsonEncoder: (schema) => jsonEncoder(schema, context.timeZone, new Uint8Array(0)),
  };
}

/** Encodes rows one after another, as they stand in files; null where the table has no format. */
function streamEncoder(
  { columns, partitionKeys }: TableDefinition,
  { format, formatOptions: options }: TableOptions,
  timeZone: string,
): Encoder | null {
  if (format === null) return null;
  if (format.encoder === undefined) throw new EngineError('unsupported', `format "${format.name}" cannot be written`);
  const schema = columns.filter((column) => !partitionKeys.includes(column.name));
  format.validate?.(schema, options);
  return format.encoder({ schema, options, timeZone, separator: NEW_LINE });
}

/** Rows as JSON text, as the json format encodes them. */
export function jsonEncoder(schema: Schema, timeZone: string, separator: Uint8Array): Encoder {
  const json = findFormat('json');
  const options = parseOptions('format "json"', json.options, {});
  const encoder = json.encoder?.({ schema, options, timeZone, separator });
  if (encoder === undefined) throw new EngineError('internal_error', 'the json format has no encoder');
  return encoder;
}

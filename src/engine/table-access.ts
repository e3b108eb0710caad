/** Tables as the runtime reaches them: options parsed by what their connector and format declare. */
import type { ConnectorLookup, FormatLookup } from '../catalog/lookups.ts';
import { parseTableOptions } from '../catalog/options.ts';
import type { ConnectorContext, Sink, Source } from '../connectors/connector.ts';
import { EngineError } from '../errors.ts';
import type { Decoder, Encoder } from '../formats/format.ts';
import { findFormat, formatNames } from '../formats/registry.ts';
import type { PhysicalOf } from '../plan/physical.ts';
import type { TableAccess } from '../runtime/graph.ts';
import { parseOptions } from '../types/option-spec.ts';
import type { Schema } from '../types/schema.ts';

export const FORMATS: FormatLookup = { get: (name) => findFormat(name), names: () => formatNames() };

const NEW_LINE = new Uint8Array([10]);

/** The runtime's way to tables, for one job. */
export function tableAccess(context: ConnectorContext, connectors: ConnectorLookup): TableAccess {
  return {
    source(table): Source {
      const { connector, connectorOptions: options } = parseTableOptions(table, connectors, FORMATS);
      if (connector.source === undefined) {
        throw new EngineError('unsupported', `connector "${connector.name}" cannot be read from`);
      }
      return connector.source({ table, options, context });
    },
    decoder(scan: PhysicalOf<'scan'>): ((position: number) => Decoder) | null {
      const { format, formatOptions } = parseTableOptions(scan.table, connectors, FORMATS);
      if (format === null) return null;
      const make = format.decoder?.bind(format);
      if (make === undefined) throw new EngineError('unsupported', `format "${format.name}" cannot be read`);
      const partitions = new Set(scan.table.partitionKeys);
      const columns = scan.columns.filter(
        (column) => column.kind === 'physical' && !partitions.has(column.path[0] as string),
      ) as Extract<PhysicalOf<'scan'>['columns'][number], { kind: 'physical' }>[];
      return (position) =>
        make({
          schema: scan.table.columns.filter((column) => !partitions.has(column.name)),
          columns,
          options: formatOptions,
          timeZone: context.timeZone,
          position,
          skipHeader: scan.table.options['millrace.csv-header'] === 'true',
        });
    },
    sink(table, subtask): Sink {
      const {
        connector,
        connectorOptions: options,
        format,
        formatOptions,
      } = parseTableOptions(table, connectors, FORMATS);
      if (connector.sink === undefined) {
        throw new EngineError('unsupported', `connector "${connector.name}" cannot be written to`);
      }
      const schema: Schema = [
        ...table.columns,
        ...table.metadata.filter((column) => !column.virtual).map(({ name, type }) => ({ name, type })),
      ];
      const partitions = new Set(table.partitionKeys);
      const encoder: Encoder | null =
        format?.encoder?.({
          schema: table.columns.filter((column) => !partitions.has(column.name)),
          options: formatOptions,
          timeZone: context.timeZone,
          separator: NEW_LINE,
        }) ?? null;
      if (format !== null && encoder === null) {
        throw new EngineError('unsupported', `format "${format.name}" cannot be written`);
      }
      return connector.sink({ table, options, context, schema, subtask, encoder });
    },
    jsonEncoder: (schema) => jsonEncoder(schema, context.timeZone, new Uint8Array(0)),
  };
}

/** Rows as JSON text, as the json format encodes them. */
export function jsonEncoder(schema: Schema, timeZone: string, separator: Uint8Array): Encoder {
  const json = findFormat('json');
  const options = parseOptions('format "json"', json.options, {});
  const encoder = json.encoder?.({ schema, options, timeZone, separator });
  if (encoder === undefined) throw new EngineError('internal_error', 'the json format has no encoder');
  return encoder;
}

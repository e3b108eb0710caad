/** Tables as the runtime reaches them: options parsed by what their connector and format declare. */
import type { Connector, ConnectorContext, Sink, Source } from './connectors/connector.ts';
import { EngineError } from './errors.ts';
import type { Decoder, Encoder, Format } from './formats/format.ts';
import { findFormat } from './formats/registry.ts';
import type { PhysicalOf, TableSpec } from './plan/physical.ts';
import type { TableAccess } from './runtime/graph.ts';
import { type OptionSet, ParsedOptions, parseOptions } from './types/option-spec.ts';
import type { Schema } from './types/schema.ts';

/** Options that every table may have, whatever its connector. */
const COMMON_OPTIONS = new Set(['connector', 'format', 'property-version', 'scan.parallelism', 'sink.parallelism']);
const isCommon = (key: string): boolean =>
  COMMON_OPTIONS.has(key) || key.startsWith('scan.watermark.') || key.startsWith('millrace.');

export interface Connected {
  readonly connector: Connector;
  readonly options: ParsedOptions;
  readonly format: Format | null;
  readonly formatOptions: ParsedOptions;
}

export type FindConnector = (name: string) => Connector;

/** Finds connector and format of a table and parses its options; every problem is an `invalid_option` error. */
export function connectTable(table: TableSpec, findConnector: FindConnector): Connected {
  const name = table.path.at(-1) ?? '';
  const connectorName = table.options['connector'];
  if (connectorName === undefined) {
    throw new EngineError('invalid_option', `table "${name}" needs the option "connector"`);
  }
  const connector = findConnector(connectorName);
  const formatName = table.options['format'];
  const format = connector.format === 'required' && formatName !== undefined ? findFormat(formatName) : null;
  if (connector.format === 'required' && format === null) {
    throw new EngineError('invalid_option', `connector "${connectorName}" needs the option "format"`, {
      hint: "For example 'format' = 'json'.",
    });
  }
  const own: Record<string, string> = {};
  const formats: Record<string, string> = {};
  const prefix = `${formatName}.`;
  for (const [key, value] of Object.entries(table.options)) {
    if (format !== null && key.startsWith(prefix)) formats[key.slice(prefix.length)] = value;
    else if (!isCommon(key)) own[key] = value;
  }
  return {
    connector,
    options: parseOptions(`connector "${connectorName}"`, connector.options, own),
    format,
    formatOptions:
      format === null
        ? new ParsedOptions(new Map())
        : parseOptions(`format "${format.name}"`, format.options as OptionSet, formats),
  };
}

const NEW_LINE = new Uint8Array([10]);

/** The runtime's way to tables, for one job. */
export function tableAccess(context: ConnectorContext, findConnector: FindConnector): TableAccess {
  return {
    source(table): Source {
      const { connector, options } = connectTable(table, findConnector);
      if (connector.source === undefined) {
        throw new EngineError('unsupported', `connector "${connector.name}" cannot be read from`);
      }
      return connector.source({ table, options, context });
    },
    decoder(scan: PhysicalOf<'scan'>): ((position: number) => Decoder) | null {
      const { format, formatOptions } = connectTable(scan.table, findConnector);
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
      const { connector, options, format, formatOptions } = connectTable(table, findConnector);
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
  const options = parseOptions('format "json"', json.options as OptionSet, {});
  const encoder = json.encoder?.({ schema, options, timeZone, separator });
  if (encoder === undefined) throw new EngineError('internal_error', 'the json format has no encoder');
  return encoder;
}

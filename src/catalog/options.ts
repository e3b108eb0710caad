/**
 * The options of a table: which belong to the connector, which to its format (prefix `json.`), which are common, and
 * which are Millrace's own. `SET 'millrace.table.<table>.<option>'` gives the last kind without touching the DDL.
 */
import { EngineError, similarNames } from '../errors.ts';
import type { Connector } from '../connectors/connector.ts';
import type { Format } from '../formats/format.ts';
import { type OptionSet, ParsedOptions, parseOptions } from '../types/option-spec.ts';
import type { ConnectorLookup, FormatLookup, SessionConfig } from './lookups.ts';
import type { CatalogTable, ObjectPath } from './table.ts';

/** Options of any table, whatever its connector. */
export const COMMON_OPTIONS: OptionSet = {
  connector: { type: 'string', required: true, doc: 'Which connector reads and writes the table.' },
  'scan.parallelism': { type: 'int', doc: 'Subtasks that read the table.' },
  'sink.parallelism': { type: 'int', doc: 'Subtasks that write the table.' },
  'scan.watermark.emit.strategy': {
    type: 'enum',
    values: ['on-periodic', 'on-event'],
    doc: 'Whether watermarks come after every row or at the interval of pipeline.auto-watermark-interval.',
  },
  'scan.watermark.idle-timeout': {
    type: 'duration',
    doc: 'After this long without a row a split no longer holds the watermark back.',
  },
  'property-version': { type: 'string', doc: 'Ignored.' },
  'scan.watermark.alignment.group': { type: 'string', doc: 'Ignored.' },
  'scan.watermark.alignment.max-drift': { type: 'string', doc: 'Ignored.' },
  'scan.watermark.alignment.update-interval': { type: 'string', doc: 'Ignored.' },
  'millrace.csv-header': { type: 'boolean', doc: 'Whether the first line of each file names the columns.' },
  'millrace.on-error': {
    type: 'enum',
    values: ['fail', 'skip', 'dead-letter'],
    default: 'fail',
    doc: 'What a record that cannot be decoded does: fail the job, be counted and left out, or go to another table.',
  },
  'millrace.dead-letter': { type: 'string', doc: "The table that takes bad records under 'dead-letter'." },
  'millrace.late-rows': { type: 'string', doc: 'The table that takes late rows; without it they are counted only.' },
};

const OWN_OPTIONS = ['on-error', 'dead-letter', 'late-rows'] as const;
const FORMAT_OPTION = 'format';

export interface TableOptions {
  readonly connector: Connector;
  readonly connectorOptions: ParsedOptions;
  readonly format: Format | null;
  /** Keys without the format's prefix. */
  readonly formatOptions: ParsedOptions;
  readonly common: ParsedOptions;
}

/** The table with the options that `SET 'millrace.table.<table>.<option>'` adds to it. */
export function withSessionOptions(table: CatalogTable, config: SessionConfig): CatalogTable {
  const added: Record<string, string> = {};
  for (const option of OWN_OPTIONS) {
    for (const name of spellings(table.path)) {
      const value =
        config.get(`millrace.table.${name}.${option}`) ?? config.get(`millrace.table.${name}.millrace.${option}`);
      if (value !== undefined) added[`millrace.${option}`] = value;
    }
  }
  return Object.keys(added).length === 0 ? table : { ...table, options: { ...table.options, ...added } };
}

function spellings(path: ObjectPath): string[] {
  return [path[2], `${path[1]}.${path[2]}`, path.join('.')];
}

/**
 * Looks up connector and format and parses every option; unknown names, missing and malformed values are errors that
 * name what exists.
 */
export function parseTableOptions(
  table: { readonly path: readonly string[]; readonly options: Readonly<Record<string, string>> },
  connectors: ConnectorLookup,
  formats: FormatLookup,
): TableOptions {
  const name = table.path.join('.');
  const connectorName = table.options['connector'];
  if (connectorName === undefined) {
    throw new EngineError('invalid_option', `table "${name}" has no option "connector"`, {
      hint: `Add WITH ('connector' = '…'); there are: ${connectors.names().toSorted().join(', ')}.`,
    });
  }
  const connector = connectors.get(connectorName);
  if (connector === undefined) {
    throw new EngineError('invalid_option', `connector "${connectorName}" does not exist`, {
      hint: candidates('Connectors', connectorName, connectors.names()),
    });
  }
  const format = connector.format === 'none' ? null : tableFormat(name, table.options, formats);
  const ofCommon: Record<string, string> = {};
  const ofConnector: Record<string, string> = {};
  const ofFormat: Record<string, string> = {};
  for (const [key, value] of Object.entries(table.options)) {
    if (format !== null && key.startsWith(`${format.name}.`)) ofFormat[key.slice(format.name.length + 1)] = value;
    else if (format !== null && key === FORMAT_OPTION) continue;
    else if (COMMON_OPTIONS[key] !== undefined && connector.options[key] === undefined) ofCommon[key] = value;
    else ofConnector[key] = value;
  }
  return {
    connector,
    format,
    connectorOptions: parseConnectorOptions(connector, format, ofConnector),
    formatOptions: format === null ? new ParsedOptions(new Map()) : parseFormatOptions(format, ofFormat),
    common: parseOptions(`table "${name}"`, COMMON_OPTIONS, ofCommon),
  };
}

function tableFormat(name: string, options: Readonly<Record<string, string>>, formats: FormatLookup): Format {
  const formatName = options[FORMAT_OPTION];
  if (formatName === undefined) {
    throw new EngineError('invalid_option', `table "${name}" needs the option "format"`, {
      hint: `There are: ${formats.names().toSorted().join(', ')}.`,
    });
  }
  const format = formats.get(formatName);
  if (format === undefined) {
    throw new EngineError('invalid_option', `format "${formatName}" does not exist`, {
      hint: candidates('Formats', formatName, formats.names()),
    });
  }
  return format;
}

/** An unknown option may belong to the connector, the format or every table: the hint searches all three. */
function parseConnectorOptions(
  connector: Connector,
  format: Format | null,
  given: Readonly<Record<string, string>>,
): ParsedOptions {
  const owner = `connector "${connector.name}"`;
  try {
    return parseOptions(owner, connector.options, given);
  } catch (error) {
    const unknown = Object.keys(given).find(
      (key) => error instanceof EngineError && error.message.endsWith(`no option "${key}"`),
    );
    if (unknown === undefined) throw error;
    const near = similarNames(unknown, [
      ...Object.keys(connector.options),
      ...Object.keys(COMMON_OPTIONS),
      ...(format === null ? [] : [FORMAT_OPTION, ...Object.keys(format.options).map((key) => `${format.name}.${key}`)]),
    ]);
    if (near.length === 0) throw error;
    throw new EngineError('invalid_option', `${owner} has no option "${unknown}"`, {
      hint: `Options with similar names: ${near.map((key) => `"${key}"`).join(', ')}.`,
    });
  }
}

function parseFormatOptions(format: Format, given: Readonly<Record<string, string>>): ParsedOptions {
  return parseOptions(`format "${format.name}"`, format.options, given);
}

function candidates(what: string, name: string, names: readonly string[]): string {
  const near = similarNames(name, names);
  return near.length > 0
    ? `${what} with similar names: ${near.map((each) => `"${each}"`).join(', ')}.`
    : `There are: ${names.toSorted().join(', ')}.`;
}

/** The options as they may be shown: secrets are masked. */
export function maskedOptions(
  options: Readonly<Record<string, string>>,
  connectors: ConnectorLookup,
  formats: FormatLookup,
): [key: string, value: string][] {
  const connector = connectors.get(options['connector'] ?? '');
  const formatName = options[FORMAT_OPTION];
  const format = formatName === undefined ? undefined : formats.get(formatName);
  return Object.entries(options).map(([key, value]) => {
    const spec =
      connector?.options[key] ??
      (format !== undefined && key.startsWith(`${format.name}.`)
        ? format.options[key.slice(format.name.length + 1)]
        : undefined);
    return [key, spec?.secret === true || LOOKS_SECRET.test(key) ? '******' : value];
  });
}

/** Keys that hold secrets by their name, as Flink's `GlobalConfiguration.SENSITIVE_KEYS`. */
const LOOKS_SECRET =
  /password|secret|fs\.azure\.account\.key|apikey|api-key|auth-params|service-key|token|basic-auth|jaas\.config|http-headers/i;

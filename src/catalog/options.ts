/**
 * The options of a table: which belong to the connector, which to its format (prefix `json.`), which are common, and
 * which are Millrace's own. `SET 'millrace.table.<table>.<option>'` gives the last kind without touching the DDL.
 */
import { EngineError, similarNames } from '../errors.ts';
import type { Connector } from '../connectors/connector.ts';
import type { Format } from '../formats/format.ts';
import { type OptionSet, ParsedOptions, parseOptions } from '../types/option-spec.ts';
import type { ConnectorLookup, FormatLookup, SessionConfig } from './lookups.ts';
import { formatOptionsOf } from './record-formats.ts';
import type { CatalogTable, ObjectPath } from './table.ts';

/** Options of any table, whatever its connector. */
export const COMMON_OPTIONS: OptionSet = {
  connector: { type: 'string', required: true, doc: 'Which connector reads and writes the table.' },
  'scan.parallelism': {
    type: 'int',
    min: 1,
    doc: 'Taken for portability: `parallelism.default` says how many subtasks read.',
  },
  'sink.parallelism': {
    type: 'int',
    min: 1,
    doc: 'Taken for portability: `parallelism.default` says how many subtasks write.',
  },
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
const VALUE_FORMAT_OPTION = 'value.format';
const KEY_FORMAT_OPTION = 'key.format';

export interface TableOptions {
  readonly connector: Connector;
  readonly connectorOptions: ParsedOptions;
  /** Of values, where keys and values have formats of their own. */
  readonly format: Format | null;
  /** Keys without the format's prefix. */
  readonly formatOptions: ParsedOptions;
  readonly keyFormat: Format | null;
  readonly keyFormatOptions: ParsedOptions;
  /** `key.fields` and its kin; empty where keys and values are not kept apart. */
  readonly recordOptions: ParsedOptions;
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
  const { value, key, own } = tableFormats(name, connector, table.options, formats);
  const ofCommon: Record<string, string> = {};
  const ofConnector: Record<string, string> = {};
  const ofValue: Record<string, string> = {};
  const ofKey: Record<string, string> = {};
  const ofRecord: Record<string, string> = {};
  for (const [option, text] of Object.entries(table.options)) {
    const inValue = value === null ? undefined : withoutPrefix(option, value.prefixes);
    const inKey = key === null ? undefined : withoutPrefix(option, key.prefixes);
    if (inValue !== undefined) {
      if (ofValue[inValue] !== undefined) throw givenTwice(name, option, inValue);
      ofValue[inValue] = text;
    } else if (inKey !== undefined) ofKey[inKey] = text;
    else if (own[option] !== undefined && connector.options[option] === undefined) ofRecord[option] = text;
    else if (COMMON_OPTIONS[option] !== undefined && connector.options[option] === undefined) ofCommon[option] = text;
    else ofConnector[option] = text;
  }
  return {
    connector,
    format: value?.format ?? null,
    connectorOptions: parseConnectorOptions(connector, [value, key], own, ofConnector),
    formatOptions: parseFormatOptions(value, ofValue),
    keyFormat: key?.format ?? null,
    keyFormatOptions: parseFormatOptions(key, ofKey),
    recordOptions: parseOptions(`connector "${connector.name}"`, own, ofRecord),
    common: parseOptions(`table "${name}"`, COMMON_OPTIONS, ofCommon),
  };
}

/** A format that a table uses, and what its options may begin with; the first is how they are shown. */
interface UsedFormat {
  readonly format: Format;
  readonly prefixes: readonly [string, ...string[]];
}

interface TableFormats {
  readonly value: UsedFormat | null;
  readonly key: UsedFormat | null;
  /** The options that name them and deal columns to them. */
  readonly own: OptionSet;
}

/** All options that a table may have, by those that it has; what they name need not exist. */
export function knownOptions(
  given: ReadonlyMap<string, string>,
  connectors: Pick<ConnectorLookup, 'get'>,
  formats: Pick<FormatLookup, 'get'>,
): OptionSet {
  const connector = attempt(() => connectors.get(given.get('connector') ?? ''));
  const own = formatOptionsOf(connector ?? { format: 'required' });
  const ofFormat = (option: string, prefix: string): OptionSet => {
    const name = own[option] === undefined ? undefined : given.get(option);
    const format = name === undefined ? undefined : attempt(() => formats.get(name));
    const entries = Object.entries(format?.options ?? {}).map(([key, spec]) => [`${prefix}${name}.${key}`, spec]);
    return Object.fromEntries(entries) as OptionSet;
  };
  return {
    ...COMMON_OPTIONS,
    ...connector?.options,
    ...own,
    ...ofFormat(FORMAT_OPTION, ''),
    ...ofFormat(VALUE_FORMAT_OPTION, 'value.'),
    ...ofFormat(KEY_FORMAT_OPTION, 'key.'),
  };
}

function attempt<Found>(find: () => Found): Found | undefined {
  try {
    return find();
  } catch {
    // An unknown name has no options.
    return undefined;
  }
}

function tableFormats(
  name: string,
  connector: Connector,
  options: Readonly<Record<string, string>>,
  formats: FormatLookup,
): TableFormats {
  const own = formatOptionsOf(connector);
  if (connector.format === 'none') return { value: null, key: null, own };
  const plain = own[FORMAT_OPTION] === undefined ? undefined : options[FORMAT_OPTION];
  const ofValue = own[VALUE_FORMAT_OPTION] === undefined ? undefined : options[VALUE_FORMAT_OPTION];
  if (plain !== undefined && ofValue !== undefined && plain !== ofValue) {
    throw new EngineError('invalid_option', `table "${name}" has both "format" and "value.format", which differ`, {
      hint: 'They mean the same; leave one out.',
    });
  }
  const option = own[FORMAT_OPTION] === undefined ? VALUE_FORMAT_OPTION : FORMAT_OPTION;
  const value = findTableFormat(name, option, plain ?? ofValue, formats);
  const keyName = own[KEY_FORMAT_OPTION] === undefined ? undefined : options[KEY_FORMAT_OPTION];
  const key =
    keyName === undefined && own[KEY_FORMAT_OPTION]?.required !== true
      ? null
      : findTableFormat(name, KEY_FORMAT_OPTION, keyName, formats);
  const prefixes: [string, ...string[]] =
    ofValue !== undefined
      ? [`value.${value.name}.`, `${value.name}.`]
      : own[VALUE_FORMAT_OPTION] !== undefined
        ? [`${value.name}.`, `value.${value.name}.`]
        : [`${value.name}.`];
  return {
    value: { format: value, prefixes },
    key: key === null ? null : { format: key, prefixes: [`key.${key.name}.`] },
    own,
  };
}

const withoutPrefix = (option: string, prefixes: readonly string[]): string | undefined => {
  const prefix = prefixes.find((each) => option.startsWith(each));
  return prefix === undefined ? undefined : option.slice(prefix.length);
};

function givenTwice(table: string, option: string, key: string): EngineError {
  return new EngineError('invalid_option', `table "${table}" gives option "${key}" of its format twice`, {
    hint: `One of them is "${option}".`,
  });
}

function findTableFormat(name: string, option: string, formatName: string | undefined, formats: FormatLookup): Format {
  if (formatName === undefined) {
    throw new EngineError('invalid_option', `table "${name}" needs the option "${option}"`, {
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

/** An unknown option may belong to the connector, a format or every table: the hint searches them all. */
function parseConnectorOptions(
  connector: Connector,
  used: readonly (UsedFormat | null)[],
  own: OptionSet,
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
      ...Object.keys(own),
      ...used.flatMap((each) =>
        each === null ? [] : Object.keys(each.format.options).map((key) => `${each.prefixes[0]}${key}`),
      ),
    ]);
    if (near.length === 0) throw error;
    throw new EngineError('invalid_option', `${owner} has no option "${unknown}"`, {
      hint: `Options with similar names: ${near.map((key) => `"${key}"`).join(', ')}.`,
    });
  }
}

function parseFormatOptions(used: UsedFormat | null, given: Readonly<Record<string, string>>): ParsedOptions {
  if (used === null) return new ParsedOptions(new Map());
  return parseOptions(`format "${used.format.name}"`, used.format.options, given);
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
  const used = [FORMAT_OPTION, VALUE_FORMAT_OPTION, KEY_FORMAT_OPTION].flatMap((option) => {
    const name = options[option];
    const format = name === undefined ? undefined : formats.get(name);
    if (format === undefined) return [];
    const part = option === KEY_FORMAT_OPTION ? ['key.'] : ['', 'value.'];
    return [{ format, prefixes: part.map((each) => `${each}${format.name}.`) }];
  });
  return Object.entries(options).map(([key, value]) => {
    const ofFormat = used.some(({ format, prefixes }) => {
      const name = withoutPrefix(key, prefixes);
      return name !== undefined && format.options[name]?.secret === true;
    });
    const secret = ofFormat || connector?.options[key]?.secret === true || looksSecret(key);
    return [key, secret ? '******' : value.replaceAll(CREDENTIALS, '//******@')];
  });
}

/** Name and password inside an address. */
const CREDENTIALS = /(?<=:)\/\/[^/@\s]*@/g;

/** Keys that hold secrets by their name, as Flink's `GlobalConfiguration.SENSITIVE_KEYS`. */
const SECRET_NAMES =
  /password|secret|fs\.azure\.account\.key|apikey|api-key|auth-params|service-key|token|basic-auth|jaas\.config|http-headers/i;

export const looksSecret = (key: string): boolean => SECRET_NAMES.test(key);

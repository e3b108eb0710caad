import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMMON_CATALOG_OPTIONS } from '../src/catalog/catalog-options.ts';
import { COMMON_OPTIONS } from '../src/catalog/options.ts';
import { formatOptionsOf } from '../src/catalog/record-formats.ts';
import type { CatalogType } from '../src/connectors/catalog-type.ts';
import { catalogTypeNames, findCatalogType } from '../src/connectors/catalog-types.ts';
import type { Connector } from '../src/connectors/connector.ts';
import { connectorNames, findConnector } from '../src/connectors/registry.ts';
import { SETTINGS } from '../src/engine/settings.ts';
import type { Format } from '../src/formats/format.ts';
import { findFormat, formatNames } from '../src/formats/registry.ts';
import { EXAMPLE_ROWS } from '../src/functions/aggregates/aggregate.ts';
import { aggregateInfos } from '../src/functions/aggregates/registry.ts';
import type { FunctionCategory, FunctionInfo } from '../src/functions/function.ts';
import { functionInfos } from '../src/functions/registry.ts';
import { UNSUPPORTED_FUNCTIONS } from '../src/functions/unsupported-functions.ts';
import { typeToString } from '../src/types/data-type.ts';
import type { OptionSet, OptionSpec } from '../src/types/option-spec.ts';

// The text of the reference pages, from the literals that define functions, settings, connectors and formats.

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const NOTE = '<!-- Written by scripts/generate-docs.ts from the code: change it there. -->';

/** Every generated page by its path in the repository. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/sql/functions.md', functionsPage()],
    ['docs/sql/settings.md', settingsPage()],
    ['docs/sql/catalogs.md', catalogsPage()],
    ['docs/connectors/README.md', tablesPage()],
    ...connectorNames().map((name) => [`docs/connectors/${name}.md`, connectorPage(findConnector(name))] as const),
    ...formatNames().map((name) => [`docs/formats/${name}.md`, formatPage(findFormat(name))] as const),
  ]);
}

const page = (...parts: readonly string[]): string =>
  `${[NOTE, ...parts.filter((part) => part !== '')].join('\n\n')}\n`;
/** A doc text as a sentence; a `<` in front of a letter would begin a tag. */
const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`).replace(/<(?=[a-z])/g, '\\<');
const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);
const cell = (text: string): string => text.replaceAll('|', '\\|');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.map((each) => cell(each)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row))].join('\n');
}

const typeOf = (spec: OptionSpec): string => (spec.values === undefined ? spec.type : spec.values.map(code).join(', '));

function defaultOf(spec: OptionSpec): string {
  if (spec.required === true) return 'required';
  return spec.default === undefined ? '' : spec.default === '' ? 'empty' : code(spec.default);
}

const optionTable = (options: OptionSet, prefix = ''): string =>
  table(
    ['option', 'type', 'default', ''],
    Object.entries(options).map(([key, spec]) => [
      code(prefix + key),
      typeOf(spec),
      defaultOf(spec),
      sentence(spec.doc),
    ]),
  );

const CATEGORIES: Readonly<Record<FunctionCategory, string>> = {
  comparison: 'Comparison',
  logical: 'Logic',
  arithmetic: 'Arithmetic',
  string: 'Strings',
  temporal: 'Dates and times',
  conditional: 'Conditions',
  conversion: 'Conversion',
  collection: 'Collections',
  json: 'JSON',
  'value-construction': 'Construction of values',
  hash: 'Hashes',
  aggregate: 'Aggregates',
  window: 'Windows',
  system: 'System',
};

const VOLATILITY: Readonly<Record<FunctionInfo['volatility'], string>> = {
  immutable: '',
  'per-record': ' Evaluated for every record.',
  volatile: ' Each call gives another value.',
};

function functionsPage(): string {
  const infos = [...functionInfos(), ...aggregateInfos()];
  const sections = Object.entries(CATEGORIES).flatMap(([category, title]) => {
    const members = infos.filter((info) => info.category === category);
    const over = category === 'aggregate' ? [`The examples are over \`${EXAMPLE_ROWS}\`.`] : [];
    return members.length === 0 ? [] : [`## ${title}`, ...over, ...members.map((info) => functionEntry(info))];
  });
  return page(
    '# Functions',
    'Every function and operator, with examples that are run as tests. A result stands as `CAST(… AS STRING)` prints it.',
    ...sections,
    '## Known, but not there',
    'Calling one of these functions of Flink is an error that says so (0A000):',
    `${[...UNSUPPORTED_FUNCTIONS].toSorted().map(code).join(', ')}.`,
  );
}

function functionEntry({ name, aliases, signature, doc, examples, volatility }: FunctionInfo): string {
  const also = aliases.length === 0 ? '' : ` Also called ${aliases.map(code).join(', ')}.`;
  const lines = [`### ${code(name)}`, '', code(signature), '', `${sentence(doc)}${VOLATILITY[volatility]}${also}`];
  if (examples.length === 0) return lines.join('\n');
  const shown = examples.map((example) => `${example.sql} -- ${example.result}`);
  return [...lines, '', '```sql', ...shown, '```'].join('\n');
}

function settingsPage(): string {
  return page(
    '# Settings',
    "`SET 'key' = 'value'` for the statements that follow, `--set key=value` on the command line. Other keys of Flink are " +
      'kept and listed, without effect; one that would change results is refused.',
    optionTable(SETTINGS),
  );
}

function tablesPage(): string {
  const list = (names: readonly string[], folder: string, doc: (name: string) => string): string =>
    table(
      ['', ''],
      names.map((name) => [`[${name}](${folder}${name}.md)`, sentence(doc(name))]),
    );
  return page(
    '# Connectors and formats',
    list(connectorNames(), '', (name) => findConnector(name).doc),
    list(formatNames(), '../formats/', (name) => findFormat(name).doc),
    '## Options of every table',
    optionTable(COMMON_OPTIONS),
  );
}

function catalogsPage(): string {
  const ofType = (name: string): string[] => {
    const { doc, options } = findCatalogType(name) as CatalogType;
    const own = Object.entries(options).filter(([key]) => !key.startsWith('properties.'));
    const shares = own.length < Object.keys(options).length ? ` \`properties.*\`: as the connector \`${name}\`.` : '';
    return [`## ${name}`, `${sentence(doc)}${shares}`, optionTable(Object.fromEntries(own))];
  };
  return page(
    '# Catalogs',
    "`CREATE CATALOG name WITH ('type' = '…')`, then `USE CATALOG name`, or names with three parts: `catalog.database.table`, of an external catalog with one database `catalog.table` too. What an external catalog holds exists elsewhere: a statement that names a table of it looks there first, and none changes it; temporary tables and views may stand in it.",
    optionTable(COMMON_CATALOG_OPTIONS),
    ...catalogTypeNames().flatMap(ofType),
    exampleOf('src/connectors/kafka/catalog'),
  );
}

/** The first SQL block of a folder's README. */
function exampleOf(folder: string): string {
  const readme = readFileSync(join(root, folder, 'README.md'), 'utf8');
  return /```sql\n[\s\S]*?\n```/.exec(readme)?.[0] ?? '';
}

/** Where a connector shares its folder with another one. */
const FOLDERS: Readonly<Record<string, string>> = { 'upsert-kafka': 'kafka' };

const FORMAT_USE: Readonly<Record<Connector['format'], string>> = {
  none: 'Has no `format`',
  required: 'Needs a `format`',
  'key-value': 'Values need a `format`, keys may have one',
  'keyed-by-primary-key': 'Keys, which are the primary key, and values need a format each',
};

function connectorPage(connector: Connector): string {
  const { name, doc, format, metadata, options } = connector;
  const folder = `src/connectors/${FOLDERS[name] ?? name}`;
  const uses = [connector.source === undefined ? '' : 'source', connector.sink === undefined ? '' : 'sink'];
  return page(
    `# ${name}`,
    sentence(doc),
    exampleOf(folder),
    `Use: ${uses.filter((use) => use !== '').join(', ')}. ${FORMAT_USE[format]}. ` +
      `Guarantees and details: [${folder}](../../${folder}/README.md). Options of every table: [here](README.md).`,
    optionTable(connector.format === 'required' ? options : { ...options, ...formatOptionsOf(connector) }),
    metadata.length === 0 ? '' : '## Metadata columns',
    table(
      ['key', 'type', 'writable'],
      metadata.map(({ key, type, writable }) => [code(key), code(typeToString(type)), writable ? 'yes' : 'no']),
    ),
  );
}

function formatPage({ name, doc, options, decoder, recordDecoder, encoder }: Format): string {
  const read = [decoder === undefined ? '' : 'files', recordDecoder === undefined ? '' : 'messages'];
  const reads = `reads ${read.filter((each) => each !== '').join(' and ')}`;
  return page(
    `# ${name}`,
    sentence(doc),
    `\`'format' = '${name}'\`: ${reads}${encoder === undefined ? '' : ', and writes'}. Its options have its name in front; ` +
      'where keys and values of messages have formats of their own, `key.` or `value.` may stand before that.',
    optionTable(options, `${name}.`),
  );
}

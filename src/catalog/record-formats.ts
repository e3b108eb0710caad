/**
 * Tables whose connector keeps keys and values apart: which options say how each is encoded, and which of the table's
 * columns stand in which.
 */
import type { Connector } from '../connectors/connector.ts';
import { EngineError, similarNames } from '../errors.ts';
import type { Format } from '../formats/format.ts';
import type { OptionSet, ParsedOptions } from '../types/option-spec.ts';
import type { Schema } from '../types/schema.ts';
import type { TableOptions } from './options.ts';

const KEY_PREFIX_OPTION = {
  type: 'string',
  default: '',
  doc: "What the names of the key's columns begin with in the table, but not in the key; needs 'value.fields-include' = 'EXCEPT_KEY'.",
} as const;
const INCLUDE_OPTION = {
  type: 'enum',
  values: ['ALL', 'EXCEPT_KEY'],
  default: 'ALL',
  doc: "Whether the value holds the key's columns too.",
} as const;

const KEY_VALUE_OPTIONS: OptionSet = {
  format: { type: 'string', doc: "The format of values; the same as 'value.format'." },
  'value.format': { type: 'string', doc: 'The format of values.' },
  'key.format': { type: 'string', doc: 'The format of keys; without it they are not read, and written as none.' },
  'key.fields': { type: 'string', doc: "The columns that the key holds, in order: 'a;b'." },
  'key.fields-prefix': KEY_PREFIX_OPTION,
  'value.fields-include': INCLUDE_OPTION,
};

const KEYED_OPTIONS: OptionSet = {
  'key.format': {
    type: 'string',
    required: true,
    doc: 'The format of keys, which hold the columns of the primary key.',
  },
  'value.format': { type: 'string', required: true, doc: 'The format of values.' },
  'key.fields-prefix': KEY_PREFIX_OPTION,
  'value.fields-include': INCLUDE_OPTION,
};

const FORMAT_OPTIONS: OptionSet = {
  format: { type: 'string', required: true, doc: 'How the bytes are read and written.' },
};

/** The options that say how a connector's tables are encoded, apart from those of the formats. */
export function formatOptionsOf(connector: Pick<Connector, 'format'>): OptionSet {
  switch (connector.format) {
    case 'none':
      return {};
    case 'required':
      return FORMAT_OPTIONS;
    case 'key-value':
      return KEY_VALUE_OPTIONS;
    case 'keyed-by-primary-key':
      return KEYED_OPTIONS;
  }
}

interface PartOptions {
  readonly format: Format;
  /** Keys without prefixes. */
  readonly options: ParsedOptions;
}

/** How one half of a table's records is encoded. */
export interface RecordPartPlan extends PartOptions {
  /** Its columns, by index into the table's physical ones. */
  readonly columns: readonly number[];
  /** The same with the names that they have in the record. */
  readonly schema: Schema;
}

export interface RecordPlan {
  readonly key: RecordPartPlan | null;
  readonly value: RecordPartPlan;
  /** The key is the table's primary key, and a record without a value takes its row away. */
  readonly keyed: boolean;
}

interface RecordTable {
  readonly path: readonly string[];
  readonly columns: Schema;
  readonly primaryKey: readonly string[];
}

/** Deals a table's columns to key and value, after the checks that Flink makes; null when they are not kept apart. */
export function planRecord(table: RecordTable, tableOptions: TableOptions): RecordPlan | null {
  const { connector, format, recordOptions: own, keyFormat } = tableOptions;
  if (format === null || connector.format === 'none' || connector.format === 'required') return null;
  const keyOptions = keyFormat === null ? null : { format: keyFormat, options: tableOptions.keyFormatOptions };
  const keyed = connector.format === 'keyed-by-primary-key';
  if (!keyed && table.primaryKey.length > 0) {
    // Every format here gives rows that are only ever added.
    throw new EngineError(
      'invalid_definition',
      `table "${table.path.join('.')}" cannot have a primary key: connector "${connector.name}" with format "${format.name}" does not keep to it`,
      { hint: "Records with the same key are all rows here. Connector 'upsert-kafka' takes the last one of each key." },
    );
  }
  const fields = keyed ? primaryKeyOf(table, connector) : keyFields(table, keyFormat !== null, own);
  const prefix = own.string('key.fields-prefix') ?? '';
  const all = own.string('value.fields-include') !== 'EXCEPT_KEY';
  if (all && prefix !== '') {
    throw invalid(table, `option "key.fields-prefix" needs 'value.fields-include' = 'EXCEPT_KEY'`, {
      hint: 'The value would hold the key columns too, under the names with the prefix.',
    });
  }
  const unprefixed = fields.find((name) => !name.startsWith(prefix));
  if (unprefixed !== undefined) {
    throw invalid(table, `key column "${unprefixed}" does not begin with '${prefix}'`, {
      hint: "All columns of the key must begin with 'key.fields-prefix', which is left out of their names in the key.",
    });
  }
  if (prefix !== '' && fields.includes(prefix)) {
    throw invalid(table, `key column "${prefix}" has no name without 'key.fields-prefix'`, {
      hint: 'The prefix is left out of the names in the key.',
    });
  }
  const places = fields.map((name) => placeOf(table, name));
  const key =
    keyOptions === null
      ? null
      : part(keyOptions, places, (place) => ({
          ...(table.columns[place] as Schema[number]),
          name: (table.columns[place] as Schema[number]).name.slice(prefix.length),
        }));
  const inValue = table.columns.map((_, place) => place).filter((place) => all || !places.includes(place));
  const value = part(
    { format, options: tableOptions.formatOptions },
    inValue,
    (place) => table.columns[place] as Schema[number],
  );
  return { key, value, keyed };
}

function part(
  { format, options }: PartOptions,
  columns: readonly number[],
  column: (place: number) => Schema[number],
): RecordPartPlan {
  const schema = columns.map((place) => column(place));
  format.validate?.(schema, options);
  return { format, options, columns, schema };
}

function primaryKeyOf(table: RecordTable, connector: Connector): readonly string[] {
  if (table.primaryKey.length > 0) return table.primaryKey;
  throw new EngineError('invalid_definition', `table "${table.path.join('.')}" needs a primary key`, {
    hint: `PRIMARY KEY (…) NOT ENFORCED says which columns are the key of the records of connector "${connector.name}".`,
  });
}

function keyFields(table: RecordTable, hasFormat: boolean, own: ParsedOptions): readonly string[] {
  const names = (own.string('key.fields') ?? '')
    .split(';')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (!hasFormat && own.has('key.fields')) {
    throw invalid(table, `option "key.fields" needs the option "key.format"`, {
      hint: "'key.format' says how those columns are encoded.",
    });
  }
  if (hasFormat && names.length === 0) {
    throw invalid(table, `option "key.format" needs the option "key.fields"`, {
      hint: "'key.fields' = 'a;b' names the columns that the key holds.",
    });
  }
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw invalid(table, `option "key.fields" names column "${twice}" twice`, {});
  return names;
}

function placeOf(table: RecordTable, name: string): number {
  const place = table.columns.findIndex((column) => column.name === name);
  if (place >= 0) return place;
  const names = table.columns.map((column) => column.name);
  const near = similarNames(name, names);
  throw invalid(table, `option "key.fields" names "${name}", which is no physical column`, {
    hint:
      near.length > 0
        ? `Physical columns with similar names: ${near.map((one) => `"${one}"`).join(', ')}.`
        : `The physical columns are: ${names.map((one) => `"${one}"`).join(', ')}.`,
  });
}

function invalid(table: RecordTable, message: string, extra: { readonly hint?: string }): EngineError {
  return new EngineError('invalid_option', `table "${table.path.join('.')}": ${message}`, extra);
}

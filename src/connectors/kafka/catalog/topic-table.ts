/**
 * The table that a topic is, put together from what its values and keys were guessed to hold.
 *
 * Columns of the key come first, unless the value has all of them anyway; where a name is taken they all get a prefix.
 * The record's own offset, partition and time come last, under names that are free. No column is taken for the event
 * time: whoever knows declares it.
 */
import type { InferredRecords } from '../../../formats/format.ts';
import { sameType } from '../../../types/data-type.ts';
import type { Schema } from '../../../types/schema.ts';
import type { ExternalColumn, ExternalTable } from '../../catalog-type.ts';
import { KAFKA_METADATA } from '../source/metadata-columns.ts';

const SHOWN_METADATA = ['partition', 'offset', 'timestamp'];

export interface TopicContents {
  readonly topic: string;
  readonly value: InferredRecords;
  /** Null where records have no keys. */
  readonly key: InferredRecords | null;
  /** Options of the connector. */
  readonly options: Readonly<Record<string, string>>;
}

export function topicTable({ topic, value, key, options }: TopicContents): ExternalTable {
  const names = new Set(value.schema.map((field) => field.name));
  const shown = key === null || holds(value, key) || !listable(key.schema) ? null : key;
  const keyPrefix = shown === null ? '' : freePrefix(shown.schema, names);
  const ofKey = (shown?.schema ?? []).map(({ name, type }) => ({ name: `${keyPrefix}${name}`, type }));
  for (const { name } of ofKey) names.add(name);
  const columns = [...ofKey, ...value.schema].map((field): ExternalColumn => ({ kind: 'physical', ...field }));
  const formats =
    shown === null
      ? { format: value.format, ...value.options }
      : {
          'key.format': shown.format,
          ...prefixed('key.', shown.options),
          'key.fields': ofKey.map(({ name }) => name).join(';'),
          ...(keyPrefix === '' ? {} : { 'key.fields-prefix': keyPrefix }),
          'value.format': value.format,
          ...prefixed('value.', value.options),
          'value.fields-include': 'EXCEPT_KEY',
        };
  return {
    columns: [...columns, ...metadataColumns(names)],
    primaryKey: [],
    options: { connector: 'kafka', topic, ...options, ...formats },
    comment: comment([...(shown?.leftOut ?? []), ...value.leftOut]),
  };
}

const comment = (leftOut: readonly string[]): string | null =>
  leftOut.length === 0 ? null : `Left out, since no type fits: ${leftOut.join(', ')}`;

/** Whether the value has all fields of the key; what is no object has no fields, only the name that we gave it. */
const holds = (value: InferredRecords, key: InferredRecords): boolean =>
  value.format === key.format &&
  key.format !== 'raw' &&
  key.schema.every((field) =>
    value.schema.some((other) => other.name === field.name && sameType(other.type, field.type)),
  );

/** Whether 'key.fields' can name them. */
const listable = (key: Schema): boolean => key.every(({ name }) => !name.includes(';'));

/** None where no name of the key is taken. */
function freePrefix(key: Schema, taken: ReadonlySet<string>): string {
  let prefix = '';
  while (key.some(({ name }) => taken.has(prefix + name))) prefix += prefix === '' ? 'key_' : '_';
  return prefix;
}

const prefixed = (prefix: string, options: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(options).map(([key, value]) => [`${prefix}${key}`, value]));

function metadataColumns(taken: ReadonlySet<string>): ExternalColumn[] {
  return SHOWN_METADATA.flatMap((key): ExternalColumn[] => {
    const found = KAFKA_METADATA.find((each) => each.key === key);
    if (found === undefined) return [];
    let name = taken.has(key) ? `record_${key}` : key;
    while (taken.has(name)) name += '_';
    return [{ kind: 'metadata', name, type: found.type, key }];
  });
}

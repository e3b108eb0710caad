import type { OptionSet } from '../../../types/option-spec.ts';
import { CLIENT_PROPERTIES } from '../config/properties.ts';

/** What a catalog says of all its tables; each option stands in their definitions as it was written. */
export const CATALOG_OPTIONS: OptionSet = {
  ...CLIENT_PROPERTIES,
  'scan.startup.mode': {
    type: 'enum',
    values: ['earliest-offset', 'latest-offset', 'group-offsets'],
    default: 'earliest-offset',
    doc: 'Where reading a topic begins. The OPTIONS hint of a query says otherwise',
  },
  'scan.bounded.mode': {
    type: 'enum',
    values: ['unbounded', 'latest-offset', 'group-offsets'],
    default: 'unbounded',
    doc: 'Where it ends: `latest-offset` is what was there when the query began; `unbounded` goes on',
  },
  'scan.topic-partition-discovery.interval': { type: 'duration', doc: 'How often new partitions are looked for' },
  'avro-confluent.#': {
    type: 'string',
    doc: 'Options of the format `avro-confluent`: with `avro-confluent.url`, topics of Avro get their schema from that registry',
  },
};

/** Those of the catalog's options that its tables have too. */
export function tableOptionsOf(given: Readonly<Record<string, string>>): Record<string, string> {
  const tables = Object.entries(given).filter(([key]) => /^(?:properties|scan)\./.test(key));
  return { 'scan.startup.mode': 'earliest-offset', ...Object.fromEntries(tables) };
}

/** Options of formats that ask a registry. */
export function registryOf(given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => key.startsWith('avro-confluent.')));
}

import { describe, expect, test } from 'vitest';
import { topicTable } from '../../../../../src/connectors/kafka/catalog/topic-table.ts';
import type { InferredRecords } from '../../../../../src/formats/format.ts';
import { BIGINT, BYTES, DOUBLE, type DataType, STRING, typeToString } from '../../../../../src/types/data-type.ts';

const json = (fields: Readonly<Record<string, DataType>>, options: Record<string, string> = {}): InferredRecords => ({
  format: 'json',
  schema: Object.entries(fields).map(([name, type]) => ({ name, type })),
  options,
  leftOut: [],
});
const raw = (name: string, type: DataType): InferredRecords => ({
  format: 'raw',
  schema: [{ name, type }],
  options: {},
  leftOut: [],
});

function tableOf(value: InferredRecords, key: InferredRecords | null) {
  const { columns, options } = topicTable({
    topic: 't',
    value,
    key,
    options: { 'scan.startup.mode': 'earliest-offset' },
  });
  const { connector, topic, 'scan.startup.mode': mode, ...formats } = options;
  expect([connector, topic, mode]).toEqual(['kafka', 't', 'earliest-offset']);
  return {
    columns: columns.map((column) =>
      column.kind === 'physical' ? `${column.name} ${typeToString(column.type)}` : `${column.name} from ${column.key}`,
    ),
    formats,
  };
}

const METADATA = ['partition from partition', 'offset from offset', 'timestamp from timestamp'];

describe('the table of a topic', () => {
  test('without keys has the columns of the value and of the record', () => {
    expect(tableOf(json({ a: BIGINT, b: STRING }, { 'json.timestamp-format.standard': 'ISO-8601' }), null)).toEqual({
      columns: ['a BIGINT', 'b STRING', ...METADATA],
      formats: { format: 'json', 'json.timestamp-format.standard': 'ISO-8601' },
    });
  });

  test('leaves out a key that the value holds', () => {
    expect(tableOf(json({ a: BIGINT, b: STRING }), json({ a: BIGINT })).formats).toEqual({ format: 'json' });
  });

  test('has the columns of the key first', () => {
    const iso = { 'json.timestamp-format.standard': 'ISO-8601' };
    expect(tableOf(json({ b: STRING }, iso), json({ a: BIGINT, c: DOUBLE }, iso))).toEqual({
      columns: ['a BIGINT', 'c DOUBLE', 'b STRING', ...METADATA],
      formats: {
        'key.format': 'json',
        'key.json.timestamp-format.standard': 'ISO-8601',
        'key.fields': 'a;c',
        'value.format': 'json',
        'value.json.timestamp-format.standard': 'ISO-8601',
        'value.fields-include': 'EXCEPT_KEY',
      },
    });
  });

  test('tells them apart where a name means two things', () => {
    const { columns, formats } = tableOf(json({ a: STRING, key_c: STRING }), json({ a: BIGINT, c: DOUBLE }));
    expect(columns.slice(0, 4)).toEqual(['key__a BIGINT', 'key__c DOUBLE', 'a STRING', 'key_c STRING']);
    expect(formats).toMatchObject({ 'key.fields': 'key__a;key__c', 'key.fields-prefix': 'key__' });
  });

  test('has keys and values that are not objects as they are', () => {
    expect(tableOf(raw('value', BYTES), raw('key', STRING))).toEqual({
      columns: ['key STRING', 'value BYTES', ...METADATA],
      formats: {
        'key.format': 'raw',
        'key.fields': 'key',
        'value.format': 'raw',
        'value.fields-include': 'EXCEPT_KEY',
      },
    });
    expect(tableOf(json({ key: STRING }), raw('key', STRING)).columns.slice(0, 2)).toEqual([
      'key_key STRING',
      'key STRING',
    ]);
  });

  test('cannot list a key whose names have the separator in them', () => {
    expect(tableOf(json({ b: STRING }), json({ 'a;b': BIGINT })).formats).toEqual({ format: 'json' });
  });

  test('gives the record’s own columns names that are free', () => {
    const { columns } = tableOf(json({ offset: BIGINT, record_offset: STRING, timestamp: STRING }), null);
    expect(columns.slice(3)).toEqual([
      'partition from partition',
      'record_offset_ from offset',
      'record_timestamp from timestamp',
    ]);
  });
});

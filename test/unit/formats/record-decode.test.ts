import { describe, expect, it, test } from 'vitest';
import { BIGINT, INT, STRING } from '../../../src/types/data-type.ts';
import type { Schema } from '../../../src/types/schema.ts';
import { BROKEN_CSV, BROKEN_JSON, CSV_SCHEMA, GOOD_CSV, GOOD_JSON, JSON_SCHEMA } from './broken-records.ts';
import { decodeRecords } from './records.ts';

const SCHEMA: Schema = [
  { name: 'id', type: BIGINT },
  { name: 'name', type: STRING },
];
const json = { format: 'json', schema: SCHEMA };
const csv = { format: 'csv', schema: SCHEMA };

describe.each([
  { format: 'json', records: BROKEN_JSON, schema: JSON_SCHEMA, good: GOOD_JSON },
  { format: 'csv', records: BROKEN_CSV, schema: CSV_SCHEMA, good: GOOD_CSV },
])('a broken $format message', ({ format, records, schema, good }) => {
  it.each(records)('$name: is bad, its neighbours are not', ({ bytes }) => {
    for (const before of [0, 1, 40]) {
      const head = Array.from({ length: before }, (_, i) => good(i));
      const decoded = decodeRecords({ format, schema }, [...head, bytes, good(777), good(888)]);
      expect(decoded.bad).toHaveLength(1);
      expect(Buffer.from(decoded.bad[0]?.bytes ?? []).equals(bytes)).toBe(true);
      expect(decoded.bad[0]?.position).toBe(before);
      expect(decoded.bad[0]?.reason).toMatch(/^[a-z'].{5,}/);
      expect(decoded.bad[0]?.reason).not.toBe('the record cannot be decoded');
      expect(decoded.badAt).toEqual([before]);
      expect(decoded.rows.map((row) => row[0])).toEqual([...head.map((_, i) => BigInt(i)), 777n, 888n]);
      expect(decoded.from).toEqual([...head.keys(), before + 1, before + 2]);
    }
  });
});

describe('json messages', () => {
  test('a message without a value, an empty one and one of white space give no row', () => {
    const decoded = decodeRecords(json, [null, '{"id":1}', '', ' \t\r\n ', '\n', '{"id":2,"name":"x"}', null]);
    expect(decoded.rows).toEqual([
      [1n, null],
      [2n, 'x'],
    ]);
    expect(decoded.from).toEqual([1, 5]);
    expect(decoded.bad).toEqual([]);
  });

  test('newlines are white space, and bad inside strings', () => {
    const pretty = (id: number): string => JSON.stringify({ id, name: `n\n${id}` }, null, 2);
    const broken = '{\n"id": 3,\r\n"name": "a\nb"\n}';
    const records = [pretty(1), pretty(2), broken, `\n\n${pretty(4)}\n`, '{"id":5}\n{"id":6}', pretty(7)];
    for (const calls of [[6], [1], [2]]) {
      const decoded = decodeRecords(json, records, calls);
      expect(decoded.rows).toEqual([
        [1n, 'n\n1'],
        [2n, 'n\n2'],
        [4n, 'n\n4'],
        [7n, 'n\n7'],
      ]);
      expect(decoded.bad.map(({ position, bytes }) => [position, Buffer.from(bytes).toString()])).toEqual([
        [2, broken],
        [4, '{"id":5}\n{"id":6}'],
      ]);
      expect(decoded.badAt).toEqual([2, 3]);
    }
  });

  test('a byte order mark is passed over, before arrays too', () => {
    const decoded = decodeRecords(json, ['\ufeff{"id":1}', '\ufeff [{"id":2},{"id":3}]', '\ufeff', '\ufeff{"id":"x"}']);
    expect(decoded.rows.map(([id]) => id)).toEqual([1n, 2n, 3n]);
    expect(decoded.bad.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['\ufeff{"id":"x"}']);
  });

  test('an array gives a row for each of its objects, or none and a bad record', () => {
    const decoded = decodeRecords(json, [
      '{"id":1}',
      '[{"id":2},\n{"id":3,"name":"é"}]',
      '[]',
      '[{"id":4},{"id":"x"}]',
      '[{"id":5},7]',
      '{"id":6}',
    ]);
    expect(decoded.rows).toEqual([
      [1n, null],
      [2n, null],
      [3n, 'é'],
      [6n, null],
    ]);
    expect(decoded.from).toEqual([0, 1, 1, 5]);
    expect(decoded.bad.map(({ position }) => position)).toEqual([3, 4]);
    expect(decoded.badAt).toEqual([3, 3]);
  });

  test('more rows than a batch holds arrive all the same', () => {
    const wide = JSON.stringify(Array.from({ length: 10_000 }, (_, id) => ({ id, name: `näme "${id}"` })));
    const decoded = decodeRecords(json, ['{"id":-1}', wide, 'x', '{"id":-2}', null]);
    expect(decoded.rows).toHaveLength(10_002);
    expect(decoded.rows.slice(1, 10_001).every(([id, name], i) => id === BigInt(i) && name === `näme "${i}"`)).toBe(
      true,
    );
    expect(decoded.from.filter((record) => record === 1)).toHaveLength(10_000);
    expect(decoded.rows.at(-1)).toEqual([-2n, null]);
    expect(decoded.badAt).toEqual([10_001]);
  });

  test('more records than a batch holds arrive all the same', () => {
    const records = Array.from({ length: 9000 }, (_, id) => `{"id":${id},"name":"n${id}"}`);
    const decoded = decodeRecords(json, records);
    expect(decoded.rows.map(([id]) => id)).toEqual(records.map((_, id) => BigInt(id)));
    expect(decoded.from).toEqual([...records.keys()]);
  });

  test('of equal names the last wins, and the bytes of a bad record are its own', () => {
    const twice = '{"id":"x",\n"id":8}';
    const bad = '{"id":"x","id":"y"}';
    const decoded = decodeRecords(json, [twice, bad]);
    expect(decoded.rows).toEqual([[8n, null]]);
    expect(decoded.bad.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([bad]);
  });

  test('ignore-parse-errors passes over what cannot be read, and says so', () => {
    const setup = { ...json, options: { 'ignore-parse-errors': 'true' } };
    const decoded = decodeRecords(setup, ['{"id":"x","name":"a"}', 'x', Buffer.from([0xff])]);
    expect(decoded.rows).toEqual([[null, 'a']]);
    expect(decoded.bad.map(({ ignored }) => ignored)).toEqual([true, true]);
  });

  test('fail-on-missing-field', () => {
    const setup = { ...json, options: { 'fail-on-missing-field': 'true' } };
    const decoded = decodeRecords(setup, ['{"id":1}', '{"id":1,"name":null}']);
    expect(decoded.rows).toEqual([[1n, null]]);
    expect(decoded.bad[0]?.reason).toBe('field "name" is missing');
  });

  test('structure is checked when no column is read', () => {
    const decoded = decodeRecords({ ...json, columns: [] }, ['{"id":1}', '{"id":', '{}']);
    expect(decoded.from).toEqual([0, 2]);
    expect(decoded.bad).toHaveLength(1);
  });
});

describe('csv messages', () => {
  test('a line end behind the record is no part of it, text is', () => {
    const decoded = decodeRecords(csv, ['1,a\n', '2,b\r\n', '3,c', '4,d\n5,e', '6,"f\ng"']);
    expect(decoded.rows).toEqual([
      [1n, 'a'],
      [2n, 'b'],
      [3n, 'c'],
      [6n, 'f\ng'],
    ]);
    expect(decoded.bad.map(({ position, reason }) => [position, reason])).toEqual([[3, 'text follows the record']]);
  });

  test('nothing and a comment give no row; an empty message is bad, and an empty line one field', () => {
    const setup = { ...csv, options: { 'allow-comments': 'true' } };
    const decoded = decodeRecords(setup, [null, '', '\n', '#1,a', '\ufeff2,"b ""x"""', '3,é']);
    expect(decoded.rows).toEqual([
      [2n, 'b "x"'],
      [3n, 'é'],
    ]);
    expect(decoded.from).toEqual([4, 5]);
    expect(decoded.bad.map(({ position, reason }) => [position, reason])).toEqual([
      [1, 'the record is empty'],
      [2, 'the record has 1 fields, the table has 2 columns'],
    ]);
  });

  test('a quote that is not closed costs its own record only', () => {
    const decoded = decodeRecords({ format: 'csv', schema: [...SCHEMA, { name: 'n', type: INT }] }, [
      '1,"a',
      '2,b",3',
      '4,c,5',
    ]);
    expect(decoded.rows).toEqual([
      [2n, 'b"', 3],
      [4n, 'c', 5],
    ]);
    expect(decoded.bad.map(({ reason }) => reason)).toEqual(['a quote is not closed']);
  });
});

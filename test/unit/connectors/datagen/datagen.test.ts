import { expect, test } from 'vitest';
import type { ReadRequest, RowReader } from '../../../../src/connectors/connector.ts';
import { datagen } from '../../../../src/connectors/datagen/index.ts';
import { fakePlatform } from '../../../../src/platform/fake-platform.ts';
import { BatchBuilder } from '../../../../src/types/batch.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  type DataType,
  FLOAT,
  INT,
  SMALLINT,
  STRING,
  TINYINT,
  array,
  char,
  decimal,
  map,
  multiset,
  notNull,
  row,
  time,
  timestamp,
  timestampLtz,
  varchar,
} from '../../../../src/types/data-type.ts';
import type { Schema } from '../../../../src/types/schema.ts';
import type { Timestamp, Value } from '../../../../src/types/vector.ts';
import { openSource, readRows, testContext, wholeColumns } from '../rows.ts';

type Options = Readonly<Record<string, string>>;

const NOW = Date.UTC(2021, 8, 24, 22, 30, 15, 123);

/** Rows of a schema at full speed. */
async function rows(
  schema: Schema,
  options: Options,
  columns: ReadRequest['columns'] = wholeColumns(schema),
): Promise<Value[][]> {
  const given = { 'number-of-rows': '500', 'rows-per-second': '1000000', ...options };
  const platform = fakePlatform({ startMs: NOW });
  const source = openSource(datagen, schema, given, testContext(1, platform));
  const reader = (await source.open({ split: { id: '0' }, position: null, columns })) as RowReader;
  reader.read(new BatchBuilder(columns.map(({ path, type }) => ({ name: path.join('.'), type }))), 0);
  await platform.clock.advance(1000);
  return readRows(reader, columns);
}

/** Values of one column `f`. */
async function values(type: DataType, options: Options): Promise<Value[]> {
  return (await rows([{ name: 'f', type }], options)).map(([value]) => value as Value);
}

const range = (numbers: readonly Value[]): [number, number] => {
  const all = numbers.map(Number);
  return [Math.min(...all), Math.max(...all)];
};

test.each([
  [TINYINT, -128, 127],
  [SMALLINT, -32768, 32767],
  [INT, -2147483648, 2147483647],
  [BIGINT, -(2 ** 63), 2 ** 63],
  [decimal(5, 2), 0, 99999],
  [decimal(30, 10), 0, 1e30],
  [FLOAT, 0, 3.4028234663852886e38],
  [DOUBLE, 0, Number.MAX_VALUE],
])('numbers of $kind fill their range', async (type, least, most) => {
  const [min, max] = range(await values(type, {}));
  const span = most / 2 - least / 2;
  expect(min).toBeGreaterThanOrEqual(least);
  expect(min / 2).toBeLessThan(least / 2 + span / 20);
  expect(max).toBeLessThanOrEqual(most);
  expect(max / 2).toBeGreaterThan(most / 2 - span / 20);
});

test.each([
  [INT, '-3', '4', -3, 4],
  [BIGINT, '-3', '4', -3, 4],
  [BIGINT, '9223372036854775800', '9223372036854775807', 2 ** 63, 2 ** 63],
  [decimal(10, 2), '-1.5', '2.25', -150, 225],
  [decimal(30, 1), '-0.2', '0.3', -2, 3],
])('bounds of $kind from %s to %s are reached and kept', async (type, min, max, least, most) => {
  expect(range(await values(type, { 'fields.f.min': min, 'fields.f.max': max }))).toEqual([least, most]);
});

test('doubles keep to their bounds', async () => {
  const [min, max] = range(await values(DOUBLE, { 'fields.f.min': '-1.5', 'fields.f.max': '2.5' }));
  expect(min).toBeGreaterThanOrEqual(-1.5);
  expect(min).toBeLessThan(-1.4);
  expect(max).toBeGreaterThan(2.4);
  expect(max).toBeLessThanOrEqual(2.5);
});

test('booleans, NULLs', async () => {
  const flags = await values(BOOLEAN, { 'fields.f.null-rate': '0.3' });
  const count = (wanted: Value): number => flags.filter((flag) => flag === wanted).length;
  expect(count(null)).toBeGreaterThan(110);
  expect(count(null)).toBeLessThan(190);
  expect(count(true)).toBeGreaterThan(120);
  expect(count(true) + count(false) + count(null)).toBe(500);
  expect(await values(INT, { 'fields.f.null-rate': '1' })).toEqual(Array.from({ length: 500 }, () => null));
});

test.each([
  [STRING, {}, 100],
  [STRING, { 'fields.f.length': '7' }, 7],
  [varchar(20), {}, 20],
  [char(3), {}, 3],
])('strings are hexadecimal digits: $kind %j', async (type, options, length) => {
  for (const value of await values(type, options)) expect(value).toMatch(new RegExp(`^[0-9a-f]{${length}}$`));
});

test('lengths vary where they are asked to; bytes are any', async () => {
  const texts = await values(STRING, { 'fields.f.length': '5', 'fields.f.var-len': 'true' });
  expect(new Set(texts.map((text) => (text as string).length))).toEqual(new Set([1, 2, 3, 4, 5]));
  const bytes = (await values(BYTES, { 'fields.f.length': '9' })) as Uint8Array[];
  expect(new Set(bytes.flatMap((value) => [...value])).size).toBe(256);
  expect(bytes.every((value) => value.length === 9)).toBe(true);
});

test('times are now, timestamps reach into the past', async () => {
  const made = NOW + 1000;
  expect(new Set(await values(DATE, {}))).toEqual(new Set([Math.floor(made / 86_400_000)]));
  expect(new Set(await values(time(0), {}))).toEqual(new Set([Math.floor((made % 86_400_000) / 1000) * 1000]));
  expect(new Set(await values(timestamp(3), {}))).toEqual(new Set([made]));
  const past = (await values(timestampLtz(6), { 'fields.f.max-past': '10 s' })) as Timestamp[];
  const [min, max] = range(past.map((value) => value.ms - made));
  expect(min).toBeGreaterThanOrEqual(-10_000);
  expect(min).toBeLessThan(-9500);
  expect(max).toBeLessThanOrEqual(0);
  expect(max).toBeGreaterThan(-500);
});

test('nested values follow the options of their parts', async () => {
  const type = row([
    { name: 'n', type: INT },
    { name: 'a', type: array(INT) },
    { name: 'm', type: map(STRING, INT) },
    { name: 's', type: multiset(char(1)) },
  ]);
  const options = {
    'fields.f.null-rate': '0.2',
    'fields.f.n.min': '5',
    'fields.f.n.max': '6',
    'fields.f.a.length': '4',
    'fields.f.a.element.min': '1',
    'fields.f.a.element.max': '2',
    'fields.f.m.key.length': '1',
    'fields.f.m.length': '20',
    'fields.f.m.value.null-rate': '1',
  };
  const made = await values(type, options);
  expect(made.some((value) => value === null)).toBe(true);
  for (const value of made) {
    if (value === null) continue;
    const [n, a, m, s] = value as [number, number[], [string, null][], [string, number][]];
    expect([5, 6]).toContain(n);
    expect(a).toHaveLength(4);
    expect(a.every((item) => item === 1 || item === 2)).toBe(true);
    // Twenty draws of sixteen digits: keys that come twice are left out.
    expect(new Set(m.map(([key]) => key)).size).toBe(m.length);
    expect(m.length).toBeGreaterThan(4);
    expect(m.every(([, item]) => item === null)).toBe(true);
    expect(s.every(([, count]) => count >= 1 && count <= 10)).toBe(true);
  }
  // A leaf is what it is inside its row, and NULL below a NULL row.
  const leaf: ReadRequest['columns'] = [{ kind: 'physical', path: ['f', 'n'], type: INT }];
  const leaves = await rows([{ name: 'f', type }], options, leaf);
  expect(leaves.map(([value]) => value)).toEqual(made.map((value) => (value as readonly Value[] | null)?.[0] ?? null));
});

test('sequences end the table and are dealt to the splits in turn', async () => {
  const schema: Schema = [
    { name: 'i', type: BIGINT },
    { name: 's', type: STRING },
  ];
  const options = {
    'rows-per-second': '1000',
    'fields.i.kind': 'sequence',
    'fields.i.start': '-1',
    'fields.i.end': '5',
    'fields.s.kind': 'sequence',
    'fields.s.start': '10',
    'fields.s.end': '1000',
  };
  const platform = fakePlatform();
  const source = openSource(datagen, schema, options, testContext(2, platform));
  expect(source.boundedness).toBe('bounded');
  const columns = wholeColumns(schema);
  const readers = await Promise.all(
    ['0', '1'].map(async (id) => (await source.open({ split: { id }, position: null, columns })) as RowReader),
  );
  for (const reader of readers) expect(reader.read(new BatchBuilder(schema), 0)).toBe('idle');
  await platform.clock.advance(1000);
  expect(await readRows(readers[0] as RowReader, columns)).toEqual([[-1n, '10'], [1n, '12'], [3n, '14'], [5n, '16']]); // prettier-ignore
  expect(await readRows(readers[1] as RowReader, columns)).toEqual([[0n, '11'], [2n, '13'], [4n, '15']]); // prettier-ignore
});

test('rows come at their rate, the first at once', async () => {
  const schema: Schema = [{ name: 'f', type: INT }];
  const platform = fakePlatform();
  const source = openSource(datagen, schema, { 'rows-per-second': '100' }, testContext(1, platform));
  expect(source.boundedness).toBe('unbounded');
  const reader = (await source.open({
    split: { id: '0' },
    position: null,
    columns: wholeColumns(schema),
  })) as RowReader;
  const batch = new BatchBuilder(schema);
  const made: number[] = [];
  for (const stepMs of [0, 5, 5, 95, 1, 1000, 10]) {
    await platform.clock.advance(stepMs);
    const before = batch.length;
    while (reader.read(batch, 16) === 'more');
    made.push(batch.length - before);
  }
  // Row k is due at 10·k ms: at 0, 5, 10, 105, 106, 1106 and 1116 ms so many are new.
  expect(made).toEqual([1, 0, 1, 9, 0, 100, 1]);
});

test('options that make no sense are refused by name', () => {
  const open = (type: DataType, options: Options): unknown => openSource(datagen, [{ name: 'f', type }], options);
  expect(() => open(INT, { 'fields.g.min': '1' })).toThrow(/no use for the option "fields.g.min"/);
  expect(() => open(INT, { 'fields.f.length': '1' })).toThrow(/no use for the option "fields.f.length"/);
  expect(() => open(char(3), { 'fields.f.length': '1' })).toThrow(/no use for/);
  expect(() => open(INT, { 'fields.f.min': 'x' })).toThrow(/"fields.f.min" cannot be 'x'/);
  expect(() => open(TINYINT, { 'fields.f.max': '200' })).toThrow(/cannot be '200'/);
  expect(() => open(INT, { 'fields.f.min': '5', 'fields.f.max': '4' })).toThrow(/cannot be '4'/);
  expect(() => open(notNull(INT), { 'fields.f.null-rate': '0.5' })).toThrow(/null-rate/);
  expect(() => open(INT, { 'fields.f.kind': 'sequence' })).toThrow(/a sequence needs/);
  expect(() => open(INT, { 'fields.f.kind': 'sequence', 'fields.f.start': '2', 'fields.f.end': '1' })).toThrow(/end/);
  const sequence = { 'fields.f.kind': 'sequence', 'fields.f.start': '1', 'fields.f.end': '300' };
  expect(() => open(TINYINT, sequence)).toThrow(/"fields.f.end" cannot be '300'/);
  expect(() => open(BOOLEAN, sequence)).toThrow('connector "datagen" makes no sequence of BOOLEAN');
  expect(() => open(INT, { 'rows-per-second': '0' })).toThrow(/rows-per-second/);
});

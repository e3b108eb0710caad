import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type JsValue, Millrace, type QueryParameters, typed } from '../../../../src/index.ts';
import { failure } from '../../../support/failure.ts';

let db: Millrace;
beforeEach(async () => {
  db = await Millrace.create();
});
afterEach(() => db.close());

const rows = async (sql: string, values?: QueryParameters) => (await db.query(sql, values)).toArray();

const TYPES: readonly (readonly [value: unknown, type: string, read: JsValue])[] = [
  [true, 'BOOLEAN NOT NULL', true],
  [7, 'INT NOT NULL', 7],
  [-0, 'DOUBLE NOT NULL', -0],
  [2 ** 40, 'BIGINT NOT NULL', 2n ** 40n],
  [1.5, 'DOUBLE NOT NULL', 1.5],
  [1e300, 'DOUBLE NOT NULL', 1e300],
  [5n, 'BIGINT NOT NULL', 5n],
  [2n ** 64n, 'DECIMAL(20, 0) NOT NULL', '18446744073709551616'],
  ["it's; DROP TABLE t --", 'STRING NOT NULL', "it's; DROP TABLE t --"],
  [new Date(1500), 'TIMESTAMP_LTZ(3) NOT NULL', new Date(1500)],
  [new Uint8Array([1, 2]), 'BYTES NOT NULL', new Uint8Array([1, 2])],
  [[1, null, 2 ** 40], 'ARRAY<BIGINT> NOT NULL', [1n, null, 2n ** 40n]],
  [typed('12.5', 'DECIMAL(10, 2)'), 'DECIMAL(10, 2) NOT NULL', '12.50'],
  [typed(null, 'INT'), 'INT', null],
  [typed({ a: 1 }, 'MAP<STRING, INT>'), 'MAP<STRING, INT> NOT NULL', new Map([['a', 1]])],
  [typed([1, 'x'], 'ROW<a INT, b STRING>'), 'ROW<`a` INT, `b` STRING> NOT NULL', { a: 1, b: 'x' }],
];

describe('a value has the type that follows from it, or the one that it is given', () => {
  test.each(TYPES)('%o as %s', async (value, type, read) => {
    const query = await db.query('SELECT ? AS v', [value]);
    expect(query.columnInfos).toEqual([{ name: 'v', type }]);
    expect(await query.toArray()).toEqual([{ v: read }]);
  });
});

test('by name, as often as it stands there, whatever the word', async () => {
  expect(
    await rows('SELECT :day AS a, :day + :value AS b, :`odd name` AS c', { day: 1, value: 2, 'odd name': 3 }),
  ).toEqual([{ a: 1, b: 3, c: 3 }]);
});

test('in INSERT', async () => {
  const sink = db.table('sink', { columns: { a: 'INT', b: 'STRING' } });
  const result = await db.execute('INSERT INTO sink VALUES (?, ?)', [1, 'x']);
  await (result.kind === 'jobs' ? result.jobs[0]?.done : undefined);
  sink.end();
  const written = [];
  for await (const row of sink) written.push(row);
  expect(written).toEqual([{ a: 1, b: 'x' }]);
});

test('a colon behind a key of JSON is no parameter', async () => {
  expect(
    (await failure(() => rows("SELECT JSON_OBJECT('a':NULL, 'b':x) FROM (VALUES (1)) AS t(x)"))).message,
  ).not.toContain('parameter');
});

test.each<[sql: string, values: QueryParameters | undefined, message: string]>([
  ['SELECT ?', undefined, 'parameter "?" has no value'],
  ['SELECT :a', undefined, 'parameter ":a" has no value'],
  ['SELECT ?, ?', [1], 'the statement has 2 parameters, and 1 values'],
  ['SELECT 1', [1], 'the statement has 0 parameters, and 1 values'],
  ['SELECT :a', [1], 'parameter ":a" has no value'],
  ['SELECT ?', { a: 1 }, 'parameter "?" has no value'],
  ['SELECT :abc', { abd: 1 }, 'parameter ":abc" has no value'],
  ['SELECT :a', { a: 1, b: 2 }, 'the statement has no parameter ":b"'],
  ['SELECT ?', [() => 1], 'parameter 1 has no SQL type: a function'],
  ['SELECT ?', [[1, 'x']], 'parameter 1 has no one type for its elements: [1,"x"]'],
  ['SELECT ?', [typed(300, 'TINYINT')], 'parameter 1 (TINYINT) cannot take 300'],
  ['SELECT ?', [typed(1, 'INTT')], "type 'INTT' of parameter 1"],
])('%s with %o is refused', async (sql, values, message) => {
  expect((await failure(() => rows(sql, values))).message).toContain(message);
});

test('what outlives the statement takes none', async () => {
  expect((await failure(() => db.execute('CREATE VIEW v AS SELECT ? AS x', [1]))).code).toBe('unsupported');
});

import { describe, expect, test } from 'vitest';
import { harness } from './harness.ts';

const DEFINITIONS = `
  CREATE TABLE t (i INT, b BIGINT, s SMALLINT, y TINYINT, f FLOAT, d DOUBLE, dec2 DECIMAL(10, 2), big DECIMAL(38, 0),
    c CHAR(5), v VARCHAR(7), dt DATE, tm TIME(3), ts TIMESTAMP(3), ltz TIMESTAMP_LTZ(3), nn INT NOT NULL,
    WATERMARK FOR ts AS ts) WITH ('connector' = 'all');
  CREATE TABLE l (k INT, at_ltz TIMESTAMP_LTZ(3), WATERMARK FOR at_ltz AS at_ltz) WITH ('connector' = 'all');
`;

/** Result types out of the dialect: sections 2, 4.2, 5.9 and 9.2. */
const EXPRESSIONS: readonly (readonly [expression: string, type: string])[] = [
  ['12', 'INT NOT NULL'],
  ['2147483648', 'BIGINT NOT NULL'],
  ['-2147483648', 'INT NOT NULL'],
  ['-9223372036854775808', 'BIGINT NOT NULL'],
  ['1.5', 'DECIMAL(2, 1) NOT NULL'],
  ['.5', 'DECIMAL(1, 1) NOT NULL'],
  ['0.908', 'DECIMAL(4, 3) NOT NULL'],
  ['0.1 + 0.2', 'DECIMAL(3, 1) NOT NULL'],
  ['1e0', 'DOUBLE NOT NULL'],
  ["'abc'", 'CHAR(3) NOT NULL'],
  ["X'00'", 'BINARY(1) NOT NULL'],
  ["TIMESTAMP '2021-09-24 12:34:56.1'", 'TIMESTAMP(1) NOT NULL'],
  ["TIME '12:34:56.123'", 'TIME(3) NOT NULL'],
  ["DATE '2021-09-24'", 'DATE NOT NULL'],
  ["INTERVAL '1' MONTH", 'INTERVAL YEAR(2) TO MONTH NOT NULL'],
  ['TRUE', 'BOOLEAN NOT NULL'],
  ['CAST(NULL AS INT)', 'INT'],
  ['i + dec2', 'DECIMAL(13, 2)'],
  ['i * dec2', 'DECIMAL(21, 2)'],
  ['i / dec2', 'DECIMAL(23, 11)'],
  ['dec2 / i', 'DECIMAL(21, 13)'],
  ['dec2 % i', 'DECIMAL(10, 2)'],
  ['dec2 * dec2', 'DECIMAL(21, 4)'],
  ['b + dec2', 'DECIMAL(22, 2)'],
  ['big + 1', 'DECIMAL(38, 0)'],
  ['big / 3', 'DECIMAL(38, 6)'],
  ['i / 2.0', 'DECIMAL(17, 6)'],
  ['0.908 * b', 'DECIMAL(24, 3)'],
  ['y + y', 'TINYINT'],
  ['y + s', 'SMALLINT'],
  ['s + i', 'INT'],
  ['i + b', 'BIGINT'],
  ['f + i', 'FLOAT'],
  ['f + dec2', 'DOUBLE'],
  ['dec2 + d', 'DOUBLE'],
  ['nn + 1', 'INT NOT NULL'],
  ['CASE WHEN i > 1 THEN 1 ELSE 2.5 END', 'DECIMAL(11, 1) NOT NULL'],
  ["CASE WHEN i > 1 THEN 'a' ELSE 'bbb' END", 'VARCHAR(3) NOT NULL'],
  ["CASE WHEN i > 1 THEN 'a' END", 'CHAR(1)'],
  ['i > 1 AND nn = 2', 'BOOLEAN'],
  ['nn = 2', 'BOOLEAN NOT NULL'],
  ['i IS NULL', 'BOOLEAN NOT NULL'],
  ['i IN (1, NULL)', 'BOOLEAN'],
  ["ts + INTERVAL '1' DAY", 'TIMESTAMP(3)'],
  ["dt + INTERVAL '25' HOUR", 'DATE'],
  ['ROW(1, i)', 'ROW<`EXPR$0` INT NOT NULL, `EXPR$1` INT> NOT NULL'],
  ['ARRAY[1, 2.5]', 'ARRAY<DECIMAL(11, 1) NOT NULL> NOT NULL'],
  ["MAP['a', 1]", 'MAP<CHAR(1) NOT NULL, INT NOT NULL> NOT NULL'],
  ['TRY_CAST(nn AS BIGINT)', 'BIGINT'],
  ['CAST(nn AS BIGINT)', 'BIGINT NOT NULL'],
];

test.each(EXPRESSIONS)('%s is %s', (expression, type) => {
  expect(harness(DEFINITIONS).types(`SELECT ${expression} AS x FROM t`)).toEqual([`x ${type}`]);
});

describe('aggregates', () => {
  test('SUM and AVG keep integers, widen DECIMAL; COUNT is BIGINT NOT NULL', () => {
    const sql = 'SELECT SUM(i), AVG(i), SUM(dec2), AVG(dec2), COUNT(i), MIN(v), SUM(d) FROM t GROUP BY b';
    expect(
      harness(DEFINITIONS)
        .types(sql)
        .map((field) => field.slice(field.indexOf(' ') + 1)),
    ).toEqual(['INT', 'INT', 'DECIMAL(38, 2)', 'DECIMAL(38, 6)', 'BIGINT NOT NULL', 'VARCHAR(7)', 'DOUBLE']);
  });
});

describe('names of result columns', () => {
  const names = (sql: string): string[] =>
    harness(DEFINITIONS)
      .plan(sql)
      .schema.map((field) => field.name);
  test('unnamed expressions are EXPR$ with their place in the list, columns that are named count', () => {
    expect(names('SELECT i, i + 1, b AS x, i + 2 FROM t')).toEqual(['i', 'EXPR$1', 'x', 'EXPR$3']);
  });
  test('repeated names get a number', () => {
    expect(names('SELECT i, i, i FROM t')).toEqual(['i', 'i0', 'i1']);
    expect(names('SELECT * FROM (SELECT i AS t FROM t) a, (SELECT i AS t FROM t) b')).toEqual(['t', 't0']);
  });
  test('USING makes one column of two, in front', () => {
    expect(names('SELECT * FROM (SELECT i, b FROM t) x JOIN (SELECT s, i FROM t) y USING (i)')).toEqual([
      'i',
      'b',
      's',
    ]);
  });
  test('an alias with columns renames', () => {
    expect(names("SELECT * FROM (VALUES (1, 'a')) AS t (id, s)")).toEqual(['id', 's']);
  });
});

describe('time attributes', () => {
  const rowtimes = (sql: string): string[] =>
    harness(DEFINITIONS)
      .plan(sql)
      .schema.flatMap(({ name, type }) => ('attribute' in type && type.attribute === 'rowtime' ? [name] : []));
  test('survive projection, filter, renaming and UNION ALL', () => {
    expect(rowtimes('SELECT ts, ts AS x, i FROM t WHERE i > 1')).toEqual(['ts', 'x']);
    expect(rowtimes('SELECT x FROM (SELECT ts AS x FROM t UNION ALL SELECT ts FROM t)')).toEqual(['x']);
  });
  test('end at CAST, at computation, at an aggregate and at a regular join', () => {
    expect(rowtimes('SELECT CAST(ts AS TIMESTAMP(3)) AS x FROM t')).toEqual([]);
    expect(rowtimes("SELECT ts + INTERVAL '1' DAY AS x FROM t")).toEqual([]);
    expect(rowtimes('SELECT ts, COUNT(*) AS n FROM t GROUP BY ts')).toEqual([]);
    expect(rowtimes('SELECT ts FROM t JOIN l ON i = k')).toEqual([]);
  });
  test('survive an interval join', () => {
    expect(rowtimes('SELECT a.ts, b.ts AS u FROM t a JOIN t b ON a.i = b.i AND a.ts = b.ts')).toEqual(['ts', 'u']);
  });
  test('a window function takes it from the column and gives window_time', () => {
    const sql =
      "SELECT ts, window_start, window_end, window_time FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR))";
    expect(rowtimes(sql)).toEqual(['window_time']);
    expect(harness(DEFINITIONS).types(sql)).toEqual([
      'ts TIMESTAMP(3)',
      'window_start TIMESTAMP(3) NOT NULL',
      'window_end TIMESTAMP(3) NOT NULL',
      'window_time TIMESTAMP(3) NOT NULL',
    ]);
  });
  test('windows over TIMESTAMP_LTZ have local bounds and a window_time of its type', () => {
    const sql = "SELECT window_start, window_time FROM TABLE(TUMBLE(TABLE l, DESCRIPTOR(at_ltz), INTERVAL '1' DAY))";
    expect(harness(DEFINITIONS).types(sql)).toEqual([
      'window_start TIMESTAMP(3) NOT NULL',
      'window_time TIMESTAMP_LTZ(3) NOT NULL',
    ]);
  });
});

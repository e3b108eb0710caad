import { describe, expect, test } from 'vitest';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  FLOAT,
  INT,
  SMALLINT,
  STRING,
  TINYINT,
  array,
  decimal,
  map,
  time,
  timestamp,
  timestampLtz,
} from '../../../src/types/data-type.ts';
import type { Value } from '../../../src/types/vector.ts';
import { type TestColumn, evaluateSql } from './sql-expression.ts';

// What a running Flink 2.3 gave, expression by expression.

const column = (name: string, type: DataType, value: Value): TestColumn => ({ name, type, value });

const TS = Date.UTC(2021, 8, 24, 12, 34, 56, 789);
const columns: readonly TestColumn[] = [
  column('amount', decimal(10, 2), 12345n),
  column('i', INT, 5),
  column('n', INT, null),
  column('b', BIGINT, 9223372036854775807n),
  column('big', decimal(38, 0), 10n ** 38n - 1n),
  column('imin', INT, -2147483648),
  column('t', TINYINT, 127),
  column('s2', SMALLINT, 32767),
  column('f', FLOAT, Math.fround(0.1)),
  column('d', DOUBLE, 2.5),
  column('zero', DOUBLE, 0),
  column('s', STRING, 'hello'),
  column('missing', STRING, null),
  column('ts', timestamp(3), TS),
  column('ts2', timestamp(3), TS - 1000),
  column('ts9', timestamp(9), { ms: TS, nanos: 123456 }),
  column('ltz', timestampLtz(3), 0),
  column('dt', DATE, 18894),
  column('tm', time(3), 43201500),
  column('arr', array(INT), [1, null, 3]),
  column('strs', array(STRING), ['a', null, 'b']),
  column('m', map(STRING, INT), [
    ['a', 1],
    ['b', null],
  ]),
  column('flag', BOOLEAN, null),
];

function rows(table: readonly (readonly [sql: string, text: string, type?: string])[]): void {
  test.each(table.map(([sql, text, type]) => ({ sql, text, type })))('$sql', ({ sql, text, type }) => {
    const found = evaluateSql(sql, columns);
    expect(found.text).toBe(text);
    if (type !== undefined) expect(found.type).toBe(type);
  });
}

describe('text of values (9.1)', () => {
  rows([
    ['CAST(1e7 AS STRING)', '1.0E7'],
    ['CAST(1234567e0 AS STRING)', '1234567.0'],
    ['CAST(1e-3 AS STRING)', '0.001'],
    ['CAST(1e-4 AS STRING)', '1.0E-4'],
    ['CAST(1e-5 AS STRING)', '1.0E-5'],
    ['CAST(100e0 AS STRING)', '100.0'],
    ['0.1e0 + 0.2e0', '0.30000000000000004', 'DOUBLE'],
    ['0.1 + 0.2', '0.3', 'DECIMAL(3, 1)'],
    ['f', '0.1'],
    ['CAST(f AS DOUBLE)', '0.10000000149011612'],
    ['CAST(CAST(16777216 AS FLOAT) AS STRING)', '1.6777216E7'],
    ['CAST(100 AS DECIMAL(10, 3))', '100.000'],
    ['CAST(TRUE AS STRING)', 'TRUE'],
    ["CAST(TIMESTAMP '2021-09-24 12:34:56' AS STRING)", '2021-09-24 12:34:56'],
    ["CAST(CAST('2021-09-24 12:34:56' AS TIMESTAMP(3)) AS STRING)", '2021-09-24 12:34:56.000'],
    ["CAST(CAST('2021-09-24 12:34:56' AS TIMESTAMP(6)) AS STRING)", '2021-09-24 12:34:56.000000'],
    ["CAST(TIMESTAMP '2021-09-24 12:34:56.7896' AS TIMESTAMP(3))", '2021-09-24 12:34:56.789'],
    ['CAST(ltz AS STRING)', '1970-01-01 00:00:00.000'],
    ['CAST(tm AS STRING)', '12:00:01.5'],
    ["INTERVAL '90' MINUTE", '+0 01:30:00.000'],
    ["INTERVAL '14' MONTH", '+1-02'],
    ['ROW(1.50, 1e0, TRUE, n)', '(1.50, 1.0, TRUE, NULL)'],
    ['m', '{a=1, b=NULL}'],
    ['arr', '[1, NULL, 3]'],
    ["CAST('abc' AS CHAR(5))", 'abc  '],
    ["CAST('abc' AS CHAR(5)) = 'abc'", 'FALSE'],
    ["X'00ff'", "x'00ff'"],
  ]);

  test('TIMESTAMP_LTZ is shown in the session zone', () => {
    expect(evaluateSql('CAST(ltz AS STRING)', columns, 'Asia/Kathmandu').text).toBe('1970-01-01 05:30:00.000');
  });
});

describe('types and arithmetic (9.2)', () => {
  rows([
    ['i + amount', '128.45', 'DECIMAL(13, 2)'],
    ['i * amount', '617.25', 'DECIMAL(21, 2)'],
    ['i / amount', '0.04050222762', 'DECIMAL(23, 11)'],
    ['amount / i', '24.6900000000000', 'DECIMAL(21, 13)'],
    ['amount % i', '3.45', 'DECIMAL(10, 2)'],
    ['amount * amount', '15239.9025', 'DECIMAL(21, 4)'],
    ['b + amount', '9223372036854775930.45', 'DECIMAL(22, 2)'],
    ['big + 1', 'NULL', 'DECIMAL(38, 0)'],
    ['big * 10', 'NULL', 'DECIMAL(38, 0)'],
    ['i / 2.0', '2.500000', 'DECIMAL(17, 6)'],
    ['big / 3', 'NULL', 'DECIMAL(38, 6)'],
    ['CASE WHEN i = 5 THEN 1 ELSE 2.5 END', '1.0', 'DECIMAL(11, 1)'],
    ["CASE WHEN i = 5 THEN 'a' ELSE 'bbb' END", 'a', 'VARCHAR(3)'],
    ['ABS(imin)', '-2147483648', 'INT'],
    ['imin / -1', '-2147483648', 'INT'],
    ['CAST(b AS INT)', '-1', 'INT'],
    ['ROUND(15, -1)', '20', 'INT'],
    ['ROUND(-2.5e0)', '-3.0', 'DOUBLE'],
    ['ROUND(1.005e0, 2)', '1.01', 'DOUBLE'],
    ['FLOOR(-1.5)', '-2', 'DECIMAL(2, 0)'],
    ['TRUNCATE(12.987)', '12', 'DECIMAL(3, 0)'],
    ['SIGN(-2.5)', '-1.0', 'DECIMAL(2, 1)'],
    ['MOD(7, -3)', '1'],
    ['MOD(-7, 3)', '-1'],
    ['i IN (1, NULL)', 'NULL', 'BOOLEAN'],
    ['i NOT IN (1, NULL)', 'NULL', 'BOOLEAN'],
    ["IF(n > 1, 'yes', 'no')", 'no', 'VARCHAR(3)'],
    ['GREATEST(1, 2.5)', '2.5', 'DECIMAL(11, 1)'],
    ['TYPEOF(CAST(1 AS DECIMAL(10, 2)))', 'DECIMAL(10, 2) NOT NULL'],
  ]);
});

describe('values (5.9)', () => {
  rows([
    ['5 / 2', '2', 'INT'],
    ['-7 / 2', '-3', 'INT'],
    ['t + CAST(127 AS TINYINT)', '-2', 'TINYINT'],
    ['t + CAST(1 AS SMALLINT)', '128', 'SMALLINT'],
    ['s2 + i', '32772', 'INT'],
    ['b + CAST(1 AS BIGINT)', '-9223372036854775808', 'BIGINT'],
    ['f * i', '0.5', 'FLOAT'],
    ['f * amount', String(Math.fround(0.1) * 123.45), 'DOUBLE'],
    ['1.0 / 8.0', '0.125000'],
    ['2.0 / 3.0', '0.666667'],
    ['2.0 / (-3)', '-0.666666666667'],
    ['1.0 / 100000000000', '0.000000000010000000000'],
    ['d / zero', 'Infinity', 'DOUBLE'],
    ['zero / zero', 'NaN', 'DOUBLE'],
    ['n = n', 'NULL'],
    ['n IS NOT DISTINCT FROM n', 'TRUE'],
    ['n = 1 OR i = 5', 'TRUE'],
    ['n = 1 AND i = 6', 'FALSE'],
    ['n = 1 AND i = 5', 'NULL'],
    ['NOT (n = 1)', 'NULL'],
    ['(n = 1) IS UNKNOWN', 'TRUE'],
    ["'10' > i", 'TRUE'],
    ["dt = '2021-09-24'", 'TRUE'],
    ["ts > '2021-09-24 12:00:00'", 'TRUE'],
    ['arr[2]', 'NULL', 'INT'],
    ['arr[i]', 'NULL', 'INT'],
    ['arr[i - 2]', '3', 'INT'],
    ["m['a']", '1', 'INT'],
    ["m['z']", 'NULL', 'INT'],
  ]);

  test.each([
    ['s = 1', 'datatype_mismatch'],
    ['dt = ts', 'datatype_mismatch'],
    ['ts - ts2', 'datatype_mismatch'],
    ['COALESCE(s, 1)', 'datatype_mismatch'],
    ['s + 1', 'datatype_mismatch'],
    ['s || 1', 'datatype_mismatch'],
    ['MOD(1e0, 2)', 'datatype_mismatch'],
    ["DATE_FORMAT(dt, 'yyyy')", 'datatype_mismatch'],
    ['1 / 0', 'division_by_zero'],
    ['1e0 / 0e0', 'division_by_zero'],
    ['i / (i - 5)', 'division_by_zero'],
    ['amount / (i - 5)', 'division_by_zero'],
    ['b % CAST(i - 5 AS BIGINT)', 'division_by_zero'],
    ['arr[0]', 'invalid_definition'],
    ['NOSUCH(1)', 'undefined_function'],
    ['PRINTF(s)', 'unsupported'],
  ])('%s is refused: %s', (sql, code) => {
    expect(() => evaluateSql(sql, columns)).toThrow(expect.objectContaining({ code }));
  });

  test('what guards a division is evaluated before it', () => {
    expect(evaluateSql('CASE WHEN i <> 5 THEN 1 / (i - 5) ELSE 0 END', columns).text).toBe('0');
    expect(evaluateSql('i <> 5 AND 1 / (i - 5) = 1', columns).text).toBe('FALSE');
    expect(evaluateSql('i = 5 OR 1 / (i - 5) = 1', columns).text).toBe('TRUE');
    expect(evaluateSql('COALESCE(i, 1 / (i - 5))', columns).text).toBe('5');
    expect(evaluateSql('n / n', columns).text).toBe('NULL');
  });
});

describe('casts (2)', () => {
  rows([
    ['CAST(1234567 AS TINYINT)', '-121'],
    ['CAST(9123.87 AS TINYINT)', '-93'],
    ['CAST(CAST(9234567891.12 AS FLOAT) AS INT)', '2147483647'],
    ['CAST(zero / zero AS INT)', '0'],
    ['CAST(1e20 AS SMALLINT)', '-1'],
    ['CAST(-1e20 AS TINYINT)', '0'],
    ['CAST(99999999999.5 AS INT)', '1215752191'],
    ['CAST(123.45 AS DECIMAL(4, 1))', '123.5'],
    ["CAST('123.45' AS DECIMAL(4, 1))", '123.5'],
    ["CAST('1.234' AS INT)", '1'],
    ["CAST(' 42 ' AS INT)", '42'],
    ["CAST('+5' AS BIGINT)", '5'],
    ["CAST(' 1.5 ' AS DOUBLE)", '1.5'],
    ["CAST('1d' AS DOUBLE)", '1.0'],
    ["CAST('NaN' AS DOUBLE)", 'NaN'],
    ['CAST(amount AS DECIMAL(4, 2))', 'NULL'],
    ['CAST(i AS DECIMAL(1, 0))', '5'],
    ['CAST(b AS DECIMAL(18, 0))', 'NULL'],
    ['CAST(b AS DOUBLE)', '9.223372036854775807E18'.replace('775807E18', '776E18')],
    ['CAST(i AS BIGINT)', '5'],
    ['CAST(imin AS BIGINT)', '-2147483648'],
    ["CAST('t' AS BOOLEAN)", 'TRUE'],
    ["CAST('NO' AS BOOLEAN)", 'FALSE'],
    ['CAST(TRUE AS INT)', '1'],
    ['CAST(0.0 AS BOOLEAN)', 'FALSE'],
    ['CAST(2 AS BOOLEAN)', 'TRUE'],
    ['CAST(5 AS INTERVAL MONTH)', '+0-05'],
    ['CAST(CAST(5 AS BIGINT) AS INTERVAL SECOND)', '+0 00:00:00.005'],
    ["CAST('2021-09-27' AS DATE)", '2021-09-27'],
    ["CAST('2021-09-27 12:34:56' AS DATE)", '2021-09-27'],
    ["CAST('2021-9-7' AS DATE)", '2021-09-07'],
    ["CAST('2021-09' AS DATE)", '2021-09-01'],
    ["CAST('123' AS DATE)", '0123-01-01'],
    ["CAST('23' AS TIME)", '23:00:00'],
    ["CAST('23:45' AS TIME)", '23:45:00'],
    ["CAST('12:34:56.123456789' AS TIME(3))", '12:34:56.123'],
    ["CAST('2021-09-24' AS TIMESTAMP(3))", '2021-09-24 00:00:00.000'],
    ["CAST('2021-09-24 12:34:56.123456789' AS TIMESTAMP(9))", '2021-09-24 12:34:56.123456789'],
    ['CAST(ts9 AS TIMESTAMP(6))', '2021-09-24 12:34:56.789123'],
    ['CAST(ts9 AS TIMESTAMP(0))', '2021-09-24 12:34:56'],
    ['CAST(ts AS TIMESTAMP(9))', '2021-09-24 12:34:56.789000000'],
    ['CAST(ts AS DATE)', '2021-09-24'],
    ['CAST(ts AS TIME(3))', '12:34:56.789'],
    ['CAST(dt AS TIMESTAMP(3))', '2021-09-24 00:00:00.000'],
    ["CAST('abcdef' AS VARCHAR(2))", 'ab'],
    ["CAST(X'466c696e6b' AS STRING)", 'Flink'],
    ["CAST('ab' AS BYTES)", "x'6162'"],
    ['CAST(arr AS ARRAY<STRING>)', '[1, NULL, 3]'],
    ['CAST(arr AS STRING)', '[1, NULL, 3]'],
    ["TRY_CAST('x' AS INT)", 'NULL'],
    ["TRY_CAST('2021-02-30' AS DATE)", 'NULL'],
    ["TRY_CAST('7' AS INT)", '7'],
    ['CAST(n AS STRING)', 'NULL'],
  ]);

  test.each([
    ["CAST('-130' AS TINYINT)", 'invalid_cast', 'Overflow.'],
    ["CAST('1e3' AS INT)", 'invalid_cast', 'Invalid character found.'],
    ["CAST('' AS INT)", 'invalid_cast', 'Input is empty.'],
    ["CAST('on' AS BOOLEAN)", 'invalid_cast', "Cannot parse 'on' as BOOLEAN."],
    ["CAST('99999' AS DECIMAL(4, 1))", 'invalid_cast', 'Overflow.'],
    ["CAST('2021/09/27' AS DATE)", 'invalid_datetime', undefined],
    ["CAST('20210927' AS DATE)", 'invalid_datetime', undefined],
    ["CAST('2021-02-30' AS DATE)", 'invalid_datetime', undefined],
    ["CAST('2021-09-24T12:34:56' AS TIMESTAMP)", 'invalid_datetime', undefined],
    ["CAST('2021-09-24 12:34' AS TIMESTAMP)", 'invalid_datetime', undefined],
    ["CAST('2021-09-24 12:34:56Z' AS TIMESTAMP)", 'invalid_datetime', undefined],
    ['CAST(i AS TIMESTAMP)', 'cannot_coerce', undefined],
    ['CAST(i AS DATE)', 'cannot_coerce', undefined],
    ['CAST(dt AS INT)', 'cannot_coerce', undefined],
    ['TRY_CAST(i AS TIMESTAMP)', 'cannot_coerce', undefined],
  ])('%s fails: %s', (sql, code, detail) => {
    expect(() => evaluateSql(sql, columns)).toThrow(expect.objectContaining({ code, ...(detail && { detail }) }));
  });

  test('TIMESTAMP and TIMESTAMP_LTZ meet in the session zone', () => {
    const berlin = (sql: string): string => evaluateSql(sql, columns, 'Europe/Berlin').text;
    expect(berlin('CAST(ltz AS TIMESTAMP(3))')).toBe('1970-01-01 01:00:00.000');
    expect(berlin("CAST(TIMESTAMP '2021-07-01 12:00:00' AS TIMESTAMP_LTZ(3))")).toBe('2021-07-01 12:00:00.000');
    expect(berlin("EXTRACT(EPOCH FROM CAST(TIMESTAMP '1970-01-01 01:00:00' AS TIMESTAMP_LTZ(3)))")).toBe('0');
    expect(berlin('HOUR(ltz)')).toBe('1');
    expect(berlin("DATE_FORMAT(ltz, 'HH:mm xxx')")).toBe('01:00 +01:00');
  });
});

describe('strings and collections (9.3)', () => {
  rows([
    ['SUBSTR(s, -3, 2)', 'll'],
    ['SUBSTR(s, -10, 2)', ''],
    ['SUBSTR(s, 9)', ''],
    ['SUBSTR(s, 2, 0)', ''],
    ['SUBSTRING(s, 2, -1)', 'NULL'],
    ["CONCAT_WS(',', 'x', missing, '')", 'x,'],
    ["CONCAT('a', missing)", 'NULL'],
    ["'a' || missing", 'NULL'],
    ["LPAD(s, -1, 'x')", 'NULL'],
    ["LPAD(s, 7, '')", 'NULL'],
    ["STR_TO_MAP('a=1,b,c=')", '{a=1, b=NULL, c=}'],
    ["ARRAY_JOIN(strs, ',')", 'a,b'],
    ["MAP['a', 1, 'a', 2]", '{a=2}'],
    ['CARDINALITY(arr)', '3', 'INT'],
    ['ARRAY_CONTAINS(arr, NULL)', 'TRUE'],
    ['ARRAY_CONTAINS(arr, 2)', 'FALSE'],
    ['GREATEST(1, n)', 'NULL'],
    ["s LIKE 'hel%'", 'TRUE'],
    ["s LIKE '%llo'", 'TRUE'],
    ["s LIKE '%ell%'", 'TRUE'],
    ["s LIKE 'hello'", 'TRUE'],
    ["s LIKE 'h_llo'", 'TRUE'],
    ["s LIKE 'h%x'", 'FALSE'],
    ["missing LIKE '%'", 'NULL'],
    ["s NOT LIKE 'x%'", 'TRUE'],
    ["s SIMILAR TO '(h|j)el+o'", 'TRUE'],
  ]);

  test('ELEMENT of two elements fails', () => {
    expect(() => evaluateSql('ELEMENT(ARRAY[1, 2])')).toThrow(
      expect.objectContaining({ code: 'cardinality_violation' }),
    );
  });
});

describe('time (9.4)', () => {
  rows([
    ['FLOOR(ts TO WEEK)', '2021-09-19 00:00:00.000'],
    ['CEIL(ts TO WEEK)', '2021-09-26 00:00:00.000'],
    ['FLOOR(ts TO MONTH)', '2021-09-01 00:00:00.000'],
    ['FLOOR(dt TO YEAR)', '2021-01-01'],
    ['EXTRACT(WEEK FROM ts)', '38', 'BIGINT'],
    ["WEEK(DATE '2021-01-03')", '53'],
    ['EXTRACT(DOW FROM ts)', '6'],
    ['EXTRACT(ISODOW FROM ts)', '5'],
    ['EXTRACT(DOY FROM ts)', '267'],
    ['EXTRACT(EPOCH FROM ts)', '1632486896'],
    ['EXTRACT(MILLISECOND FROM ts)', '789'],
    ['EXTRACT(MICROSECOND FROM ts)', '789000'],
    ['EXTRACT(CENTURY FROM ts)', '21'],
    ['EXTRACT(DECADE FROM ts)', '202'],
    ['EXTRACT(MILLENNIUM FROM ts)', '3'],
    ["DATE '2021-01-31' + INTERVAL '1' MONTH", '2021-02-28', 'DATE'],
    ["TIMESTAMPADD(YEAR, 1, DATE '2020-02-29')", '2021-02-28', 'DATE'],
    ["dt + INTERVAL '25' HOUR", '2021-09-25', 'DATE'],
    ['TIMESTAMPADD(HOUR, 1, dt)', '2021-09-24 01:00:00.000000', 'TIMESTAMP(6)'],
    ["TIMESTAMPDIFF(MONTH, DATE '2021-01-31', DATE '2021-02-28')", '1', 'INT'],
    ["TIMESTAMPDIFF(MONTH, DATE '2021-01-31', DATE '2021-03-01')", '1'],
    ["TIMESTAMPDIFF(YEAR, DATE '2020-02-29', DATE '2021-02-28')", '1'],
    ["TIMESTAMPDIFF(DAY, TIMESTAMP '2021-01-01 12:00:00', TIMESTAMP '2021-01-02 11:59:59')", '0'],
    ['(ts - ts2) DAY TO SECOND', '+0 00:00:01.000'],
    ["ts - INTERVAL '5' SECOND", '2021-09-24 12:34:51.789', 'TIMESTAMP(3)'],
    ["ts9 + INTERVAL '1' DAY", '2021-09-25 12:34:56.789123456', 'TIMESTAMP(9)'],
    ["INTERVAL '1' DAY + ts", '2021-09-25 12:34:56.789', 'TIMESTAMP(3)'],
    ["INTERVAL '1' HOUR * 3", '+0 03:00:00.000'],
    ["DATE_FORMAT(ts, 'YYYY-ww')", '2021-39'],
    ["DATE_FORMAT(ts, 'EEE MMM d')", 'Fri Sep 24'],
    ["DATE_FORMAT(ts, 'u')", '2021'],
    ['FROM_UNIXTIME(-1)', '1969-12-31 23:59:59'],
    ["CONVERT_TZ('bad', 'UTC', 'Europe/Berlin')", 'NULL'],
    ["TO_DATE('2021-02-30')", 'NULL'],
    ["TO_TIMESTAMP('2021-02-30')", '2021-02-28 00:00:00.000', 'TIMESTAMP(3)'],
    ["TO_TIMESTAMP('2021-9-4 1:2:3.45678')", '2021-09-04 01:02:03.456'],
    ["UNIX_TIMESTAMP('nonsense')", '-9223372036854775808'],
    ['CURRENT_TIMESTAMP', '2021-09-24 12:34:56.789', 'TIMESTAMP_LTZ(3)'],
    ['LOCALTIMESTAMP', '2021-09-24 12:34:56.789', 'TIMESTAMP(3)'],
    ['CURRENT_DATE', '2021-09-24', 'DATE'],
    ['LOCALTIME', '12:34:56', 'TIME(0)'],
  ]);

  test('a text that is no time fails TO_TIMESTAMP_LTZ, a bad pattern fails DATE_FORMAT', () => {
    expect(() => evaluateSql("TO_TIMESTAMP_LTZ('x')")).toThrow(expect.objectContaining({ code: 'invalid_datetime' }));
    expect(() => evaluateSql("DATE_FORMAT(ts, 'bbb')", columns)).toThrow(
      expect.objectContaining({ code: 'invalid_datetime' }),
    );
  });
});

import { describe, expect, test } from 'vitest';
import { arithmeticType, canCast, canImplicitCast, commonType, comparisonType } from '../../../src/types/coercion.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  type DataType,
  DOUBLE,
  FLOAT,
  INT,
  NULL_TYPE,
  SMALLINT,
  STRING,
  TINYINT,
  array,
  char,
  decimal,
  map,
  notNull,
  row,
  time,
  timestamp,
  timestampLtz,
  typeToString,
  varchar,
} from '../../../src/types/data-type.ts';

const show = (type: DataType | undefined): string | undefined => type && typeToString(type);

describe('common type', () => {
  test.each<[readonly DataType[], string | undefined]>([
    [[notNull(INT), notNull(decimal(2, 1))], 'DECIMAL(11, 1) NOT NULL'],
    [[notNull(char(1)), notNull(char(3))], 'VARCHAR(3) NOT NULL'],
    [[char(3), char(3)], 'CHAR(3)'],
    [[char(3), STRING], 'STRING'],
    [[notNull(INT), NULL_TYPE], 'INT'],
    [[NULL_TYPE, notNull(BIGINT)], 'BIGINT'],
    [[TINYINT, SMALLINT], 'SMALLINT'],
    [[INT, FLOAT], 'FLOAT'],
    [[FLOAT, DOUBLE], 'DOUBLE'],
    [[decimal(10, 2), DOUBLE], 'DOUBLE'],
    [[decimal(38, 0), decimal(38, 10)], 'DECIMAL(38, 6)'],
    [[timestamp(0), timestamp(6)], 'TIMESTAMP(6)'],
    [[timestamp(3), timestampLtz(3)], 'TIMESTAMP_LTZ(3)'],
    [[DATE, timestamp(3)], 'TIMESTAMP(3)'],
    [[time(0), time(3)], 'TIME(3)'],
    [[array(INT), array(BIGINT)], 'ARRAY<BIGINT>'],
    [[map(char(1), INT), map(char(2), INT)], 'MAP<VARCHAR(2), INT>'],
    [[row([{ name: 'a', type: INT }]), row([{ name: 'b', type: BIGINT }])], 'ROW<`a` BIGINT>'],
    [[STRING, INT], undefined],
    [[BOOLEAN, INT], undefined],
    [[DATE, time(0)], undefined],
  ])('%#', (types, expected) => {
    expect(show(commonType(types))).toBe(expected);
  });

  test('a time attribute stays where all have it', () => {
    const rowtime = timestamp(3, 'rowtime');
    expect(commonType([rowtime, rowtime])).toMatchObject({ attribute: 'rowtime' });
    expect(commonType([rowtime, timestamp(3)])).not.toHaveProperty('attribute');
  });
});

describe('casts', () => {
  test.each<[DataType, DataType, boolean, boolean]>([
    // from, to, implicit, explicit
    [varchar(3), varchar(2), true, true],
    [STRING, INT, false, true],
    [INT, STRING, false, true],
    [BIGINT, INT, false, true],
    [decimal(5, 2), INT, false, true],
    [BOOLEAN, INT, false, true],
    [INT, BIGINT, true, true],
    [INT, DOUBLE, true, true],
    [DATE, timestamp(3), false, true],
    [timestamp(3), timestampLtz(3), true, true],
    [INT, timestamp(3), false, false],
    [timestamp(3), BIGINT, false, false],
    [INT, DATE, false, false],
    [DATE, INT, false, false],
    [INT, { kind: 'INTERVAL_DAY_TIME', nullable: true }, false, true],
    [{ kind: 'INTERVAL_DAY_TIME', nullable: true }, BIGINT, false, false],
    [BYTES, STRING, false, true],
    [INT, BYTES, false, false],
    [array(INT), array(STRING), false, true],
    [array(INT), array(BIGINT), true, true],
    [array(INT), INT, false, false],
    [NULL_TYPE, INT, true, true],
    [DATE, time(0), false, false],
  ])('%#', (from, to, implicit, explicit) => {
    expect(canImplicitCast(from, to)).toBe(implicit);
    expect(canCast(from, to)).toBe(explicit);
  });
});

describe('comparisons', () => {
  test('a string is refused against a number under =, not under an ordering', () => {
    expect(comparisonType('=', STRING, INT)).toBeUndefined();
    expect(comparisonType('<>', INT, STRING)).toBeUndefined();
    expect(comparisonType('>', STRING, INT)?.map(show)).toEqual(['INT', 'INT']);
    expect(comparisonType('IN', INT, STRING)?.map(show)).toEqual(['INT', 'INT']);
  });

  test('a string meets a time as that time; DATE and TIMESTAMP do not meet', () => {
    expect(comparisonType('=', DATE, STRING)?.map(show)).toEqual(['DATE', 'DATE']);
    expect(comparisonType('<', STRING, timestamp(3))?.map(show)).toEqual(['TIMESTAMP(3)', 'TIMESTAMP(3)']);
    expect(comparisonType('=', DATE, timestamp(3))).toBeUndefined();
  });

  test('CHAR is compared as it is', () => {
    expect(comparisonType('=', char(5), varchar(3))?.map(show)).toEqual(['CHAR(5)', 'VARCHAR(3)']);
  });

  test('numbers meet in their common type', () => {
    expect(comparisonType('<', INT, notNull(decimal(3, 1)))?.map(show)).toEqual([
      'DECIMAL(11, 1)',
      'DECIMAL(11, 1) NOT NULL',
    ]);
  });
});

describe('arithmetic', () => {
  const result = (operator: '+' | '-' | '*' | '/' | '%', a: DataType, b: DataType): string | undefined =>
    show(arithmeticType(operator, a, b)?.type);

  test.each<['+' | '*' | '/' | '%', DataType, DataType, string | undefined]>([
    ['+', TINYINT, TINYINT, 'TINYINT'],
    ['+', TINYINT, SMALLINT, 'SMALLINT'],
    ['+', INT, decimal(10, 2), 'DECIMAL(13, 2)'],
    ['*', INT, decimal(10, 2), 'DECIMAL(21, 2)'],
    ['/', INT, decimal(10, 2), 'DECIMAL(23, 11)'],
    ['/', decimal(10, 2), INT, 'DECIMAL(21, 13)'],
    ['%', decimal(10, 2), INT, 'DECIMAL(10, 2)'],
    ['/', decimal(30, 0), decimal(30, 0), 'DECIMAL(38, 8)'],
    ['/', decimal(38, 0), INT, 'DECIMAL(38, 6)'],
    ['+', FLOAT, DOUBLE, 'DOUBLE'],
    ['+', FLOAT, INT, 'FLOAT'],
    ['+', FLOAT, decimal(3, 1), 'DOUBLE'],
    ['%', DOUBLE, INT, undefined],
    ['+', STRING, INT, undefined],
    ['+', timestamp(3, 'rowtime'), { kind: 'INTERVAL_DAY_TIME', nullable: false }, 'TIMESTAMP(3)'],
    ['+', { kind: 'INTERVAL_YEAR_MONTH', nullable: false }, DATE, 'DATE'],
    ['+', DATE, DATE, undefined],
  ])('%# %s', (operator, a, b, expected) => {
    expect(result(operator, a, b)).toBe(expected);
  });

  test('points in time are not subtracted without a qualifier', () => {
    expect(result('-', timestamp(3), timestamp(3))).toBeUndefined();
  });
});

import { describe, expect, test } from 'vitest';
import { aggregateInfos, isAggregate, resolveAggregate } from '../../../../src/functions/aggregates/registry.ts';
import {
  BIGINT,
  BOOLEAN,
  type DataType,
  DATE,
  DOUBLE,
  FLOAT,
  INT,
  SMALLINT,
  STRING,
  TINYINT,
  array,
  decimal,
  notNull,
  timestamp,
  typeToString,
} from '../../../../src/types/data-type.ts';

const typeOf = (name: string, ...types: readonly DataType[]): string =>
  typeToString(
    resolveAggregate(
      name,
      types.map((type) => ({ type })),
      { distinct: false },
    ).type,
  );

// Types as Flink 2.3 gives them.
describe('types of aggregates', () => {
  test.each([
    ['SUM', TINYINT, 'TINYINT'],
    ['SUM', SMALLINT, 'SMALLINT'],
    ['SUM', INT, 'INT'],
    ['SUM', notNull(BIGINT), 'BIGINT NOT NULL'],
    ['SUM', FLOAT, 'FLOAT'],
    ['SUM', DOUBLE, 'DOUBLE'],
    ['SUM', decimal(10, 2), 'DECIMAL(38, 2)'],
    ['$SUM0', INT, 'INT NOT NULL'],
    ['AVG', INT, 'INT'],
    ['AVG', FLOAT, 'FLOAT'],
    ['AVG', decimal(10, 2), 'DECIMAL(38, 6)'],
    ['AVG', decimal(20, 8), 'DECIMAL(38, 8)'],
    ['MIN', STRING, 'STRING'],
    ['MAX', DATE, 'DATE'],
    ['MAX', BOOLEAN, 'BOOLEAN'],
    ['max', timestamp(3, 'rowtime'), 'TIMESTAMP(3)'],
    ['FIRST_VALUE', array(INT), 'ARRAY<INT>'],
    ['LAST_VALUE', notNull(INT), 'INT NOT NULL'],
    ['LISTAGG', STRING, 'STRING'],
    ['COUNT', STRING, 'BIGINT NOT NULL'],
  ] as const)('%s of one argument', (name, argument, result) => {
    expect(typeOf(name, argument)).toBe(result);
  });

  test('COUNT takes no argument for all rows, or several', () => {
    expect(typeOf('COUNT')).toBe('BIGINT NOT NULL');
    expect(typeOf('COUNT', INT, STRING)).toBe('BIGINT NOT NULL');
  });
});

describe('what is refused', () => {
  const refusal = (name: string, ...types: readonly DataType[]) => {
    try {
      typeOf(name, ...types);
    } catch (error) {
      return error as Error & { code: string; hint?: string };
    }
    throw new Error(`${name} was taken`);
  };

  test('arguments that do not fit', () => {
    expect(refusal('SUM', STRING)).toMatchObject({
      code: 'datatype_mismatch',
      message: 'aggregate function SUM does not take (STRING)',
      hint: 'It is called as SUM([ ALL | DISTINCT ] expression).',
    });
    expect(refusal('MIN', array(INT)).code).toBe('datatype_mismatch');
    expect(refusal('AVG', INT, INT).code).toBe('datatype_mismatch');
    expect(refusal('LISTAGG', STRING, STRING).code).toBe('datatype_mismatch');
  });

  test('aggregates of the dialect that are not there, by name', () => {
    for (const name of ['COLLECT', 'ARRAY_AGG', 'STDDEV_POP', 'JSON_ARRAYAGG', 'PERCENTILE', 'APPROX_COUNT_DISTINCT']) {
      expect(isAggregate(name)).toBe(true);
      expect(refusal(name, INT)).toMatchObject({
        code: 'unsupported',
        message: `aggregate function ${name} is not supported`,
      });
    }
  });

  test('unknown names, with similar ones', () => {
    expect(isAggregate('COUNTS')).toBe(false);
    expect(refusal('COUNTS', INT)).toMatchObject({
      code: 'undefined_function',
      hint: 'Aggregates with similar names: COUNT.',
    });
  });
});

test('the listed aggregates are those that SQL can call', () => {
  expect(aggregateInfos().map((info) => info.name)).toEqual([
    'AVG',
    'COUNT',
    'FIRST_VALUE',
    'LAST_VALUE',
    'LISTAGG',
    'MAX',
    'MIN',
    'SUM',
  ]);
});

import { describe, expect, test } from 'vitest';
import { harness, TABLES } from './harness.ts';

const MORE = `
  CREATE TABLE sales (shop STRING, item STRING, price INT NOT NULL, tax INT) WITH ('connector' = 'append');
  CREATE TABLE keyed (shop STRING, n BIGINT, PRIMARY KEY (shop) NOT ENFORCED) WITH ('connector' = 'cdc');
`;

function strategyOf(sql: string): string | undefined {
  return /Rank\(strategy=\[(\w+)\]/.exec(harness(TABLES + MORE).text(sql))?.[1];
}

const top = (over: string, from: string): string =>
  `SELECT * FROM (SELECT *, ROW_NUMBER() OVER (${over}) AS rn FROM (${from})) WHERE rn <= 3`;
const counts = 'SELECT shop, item, COUNT(*) AS n FROM sales GROUP BY shop, item';
const groups = (aggregate: string): string => `SELECT shop, item, ${aggregate} AS n FROM sales GROUP BY shop, item`;

describe('rows that only move towards the top are updated in place', () => {
  test.each([
    ['a count', `${counts} ORDER BY n DESC LIMIT 3`],
    ['a count of some', `${groups('COUNT(tax) FILTER (WHERE price > 1)')} ORDER BY n DESC LIMIT 3`],
    ['a count per part of the key', top('PARTITION BY shop ORDER BY n DESC', counts)],
    ['a count per key', top('PARTITION BY item, shop ORDER BY n DESC', counts)],
    ['a maximum', `${groups('MAX(tax)')} ORDER BY n DESC LIMIT 3`],
    ['a minimum of a column that is never NULL', `${groups('MIN(price)')} ORDER BY n LIMIT 3`],
    ['a minimum after which NULLs come', `${groups('MIN(tax)')} ORDER BY n NULLS LAST LIMIT 3`],
    ['the key, which stays, either way', `${counts} ORDER BY item, n DESC, shop DESC LIMIT 3`],
    ['with columns renamed and left out', top('ORDER BY m DESC', `SELECT n AS m, item, shop FROM (${counts})`)],
  ])('%s', (_what, sql) => {
    expect(strategyOf(sql)).toBe('UpdateFast');
  });
});

describe('all rows are kept where one may move away from the top', () => {
  test.each([
    ['a count, the least first', `${counts} ORDER BY n LIMIT 3`],
    ['a maximum, the least first', `${groups('MAX(tax)')} ORDER BY n LIMIT 3`],
    ['a minimum, the greatest first', `${groups('MIN(price)')} ORDER BY n DESC LIMIT 3`],
    ['a minimum that may leave NULL, which comes first', `${groups('MIN(tax)')} ORDER BY n LIMIT 3`],
    ['a maximum that may leave NULL, which comes first', `${groups('MAX(tax)')} ORDER BY n DESC NULLS FIRST LIMIT 3`],
    ['a sum', `${groups('SUM(price)')} ORDER BY n DESC LIMIT 3`],
    [
      'one of two columns',
      `SELECT item, COUNT(*) AS n, SUM(tax) AS s FROM sales GROUP BY item ORDER BY n DESC, s LIMIT 3`,
    ],
    ['an expression', `SELECT shop, item, -n AS m FROM (${counts}) ORDER BY m DESC LIMIT 3`],
  ])('%s', (_what, sql) => {
    expect(strategyOf(sql)).toBe('Retract');
  });
});

describe('all rows are kept where an update cannot be told by its key', () => {
  test.each([
    ['the partition is not of the key', top('PARTITION BY n ORDER BY n DESC', counts)],
    ['the key is left out', `SELECT item, n FROM (${counts}) ORDER BY n DESC LIMIT 3`],
    ['a condition may stop one half of an update', `${counts} HAVING COUNT(*) < 9 ORDER BY n DESC LIMIT 3`],
    ['groups may go', 'SELECT shop, COUNT(*) AS n FROM keyed GROUP BY shop ORDER BY n DESC LIMIT 3'],
    ['the only group has no key', 'SELECT COUNT(*) AS n FROM sales ORDER BY n DESC LIMIT 3'],
  ])('%s', (_what, sql) => {
    expect(strategyOf(sql)).toBe('Retract');
  });
});

test('of insertions what is pushed out never comes back', () => {
  expect(strategyOf('SELECT * FROM sales ORDER BY tax LIMIT 3')).toBe('AppendFast');
});

test('the aggregate below does without -U', () => {
  const text = harness(TABLES + MORE).text(`${counts} ORDER BY n DESC LIMIT 3`, { changelog: true });
  expect(text).toContain('outputRowNumber=[false], changelogMode=[I,UB,UA,D])');
  expect(text).toContain('select=[shop, item, COUNT(*) AS n], changelogMode=[I,UA])');
});

test('the state is that of the rows that are kept', () => {
  const text = harness(TABLES + MORE).text(`${counts} ORDER BY n DESC LIMIT 3`, { state: true });
  expect(text.split('\n').slice(1, 2).join()).toContain('state: 3 rows');
  expect(text.split('\n')[2]).not.toContain('warning');
});

import { describe, expect, test } from 'vitest';
import { RULES } from '../../../src/planner/rules/rules.ts';
import { harness, TABLES } from './harness.ts';

const QUERIES: readonly string[] = [
  'SELECT x FROM (SELECT a AS x, c FROM plain WHERE c > 0) WHERE x < 5',
  "SELECT bid.price FROM nested WHERE bid.channel = 'x' AND bid IS NOT NULL",
  "SELECT o.id, i.name FROM orders o, items i WHERE o.item = i.item AND o.amount > 1 AND i.name <> ''",
  'SELECT p.a, c.v FROM plain p LEFT JOIN changes c ON p.b = c.k AND c.v > 1 WHERE c.v IS NULL',
  "SELECT window_start, item, SUM(amount) AS s FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTE)) WHERE amount > 0 GROUP BY window_start, window_end, item",
  "SELECT item, SESSION_END(ts, INTERVAL '1' HOUR) AS e FROM orders GROUP BY item, SESSION(ts, INTERVAL '1' HOUR) HAVING COUNT(*) > 1",
  'SELECT item, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY amount + 1 DESC) AS rn FROM orders) WHERE rn <= 3 AND amount > 1',
  'SELECT x FROM (SELECT a AS x FROM plain UNION ALL SELECT kind * 2 FROM nested) WHERE x > 1 ORDER BY x DESC LIMIT 3',
  "SELECT o.id FROM orders o JOIN items i ON o.item = i.item AND o.ts BETWEEN i.listed - INTERVAL '1' HOUR AND i.listed",
  'SELECT b, COUNT(DISTINCT a) FILTER (WHERE c > 1) FROM plain GROUP BY b',
];

const kinds = (text: string): string[] =>
  [...text.matchAll(/(\w+)\(/g)]
    .map((match) => match[1] as string)
    .filter((name) => /^[A-Z][a-z]/.test(name) && name !== 'Calc');

describe.each(RULES.map((rule) => rule.name))('without %s', (name) => {
  test.each(QUERIES)('%s', (sql) => {
    const whole = harness(TABLES);
    const without = harness(TABLES, [name]);
    expect(without.types(sql)).toEqual(whole.types(sql));
    // Rules move conditions and columns; which stateful operators there are is not theirs to decide.
    expect(kinds(without.text(sql))).toEqual(kinds(whole.text(sql)));
  });
});

test('with no rule at all', () => {
  const names = RULES.map((rule) => rule.name);
  for (const sql of QUERIES) expect(harness(TABLES, names).types(sql)).toEqual(harness(TABLES).types(sql));
});

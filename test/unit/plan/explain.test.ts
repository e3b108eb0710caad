import { describe, expect, test } from 'vitest';
import type { Explain } from '../../../src/parser/ast.ts';
import { parseStatement } from '../../../src/parser/parser.ts';
import { uniqueKeys } from '../../../src/plan/keys.ts';
import { explainStatement } from '../../../src/planner/explain-statement.ts';
import { harness, TABLES } from '../planner/harness.ts';

const notes = (sql: string, ttl?: string): string[] => {
  const { text, settings } = harness(TABLES);
  if (ttl !== undefined) settings.set('table.exec.state.ttl', ttl);
  return text(sql, { state: true })
    .split('\n')
    .flatMap((line) => /(?:state|warning): .*/.exec(line) ?? []);
};
const tumble = "TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND))";

describe('what stateful nodes say', () => {
  test('a window aggregate is freed by watermark', () => {
    expect(notes(`SELECT item, COUNT(*) FROM ${tumble} GROUP BY window_start, window_end, item`)).toEqual([
      'state: 1 accumulator per (item, open 10 s window), freed by watermark; O(1) per row, O(items) space',
    ]);
  });
  test('a group aggregate is not, and warns, unless it has a time to live', () => {
    const sql = 'SELECT item, COUNT(DISTINCT id) FROM orders GROUP BY item';
    expect(notes(sql)).toEqual([
      'state: 1 accumulator and the set of distinct values per (item), kept for ever; O(1) per row, O(items) space',
      "warning: state grows with the number of groups; to bound it, SET 'table.exec.state.ttl' = '1 d' or group by a window",
    ]);
    expect(notes(sql, '1 h')).toEqual([
      'state: 1 accumulator and the set of distinct values per (item), dropped after 1 h without a change; O(1) per row, O(items) space',
    ]);
  });
  test('one group for all rows does not grow', () => {
    expect(notes('SELECT COUNT(*) FROM plain')).toEqual([
      'state: 1 accumulator per query, kept for ever; O(1) per row, O(1) space',
    ]);
  });
  test('MAX over changes keeps all values', () => {
    expect(notes('SELECT k, MAX(v) FROM changes GROUP BY k')[0]).toBe(
      'state: 1 accumulator and all values per (k), kept for ever; O(1) per row, O(ks) space',
    );
  });
  test('joins: both sides for ever, or within the bounds', () => {
    expect(notes('SELECT * FROM plain p JOIN nested n ON p.a = n.kind')).toEqual([
      'state: all rows of both sides per (a), kept for ever; O(matches) per row, O(rows) space',
      "warning: state grows with the number of rows; to bound it, SET 'table.exec.state.ttl' = '1 d' or bound the event times of both sides",
    ]);
    expect(
      notes(
        "SELECT * FROM orders o JOIN items i ON o.item = i.item AND o.ts BETWEEN i.listed AND i.listed + INTERVAL '2' HOUR",
      ),
    ).toEqual([
      'state: rows of both sides per (item) for 2 h, freed by watermark; O(matches) per row, O(rows within the bounds) space',
    ]);
    expect(notes('SELECT * FROM plain p JOIN nested n ON p.a > n.kind')[1]).toContain('no equality between the sides');
  });
  test('stateless nodes say nothing', () => {
    expect(notes('SELECT a + 1 FROM plain WHERE a > 1')).toEqual([]);
  });
});

test('EXPLAIN has three sections, changes on demand, and no secrets', () => {
  const { ctx, define } = harness();
  define("CREATE TABLE t (k STRING, v INT) WITH ('connector' = 'all', 'password' = 'hunter2')");
  const explain = parseStatement(
    'EXPLAIN CHANGELOG_MODE SELECT k, SUM(v) AS s FROM t WHERE v > 1 GROUP BY k',
  ) as Explain;
  expect(explainStatement(explain, ctx)).toBe(`== Abstract Syntax Tree ==
LogicalProject(select=[k, $agg0 AS s])
+- LogicalAggregate(group=[k], aggregates=[SUM(v) AS $agg0])
   +- LogicalFilter(select=[k, v], where=[(v > 1)])
      +- LogicalTableScan(table=[default_catalog.default_database.t])

== Optimized Physical Plan ==
Collect(fields=[k, s], changelogMode=[I,UB,UA])
+- GroupAggregate(groupBy=[k], select=[k, SUM(v) AS s], changelogMode=[I,UB,UA])
   +- Exchange(distribution=[hash[k]], changelogMode=[I])
      +- Calc(select=[k, v], where=[(v > 1)], changelogMode=[I])
         +- TableSourceScan(table=[default_catalog.default_database.t], columns=[k, v], changelogMode=[I])

== Optimized Execution Plan ==
Collect(fields=[k, s], changelogMode=[I,UB,UA])
+- GroupAggregate(groupBy=[k], select=[k, SUM(v) AS s], changelogMode=[I,UB,UA])
   |    state: 1 accumulator per (k), kept for ever; O(1) per row, O(ks) space
   |    warning: state grows with the number of groups; to bound it, SET 'table.exec.state.ttl' = '1 d' or group by a window
   +- Exchange(distribution=[hash[k]], changelogMode=[I])
      +- Calc(select=[k, v], where=[(v > 1)], changelogMode=[I])
         +- TableSourceScan(table=[default_catalog.default_database.t], columns=[k, v], changelogMode=[I])
                 guarantee: at-least-once
`);
});

describe('unique keys', () => {
  const keys = (sql: string): unknown => {
    const plan = harness(
      `${TABLES} CREATE TABLE keyed (k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'cdc')`,
    ).plan(sql);
    return plan.kind === 'collect' ? uniqueKeys(plan.input) : null;
  };
  test.each([
    ['SELECT v, k FROM keyed', [[1]]],
    ['SELECT v FROM keyed', []],
    ['SELECT k FROM changes', []],
    ['SELECT COUNT(*) AS n, b FROM plain GROUP BY b', [[1]]],
    ['SELECT UPPER(b) FROM plain GROUP BY b', []],
    ['SELECT COUNT(*) FROM plain', [[]]],
    [
      'SELECT item, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY amount) AS rn FROM orders) WHERE rn <= 3',
      [[0, 1]],
    ],
    [
      'SELECT item FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY amount) AS rn FROM orders) WHERE rn = 1',
      [[0]],
    ],
    ['SELECT a, v FROM (SELECT b, COUNT(*) AS a FROM plain GROUP BY b) x JOIN keyed ON x.b = keyed.k', []],
    ['SELECT x.b, v FROM (SELECT b, COUNT(*) AS a FROM plain GROUP BY b) x JOIN keyed ON x.b = keyed.k', [[0]]],
  ])('%s', (sql, expected) => {
    expect(keys(sql)).toEqual(expected);
  });
});

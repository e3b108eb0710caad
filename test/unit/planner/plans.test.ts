import { describe, expect, test } from 'vitest';
import { harness, TABLES } from './harness.ts';

const SCAN = (columns: string): string =>
  `TableSourceScan(table=[default_catalog.default_database.orders], columns=[${columns}], watermark=[ts: (ts - 5000:INTERVAL)])`;
const PLAIN = (columns: string): string =>
  `TableSourceScan(table=[default_catalog.default_database.plain], columns=[${columns}])`;
const CHANGES = 'TableSourceScan(table=[default_catalog.default_database.changes], columns=[k, v])';

/** What each query must become, written from the dialect: operators, keys, pruned columns, pushed conditions. */
const PLANS: readonly (readonly [what: string, sql: string, plan: string])[] = [
  ['a projection reads only its columns', 'SELECT b FROM plain', PLAIN('b')],
  ['the watermark column is always read', 'SELECT id FROM orders', `Calc(select=[id])\n+- ${SCAN('id, ts')}`],
  [
    'filter and projection are one calc',
    "SELECT a + 1 AS x FROM plain WHERE b = 'x' AND a > 3",
    `Calc(select=[(a + 1) AS x], where=[((b = 'x') AND (a > 3))])\n+- ${PLAIN('a, b')}`,
  ],
  [
    'sub-queries merge into one calc',
    'SELECT x FROM (SELECT a AS x, c FROM plain WHERE c > 0) WHERE x < 5',
    `Calc(select=[a AS x], where=[((c > 0) AND (a < 5))])\n+- ${PLAIN('a, c')}`,
  ],
  [
    'an expression that costs something is computed once',
    'SELECT x + 1 AS y, x + 2 AS z FROM (SELECT a * 3 AS x FROM plain)',
    `Calc(select=[(x + 1) AS y, (x + 2) AS z])\n+- Calc(select=[(a * 3) AS x])\n   +- ${PLAIN('a')}`,
  ],
  [
    'of a nested row only the fields that are read',
    "SELECT bid.price FROM nested WHERE bid.channel = 'x'",
    "Calc(select=[bid.price AS price], where=[(bid.channel = 'x')])\n+- TableSourceScan(table=[default_catalog.default_database.nested], columns=[bid.price, bid.channel])",
  ],
  [
    'fields two rows down are leaves too',
    'SELECT bid.place.n FROM nested',
    'TableSourceScan(table=[default_catalog.default_database.nested], columns=[bid.place.n])',
  ],
  [
    'IS NULL of a row needs the row, whose fields come from it',
    'SELECT bid.price FROM nested WHERE bid IS NOT NULL',
    'Calc(select=[bid.price AS price], where=[(bid IS NOT NULL)])\n+- TableSourceScan(table=[default_catalog.default_database.nested], columns=[bid])',
  ],
  [
    'COUNT(*) reads one narrow column',
    'SELECT COUNT(*) AS n FROM plain',
    `GroupAggregate(select=[COUNT(*) AS n])\n+- Exchange(distribution=[single])\n   +- ${PLAIN('a')}`,
  ],
  [
    'a group aggregate is dealt by its keys, which are columns first',
    'SELECT UPPER(b) AS u, SUM(a) FILTER (WHERE a > 0) AS s, COUNT(DISTINCT b) AS n FROM plain GROUP BY UPPER(b)',
    `GroupAggregate(groupBy=[$key0], select=[$key0, SUM(a) FILTER $filter0 AS s, COUNT(DISTINCT b) AS n])
+- Exchange(distribution=[hash[$key0]])
   +- Calc(select=[UPPER(b) AS $key0, a, (a > 0) AS $filter0, b])
      +- ${PLAIN('a, b')}`,
  ],
  [
    'equal aggregates are computed once, HAVING filters above',
    'SELECT b, SUM(a) AS s, SUM(a) + 1 AS t FROM plain GROUP BY b HAVING SUM(a) > 5',
    `Calc(select=[b, $agg0 AS s, ($agg0 + 1) AS t], where=[($agg0 > 5)])
+- GroupAggregate(groupBy=[b], select=[b, SUM(a) AS $agg0])
   +- Exchange(distribution=[hash[b]])
      +- Calc(select=[b, a])
         +- ${PLAIN('a, b')}`,
  ],
  [
    'a condition on group keys moves below the aggregate',
    "SELECT * FROM (SELECT b, COUNT(*) AS n FROM plain GROUP BY b) WHERE b <> 'x' AND n > 1",
    `Calc(select=[b, $agg0 AS n], where=[($agg0 > 1)])
+- GroupAggregate(groupBy=[b], select=[b, COUNT(*) AS $agg0])
   +- Exchange(distribution=[hash[b]])
      +- Calc(select=[b], where=[(b <> 'x')])
         +- ${PLAIN('b')}`,
  ],
  [
    'DISTINCT is an aggregate without aggregates',
    'SELECT DISTINCT b FROM plain',
    `GroupAggregate(groupBy=[b], select=[b])\n+- Exchange(distribution=[hash[b]])\n   +- ${PLAIN('b')}`,
  ],
  [
    'window function and GROUP BY of its bounds are one operator',
    "SELECT window_start, item, SUM(amount) AS s FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTE)) WHERE amount > 0 GROUP BY window_start, window_end, item",
    `Calc(select=[window_start, item, $agg0 AS s])
+- WindowAggregate(groupBy=[item], window=[TUMBLE(time_col=[ts], size=[10 min])], select=[item, SUM(amount) AS $agg0, window_start, window_end])
   +- Exchange(distribution=[hash[item]])
      +- Calc(select=[item, amount, ts], where=[(amount > 0)])
         +- ${SCAN('amount, item, ts')}`,
  ],
  [
    'the bare form with named arguments means the same',
    "SELECT window_end, COUNT(*) AS n FROM HOP(DATA => TABLE orders, TIMECOL => DESCRIPTOR(ts), SLIDE => INTERVAL '5' SECOND, SIZE => INTERVAL '1' MINUTE) GROUP BY window_start, window_end",
    `Calc(select=[window_end, $agg0 AS n])
+- WindowAggregate(window=[HOP(time_col=[ts], size=[1 min], slide=[5 s])], select=[COUNT(*) AS $agg0, window_start, window_end])
   +- Exchange(distribution=[single])
      +- ${SCAN('ts')}`,
  ],
  [
    'with one bound only it is an ordinary aggregate',
    "SELECT window_end, COUNT(*) AS n FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '1' HOUR)) GROUP BY window_end",
    `GroupAggregate(groupBy=[window_end], select=[window_end, COUNT(*) AS n])
+- Exchange(distribution=[hash[window_end]])
   +- Calc(select=[window_end])
      +- WindowTableFunction(window=[CUMULATE(time_col=[ts], max_size=[1 h], step=[1 min])])
         +- ${SCAN('ts')}`,
  ],
  [
    'grouping again by the same bounds aggregates attached windows',
    `SELECT window_start, COUNT(*) AS n FROM (
       SELECT window_start, window_end, item FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, item
     ) GROUP BY window_start, window_end`,
    `Calc(select=[window_start, $agg0 AS n])
+- WindowAggregate(groupBy=[window_start, window_end], window=[win_start=[window_start], win_end=[window_end]], select=[window_start, window_end, COUNT(*) AS $agg0])
   +- Exchange(distribution=[hash[window_start, window_end]])
      +- Calc(select=[window_start, window_end])
         +- WindowAggregate(groupBy=[item], window=[TUMBLE(time_col=[ts], size=[1 h])], select=[item, window_start, window_end])
            +- Exchange(distribution=[hash[item]])
               +- ${SCAN('item, ts')}`,
  ],
  [
    'window_time carries on as the time of the next window',
    `SELECT window_end, SUM(n) AS s FROM TABLE(TUMBLE(TABLE (
       SELECT window_time AS t, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, window_time
     ), DESCRIPTOR(t), INTERVAL '1' HOUR)) GROUP BY window_start, window_end`,
    `Calc(select=[window_end, $agg0 AS s])
+- WindowAggregate(window=[TUMBLE(time_col=[t], size=[1 h])], select=[SUM(n) AS $agg0, window_start, window_end])
   +- Exchange(distribution=[single])
      +- Calc(select=[$agg0 AS n, window_time AS t])
         +- WindowAggregate(window=[TUMBLE(time_col=[ts], size=[1 min])], select=[COUNT(*) AS $agg0, window_start, window_end, window_time])
            +- Exchange(distribution=[single])
               +- ${SCAN('ts')}`,
  ],
  [
    'sessions per partition key, grouped by it, are one operator',
    "SELECT item, window_start, window_end, COUNT(*) AS n FROM TABLE(SESSION(TABLE orders PARTITION BY item, DESCRIPTOR(ts), INTERVAL '5' MINUTE)) GROUP BY item, window_start, window_end",
    `Calc(select=[item, window_start, window_end, $agg0 AS n])
+- WindowAggregate(groupBy=[item], window=[SESSION(time_col=[ts], gap=[5 min])], select=[item, COUNT(*) AS $agg0, window_start, window_end])
   +- Exchange(distribution=[hash[item]])
      +- ${SCAN('item, ts')}`,
  ],
  [
    'sessions per another key stay a function of their own',
    "SELECT window_end, COUNT(*) AS n FROM TABLE(SESSION(TABLE orders PARTITION BY item, DESCRIPTOR(ts), INTERVAL '5' MINUTE)) GROUP BY window_start, window_end",
    `Calc(select=[window_end, $agg0 AS n])
+- WindowAggregate(groupBy=[window_start, window_end], window=[win_start=[window_start], win_end=[window_end]], select=[window_start, window_end, COUNT(*) AS $agg0])
   +- Exchange(distribution=[hash[window_start, window_end]])
      +- Calc(select=[window_start, window_end])
         +- WindowTableFunction(window=[SESSION(time_col=[ts], gap=[5 min])], partition=[item])
            +- Exchange(distribution=[hash[item]])
               +- ${SCAN('item, ts')}`,
  ],
  [
    'a group window with its auxiliary functions',
    "SELECT item, TUMBLE_START(ts, INTERVAL '1' DAY) AS s, MAX(amount) AS m, TUMBLE_ROWTIME(ts, INTERVAL '1' DAY) AS t FROM orders GROUP BY TUMBLE(ts, INTERVAL '1' DAY), item",
    `Calc(select=[item, window_start AS s, $agg0 AS m, window_time AS t])
+- GroupWindowAggregate(groupBy=[item], window=[TUMBLE(time_col=[ts], size=[1 d])], select=[item, MAX(amount) AS $agg0, window_start, window_time])
   +- Exchange(distribution=[hash[item]])
      +- Calc(select=[item, amount, ts])
         +- ${SCAN('amount, item, ts')}`,
  ],
  [
    'Top-N: the bound of the row number, which stays when it is asked for',
    'SELECT item, amount, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY amount DESC) AS rn FROM orders) WHERE rn <= 3',
    `Calc(select=[item, amount, $row_number0 AS rn])
+- Rank(strategy=[AppendFast], partitionBy=[item], orderBy=[amount DESC], rankRange=[rankStart=1, rankEnd=3], outputRowNumber=[true])
   +- Exchange(distribution=[hash[item]])
      +- Calc(select=[amount, item])
         +- ${SCAN('amount, item, ts')}`,
  ],
  [
    'QUALIFY is the same, here without the number',
    'SELECT item FROM orders QUALIFY ROW_NUMBER() OVER (PARTITION BY item ORDER BY amount) BETWEEN 2 AND 3',
    `Calc(select=[item])
+- Rank(strategy=[AppendFast], partitionBy=[item], orderBy=[amount ASC], rankRange=[rankStart=2, rankEnd=3], outputRowNumber=[false])
   +- Exchange(distribution=[hash[item]])
      +- Calc(select=[amount, item])
         +- ${SCAN('amount, item, ts')}`,
  ],
  [
    'one row by rowtime is deduplication; its number is 1',
    'SELECT id, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts DESC) AS rn FROM orders) WHERE rn = 1',
    `Calc(select=[id, 1 AS rn])
+- Deduplicate(keep=[LastRow], key=[id], order=[ROWTIME DESC])
   +- Exchange(distribution=[hash[id]])
      +- ${SCAN('id, ts')}`,
  ],
  [
    'one row by another column is Top-1',
    'SELECT id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount) AS rn FROM orders) WHERE rn < 2',
    `Calc(select=[id])
+- Rank(strategy=[AppendFast], partitionBy=[id], orderBy=[amount ASC], rankRange=[rankStart=1, rankEnd=1], outputRowNumber=[false])
   +- Exchange(distribution=[hash[id]])
      +- Calc(select=[id, amount])
         +- ${SCAN('id, amount, ts')}`,
  ],
  [
    'counts only grow: those that are kept are updated in place, of -U there is no need',
    'SELECT b, COUNT(*) AS n FROM plain GROUP BY b ORDER BY n DESC, b LIMIT 3',
    `Rank(strategy=[UpdateFast], orderBy=[n DESC, b ASC], rankRange=[rankStart=1, rankEnd=3], outputRowNumber=[false])
+- Exchange(distribution=[single])
   +- GroupAggregate(groupBy=[b], select=[b, COUNT(*) AS n])
      +- Exchange(distribution=[hash[b]])
         +- ${PLAIN('b')}`,
  ],
  [
    'ORDER BY with LIMIT is a global Top-N, by a column that is not selected too',
    'SELECT b FROM plain ORDER BY a DESC NULLS LAST, b LIMIT 3 OFFSET 2',
    `Calc(select=[b])
+- Rank(strategy=[AppendFast], orderBy=[$order0 DESC, b ASC], rankRange=[rankStart=3, rankEnd=5], outputRowNumber=[false])
   +- Exchange(distribution=[single])
      +- Calc(select=[b, a AS $order0])
         +- ${PLAIN('a, b')}`,
  ],
  [
    'LIMIT alone takes rows as they come',
    'SELECT b FROM plain LIMIT 5',
    `Limit(offset=[0], fetch=[5])\n+- Exchange(distribution=[single])\n   +- ${PLAIN('b')}`,
  ],
  [
    'ORDER BY the rowtime without LIMIT is a temporal sort',
    'SELECT id, ts FROM orders ORDER BY ts, 1',
    `TemporalSort(orderBy=[ts ASC, id ASC])\n+- Exchange(distribution=[single])\n   +- ${SCAN('id, ts')}`,
  ],
  [
    'the order of a sub-query without LIMIT means nothing',
    'SELECT a FROM (SELECT a FROM plain ORDER BY b)',
    PLAIN('a'),
  ],
  [
    'WHERE makes a join of a comma; one-sided parts move below',
    "SELECT o.id, i.name FROM orders o, items i WHERE o.item = i.item AND o.amount > 1 AND i.name <> ''",
    `Calc(select=[id, name])
+- Join(joinType=[InnerJoin], where=[item = item0], select=[id, item, item0, name])
   :- Exchange(distribution=[hash[item]])
   :  +- Calc(select=[id, item], where=[(amount > 1)])
   :     +- ${SCAN('id, amount, item, ts')}
   +- Exchange(distribution=[hash[item]])
      +- Calc(select=[item, name], where=[(name <> '')])
         +- TableSourceScan(table=[default_catalog.default_database.items], columns=[item, name, listed], watermark=[listed: listed])`,
  ],
  [
    'of a left join WHERE on the padded side stays above, ON of it moves below',
    'SELECT p.a, c.v FROM plain p LEFT JOIN changes c ON p.b = c.k AND c.v > 1 AND p.a > 2 WHERE c.v IS NULL AND p.a < 9',
    `Calc(select=[a, v], where=[(v IS NULL)])
+- Join(joinType=[LeftOuterJoin], where=[b = k AND (a > 2)], select=[a, b, k, v])
   :- Exchange(distribution=[hash[b]])
   :  +- Calc(select=[a, b], where=[(a < 9)])
   :     +- ${PLAIN('a, b')}
   +- Exchange(distribution=[hash[k]])
      +- Calc(select=[k, v], where=[(v > 1)])
         +- ${CHANGES}`,
  ],
  [
    'keys that are expressions become columns before the join',
    'SELECT p.b, c.k FROM plain p JOIN changes c ON p.a + 1 = c.v AND p.b IS NOT DISTINCT FROM c.k',
    `Calc(select=[b, k])
+- Join(joinType=[InnerJoin], where=[$key0 = v AND b IS NOT DISTINCT FROM k], select=[a, b, $key0, k, v])
   :- Exchange(distribution=[hash[$key0, b]])
   :  +- Calc(select=[a, b, (a + 1) AS $key0])
   :     +- ${PLAIN('a, b')}
   +- Exchange(distribution=[hash[v, k]])
      +- ${CHANGES}`,
  ],
  [
    'bounds on both rowtimes make an interval join; < is one millisecond less',
    `SELECT o.id FROM orders o JOIN items i ON o.item = i.item
       AND o.ts >= i.listed - INTERVAL '1' HOUR AND i.listed + INTERVAL '5' MINUTE > o.ts`,
    `Calc(select=[id])
+- IntervalJoin(joinType=[InnerJoin], where=[item = item0], select=[id, item, ts, item0, listed], windowBounds=[leftLowerBound=-3600000, leftUpperBound=299999, leftTime=ts, rightTime=listed])
   :- Exchange(distribution=[hash[item]])
   :  +- ${SCAN('id, item, ts')}
   +- Exchange(distribution=[hash[item]])
      +- TableSourceScan(table=[default_catalog.default_database.items], columns=[item, listed], watermark=[listed: listed])`,
  ],
  [
    'one bound only is a regular join',
    'SELECT o.id FROM orders o JOIN items i ON o.item = i.item AND o.ts >= i.listed',
    `Calc(select=[id])
+- Join(joinType=[InnerJoin], where=[item = item0 AND (ts >= listed)], select=[id, item, ts, item0, listed])
   :- Exchange(distribution=[hash[item]])
   :  +- ${SCAN('id, item, ts')}
   +- Exchange(distribution=[hash[item]])
      +- TableSourceScan(table=[default_catalog.default_database.items], columns=[item, listed], watermark=[listed: listed])`,
  ],
  [
    'UNION ALL converts to common types and takes conditions in',
    'SELECT x FROM (SELECT a AS x FROM plain UNION ALL SELECT kind * 2.5 FROM nested) WHERE x > 1',
    `Union(all=[true], union=[x])
:- Calc(select=[x], where=[(x > 1)])
:  +- Calc(select=[CAST(a AS DECIMAL(13, 1)) AS x])
:     +- ${PLAIN('a')}
+- Calc(select=[EXPR$0 AS x], where=[(EXPR$0 > 1)])
   +- Calc(select=[(CAST(kind AS DECIMAL(10, 0)) * 2.5) AS EXPR$0])
      +- TableSourceScan(table=[default_catalog.default_database.nested], columns=[kind])`.replaceAll(
      ' > 1)',
      ' > 1.0)',
    ),
  ],
  [
    'a bound that no row number meets gives no rows',
    'SELECT a FROM (SELECT a, ROW_NUMBER() OVER (PARTITION BY b ORDER BY a) AS rn FROM plain) WHERE rn < 1',
    'Values(rows=[0], fields=[a])',
  ],
  ['LIMIT 0 reads nothing', 'SELECT a FROM plain LIMIT 0', 'Values(rows=[0], fields=[a])'],
  [
    'a named window is its specification',
    'SELECT a FROM plain WINDOW w AS (PARTITION BY b) QUALIFY ROW_NUMBER() OVER (w ORDER BY a) = 1',
    `Calc(select=[a])
+- Rank(strategy=[AppendFast], partitionBy=[b], orderBy=[a ASC], rankRange=[rankStart=1, rankEnd=1], outputRowNumber=[false])
   +- Exchange(distribution=[hash[b]])
      +- ${PLAIN('a, b')}`,
  ],
  [
    'the aggregate of the time column reads it once',
    "SELECT MAX(ts) AS m FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end",
    `Calc(select=[$agg0 AS m])
+- WindowAggregate(window=[TUMBLE(time_col=[ts], size=[1 h])], select=[MAX(ts) AS $agg0, window_start, window_end])
   +- Exchange(distribution=[single])
      +- ${SCAN('ts')}`,
  ],
  [
    'a condition on the bounds keeps the window function apart',
    "SELECT COUNT(*) AS n FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR)) WHERE window_start > TIMESTAMP '2021-01-01 00:00:00' AND amount > 1 GROUP BY window_start, window_end",
    `Calc(select=[$agg0 AS n])
+- WindowAggregate(groupBy=[window_start, window_end], window=[win_start=[window_start], win_end=[window_end]], select=[window_start, window_end, COUNT(*) AS $agg0])
   +- Exchange(distribution=[hash[window_start, window_end]])
      +- Calc(select=[window_start, window_end], where=[(window_start > 2021-01-01 00:00:00.000)])
         +- WindowTableFunction(window=[TUMBLE(time_col=[ts], size=[1 h])])
            +- Calc(select=[ts], where=[(amount > 1)])
               +- ${SCAN('amount, ts')}`,
  ],
  [
    'a file is a table',
    "SELECT a FROM 'data/x.csv'",
    'TableSourceScan(table=[default_catalog.default_database.data/x.csv], columns=[a])',
  ],
  ['literals need no evaluation', "VALUES (1, 'a'), (2, 'bb')", 'Values(rows=[2], fields=[EXPR$0, EXPR$1])'],
  [
    'a query of WITH is used by name, with its own column names',
    'WITH w (n) AS (SELECT a FROM plain) SELECT x.n, y.n FROM w AS x, w AS y WHERE x.n = y.n',
    `Join(joinType=[InnerJoin], where=[n = n0], select=[n, n0])
:- Exchange(distribution=[hash[n]])
:  +- ${PLAIN('a')}
+- Exchange(distribution=[hash[n]])
   +- ${PLAIN('a')}`,
  ],
];

describe('physical plans', () => {
  test.each(PLANS)('%s', (_what, sql, plan) => {
    expect(harness(TABLES).text(sql)).toBe(plan);
  });
});

describe('plans are data', () => {
  test.each(PLANS)('%s', (_what, sql) => {
    const plan = harness(TABLES).plan(sql);
    expect(structuredClone(plan)).toEqual(plan);
    const ids: number[] = [];
    JSON.stringify(plan, (key, value: unknown) => {
      if (key === 'id') ids.push(value as number);
      return typeof value === 'bigint' ? String(value) : value;
    });
    expect(new Set(ids).size).toBe(ids.length);
  });
});

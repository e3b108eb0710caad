import { describe, expect, test } from 'vitest';
import { errorOf, harness, TABLES } from './harness.ts';

interface Case {
  readonly sql: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** The part of the text that the error points at. */
  readonly at: string;
}

const NAMES: readonly Case[] = [
  {
    sql: 'SELECT amout FROM orders',
    code: 'undefined_column',
    message: 'column "amout" does not exist',
    hint: 'Columns of "orders" with similar names: "amount".',
    at: 'amout',
  },
  {
    sql: 'SELECT o.nothing FROM orders AS o',
    code: 'undefined_column',
    message: 'column "nothing" does not exist',
    hint: 'Columns of "o": "id", "amount", "price", "item", "ts".',
    at: 'nothing',
  },
  {
    sql: 'SELECT A FROM plain',
    code: 'undefined_column',
    message: 'column "A" does not exist',
    hint: 'Columns of "plain" with similar names: "a", "b", "c".',
    at: 'A',
  },
  {
    sql: 'SELECT p.a FROM plain',
    code: 'undefined_table',
    message: 'there is no table or ROW column "p" in FROM',
    hint: 'Similar names: "a", "b", "c".',
    at: 'p',
  },
  {
    sql: 'SELECT bid.prize FROM nested',
    code: 'undefined_column',
    message: 'field "prize" does not exist',
    hint: 'Fields with similar names: "price".',
    at: 'prize',
  },
  {
    sql: 'SELECT item FROM orders, items',
    code: 'ambiguous_column',
    message: 'column "item" is ambiguous',
    hint: 'It is in "orders" and "items"; write the table\'s name in front.',
    at: 'item',
  },
  {
    sql: 'SELECT x FROM (SELECT a AS x, b AS x FROM plain)',
    code: 'ambiguous_column',
    message: 'column "x" is ambiguous',
    hint: 'The relation has several columns of this name; give them names of their own.',
    at: 'x',
  },
  {
    sql: 'SELECT 1 FROM plain, plain',
    code: 'duplicate_object',
    message: 'table name "plain" is used twice in FROM',
    hint: 'Give one of them another name with AS.',
    at: 'plain',
  },
  {
    sql: 'SELECT a FROM plains',
    code: 'undefined_table',
    message: 'table "plains" does not exist',
    hint: 'Tables of "default_catalog.default_database" with similar names: "plain".',
    at: 'plains',
  },
  {
    sql: 'SELECT nosuch(a) FROM plain',
    code: 'undefined_function',
    message: 'function "NOSUCH" does not exist',
    at: 'nosuch(a)',
  },
];

const TYPES: readonly Case[] = [
  {
    sql: 'SELECT NULL',
    code: 'datatype_mismatch',
    message: "illegal use of 'NULL'",
    hint: 'Give it a type: CAST(NULL AS …).',
    at: 'NULL',
  },
  {
    sql: 'SELECT b || NULL FROM plain',
    code: 'datatype_mismatch',
    message: "illegal use of 'NULL'",
    hint: 'Give it a type: CAST(NULL AS …).',
    at: 'NULL',
  },
  {
    sql: 'SELECT a FROM plain WHERE a + 1',
    code: 'datatype_mismatch',
    message: 'WHERE must be BOOLEAN, not INT',
    hint: 'Write a comparison.',
    at: 'a + 1',
  },
  {
    sql: 'SELECT CAST(d AS INT) FROM plain',
    code: 'cannot_coerce',
    message: 'CAST cannot convert TIMESTAMP(3) to INT',
    at: 'CAST(d AS INT)',
  },
  {
    sql: 'SELECT a = b FROM plain',
    code: 'datatype_mismatch',
    message: 'operator = does not take (INT, STRING)',
    hint: 'It is called as value1 = value2.',
    at: 'a = b',
  },
  {
    sql: "SELECT CASE WHEN a > 1 THEN 1 ELSE 'x' END FROM plain",
    code: 'datatype_mismatch',
    message: 'the branches of CASE have no common type',
    hint: 'Convert them with CAST.',
    at: "CASE WHEN a > 1 THEN 1 ELSE 'x' END",
  },
  {
    sql: 'SELECT 9223372036854775808',
    code: 'numeric_out_of_range',
    message: "numeric literal '9223372036854775808' out of range",
    at: '9223372036854775808',
  },
  {
    sql: "SELECT DATE '2021-02-30'",
    code: 'invalid_datetime',
    message: "illegal DATE literal '2021-02-30'",
    hint: "It is written DATE '2021-09-24'.",
    at: "DATE '2021-02-30'",
  },
  {
    sql: "SELECT ts - INTERVAL '100' SECOND FROM orders",
    code: 'invalid_datetime',
    message: 'interval field value 100 exceeds precision of SECOND(2) field',
    hint: 'Write SECOND(3), or a larger unit.',
    at: "INTERVAL '100' SECOND",
  },
  {
    sql: 'SELECT a FROM plain UNION ALL SELECT a, b FROM plain',
    code: 'datatype_mismatch',
    message: 'the sides of UNION have different numbers of columns',
    at: 'SELECT a FROM plain UNION ALL SELECT a, b FROM plain',
  },
];

const GROUPING: readonly Case[] = [
  {
    sql: 'SELECT b, a FROM plain GROUP BY b',
    code: 'grouping_error',
    message: 'column "a" must be in GROUP BY or in an aggregate',
    hint: 'Add it to GROUP BY, or take FIRST_VALUE, LAST_VALUE, MIN or MAX of it.',
    at: 'a',
  },
  {
    sql: 'SELECT a AS z FROM plain GROUP BY z',
    code: 'undefined_column',
    message: 'column "z" does not exist',
    hint: '"z" is a name of the SELECT list, which GROUP BY does not see: repeat its expression.',
    at: 'z',
  },
  {
    sql: 'SELECT b FROM plain GROUP BY 1',
    code: 'grouping_error',
    message: 'GROUP BY 1 would make one group of all rows',
    hint: 'GROUP BY takes no positions: repeat the expression of the column.',
    at: '1',
  },
  {
    sql: 'SELECT b FROM plain WHERE COUNT(*) > 1 GROUP BY b',
    code: 'grouping_error',
    message: 'aggregate function COUNT is not allowed in WHERE',
    hint: 'Filter groups with HAVING.',
    at: 'COUNT(*)',
  },
  {
    sql: 'SELECT SUM(MAX(a)) FROM plain',
    code: 'grouping_error',
    message: 'aggregate function MAX is not allowed in an argument of SUM',
    hint: 'Aggregate in a sub-query first.',
    at: 'MAX(a)',
  },
  {
    sql: 'SELECT a FROM plain ORDER BY 2 LIMIT 1',
    code: 'undefined_column',
    message: 'ORDER BY 2: there is no such column',
    hint: 'The query has 1 column.',
    at: '2',
  },
];

const WINDOWS: readonly Case[] = [
  {
    sql: "SELECT * FROM TABLE(TUMBLE(TABLE plain, DESCRIPTOR(d), INTERVAL '1' MINUTE))",
    code: 'windowing_error',
    message: 'The window function requires the timecol is a time attribute type, but is TIMESTAMP(3)',
    hint: 'Declare WATERMARK FOR `d` in its table, and hand the column on without computing on it.',
    at: 'd',
  },
  {
    sql: "SELECT COUNT(*) FROM plain GROUP BY TUMBLE(d, INTERVAL '1' MINUTE)",
    code: 'windowing_error',
    message: 'Window aggregate can only be defined over a time attribute column, but TIMESTAMP(3) encountered',
    hint: 'Declare WATERMARK FOR the column in its table, and hand it on without computing on it.',
    at: 'd',
  },
  {
    sql: "SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '10' SECOND))",
    code: 'windowing_error',
    message:
      'TUMBLE table function parameters must satisfy abs(offset) < size, but got size 10000 ms and offset 10000 ms',
    at: "TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '10' SECOND)",
  },
  {
    sql: "SELECT * FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '5' SECOND))",
    code: 'windowing_error',
    message:
      'HOP table function based aggregate requires size must be an integral multiple of slide, but got size 5000 ms and slide 2000 ms',
    at: "HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '5' SECOND)",
  },
  {
    sql: "SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MONTH))",
    code: 'windowing_error',
    message: 'Window aggregate only support SECOND, MINUTE, HOUR, DAY as the time unit',
    at: "INTERVAL '1' MONTH",
  },
  {
    sql: "SELECT TUMBLE_START(ts, INTERVAL '2' HOUR) FROM orders GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)",
    code: 'windowing_error',
    message: 'TUMBLE_START(…) does not match a window of GROUP BY',
    hint: 'GROUP BY must hold TUMBLE with the very same arguments.',
    at: "TUMBLE_START(ts, INTERVAL '2' HOUR)",
  },
  {
    sql: "SELECT window_time FROM (SELECT o.ts AS window_time FROM orders o JOIN plain p ON o.id = p.a) WHERE window_time = 'x' ORDER BY window_time",
    code: 'unsupported',
    message: 'Sort on a non-time-attribute field is not supported',
    hint: 'Order by an ascending event-time column first, or add LIMIT.',
    at: 'window_time',
  },
];

const REFUSALS: readonly Case[] = [
  {
    sql: 'SELECT a FROM plain ORDER BY a',
    code: 'unsupported',
    message: 'Sort on a non-time-attribute field is not supported',
    hint: 'Order by an ascending event-time column first, or add LIMIT.',
    at: 'a',
  },
  {
    sql: 'SELECT id FROM orders ORDER BY ts DESC',
    code: 'unsupported',
    message: 'Primary sort order of a streaming table must be ascending on time',
    hint: 'Order by an ascending event-time column first, or add LIMIT.',
    at: 'ts DESC',
  },
  {
    sql: 'SELECT RANK() OVER (PARTITION BY b ORDER BY a) FROM plain',
    code: 'unsupported',
    message: 'RANK() on streaming table is not supported currently',
    hint: 'Use ROW_NUMBER().',
    at: 'RANK() OVER (PARTITION BY b ORDER BY a)',
  },
  {
    sql: 'SELECT SUM(a) OVER (ORDER BY a) FROM plain',
    code: 'unsupported',
    message: 'SUM(…) OVER (…) is not supported',
    hint: 'Aggregate with GROUP BY or a window table function and join.',
    at: 'SUM(a) OVER (ORDER BY a)',
  },
  {
    sql: 'SELECT a FROM plain WHERE a IN (SELECT v FROM changes)',
    code: 'unsupported',
    message: 'IN (query) is not supported',
    hint: 'Join with the query instead: JOIN (SELECT DISTINCT …).',
    at: 'a IN (SELECT v FROM changes)',
  },
  {
    sql: 'SELECT a FROM plain EXCEPT SELECT v FROM changes',
    code: 'unsupported',
    message: 'EXCEPT is not supported',
    hint: 'Use LEFT JOIN … WHERE … IS NULL over DISTINCT queries.',
    at: 'SELECT a FROM plain EXCEPT SELECT v FROM changes',
  },
  {
    sql: 'SELECT COUNT(*) FROM plain GROUP BY ROLLUP (a)',
    code: 'unsupported',
    message: 'ROLLUP is not supported',
    hint: 'Write one query per grouping and combine them with UNION ALL.',
    at: 'ROLLUP (a)',
  },
  {
    sql: 'SELECT t FROM nested CROSS JOIN UNNEST(tags) AS u (t)',
    code: 'unsupported',
    message: 'UNNEST is not supported',
    hint: 'Read single elements with array[1] or map[key].',
    at: 'UNNEST(tags) AS u (t)',
  },
  {
    sql: 'SELECT *, ROW_NUMBER() OVER (PARTITION BY b ORDER BY a) AS rn FROM plain',
    code: 'unsupported',
    message: 'ROW_NUMBER() without a bound is not supported',
    hint: 'Keep the first rows only: WHERE rn <= 10 around it, or QUALIFY ROW_NUMBER() OVER (…) <= 10.',
    at: 'SELECT *, ROW_NUMBER() OVER (PARTITION BY b ORDER BY a) AS rn FROM plain',
  },
  {
    sql: `SELECT l.n FROM (SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end) l
      JOIN (SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end) r
      ON l.window_start = r.window_start AND l.window_end = r.window_end`,
    code: 'unsupported',
    message: 'a window join (equal window_start and window_end) is not supported',
    hint: 'Join the tables on a time range of their event-time columns first, and aggregate by window then.',
    at: '',
  },
  {
    sql: 'SELECT k FROM only_sink',
    code: 'unsupported',
    message: 'reading from connector "only-sink" (table "default_catalog.default_database.only_sink") is not supported',
    hint: 'It can only be written to.',
    at: 'only_sink',
  },
  {
    sql: `SELECT o.id FROM (SELECT id, ts FROM changes_in_time) o JOIN items i ON o.id = i.item AND o.ts BETWEEN i.listed - INTERVAL '1' HOUR AND i.listed`,
    code: 'unsupported',
    message:
      "IntervalJoin doesn't support consuming update and delete changes which is produced by node TableSourceScan(table=[default_catalog.default_database.changes_in_time], columns=[id, ts], watermark=[ts: ts])",
    hint: 'Only insertions can be read here. Use a window aggregate instead of an updating one.',
    at: '',
  },
];

const SINKS: readonly Case[] = [
  {
    sql: 'INSERT INTO log SELECT k, COUNT(*) FROM changes GROUP BY k',
    code: 'unsupported',
    message:
      "Table sink 'default_catalog.default_database.log' doesn't support consuming update and delete changes which is produced by node GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS n])",
    hint: 'Write to a connector that takes changes, or use a window aggregate, whose results are final.',
    at: 'INSERT INTO log SELECT k, COUNT(*) FROM changes GROUP BY k',
  },
  {
    sql: "INSERT INTO totals SELECT 'x', d FROM plain",
    code: 'datatype_mismatch',
    message: [
      "Column types of query result and sink for 'default_catalog.default_database.totals' do not match.",
      "Cause: Incompatible types for sink column 'n' at position 2.",
      'Query schema: [EXPR$0: CHAR(1) NOT NULL, d: TIMESTAMP(3)]',
      'Sink schema:  [k: STRING NOT NULL, n: BIGINT]',
    ].join('\n'),
    at: "SELECT 'x', d FROM plain",
  },
  {
    sql: 'INSERT INTO totals SELECT 1',
    code: 'datatype_mismatch',
    message: [
      "Column types of query result and sink for 'default_catalog.default_database.totals' do not match.",
      'Cause: Different number of columns.',
      'Query schema: [EXPR$0: INT NOT NULL]',
      'Sink schema:  [k: STRING NOT NULL, n: BIGINT]',
    ].join('\n'),
    at: 'SELECT 1',
  },
  {
    sql: 'INSERT INTO totals (n) SELECT 1',
    code: 'not_null_violation',
    message: "Column 'k' has no default value and does not allow NULLs",
    hint: 'Name it in the column list and give it a value.',
    at: 'INSERT INTO totals (n) SELECT 1',
  },
  {
    sql: "INSERT INTO totals (k, m) SELECT 'a', 1",
    code: 'undefined_column',
    message: 'column "m" does not exist',
    hint: 'Columns of "totals" with similar names: "k", "n".',
    at: 'm',
  },
  {
    sql: 'INSERT INTO totals SELECT UPPER(k), COUNT(*) FROM changes GROUP BY k',
    code: 'unsupported',
    message:
      "writing with an upsert key that differs from the primary key of the sink table 'default_catalog.default_database.totals' is not supported",
    hint: 'Primary key: [k], upsert key: none. Make them the same.',
    at: 'INSERT INTO totals SELECT UPPER(k), COUNT(*) FROM changes GROUP BY k',
  },
];

const MORE_TABLES = `
  CREATE TABLE only_sink (k STRING) WITH ('connector' = 'only-sink');
  CREATE TABLE log (k STRING, n BIGINT) WITH ('connector' = 'append');
  CREATE TABLE totals (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'upsert');
  CREATE TABLE changes_in_time (id STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'cdc');
`;

describe.each([
  ['names', NAMES],
  ['types', TYPES],
  ['grouping', GROUPING],
  ['windows', WINDOWS],
  ['what a stream cannot do', REFUSALS],
  ['sinks', SINKS],
])('errors about %s', (_topic, cases) => {
  test.each(cases)('$sql', ({ sql, at, ...error }) => {
    const { plan } = harness(TABLES + MORE_TABLES);
    expect(errorOf(sql, () => plan(sql))).toEqual({ ...error, at: at === '' ? sql : at });
  });
});

/** Valid statements over small tables that hold data: what mutations start from. */

/** The tables of the corpus; `script` tables are filled by the test, the rest is bounded by itself. */
export const DEFINITIONS = `
  CREATE TABLE t (id INT, k STRING, v INT, w BIGINT, x DOUBLE, d DECIMAL(10, 2), ts TIMESTAMP(3), b BOOLEAN,
    WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'script');
  CREATE TABLE u (id INT, k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'script', 'splits' = '2');
  CREATE TABLE c (k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'script', 'changelog' = 'all');
  CREATE TABLE n (id INT, r ROW<a INT, s STRING, p ROW<q DOUBLE>>, arr ARRAY<INT>, m MAP<STRING, INT>) WITH ('connector' = 'script');
  CREATE TABLE g (id BIGINT, name STRING, seen AS PROCTIME()) WITH ('connector' = 'datagen', 'number-of-rows' = '20',
    'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '20', 'fields.name.length' = '3');
  CREATE TABLE hole (a INT, s STRING) WITH ('connector' = 'blackhole');
  CREATE TABLE files (a INT, s STRING) WITH ('connector' = 'filesystem', 'path' = '/out', 'format' = 'json');
  CREATE VIEW big AS SELECT id, k, v FROM t WHERE v > 1;
`;

export const STATEMENTS: readonly string[] = [
  // Expressions and literals.
  "SELECT 1, -2.5, 1e3, 'it''s', TRUE, CAST(NULL AS INT), DATE '2024-02-29', TIME '10:11:12', TIMESTAMP '2024-01-01 00:00:00.5'",
  "SELECT INTERVAL '1' DAY, INTERVAL '1-2' YEAR TO MONTH, INTERVAL '1 02:03:04.5' DAY TO SECOND, X'0aff', U&'\\00e9'",
  'SELECT id + 1, v * 2 - w / 3, v % 2, -v, d + 1.5, d * d, d / 3 FROM t',
  "SELECT CAST(id AS STRING), CAST('12' AS INT), TRY_CAST(k AS INT), CAST(ts AS DATE), CAST(d AS BIGINT) FROM t",
  "SELECT CASE WHEN v > 1 THEN 'a' WHEN v IS NULL THEN 'b' ELSE k END, CASE k WHEN 'a' THEN 1 ELSE 2 END FROM t",
  "SELECT COALESCE(k, 'none'), NULLIF(v, 1), IF(b, 1, 2), GREATEST(v, id), IFNULL(v, 0) FROM t",
  "SELECT k || '-' || k, UPPER(k), CHAR_LENGTH(k), SUBSTRING(k FROM 1 FOR 2), SUBSTR(k, 2), POSITION('a' IN k), TRIM(BOTH ' ' FROM k) FROM t",
  "SELECT REPLACE(k, 'a', 'b'), CONCAT_WS(',', k, 'z'), LPAD(k, 5, '*'), REGEXP_REPLACE(k, '[a-z]', '-'), SPLIT_INDEX(k, ',', 0) FROM t",
  'SELECT ABS(v), ROUND(x, 1), FLOOR(d), CEIL(x), POWER(x, 2), MOD(w, 3), SQRT(4) FROM t',
  "SELECT EXTRACT(HOUR FROM ts), DATE_FORMAT(ts, 'yyyy-MM-dd'), TIMESTAMPDIFF(SECOND, ts, ts), TIMESTAMPADD(DAY, 1, ts), FLOOR(ts TO MINUTE) FROM t",
  "SELECT id FROM t WHERE v BETWEEN 1 AND 3 AND k LIKE 'a%' OR k IN ('b', 'c') AND NOT (x < 1.5)",
  "SELECT id FROM t WHERE k IS NOT NULL AND (b IS TRUE OR v IS DISTINCT FROM 2) AND k NOT LIKE '%z' ESCAPE '!'",
  "SELECT r.a, r.p.q, arr[1], m['one'], CARDINALITY(arr), n.r.s FROM n",
  "SELECT ARRAY[1, 2, 3], MAP['a', 1, 'b', 2], ROW(1, 'x'), ARRAY[ROW(1, 2)] FROM n",
  'SELECT r.*, n.* FROM n',
  "SELECT * FROM (VALUES (1, 'a', 1.5), (2, 'b', 2.25)) AS vals(i, s, d)",
  "VALUES (1, 'a'), (2, 'b')",
  "SELECT UNIX_TIMESTAMP('2024-01-01 00:00:00'), TO_TIMESTAMP('2024-01-01 10:00:00'), FROM_UNIXTIME(0), TO_DATE('2024-01-01')",
  // Shapes of queries.
  'SELECT DISTINCT k, v FROM t',
  'SELECT ALL id AS a, k b FROM t AS x WHERE x.id > 2',
  'WITH a AS (SELECT id, k FROM t), z (p, q) AS (SELECT id, v FROM u) SELECT a.id, z.q FROM a JOIN z ON a.id = z.p',
  'SELECT id FROM t UNION ALL SELECT id FROM u',
  'SELECT k FROM t UNION SELECT k FROM u',
  'SELECT k FROM t INTERSECT SELECT k FROM u',
  'SELECT id FROM t LIMIT 3',
  'SELECT id FROM t ORDER BY ts, id',
  'SELECT id, v FROM t ORDER BY v DESC NULLS LAST, id LIMIT 2 OFFSET 1',
  'SELECT id FROM t ORDER BY k OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY',
  'SELECT q.k FROM (SELECT k, MAX(v) AS m FROM t GROUP BY k) AS q WHERE q.m > 1',
  'SELECT id FROM t WHERE k IN (SELECT k FROM u)',
  "SELECT * FROM t /*+ OPTIONS('splits' = '3') */",
  'SELECT id, name FROM g',
  'SELECT * FROM big',
  'TABLE u',
  // Aggregates.
  'SELECT k, COUNT(*), SUM(v), AVG(v), MIN(x), MAX(d), COUNT(DISTINCT w) FROM t GROUP BY k',
  'SELECT COUNT(*) AS n, SUM(v) FILTER (WHERE v > 1) FROM t',
  'SELECT k, COUNT(v) AS n FROM t GROUP BY k HAVING COUNT(*) > 1',
  "SELECT k, FIRST_VALUE(v), LAST_VALUE(v), LISTAGG(k, '|') FROM t GROUP BY k",
  'SELECT MOD(id, 2) AS parity, SUM(d) FROM t GROUP BY MOD(id, 2)',
  'SELECT n, COUNT(*) FROM (SELECT k, COUNT(*) AS n FROM t GROUP BY k) GROUP BY n',
  'SELECT k, SUM(v) FROM c GROUP BY k',
  'SELECT k, SUM(v) FROM t GROUP BY ROLLUP (k)',
  // Windows.
  "SELECT window_start, window_end, k, COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k",
  "SELECT window_end, SUM(v) AS s FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)) GROUP BY window_start, window_end",
  "SELECT window_start, MAX(x) FROM TABLE(CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)) GROUP BY window_start, window_end",
  "SELECT window_start, window_end, k, COUNT(*) FROM TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, k",
  "SELECT window_start, COUNT(*) FROM TUMBLE(DATA => TABLE u, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' MINUTE) GROUP BY window_start, window_end",
  "SELECT TUMBLE_START(ts, INTERVAL '10' SECOND), TUMBLE_END(ts, INTERVAL '10' SECOND), COUNT(*) FROM t GROUP BY TUMBLE(ts, INTERVAL '10' SECOND), k",
  "SELECT HOP_START(ts, INTERVAL '5' SECOND, INTERVAL '10' SECOND), SUM(v) FROM t GROUP BY HOP(ts, INTERVAL '5' SECOND, INTERVAL '10' SECOND)",
  "SELECT SESSION_START(ts, INTERVAL '3' SECOND), SESSION_END(ts, INTERVAL '3' SECOND), k, COUNT(*) FROM t GROUP BY SESSION(ts, INTERVAL '3' SECOND), k",
  "SELECT id, window_start, window_time FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '2' SECOND))",
  // Joins.
  'SELECT t.id, u.v FROM t JOIN u ON t.k = u.k AND t.v < u.v',
  'SELECT a.id, b.id FROM t AS a LEFT JOIN u AS b ON a.id = b.id WHERE a.v > 0',
  'SELECT * FROM t FULL OUTER JOIN u USING (id)',
  'SELECT t.k, c.v FROM t, c WHERE t.k = c.k',
  "SELECT a.id, b.id FROM t a JOIN u b ON a.k = b.k AND a.ts BETWEEN b.ts - INTERVAL '10' SECOND AND b.ts + INTERVAL '5' SECOND",
  "SELECT a.id, b.v FROM t a LEFT JOIN u b ON a.id = b.id AND b.ts >= a.ts AND b.ts < a.ts + INTERVAL '1' MINUTE",
  'SELECT t.id FROM t NATURAL JOIN u',
  'SELECT t.id, x.e FROM n AS t CROSS JOIN UNNEST(arr) AS x(e)',
  // Top-N and deduplication.
  'SELECT id, k, rn FROM (SELECT id, k, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) AS rn FROM t) WHERE rn <= 2',
  'SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM t) WHERE rn = 1',
  'SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts ASC) AS rn FROM t) WHERE rn = 1',
  'SELECT id, name FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY name ORDER BY seen) AS rn FROM g) WHERE rn = 1',
  'SELECT id, k FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) <= 1',
  "SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '10' SECOND PRECEDING AND CURRENT ROW) FROM t",
  // Writing.
  'INSERT INTO hole SELECT id, k FROM t',
  'INSERT INTO hole (a) VALUES (1), (2)',
  'INSERT INTO files SELECT v, CAST(w AS STRING) FROM t WHERE v IS NOT NULL',
  "INSERT INTO files VALUES (1, 'x'), (2, CAST(NULL AS STRING))",
  'EXECUTE STATEMENT SET BEGIN INSERT INTO hole SELECT id, k FROM t; END',
  // Definitions and the rest.
  "CREATE TABLE made (a INT NOT NULL, b AS a + 1, c STRING COMMENT 'x', p TIMESTAMP_LTZ(3) METADATA FROM 'file.modification-time' VIRTUAL, PRIMARY KEY (a) NOT ENFORCED) COMMENT 'made' WITH ('connector' = 'filesystem', 'path' = '/x', 'format' = 'json', 'json.ignore-parse-errors' = 'true')",
  "CREATE TEMPORARY TABLE IF NOT EXISTS gen (id INT, f DECIMAL(12, 3), seen TIMESTAMP(3), WATERMARK FOR seen AS seen - INTERVAL '1' SECOND) WITH ('connector' = 'datagen', 'rows-per-second' = '10')",
  "CREATE TABLE parted (a INT, dt STRING) PARTITIONED BY (dt) WITH ('connector' = 'filesystem', 'path' = '/p', 'format' = 'csv', 'csv.field-delimiter' = ';')",
  "CREATE TABLE alike WITH ('connector' = 'blackhole') LIKE t (EXCLUDING ALL INCLUDING WATERMARKS)",
  'CREATE VIEW small (p, q) AS SELECT id, k FROM t WHERE v < 2',
  "CREATE DATABASE IF NOT EXISTS other COMMENT 'x'",
  "ALTER TABLE t ADD (extra STRING COMMENT 'm' AFTER id)",
  "ALTER TABLE hole SET ('x' = 'y')",
  'ALTER TABLE u RENAME TO uu',
  'DROP VIEW IF EXISTS big',
  'DROP TABLE hole',
  'DESCRIBE t',
  'SHOW CREATE TABLE t',
  "SHOW TABLES LIKE '%t%'",
  'SHOW COLUMNS FROM u',
  'EXPLAIN CHANGELOG_MODE SELECT k, COUNT(*) FROM t GROUP BY k',
  'EXPLAIN INSERT INTO hole SELECT id, k FROM t',
  "SET 'table.local-time-zone' = 'Europe/Berlin'",
  "RESET 'pipeline.name'",
  'USE CATALOG default_catalog',
];

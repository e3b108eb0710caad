/** Where changes by key are completed, as Flink 2.3 plans it (EXPLAIN CHANGELOG_MODE over upsert-kafka and debezium-json). */
import { describe, expect, test } from 'vitest';
import { errorOf, harness } from './harness.ts';

const TABLES = `
  CREATE TABLE u (id BIGINT, k STRING, v INT, n INT NOT NULL, c AS v * 2, m AS n + 1, p AS PROCTIME(),
    PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'upserts');
  CREATE TABLE timed (id BIGINT, s STRING, ts AS TO_TIMESTAMP(s), PRIMARY KEY (id) NOT ENFORCED,
    WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'upserts');
  CREATE TABLE no_key (id BIGINT) WITH ('connector' = 'upserts');
  CREATE TABLE cdc (id BIGINT, k STRING, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'cdc');
  CREATE TABLE cdc_no_key (id BIGINT) WITH ('connector' = 'cdc');
  CREATE TABLE ups (id BIGINT, k STRING, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'upsert');
  CREATE TABLE by_k (k STRING, id BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'upsert');
  CREATE TABLE strict (id BIGINT, n INT NOT NULL, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'upsert');
  CREATE TABLE printed (id BIGINT, k STRING, v INT) WITH ('connector' = 'all');
  CREATE TABLE dropped (id BIGINT, k STRING, v INT) WITH ('connector' = 'any-upsert');
`;

/** The plan with tables and modes by their short names, without what repeats in every line. */
const planOf = (sql: string, settings: Readonly<Record<string, string>> = {}): string => {
  const { text, settings: set } = harness(TABLES);
  for (const [key, value] of Object.entries(settings)) set.set(key, value);
  return text(sql, { changelog: true }).replaceAll('default_catalog.default_database.', '');
};

const scan = (columns: string): string => `TableSourceScan(table=[u], columns=[${columns}], changelogMode=[I,UA,D])`;
const duplicates = { 'table.exec.source.cdc-events-duplicate': 'true' };

describe('changes by key', () => {
  test('are completed where the query needs whole rows', () => {
    expect(planOf('SELECT k, COUNT(*) AS n FROM u WHERE id > 3 AND v > 2 GROUP BY k'))
      .toBe(`GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS n], changelogMode=[I,UB,UA,D])
+- Exchange(distribution=[hash[k]], changelogMode=[I,UB,UA,D])
   +- Calc(select=[k], changelogMode=[I,UB,UA,D])
      +- ChangelogNormalize(key=[id], condition=[(v > 2)], changelogMode=[I,UB,UA,D])
         +- Exchange(distribution=[hash[id]], changelogMode=[I,UA,D])
            +- Calc(select=[id, k, v], where=[(id > 3)], changelogMode=[I,UA,D])
               +- ${scan('id, k, v')}`);
  });

  test('the key is read also where nobody asks for it, and nothing else is', () => {
    expect(planOf('SELECT COUNT(*) AS n FROM u')).toContain(scan('id'));
    expect(planOf('SELECT COUNT(*) AS n FROM u WHERE v > 1')).toContain(scan('id, v'));
    expect(planOf('SELECT COUNT(*) AS n FROM (SELECT id, v FROM u WHERE v > 1)')).toContain(scan('id, v'));
  });

  test('what is computed is computed of whole rows', () => {
    expect(planOf('SELECT c, m FROM u WHERE c > 4'))
      .toBe(`Calc(select=[(v * 2) AS c, (n + 1) AS m], changelogMode=[I,UB,UA,D])
+- ChangelogNormalize(key=[id], condition=[((v * 2) > 4)], changelogMode=[I,UB,UA,D])
   +- Exchange(distribution=[hash[id]], changelogMode=[I,UA,D])
      +- ${scan('id, v, n')}`);
  });

  test('what gives another answer each time is asked behind it', () => {
    expect(planOf('SELECT id FROM u WHERE RAND_INTEGER(9) < 5 AND v = 1'))
      .toBe(`Calc(select=[id], where=[(RAND_INTEGER(9) < 5)], changelogMode=[I,UB,UA,D])
+- ChangelogNormalize(key=[id], condition=[(v = 1)], changelogMode=[I,UB,UA,D])
   +- Exchange(distribution=[hash[id]], changelogMode=[I,UA,D])
      +- ${scan('id, v')}`);
  });

  test('what is computed once is computed once', () => {
    expect(planOf('SELECT x + 1 AS y, x + 2 AS z FROM (SELECT RAND_INTEGER(9) AS x FROM u WHERE v > 1)'))
      .toBe(`Calc(select=[(x + 1) AS y, (x + 2) AS z], changelogMode=[I,UB,UA,D])
+- Calc(select=[RAND_INTEGER(9) AS x], changelogMode=[I,UB,UA,D])
   +- ChangelogNormalize(key=[id], condition=[(v > 1)], changelogMode=[I,UB,UA,D])
      +- Exchange(distribution=[hash[id]], changelogMode=[I,UA,D])
         +- ${scan('id, v')}`);
  });

  test('a rowtime that is computed is kept, with the watermark at the scan', () => {
    expect(
      planOf(
        "SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE timed, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
      ),
    ).toContain(`+- ChangelogNormalize(key=[id], changelogMode=[I,UB,UA,D])
            +- Exchange(distribution=[hash[id]], changelogMode=[I,UA,D])
               +- TableSourceScan(table=[timed], columns=[id, s], select=[id, s, TO_TIMESTAMP(s) AS ts], watermark=[ts: (ts - 5000:INTERVAL)], changelogMode=[I,UA,D])`);
  });

  test('without a key they cannot be read', () => {
    const sql = 'SELECT id FROM no_key';
    expect(errorOf(sql, () => planOf(sql))).toMatchObject({
      code: 'invalid_definition',
      message: 'table "default_catalog.default_database.no_key" needs a PRIMARY KEY',
    });
  });

  test('the state is told', () => {
    expect(harness(TABLES).text('SELECT id, k FROM u', { state: true })).toContain(
      'state: 1 row per (id), kept for ever; O(1) per row, O(ids) space',
    );
  });
});

describe('to a sink', () => {
  const completed = 'ChangelogNormalize';

  test('that keys its rows alike they go as they are', () => {
    expect(planOf('INSERT INTO ups SELECT id, k, v FROM u'))
      .toBe(`Sink(table=[ups], fields=[id, k, v], changelogMode=[I,UA,D])
+- ${scan('id, k, v')}`);
    expect(planOf('INSERT INTO ups SELECT id, k, v FROM u WHERE id > 3'))
      .toBe(`Sink(table=[ups], fields=[id, k, v], changelogMode=[I,UA,D])
+- Calc(select=[id, k, v], where=[(id > 3)], changelogMode=[I,UA,D])
   +- ${scan('id, k, v')}`);
    expect(planOf('INSERT INTO ups SELECT id, k, c FROM u')).not.toContain(completed);
    expect(planOf('INSERT INTO strict SELECT id, n FROM u')).not.toContain(completed);
    expect(planOf('INSERT INTO dropped SELECT id, k, v FROM u')).not.toContain(completed);
  });

  test('a condition on the row needs the row before', () => {
    expect(planOf('INSERT INTO ups SELECT id, k, v FROM u WHERE v > 3'))
      .toBe(`Sink(table=[ups], fields=[id, k, v], changelogMode=[I,UA,D])
+- ChangelogNormalize(key=[id], condition=[(v > 3)], changelogMode=[I,UA,D])
   +- Exchange(distribution=[hash[id]], changelogMode=[I,UA,D])
      +- ${scan('id, k, v')}`);
  });

  test('that takes whole changes they are completed', () => {
    expect(planOf('INSERT INTO printed SELECT id, k, v FROM u')).toContain(
      'ChangelogNormalize(key=[id], changelogMode=[I,UB,UA,D])',
    );
  });

  test('an expression that believes in NOT NULL gets whole rows', () => {
    expect(planOf('INSERT INTO strict SELECT id, n + 1 FROM u')).toContain(
      'ChangelogNormalize(key=[id], changelogMode=[I,UA,D])',
    );
  });

  test('with another key they are refused', () => {
    const sql = 'INSERT INTO by_k SELECT k, id FROM u';
    expect(errorOf(sql, () => planOf(sql)).message).toContain('an upsert key that differs from the primary key');
  });

  test('a deletion need not meet NOT NULL where only its key is known', () => {
    const notNull = (sql: string): unknown =>
      (harness(TABLES).plan(sql) as { keyOnlyDeletes?: boolean }).keyOnlyDeletes;
    expect(notNull('INSERT INTO strict SELECT id, n FROM u')).toBe(true);
    expect(notNull('INSERT INTO strict SELECT id, n + 1 FROM u')).toBe(false);
    expect(notNull('INSERT INTO strict SELECT id, v FROM cdc')).toBe(false);
  });
});

describe('changes that may come twice', () => {
  test('are completed by the key, without -U', () => {
    expect(planOf('INSERT INTO ups SELECT id, k, v FROM cdc', duplicates))
      .toBe(`Sink(table=[ups], fields=[id, k, v], changelogMode=[I,UA,D])
+- ChangelogNormalize(key=[id], changelogMode=[I,UA,D])
   +- Exchange(distribution=[hash[id]], changelogMode=[I,UA,D])
      +- DropUpdateBefore(changelogMode=[I,UA,D])
         +- TableSourceScan(table=[cdc], columns=[id, k, v], changelogMode=[I,UB,UA,D])`);
    expect(planOf('INSERT INTO printed SELECT id, k, v FROM cdc', duplicates)).toContain(
      'ChangelogNormalize(key=[id], changelogMode=[I,UB,UA,D])',
    );
  });

  test('not unless that is said', () => {
    expect(planOf('SELECT id FROM cdc')).toBe('TableSourceScan(table=[cdc], columns=[id], changelogMode=[I,UB,UA,D])');
  });

  test('need a key; insertions do not', () => {
    const sql = 'SELECT id FROM cdc_no_key';
    expect(errorOf(sql, () => planOf(sql, duplicates)).message).toBe(
      'table "default_catalog.default_database.cdc_no_key" needs a PRIMARY KEY',
    );
    expect(planOf('SELECT id FROM printed', duplicates)).toContain('changelogMode=[I]');
  });
});

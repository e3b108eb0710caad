import { describe, expect, test } from 'vitest';
import { harness, TABLES } from './harness.ts';

const MORE = `
  CREATE TABLE totals (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'upsert');
  CREATE TABLE everything (k STRING, n BIGINT) WITH ('connector' = 'all');
  CREATE TABLE keyed (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'cdc');
`;
const make = (): ReturnType<typeof harness> => harness(TABLES + MORE);

/** Operators and the changes they emit, from the table of dialect 5.6. */
const MODES: readonly (readonly [sql: string, modes: readonly string[]])[] = [
  ['SELECT a FROM plain WHERE a > 1', ['Calc [I]', 'TableSourceScan [I]']],
  ['SELECT k FROM changes WHERE v > 1', ['Calc [I,UB,UA,D]', 'TableSourceScan [I,UB,UA,D]']],
  [
    'SELECT b, COUNT(*) FROM plain GROUP BY b',
    ['GroupAggregate [I,UB,UA]', 'Exchange [I]', 'Calc [I]', 'TableSourceScan [I]'].toSpliced(2, 1),
  ],
  [
    'SELECT k, COUNT(*) FROM changes GROUP BY k',
    ['GroupAggregate [I,UB,UA,D]', 'Exchange [I,UB,UA,D]', 'TableSourceScan [I,UB,UA,D]'],
  ],
  ['SELECT a FROM plain LIMIT 1', ['Limit [I]', 'Exchange [I]', 'TableSourceScan [I]']],
  ['SELECT k FROM changes LIMIT 1', ['Limit [I,UB,UA,D]', 'Exchange [I,UB,UA,D]', 'TableSourceScan [I,UB,UA,D]']],
  ['SELECT a FROM plain ORDER BY a LIMIT 1', ['Rank [I,UB,UA,D]', 'Exchange [I]', 'TableSourceScan [I]']],
  [
    'SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts) AS n FROM orders) WHERE n = 1',
    ['Calc [I]', 'Deduplicate [I]', 'Exchange [I]', 'TableSourceScan [I]'],
  ],
  [
    'SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts DESC) AS n FROM orders) WHERE n = 1',
    ['Calc [I,UB,UA,D]', 'Deduplicate [I,UB,UA,D]', 'Exchange [I]', 'TableSourceScan [I]'],
  ],
  [
    'SELECT p.a, c.v FROM plain p JOIN changes c ON p.b = c.k',
    [
      'Calc [I,UB,UA,D]',
      'Join [I,UB,UA,D]',
      'Exchange [I]',
      'TableSourceScan [I]',
      'Exchange [I,UB,UA,D]',
      'TableSourceScan [I,UB,UA,D]',
    ],
  ],
  [
    'SELECT p.a, n.kind FROM plain p LEFT JOIN nested n ON p.a = n.kind',
    ['Join [I,UB,UA,D]', 'Exchange [I]', 'TableSourceScan [I]', 'Exchange [I]', 'TableSourceScan [I]'],
  ],
  [
    'SELECT a FROM plain UNION ALL SELECT v FROM changes',
    ['Union [I,UB,UA,D]', 'TableSourceScan [I]', 'TableSourceScan [I,UB,UA,D]'],
  ],
  [
    "SELECT window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end",
    ['Calc [I]', 'WindowAggregate [I]', 'Exchange [I]', 'TableSourceScan [I]'],
  ],
];

describe('changelog modes', () => {
  test.each(MODES)('%s', (sql, modes) => {
    const lines = make()
      .text(sql, { changelog: true })
      .split('\n')
      .map((line) => /(\w+)\(.*changelogMode=(\[[\w,]+\])\)$/.exec(line)?.slice(1).join(' '));
    expect(lines).toEqual(modes);
  });
});

describe('-U', () => {
  test('is left out for an upsert sink whose key is the key of the query', () => {
    expect(make().text('INSERT INTO totals SELECT k, COUNT(*) FROM changes GROUP BY k', { changelog: true })).toBe(
      `Sink(table=[default_catalog.default_database.totals], fields=[k, n], changelogMode=[I,UA,D])
+- GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS n], changelogMode=[I,UA,D])
   +- Exchange(distribution=[hash[k]], changelogMode=[I,UB,UA,D])
      +- TableSourceScan(table=[default_catalog.default_database.changes], columns=[k], changelogMode=[I,UB,UA,D])`,
    );
  });
  test('stays below a filter, which may let through one half of an update', () => {
    const text = make().text('INSERT INTO totals SELECT k, COUNT(*) FROM changes GROUP BY k HAVING COUNT(*) > 1', {
      changelog: true,
    });
    expect(text).toContain('Calc(select=[k, $agg0 AS n], where=[($agg0 > 1)], changelogMode=[I,UB,UA,D])');
    expect(text).toContain('GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS $agg0], changelogMode=[I,UB,UA,D])');
  });
  // What Flink 2.3 takes and refuses; of refused conversions it takes none that may join two keys.
  test.each([
    ['SELECT CAST(v AS STRING), COUNT(*) FROM changes GROUP BY v', '[I,UA,D]'],
    [
      `SELECT CASE WHEN v > 1 THEN 'ab' ELSE 'c' END, COUNT(*) FROM changes GROUP BY CASE WHEN v > 1 THEN 'ab' ELSE 'c' END`,
      '[I,UA,D]',
    ],
    [`SELECT 'all', COUNT(*) FROM changes`, '[I,UB,UA,D]'],
    ['SELECT UPPER(k), COUNT(*) FROM changes GROUP BY k', null],
    ['SELECT SUBSTRING(k, 1, 1), COUNT(*) FROM changes GROUP BY k', null],
    ['SELECT CAST(k AS VARCHAR(2)), COUNT(*) FROM changes GROUP BY k', null],
  ])('by the key that a conversion leaves, or that holds it: %s', (query, mode) => {
    const text = (): string => make().text(`INSERT INTO totals ${query}`, { changelog: true });
    if (mode === null) expect(text).toThrow('an upsert key that differs from the primary key');
    else expect(text().split('\n')[0]).toContain(`changelogMode=${mode})`);
  });
  test('is taken from a source right before the sink', () => {
    expect(make().text('INSERT INTO totals SELECT k, n FROM keyed')).toBe(
      `Sink(table=[default_catalog.default_database.totals], fields=[k, n])
+- DropUpdateBefore()
   +- TableSourceScan(table=[default_catalog.default_database.keyed], columns=[k, n])`,
    );
  });
  test('stays for a sink that takes every change, and for who asks', () => {
    const aggregate = 'SELECT k, COUNT(*) FROM changes GROUP BY k';
    expect(make().text(`INSERT INTO everything ${aggregate}`, { changelog: true })).toContain(
      'COUNT(*) AS n], changelogMode=[I,UB,UA,D])',
    );
    expect(make().text(aggregate, { changelog: true })).toContain('COUNT(*) AS EXPR$1], changelogMode=[I,UB,UA,D])');
  });
});

test('the settings that operators need are in their nodes', () => {
  const { plan, settings } = make();
  settings.set('table.exec.state.ttl', '1 h');
  settings.set('pipeline.auto-watermark-interval', '200 ms');
  settings.set('table.exec.source.idle-timeout', '5 s');
  settings.set('table.exec.sink.not-null-enforcer', 'DROP');
  const sink = plan('INSERT INTO totals SELECT item, COUNT(*) FROM orders GROUP BY item');
  expect(sink).toMatchObject({ kind: 'sink', notNull: [0], notNullPolicy: 'drop' });
  expect(JSON.stringify(sink)).toContain('"stateTtlMs":3600000');
  expect(JSON.stringify(sink)).toContain('"intervalMs":200,"idleTimeoutMs":5000');
});

describe('settings that would change results are refused', () => {
  test.each([
    ['execution.runtime-mode', 'batch', 'streaming'],
    ['table.exec.emit.early-fire.enabled', 'true', 'false'],
    ['table.exec.legacy-cast-behaviour', 'enabled', 'DISABLED'],
    ['table.exec.sink.upsert-materialize', 'FORCE', 'NONE'],
  ])('%s = %s', (key, value, harmless) => {
    const { plan, settings } = make();
    settings.set(key, value);
    expect(() => plan('SELECT 1')).toThrow(`'${key}' = '${value}' is not supported`);
    settings.set(key, harmless);
    expect(plan('SELECT 1').kind).toBe('collect');
  });
});

/** Catalogs whose tables exist outside, over a type that is made up: what is asked of it, when, and what statements see. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Catalog } from '../../../src/catalog/catalog.ts';
import type { CatalogType, ExternalTable } from '../../../src/connectors/catalog-type.ts';
import { ScriptFeeds, scriptConnector } from '../../../src/connectors/script/index.ts';
import { Engine } from '../../../src/engine.ts';
import { EngineError } from '../../../src/errors.ts';
import { fakePlatform } from '../../../src/platform/fake-platform.ts';
import { ManualClock } from '../../../src/platform/manual-clock.ts';
import type { Session } from '../../../src/session.ts';
import { BIGINT, STRING, timestampLtz } from '../../../src/types/data-type.ts';

const TABLE: ExternalTable = {
  columns: [
    { kind: 'physical', name: 'id', type: BIGINT },
    { kind: 'physical', name: 'name', type: STRING },
  ],
  primaryKey: [],
  options: { connector: 'script' },
  comment: null,
};

let asked: string[];
let databases: readonly string[];
let tables: Map<string, ExternalTable>;
let clock: ManualClock;
let session: Session;

const warehouse: CatalogType = {
  name: 'warehouse',
  doc: '',
  options: {
    url: { type: 'string', required: true, doc: 'Where it is.' },
    password: { type: 'string', secret: true, doc: 'How to get in.' },
  },
  open({ options }) {
    asked.push(`open ${options.string('url')}`);
    return {
      databases: () => Promise.resolve(databases),
      tables: (database) => {
        asked.push(`list ${database}`);
        return Promise.resolve(database === 'default' ? [...tables.keys()] : []);
      },
      table: (database, name) => {
        asked.push(`table ${database}.${name}`);
        if (name === 'broken') return Promise.reject(new EngineError('connection_failure', 'nobody answers'));
        return Promise.resolve(database === 'default' ? (tables.get(name) ?? null) : null);
      },
      close: () => {
        asked.push('close');
        return Promise.resolve();
      },
    };
  },
};

beforeEach(async () => {
  asked = [];
  databases = ['default', 'other'];
  tables = new Map([
    ['orders', TABLE],
    ['Items', TABLE],
  ]);
  clock = new ManualClock();
  const feeds = new ScriptFeeds();
  const feed = feeds.feed(['w', 'default', 'orders']);
  feed.rows.push(...[1n, 2n, 3n].map((id) => ({ kind: 0, values: { id } })));
  feed.ended = true;
  const engine = new Engine({ ...fakePlatform(), clock }, [scriptConnector(feeds)]);
  engine.addCatalogType(warehouse);
  session = engine.openSession();
  await run("CREATE CATALOG w WITH ('type' = 'warehouse', 'url' = 'u', 'password' = 'hunter2')");
});

async function run(sql: string): Promise<readonly (readonly string[])[]> {
  const result = await session.executeSql(sql);
  return result.kind === 'listing' ? result.rows : [];
}

const failure = (sql: string): Promise<EngineError> =>
  run(sql).then(
    () => {
      throw new Error('no error');
    },
    (error: unknown) => error as EngineError,
  );

describe('what is asked', () => {
  test('nothing until a statement names a table', async () => {
    await run('USE CATALOG w');
    await run('SHOW CATALOGS');
    await run("CREATE TEMPORARY TABLE t (a INT) WITH ('connector' = 'datagen')");
    await run('EXPLAIN SELECT 1');
    await run('USE CATALOG default_catalog');
    await run('SHOW TABLES');
    expect(asked).toEqual([]);
  });

  test.each([
    ['SELECT * FROM w.`default`.orders', ['orders']],
    ['SELECT * FROM w.`default`.orders a JOIN w.`default`.Items b ON a.id = b.id', ['orders', 'Items']],
    ['SELECT * FROM (SELECT 1 AS x) AS q WHERE x IN (SELECT id FROM w.`default`.orders)', ['orders']],
    ['WITH c AS (SELECT id FROM w.`default`.orders) SELECT * FROM c', ['orders']],
    ["SELECT * FROM TABLE(TUMBLE(TABLE w.`default`.orders, DESCRIPTOR(id), INTERVAL '1' HOUR))", ['orders']],
    ['INSERT INTO w.`default`.Items SELECT * FROM w.`default`.orders', ['Items', 'orders']],
    ['DESCRIBE w.`default`.orders', ['orders']],
    ['SHOW COLUMNS FROM w.`default`.orders', ['orders']],
    ['SHOW CREATE TABLE w.`default`.orders', ['orders']],
    ['CREATE TABLE copy LIKE w.`default`.orders', ['orders']],
    ['CREATE TEMPORARY VIEW v AS SELECT id FROM w.`default`.orders', ['orders']],
  ])('by %s', async (sql, names) => {
    await run(sql).catch(() => {});
    expect(asked).toEqual(['open u', ...names.map((name) => `table default.${name}`), 'close']);
  });

  test('also by what stands in a view, wherever it is used', async () => {
    await run('USE CATALOG w');
    await run('CREATE TEMPORARY VIEW v AS SELECT id FROM orders');
    await run('USE CATALOG default_catalog');
    await run('CREATE VIEW twice AS SELECT * FROM w.`default`.v UNION ALL SELECT * FROM w.`default`.v');
    await clock.advance(60_000);
    asked = [];
    await run('EXPLAIN SELECT * FROM twice');
    expect(asked).toEqual(['open u', 'table default.orders', 'close']);
  });

  test('a definition is believed for a minute, and until the catalog changes', async () => {
    await run('DESCRIBE w.`default`.orders');
    asked = [];
    await clock.advance(59_000);
    await run('DESCRIBE w.`default`.orders');
    expect(asked).toEqual(['open u', 'close']);
    await run("ALTER CATALOG w SET ('url' = 'v')");
    await run('DESCRIBE w.`default`.orders');
    await clock.advance(60_000);
    await run('DESCRIBE w.`default`.orders');
    expect(asked.slice(2)).toEqual([
      'open v',
      'table default.orders',
      'close',
      'open v',
      'table default.orders',
      'close',
    ]);
  });
});

describe('what statements see', () => {
  test('tables', async () => {
    expect(await run('DESCRIBE w.`default`.orders')).toEqual([
      ['id', 'BIGINT', 'TRUE', '', '', ''],
      ['name', 'STRING', 'TRUE', '', '', ''],
    ]);
    const ids: unknown[] = [];
    for await (const { row } of await session.query<{ id: bigint }>('SELECT id FROM w.`default`.orders'))
      ids.push(row.id);
    expect(ids.map(Number)).toEqual([1, 2, 3]);
  });

  test('names', async () => {
    await run('USE CATALOG w');
    expect(await run('SHOW CURRENT DATABASE')).toEqual([['default']]);
    expect(await run('SHOW TABLES')).toEqual([['Items'], ['orders']]);
    expect(await run('SHOW DATABASES')).toEqual([['default'], ['other']]);
    await run('USE other');
    expect(await run('SHOW TABLES')).toEqual([]);
    expect(await run("SHOW TABLES FROM w.`default` LIKE 'o%'")).toEqual([['orders']]);
    expect((await failure('USE nowhere')).message).toBe('database "w.nowhere" does not exist');
  });

  test('what is there now, also where something else was before', async () => {
    await run('DESCRIBE w.`default`.orders');
    tables.delete('orders');
    tables.set('late', TABLE);
    await clock.advance(60_000);
    expect((await failure('DESCRIBE w.`default`.orders')).message).toBe('table "orders" does not exist');
    expect(await run('SHOW TABLES FROM w.`default`')).toEqual([['Items'], ['late']]);
  });

  test('the same in two sessions that share a catalog and look at once', async () => {
    const other = new Catalog(session.catalog);
    expect(other.isExternal('w')).toBe(true);
    const seen = await Promise.all([run('DESCRIBE w.`default`.orders'), run('DESCRIBE w.`default`.Items')]);
    expect(seen.map((rows) => rows.length)).toEqual([2, 2]);
    expect(other.find(['w', 'default', 'orders'])?.kind).toBe('table');
    expect(other.find(['w', 'default', 'Items'])?.kind).toBe('table');
  });

  test('of a table that is not there, names that are near', async () => {
    const error = await failure('SELECT * FROM w.`default`.order_s');
    expect([error.code, error.message]).toEqual(['undefined_table', 'table "order_s" does not exist']);
    expect(error.hint).toBe('Tables of "w.default" with similar names: "orders".');
  });

  test('what is listed, by the name of the catalog alone where it has one database', async () => {
    expect(await failure('SHOW TABLES FROM w')).toMatchObject({ code: 'undefined_object' });
    databases = ['default'];
    await run("CREATE CATALOG v WITH ('type' = 'warehouse', 'url' = 'v')");
    expect(await run('SHOW TABLES FROM v')).toEqual([['Items'], ['orders']]);
    await run('CREATE DATABASE v');
    expect(await run('SHOW TABLES FROM v')).toEqual([]);
    await run('DROP DATABASE v');
    await run('USE v');
    expect(await run('SHOW TABLES')).toEqual([['Items'], ['orders']]);
  });

  test('tables by the name of the catalog and their own, where it has one database', async () => {
    databases = ['default'];
    expect(await run('DESCRIBE w.orders')).toHaveLength(2);
    expect(asked).toEqual(['open u', 'table default.orders', 'close']);
    expect((await failure('DESCRIBE w.order_s')).hint).toBe('Tables of "w.default" with similar names: "orders".');
    await run('CREATE DATABASE w');
    expect((await failure('DESCRIBE w.orders')).message).toBe('table "orders" does not exist');
    await run('DROP DATABASE w');
    databases = ['default', 'other'];
    await run('SHOW DATABASES FROM w');
    expect((await failure('DESCRIBE w.orders')).message).toBe('database "default_catalog.w" does not exist');
  });

  test('a failure, at the name that asked', async () => {
    const sql = 'SELECT * FROM w.`default`.broken';
    const error = await failure(sql);
    expect([error.code, sql.slice(error.span?.start, error.span?.end)]).toEqual([
      'connection_failure',
      'w.`default`.broken',
    ]);
    expect(asked.at(-1)).toBe('close');
  });

  test('metadata columns are read-only', async () => {
    tables.set('stamped', {
      ...TABLE,
      columns: [...TABLE.columns, { kind: 'metadata', name: 'at', type: timestampLtz(3), key: 'timestamp' }],
    });
    expect((await run('DESCRIBE w.`default`.stamped')).at(-1)).toEqual([
      'at',
      'TIMESTAMP_LTZ(3)',
      'TRUE',
      '',
      "METADATA FROM 'timestamp' VIRTUAL",
      '',
    ]);
  });
});

describe('an external catalog', () => {
  test.each([
    'CREATE TABLE w.`default`.t (a INT)',
    'CREATE VIEW w.`default`.v AS SELECT 1 AS a',
    'DROP TABLE w.`default`.orders',
    'DROP TABLE IF EXISTS w.`default`.nothing',
    'ALTER TABLE w.`default`.orders RENAME TO o',
    "ALTER TABLE w.`default`.orders SET ('connector' = 'print')",
    'CREATE DATABASE w.d',
    'DROP DATABASE w.other',
    "CREATE FUNCTION w.`default`.f AS 'x'",
  ])('is not changed by %s', async (sql) => {
    const error = await failure(sql);
    expect([error.code, error.message]).toEqual(['unsupported', 'changing what catalog "w" holds is not supported']);
  });

  test('may be shadowed by temporary objects', async () => {
    await run('USE CATALOG w');
    await run("CREATE TEMPORARY TABLE orders (z INT) WITH ('connector' = 'datagen')");
    expect(await run('DESCRIBE orders')).toEqual([['z', 'INT', 'TRUE', '', '', '']]);
    expect(asked).toEqual([]);
    await run('DROP TEMPORARY TABLE orders');
    expect((await run('DESCRIBE orders'))[0]?.[0]).toBe('id');
  });

  test('shows no secret', async () => {
    expect(await run('SHOW CREATE CATALOG w')).toEqual([
      ["CREATE CATALOG `w`\nWITH (\n  'type' = 'warehouse',\n  'url' = 'u',\n  'password' = '******'\n)\n"],
    ]);
    expect(JSON.stringify(await run('DESCRIBE CATALOG EXTENDED w'))).not.toContain('hunter2');
  });

  test('is dropped', async () => {
    await run('USE CATALOG w');
    expect((await failure('DROP CATALOG w')).message).toBe('cannot drop catalog "w": it is in use');
    await run('USE CATALOG default_catalog');
    await run('DROP CATALOG w');
    expect((await failure('SHOW TABLES FROM w.`default`')).message).toBe('catalog "w" does not exist');
  });
});

describe('options of a catalog', () => {
  test.each([
    ["CREATE CATALOG x WITH ('url' = 'u')", 'catalog "x" has no option "type"'],
    ["CREATE CATALOG x WITH ('type' = 'wharehouse', 'url' = 'u')", 'catalog type "wharehouse" does not exist'],
    ["CREATE CATALOG x WITH ('type' = 'warehouse')", 'catalog "x" needs the option "url"'],
    ["CREATE CATALOG x WITH ('type' = 'warehouse', 'ulr' = 'u')", 'catalog "x" has no option "ulr"'],
    ["CREATE CATALOG x WITH ('type' = 'hive')", "a catalog of type 'hive' is not supported"],
    ["ALTER CATALOG w SET ('type' = 'generic_in_memory')", "changing the 'type' of a catalog is not supported"],
    ["ALTER CATALOG w RESET ('url')", 'catalog "w" needs the option "url"'],
    ["ALTER CATALOG w RESET ('type')", "changing the 'type' of a catalog is not supported"],
    ["CREATE CATALOG w WITH ('type' = 'warehouse', 'url' = 'u')", 'catalog "w" already exists'],
  ])('%s', async (sql, message) => {
    expect((await failure(sql)).message).toBe(message);
  });

  test('a catalog in memory is made, used and filled', async () => {
    await run("CREATE CATALOG m COMMENT 'mine' WITH ('type' = 'generic_in_memory', 'default-database' = 'db')");
    await run('USE CATALOG m');
    await run("CREATE TABLE t (a INT) WITH ('connector' = 'datagen')");
    expect(await run('SHOW TABLES')).toEqual([['t']]);
    expect(await run('SHOW CREATE CATALOG m')).toEqual([
      ["CREATE CATALOG `m`\nCOMMENT 'mine'\nWITH (\n  'type' = 'generic_in_memory',\n  'default-database' = 'db'\n)\n"],
    ]);
  });
});

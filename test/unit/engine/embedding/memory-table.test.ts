import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Millrace, type JsValue } from '../../../../src/index.ts';
import { failure } from '../../../support/failure.ts';

let db: Millrace;
beforeEach(async () => {
  db = await Millrace.create();
});
afterEach(() => db.close());

/** Type, values pushed, values read back (the same where null). */
const TYPES: readonly (readonly [type: string, pushed: readonly unknown[], read: readonly JsValue[] | null])[] = [
  ['BOOLEAN', [true, false, null], null],
  ['TINYINT', [-128, 127, null], null],
  ['SMALLINT', [-32768, 32767], null],
  ['INT', [-2147483648, 2147483647, null], null],
  ['BIGINT', [-(2n ** 63n), 2n ** 63n - 1n, 5, null], [-(2n ** 63n), 2n ** 63n - 1n, 5n, null]],
  ['FLOAT', [0.1, -0, Infinity, null], [Math.fround(0.1), -0, Infinity, null]],
  ['DOUBLE', [0.1, -0, Number.NaN, null], null],
  ['DECIMAL(10, 2)', ['12.5', -3, 7n, '0.00', null], ['12.50', '-3.00', '7.00', '0.00', null]],
  ['DECIMAL(38, 10)', ['-1234567890123456789012345678.0123456789'], null],
  ['CHAR(3)', ['abc', 'äöü'], null],
  ['VARCHAR(2)', ['', '😀x', null], null],
  ['STRING', ['', 'a\0b', '日本', null], null],
  ['BYTES', [new Uint8Array([0, 255]), new Uint8Array(0), null], null],
  ['DATE', ['2024-02-29', new Date('1969-12-31T00:00:00Z'), null], ['2024-02-29', '1969-12-31', null]],
  ['TIME(3)', ['23:59:59.999', null], null],
  [
    'TIMESTAMP(3)',
    ['1969-12-31 23:59:59.999', new Date(1), 2],
    ['1969-12-31 23:59:59.999', '1970-01-01 00:00:00.001', '1970-01-01 00:00:00.002'],
  ],
  ['TIMESTAMP(9)', ['2024-02-29 12:00:00.123456789', null], null],
  ['TIMESTAMP(6)', ['1969-12-31T23:59:59.000001'], ['1969-12-31 23:59:59.000001']],
  ['TIMESTAMP_LTZ(3)', [new Date(-1), '2024-02-29T12:00:00+02:00'], [new Date(-1), new Date('2024-02-29T10:00:00Z')]],
  [
    'TIMESTAMP_LTZ(9)',
    ['2024-02-29T12:00:00.123456789Z', new Date(5)],
    ['2024-02-29T12:00:00.123456789Z', '1970-01-01T00:00:00.005000000Z'],
  ],
  ['ARRAY<INT>', [[1, null, 3], [], null], null],
  ['ARRAY<ARRAY<STRING>>', [[['a'], [], null]], null],
  ['MAP<STRING, BIGINT>', [new Map([['k', 1n]]), { a: 2 }, null], [new Map([['k', 1n]]), new Map([['a', 2n]]), null]],
  ['MULTISET<STRING>', [new Map([['x', 2]])], null],
  ['ROW<a INT, b ROW<c STRING>>', [{ a: 1, b: { c: 'x' } }, { a: null, b: null }, null], null],
];

describe('values go in and come out as they are', () => {
  test.each(TYPES)('%s', async (type, pushed, read) => {
    const table = db.table('t', { columns: { v: type } });
    await table.push(pushed.map((v) => [v]));
    table.end();
    const rows = await (await db.query<{ v: JsValue }>('SELECT v FROM t')).toArray();
    expect(rows.map(({ v }) => v)).toEqual(read ?? pushed);
  });

  // Whatever a column cannot hold exactly.
  test.each([
    ['INT', 1.5],
    ['INT', 2147483648],
    ['TINYINT', 128],
    ['BIGINT', 2n ** 63n],
    ['BIGINT', 2 ** 53],
    ['INT', '1'],
    ['DECIMAL(4, 2)', '1.005'],
    ['DECIMAL(4, 2)', '100'],
    ['STRING', 1],
    ['VARCHAR(2)', 'abc'],
    ['DATE', '2024-02-30'],
    ['DATE', new Date(1)],
    ['TIME(3)', '24:00:00'],
    ['TIMESTAMP(3)', '2024-02-29 12:00:00.0001'],
    ['TIMESTAMP(3)', '2024-02-29T12:00:00Z'],
    ['TIMESTAMP_LTZ(3)', '2024-02-29 12:00:00'],
    ['TIMESTAMP_LTZ(3)', new Date(Number.NaN)],
    ['BOOLEAN', 1],
    ['BYTES', 'x'],
    ['ARRAY<INT>', 1],
    ['ARRAY<INT>', ['x']],
    ['ROW<a INT>', [1, 2]],
    ['MAP<STRING, INT>', [1]],
  ])('%s does not take %s', (type, value) => {
    const table = db.table('t', { columns: { v: type } });
    expect(() => table.push([[value]])).toThrow(/"?v"? \(.*cannot take/);
    expect(table.backlog).toBe(0);
  });

  test('a push is all or nothing, and names what is wrong', async () => {
    const table = db.table('t', { columns: { id: 'INT NOT NULL', name: 'STRING' } });
    expect(() => table.push([{ id: 1 }, { id: 'x' as never }])).toThrow('column "id" (INT NOT NULL) cannot take "x"');
    expect(() => table.push([{ id: 1 }, { name: 'x' } as never])).toThrow('column "id" is NOT NULL');
    expect(() => table.push({ id: 1, nam: 'x' } as never)).toThrow('the table has no column "nam"');
    expect(() => table.push([[1]])).toThrow('a row of 2 columns was given 1 values');
    await table.push({ id: 7 });
    table.end();
    expect(await (await db.query('SELECT * FROM t')).toArray()).toEqual([{ id: 7, name: null }]);
    expect(() => table.push({ id: 8 })).toThrow('has ended');
  });
});

describe('readers', () => {
  test('the first one gets what waited; later ones what comes after them', async () => {
    const table = db.table('t', { columns: { n: 'INT' } });
    await table.push({ n: 1 });
    const first = await db.query<{ n: number }>('SELECT n FROM t');
    await table.push({ n: 2 });
    const second = await db.query<{ n: number }>('SELECT n FROM t');
    await table.push({ n: 3 });
    table.end();
    expect((await first.toArray()).map(({ n }) => n)).toEqual([1, 2, 3]);
    expect((await second.toArray()).map(({ n }) => n)).toEqual([3]);
  });

  test('with retain every one begins with the first row', async () => {
    const table = db.table('t', { columns: { n: 'INT' }, retain: true });
    await table.push(Array.from({ length: 5000 }, (_, n) => ({ n })));
    table.end();
    for (let i = 0; i < 2; i++) {
      const [row] = await (await db.query('SELECT COUNT(*) AS c, SUM(n) AS s FROM t')).toArray();
      expect(row).toEqual({ c: 5000n, s: (5000 * 4999) / 2 });
    }
  });

  test('a slow one holds the writer back', async () => {
    const table = db.table('t', { columns: { n: 'INT' }, capacity: 100 });
    const query = await db.query<{ n: number }>('SELECT n FROM t');
    let pushed = 0;
    const writer = (async () => {
      for (let n = 0; n < 20_000; n++, pushed++) await table.push({ n });
      table.end();
    })();
    let held = -1;
    for (let quiet = 0; quiet < 10; quiet = pushed === held ? quiet + 1 : 0) {
      held = pushed;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // The query has taken what its result buffers, and a batch or two on the way.
    expect(held).toBeGreaterThan(100);
    expect(held).toBeLessThan(100 + 4096 + 2 * 2048 + 100);
    let next = 0;
    for await (const { n } of query) expect(n).toBe(next++);
    await writer;
    expect(next).toBe(20_000);
  });
});

describe('changes and time', () => {
  test('changes are pushed, and retracted from aggregates', async () => {
    const table = db.table('t', { columns: { k: 'STRING', n: 'INT' }, changes: 'all' });
    await table.pushChanges([
      { op: '+I', row: { k: 'a', n: 1 } },
      { op: '+I', row: { k: 'b', n: 5 } },
      { op: '-U', row: { k: 'a', n: 1 } },
      { op: '+U', row: { k: 'a', n: 2 } },
      { op: '-D', row: { k: 'b', n: 5 } },
    ]);
    table.end();
    expect(await (await db.query('SELECT k, SUM(n) AS s FROM t GROUP BY k')).toArray()).toEqual([{ k: 'a', s: 2 }]);
  });

  test('a table of insertions refuses others', () => {
    const table = db.table('t', { columns: { n: 'INT' } });
    expect(() => table.pushChanges([{ op: '-D', row: { n: 1 } }])).toThrow('cannot hold -D');
    expect(table.backlog).toBe(0);
  });

  test('upserts are completed by the primary key', async () => {
    const table = db.table('t', {
      columns: { k: 'STRING NOT NULL', n: 'INT' },
      primaryKey: ['k'],
      changes: 'upsert',
    });
    await table.pushChanges([
      { op: '+U', row: { k: 'a', n: 1 } },
      { op: '+U', row: { k: 'a', n: 2 } },
      { op: '+U', row: { k: 'b', n: 3 } },
      { op: '-D', row: { k: 'b' } },
    ]);
    table.end();
    expect(await (await db.query('SELECT k, n FROM t')).toArray()).toEqual([{ k: 'a', n: 2 }]);
  });

  test('windows fire by the watermark expression, and by what the program says', async () => {
    const table = db.table('t', {
      columns: { n: 'INT', ts: 'TIMESTAMP(3)' },
      watermark: { column: 'ts' },
    });
    const query = await db.query<{ s: number }>(`SELECT SUM(n) AS s
      FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end`);
    const rows = query[Symbol.asyncIterator]();
    await table.push([
      [1, 1000],
      [2, 12_000],
      [4, 9000],
    ]);
    table.watermark(10_000);
    expect((await rows.next()).value).toEqual({ s: 5 });
    await table.push([[100, 5000]]);
    table.watermark(new Date(20_000));
    expect((await rows.next()).value).toEqual({ s: 2 });
    expect(query.job.metrics.late).toBe(1);
    expect(query.job.metrics.watermark).toBe(20_000);
    table.end();
    expect((await rows.next()).done).toBe(true);
  });

  test('a table without a watermark is told none', () => {
    expect(() => db.table('t', { columns: { n: 'INT' } }).watermark(1)).toThrow('has no watermark');
  });
});

describe('columns', () => {
  test('typed arrays are copied in bulk, others value by value', async () => {
    const table = db.table('t', { columns: { a: 'BIGINT', b: 'DOUBLE', c: 'STRING', d: 'INT', e: 'TINYINT' } });
    await table.pushColumns({
      a: BigInt64Array.of(1n, 2n),
      b: { values: Float64Array.of(0.5, 0), valid: Uint8Array.of(1, 0) },
      c: ['x', null],
      e: Int32Array.of(1, -1),
    });
    table.end();
    expect(await (await db.query('SELECT * FROM t')).toArray()).toEqual([
      { a: 1n, b: 0.5, c: 'x', d: null, e: 1 },
      { a: 2n, b: null, c: null, d: null, e: -1 },
    ]);
  });

  test('columns that do not fit are refused, whole', () => {
    const table = db.table('t', { columns: { a: 'BIGINT', e: 'TINYINT NOT NULL' } });
    expect(() => table.pushColumns({ a: [1, 2], e: [1] })).toThrow('column "e" has 1 values where there are 2 rows');
    expect(() => table.pushColumns({ e: Int32Array.of(1, 200) })).toThrow('cannot take 200');
    expect(() => table.pushColumns({ a: [1] })).toThrow('column "e" is NOT NULL');
    expect(() => table.pushColumns({ x: [1] } as never)).toThrow('no column "x"');
    expect(table.backlog).toBe(0);
  });

  test('Arrow goes in and comes out', async () => {
    const columns = {
      a: 'INT',
      b: 'BIGINT',
      c: 'DOUBLE',
      d: 'STRING',
      e: 'BOOLEAN',
      f: 'DECIMAL(20, 3)',
      g: 'TIMESTAMP(3)',
      h: 'TIMESTAMP_LTZ(9)',
      i: 'DATE',
      j: 'ARRAY<INT>',
      k: 'ROW<x INT, y STRING>',
      l: 'BYTES',
      m: 'TIME(3)',
    } as const;
    const rows = [
      [
        1,
        2n ** 62n,
        0.5,
        'ä',
        true,
        '-12345678901234567.891',
        '2024-02-29 12:00:00.123',
        '2024-02-29T12:00:00.123456789Z',
        '2024-02-29',
        [1, null],
        { x: 1, y: 'z' },
        new Uint8Array([1]),
        '12:34:56.789',
      ],
      Array.from({ length: 13 }, () => null),
    ];
    const source = db.table('source', { columns, retain: true });
    await source.push(rows);
    source.end();
    const arrow = await (await db.query('SELECT * FROM source')).toArrow();
    expect(arrow.numRows).toBe(2);
    const copy = db.table('copy', { columns });
    await copy.pushArrow(arrow);
    copy.end();
    const expected = await (await db.query('SELECT * FROM source')).toArray();
    expect(await (await db.query('SELECT * FROM copy')).toArray()).toEqual(expected);
  });
});

describe('as a sink', () => {
  test('the program reads what a query inserts, as it comes', async () => {
    const source = db.table('source', { columns: { n: 'INT' } });
    const sink = db.table('sink', { columns: { n: 'INT', twice: 'INT' } });
    const result = await db.execute('INSERT INTO sink SELECT n, n * 2 FROM source');
    await source.push([[1], [2]]);
    source.end();
    const [job] = result.kind === 'jobs' ? result.jobs : [];
    void job?.done.then(() => sink.end());
    const rows = [];
    for await (const row of sink) rows.push(row);
    expect(rows).toEqual([
      { n: 1, twice: 2 },
      { n: 2, twice: 4 },
    ]);
  });

  test('changes need a table that holds them', async () => {
    db.table('plain', { columns: { k: 'STRING', n: 'BIGINT' } });
    const COUNT = "SELECT k, COUNT(*) FROM (VALUES ('a'), ('a')) t(k) GROUP BY k";
    expect((await failure(() => db.execute(`INSERT INTO plain ${COUNT}`))).code).toBe('unsupported');
    const all = db.table('everything', { columns: { k: 'STRING', n: 'BIGINT' }, changes: 'all' });
    const result = await db.execute(`INSERT INTO everything ${COUNT}`);
    await (result.kind === 'jobs' ? result.jobs[0]?.done : undefined);
    all.end();
    const changes = [];
    for await (const { op, row } of all.changes()) changes.push([op, row.k, row.n]);
    expect(changes).toEqual([
      ['+I', 'a', 1n],
      ['-U', 'a', 1n],
      ['+U', 'a', 2n],
    ]);
  });
});

describe('definitions', () => {
  test('a name, a type or a table that cannot be is refused', async () => {
    expect(() => db.table('t', { columns: { a: 'INT, b INT' } })).toThrow("type 'INT, b INT'");
    expect(() => db.table('t', { columns: { a: "INT) WITH ('connector' = 'x'" } })).toThrow('is not a type');
    expect(() => db.table('t', { columns: {} })).toThrow('has no columns');
    db.table("we'ird `name", { columns: { 'a`b': 'INT' } });
    expect(await db.execute('SHOW TABLES')).toMatchObject({ rows: [["we'ird `name"]] });
    expect(() => db.table("we'ird `name", { columns: { a: 'INT' } })).toThrow('already exists');
    expect(() => db.table('nowhere')).toThrow('table "nowhere" does not exist');
    await db.execute("CREATE TABLE hole (a INT) WITH ('connector' = 'blackhole')");
    expect(() => db.table('hole')).toThrow("is not in the program's memory");
  });

  test('a table that is dropped takes its rows along, and ends who reads it', async () => {
    const columns = { n: 'INT' };
    const first = db.table('t', { columns, retain: true });
    await first.push({ n: 1 });
    const query = await db.query('SELECT n FROM t');
    await db.execute('DROP TABLE t');
    expect(await query.toArray()).toEqual([{ n: 1 }]);
    expect(() => first.push({ n: 2 })).toThrow('has ended');
    const second = db.table('t', { columns });
    await second.push({ n: 3 });
    second.end();
    expect(await (await db.query('SELECT n FROM t')).toArray()).toEqual([{ n: 3 }]);
  });

  test('a table made in SQL is pushed into by its name', async () => {
    await db.execute("CREATE TABLE made (a INT, b AS a + 1) WITH ('connector' = 'memory')");
    const table = db.table<{ a: number }>('made');
    await table.push({ a: 1 });
    table.end();
    expect(await (await db.query('SELECT * FROM made')).toArray()).toEqual([{ a: 1, b: 2 }]);
  });
});

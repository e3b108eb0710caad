/** The engine inside a program, through nothing but what the package exports. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Change, EngineError, type JsRow, Millrace, renderError } from '../../../src/index.ts';
import { failure } from '../../support/failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-embedding-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let db: Millrace;
beforeEach(async () => {
  db = await Millrace.create();
});
afterEach(() => db.close());

const ENDLESS = `CREATE TABLE endless (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '1000000000')`;

const COUNTS = "SELECT k, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('a')) AS t(k) GROUP BY k";

describe('queries', () => {
  test('give their changes with row kinds and values as a program likes them', async () => {
    const query = await db.query(COUNTS);
    expect(query.updating).toBe(true);
    expect(query.columnInfos).toEqual([
      { name: 'k', type: 'CHAR(1) NOT NULL' },
      { name: 'n', type: 'BIGINT NOT NULL' },
    ]);
    const changes: Change[] = [];
    for await (const change of query.changes()) changes.push(change);
    expect(changes).toEqual([
      { op: '+I', row: { k: 'a', n: 1n } },
      { op: '+I', row: { k: 'b', n: 1n } },
      { op: '-U', row: { k: 'a', n: 1n } },
      { op: '+U', row: { k: 'a', n: 2n } },
    ]);
    expect(query.job.status).toBe('finished');
  });

  test('that update are not read row by row, but as they stand at the end', async () => {
    const error = await failure(async () => {
      for await (const row of await db.query(COUNTS)) throw new Error(JSON.stringify(row));
    });
    expect(error).toMatchObject({ code: 'unsupported', hint: expect.stringContaining('changes()') as string });
    expect(await (await db.query(COUNTS)).toArray()).toEqual([
      { k: 'b', n: 1n },
      { k: 'a', n: 2n },
    ]);
  });

  test('give the table as it stands now, and follow its changes', async () => {
    const table = db.table('t', { columns: { k: 'STRING', n: 'INT' }, retain: true });
    await table.push([
      ['a', 1],
      ['b', 2],
    ]);
    const live = (await db.query('SELECT k, SUM(n) AS s FROM t GROUP BY k')).materialize();
    while (live.size < 2) await live.changed();
    expect(live.rows()).toEqual([
      { k: 'a', s: 1 },
      { k: 'b', s: 2 },
    ]);
    await table.push({ k: 'a', n: 4 });
    await live.changed();
    expect(live.rows()).toEqual([
      { k: 'b', s: 2 },
      { k: 'a', s: 5 },
    ]);
    table.end();
    await live.done;
    expect(live.job.status).toBe('finished');
  });

  test('give columns: typed arrays, validity and kinds', async () => {
    const query = await db.query(
      "SELECT * FROM (VALUES (1, 'x', 1.5e0), (2, CAST(NULL AS STRING), 2e0)) AS t(a, b, c)",
    );
    for await (const { length, columns, ops } of query.columns()) {
      expect(length).toBe(2);
      expect(ops).toBeNull();
      expect(columns).toEqual({
        a: { values: Int32Array.of(1, 2), valid: null },
        b: { values: ['x', null], valid: Uint8Array.of(1, 0) },
        c: { values: Float64Array.of(1.5, 2), valid: null },
      });
    }
  });

  test('are held back while nobody reads, and stopped by leaving the loop', async () => {
    await db.execute(ENDLESS);
    const query = await db.query<{ readonly id: bigint }>('SELECT id FROM endless');
    await new Promise((resolve) => setTimeout(resolve, 100));
    // What is buffered waits to be read; nothing more was produced behind its back.
    expect(query.job.metrics.rowsIn).toBeLessThanOrEqual(3 * 2048);
    let next = 0n;
    for await (const row of query) {
      expect(row.id).toBe(next++);
      if (next === 5000n) break;
    }
    expect(query.job.status).toBe('stopped');
    expect(query.job.metrics.rowsIn).toBeLessThan(5000 + 4 * 2048);
  });

  test('end their loop when their job is stopped from elsewhere, after what had come', async () => {
    await db.execute(ENDLESS);
    const query = await db.query('SELECT id FROM endless');
    let read = 0;
    for await (const row of query) if (row['id'] !== null && ++read === 1) await query.job.stop();
    expect(read).toBeGreaterThan(0);
    expect(await query.job.done).toBe('stopped');
  });

  test('are stopped by an AbortSignal, which the loop hears of', async () => {
    await db.execute(ENDLESS);
    const controller = new AbortController();
    const query = await db.query('SELECT id FROM endless', [], { signal: controller.signal });
    const error = await failure(async () => {
      for await (const row of query) if (row['id'] === 10n) controller.abort();
    });
    expect(error.code).toBe('query_cancelled');
    expect(query.job.status).toBe('stopped');
    const again = failure(() => db.query('SELECT id FROM endless', [], { signal: controller.signal }));
    expect((await again).code).toBe('query_cancelled');
  });

  test('one that nobody reads does not keep the engine from closing', async () => {
    await db.execute(ENDLESS);
    const query = await db.query('SELECT id FROM endless');
    await new Promise((resolve) => setTimeout(resolve, 30));
    await db.close();
    expect(query.job.status).toBe('stopped');
  });

  test('two at a time, at their own pace, also at parallelism 2', async () => {
    await db.execute(ENDLESS);
    db.set('parallelism.default', '2');
    const queries = await Promise.all([1, 2].map((k) => db.query(`SELECT id * ${k} AS id FROM endless LIMIT 3000`)));
    const counts = await Promise.all(queries.map(async (query) => (await query.toArray()).length));
    expect(counts).toEqual([3000, 3000]);
  });

  test('that are over are forgotten but for the last hundred', async () => {
    for (let i = 0; i < 105; i++) await (await db.query('SELECT 1 AS x')).toArray();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(db.jobs.length).toBe(100);
    expect(db.jobs.every(({ status }) => status === 'finished')).toBe(true);
  });

  test('are read once only', async () => {
    const query = await db.query('SELECT 1 AS x');
    await query.toArray();
    expect((await failure(() => query.toArray())).code).toBe('invalid_definition');
  });
});

describe('statements', () => {
  test('a script defines tables and writes; its jobs can be waited for', async () => {
    const path = join(folder, 'out');
    const [job] = await db.script(`
      CREATE TABLE files (id INT, name STRING) WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = 'json');
      INSERT INTO files VALUES (1, 'x'), (2, 'y');`);
    expect(await job?.done).toBe('finished');
    expect(job?.metrics.rowsOut).toBe(2);
    const [file] = readdirSync(path);
    expect(readFileSync(join(path, file ?? ''), 'utf8')).toBe('{"id":1,"name":"x"}\n{"id":2,"name":"y"}\n');
    const read = await db.query<{ readonly name: string }>('SELECT name FROM files');
    expect((await read.toArray()).map(({ name }) => name)).toEqual(['x', 'y']);
  });

  test('a listing comes back as text', async () => {
    await db.execute(ENDLESS);
    expect(await db.execute('SHOW TABLES')).toEqual({ kind: 'rows', columns: ['table name'], rows: [['endless']] });
  });

  test('with table.dml-sync they wait, and throw what failed', async () => {
    await db.execute("CREATE TABLE hole (id INT) WITH ('connector' = 'blackhole')");
    db.set('table.dml-sync', 'true');
    const insert = (value: string) =>
      db.execute('INSERT INTO hole SELECT CAST(s AS INT) FROM (VALUES (?)) AS t(s)', [value]);
    const result = await insert('2');
    expect(result.kind === 'jobs' && result.jobs[0]?.status).toBe('finished');
    expect((await failure(() => insert('x'))).code).toBe('invalid_cast');
  });

  test('what is no query has no rows, and a query is not executed', async () => {
    expect((await failure(() => db.execute('SELECT 1'))).hint).toBe('Read its rows with query().');
    expect((await failure(() => db.query('SHOW TABLES'))).code).toBe('unsupported');
    expect((await failure(() => db.script(`${ENDLESS}; SELECT id FROM endless`))).code).toBe('unsupported');
    expect(await db.execute('SHOW TABLES')).toMatchObject({ rows: [] });
  });

  test('of sessions of one engine share tables, not settings', async () => {
    const other = db.session();
    await db.execute(ENDLESS);
    await db.execute("CREATE TEMPORARY TABLE mine (a INT) WITH ('connector' = 'blackhole')");
    other.set('table.dml-sync', 'true');
    expect(await other.execute('SHOW TABLES')).toMatchObject({ rows: [['endless']] });
    expect(db.get('table.dml-sync')).toBe('false');
    const query = await other.query('SELECT id FROM endless');
    await other.close();
    expect(query.job.status).toBe('stopped');
    expect((await (await db.query('SELECT id FROM endless LIMIT 1')).toArray()).length).toBe(1);
  });
});

describe('errors', () => {
  test('carry SQLSTATE, place and hint, and can be shown as the command shows them', async () => {
    const sql = 'SELECT amout\nFROM (VALUES (1)) AS t(amount)';
    const error = await failure(() => db.query(sql));
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({
      code: 'undefined_column',
      sqlState: '42703',
      domain: 'user',
      span: { start: 7, end: 12, line: 1, column: 8 },
    });
    expect(renderError(error, sql).split('\n').slice(0, 3)).toEqual([
      'ERROR 42703: column "amout" does not exist',
      'LINE 1: SELECT amout',
      '               ^^^^^',
    ]);
  });

  test('of a running query are thrown by its loop, after the rows before them', async () => {
    db.set('millrace.batch-size', '1');
    writeFileSync(join(folder, 'bad.jsonl'), '{"id":1}\n{"id":2}\n{"id":"three"}\n{"id":4}\n');
    await db.execute(`CREATE TABLE bad (id INT)
      WITH ('connector' = 'filesystem', 'path' = '${folder}/bad.jsonl', 'format' = 'json')`);
    const rows: JsRow[] = [];
    const query = await db.query('SELECT id FROM bad');
    const error = await failure(async () => {
      for await (const row of query) rows.push(row);
    });
    expect(error.code).toBe('bad_record');
    expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
    expect(query.job.status).toBe('failed');
    expect((await failure(() => query.job.done)).code).toBe('bad_record');
  });

  test('of the reader stop the query', async () => {
    await db.execute(ENDLESS);
    const query = await db.query('SELECT id FROM endless');
    await expect(async () => {
      for await (const row of query) throw new Error(`no use for ${String(row['id'])}`);
    }).rejects.toThrow('no use for 0');
    expect(query.job.status).toBe('stopped');
  });
});

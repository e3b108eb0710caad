/** The engine inside a program, through nothing but what the package exports. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Change,
  Engine,
  EngineError,
  type JsRow,
  type QueryRows,
  type Session,
  renderError,
} from '../../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-embedding-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let engine: Engine;
let session: Session;
beforeEach(() => {
  engine = new Engine();
  session = engine.openSession();
});
afterEach(() => engine.close());

const ENDLESS = `CREATE TABLE endless (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '1000000000')`;

const failure = async (run: () => Promise<unknown>): Promise<EngineError> => {
  try {
    await run();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('no error');
};

describe('queries', () => {
  test('give their changes with row kinds and values as a program likes them', async () => {
    const query = await session.query(`
      SELECT k, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('a')) AS t(k) GROUP BY k`);
    expect(query.updating).toBe(true);
    expect(query.schema.map(({ name, type }) => [name, type.kind])).toEqual([
      ['k', 'CHAR'],
      ['n', 'BIGINT'],
    ]);
    expect(await query.toArray()).toEqual([
      { op: '+I', row: { k: 'a', n: 1n } },
      { op: '+I', row: { k: 'b', n: 1n } },
      { op: '-U', row: { k: 'a', n: 1n } },
      { op: '+U', row: { k: 'a', n: 2n } },
    ]);
    expect(query.job.status).toBe('finished');
  });

  test('every type has a value of its own', async () => {
    await session.executeScript("SET 'table.local-time-zone' = 'Asia/Tokyo'");
    const query = await session.query(`SELECT
        TRUE AS b, CAST(1 AS TINYINT) AS t, 2 AS i, CAST(-9223372036854775808 AS BIGINT) AS l,
        CAST(0.1 AS FLOAT) AS f, CAST(0.5 AS DOUBLE) AS d, CAST(12.5 AS DECIMAL(30, 2)) AS m,
        'text' AS s, X'00ff' AS y, DATE '2024-02-29' AS dt, TIME '23:59:59' AS tm,
        TIMESTAMP '2024-02-29 12:00:00.123456' AS ts, TO_TIMESTAMP_LTZ(1500, 3) AS tz,
        INTERVAL '1' DAY AS v, ROW(1, 'x') AS r, ARRAY[1, 2] AS a, MAP['k', CAST(1 AS BIGINT)] AS mp,
        CAST(NULL AS STRING) AS n`);
    const [change] = await query.toArray();
    expect(change?.row).toEqual({
      b: true,
      t: 1,
      i: 2,
      l: -(2n ** 63n),
      f: Math.fround(0.1),
      d: 0.5,
      m: '12.50',
      s: 'text',
      y: new Uint8Array([0, 255]),
      dt: '2024-02-29',
      tm: '23:59:59',
      ts: '2024-02-29 12:00:00.123456',
      tz: new Date(1500),
      v: '+1 00:00:00.000',
      r: { EXPR$0: 1, EXPR$1: 'x' },
      a: [1, 2],
      mp: new Map([['k', 1n]]),
      n: null,
    });
  });

  test('are held back while nobody reads, and stopped by leaving the loop', async () => {
    await session.executeScript(ENDLESS);
    const query = await session.query<{ readonly id: bigint }>('SELECT id FROM endless');
    const until = Date.now() + 100;
    while (Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
    // One batch waits to be read; nothing was produced behind its back.
    expect(query.job.counters['rows_in']).toBeLessThanOrEqual(2048);
    let next = 0n;
    for await (const { op, row } of query) {
      expect(op).toBe('+I');
      expect(row.id).toBe(next++);
      if (next === 5000n) break;
    }
    expect(query.job.status).toBe('stopped');
    expect(query.job.counters['rows_in']).toBeLessThan(5000 + 2 * 2048);
  });

  test('a job that is stopped from elsewhere ends the loop, after what had come', async () => {
    await session.executeScript(ENDLESS);
    const query = await session.query('SELECT id FROM endless');
    const read: Change[] = [];
    for await (const change of query) {
      read.push(change);
      if (read.length === 1) expect(await query.job.stop()).toEqual({ status: 'stopped', error: null });
    }
    expect(read.length).toBe(query.job.counters['rows_out']);
  });

  test('one that nobody reads does not keep the engine from closing', async () => {
    await session.executeScript(ENDLESS);
    const query = await session.query('SELECT id FROM endless');
    await new Promise((resolve) => setTimeout(resolve, 30));
    await engine.close();
    expect(query.job.status).toBe('stopped');
  });

  test('two at a time, at their own pace', async () => {
    await session.executeScript(ENDLESS);
    const queries = await Promise.all(
      [1, 2].map((k) => session.query(`SELECT id * ${k} AS id FROM endless LIMIT 3000`)),
    );
    const sums = await Promise.all(
      queries.map(async (query: QueryRows) => {
        let sum = 0n;
        for await (const { row } of query) sum += row['id'] as bigint;
        return sum;
      }),
    );
    expect(sums).toEqual([4_498_500n, 8_997_000n]);
  });
});

describe('statements', () => {
  test('a script defines tables and writes; its jobs can be waited for', async () => {
    const path = join(folder, 'out');
    const [job] = await session.executeScript(`
      CREATE TABLE files (id INT, name STRING) WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = 'json');
      INSERT INTO files VALUES (1, 'x'), (2, 'y');`);
    expect(await job?.done).toEqual({ status: 'finished', error: null });
    expect(job?.counters['rows_out']).toBe(2);
    const [file] = readdirSync(path);
    expect(readFileSync(join(path, file ?? ''), 'utf8')).toBe('{"id":1,"name":"x"}\n{"id":2,"name":"y"}\n');
    const read = await session.query<{ readonly name: string }>('SELECT name FROM files');
    expect((await read.toArray()).map(({ row }) => row.name)).toEqual(['x', 'y']);
  });

  test('a listing comes back as text', async () => {
    await session.executeScript(ENDLESS);
    expect(await session.executeSql('SHOW TABLES')).toEqual({
      kind: 'listing',
      columns: ['table name'],
      rows: [['endless']],
    });
  });

  test('with table.dml-sync a script waits, and throws what failed', async () => {
    const script = (value: string): string => `
      SET 'table.dml-sync' = 'true';
      CREATE TEMPORARY TABLE IF NOT EXISTS hole (id INT) WITH ('connector' = 'blackhole');
      INSERT INTO hole SELECT CAST(s AS INT) FROM (VALUES ('1'), ('${value}')) AS t(s);`;
    const [job] = await session.executeScript(script('2'));
    expect(job?.status).toBe('finished');
    expect((await failure(() => session.executeScript(script('x')))).code).toBe('invalid_cast');
  });

  test('a query in a script is refused before anything runs', async () => {
    const error = await failure(() => session.executeScript(`${ENDLESS}; SELECT id FROM endless`));
    expect(error).toMatchObject({ code: 'unsupported', hint: 'Read it with query(), or give executeSql() a target.' });
    expect(error.span).toBeDefined();
    expect(await session.executeSql('SHOW TABLES')).toMatchObject({ rows: [] });
    expect((await failure(() => session.executeSql('SELECT 1'))).code).toBe('unsupported');
    expect((await failure(() => session.query('SHOW TABLES'))).message).toBe('only a query has rows to read');
  });
});

describe('errors', () => {
  test('carry SQLSTATE, place and hint, and can be shown as the command shows them', async () => {
    const sql = 'SELECT amout\nFROM (VALUES (1)) AS t(amount)';
    const error = await failure(() => session.query(sql));
    expect(error).toMatchObject({
      code: 'undefined_column',
      sqlState: '42703',
      domain: 'user',
      span: { start: 7, end: 12, line: 1, column: 8 },
    });
    expect(error.hint).toContain('amount');
    expect(renderError(error, sql).split('\n').slice(0, 3)).toEqual([
      'ERROR 42703: column "amout" does not exist',
      'LINE 1: SELECT amout',
      '               ^^^^^',
    ]);
  });

  test('of a running query are thrown by its loop, after the changes before them', async () => {
    await session.executeScript("SET 'millrace.batch-size' = '1'");
    writeFileSync(join(folder, 'bad.jsonl'), '{"id":1}\n{"id":2}\n{"id":"three"}\n{"id":4}\n');
    await session.executeScript(`CREATE TABLE bad (id INT)
      WITH ('connector' = 'filesystem', 'path' = '${folder}/bad.jsonl', 'format' = 'json')`);
    const rows: JsRow[] = [];
    const query = await session.query('SELECT id FROM bad');
    const error = await failure(async () => {
      for await (const { row } of query) rows.push(row);
    });
    expect(error.code).toBe('bad_record');
    expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
    expect(query.job.status).toBe('failed');
  });

  test('of the reader stop the query', async () => {
    await session.executeScript(ENDLESS);
    const query = await session.query('SELECT id FROM endless');
    await expect(async () => {
      for await (const change of query) throw new Error(`no use for ${change.op}`);
    }).rejects.toThrow('no use for +I');
    expect(query.job.status).toBe('stopped');
  });
});

test('the programs in docs/embedding.md print what the page says', () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const page = readFileSync(join(root, 'docs/embedding.md'), 'utf8');
  const programs = [...page.matchAll(/^```ts\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm)];
  expect(programs.length).toBeGreaterThan(1);
  const url = pathToFileURL(join(root, 'src/index.ts')).href;
  for (const [i, [, program = '', printed]] of programs.entries()) {
    const file = join(folder, `program-${i}.ts`);
    writeFileSync(file, program.replace("from 'millrace'", `from '${url}'`));
    const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: root, encoding: 'utf8' });
    expect(stdout + stderr).toBe(printed);
  }
});

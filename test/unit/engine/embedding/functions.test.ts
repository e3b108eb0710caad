import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AggregateSpec, type JsValue, Millrace } from '../../../../src/index.ts';
import { failure } from '../../../support/failure.ts';

let db: Millrace;
beforeEach(async () => {
  db = await Millrace.create();
});
afterEach(() => db.close());

const rows = async (sql: string, values?: readonly unknown[]) => (await db.query(sql, values)).toArray();
const FRUIT = "(VALUES ('pear', 1), ('plum', 2), (CAST(NULL AS STRING), 3)) AS t(s, n)";

describe('scalar functions', () => {
  test('are called per row, with null unless strict', async () => {
    const seen: unknown[] = [];
    db.function('lenient', { args: ['STRING'], returns: 'INT' }, (s: string | null) => (seen.push(s), s?.length ?? -1));
    db.function('exacting', { args: ['STRING'], returns: 'INT', strict: true }, (s: string) => s.length);
    expect(await rows(`SELECT lenient(s) AS a, EXACTING(s) AS b FROM ${FRUIT}`)).toEqual([
      { a: 4, b: 4 },
      { a: 4, b: 4 },
      { a: -1, b: null },
    ]);
    expect(seen).toEqual(['pear', 'plum', null]);
  });

  const TYPES: readonly [type: string, sql: string, value: JsValue][] = [
    ['BIGINT', '9007199254740993', 9007199254740993n],
    ['DECIMAL(30, 2)', "CAST('12.5' AS DECIMAL(30, 2))", '12.50'],
    ['TIMESTAMP(6)', "TIMESTAMP '2024-02-29 12:00:00.123456'", '2024-02-29 12:00:00.123456'],
    ['TIMESTAMP_LTZ(3)', 'TO_TIMESTAMP_LTZ(5, 3)', new Date(5)],
    ['DATE', "DATE '2024-02-29'", '2024-02-29'],
    ['BYTES', "X'00ff'", new Uint8Array([0, 255])],
    ['ARRAY<INT>', 'ARRAY[1, 2]', [1, 2]],
    ['MAP<STRING, INT>', "MAP['a', 1]", new Map([['a', 1]])],
    ['ROW<a INT, b STRING>', "CAST(ROW(1, 'x') AS ROW<a INT, b STRING>)", { a: 1, b: 'x' }],
  ];
  test.each(TYPES)('get and give %s', async (type, sql, value) => {
    let got: unknown;
    db.function('same', { args: [type], returns: type, deterministic: false }, (x) => (got = x));
    expect(await rows(`SELECT same(${sql}) AS v`)).toEqual([{ v: value }]);
    expect(got).toEqual(value);
  });

  test('are converted to as INSERT converts, and may take any number of arguments', async () => {
    db.function(
      'total',
      { args: ['STRING', 'DOUBLE...'], returns: 'STRING' },
      (unit: string, ...x: number[]) => `${x.reduce((a, b) => a + b, 0)} ${unit}`,
    );
    expect(await rows("SELECT total('kg') AS a, total('kg', 1, CAST(2 AS BIGINT), 0.5) AS b")).toEqual([
      { a: '0 kg', b: '3.5 kg' },
    ]);
    const error = await failure(() => rows("SELECT total('kg', 'x')"));
    expect(error).toMatchObject({
      code: 'datatype_mismatch',
      hint: 'It is declared as total(STRING, DOUBLE, …) → STRING.',
    });
  });

  test('that are not deterministic are called for every row, and never for rows that are updated', async () => {
    let calls = 0;
    db.function('ticket', { args: [], returns: 'INT', deterministic: false }, () => ++calls);
    db.function('fixed', { args: [], returns: 'INT' }, () => 7);
    expect(await rows(`SELECT ticket() AS a, fixed() AS b FROM ${FRUIT}`)).toEqual([1, 2, 3].map((a) => ({ a, b: 7 })));
    const counts = `(SELECT s, COUNT(*) AS n FROM ${FRUIT} GROUP BY s)`;
    const error = await failure(() => rows(`SELECT s, n + ticket() FROM ${counts}`));
    expect(error).toMatchObject({ code: 'unsupported', detail: expect.stringContaining('computed again') as string });
    expect((await rows(`SELECT s, n + fixed() AS n FROM ${counts}`)).length).toBe(3);
  });

  test('that throw are named, with what they were called with', async () => {
    db.function('picky', { args: ['STRING', 'BIGINT'], returns: 'STRING' }, (s) => {
      throw new TypeError(`no ${s}`);
    });
    const error = await failure(() => rows(`SELECT picky(s, n) FROM ${FRUIT}`));
    expect(error).toMatchObject({
      code: 'user_function_failed',
      sqlState: '38000',
      message: 'function picky failed: no pear',
      detail: 'It was called with ("pear", 1n).',
    });
    db.function('wrong', { args: [], returns: 'INT', deterministic: false }, () => 'one');
    expect((await failure(() => rows('SELECT wrong()'))).message).toBe(
      'function wrong failed: the result of wrong (INT) cannot take "one"',
    );
  });

  test('stand where built-in ones do: in WHERE, GROUP BY, joins and computed columns', async () => {
    db.function('letter', { args: ['STRING'], returns: 'STRING', strict: true }, (s: string) => s.charAt(0));
    expect(
      await rows(`SELECT letter(s) AS l, COUNT(*) AS c FROM ${FRUIT} WHERE letter(s) = 'p' GROUP BY letter(s)`),
    ).toEqual([{ l: 'p', c: 2n }]);
    expect(
      await rows(
        `SELECT a.s FROM ${FRUIT} JOIN (VALUES ('p')) AS b(l) ON letter(t.s) = b.l`.replace('SELECT a.s', 'SELECT t.s'),
      ),
    ).toHaveLength(2);
    await db.execute("CREATE TABLE c (s STRING, l AS letter(s)) WITH ('connector' = 'memory')");
    const table = db.table<{ s: string }>('c');
    await table.push({ s: 'x1' });
    table.end();
    expect(await rows('SELECT l FROM c')).toEqual([{ l: 'x' }]);
  });

  test('shadow built-in ones, in every session, until they are dropped', async () => {
    db.function('upper', { args: ['STRING'], returns: 'STRING' }, () => 'mine');
    expect(await (await db.session().query("SELECT UPPER('a') AS u")).toArray()).toEqual([{ u: 'mine' }]);
    await db.execute('DROP TEMPORARY SYSTEM FUNCTION `upper`');
    expect(await rows("SELECT UPPER('a') AS u")).toEqual([{ u: 'A' }]);
  });

  test('that cannot be are refused when they are defined', () => {
    expect(() => db.function('f', { args: ['STRNG'], returns: 'INT' }, () => 1)).toThrow(
      "type 'STRNG' of argument 1 of function f",
    );
    expect(() => db.function('f', { args: ['INT...', 'INT'], returns: 'INT' }, () => 1)).toThrow(
      'can only repeat its last argument',
    );
    expect(() => db.function('f', {} as never, () => 1)).toThrow('has no type for its result');
    expect(() => db.function('f', { kind: 'async', returns: 'INT', concurrency: 0 }, () => 1)).toThrow(
      'has a concurrency of 0',
    );
    expect(() => db.function('f', { returns: 'INT' }, 1 as never)).toThrow('is not a function');
    expect(() => db.function('f', { kind: 'windowed', returns: 'INT' } as never, () => 1)).toThrow(
      "cannot be of kind 'windowed'",
    );
  });
});

describe('vectorized functions', () => {
  test('are given columns, and give one', async () => {
    const lengths: number[] = [];
    db.function(
      'plus',
      { kind: 'vectorized', args: ['INT', 'DOUBLE'], returns: 'DOUBLE' },
      (length: number, a: { values: Int32Array }, b: { values: Float64Array }) => {
        lengths.push(length);
        return Float64Array.from(a.values, (x, i) => x + (b.values[i] ?? 0));
      },
    );
    expect(
      await rows('SELECT n, plus(n, plus(n, 0.5e0)) AS p FROM (VALUES (1), (2), (3)) AS t(n) WHERE plus(n, 0e0) > 1e0'),
    ).toEqual([
      { n: 2, p: 4.5 },
      { n: 3, p: 6.5 },
    ]);
    expect(lengths).toEqual([3, 2, 2]);
  });

  test('see NULLs in the validity, or not at all when they are strict', async () => {
    const validity: unknown[] = [];
    const body = (_: number, s: { values: readonly (string | null)[]; valid: Uint8Array | null }) => {
      validity.push(s.valid);
      return s.values.map((x) => `${x}!`);
    };
    db.function('lenient', { kind: 'vectorized', args: ['STRING'], returns: 'STRING' }, body);
    db.function('exacting', { kind: 'vectorized', args: ['STRING'], returns: 'STRING', strict: true }, body);
    expect(await rows(`SELECT lenient(s) AS a, exacting(s) AS b FROM ${FRUIT}`)).toEqual([
      { a: 'pear!', b: 'pear!' },
      { a: 'plum!', b: 'plum!' },
      { a: 'null!', b: null },
    ]);
    expect(validity[0]).toEqual(Uint8Array.of(1, 1, 0));
  });

  test('must give as many values as there are rows', async () => {
    db.function('short', { kind: 'vectorized', args: ['INT'], returns: 'INT' }, () => [1]);
    expect((await failure(() => rows(`SELECT short(n) FROM ${FRUIT}`))).message).toBe(
      'function short failed: the result of short has 1 values where there are 3 rows',
    );
  });
});

describe('asynchronous functions', () => {
  const later = <T>(ms: number, value: T): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(value), ms));

  test('keep the order of rows, some at a time', async () => {
    let active = 0;
    let most = 0;
    db.function('slow', { kind: 'async', args: ['INT'], returns: 'STRING', concurrency: 3 }, async (n: number) => {
      most = Math.max(most, ++active);
      await later(12 - n, null);
      active--;
      return `v${n}`;
    });
    const values = Array.from({ length: 10 }, (_, n) => `(${n})`).join();
    const got = await rows(`SELECT n, slow(n) AS v FROM (VALUES ${values}) AS t(n)`);
    expect(got).toEqual(Array.from({ length: 10 }, (_, n) => ({ n, v: `v${n}` })));
    expect(most).toBe(3);
  });

  test('or give rows as they come back', async () => {
    db.function('slow', { kind: 'async', args: ['INT'], returns: 'INT', ordered: false }, (n: number) => later(n, n));
    const got = await rows('SELECT slow(n) AS n FROM (VALUES (60), (5), (30)) AS t(n)');
    expect(got.map(({ n }) => n)).toEqual([5, 30, 60]);
  });

  test('are tried again, and given up', async () => {
    let calls = 0;
    const flaky = async (): Promise<number> => {
      if (++calls < 3) throw new Error('not yet');
      return calls;
    };
    db.function('flaky', { kind: 'async', returns: 'INT', retryDelay: 1 }, flaky);
    expect(await rows('SELECT flaky() AS n')).toEqual([{ n: 3 }]);
    calls = 0;
    db.function('flaky', { kind: 'async', returns: 'INT', attempts: 2, retryDelay: 1 }, flaky);
    expect(await failure(() => rows('SELECT flaky()'))).toMatchObject({
      code: 'user_function_failed',
      message: 'function flaky failed: not yet',
    });
    db.function(
      'never',
      { kind: 'async', args: ['INT'], returns: 'INT', timeout: '20 ms' },
      () => new Promise(() => {}),
    );
    expect((await failure(() => rows('SELECT never(1)'))).message).toBe(
      'function never failed: it gave nothing in 20 ms',
    );
  });

  test('hold the source back, and are given up when the query is stopped', async () => {
    let calls = 0;
    db.function(
      'stuck',
      { kind: 'async', args: ['INT'], returns: 'INT', concurrency: 4 },
      () => (calls++, new Promise(() => {})),
    );
    const table = db.table('t', { columns: { n: 'INT' }, capacity: 10 });
    db.set('millrace.batch-size', '8');
    const query = await db.query('SELECT stuck(n) FROM t');
    void table.push(Array.from({ length: 1000 }, (_, n) => ({ n })));
    await later(50, null);
    expect(calls).toBe(4);
    expect(query.job.metrics.rowsIn).toBe(8);
    await query.stop();
    expect(query.job.status).toBe('stopped');
  });

  test('wait for the watermark neither too long nor too short', async () => {
    db.function('slow', { kind: 'async', args: ['INT'], returns: 'INT', ordered: false }, (n: number) =>
      later(n === 1 ? 40 : 1, n),
    );
    const table = db.table('t', { columns: { n: 'INT', ts: 'TIMESTAMP(3)' }, watermark: { column: 'ts', as: 'ts' } });
    await table.push([
      [1, 1000],
      [2, 2000],
      [4, 12_000],
      [8, 25_000],
    ]);
    table.end();
    const got = await rows(`SELECT SUM(m) AS s FROM (SELECT slow(n) AS m, window_start, window_end
      FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND))) GROUP BY window_start, window_end`);
    expect(got).toEqual([{ s: 3 }, { s: 4 }, { s: 8 }]);
  });
});

describe('table functions', () => {
  test('give rows for a row, in every form of JOIN that can be', async () => {
    db.function(
      'words',
      { kind: 'table', args: ['STRING'], returns: { word: 'STRING', size: 'INT' }, strict: true },
      function* (text: string) {
        for (const word of text.split(' ')) if (word !== '') yield { word, size: word.length };
      },
    );
    const texts = "(VALUES (1, 'a bc'), (2, ''), (3, CAST(NULL AS STRING))) AS t(id, s)";
    const inner = [
      { id: 1, w: 'a', n: 1 },
      { id: 1, w: 'bc', n: 2 },
    ];
    expect(await rows(`SELECT id, w, n FROM ${texts}, LATERAL TABLE(words(s)) AS x(w, n)`)).toEqual(inner);
    expect(await rows(`SELECT id, word AS w, size AS n FROM ${texts} CROSS JOIN LATERAL TABLE(words(t.s))`)).toEqual(
      inner,
    );
    expect(await rows(`SELECT id, w, n FROM ${texts} LEFT JOIN LATERAL TABLE(words(s)) AS x(w, n) ON TRUE`)).toEqual([
      ...inner,
      { id: 2, w: null, n: null },
      { id: 3, w: null, n: null },
    ]);
    expect(await rows(`SELECT id, w, n FROM ${texts} JOIN LATERAL TABLE(words(s)) AS x(w, n) ON n > 1`)).toEqual(
      inner.slice(1),
    );
    expect(await rows("SELECT * FROM TABLE(words('x yz')) WHERE size = 2")).toEqual([{ word: 'yz', size: 2 }]);
    expect(
      (await failure(() => rows(`SELECT * FROM ${texts} LEFT JOIN LATERAL TABLE(words(s)) AS x(w, n) ON n > 1`))).code,
    ).toBe('unsupported');
    expect((await failure(() => rows(`SELECT words(s) FROM ${texts}`))).hint).toContain('LATERAL TABLE');
  });

  test('give single values, arrays or objects, and follow updates', async () => {
    db.function('upto', { kind: 'table', args: ['BIGINT'], returns: 'INT' }, (n: bigint) =>
      Array.from({ length: Number(n) }, (_, i) => i + 1),
    );
    db.function('pairs', { kind: 'table', args: ['INT'], returns: { a: 'INT', b: 'INT' } }, (n: number) => [
      [n, n + 1],
    ]);
    expect(await rows('SELECT f0, b FROM TABLE(upto(3)), LATERAL TABLE(pairs(f0))')).toEqual(
      [1, 2, 3].map((n) => ({ f0: n, b: n + 1 })),
    );
    const counts = "(SELECT k, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('a')) AS t(k) GROUP BY k)";
    const got = await rows(`SELECT k, f0 FROM ${counts} AS c, LATERAL TABLE(upto(c.n))`);
    expect(got).toEqual([
      { k: 'b', f0: 1 },
      { k: 'a', f0: 1 },
      { k: 'a', f0: 2 },
    ]);
  });

  test('that throw are named, also in the middle', async () => {
    db.function('few', { kind: 'table', args: ['INT'], returns: 'INT' }, function* (n: number) {
      yield n;
      throw new Error('enough');
    });
    expect((await failure(() => rows('SELECT * FROM TABLE(few(1))'))).message).toBe('function few failed: enough');
  });
});

describe('aggregate functions', () => {
  const PRODUCT: AggregateSpec<{ value: number }> = {
    args: ['DOUBLE'],
    returns: 'DOUBLE',
    strict: true,
    create: () => ({ value: 1 }),
    accumulate: (state, x: number) => void (state.value *= x),
    retract: (state, x: number) => void (state.value /= x),
    result: ({ value }) => value,
  };
  const NUMBERS = "(VALUES ('a', 2), ('b', 3), ('a', 5), ('a', CAST(NULL AS INT))) AS t(k, n)";

  test('keep their state per group', async () => {
    db.aggregate('product', PRODUCT);
    expect(
      await rows(
        `SELECT k, product(n) AS p, product(DISTINCT n) AS d, product(n) FILTER (WHERE n > 2) AS f, COUNT(*) AS c FROM ${NUMBERS} GROUP BY k`,
      ),
    ).toEqual([
      { k: 'b', p: 3, d: 3, f: 3, c: 1n },
      { k: 'a', p: 10, d: 10, f: 5, c: 3n },
    ]);
    expect(await rows(`SELECT product(n) AS p FROM ${NUMBERS} WHERE FALSE`)).toEqual([]);
  });

  test('take rows back, or are refused where they would have to', async () => {
    db.aggregate('product', PRODUCT);
    const counts = `(SELECT k, COUNT(*) AS c FROM ${NUMBERS} GROUP BY k)`;
    expect(await rows(`SELECT product(c) AS p FROM ${counts}`)).toEqual([{ p: 3 }]);
    const { retract: _, ...forward } = PRODUCT;
    db.aggregate('product', forward);
    expect((await failure(() => rows(`SELECT product(c) AS p FROM ${counts}`))).hint).toContain('retract');
  });

  test('keep bigints, and numbers that JSON has not; several arguments, NULL among them', async () => {
    db.aggregate('trace', {
      args: ['BIGINT', 'STRING'],
      returns: 'STRING',
      create: () => ({ seen: [] as unknown[], low: Infinity, sum: 0n }),
      accumulate: (state, n: bigint | null, s: string | null) => ({
        seen: [...state.seen, s],
        low: n === null ? state.low : Math.min(state.low, Number(n)),
        sum: state.sum + (n ?? 0n),
      }),
      result: ({ seen, low, sum }) => `${seen.join('|')} ${low} ${sum}`,
    });
    expect(await rows(`SELECT trace(n, k) AS t FROM ${NUMBERS}`)).toEqual([{ t: 'a|b|a|a 2 10' }]);
    expect(await rows(`SELECT trace(CAST(NULL AS BIGINT), 'x') AS t`)).toEqual([{ t: 'x Infinity 0' }]);
  });

  test.each([
    ["TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)"],
    ["HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)"],
    ["CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)"],
    ["SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '1' SECOND)"],
  ])('count in %s as SUM does', async (window) => {
    db.aggregate('total', {
      args: ['INT'],
      returns: 'INT',
      create: () => 0,
      accumulate: (state: number, n: number) => state + n,
      result: (state) => state,
    });
    const table = db.table('t', {
      columns: { k: 'STRING', n: 'INT', ts: 'TIMESTAMP(3)' },
      watermark: { column: 'ts', as: "ts - INTERVAL '4' SECOND" },
    });
    await table.push(Array.from({ length: 200 }, (_, i) => [['a', 'b'][i % 2], i, 500 * i + ((i * 7919) % 5000)]));
    table.end();
    const got = await rows(
      `SELECT k, window_start, total(n) AS mine, SUM(n) AS theirs FROM TABLE(${window}) GROUP BY k, window_start, window_end`,
    );
    expect(got.length).toBeGreaterThan(10);
    for (const { mine, theirs } of got) expect(mine).toBe(theirs);
  });

  test('that throw are named; OVER is refused', async () => {
    db.aggregate('bad', {
      ...PRODUCT,
      accumulate: () => {
        throw new Error('no');
      },
    });
    expect((await failure(() => rows(`SELECT bad(n) FROM ${NUMBERS}`))).message).toBe('function bad failed: no');
    expect((await failure(() => rows(`SELECT bad(n) OVER (ORDER BY n) FROM ${NUMBERS}`))).message).toBe(
      'bad(…) OVER (…) is not supported',
    );
    expect((await failure(() => rows(`SELECT 1 FROM ${NUMBERS} WHERE bad(n) > 1`))).code).toBe('grouping_error');
  });
});

describe('CREATE FUNCTION', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-functions-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, 'f.ts'),
    `export function half(n: number | null): number | null { return n === null ? null : n / 2; }
half.args = ['DOUBLE'];
half.returns = 'DOUBLE';
export const plain = (s: string): string => s + '!';
export async function fetched(n: number): Promise<number> { return n * 10; }
fetched.args = ['INT'];
fetched.returns = 'INT';
export function* letters(s: string) { yield* s; }
letters.args = ['STRING'];
letters.returns = { letter: 'STRING' };
letters.kind = 'table';
export const longest = {
  args: ['STRING'], returns: 'STRING',
  create: () => '',
  accumulate: (state: string, s: string) => (s.length > state.length ? s : state),
  result: (state: string) => state,
};
export const nothing = 1;
`,
  );
  const module = `${folder}/f.ts`;

  test('takes an export with its types, by the name behind #, of every kind', async () => {
    await db.script(`
      CREATE FUNCTION half AS '${module}' LANGUAGE JAVASCRIPT;
      CREATE TEMPORARY FUNCTION shout AS '${module}#plain' LANGUAGE JAVASCRIPT WITH ('args' = 'STRING', 'returns' = 'STRING', 'strict' = 'true');
      CREATE TEMPORARY SYSTEM FUNCTION fetched AS '${module}#fetched' LANGUAGE JAVASCRIPT;
      CREATE FUNCTION longest AS '${module}#longest' LANGUAGE JAVASCRIPT;`);
    expect(
      await rows("SELECT half(5) AS h, shout('a') AS s, shout(CAST(NULL AS STRING)) AS n, fetched(2) AS f"),
    ).toEqual([{ h: 2.5, s: 'a!', n: null, f: 20 }]);
    expect(await rows(`SELECT longest(s) AS l FROM (VALUES ('a'), ('ccc'), ('bb')) AS t(s)`)).toEqual([{ l: 'ccc' }]);
    expect(await rows('SELECT default_catalog.default_database.half(1) AS h')).toEqual([{ h: 0.5 }]);
    expect(await db.execute('SHOW USER FUNCTIONS')).toMatchObject({
      rows: [['fetched'], ['half'], ['longest'], ['shout']],
    });
    const described = await db.execute('DESCRIBE FUNCTION half');
    expect(described.kind === 'rows' && Object.fromEntries(described.rows as [string, string][])).toMatchObject({
      'class name': module,
      'function language': 'JAVASCRIPT',
      signature: 'half(DOUBLE) → DOUBLE',
      kind: 'scalar',
    });
  });

  test('is altered, dropped and made again', async () => {
    const create = `FUNCTION f AS '${module}#half' LANGUAGE JAVASCRIPT`;
    await db.execute(`CREATE ${create}`);
    expect((await failure(() => db.execute(`CREATE ${create}`))).code).toBe('duplicate_object');
    await db.execute(`CREATE FUNCTION IF NOT EXISTS f AS '${module}#half' LANGUAGE JAVASCRIPT`);
    await db.execute(`ALTER FUNCTION f AS '${module}#fetched' LANGUAGE JAVASCRIPT`);
    expect(await rows('SELECT f(2) AS v')).toEqual([{ v: 20 }]);
    await db.execute('DROP FUNCTION f');
    expect((await failure(() => rows('SELECT f(2)'))).code).toBe('undefined_function');
    expect((await failure(() => db.execute('DROP FUNCTION f'))).code).toBe('undefined_function');
    await db.execute('DROP FUNCTION IF EXISTS f');
    expect((await failure(() => db.execute(`ALTER ${create}`))).code).toBe('undefined_function');
  });

  test.each([
    [`'${folder}/none.ts' LANGUAGE JAVASCRIPT`, `module '${folder}/none.ts' cannot be loaded`],
    [`'${module}#quarter' LANGUAGE JAVASCRIPT`, `exports no "quarter"`],
    [`'${module}#nothing' LANGUAGE JAVASCRIPT`, 'is not a function'],
    [`'${module}#plain' LANGUAGE JAVASCRIPT`, 'has no type for its result'],
    [`'${module}#half' LANGUAGE JAVASCRIPT WITH ('return' = 'INT')`, "has no option 'return'"],
    ["'com.example.F'", 'a function in JAVA is not supported'],
    ["'m.f' LANGUAGE PYTHON", 'a function in PYTHON is not supported'],
  ])('AS %s is refused', async (rest, message) => {
    const error = await failure(() => db.execute(`CREATE FUNCTION f AS ${rest}`));
    expect(error.message).toContain(message);
    expect(error.span).toBeDefined();
  });

  test('finds modules beside the script that the command runs', () => {
    const script = join(folder, 's.sql');
    writeFileSync(script, "CREATE FUNCTION half AS './f.ts' LANGUAGE JAVASCRIPT; SELECT half(3) AS h;");
    const main = fileURLToPath(new URL('../../../../src/cli/main.ts', import.meta.url));
    const run = spawnSync(process.execPath, [main, 'run', '--output', 'jsonl', script], {
      encoding: 'utf8',
      cwd: tmpdir(),
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(run.stderr).not.toContain('ERROR');
    expect(run.stdout).toContain('"h":1.5');
  });
});

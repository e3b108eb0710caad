/**
 * Random jobs through the real command: several INSERTs over windows, joins, deduplication, asynchronous and table
 * functions, under random batch sizes, memory budgets and parallelism, killed and started again with other ones. The files
 * that readers see are those of an uninterrupted run. `npm run soak` tries more; MILLRACE_SEED names the first seed.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SeededRandom } from '../../src/platform/seeded-random.ts';

const CLI = join(import.meta.dirname, '../../src/cli/main.ts');
const FIRST_SEED = Number(process.env['MILLRACE_SEED'] ?? 1) || 1;
const SOAK = process.env['MILLRACE_SOAK'] === '1';
/** No seed is begun after so long. */
const BUDGET_MS = SOAK ? 600_000 : 40_000;
const LIVES = 12;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-random-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FUNCTIONS = `
export async function slow(v) {
  if (v % 97 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
  return v * 2 + 1;
}
slow.args = ['INT'];
slow.returns = 'INT';
export function* parts(v, s) { for (let n = 0; n < v % 4; n++) yield { n, w: s + n }; }
parts.args = ['INT', 'STRING'];
parts.returns = { n: 'INT', w: 'STRING' };
`;

class Draw {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  int(from: number, to: number): number {
    return from + Math.floor(this.#random.next() * (to - from + 1));
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)] as T;
  }
}

interface Query {
  readonly columns: string;
  readonly sql: string;
}

/** Insert-only, and with one result whatever the order in which the two tables are read. */
const QUERIES: readonly ((draw: Draw) => Query)[] = [
  (draw) => ({
    columns: 'ws TIMESTAMP(3), we TIMESTAMP(3), k INT, n BIGINT, total BIGINT, names BIGINT, top INT',
    sql: `SELECT window_start, window_end, k, COUNT(*), SUM(CAST(v AS BIGINT)), COUNT(DISTINCT s), MAX(v) FILTER (WHERE v < 700)
      FROM TABLE(${draw.of([
        `TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '${draw.int(1, 20)}' SECOND)`,
        "HOP(TABLE a, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)",
        "CUMULATE(TABLE a, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND)",
        `SESSION(TABLE a PARTITION BY k, DESCRIPTOR(ts), INTERVAL '${draw.int(1, 6)}' SECOND)`,
      ])}) GROUP BY window_start, window_end, k`,
  }),
  (draw) => ({
    columns: 'id BIGINT, k INT, v INT',
    sql: `SELECT id, k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k, MOD(id, ${draw.int(50, 400)}) ORDER BY ts ASC) AS rn FROM a) WHERE rn = 1`,
  }),
  (draw) => ({
    columns: 'a BIGINT, b BIGINT, k INT',
    sql: `SELECT a.id, b.id, a.k FROM a ${draw.of(['JOIN', 'LEFT JOIN'])} b ON a.k = b.k AND a.s = b.s
      AND b.ts BETWEEN a.ts - INTERVAL '${draw.int(1, 4)}' SECOND AND a.ts + INTERVAL '${draw.int(0, 3)}' SECOND`,
  }),
  (draw) => ({
    columns: 'ws TIMESTAMP(3), s STRING, n BIGINT',
    sql: `SELECT window_start, s, COUNT(*) FROM TABLE(TUMBLE(TABLE both_of, DESCRIPTOR(ts), INTERVAL '${draw.int(2, 10)}' SECOND))
      GROUP BY window_start, window_end, s`,
  }),
  (draw) => ({ columns: 'id BIGINT, x INT', sql: `SELECT id, slow(v) FROM a WHERE MOD(id, 2) = ${draw.int(0, 1)}` }),
  (draw) => ({
    columns: 'ws TIMESTAMP(3), k INT, total BIGINT',
    sql: `SELECT window_start, k, SUM(CAST(x AS BIGINT)) FROM TABLE(TUMBLE(TABLE slowed, DESCRIPTOR(ts), INTERVAL '${draw.int(2, 10)}' SECOND))
      GROUP BY window_start, window_end, k`,
  }),
  (draw) => ({
    columns: 'id BIGINT, n INT, w STRING',
    sql: `SELECT id, t.n, t.w FROM a ${draw.of([
      'CROSS JOIN LATERAL TABLE(parts(v, s)) AS t(n, w)',
      'LEFT JOIN LATERAL TABLE(parts(v, s)) AS t(n, w) ON TRUE',
    ])}`,
  }),
];

/** Times are out of order by less than the watermark waits, and no two are equal. */
function writeTable(name: string, draw: Draw): void {
  const count = draw.int(1000, 4000);
  const files = draw.int(1, 3);
  mkdirSync(join(folder, name));
  const lines = Array.from({ length: count }, (_, i) => {
    const ms = Date.UTC(2024, 0, 1) + (i - draw.int(0, 39)) * 50 + (i % 50);
    const ts = new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
    return JSON.stringify({ id: i, k: draw.int(0, 20), s: `s${draw.int(0, 12)}`, v: draw.int(0, 999), ts });
  });
  for (let f = 0; f < files; f++) {
    const part = lines.slice(Math.floor((count * f) / files), Math.floor((count * (f + 1)) / files));
    writeFileSync(join(folder, name, `${f}.json`), `${part.join('\n')}\n`);
  }
}

function script(queries: readonly Query[], out: string, settings: string): string {
  const table = (name: string): string =>
    `CREATE TABLE ${name} (id BIGINT, k INT, s STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND)
     WITH ('connector' = 'filesystem', 'path' = '${join(folder, name)}', 'format' = 'json');`;
  return [
    settings,
    `CREATE FUNCTION slow AS './functions.mjs#slow' LANGUAGE JAVASCRIPT;`,
    `CREATE FUNCTION parts AS './functions.mjs#parts' LANGUAGE JAVASCRIPT;`,
    table('a'),
    table('b'),
    'CREATE VIEW both_of AS SELECT s, ts FROM a UNION ALL SELECT s, ts FROM b;',
    'CREATE VIEW slowed AS SELECT k, ts, slow(v) AS x FROM a;',
    ...queries.flatMap(({ columns, sql }, i) => [
      `CREATE TABLE o${i} (${columns}) WITH ('connector' = 'filesystem', 'path' = '${join(folder, out, String(i))}', 'format' = 'csv');`,
      `INSERT INTO o${i} ${sql};`,
    ]),
  ].join('\n');
}

function randomSettings(draw: Draw): string {
  const all: readonly (readonly [string, string])[] = [
    ['execution.checkpointing.interval', `${draw.int(20, 120)} ms`],
    ['millrace.batch-size', draw.of(['1', '7', '64', '500'])],
    ['millrace.chunk-size', draw.of(['1kb', '4kb', '32kb'])],
    ['parallelism.default', String(draw.int(1, 3))],
    ['millrace.state.memory', draw.of(['64kb', '1mb', '1gb'])],
    ['io.tmp.dirs', join(folder, 'scratch')],
  ];
  return all.map(([key, value]) => `SET '${key}' = '${value}';`).join(' ');
}

interface Ended {
  readonly code: number | null;
  readonly killed: boolean;
  readonly stderr: string;
}

function run(text: string, args: readonly string[], killAfterMs: number | null): Promise<Ended> {
  const file = join(folder, 'job.sql');
  writeFileSync(file, text);
  const child = spawn(process.execPath, [CLI, 'run', file, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const timer = killAfterMs === null ? null : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      if (timer !== null) clearTimeout(timer);
      resolve({ code, killed: signal === 'SIGKILL', stderr });
    }),
  );
}

const results = (out: string, queries: readonly Query[]): string[][] =>
  queries.map((_, i) => {
    const path = join(folder, out, String(i));
    const lines = readdirSync(path).flatMap((name) => readFileSync(join(path, name), 'utf8').trimEnd().split('\n'));
    return lines.toSorted();
  });

test(
  'whatever the job and the kills, files are those of an uninterrupted run',
  async ({ annotate }) => {
    const endMs = Date.now() + BUDGET_MS;
    let seeds = 0;
    let kills = 0;
    for (let seed = FIRST_SEED; Date.now() < endMs; seed++, seeds++) {
      const draw = new Draw(seed);
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, 'functions.mjs'), FUNCTIONS);
      mkdirSync(join(folder, 'scratch'));
      writeTable('a', draw);
      writeTable('b', draw);
      const queries = Array.from({ length: draw.int(1, 3) }, () => draw.of(QUERIES)(draw));
      const about = `seed ${seed}: ${queries.map(({ sql }) => sql).join('; ')}`;
      const whole = await run(script(queries, 'expected', ''), [], null);
      expect({ about, ...whole }).toMatchObject({ code: 0 });
      for (let life = 1; ; life++) {
        const text = script(queries, 'seen', randomSettings(draw));
        const killAfterMs = life < LIVES ? draw.int(300, 1500) : null;
        const ended = await run(text, ['--state-dir', join(folder, 'state')], killAfterMs);
        if (ended.killed) kills++;
        else {
          expect({ about, ...ended }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('ERROR') });
          break;
        }
      }
      const scratch = readdirSync(join(folder, 'scratch'));
      expect({ about, results: results('seen', queries), scratch }).toEqual({
        about,
        results: results('expected', queries),
        scratch: [],
      });
    }
    await annotate(`${seeds} jobs, ${kills} kills`);
    expect(kills).toBeGreaterThan(0);
  },
  BUDGET_MS + 60_000,
);

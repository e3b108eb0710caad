/**
 * Files to files through the real command, killed with SIGKILL at random moments and at every named point: what readers
 * see is exactly what an uninterrupted run gives. `npm run soak` kills more often.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FaultPoint } from '../../src/platform/fault-points.ts';
import { SeededRandom } from '../../src/platform/seeded-random.ts';

const CLI = join(import.meta.dirname, '../../src/cli/main.ts');
const ROWS = 240_000;
const KILLS = process.env['MILLRACE_SOAK'] === '1' ? 100 : 20;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Row {
  readonly id: number;
  readonly k: number;
  readonly second: number;
}

/** Three files whose times go up from one to the next. */
function writeInput(): Row[] {
  const random = new SeededRandom(17);
  const rows: Row[] = [];
  mkdirSync(join(folder, 'in'));
  for (let file = 0; file < 3; file++) {
    const lines: string[] = [];
    for (let i = 0; i < ROWS / 3; i++) {
      const row = { id: rows.length, k: Math.floor(random.next() * 50), second: Math.floor(rows.length / 200) };
      rows.push(row);
      lines.push(JSON.stringify({ id: row.id, k: row.k, ts: timeText(row.second) }));
    }
    writeFileSync(join(folder, 'in', `${file}.json`), `${lines.join('\n')}\n`);
  }
  return rows;
}

const timeText = (second: number): string => new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ');

function windowCounts(rows: readonly Row[]): string[] {
  const groups = new Map<string, [n: number, s: number]>();
  for (const { id, k, second } of rows) {
    const key = `"${timeText(second - (second % 10))}",${k}`;
    const [n, s] = groups.get(key) ?? [0, 0];
    groups.set(key, [n + 1, s + id]);
  }
  return [...groups].map(([key, [n, s]]) => `${key},${n},${s}`);
}

const script = (more: string): string => `
  SET 'execution.checkpointing.interval' = '40 ms';
  SET 'millrace.batch-size' = '64';
  SET 'millrace.chunk-size' = '8kb';
  CREATE TABLE t (id INT, k INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH
    ('connector' = 'filesystem', 'path' = '${folder}/in', 'format' = 'json'${more});
  CREATE TABLE counts (ws TIMESTAMP(3), k INT, n BIGINT, s BIGINT) WITH
    ('connector' = 'filesystem', 'path' = '${folder}/counts', 'format' = 'csv');
  CREATE TABLE kept (id INT) WITH
    ('connector' = 'filesystem', 'path' = '${folder}/kept', 'format' = 'csv', 'sink.rolling-policy.file-size' = '20kb');
  INSERT INTO counts SELECT window_start, k, COUNT(*), SUM(id)
    FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k;
  INSERT INTO kept SELECT id FROM t WHERE MOD(id, 7) = 3;
`;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

function start(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  more = '',
): [ChildProcess, Promise<Ended>] {
  const file = join(folder, 'job.sql');
  writeFileSync(file, script(more));
  const child = spawn(process.execPath, [CLI, 'run', file, '--state-dir', join(folder, 'state'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stderr })));
  return [child, ended];
}

function lines(name: string): string[] {
  return readdirSync(join(folder, name))
    .filter((file) => !file.startsWith('.'))
    .flatMap((file) =>
      readFileSync(join(folder, name, file), 'utf8')
        .trimEnd()
        .split('\n'),
    )
    .toSorted();
}

function expectExact(rows: readonly Row[]): void {
  expect(lines('counts')).toEqual(windowCounts(rows).toSorted());
  expect(lines('kept')).toEqual(
    rows
      .filter(({ id }) => id % 7 === 3)
      .map(({ id }) => String(id))
      .toSorted(),
  );
  for (const name of ['counts', 'kept']) {
    expect(readdirSync(join(folder, name)).filter((file) => file.startsWith('.'))).toEqual([]);
  }
}

const forget = (): void => {
  for (const name of ['state', 'counts', 'kept']) rmSync(join(folder, name), { recursive: true, force: true });
};

test(`killed at ${KILLS} random moments, at changing parallelism`, async ({ annotate }) => {
  const rows = writeInput();
  const random = new SeededRandom(5);
  let kills = 0;
  let lives = 0;
  // Of a life that was left alone; kills fall anywhere in it, whatever the machine.
  let wholeMs = 1000;
  for (let round = 1; kills < KILLS && round <= KILLS; round++) {
    forget();
    for (let life = 1; ; life++) {
      lives++;
      const startedMs = performance.now();
      const [child, ended] = start(['--set', `parallelism.default=${1 + Math.floor(random.next() * 3)}`]);
      const killMs = life <= 6 ? wholeMs * (0.3 + 0.7 * random.next()) : 600_000;
      const timer = setTimeout(() => child.kill('SIGKILL'), killMs);
      const { code, signal, stderr } = await ended;
      clearTimeout(timer);
      if (signal === 'SIGKILL') kills++;
      else {
        expect([code, stderr]).toEqual([0, expect.not.stringContaining('ERROR')]);
        if (life === 1) wholeMs = performance.now() - startedMs;
        break;
      }
    }
    expectExact(rows);
  }
  await annotate(`${kills} kills in ${lives} lives`);
  expect(kills).toBeGreaterThanOrEqual(KILLS);
});

const POINTS: readonly FaultPoint[] = [
  'source.after-read',
  'state.before-write',
  'state.after-write',
  'checkpoint.before-write',
  'checkpoint.after-write',
  'checkpoint.before-rename',
  'checkpoint.after-rename',
  'sink.before-prepare',
  'sink.after-prepare',
  'sink.before-commit',
  'sink.after-commit',
  'restore.before-state',
  'restore.after-state',
  'restore.before-recover',
  'restore.after-recover',
  'definition.before-change',
];

test('killed at each point three times', async ({ annotate }) => {
  const rows = writeInput();
  let kills = 0;
  for (const point of POINTS) {
    forget();
    const inRestore = point.startsWith('restore') || point.startsWith('definition');
    for (const passing of inRestore ? [1, 2, 2] : [1, 2, 1]) {
      const { signal } = await start([], { MILLRACE_FAULT: `${point}:${passing}` })[1];
      expect([point, passing, signal]).toEqual([point, passing, 'SIGKILL']);
      kills++;
    }
    const { code, stderr } = await start()[1];
    expect([point, code, stderr]).toEqual([point, 0, expect.not.stringContaining('ERROR')]);
    expectExact(rows);
  }
  await annotate(`${kills} kills at ${POINTS.length} points`);
});

describe('one directory', () => {
  test('a second process is refused and names the first, which goes on', async () => {
    const rows = writeInput();
    const [first, ended] = start([], {}, ", 'source.monitor-interval' = '1 s'");
    const locks = ['insert-into_counts', 'insert-into_kept'].map((job) => join(folder, 'state', job, 'lock'));
    await expect.poll(() => locks.every((lock) => existsSync(lock)), { timeout: 60_000 }).toBe(true);
    const second = await start()[1];
    expect([second.code, second.stderr]).toEqual([2, expect.stringContaining(`is in use by process ${first.pid} on `)]);
    first.kill('SIGTERM');
    expect((await ended).code).toBe(143);
    expect((await start()[1]).code).toBe(0);
    expectExact(rows);
  });

  test('a finished job is not run again, unless that is asked for', async () => {
    const rows = writeInput();
    expect((await start()[1]).code).toBe(0);
    const again = await start()[1];
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('Job insert-into_counts had finished by checkpoint');
    expectExact(rows);
    for (const name of ['counts', 'kept']) rmSync(join(folder, name), { recursive: true });
    expect((await start(['--fresh'])[1]).code).toBe(0);
    expectExact(rows);
  });

  test('a job that is interrupted goes on where it stopped', async () => {
    const rows = writeInput();
    let stops = 0;
    for (let life = 1; life < 100; life++) {
      const [child, ended] = start(['--set', 'execution.checkpointing.interval=0']);
      const timer = setTimeout(() => child.kill('SIGTERM'), 300 + life * 60);
      const { code } = await ended;
      clearTimeout(timer);
      if (code === 0) break;
      // Before the command listens it ends as any process does.
      if (code === 143) stops++;
    }
    expect(stops).toBeGreaterThan(0);
    expectExact(rows);
  });
});

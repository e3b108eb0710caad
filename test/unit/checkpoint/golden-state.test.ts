/**
 * State directories that earlier releases left behind are gone on with: `test/fixtures/state/v<format version>`. Each
 * holds checkpoints of the queries below, taken after the first half of the rows; the second half then gives what an
 * uninterrupted run gives. `npm run test:update -- --project unit` writes the directory of the current format, which is only right
 * before its first release.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ScriptRow, ScriptFeeds, scriptConnector } from '../../../src/connectors/script/index.ts';
import { Engine, type Job } from '../../../src/engine.ts';
import { type FakePlatform, fakePlatform } from '../../../src/platform/fake-platform.ts';
import { type Value, type Vector, getValue } from '../../../src/types/vector.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/state');
const CURRENT = 'v1';

/** One of every operator that keeps state. */
const QUERIES: Readonly<Record<string, string>> = {
  group: 'SELECT k, COUNT(*), SUM(v), MAX(s), COUNT(DISTINCT v) FROM t GROUP BY k',
  tumble:
    "SELECT window_start, k, SUM(v) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k",
  hop: "SELECT window_start, COUNT(DISTINCT s) FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)) GROUP BY window_start, window_end",
  session:
    "SELECT k, SESSION_START(ts, INTERVAL '3' SECOND), COUNT(*) FROM t GROUP BY k, SESSION(ts, INTERVAL '3' SECOND)",
  join: 'SELECT a.k, a.v, b.v FROM t a LEFT JOIN u b ON a.k = b.k',
  interval:
    "SELECT a.v, b.v FROM t a JOIN u b ON a.k = b.k AND b.ts BETWEEN a.ts - INTERVAL '4' SECOND AND a.ts + INTERVAL '4' SECOND",
  top: 'SELECT k, v, s FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS n FROM t) WHERE n <= 2',
  first: 'SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS n FROM t) WHERE n = 1',
  sorted: 'SELECT ts, v FROM t ORDER BY ts, v',
  limit: 'SELECT k, v FROM t LIMIT 33',
};

function rows(table: string): ScriptRow[] {
  return Array.from({ length: 60 }, (_, i) => {
    const x = (i * 7919 + table.charCodeAt(0) * 31) % 101;
    return {
      kind: 0,
      values: {
        k: x % 7 === 0 ? null : x % 5,
        v: BigInt(x),
        s: `text ${'ä'.repeat(x % 9)}${x}`,
        ts: i * 700 - (x % 4) * 300,
      },
    };
  });
}

class Run {
  readonly output: Record<string, string[]> = {};
  readonly #feeds = new ScriptFeeds();
  readonly #engine: Engine;
  #jobs: Job[] = [];

  constructor(platform: FakePlatform) {
    this.#engine = new Engine(platform, [scriptConnector(this.#feeds)]);
  }

  async start(parallelism: number, upTo: number): Promise<void> {
    const session = this.#engine.openSession();
    session.settings.set('execution.checkpointing.dir', '/state');
    session.settings.set('parallelism.default', String(parallelism));
    for (const table of ['t', 'u']) {
      await session.executeSql(
        `CREATE TABLE ${table} (k INT, v BIGINT, s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'script', 'splits' = '2')`,
      );
      this.feed(table).rows.push(...rows(table).slice(0, upTo));
    }
    for (const [name, sql] of Object.entries(QUERIES)) {
      session.settings.set('pipeline.name', name);
      const out: string[] = (this.output[name] = []);
      const result = await session.executeSql(sql, {
        keepQuery: true,
        target: ({ schema }) => ({
          write: ({ length, vectors, kinds }) => {
            for (let i = 0; i < length; i++) {
              const values = schema.map(({ type }, c) => show(getValue(vectors[c] as Vector, i, type)));
              out.push(`${['+I', '-U', '+U', '-D'][kinds?.[i] ?? 0]}[${values.join(', ')}]`);
            }
          },
        }),
      });
      if (result.kind === 'query') this.#jobs.push(result.job);
    }
    for (const job of this.#jobs) await job.settled();
  }

  feed(table: string) {
    return this.#feeds.feed(['default_catalog', 'default_database', table]);
  }

  async finish(): Promise<void> {
    for (const table of ['t', 'u']) {
      const { length } = this.feed(table).rows;
      this.feed(table).rows.push(...rows(table).slice(length));
      this.feed(table).ended = true;
    }
    for (const job of this.#jobs) {
      await job.settled();
      expect((await job.done).error).toBeNull();
    }
  }

  async stop(): Promise<void> {
    await this.#engine.close();
  }
}

const show = (value: Value): string => (value === null ? 'NULL' : String(value));

/** The rows that are left when all changes were made. */
function table(changes: readonly string[]): string[] {
  const left: string[] = [];
  for (const change of changes) {
    const row = change.slice(2);
    if (change.startsWith('+')) left.push(row);
    else left.splice(left.indexOf(row), 1);
  }
  return left.toSorted();
}

const HALF = 30;

async function makeState(platform: FakePlatform): Promise<Record<string, string[]>> {
  const run = new Run(platform);
  await run.start(1, HALF);
  await run.stop();
  return run.output;
}

test.runIf(process.env['MILLRACE_UPDATE'] === '1')('write the state of the current format', async () => {
  const platform = fakePlatform({ startMs: 1_700_000_000_000 });
  const before = await makeState(platform);
  const folder = join(FIXTURES, CURRENT);
  rmSync(folder, { recursive: true, force: true });
  for (const path of platform.fileSystem.paths()) {
    const file = join(folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, platform.fileSystem.get(path));
  }
  writeFileSync(join(folder, 'before.json'), `${JSON.stringify(before, null, 1)}\n`);
});

describe.each(readdirSync(FIXTURES))('state of %s', (version) => {
  test.each([1, 3])('is gone on with at parallelism %i', async (parallelism) => {
    const folder = join(FIXTURES, version);
    const platform = fakePlatform({ startMs: 1_700_000_000_000 });
    for (const entry of readdirSync(join(folder, 'state'), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) platform.fileSystem.put(path.slice(folder.length), readFileSync(path));
    }
    const before = JSON.parse(readFileSync(join(folder, 'before.json'), 'utf8')) as Record<string, string[]>;
    const restored = new Run(platform);
    await restored.start(parallelism, HALF);
    for (const name of Object.keys(QUERIES)) expect([name, restored.output[name]]).toEqual([name, []]);
    await restored.finish();
    const whole = new Run(fakePlatform({ startMs: 1_700_000_000_000 }));
    await whole.start(1, HALF);
    await whole.finish();
    for (const name of Object.keys(QUERIES)) {
      const all = [...(before[name] ?? []), ...(restored.output[name] ?? [])];
      if (parallelism === 1) expect([name, all]).toEqual([name, whole.output[name]]);
      else if (name !== 'limit') expect([name, table(all)]).toEqual([name, table(whole.output[name] ?? [])]);
    }
  });
});

/**
 * Jobs over files that lose power at named points, again and again, and what must have come out of them in the end.
 *
 * One run follows from its seed: rows, batches, parallelism of each life, when checkpoints are due, where the power
 * goes. After each cut what readers can see must be a part of the expected rows; after the last life all of them, once.
 */
import { Engine } from '../../src/engine.ts';
import { fakePlatform } from '../../src/platform/fake-platform.ts';
import type { FaultPoint } from '../../src/platform/fault-points.ts';
import type { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';
import { SeededRandom } from '../../src/platform/seeded-random.ts';
import { TickingClock } from './ticking-clock.ts';

export interface CrashRun {
  readonly seed: number;
  readonly kills: number;
  /** The points that a kill may be at; default all that the run passes. */
  readonly points?: readonly FaultPoint[];
}

export interface CrashOutcome {
  /** Where the power went, in order. */
  readonly killedAt: readonly FaultPoint[];
  readonly lives: number;
  readonly rows: number;
}

interface Row {
  readonly id: number;
  readonly key: number;
  readonly second: number;
}

interface Scenario {
  readonly name: string;
  readonly insert: string;
  readonly columns: string;
  /** How often the query reads the table, and finds its bad records. */
  readonly scans: number;
  /** The rows that must come out, as CSV lines. */
  readonly expected: (rows: readonly Row[]) => string[];
}

const time = (second: number): string => new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ');

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'windows',
    scans: 1,
    columns: 'ws TIMESTAMP(3), k INT, n BIGINT, s BIGINT',
    insert:
      "SELECT window_start, k, COUNT(*), SUM(id) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k",
    expected(rows) {
      const groups = new Map<string, { n: number; s: number }>();
      for (const { id, key, second } of rows) {
        const name = `"${time(Math.floor(second / 10) * 10)}",${key}`;
        const group = groups.get(name) ?? { n: 0, s: 0 };
        groups.set(name, { n: group.n + 1, s: group.s + id });
      }
      return [...groups].map(([name, { n, s }]) => `${name},${n},${s}`);
    },
  },
  {
    name: 'join',
    columns: 'a INT, b INT',
    scans: 2,
    insert: "SELECT a.id, b.id FROM t a JOIN t b ON a.k = b.k AND b.ts BETWEEN a.ts - INTERVAL '2' SECOND AND a.ts",
    expected: (rows) =>
      rows.flatMap((a) =>
        rows
          .filter((b) => a.key === b.key && b.second >= a.second - 2 && b.second <= a.second)
          .map((b) => `${a.id},${b.id}`),
      ),
  },
  {
    name: 'filter',
    scans: 1,
    columns: 'id INT, k INT',
    insert: 'SELECT id, k FROM t WHERE MOD(id, 3) <> 0',
    expected: (rows) => rows.filter(({ id }) => id % 3 !== 0).map(({ id, key }) => `${id},${key}`),
  },
];

class PowerCut extends Error {}

export async function crashRun({ seed, kills, points }: CrashRun): Promise<CrashOutcome> {
  const random = new SeededRandom(seed);
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const scenario = SCENARIOS[below(SCENARIOS.length)] as Scenario;
  const platform = fakePlatform({ seed });
  const { fileSystem, processes } = platform;
  const rows = writeInput(fileSystem, random);
  const expected = scenario.expected(rows).toSorted();
  const bad = Array.from({ length: scenario.scans }, () => BAD_RECORDS).flat();
  const intervalMs = 5 + below(60);
  const batchSize = 1 + below(20);
  const chunkBytes = 50 + below(500);
  const killedAt: FaultPoint[] = [];
  /** How often each point was passed in the life before, for drawing one. */
  let passed = new Map<FaultPoint, number>();
  for (let life = 1; ; life++) {
    const seen = new Map<FaultPoint, number>();
    const known = [...passed.keys()].filter((point) => points?.includes(point) !== false);
    const armed = killedAt.length < kills && (known.length > 0 || life === 1);
    const point = armed && life > 1 ? (known[below(known.length)] as FaultPoint) : null;
    const at = point === null ? 0 : 1 + below(passed.get(point) as number);
    let cut: FaultPoint | null = null;
    // The first life loses power wherever it is, so that later ones have something to go on with.
    const cutAfter = armed && life === 1 ? 1 + below(60) : 0;
    let all = 0;
    const faults = {
      reach(reached: FaultPoint) {
        if (cut !== null) throw new PowerCut();
        const count = (seen.get(reached) ?? 0) + 1;
        seen.set(reached, count);
        all++;
        if (!(reached === point && count === at) && all !== cutAfter) return;
        cut = reached;
        fileSystem.powerOff();
        throw new PowerCut();
      },
    };
    const engine = new Engine({ ...platform, clock: new TickingClock(), faults });
    const settings = {
      'execution.checkpointing.dir': 'state',
      'execution.checkpointing.interval': `${intervalMs} ms`,
      'parallelism.default': String(1 + below(3)),
      'millrace.batch-size': String(batchSize),
      'millrace.chunk-size': `${chunkBytes}b`,
    };
    const error = await runLife(engine, scenario, settings);
    if (cut === null) {
      if (error !== null) throw error;
      compare(visibleRows(fileSystem, 'out'), expected, false);
      compare(visibleRows(fileSystem, 'bad'), bad, false);
      const hidden = fileSystem.paths().filter((path) => path.endsWith('.inprogress'));
      if (hidden.length > 0) throw new Error(`left behind: ${hidden.join(', ')}`);
      return { killedAt, lives: life, rows: rows.length };
    }
    killedAt.push(cut);
    passed = seen.size > passed.size ? seen : passed;
    for (const [name, count] of seen) passed.set(name, Math.max(count, passed.get(name) ?? 0));
    processes.crash();
    fileSystem.crash(random);
    compare(visibleRows(fileSystem, 'out'), expected, true);
    compare(visibleRows(fileSystem, 'bad'), bad, true);
  }
}

const BAD_RECORDS = ['{"id": oops}', '{"id": 7', 'nonsense'];

/** Four files whose times go up from one to the next, so that no row is late however they are dealt. */
function writeInput(fileSystem: MemoryFileSystem, random: SeededRandom): Row[] {
  const rows: Row[] = [];
  let second = 0;
  for (let file = 0; file < 4; file++) {
    const count = 10 + Math.floor(random.next() * 60);
    const lines: string[] = [];
    for (let i = 0; i < count; i++) {
      if (random.next() < 0.3) second += Math.floor(random.next() * 8);
      const row = { id: rows.length, key: Math.floor(random.next() * 5), second };
      rows.push(row);
      lines.push(`{"id":${row.id},"k":${row.key},"ts":"${time(second)}"}`);
    }
    const bad = BAD_RECORDS[file];
    if (bad !== undefined) lines.splice(Math.floor(random.next() * lines.length), 0, bad);
    fileSystem.put(`in/${file}.json`, `${lines.join('\n')}\n`);
  }
  return rows;
}

async function runLife(
  engine: Engine,
  { columns, insert }: Scenario,
  settings: Readonly<Record<string, string>>,
): Promise<unknown> {
  const session = engine.openSession();
  for (const [key, value] of Object.entries(settings)) session.settings.set(key, value);
  try {
    const jobs = await session.executeScript(`
      CREATE TABLE bad (payload BYTES) WITH ('connector' = 'filesystem', 'path' = 'bad', 'format' = 'raw');
      CREATE TABLE t (id INT, k INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH
        ('connector' = 'filesystem', 'path' = 'in', 'format' = 'json', 'millrace.on-error' = 'dead-letter', 'millrace.dead-letter' = 'bad');
      CREATE TABLE o (${columns}) WITH
        ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv', 'sink.rolling-policy.file-size' = '300b');
      INSERT INTO o ${insert};
    `);
    for (const job of jobs) {
      const { error } = await job.done;
      if (error !== null) return error;
    }
    return null;
  } catch (error) {
    return error;
  }
}

function visibleRows(fileSystem: MemoryFileSystem, folder: string): string[] {
  return fileSystem
    .paths()
    .filter((path) => path.startsWith(`/${folder}/`) && !path.includes('/.'))
    .flatMap((path) => new TextDecoder().decode(fileSystem.get(path)).trimEnd().split('\n'))
    .toSorted();
}

/** Throws unless the rows are the expected ones, or, where more may come, some of them. */
function compare(actual: readonly string[], expected: readonly string[], partly: boolean): void {
  const left = new Map<string, number>();
  for (const row of expected) left.set(row, (left.get(row) ?? 0) + 1);
  for (const row of actual) {
    const count = left.get(row) ?? 0;
    if (count === 0) throw new Error(`a row too many: ${row}`);
    left.set(row, count - 1);
  }
  if (!partly && actual.length !== expected.length) {
    throw new Error(
      `${expected.length - actual.length} rows are missing, ${[...left].find(([, count]) => count > 0)?.[0]}`,
    );
  }
}

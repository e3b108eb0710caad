/** Runs one text through the whole pipeline on an engine of its own, and says what was wrong with how it ended. */
import { ScriptFeeds, scriptConnector } from '../../../src/connectors/script/index.ts';
import { Engine, type Job } from '../../../src/engine.ts';
import { EngineError, type ErrorCode } from '../../../src/errors.ts';
import { parseScript } from '../../../src/parser/parser.ts';
import { type FakePlatform, fakePlatform } from '../../../src/platform/fake-platform.ts';
import type { Session } from '../../../src/session.ts';
import { type Value, type Vector, getValue } from '../../../src/types/vector.ts';
import { DEFINITIONS } from './sql-corpus.ts';

export interface Outcome {
  /** The error that ended it, or null when it ran. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly problem: string | null;
  /** Rows of its queries. */
  readonly rows: number;
}

const LIMIT_MS = 1000;
const MANY_ROWS = 100_000;
const { statements: definitions, errors: mistakes } = parseScript(DEFINITIONS);
if (mistakes[0] !== undefined) throw mistakes[0];

export async function runMutant(sql: string): Promise<Outcome> {
  const before = process.cpuUsage();
  const outcome = await run(sql);
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = (user + system) / 1000;
  // Small steps of long windows are many rows.
  if (elapsedMs < LIMIT_MS || outcome.rows > MANY_ROWS || outcome.problem !== null) return outcome;
  return { ...outcome, problem: `took ${Math.round(elapsedMs)} ms` };
}

async function run(sql: string): Promise<Outcome> {
  const { statements, errors } = parseScript(sql);
  for (const error of errors) {
    const problem = problemOf(error, sql);
    if (problem !== null) return failure(error, problem);
  }
  if (errors[0] !== undefined) return failure(errors[0], null);

  const platform = fakePlatform({ startMs: Date.UTC(2024, 0, 1) });
  const feeds = new ScriptFeeds();
  const engine = new Engine(platform, [scriptConnector(feeds)]);
  const session = engine.openSession();
  const ignore = { target: () => ({ write: () => {} }) };
  for (const { statement } of definitions) await session.execute(statement, ignore);
  fill(feeds, session);

  let rows = 0;
  for (const { statement } of statements) {
    let job: Job;
    try {
      const result = await session.execute(statement, {
        target: ({ schema }) => ({
          // Reading every value finds columns that were not written.
          write: (batch) => {
            rows += batch.length;
            for (let row = 0; row < batch.length; row++) {
              schema.forEach(({ type }, c) => getValue(batch.vectors[c] as Vector, row, type));
            }
          },
        }),
      });
      if (result.kind !== 'query' && result.kind !== 'insert') continue;
      job = result.job;
    } catch (error) {
      return failure(error, problemOf(error, sql));
    }
    const done = await finish(job, platform);
    if (done === 'running') return { code: null, message: '', problem: 'does not end', rows };
    if (done.error !== null) return failure(done.error, done.error.domain === 'user' ? null : 'not the user’s');
  }
  return { code: null, message: '', problem: null, rows };
}

/** The end of a job over bounded tables, the clock going on for it. */
async function finish(job: Job, platform: FakePlatform): Promise<Awaited<Job['done']> | 'running'> {
  const endMs = performance.now() + 5 * LIMIT_MS;
  while (job.status === 'created' || job.status === 'running') {
    await platform.clock.advanceToNext();
    if (performance.now() < endMs) continue;
    await job.stop();
    return 'running';
  }
  return job.done;
}

function failure(error: unknown, problem: string | null): Outcome {
  const known = error instanceof EngineError ? error : null;
  const cause = known?.cause ?? error;
  const stack =
    problem === null || !(cause instanceof Error) ? '' : (cause.stack ?? '').split('\n').slice(1, 5).join('\n');
  return {
    code: known?.code ?? 'internal_error',
    message: `${error instanceof Error ? error.message : String(error)}${stack}`,
    problem,
    rows: 0,
  };
}

/** What is wrong with the error of a statement, or null. */
function problemOf(error: unknown, sql: string): string | null {
  if (!(error instanceof EngineError)) return 'not an EngineError';
  if (error.domain !== 'user') return 'not the user’s';
  if (error.message.length < 5 || /undefined$|\bundefined\b.*\bundefined\b|\[object|NaN|\.$/.test(error.message))
    return 'message';
  const { span } = error;
  if (span === undefined) return 'no position';
  return span.start < 0 || span.end < span.start || span.end > sql.length ? 'outside the text' : null;
}

const time = (seconds: number): number => Date.UTC(2024, 0, 1) + seconds * 1000;

function fill(feeds: ScriptFeeds, session: Session): void {
  const add = (table: string, rows: readonly (readonly [number, Readonly<Record<string, Value>>])[]): void => {
    const feed = feeds.feed(session.catalog.path([table]));
    feed.rows.push(...rows.map(([kind, values]) => ({ kind, values })));
    feed.ended = true;
  };
  add(
    't',
    [1, 3, 2, 9, 14, 8, 30].map((second, i) => [
      0,
      {
        id: i,
        k: [null, 'a', 'ab', 'b', ' c,d '][i % 5] as string | null,
        v: i % 3 === 2 ? null : i,
        w: BigInt(i) * 1_000_000_007n,
        x: i / 4,
        d: null,
        ts: time(second),
        b: i % 2 === 0,
      },
    ]),
  );
  add(
    'u',
    [2, 4, 8, 12, 40].map((second, i) => [
      0,
      { id: i, k: ['a', 'b', null][i % 3] as string | null, v: i, ts: time(second) },
    ]),
  );
  add('c', [
    [0, { k: 'a', v: 1 }],
    [0, { k: 'b', v: 2 }],
    [1, { k: 'a', v: 1 }],
    [2, { k: 'a', v: 5 }],
    [3, { k: 'b', v: 2 }],
  ]);
  add('n', [
    [0, { id: 1, r: [1, 's', [0.5]], arr: [1, 2], m: null }],
    [0, { id: 2, r: null, arr: null, m: null }],
  ]);
}

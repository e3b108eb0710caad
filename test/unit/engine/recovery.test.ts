/** Jobs that fail, stop and start again with checkpoints: from where, after which delays, and what they say. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Committable, Connector } from '../../../src/connectors/connector.ts';
import { ScriptFeeds, scriptConnector } from '../../../src/connectors/script/index.ts';
import { Engine, type Job } from '../../../src/engine.ts';
import { EngineError } from '../../../src/errors.ts';
import { type FakePlatform, fakePlatform } from '../../../src/platform/fake-platform.ts';
import type { Session } from '../../../src/session.ts';
import { type Vector, getValue } from '../../../src/types/vector.ts';

/** What the outside world of a two-phase sink holds; it survives the engine. */
class World {
  readonly committed: string[] = [];
  readonly pending = new Map<string, readonly string[]>();
  readonly log: string[] = [];
  /** Thrown by the next write, prepare or commit of that name. */
  readonly failures = new Map<'write' | 'prepare' | 'commit', Error[]>();
  /** Whether preparing never ends. */
  hang = false;
  #next = 0;

  fail(at: 'write' | 'prepare' | 'commit'): void {
    const [error] = this.failures.get(at)?.splice(0, 1) ?? [];
    if (error !== undefined) throw error;
  }

  connector(): Connector {
    return {
      name: 'world',
      doc: 'For tests.',
      options: {},
      format: 'none',
      metadata: [],
      sinkAccepts: 'all',
      sink: ({ schema, checkpointing }) => {
        let rows: string[] = [];
        const commit = async (committables: readonly Committable[]): Promise<void> => {
          for (const { id } of committables) {
            this.committed.push(...(this.pending.get(String(id)) ?? []));
            this.pending.delete(String(id));
          }
        };
        return {
          guarantee: 'exactly-once',
          write: ({ length, vectors, kinds }) => {
            this.fail('write');
            for (let i = 0; i < length; i++) {
              const values = schema.map(({ type }, c) => String(getValue(vectors[c] as Vector, i, type)));
              rows.push(`${['+I', '-U', '+U', '-D'][kinds?.[i] ?? 0]}[${values.join(', ')}]`);
            }
          },
          flush: () => Promise.resolve(),
          prepare: async () => {
            this.fail('prepare');
            if (this.hang) await new Promise(() => {});
            const id = `e${this.#next++}`;
            this.pending.set(id, rows);
            rows = [];
            return [{ id }];
          },
          commit: async (committables) => {
            this.fail('commit');
            await commit(committables);
          },
          recover: async (committables) => {
            this.log.push(`recover ${committables.map(({ id }) => id).join(' ')}`.trim());
            await commit(committables);
            this.pending.clear();
          },
          close: async (clean) => {
            this.log.push(clean ? 'close clean' : 'close failed');
            if (clean && checkpointing !== true) this.committed.push(...rows);
          },
        };
      },
    };
  }
}

class Process {
  readonly engine: Engine;
  readonly session: Session;
  readonly messages: string[] = [];

  constructor(platform: FakePlatform, feeds: ScriptFeeds, world: World) {
    this.engine = new Engine(platform, [scriptConnector(feeds), world.connector()]);
    this.engine.onMessage = (message) => this.messages.push(message);
    this.session = this.engine.openSession();
  }

  async run(...statements: readonly string[]): Promise<Job[]> {
    const jobs: Job[] = [];
    for (const sql of statements) {
      const result = await this.session.executeSql(sql);
      if (result.kind === 'insert') jobs.push(result.job);
      if (result.kind === 'inserts') jobs.push(...result.jobs);
    }
    return jobs;
  }

  async rows(sql: string): Promise<readonly (readonly string[])[]> {
    const result = await this.session.executeSql(sql);
    return result.kind === 'listing' ? [result.columns, ...result.rows] : [];
  }
}

let platform: FakePlatform;
let feeds: ScriptFeeds;
let world: World;

beforeEach(() => {
  platform = fakePlatform({ startMs: 1_700_000_000_000 });
  feeds = new ScriptFeeds();
  world = new World();
});

const T = "CREATE TABLE t (id INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'script')";
const O = "CREATE TABLE o (k INT, n BIGINT) WITH ('connector' = 'world')";
const INSERT = 'INSERT INTO o SELECT MOD(id, 2), COUNT(*) FROM t GROUP BY MOD(id, 2)';
const DIR = "SET 'execution.checkpointing.dir' = '/state'";

const begin = async (...settings: readonly string[]): Promise<[Process, Job]> => {
  const process = new Process(platform, feeds, world);
  const [job] = await process.run(...settings, T, O, INSERT);
  return [process, job!];
};

function push(...ids: readonly number[]): void {
  const feed = feeds.feed(['default_catalog', 'default_database', 't']);
  for (const id of ids) feed.rows.push({ kind: 0, values: { id, ts: id * 1000 } });
}

const broken = (): EngineError => new EngineError('io_error', 'the disk is gone');

describe('restarts', () => {
  test('a failure that may pass: from the last checkpoint, after the delay, and said', async () => {
    const [process, job] = await begin(DIR, "SET 'restart-strategy.exponential-delay.jitter-factor' = '0'");
    push(1, 2, 3);
    await job.settled();
    await job.checkpoint();
    expect(world.committed).toEqual(['+I[1, 1]', '+I[0, 1]', '-U[1, 1]', '+U[1, 2]']);
    world.failures.set('write', [broken()]);
    push(5);
    await platform.clock.advance(100);
    expect(job.status).toBe('restarting');
    expect(process.messages).toEqual([
      'Job insert-into_o failed: the disk is gone. It begins again in 1000 ms (restart 1).',
    ]);
    await platform.clock.advance(800);
    expect(job.status).toBe('restarting');
    await platform.clock.advance(200);
    await job.settled();
    expect([job.status, job.restarts]).toEqual(['running', 1]);
    expect(world.log).toEqual(['recover', 'close failed', 'recover e0']);
    expect(job.counters).toMatchObject({ rows_in: 4 });
    await job.stop();
    expect(world.committed.slice(4)).toEqual(['-U[1, 2]', '+U[1, 3]']);
    expect(world.pending.size).toBe(0);
  });

  test('delays grow, up to the attempts that are allowed', async () => {
    const [process, job] = await begin(
      DIR,
      "SET 'restart-strategy.exponential-delay.jitter-factor' = '0'",
      "SET 'restart-strategy.exponential-delay.attempts-before-reset-backoff' = '3'",
    );
    world.failures.set('write', [broken(), broken(), broken(), broken()]);
    push(1);
    await platform.clock.advance(60_000);
    expect(await job.done).toMatchObject({ status: 'failed', error: { message: 'the disk is gone' } });
    expect(process.messages.map((message) => /in (\d+) ms/.exec(message)?.[1])).toEqual(['1000', '1500', '2250']);
  });

  test.each([
    ["SET 'restart-strategy.type' = 'fixed-delay'", 1],
    ["SET 'restart-strategy.type' = 'failure-rate'", 1],
    ["SET 'restart-strategy' = 'none'", 0],
    ["SET 'restart-strategy.type' = 'disable'", 0],
  ])('%s', async (setting, restarts) => {
    const [, job] = await begin(DIR, setting);
    world.failures.set('write', [broken(), broken(), broken()]);
    push(1);
    await platform.clock.advance(10_000);
    expect(await job.done).toMatchObject({ status: 'failed' });
    expect(job.restarts).toBe(restarts);
  });

  test('an error of the user is final', async () => {
    const [process, job] = await begin(DIR);
    world.failures.set('write', [new EngineError('numeric_out_of_range', 'too large')]);
    push(1);
    await platform.clock.advance(10_000);
    expect(await job.done).toMatchObject({ status: 'failed', error: { message: 'too large' } });
    expect(process.messages).toEqual([]);
  });

  test('a job that waits to begin again can be stopped', async () => {
    const [, job] = await begin(DIR);
    world.failures.set('write', [broken()]);
    push(1);
    await platform.clock.advance(100);
    expect(job.status).toBe('restarting');
    expect(await job.stop()).toEqual({ status: 'stopped', error: null });
  });

  test('without a directory checkpoints are kept in memory', async () => {
    const [, job] = await begin(
      "SET 'execution.checkpointing.interval' = '1 s'",
      "SET 'restart-strategy.type' = 'fixed-delay'",
    );
    push(1, 3);
    await platform.clock.advance(2_000);
    expect(world.committed).toEqual(['+I[1, 1]', '-U[1, 1]', '+U[1, 2]']);
    world.failures.set('write', [broken()]);
    push(5);
    await platform.clock.advance(1_500);
    await job.settled();
    await job.checkpoint();
    expect(world.committed.slice(3)).toEqual(['-U[1, 2]', '+U[1, 3]']);
    expect(platform.fileSystem.paths()).toEqual([]);
    await job.stop();
  });

  test('without checkpoints there is none, unless it is asked for: then from the start', async () => {
    const [, job] = await begin();
    world.failures.set('write', [broken()]);
    push(1);
    await platform.clock.advance(100);
    expect(await job.done).toMatchObject({ status: 'failed' });
    const [, again] = await begin("SET 'restart-strategy.type' = 'fixed-delay'");
    world.failures.set('write', [broken()]);
    await platform.clock.advance(5_000);
    await again.stop();
    expect(world.committed).toEqual(['+I[1, 1]']);
  });
});

describe('checkpoints that fail', () => {
  test('end the job, which begins again', async () => {
    const [process, job] = await begin(DIR, "SET 'execution.checkpointing.interval' = '1 s'");
    push(1);
    await job.settled();
    platform.fileSystem.inject({ operation: 'write', code: 'ENOSPC', path: /chk-/ });
    await platform.clock.advance(1_500);
    expect(process.messages[0]).toContain('no space left on the device');
    await platform.clock.advance(3_000);
    expect(world.committed).toEqual(['+I[1, 1]']);
    expect(job.restarts).toBe(1);
    await job.stop();
  });

  test('may be tolerated, and what they had prepared is committed with the next', async () => {
    const [process, job] = await begin(
      DIR,
      "SET 'execution.checkpointing.interval' = '1 s'",
      "SET 'execution.checkpointing.tolerable-failed-checkpoints' = '1'",
    );
    push(1);
    await job.settled();
    platform.fileSystem.inject({ operation: 'write', code: 'ENOSPC', path: /chk-/ });
    await platform.clock.advance(1_200);
    expect(process.messages).toEqual([
      expect.stringMatching(/^Checkpoint 1 of insert-into_o failed: .*The job goes on\.$/),
    ]);
    push(3);
    await platform.clock.advance(1_200);
    expect(world.committed).toEqual(['+I[1, 1]', '-U[1, 1]', '+U[1, 2]']);
    expect([job.restarts, job.checkpoints?.failed, job.checkpoints?.completed]).toEqual([0, 1, 1]);
    await job.stop();
  });

  test('a commit that fails is made up for after the restart', async () => {
    const [, job] = await begin(DIR, "SET 'execution.checkpointing.interval' = '1 s'");
    world.failures.set('commit', [broken()]);
    push(1);
    await platform.clock.advance(5_000);
    expect(job.restarts).toBe(1);
    expect(world.log).toContain('recover e0');
    expect(world.committed).toEqual(['+I[1, 1]']);
    await job.stop();
  });

  test('one that takes too long says what it waits for', async () => {
    const [process, job] = await begin(
      DIR,
      "SET 'execution.checkpointing.interval' = '1 s'",
      "SET 'execution.checkpointing.timeout' = '5 s'",
    );
    world.hang = true;
    await platform.clock.advance(7_000);
    expect(process.messages).toEqual([
      expect.stringContaining(
        'a checkpoint of insert-into_o took longer than 5000 ms: it waits for default_catalog.default_database.o',
      ),
    ]);
    world.hang = false;
    await job.stop();
  });

  test('as a job stops: nothing is recorded past what the sink refused', async () => {
    const [, job] = await begin(DIR);
    push(1);
    await job.settled();
    await job.checkpoint();
    push(3);
    await job.settled();
    world.failures.set('prepare', [broken()]);
    expect(await job.stop()).toMatchObject({ status: 'failed', error: { message: 'the disk is gone' } });
    expect(world.log.at(-1)).toBe('close failed');
    const [, again] = await begin(DIR);
    await again.settled();
    await again.stop();
    expect(world.committed).toEqual(['+I[1, 1]', '-U[1, 1]', '+U[1, 2]']);
  });
});

describe('a new process', () => {
  test('goes on where the job was stopped', async () => {
    const [, job] = await begin(DIR);
    push(1, 2);
    await job.settled();
    await job.stop();
    push(3);
    const [, again] = await begin(DIR);
    await again.settled();
    await again.stop();
    expect(world.committed).toEqual(['+I[1, 1]', '+I[0, 1]', '-U[1, 1]', '+U[1, 2]']);
    expect(again.counters).toMatchObject({ rows_in: 3, rows_out: 4 });
  });

  test('says that a finished job has finished, and begins anew when asked', async () => {
    const [, job] = await begin(DIR);
    push(1);
    feeds.feed(['default_catalog', 'default_database', 't']).ended = true;
    expect((await job.done).status).toBe('finished');
    const [process, again] = await begin(DIR);
    expect((await again.done).status).toBe('finished');
    expect(process.messages).toEqual([
      'Job insert-into_o had finished by checkpoint 1 of "/state/insert-into_o": there is nothing to do. Run it anew with --fresh.',
    ]);
    expect(world.committed).toEqual(['+I[1, 1]']);
    const [, fresh] = await begin(DIR, "SET 'millrace.fresh' = 'true'");
    await fresh.done;
    expect(world.committed).toEqual(['+I[1, 1]', '+I[1, 1]']);
  });

  test('is told when the newest checkpoint is damaged, and goes on from the one before', async () => {
    const [, job] = await begin(DIR);
    push(1);
    await job.settled();
    await job.checkpoint();
    await job.stop();
    const { fileSystem } = platform;
    const path = '/state/insert-into_o/chk-2.json';
    fileSystem.put(path, fileSystem.get(path).subarray(0, 900));
    const [process, again] = await begin(DIR);
    await again.settled();
    expect(process.messages).toEqual([
      'Checkpoint 2: its checksum does not match. Going on from checkpoint 1 of "/state/insert-into_o"; what was written to tables after it comes again.',
    ]);
    await again.stop();
  });

  test('columns that a format finds by their place may not change places', async () => {
    const file = await platform.fileSystem.openWrite('/in/a.csv');
    await file.write(Buffer.from('1,10\n2,20\n'));
    await file.close();
    const table = (columns: string): string =>
      `CREATE TABLE f (${columns}) WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'csv', 'source.monitor-interval' = '1 s')`;
    const insert = 'INSERT INTO o SELECT k, COUNT(*) FROM f GROUP BY k';
    const run = async (columns: string): Promise<Job> => {
      const [job] = await new Process(platform, feeds, world).run(DIR, table(columns), O, insert);
      return job!;
    };
    const first = await run('id INT, k INT');
    await first.settled();
    await first.stop();
    const swapped = await run('k INT, id INT');
    expect((await swapped.done).error?.message).toMatch(/places = \[1\]; now .*places = \[0\]/);
    // One more behind them changes nothing for the others.
    const longer = await run('id INT, k INT, z INT');
    await longer.settled();
    expect(longer.status).toBe('running');
    await longer.stop();
  });

  test.each([
    [
      'INSERT INTO o SELECT MOD(id, 2), SUM(id) FROM t GROUP BY MOD(id, 2)',
      /group-aggregate over "t" has changed: group-aggregate\.aggregates = .*COUNT.*; now .*SUM/,
    ],
    [
      'INSERT INTO o SELECT MOD(id, 3), COUNT(*) FROM t GROUP BY MOD(id, 3)',
      /group-aggregate over "t" has changed: .*projections.*; now /,
    ],
    [
      'INSERT INTO o SELECT MOD(id, 2), COUNT(*) FROM t WHERE id > 7 GROUP BY MOD(id, 2)',
      /has changed: .*now .*condition/,
    ],
    ['INSERT INTO o SELECT id, CAST(1 AS BIGINT) FROM t', /group-aggregate over "t" is no more in the query/],
  ])('refuses the state of another query: %s', async (changed, message) => {
    const [, job] = await begin(DIR);
    push(1);
    await job.settled();
    await job.stop();
    const process = new Process(platform, feeds, world);
    const [other] = await process.run(DIR, T, O, changed);
    const { error } = await other!.done;
    expect(error).toMatchObject({ code: 'state_mismatch', hint: expect.stringContaining('--fresh') });
    expect(error?.message).toMatch(message);
  });

  test('takes what stands above the state as it is now', async () => {
    const [, job] = await begin(DIR);
    push(1);
    await job.settled();
    await job.stop();
    const process = new Process(platform, feeds, world);
    const [other] = await process.run(
      DIR,
      T,
      O,
      'INSERT INTO o SELECT k, n * 10 FROM (SELECT MOD(id, 2) AS k, COUNT(*) AS n FROM t GROUP BY MOD(id, 2)) WHERE n > 1',
    );
    push(3);
    await other!.settled();
    await other!.stop();
    expect(world.committed).toEqual(['+I[1, 1]', '+U[1, 20]']);
  });

  test('matches each INSERT with its state when they change places', async () => {
    const one = 'INSERT INTO o SELECT id, COUNT(*) FROM t GROUP BY id';
    const two = 'INSERT INTO o SELECT MOD(id, 2), COUNT(*) FROM t GROUP BY MOD(id, 2)';
    const first = new Process(platform, feeds, world);
    const jobs = await first.run(DIR, T, O, one, two);
    push(1);
    for (const job of jobs) {
      await job.settled();
      await job.stop();
    }
    const second = new Process(platform, feeds, world);
    const again = await second.run(DIR, T, O, two, one);
    for (const job of again) {
      await job.settled();
      expect(await job.stop()).toEqual({ status: 'stopped', error: null });
    }
    expect(platform.fileSystem.paths().filter((path) => path.endsWith('writer'))).toEqual([
      '/state/insert-into_o-2/writer',
      '/state/insert-into_o/writer',
    ]);
  });

  test.each([
    ['in front', (added: string, kept: readonly string[]) => [added, ...kept]],
    ['behind', (added: string, kept: readonly string[]) => [...kept, added]],
  ])('an INSERT added %s begins at the start, and takes nothing from those that were there', async (_, script) => {
    const of = (rest: number): string =>
      `INSERT INTO o SELECT id, CAST(${rest} AS BIGINT) FROM t WHERE MOD(id, 3) = ${rest}`;
    const texts = (inserts: readonly string[]): string => [DIR, T, O, ...inserts].join(';');
    const jobsOf = (inserts: readonly string[]): Promise<Job[]> =>
      new Process(platform, feeds, world).session.executeScript(texts(inserts));
    push(0, 1, 2, 3, 4, 5);
    for (const inserts of [[of(0), of(1)], script(of(2), [of(0), of(1)])]) {
      for (const job of await jobsOf(inserts)) {
        await job.settled();
        expect(await job.stop()).toEqual({ status: 'stopped', error: null });
      }
    }
    expect(world.committed.toSorted()).toEqual([0, 1, 2, 3, 4, 5].map((id) => `+I[${id}, ${id % 3}]`));
  });

  test('a job that begins anew beside state that nobody goes on from says so', async () => {
    const O2 = O.replace('TABLE o', 'TABLE o2');
    const run = async (name: string, ...more: readonly string[]): Promise<readonly string[]> => {
      const process = new Process(platform, feeds, world);
      const text = [DIR, T, O, O2, ...more, INSERT.replace('INTO o', `INTO ${name}`)].join(';');
      for (const job of await process.session.executeScript(text)) {
        await job.settled();
        expect(await job.stop()).toEqual({ status: 'stopped', error: null });
      }
      return process.messages;
    };
    push(1);
    expect(await run('o')).toEqual([]);
    expect(world.committed).toEqual(['+I[1, 1]']);
    expect(await run('o2')).toEqual([
      'Job insert-into_o2 begins anew. None of these statements goes on from the state in "/state/insert-into_o".',
    ]);
    expect(await run('o2')).toEqual([]);
    expect(await run('o', "SET 'millrace.fresh' = 'true'")).toEqual([]);
  });

  test('an INSERT that was changed goes on from its own state, wherever it stands', async () => {
    const of = (rest: number, value = 'id'): string =>
      `INSERT INTO o SELECT ${value}, CAST(${rest} AS BIGINT) FROM t WHERE MOD(id, 3) = ${rest}`;
    const runs = [
      [of(0), of(1)],
      [of(1, 'id * 10'), of(0)],
    ];
    for (const [run, inserts] of runs.entries()) {
      push(3 * run, 3 * run + 1);
      const set = `EXECUTE STATEMENT SET BEGIN ${inserts.join(';')}; END`;
      for (const job of await new Process(platform, feeds, world).run(DIR, T, O, set)) {
        await job.settled();
        expect(await job.stop()).toEqual({ status: 'stopped', error: null });
      }
    }
    expect(world.committed.toSorted()).toEqual(['+I[0, 0]', '+I[1, 1]', '+I[3, 0]', '+I[40, 1]']);
  });
});

describe('savepoints', () => {
  test('STOP JOB WITH SAVEPOINT gives a path that another job begins from', async () => {
    const [process, job] = await begin(DIR, "SET 'execution.checkpointing.savepoint-dir' = '/sp'");
    push(1);
    await job.settled();
    expect(await process.rows(`STOP JOB '${job.id}' WITH SAVEPOINT`)).toEqual([
      ['savepoint path'],
      ['/sp/insert-into_o/savepoint-1'],
    ]);
    expect(world.committed).toEqual(['+I[1, 1]']);
    push(3);
    const other = new Process(platform, feeds, world);
    const [again] = await other.run(
      "SET 'execution.checkpointing.dir' = '/elsewhere'",
      "SET 'execution.state-recovery.path' = '/sp/insert-into_o/savepoint-1'",
      T,
      O,
      INSERT,
    );
    await again!.settled();
    await again!.stop();
    expect(world.committed).toEqual(['+I[1, 1]', '-U[1, 1]', '+U[1, 2]']);
    // Nor does the job itself begin before its savepoint.
    const [, own] = await begin(DIR);
    await own.settled();
    await own.stop();
    expect(world.committed.slice(3)).toEqual(['-U[1, 1]', '+U[1, 2]']);
  });

  test('WITH DRAIN lets windows fire, and the job has finished', async () => {
    const process = new Process(platform, feeds, world);
    const [job] = await process.run(
      DIR,
      T,
      O,
      "INSERT INTO o SELECT CAST(SUM(id) AS INT), COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end",
    );
    push(1, 2);
    await job!.settled();
    expect(await process.rows(`STOP JOB '${job!.id}' WITH SAVEPOINT WITH DRAIN`)).toEqual([
      ['savepoint path'],
      ['/state/insert-into_o/savepoint-1'],
    ]);
    expect(world.committed).toEqual(['+I[3, 2]']);
    expect(job!.status).toBe('finished');
  });

  test('a job without a place for it says so and goes on', async () => {
    const [process, job] = await begin();
    await job.settled();
    await expect(process.rows(`STOP JOB '${job.id}' WITH SAVEPOINT`)).rejects.toMatchObject({
      code: 'not_in_prerequisite_state',
      message: `job '${job.id}' has no place for a savepoint`,
    });
    expect(job.status).toBe('running');
    await job.stop();
    await expect(process.rows(`STOP JOB '${job.id}' WITH SAVEPOINT`)).rejects.toThrow(/is stopped: no savepoint/);
  });
});

describe('rows that a job cannot use', () => {
  const TABLES = [
    "CREATE TABLE bad (payload BYTES) WITH ('connector' = 'filesystem', 'path' = 'bad', 'format' = 'raw')",
    "CREATE TABLE r (id INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'json', 'millrace.on-error' = 'dead-letter', 'millrace.dead-letter' = 'bad')",
    "CREATE TABLE o (id INT, q INT) WITH ('connector' = 'world')",
  ];
  const DIVIDE = 'INSERT INTO o SELECT id, 10 / (id - 3) FROM r';
  const seen = (): string[] =>
    platform.fileSystem
      .paths()
      .filter((path) => path.startsWith('/bad/part'))
      .map((path) => Buffer.from(platform.fileSystem.get(path)).toString());

  test('are kept when it fails, without checkpoints', async () => {
    platform.fileSystem.put('in/a.json', '{"id":1}\nnonsense\n{"id":2}\n');
    platform.fileSystem.put('in/b.json', '{"id":3}\n');
    const [job] = await new Process(platform, feeds, world).run(...TABLES, DIVIDE);
    expect(await job!.done).toMatchObject({ status: 'failed', error: { code: 'division_by_zero' } });
    expect(seen()).toEqual(['nonsense\n']);
  });

  test('come once with checkpoints, however often it fails', async () => {
    platform.fileSystem.put('in/a.json', '{"id":1}\nnonsense\n{"id":2}\n');
    platform.fileSystem.put('in/b.json', '{"id":3}\n');
    for (let life = 0; life < 2; life++) {
      const [job] = await new Process(platform, feeds, world).run(DIR, ...TABLES, DIVIDE);
      expect((await job!.done).status).toBe('failed');
    }
    platform.fileSystem.put('in/b.json', '{"id":4}\n');
    const [job] = await new Process(platform, feeds, world).run(DIR, ...TABLES, DIVIDE);
    expect((await job!.done).error).toBeNull();
    expect(seen()).toEqual(['nonsense\n']);
    expect(world.committed.toSorted()).toEqual(['+I[1, -5]', '+I[2, -10]', '+I[4, 10]']);
  });
});

test('SHOW JOBS and DESCRIBE JOB', async () => {
  const [process, job] = await begin(DIR);
  push(1);
  await job.settled();
  await job.checkpoint();
  expect(await process.rows('SHOW JOBS')).toEqual([
    ['job id', 'job name', 'status', 'start time'],
    ['1', 'insert-into_o', 'RUNNING', '2023-11-14T22:13:20.000Z'],
  ]);
  const [columns, values] = await process.rows(`DESCRIBE JOB '${job.id}'`);
  expect(columns!.slice(4)).toEqual(['restarts', 'checkpoints', 'last checkpoint', 'last checkpoint path']);
  expect(values!.slice(4)).toEqual([
    '0',
    '1 completed, 0 failed',
    expect.stringMatching(/^1: \d+ bytes, \d+ written, in \d+ ms, stream held for \d+ ms$/),
    '/state/insert-into_o/chk-1.json',
  ]);
  await job.stop();
});

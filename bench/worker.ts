/**
 * One side of one benchmark in a process of its own. It does what its parent asks for, one thing at a time: `cold` (the
 * first pass ever), `warm`, `pass`, `answer`; and says after each what the whole process has used so far.
 */
import { answerTarget } from './answer.ts';
import type { Benchmark } from './benchmark.ts';
import { DuckDbRunner } from './duckdb-runner.ts';
import type { ResultTarget } from '../src/engine/result-target.ts';
import { pauses, runInsert, runQuery } from './engine-runner.ts';
import type { Pauses } from './permuted-keys.ts';

export type Side = 'millrace' | 'duckdb';
export type Request = 'cold' | 'warm' | 'pass' | 'answer';

export interface Reply {
  /** User and system time of all threads since the process began. */
  readonly cpuMs: number;
  readonly peakRssMb: number;
  readonly pauses: Pauses;
  readonly answer: string | null;
  readonly error: string | null;
}

/** Says it is ready, then answers requests until the parent goes. */
export async function serve(benchmark: Benchmark, side: Side): Promise<void> {
  const work = side === 'millrace' ? millrace(benchmark) : await duckdb(benchmark);
  process.on('message', (request: Request) => {
    pauses.longestMs = 0;
    pauses.longestCpuMs = 0;
    work(request).then(
      (answer) => reply(answer, null),
      (error: unknown) => reply(null, error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
  });
  reply(null, null);
}

type Work = (request: Request) => Promise<string | null>;

function millrace(benchmark: Benchmark): Work {
  const { rows, warmRows = rows, select, answerSelect = select, sinkColumns } = benchmark;
  const insert = `INSERT INTO results ${select}`;
  const setup = (count: number): string =>
    `${benchmark.setup(count)} CREATE TABLE results (${sinkColumns}) WITH ('connector' = 'blackhole');`;
  return async (request) => {
    if (request === 'answer') {
      let target: ResultTarget | null = null;
      await runQuery(setup(rows), answerSelect, (schema) => (target = answerTarget(benchmark.answer, schema)));
      return String(target);
    }
    await runInsert(setup(request === 'warm' ? warmRows : rows), insert);
    return null;
  };
}

async function duckdb({ duckdb: sql }: Benchmark): Promise<Work> {
  if (sql === null) throw new Error('there is nothing for DuckDB to do');
  const runner = await DuckDbRunner.open();
  return async (request) => {
    if (request === 'answer') return runner.answer(sql);
    await runner.run(sql);
    return null;
  };
}

function reply(answer: string | null, error: string | null): void {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const message: Reply = {
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    peakRssMb: maxRSS / 1024,
    pauses: { ...pauses },
    answer,
    error,
  };
  process.send?.(message);
}

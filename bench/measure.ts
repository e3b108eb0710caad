/** Measures one benchmark: starts its processes, has them take turns, and compares their answers. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Benchmark, BenchmarkOptions } from './benchmark.ts';
import { ensureFile } from './data-files.ts';
import type { Pauses } from './permuted-keys.ts';
import type { Reply, Request, Side } from './worker.ts';

export interface Measurement {
  /** Rows per CPU-second after a warm pass. */
  readonly rate: number;
  /** The same of the first pass of the process. */
  readonly coldRate: number;
  readonly peerRate: number | null;
  readonly peakRssMb: number;
  readonly pauses: Pauses;
  /** null = the right one. */
  readonly wrongAnswer: string | null;
}

class Worker {
  readonly #child: ChildProcess;
  #last: Reply | null = null;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(benchmark: Benchmark, side: Side, options: BenchmarkOptions): Promise<Worker> {
    const child = fork(
      fileURLToPath(new URL('run.ts', import.meta.url)),
      ['--worker', benchmark.name, side, String(options.seed), String(options.shrink)],
      { execArgv: process.env['MILLRACE_BENCH_EXEC_ARGV']?.split(' ') ?? [] },
    );
    const worker = new Worker(child);
    await worker.#next();
    return worker;
  }

  /** Has the process do something; the CPU time that this took, and what it said. */
  async ask(request: Request): Promise<Reply & { readonly spentMs: number }> {
    const before = this.#last?.cpuMs ?? 0;
    this.#child.send(request);
    const reply = await this.#next();
    return { ...reply, spentMs: reply.cpuMs - before };
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }

  async #next(): Promise<Reply> {
    const reply = await new Promise<Reply>((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`a worker ended with code ${code}`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (message) => {
        this.#child.off('exit', onExit);
        resolve(message as Reply);
      });
    });
    if (reply.error !== null) {
      this.#child.kill();
      throw new Error(reply.error);
    }
    this.#last = reply;
    return reply;
  }
}

/** Passes of one side, added up. */
class Tally {
  spentMs = 0;
  passes = 0;
  readonly pauses: Pauses = { longestMs: 0, longestCpuMs: 0 };
  peakRssMb = 0;

  async add(worker: Worker): Promise<void> {
    const { spentMs, pauses, peakRssMb } = await worker.ask('pass');
    this.spentMs += spentMs;
    this.passes++;
    this.pauses.longestMs = Math.max(this.pauses.longestMs, pauses.longestMs);
    this.pauses.longestCpuMs = Math.max(this.pauses.longestCpuMs, pauses.longestCpuMs);
    this.peakRssMb = peakRssMb;
  }

  rate(rows: number): number {
    return (rows * this.passes * 1000) / this.spentMs;
  }
}

export async function measure(benchmark: Benchmark, options: BenchmarkOptions, seconds: number): Promise<Measurement> {
  const { rows, warmRows = rows } = benchmark;
  for (const file of benchmark.files) await ensureFile(file);
  const millrace = await Worker.start(benchmark, 'millrace', options);
  const duckdb = benchmark.duckdb === null ? null : await Worker.start(benchmark, 'duckdb', options);
  const peer = benchmark.peer ? duckdb : null;
  try {
    // Where a whole pass is long, a shorter one is the cold and the warm one.
    const cold = await millrace.ask(warmRows < rows ? 'warm' : 'cold');
    await millrace.ask('warm');
    await peer?.ask('warm');
    const own = new Tally();
    const others = new Tally();
    const startMs = performance.now();
    const limitMs = seconds * 1000 * (peer === null ? 1 : 2);
    do {
      await own.add(millrace);
      if (peer !== null) await others.add(peer);
    } while (performance.now() - startMs < limitMs);
    const answer = (await millrace.ask('answer')).answer;
    const expected = benchmark.expected?.() ?? (await duckdb?.ask('answer'))?.answer ?? null;
    return {
      rate: own.rate(rows),
      coldRate: (warmRows * 1000) / cold.spentMs,
      peerRate: peer === null ? null : others.rate(rows),
      peakRssMb: own.peakRssMb,
      pauses: own.pauses,
      wrongAnswer: answer === expected ? null : `${answer}, not ${expected}`,
    };
  } finally {
    await millrace.stop();
    await duckdb?.stop();
  }
}

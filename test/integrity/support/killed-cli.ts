/** The command line as a process that is ended without warning and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

export interface CliRun {
  readonly process: ChildProcess;
  /** What it wrote to stderr so far. */
  readonly messages: () => string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly over: Promise<number | NodeJS.Signals>;
}

/** Starts `millrace` with these arguments; `fault` names a fault point and the passing that ends the process. */
export function startCli(args: readonly string[], fault?: string): CliRun {
  const environment = { ...process.env };
  delete environment['MILLRACE_FAULT'];
  if (fault !== undefined) environment['MILLRACE_FAULT'] = fault;
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const over = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal ?? code ?? 0));
  });
  return { process: child, messages: () => text, over };
}

/** Ends it with SIGKILL after `ms`. A process that ended by itself before that is a failure of the test. */
export async function killAfter(run: CliRun, ms: number): Promise<void> {
  const early = await Promise.race([run.over, sleep(ms, null)]);
  if (early !== null) throw new Error(`the process ended by itself (${early}): ${run.messages()}`);
  run.process.kill('SIGKILL');
  await run.over;
}

/** Ends it as a user does and waits; the exit code. */
export async function interrupt(run: CliRun): Promise<number | NodeJS.Signals> {
  run.process.kill('SIGINT');
  return run.over;
}

/** Waits until a process started with a fault ends by it: that it does proves that the point was reached. */
export async function untilFault(run: CliRun, fault: string, timeoutMs: number): Promise<void> {
  const ended = await Promise.race([run.over, sleep(timeoutMs, null)]);
  if (ended === 'SIGKILL') return;
  run.process.kill('SIGKILL');
  await run.over;
  throw new Error(`${fault} was not reached (${ended ?? 'still running'}): ${run.messages()}`);
}

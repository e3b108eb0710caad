/** The outside world as it is: with `node-*.ts` beside it the only file that reaches the process and its streams. */
import { performance } from 'node:perf_hooks';
import { EngineError } from '../errors.ts';
import { FAULT_POINTS, type FaultPoint, type FaultPoints, NO_FAULTS } from './fault-points.ts';
import { nodeFileSystem } from './node-file-system.ts';
import { nodeProcesses } from './node-processes.ts';
import { nodeTransport } from './node-transport.ts';
import type { Clock, Platform, Random, TextOutput } from './platform.ts';
import { sleepUntil } from './sleep.ts';

/** Beyond this many milliseconds `setTimeout` fires at once, so longer waits are made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleepUntil((wake) => startTimer(ms, wake, true), signal),
  schedule: (ms, run) => startTimer(ms, run, false),
};

function startTimer(ms: number, run: () => void, keepAlive: boolean): () => void {
  let left = ms;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const part = Math.min(left, LONGEST_TIMER_MS);
    left -= part;
    timer = setTimeout(() => (left > 0 ? arm() : run()), part);
    if (!keepAlive) timer.unref();
  };
  arm();
  return () => clearTimeout(timer);
}

const random: Random = { next: () => Math.random() };

/**
 * A stream of the process as a text output. When its reader has gone (EPIPE: `millrace … | head`) writing fails with
 * `query_cancelled`, which ends the job that writes without being its fault.
 */
export function streamOutput(stream: NodeJS.WritableStream, name: string): TextOutput {
  let failure: EngineError | undefined;
  const waiting: { resolve(): void; reject(error: EngineError): void }[] = [];
  stream.on('error', (error: NodeJS.ErrnoException) => {
    failure =
      error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED'
        ? new EngineError('query_cancelled', `${name} was closed by its reader`, { cause: error })
        : new EngineError('io_error', `cannot write to ${name}: ${error.message}`, { cause: error });
    for (const one of waiting.splice(0)) one.reject(failure);
  });
  stream.on('drain', () => {
    for (const one of waiting.splice(0)) one.resolve();
  });
  return {
    write(text) {
      if (failure !== undefined) throw failure;
      if (stream.write(text)) return undefined;
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
  };
}

/** For tests: `checkpoint.before-rename:2` ends the process, as `kill -9` would, where that point is passed the second time. */
function faultsOf(text: string | undefined): FaultPoints {
  if (text === undefined || text === '') return NO_FAULTS;
  const [name, passing = '1'] = text.split(':');
  if (!FAULT_POINTS.includes(name as FaultPoint) || !/^\d+$/.test(passing)) {
    throw new EngineError('invalid_option', `MILLRACE_FAULT cannot be '${text}'`, {
      hint: `It is a point and, after a colon, which passing of it: ${FAULT_POINTS.join(', ')}.`,
    });
  }
  let left = Number(passing);
  return {
    reach(point) {
      if (point === name && --left === 0) process.kill(process.pid, 'SIGKILL');
    },
  };
}

let standardOutputs: { readonly stdout: TextOutput; readonly stderr: TextOutput } | undefined;

/** The platform of a real run. The process's outputs are wrapped once, however often it is asked for. */
export function nodePlatform(): Platform {
  standardOutputs ??= {
    stdout: streamOutput(process.stdout, 'standard output'),
    stderr: streamOutput(process.stderr, 'standard error'),
  };
  return {
    clock,
    random,
    fileSystem: nodeFileSystem,
    transport: nodeTransport,
    processes: nodeProcesses,
    faults: faultsOf(process.env['MILLRACE_FAULT']),
    ...standardOutputs,
  };
}

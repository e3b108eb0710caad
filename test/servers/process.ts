/** Servers as child processes that never outlive the process that started them, however that ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerProcess {
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly isRunning: () => boolean;
  /** Asks it to end (SIGTERM), and makes it after `patienceMs`. */
  stop(patienceMs?: number): Promise<void>;
  /** Ends it at once (SIGKILL). */
  kill(): Promise<void>;
}

/** Starts a program whose output goes to a file. It gets no other open file of ours. */
export function startProcess(
  program: string,
  args: readonly string[],
  { cwd, logPath }: { readonly cwd: string; readonly logPath: string },
): ServerProcess {
  const log = openSync(logPath, 'a');
  const child = spawn(program, args, { cwd, stdio: ['ignore', log, log] });
  closeSync(log);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  const watchdog = watch(pid);
  let running = true;
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => {
      running = false;
      watchdog.kill('SIGKILL');
      resolve();
    });
  });
  child.unref();
  return {
    pid,
    ended,
    isRunning: () => running,
    async stop(patienceMs = 15_000) {
      if (!running) return;
      child.ref();
      child.kill('SIGTERM');
      const patience = new AbortController();
      await Promise.race([ended, sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => {})]);
      patience.abort();
      if (running) child.kill('SIGKILL');
      await ended;
    },
    async kill() {
      if (!running) return;
      child.ref();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A process that ends `pid` when the pipe to us breaks: it does when we end, in whatever way. */
function watch(pid: number): ChildProcess {
  const watchdog = spawn('sh', ['-c', `cat >/dev/null; kill -9 ${pid} 2>/dev/null`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  (watchdog.stdin as unknown as { unref?: () => void }).unref?.();
  return watchdog;
}

/** Waits until something listens at the port; throws with the end of the log when the process ends instead. */
export async function untilListening(server: ServerProcess, port: number, logPath: string): Promise<void> {
  const giveUp = Date.now() + 60_000;
  while (!(await listens(port))) {
    if (!server.isRunning() || Date.now() > giveUp) {
      const log = readFileSync(logPath, 'utf8').slice(-3000);
      throw new Error(`the server ${server.isRunning() ? 'does not listen' : 'ended'}:\n${log}`);
    }
    await sleep(50);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const FIRST_PORT = 19_100;
const PORTS = 900;

/** Ports that nobody listens at, from a range that no outgoing connection takes; chosen at random for tests side by side. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count && tries < 10_000; tries++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

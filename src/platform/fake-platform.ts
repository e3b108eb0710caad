/** A platform without an outside: with it a whole run is a function of its seed. */
import { NO_FAULTS } from './fault-points.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryFileSystem } from './memory-file-system.ts';
import { MemoryTransport } from './memory-transport.ts';
import type { Platform, ProcessIdentity, Processes, TextOutput } from './platform.ts';
import { SeededRandom } from './seeded-random.ts';

/** Keeps what was written. */
export class CapturedOutput implements TextOutput {
  #text = '';
  readonly #decoder = new TextDecoder();

  write(text: string | Uint8Array): void {
    this.#text += typeof text === 'string' ? text : this.#decoder.decode(text, { stream: true });
  }

  get text(): string {
    return this.#text;
  }
}

/** One process after another, each with a number of its own. */
export class FakeProcesses implements Processes {
  self: ProcessIdentity = { pid: 1, host: 'fake', started: '1' };
  readonly #alive = new Set([1]);

  isAlive({ pid, host }: ProcessIdentity): boolean | null {
    return host === 'fake' ? this.#alive.has(pid) : null;
  }

  /** This process is no more; what follows is another one. */
  crash(): void {
    this.#alive.delete(this.self.pid);
    this.fork();
  }

  /** What follows is another process, beside this one. */
  fork(): void {
    const pid = this.self.pid + 1;
    this.#alive.add(pid);
    this.self = { pid, host: 'fake', started: String(pid) };
  }
}

export interface FakePlatform extends Platform {
  readonly clock: ManualClock;
  readonly fileSystem: MemoryFileSystem;
  readonly transport: MemoryTransport;
  readonly processes: FakeProcesses;
  readonly stdout: CapturedOutput;
  readonly stderr: CapturedOutput;
}

export function fakePlatform(options: { readonly seed?: number; readonly startMs?: number } = {}): FakePlatform {
  const clock = new ManualClock(options.startMs ?? 0);
  return {
    clock,
    random: new SeededRandom(options.seed ?? 1),
    fileSystem: new MemoryFileSystem(clock),
    transport: new MemoryTransport(),
    processes: new FakeProcesses(),
    faults: NO_FAULTS,
    stdout: new CapturedOutput(),
    stderr: new CapturedOutput(),
  };
}

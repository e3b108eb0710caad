/**
 * The lock of a directory: a file that names the process which holds it. It is made whole by an exclusive create, so
 * nobody reads half of it. Where its process is no more it is taken over: by renaming the dead one's file away, which
 * only one of several can do, and making a new one. Who wrote last is checked again before anything becomes valid
 * (`check`), so that of two that meet in the instant between, one stops.
 */
import { EngineError } from '../errors.ts';
import type { FileSystem, ProcessIdentity, Processes } from '../platform/platform.ts';
import { readWhole } from './stored-checkpoint.ts';

const TRIES = 5;

export class DirectoryLock {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  readonly #content: string;

  private constructor(fileSystem: FileSystem, path: string, content: string) {
    this.#fileSystem = fileSystem;
    this.#path = path;
    this.#content = content;
  }

  static async take(fileSystem: FileSystem, directory: string, processes: Processes): Promise<DirectoryLock> {
    const path = `${directory}/lock`;
    const content = `${JSON.stringify(processes.self)}\n`;
    for (let i = 0; i < TRIES; i++) {
      if (await fileSystem.createExclusive(path, Buffer.from(content))) {
        return new DirectoryLock(fileSystem, path, content);
      }
      const held = await readText(fileSystem, path);
      // Let go meanwhile.
      if (held === null) continue;
      const holder = parseHolder(held);
      const alive = holder === null ? null : processes.isAlive(holder);
      if (alive !== false) throw inUse(directory, path, holder, alive, processes.self);
      const away = `${path}.${processes.self.pid}.dead`;
      try {
        await fileSystem.rename(path, away);
      } catch (error) {
        if (error instanceof EngineError && error.code === 'undefined_file') continue;
        throw error;
      }
      const taken = await readText(fileSystem, away);
      // Somebody was faster, and this is that one's lock: it gets it back.
      if (taken !== held) await fileSystem.rename(away, path);
      else await fileSystem.remove(away);
    }
    throw new EngineError('object_in_use', `cannot lock "${directory}": others take and leave it all the time`);
  }

  /** Throws when the lock is somebody else's by now. */
  async check(): Promise<void> {
    if ((await readText(this.#fileSystem, this.#path)) === this.#content) return;
    throw new EngineError('object_in_use', `the lock "${this.#path}" is no longer held by this process`, {
      hint: 'Another process has taken the directory over, or the file was removed.',
    });
  }

  async release(): Promise<void> {
    if ((await readText(this.#fileSystem, this.#path)) === this.#content) await this.#fileSystem.remove(this.#path);
  }
}

async function readText(fileSystem: FileSystem, path: string): Promise<string | null> {
  try {
    return Buffer.from(await readWhole(fileSystem, path)).toString('utf8');
  } catch (error) {
    if (error instanceof EngineError && error.code === 'undefined_file') return null;
    throw error;
  }
}

function parseHolder(text: string): ProcessIdentity | null {
  try {
    const { pid, host, started } = JSON.parse(text) as ProcessIdentity;
    return Number.isInteger(pid) && typeof host === 'string' ? { pid, host, started: String(started) } : null;
  } catch {
    // Not a lock that we wrote.
    return null;
  }
}

function inUse(
  directory: string,
  path: string,
  holder: ProcessIdentity | null,
  alive: boolean | null,
  self: ProcessIdentity,
): EngineError {
  const own = holder?.pid === self.pid && holder.host === self.host;
  const who =
    holder === null
      ? 'an unknown process'
      : own
        ? 'another job of this process'
        : `process ${holder.pid} on ${holder.host}`;
  return new EngineError('object_in_use', `the state directory "${directory}" is in use by ${who}`, {
    hint: own
      ? 'Give the jobs names of their own with pipeline.name, or another directory.'
      : alive === true
        ? 'Stop that process first, or use another directory.'
        : `Whether it still runs cannot be seen from here. If it does not, remove "${path}".`,
  });
}

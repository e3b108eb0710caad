/** The local disk over `node:fs`. Reads and writes are synchronous: on a local medium that is faster than waiting. */
import * as fs from 'node:fs';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import { EngineError } from '../errors.ts';
import type { FileInfo, FileSystem, PositionedFile, ReadableFile, WritableFile } from './platform.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOSPC: 'no space left on the device',
  EIO: 'input/output error',
  EDQUOT: 'disk quota exceeded',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EMFILE: 'too many open files',
  EROFS: 'the file system is read-only',
  EXDEV: 'the target is on another device',
};

/** The error of a failed file operation: `undefined_file` when nothing is there, else `io_error`. */
export function fileError(what: string, path: string, cause: unknown): EngineError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const reason = REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new EngineError(code === 'ENOENT' ? 'undefined_file' : 'io_error', `cannot ${what} "${path}": ${reason}`, {
    cause,
  });
}

function attempt<T>(what: string, path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw fileError(what, path, error);
  }
}

function info(path: string, stats: fs.Stats): FileInfo {
  return {
    path,
    kind: stats.isDirectory() ? 'directory' : 'file',
    sizeBytes: stats.size,
    modifiedMs: Math.floor(stats.mtimeMs),
  };
}

function readable(fd: number, path: string): ReadableFile {
  const stats = fs.fstatSync(fd);
  // A device has no positions, and a synchronous read of it could stop the whole process.
  const positioned = stats.isFile();
  return {
    sizeBytes: positioned ? stats.size : 0,
    read(into, position) {
      if (positioned) return attempt('read', path, () => fs.readSync(fd, into, 0, into.length, position));
      return new Promise((resolve, reject) => {
        fs.read(fd, into, 0, into.length, null, (error, count) =>
          error === null ? resolve(count) : reject(fileError('read', path, error)),
        );
      });
    },
    close: async () => attempt('close', path, () => fs.closeSync(fd)),
  };
}

/**
 * A pipe, through the event loop: a thread that waits in a read could not be called back, and would keep the process
 * from ending.
 */
function pipe(fd: number, path: string): ReadableFile {
  const socket = new Socket({ fd, readable: true, writable: false });
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  let rest: Uint8Array = new Uint8Array(0);
  return {
    sizeBytes: 0,
    async read(into) {
      if (rest.length === 0) {
        try {
          const next = await chunks.next();
          if (next.done === true) return 0;
          rest = next.value;
        } catch (error) {
          throw fileError('read', path, error);
        }
      }
      const count = Math.min(rest.length, into.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    close: async () => void socket.destroy(),
  };
}

function writable(fd: number, path: string): WritableFile {
  return {
    write(bytes) {
      attempt('write', path, () => {
        for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at, bytes.length - at);
      });
    },
    async writeAside(bytes) {
      for (let at = 0; at < bytes.length;) at += await writeAside(fd, bytes.subarray(at), path);
    },
    sync: () => sync(fd, path),
    close: async () => attempt('close', path, () => fs.closeSync(fd)),
  };
}

function positioned(fd: number, path: string): PositionedFile {
  return {
    read: (into, position) => attempt('read', path, () => fs.readSync(fd, into, 0, into.length, position)),
    write(bytes, position) {
      attempt('write', path, () => {
        for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at, bytes.length - at, position + at);
      });
    },
    sync: () => sync(fd, path),
    close: async () => attempt('close', path, () => fs.closeSync(fd)),
  };
}

function writeAside(fd: number, bytes: Uint8Array, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(fd, bytes, 0, bytes.length, null, (error, count) =>
      error === null ? resolve(count) : reject(fileError('write', path, error)),
    );
  });
}

function sync(fd: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(fd, (error) => (error === null ? resolve() : reject(fileError('sync', path, error))));
  });
}

function makeParent(path: string): void {
  attempt('make the directory', parent(path), () => fs.mkdirSync(parent(path), { recursive: true }));
}

function parent(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash) || '/';
}

/** Where directories cannot be opened, or synced, their entries need no help. */
async function syncDirectory(path: string): Promise<void> {
  let fd: number;
  try {
    fd = fs.openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw fileError('sync', path, error);
    return;
  }
  try {
    await sync(fd, path);
  } catch (error) {
    const code = ((error as EngineError).cause as NodeJS.ErrnoException).code;
    if (code !== 'EINVAL' && code !== 'EPERM') throw error;
  } finally {
    fs.closeSync(fd);
  }
}

let exclusive = 0;

export const nodeFileSystem: FileSystem = {
  resolve: (path) => resolve(path),
  async stat(path) {
    const stats = attempt('look at', path, () => fs.statSync(path, { throwIfNoEntry: false }));
    return stats === undefined ? null : info(path, stats);
  },
  async list(path) {
    const names = attempt('list', path, () => fs.readdirSync(path));
    const found: FileInfo[] = [];
    for (const name of names.sort()) {
      const full = path.endsWith('/') ? path + name : `${path}/${name}`;
      // What is gone again, or points nowhere, is not an entry; nor is a pipe or socket, whose opening may never end.
      const stats = attempt('look at', full, () => fs.statSync(full, { throwIfNoEntry: false }));
      if (stats?.isFile() === true || stats?.isDirectory() === true) found.push(info(full, stats));
    }
    return found;
  },
  async openRead(path) {
    const { O_RDONLY, O_NONBLOCK } = fs.constants;
    // Otherwise opening a pipe waits for a writer, and the whole process with it. Files do not mind.
    const fd = attempt('open', path, () => fs.openSync(path, O_RDONLY | O_NONBLOCK));
    const stats = fs.fstatSync(fd);
    if (stats.isFile()) return readable(fd, path);
    if (stats.isFIFO()) return pipe(fd, path);
    fs.closeSync(fd);
    if (!stats.isDirectory())
      return readable(
        attempt('open', path, () => fs.openSync(path, 'r')),
        path,
      );
    throw fileError('open', path, { code: 'EISDIR' });
  },
  async openWrite(path) {
    makeParent(path);
    return writable(
      attempt('create', path, () => fs.openSync(path, 'w')),
      path,
    );
  },
  async openAppend(path) {
    makeParent(path);
    return writable(
      attempt('open', path, () => fs.openSync(path, 'a')),
      path,
    );
  },
  async openPositioned(path) {
    makeParent(path);
    const { O_RDWR, O_CREAT } = fs.constants;
    return positioned(
      attempt('open', path, () => fs.openSync(path, O_RDWR | O_CREAT)),
      path,
    );
  },
  async createExclusive(path, bytes) {
    makeParent(path);
    const whole = `${path}.${process.pid}-${exclusive++}.new`;
    // Synced first: else a power cut could leave the name and not the bytes.
    attempt('create', path, () => fs.writeFileSync(whole, bytes, { flush: true }));
    try {
      fs.linkSync(whole, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw fileError('create', path, error);
    } finally {
      fs.unlinkSync(whole);
    }
  },
  async rename(from, to) {
    attempt('rename', from, () => fs.renameSync(from, to));
    await syncDirectory(parent(to));
  },
  async remove(path) {
    attempt('remove', path, () => fs.rmSync(path, { recursive: true, force: true }));
  },
  async makeDirectory(path) {
    attempt('make the directory', path, () => fs.mkdirSync(path, { recursive: true }));
  },
  syncDirectory,
};

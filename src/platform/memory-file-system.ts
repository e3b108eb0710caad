/**
 * A disk in memory that fails on demand, for crash and fault tests.
 *
 * Every file knows how much of it was synced. `crash` is the power cut: open handles die and what was not synced is
 * lost, or torn: an arbitrary part of it is kept. Renames count as durable once they return.
 */
import { EngineError } from '../errors.ts';
import { fileError } from './node-file-system.ts';
import type { Clock, FileInfo, FileSystem, Random, ReadableFile, WritableFile } from './platform.ts';

export type FileOperation = 'stat' | 'list' | 'open' | 'read' | 'create' | 'write' | 'sync' | 'rename' | 'remove';

export interface Fault {
  readonly operation: FileOperation;
  /** As the system would name it: `ENOSPC`, `EACCES`, `EIO` … */
  readonly code: string;
  /** Which paths; absent = all. */
  readonly path?: RegExp;
  /** Lets so many matching operations pass first. */
  readonly after?: number;
  /** Then fails so many; absent = once. */
  readonly times?: number;
  /** For `write`: so many bytes of it reach the file before the failure. */
  readonly tornAtByte?: number;
}

interface StoredFile {
  bytes: Uint8Array;
  length: number;
  synced: number;
  modifiedMs: number;
}

export class MemoryFileSystem implements FileSystem {
  readonly #clock: Clock;
  readonly #files = new Map<string, StoredFile>();
  readonly #directories = new Set<string>(['/']);
  #faults: { readonly fault: Fault; toPass: number; toFail: number }[] = [];
  #life = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Arms a fault; several may be armed, and the first that matches fires. */
  inject(fault: Fault): void {
    this.#faults.push({ fault, toPass: fault.after ?? 0, toFail: fault.times ?? 1 });
  }

  clearFaults(): void {
    this.#faults = [];
  }

  /** Cuts the power. With `random`, each file keeps an arbitrary part of what was not synced; without, nothing of it. */
  crash(random?: Random): void {
    this.#life++;
    for (const file of this.#files.values()) {
      const unsynced = file.length - file.synced;
      file.length = file.synced + (random === undefined ? 0 : Math.floor(random.next() * (unsynced + 1)));
      file.synced = file.length;
    }
  }

  /** Places a file, parents included. */
  put(path: string, content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content.slice();
    const clean = normalize(path);
    this.#makeParents(clean);
    this.#files.set(clean, { bytes, length: bytes.length, synced: bytes.length, modifiedMs: this.#clock.now() });
  }

  /** A file's bytes, as a reader would see them now. */
  get(path: string): Uint8Array {
    const file = this.#files.get(normalize(path));
    if (file === undefined) throw fileError('read', path, { code: 'ENOENT' });
    return file.bytes.slice(0, file.length);
  }

  /** All files by path, in order. */
  paths(): string[] {
    return [...this.#files.keys()].sort();
  }

  resolve(path: string): string {
    return normalize(path);
  }

  async stat(path: string): Promise<FileInfo | null> {
    this.#check('stat', 'look at', path);
    return this.#info(normalize(path));
  }

  async list(path: string): Promise<readonly FileInfo[]> {
    this.#check('list', 'list', path);
    const clean = normalize(path);
    if (!this.#directories.has(clean)) {
      throw fileError('list', path, { code: this.#files.has(clean) ? 'ENOTDIR' : 'ENOENT' });
    }
    return [...this.#files.keys(), ...this.#directories]
      .filter((name) => name !== '/' && parent(name) === clean)
      .sort()
      .map((name) => this.#info(name) as FileInfo);
  }

  async openRead(path: string): Promise<ReadableFile> {
    this.#check('open', 'open', path);
    const clean = normalize(path);
    const file = this.#files.get(clean);
    if (file === undefined) {
      throw fileError('open', path, { code: this.#directories.has(clean) ? 'EISDIR' : 'ENOENT' });
    }
    const life = this.#life;
    return {
      sizeBytes: file.length,
      read: (into, position) => {
        this.#alive(life, path);
        this.#check('read', 'read', path);
        const part = file.bytes.subarray(
          Math.min(position, file.length),
          Math.min(position + into.length, file.length),
        );
        into.set(part);
        return part.length;
      },
      close: async () => {},
    };
  }

  async openWrite(path: string): Promise<WritableFile> {
    this.#check('create', 'create', path);
    const clean = normalize(path);
    if (this.#directories.has(clean)) throw fileError('create', path, { code: 'EISDIR' });
    this.#makeParents(clean);
    const file: StoredFile = { bytes: new Uint8Array(256), length: 0, synced: 0, modifiedMs: this.#clock.now() };
    this.#files.set(clean, file);
    const life = this.#life;
    return {
      write: (bytes) => {
        this.#alive(life, path);
        const fault = this.#match('write', path);
        append(file, fault === undefined ? bytes : bytes.subarray(0, fault.tornAtByte ?? 0));
        file.modifiedMs = this.#clock.now();
        if (fault !== undefined) throw fileError('write', path, { code: fault.code });
      },
      sync: async () => {
        this.#alive(life, path);
        this.#check('sync', 'sync', path);
        file.synced = file.length;
      },
      close: async () => {},
    };
  }

  async rename(from: string, to: string): Promise<void> {
    this.#check('rename', 'rename', from);
    const source = normalize(from);
    const target = normalize(to);
    const file = this.#files.get(source);
    if (file !== undefined) {
      if (!this.#directories.has(parent(target))) throw fileError('rename', from, { code: 'ENOENT' });
      this.#files.delete(source);
      this.#files.set(target, file);
      return;
    }
    if (!this.#directories.has(source)) throw fileError('rename', from, { code: 'ENOENT' });
    this.#makeParents(target);
    this.#directories.add(target);
    for (const name of [...this.#files.keys()].filter((name) => name.startsWith(`${source}/`))) {
      this.#files.set(target + name.slice(source.length), this.#files.get(name) as StoredFile);
      this.#files.delete(name);
    }
    for (const name of [...this.#directories].filter((name) => name === source || name.startsWith(`${source}/`))) {
      this.#directories.add(target + name.slice(source.length));
      this.#directories.delete(name);
    }
  }

  async remove(path: string): Promise<void> {
    this.#check('remove', 'remove', path);
    const clean = normalize(path);
    const inside = (name: string): boolean => name === clean || name.startsWith(`${clean}/`);
    for (const name of [...this.#files.keys()].filter(inside)) this.#files.delete(name);
    for (const name of [...this.#directories].filter(inside)) this.#directories.delete(name);
  }

  async makeDirectory(path: string): Promise<void> {
    const clean = normalize(path);
    this.#makeParents(clean);
    this.#directories.add(clean);
  }

  #info(path: string): FileInfo | null {
    const file = this.#files.get(path);
    if (file !== undefined) return { path, kind: 'file', sizeBytes: file.length, modifiedMs: file.modifiedMs };
    return this.#directories.has(path) ? { path, kind: 'directory', sizeBytes: 0, modifiedMs: 0 } : null;
  }

  #makeParents(path: string): void {
    for (let at = parent(path); at !== '/'; at = parent(at)) this.#directories.add(at);
  }

  #alive(life: number, path: string): void {
    if (life !== this.#life) throw new EngineError('io_error', `the handle of "${path}" died in a crash`);
  }

  #check(operation: FileOperation, what: string, path: string): void {
    const fault = this.#match(operation, path);
    if (fault !== undefined) throw fileError(what, path, { code: fault.code });
  }

  #match(operation: FileOperation, path: string): Fault | undefined {
    for (const armed of this.#faults) {
      if (armed.fault.operation !== operation || armed.toFail === 0) continue;
      if (armed.fault.path !== undefined && !armed.fault.path.test(path)) continue;
      if (armed.toPass > 0) {
        armed.toPass--;
        continue;
      }
      armed.toFail--;
      return armed.fault;
    }
    return undefined;
  }
}

function append(file: StoredFile, bytes: Uint8Array): void {
  const need = file.length + bytes.length;
  if (need > file.bytes.length) {
    const grown = new Uint8Array(Math.max(need, file.bytes.length * 2));
    grown.set(file.bytes.subarray(0, file.length));
    file.bytes = grown;
  }
  file.bytes.set(bytes, file.length);
  file.length = need;
}

/** `a/./b//c/` and `/a/b/c` alike as `/a/b/c`: the working directory is the root. */
function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

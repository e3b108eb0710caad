/**
 * A disk in memory that fails on demand, for crash and fault tests.
 *
 * Every file knows how much of it was synced, and every directory which of its entries were. `crash` is the power cut:
 * open handles die and what was not synced is lost, or torn: an arbitrary part of it is kept, with holes in it. Names
 * count as durable once their directory was synced, which a rename does to the one it renames into.
 */
import { EngineError } from '../errors.ts';
import { fileError } from './node-file-system.ts';
import type { Clock, FileInfo, FileSystem, PositionedFile, Random, ReadableFile, WritableFile } from './platform.ts';

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

/** A crash leaves holes of this size at most. */
const SECTOR = 512;

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
  /** Files and directories whose names are not on the medium yet. */
  readonly #unsyncedNames = new Set<string>();
  #faults: { readonly fault: Fault; toPass: number; toFail: number }[] = [];
  #life = 0;
  #off = false;

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

  /** Nothing works until `crash` brings the power back: for a process that must do no more while it unwinds. */
  powerOff(): void {
    this.#off = true;
  }

  /**
   * Cuts the power. With `random`, an arbitrary part of what was not synced is left, of names and of bytes; without,
   * all names and no bytes.
   */
  crash(random?: Random): void {
    this.#life++;
    this.#off = false;
    if (random !== undefined) {
      for (const name of this.#unsyncedNames) if (random.next() < 0.5) this.#drop(name);
    }
    this.#unsyncedNames.clear();
    for (const file of this.#files.values()) {
      const unsynced = file.length - file.synced;
      const kept = random === undefined ? 0 : Math.floor(random.next() * (unsynced + 1));
      if (random !== undefined && kept > 0 && random.next() < 0.25) {
        const hole = file.synced + Math.floor(random.next() * kept);
        file.bytes.fill(0, hole, Math.min(hole + SECTOR, file.synced + kept));
      }
      file.length = file.synced + kept;
      file.synced = file.length;
    }
  }

  /** Places a file, parents included. */
  put(path: string, content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content.slice();
    const clean = normalize(path);
    this.#makeParents(clean);
    this.#files.set(clean, { bytes, length: bytes.length, synced: bytes.length, modifiedMs: this.#clock.now() });
    for (let at = clean; at !== '/'; at = parent(at)) this.#unsyncedNames.delete(at);
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
    const known = this.#files.has(clean);
    const file: StoredFile = { bytes: new Uint8Array(256), length: 0, synced: 0, modifiedMs: this.#clock.now() };
    this.#place(clean, file, known);
    return this.#writable(path, file);
  }

  async openAppend(path: string): Promise<WritableFile> {
    this.#check('open', 'open', path);
    return this.#writable(path, this.#existingOrNew(path));
  }

  async openPositioned(path: string): Promise<PositionedFile> {
    this.#check('open', 'open', path);
    const file = this.#existingOrNew(path);
    const life = this.#life;
    return {
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
      write: (bytes, position) => {
        this.#alive(life, path);
        this.#write(path, file, bytes, position);
        file.synced = Math.min(file.synced, position);
      },
      sync: () => this.#sync(life, path, file),
      close: async () => {},
    };
  }

  async createExclusive(path: string, bytes: Uint8Array): Promise<boolean> {
    this.#check('create', 'create', path);
    const clean = normalize(path);
    if (this.#files.has(clean) || this.#directories.has(clean)) return false;
    const content = bytes.slice();
    const { length } = content;
    this.#place(clean, { bytes: content, length, synced: length, modifiedMs: this.#clock.now() }, false);
    return true;
  }

  #existingOrNew(path: string): StoredFile {
    const clean = normalize(path);
    const known = this.#files.get(clean);
    if (known !== undefined) return known;
    const file: StoredFile = { bytes: new Uint8Array(256), length: 0, synced: 0, modifiedMs: this.#clock.now() };
    this.#place(clean, file, false);
    return file;
  }

  #place(path: string, file: StoredFile, known: boolean): void {
    if (this.#directories.has(path)) throw fileError('create', path, { code: 'EISDIR' });
    this.#makeParents(path);
    this.#files.set(path, file);
    if (!known) this.#unsyncedNames.add(path);
  }

  #writable(path: string, file: StoredFile): WritableFile {
    const life = this.#life;
    const write = (bytes: Uint8Array): void => {
      this.#alive(life, path);
      this.#write(path, file, bytes, file.length);
    };
    return {
      write,
      writeAside: async (bytes) => {
        await Promise.resolve();
        write(bytes);
      },
      sync: () => this.#sync(life, path, file),
      close: async () => {},
    };
  }

  #write(path: string, file: StoredFile, bytes: Uint8Array, position: number): void {
    const fault = this.#match('write', path);
    put(file, fault === undefined ? bytes : bytes.subarray(0, fault.tornAtByte ?? 0), position);
    file.modifiedMs = this.#clock.now();
    if (fault !== undefined) throw fileError('write', path, { code: fault.code });
  }

  async #sync(life: number, path: string, file: StoredFile): Promise<void> {
    this.#alive(life, path);
    this.#check('sync', 'sync', path);
    file.synced = file.length;
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
      this.#unsyncedNames.delete(source);
      this.#syncNames(parent(target));
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
    for (const name of [...this.#unsyncedNames].filter((name) => name === source || name.startsWith(`${source}/`))) {
      this.#unsyncedNames.delete(name);
      this.#unsyncedNames.add(target + name.slice(source.length));
    }
    this.#syncNames(parent(target));
  }

  async remove(path: string): Promise<void> {
    this.#check('remove', 'remove', path);
    this.#drop(normalize(path));
  }

  #drop(path: string): void {
    const inside = (name: string): boolean => name === path || name.startsWith(`${path}/`);
    for (const name of [...this.#files.keys()].filter(inside)) this.#files.delete(name);
    for (const name of [...this.#directories].filter(inside)) this.#directories.delete(name);
    for (const name of [...this.#unsyncedNames].filter(inside)) this.#unsyncedNames.delete(name);
  }

  async makeDirectory(path: string): Promise<void> {
    this.#check('create', 'make the directory', path);
    this.#makeParents(`${normalize(path)}/any`);
  }

  async syncDirectory(path: string): Promise<void> {
    this.#check('sync', 'sync', path);
    const clean = normalize(path);
    if (!this.#directories.has(clean)) throw fileError('sync', path, { code: 'ENOENT' });
    this.#syncNames(clean);
  }

  #syncNames(directory: string): void {
    for (const name of this.#unsyncedNames) if (parent(name) === directory) this.#unsyncedNames.delete(name);
  }

  #info(path: string): FileInfo | null {
    const file = this.#files.get(path);
    if (file !== undefined) return { path, kind: 'file', sizeBytes: file.length, modifiedMs: file.modifiedMs };
    return this.#directories.has(path) ? { path, kind: 'directory', sizeBytes: 0, modifiedMs: 0 } : null;
  }

  #makeParents(path: string): void {
    for (let at = parent(path); at !== '/'; at = parent(at)) {
      if (this.#directories.has(at)) break;
      this.#directories.add(at);
      this.#unsyncedNames.add(at);
    }
  }

  #alive(life: number, path: string): void {
    if (life !== this.#life || this.#off) throw new EngineError('io_error', `the handle of "${path}" died in a crash`);
  }

  #check(operation: FileOperation, what: string, path: string): void {
    const fault = this.#match(operation, path);
    if (fault !== undefined) throw fileError(what, path, { code: fault.code });
  }

  #match(operation: FileOperation, path: string): Fault | undefined {
    if (this.#off) return { operation, code: 'EIO' };
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

function put(file: StoredFile, bytes: Uint8Array, position: number): void {
  const need = position + bytes.length;
  if (need > file.bytes.length) {
    const grown = new Uint8Array(Math.max(need, file.bytes.length * 2));
    grown.set(file.bytes.subarray(0, file.length));
    file.bytes = grown;
  } else if (position > file.length) file.bytes.fill(0, file.length, position);
  file.bytes.set(bytes, position);
  file.length = Math.max(file.length, need);
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

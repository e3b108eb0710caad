/** A checkpoint on disk, to be verified and restored from. */
import { crc32 } from 'node:zlib';
import { EngineError } from '../errors.ts';
import type { FileSystem, ReadableFile } from '../platform/platform.ts';
import type { WrittenState } from '../state/state.ts';
import { type Manifest, damaged, parseManifest } from './manifest.ts';

/** How much is verified before others get their turn. */
const TURN_BYTES = 16 << 20;

export class StoredCheckpoint {
  readonly path: string;
  readonly manifest: Manifest;
  readonly states: ReadonlyMap<string, WrittenState>;
  readonly #files: readonly ReadableFile[];

  private constructor(path: string, manifest: Manifest, files: readonly ReadableFile[]) {
    this.path = path;
    this.manifest = manifest;
    this.#files = files;
    this.states = new Map(
      manifest.states.map(({ id, description, pages }) => [id, { description, page: this.#reader(pages) }]),
    );
  }

  /** Reads the manifest and opens its page files; throws `data_corrupted` where anything is not as it was written. */
  static async open(fileSystem: FileSystem, path: string): Promise<StoredCheckpoint> {
    const manifest = parseManifest(await readWhole(fileSystem, path));
    const directory = path.slice(0, path.lastIndexOf('/'));
    const files: ReadableFile[] = [];
    try {
      for (const { name, sizeBytes } of manifest.files) {
        const file = await fileSystem.openRead(`${directory}/${name}`);
        files.push(file);
        if (file.sizeBytes < sizeBytes) {
          throw damaged(`"${name}" has ${file.sizeBytes} bytes of the ${sizeBytes} that were written`);
        }
      }
      const stored = new StoredCheckpoint(path, manifest, files);
      await stored.#verify();
      return stored;
    } catch (error) {
      for (const file of files) await file.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close();
  }

  async #verify(): Promise<void> {
    let read = 0;
    for (const { id, pages } of this.manifest.states) {
      const { page } = this.states.get(id) as WrittenState;
      for (let i = 0; i < pages.length / 4; i++) {
        read += page(i).length;
        if (read < TURN_BYTES) continue;
        read = 0;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  #reader(pages: readonly number[]): (page: number) => Uint8Array {
    let buffer = new Uint8Array(0);
    return (page) => {
      const at = page * 4;
      const file = pages[at];
      const offset = pages[at + 1] as number;
      const length = pages[at + 2] as number;
      if (file === undefined) throw damaged(`there is no page ${page}`);
      if (buffer.length < length) buffer = new Uint8Array(length);
      const bytes = buffer.subarray(0, length);
      const count = (this.#files[file] as ReadableFile).read(bytes, offset);
      if (typeof count !== 'number') throw new EngineError('internal_error', 'pages are read from a local disk');
      if (count !== length || crc32(bytes) !== pages[at + 3]) {
        const { name } = this.manifest.files[file] as Manifest['files'][number];
        throw damaged(`the page at byte ${offset} of "${name}" does not match its checksum`);
      }
      return bytes;
    };
  }
}

export async function readWhole(fileSystem: FileSystem, path: string): Promise<Uint8Array> {
  const file = await fileSystem.openRead(path);
  try {
    const bytes = new Uint8Array(file.sizeBytes);
    let at = 0;
    while (at < bytes.length) {
      const count = await file.read(bytes.subarray(at), at);
      if (count === 0) break;
      at += count;
    }
    return bytes.subarray(0, at);
  } finally {
    await file.close();
  }
}

/** Makes a file of these bytes appear under its name whole, on the medium, or not at all. */
export async function writeWhole(
  fileSystem: FileSystem,
  path: string,
  bytes: Uint8Array,
  beforeRename: () => void | Promise<void> = () => {},
): Promise<void> {
  const slash = path.lastIndexOf('/');
  const hidden = `${path.slice(0, slash)}/.${path.slice(slash + 1)}.new`;
  const file = await fileSystem.openWrite(hidden);
  try {
    await file.writeAside(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await beforeRename();
  await fileSystem.rename(hidden, path);
}

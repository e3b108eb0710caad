import type { FileSystem, WritableFile } from '../../platform/platform.ts';

const BUFFER_SIZE = 1 << 16;
const IN_PROGRESS = '.inprogress';

/** A file in the making: under a hidden name until it is committed, so that no reader sees a part of it. */
export class PartFile {
  readonly pendingPath: string;
  readonly finalPath: string;
  readonly openedMs: number;
  sizeBytes = 0;
  readonly #fileSystem: FileSystem;
  readonly #file: WritableFile;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #used = 0;

  private constructor(
    fileSystem: FileSystem,
    file: WritableFile,
    place: { readonly pendingPath: string; readonly finalPath: string; readonly openedMs: number },
  ) {
    this.#fileSystem = fileSystem;
    this.#file = file;
    this.pendingPath = place.pendingPath;
    this.finalPath = place.finalPath;
    this.openedMs = place.openedMs;
  }

  /** Files of a `writer` can be told from all others as long as they are hidden. */
  static async open(
    fileSystem: FileSystem,
    file: { readonly directory: string; readonly name: string; readonly writer: string | undefined },
    nowMs: number,
  ): Promise<PartFile> {
    const { directory, name, writer } = file;
    const place = {
      pendingPath: `${directory}/.${name}${writer === undefined ? '' : `.${writer}`}${IN_PROGRESS}`,
      finalPath: `${directory}/${name}`,
      openedMs: nowMs,
    };
    return new PartFile(fileSystem, await fileSystem.openWrite(place.pendingPath), place);
  }

  /** Takes `bytes`, which may change once the result has resolved. */
  write(bytes: Uint8Array): void | Promise<void> {
    this.sizeBytes += bytes.length;
    if (this.#used + bytes.length <= BUFFER_SIZE) {
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
      return undefined;
    }
    const emptied = this.#empty();
    if (bytes.length <= BUFFER_SIZE) {
      if (emptied !== undefined) return emptied.then(() => this.#keep(bytes));
      return this.#keep(bytes);
    }
    return emptied === undefined ? this.#file.write(bytes) : emptied.then(() => this.#file.write(bytes));
  }

  async sync(): Promise<void> {
    await this.#empty();
    await this.#file.sync();
  }

  /** Nothing is written after this; the bytes are on the medium. */
  async finish(): Promise<void> {
    await this.sync();
    await this.#file.close();
  }

  async discard(): Promise<void> {
    try {
      await this.#file.close();
    } finally {
      await this.#fileSystem.remove(this.pendingPath);
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#buffer.set(bytes);
    this.#used = bytes.length;
  }

  #empty(): void | Promise<void> {
    const full = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    return full.length === 0 ? undefined : this.#file.write(full);
  }
}

/** The hidden files of a writer in a directory and all below it, with the subtask that made each. */
export async function hiddenFiles(
  fileSystem: FileSystem,
  directory: string,
  writer: string,
): Promise<readonly { readonly path: string; readonly subtask: number }[]> {
  if ((await fileSystem.stat(directory))?.kind !== 'directory') return [];
  const found: { readonly path: string; readonly subtask: number }[] = [];
  for (const { path, kind } of await fileSystem.list(directory)) {
    if (kind === 'directory') found.push(...(await hiddenFiles(fileSystem, path, writer)));
    else {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const subtask = /^\.part-[0-9a-f-]{36}-(\d+)-/.exec(name)?.[1];
      if (subtask !== undefined && name.endsWith(`.${writer}${IN_PROGRESS}`)) {
        found.push({ path, subtask: Number(subtask) });
      }
    }
  }
  return found;
}

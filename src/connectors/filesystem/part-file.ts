import type { FileSystem, WritableFile } from '../../platform/platform.ts';

const BUFFER_SIZE = 1 << 16;

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

  static async open(fileSystem: FileSystem, directory: string, name: string, nowMs: number): Promise<PartFile> {
    const place = {
      pendingPath: `${directory}/.${name}.inprogress`,
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

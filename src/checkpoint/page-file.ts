/**
 * A file of pages in the making. Pages are gathered into a buffer of a few MiB, which is written beside what the process
 * does meanwhile.
 */
import { crc32 } from 'node:zlib';
import type { FileSystem, WritableFile } from '../platform/platform.ts';

/** Where a page stands. */
export interface PagePlace {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

const BUFFER_SIZE = 4 << 20;
const FIRST_SIZE = 1 << 16;
/** Begins every page file, so that one can be told from another file. */
const MAGIC = Buffer.from('MILLRACE PAGES 1');

export class PageFile {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #name: string;
  #file: WritableFile | null = null;
  #buffer: Uint8Array = new Uint8Array(FIRST_SIZE);
  #used = 0;
  #written = 0;

  constructor(fileSystem: FileSystem, directory: string, name: string) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#name = name;
  }

  /** How long the file is; 0 when no page went into it, and there is none. */
  get sizeBytes(): number {
    return this.#written + this.#used;
  }

  /** Takes a copy of a page. While `full` the caller calls `empty` before the next. */
  add(page: Uint8Array): PagePlace {
    if (this.sizeBytes === 0) this.#append(MAGIC);
    const offset = this.sizeBytes;
    this.#append(page);
    return { file: this.#name, offset, length: page.length, crc: crc32(page) };
  }

  get name(): string {
    return this.#name;
  }

  get full(): boolean {
    return this.#used >= BUFFER_SIZE;
  }

  async empty(): Promise<void> {
    this.#file ??= await this.#fileSystem.openWrite(`${this.#directory}/${this.#name}`);
    await this.#file.writeAside(this.#buffer.subarray(0, this.#used));
    this.#written += this.#used;
    this.#used = 0;
  }

  /** Resolves when all pages are on the medium. */
  async finish(): Promise<void> {
    if (this.sizeBytes === 0) return;
    if (this.#used > 0) await this.empty();
    await this.#file?.sync();
    await this.close();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  #append(bytes: Uint8Array): void {
    const need = this.#used + bytes.length;
    if (need > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(need, Math.min(this.#buffer.length * 4, BUFFER_SIZE + FIRST_SIZE)));
      grown.set(this.#buffer.subarray(0, this.#used));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used = need;
  }
}

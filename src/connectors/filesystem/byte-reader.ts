/** Bytes of a file, plain or decompressed, from an offset of the decoded stream. */
import { type Duplex, Readable } from 'node:stream';
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { EngineError, unsupported } from '../../errors.ts';
import type { FileSystem, ReadableFile } from '../../platform/platform.ts';
import type { Value } from '../../types/vector.ts';
import type { ByteReader } from '../connector.ts';

/** Reads end at multiples of this, so that they fall on whole pages of the disk's cache. */
const ALIGNMENT = 4096;
const COMPRESSED_CHUNK = 1 << 16;
const DECODED_CHUNK = 1 << 18;

const DECOMPRESSORS: Readonly<Record<string, (options: { readonly chunkSize: number }) => Duplex>> = {
  gz: createGunzip,
  gzip: createGunzip,
  zst: createZstdDecompress,
  deflate: createInflate,
};
const UNKNOWN_COMPRESSION = new Set(['bz2', 'xz', 'lz4', 'snappy', 'br', 'zip', 'lzo']);

export interface FileStart {
  readonly path: string;
  /** Offset in the decoded stream. */
  readonly position: number;
  readonly metadata: Readonly<Record<string, Value>>;
}

/** Opens a file by its extension. */
export async function openFile(fileSystem: FileSystem, start: FileStart): Promise<ByteReader> {
  const extension = /\.([a-z0-9]+)$/i.exec(start.path)?.[1]?.toLowerCase() ?? '';
  if (UNKNOWN_COMPRESSION.has(extension)) {
    throw unsupported(
      `reading "${start.path}": compression "${extension}"`,
      'Files may be plain, .gz, .zst or .deflate.',
    );
  }
  const file = await fileSystem.openRead(start.path);
  const decompressor = Object.hasOwn(DECOMPRESSORS, extension) ? DECOMPRESSORS[extension] : undefined;
  return decompressor === undefined ? new PlainReader(file, start) : new CompressedReader(file, start, decompressor);
}

class PlainReader implements ByteReader {
  readonly kind = 'bytes';
  readonly metadata: Readonly<Record<string, Value>>;
  readonly #file: ReadableFile;
  #position: number;

  constructor(file: ReadableFile, start: FileStart) {
    this.#file = file;
    this.#position = start.position;
    this.metadata = start.metadata;
  }

  read(into: Uint8Array): number | Promise<number> {
    const overhang = (this.#position + into.length) % ALIGNMENT;
    const region = into.length > ALIGNMENT ? into.subarray(0, into.length - overhang) : into;
    const reading = this.#file.read(region, this.#position);
    return typeof reading === 'number' ? this.#advance(reading) : reading.then((count) => this.#advance(count));
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #advance(count: number): number {
    this.#position += count;
    return count === 0 ? -1 : count;
  }
}

/** A compressed stream has no offsets to start at: to go on from one it is decoded again and skipped. */
class CompressedReader implements ByteReader {
  readonly kind = 'bytes';
  readonly metadata: Readonly<Record<string, Value>>;
  readonly #path: string;
  readonly #file: ReadableFile;
  readonly #source: Readable;
  readonly #decoded: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array(0);
  #skip: number;

  constructor(file: ReadableFile, start: FileStart, decompressor: (typeof DECOMPRESSORS)[string]) {
    this.#file = file;
    this.#path = start.path;
    this.#skip = start.position;
    this.metadata = start.metadata;
    this.#source = Readable.from(compressedChunks(file), { objectMode: false, highWaterMark: COMPRESSED_CHUNK });
    const decoder = decompressor({ chunkSize: DECODED_CHUNK });
    this.#source.on('error', (error) => decoder.destroy(error));
    this.#decoded = this.#source.pipe(decoder)[Symbol.asyncIterator]();
  }

  read(into: Uint8Array): number | Promise<number> {
    return this.#rest.length > 0 ? this.#take(into) : this.#next(into);
  }

  async close(): Promise<void> {
    this.#source.destroy();
    await this.#decoded.return?.();
    await this.#file.close();
  }

  async #next(into: Uint8Array): Promise<number> {
    for (;;) {
      const next = await this.#pull();
      if (next === null) return -1;
      const skipped = Math.min(this.#skip, next.length);
      this.#skip -= skipped;
      this.#rest = next.subarray(skipped) as Uint8Array<ArrayBuffer>;
      if (this.#rest.length > 0) return this.#take(into);
    }
  }

  async #pull(): Promise<Uint8Array | null> {
    try {
      const next = await this.#decoded.next();
      return next.done === true ? null : next.value;
    } catch (error) {
      if (error instanceof EngineError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new EngineError('bad_record', `cannot decompress "${this.#path}": ${reason}`, { cause: error });
    }
  }

  #take(into: Uint8Array): number {
    const count = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }
}

async function* compressedChunks(file: ReadableFile): AsyncGenerator<Uint8Array> {
  for (let position = 0; ;) {
    // A buffer of its own for each chunk: the decompressor works on it in another thread.
    const chunk = new Uint8Array(COMPRESSED_CHUNK);
    const count = await file.read(chunk, position);
    if (count === 0) return;
    position += count;
    yield chunk.subarray(0, count);
  }
}

/**
 * Checksums and decompression of record batches. A codec's library is loaded when the first batch that needs it has
 * arrived; the work itself is synchronous, since a batch is needed when it is asked for and takes well under a
 * millisecond.
 */
import type { ZlibOptions, ZstdOptions } from 'node:zlib';
import { EngineError } from '../../../errors.ts';

const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
type CodecName = (typeof NAMES)[number];
type Decompress = (compressed: Buffer) => Uint8Array;

/** Larger than the batch of any broker, so that a small batch cannot ask for all memory. */
const MAX_OUTPUT_BYTES = 2 ** 30;
/** What zlib writes to at a time: enough for a usual batch, so that it need not be put together from parts. */
const SMALLEST_CHUNK_BYTES = 128 * 1024;
const LARGEST_CHUNK_BYTES = 4 * 1024 * 1024;
const XERIAL_HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;

const LOADERS: Readonly<Record<CodecName, () => Promise<Decompress>>> = {
  none: async () => (bytes) => bytes,
  async gzip() {
    const { gunzipSync } = await import('node:zlib');
    return inLargeChunks(gunzipSync);
  },
  async snappy() {
    const { default: snappy } = await import('snappy');
    const unsnap = (bytes: Buffer): Uint8Array => snappy.uncompressSync(bytes, { asBuffer: true }) as Buffer;
    return (bytes) => decompressSnappy(bytes, unsnap);
  },
  async lz4() {
    const { decompressFrameSync } = await import('lz4-napi');
    return (bytes) => decompressFrameSync(bytes);
  },
  async zstd() {
    const { zstdDecompressSync } = await import('node:zlib');
    return inLargeChunks(zstdDecompressSync);
  },
};

export class Codecs {
  /** CRC-32C. */
  readonly checksum: (bytes: Uint8Array) => number;
  readonly #loaded: (Decompress | undefined)[] = [];

  private constructor(checksum: (bytes: Uint8Array) => number) {
    this.checksum = checksum;
  }

  static async load(): Promise<Codecs> {
    const { crc32c } = await import('@node-rs/crc32');
    return new Codecs(crc32c);
  }

  /** Loads what is not loaded yet of codecs, by their numbers in batches; null = all are there. */
  prepare(codecs: ReadonlySet<number>): Promise<void> | null {
    const missing = [...codecs].filter((codec) => this.#loaded[codec] === undefined);
    return missing.length === 0 ? null : this.#load(missing);
  }

  /** The bytes that `compressed` stands for. */
  decompress(codec: number, compressed: Buffer): Uint8Array {
    const decompress = this.#loaded[codec];
    if (decompress === undefined) throw new EngineError('internal_error', `compression codec ${codec} is not loaded`);
    try {
      return decompress(compressed);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new EngineError('data_corrupted', `a record batch cannot be decompressed by ${NAMES[codec]}: ${reason}`, {
        cause: error,
      });
    }
  }

  async #load(codecs: readonly number[]): Promise<void> {
    for (const codec of codecs) {
      const name = NAMES[codec];
      if (name === undefined) throw new EngineError('data_corrupted', `compression codec ${codec} is not known`);
      this.#loaded[codec] = await LOADERS[name]();
    }
  }
}

/** Chunks are as large as the last batch was, and a bit. */
function inLargeChunks(decompress: (bytes: Buffer, options: ZlibOptions & ZstdOptions) => Buffer): Decompress {
  let chunkSize = SMALLEST_CHUNK_BYTES;
  return (bytes) => {
    const result = decompress(bytes, { chunkSize, maxOutputLength: MAX_OUTPUT_BYTES });
    const wanted = 2 ** Math.ceil(Math.log2(result.length * 1.1));
    chunkSize = Math.min(LARGEST_CHUNK_BYTES, Math.max(SMALLEST_CHUNK_BYTES, wanted));
    return result;
  };
}

/**
 * Gives memory back at once that a decompression made and nobody needs any more: left to the garbage collector it would
 * make that run some twenty times a second. Small buffers may share their memory with others.
 */
export function discard({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}

/** Java frames snappy in blocks behind a header of its own; other clients write one bare block. */
function decompressSnappy(bytes: Buffer, unsnap: (bytes: Buffer) => Uint8Array): Uint8Array {
  if (!bytes.subarray(0, XERIAL_HEADER.length).equals(XERIAL_HEADER)) return unsnap(bytes);
  const blocks: Uint8Array[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length;) {
    const sizeBytes = bytes.readInt32BE(at);
    at += 4;
    if (sizeBytes < 0 || at + sizeBytes > bytes.length) throw new Error('a block does not end in the batch');
    blocks.push(unsnap(bytes.subarray(at, at + sizeBytes)));
    at += sizeBytes;
  }
  return blocks.length === 1 ? (blocks[0] as Uint8Array) : Buffer.concat(blocks);
}

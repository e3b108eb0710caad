/**
 * The codecs of record batches: what producers call them, their number in a batch's attributes, and how they compress.
 * Compression runs on Node's thread pool, so that encoding goes on meanwhile. Libraries are loaded when first needed.
 */
import { promisify } from 'node:util';
import { constants, gzip, zstdCompress } from 'node:zlib';

export type CompressionType = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

export interface Codec {
  /** The number in a batch's attributes. */
  readonly id: number;
  compress(bytes: Uint8Array): Promise<Uint8Array>;
}

export interface CompressionLevels {
  readonly gzip?: number | undefined;
  readonly zstd?: number | undefined;
}

const gzipAsync = promisify<Uint8Array, { level: number }, Uint8Array>(gzip);
const zstdAsync = promisify<Uint8Array, { params: Record<number, number>; chunkSize: number }, Uint8Array>(
  zstdCompress,
);

/** Output is made in pieces of this size; larger ones spare calls. */
const CHUNK_BYTES = 1 << 17;

/** Null: batches go as they are. */
export async function openCodec(type: CompressionType, levels: CompressionLevels): Promise<Codec | null> {
  switch (type) {
    case 'none':
      return null;
    case 'gzip': {
      const level = levels.gzip ?? constants.Z_DEFAULT_COMPRESSION;
      return { id: 1, compress: (bytes) => gzipAsync(bytes, { level }) };
    }
    case 'snappy': {
      const { compress } = await import('snappy');
      return { id: 2, compress: async (bytes) => snappyStream(await compress(bytes)) };
    }
    case 'lz4': {
      // Independent blocks, which is all that Java's client reads.
      const { compressFrame } = await import('lz4-napi');
      return { id: 3, compress: (bytes) => compressFrame(bytes) };
    }
    case 'zstd': {
      const params = { [constants.ZSTD_c_compressionLevel]: levels.zstd ?? constants.ZSTD_CLEVEL_DEFAULT };
      return { id: 4, compress: (bytes) => zstdAsync(bytes, { params, chunkSize: CHUNK_BYTES }) };
    }
  }
}

/** Kafka's snappy is the stream format of snappy-java: magic, version and least compatible version, then sized blocks. */
function snappyStream(block: Uint8Array): Uint8Array {
  const magic = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0, 0, 0, 1, 0, 0, 0, 1];
  const stream = new Uint8Array(magic.length + 4 + block.length);
  stream.set(magic);
  new DataView(stream.buffer).setInt32(magic.length, block.length);
  stream.set(block, magic.length + 4);
  return stream;
}

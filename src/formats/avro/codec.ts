/** How the blocks of a container file are compressed. */
import { createRequire } from 'node:module';
import type * as Snappys from 'snappy';
import { constants, crc32, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

export interface Codec {
  /** Throws when the bytes are not what the codec makes. */
  decompress(bytes: Uint8Array): Uint8Array;
  compress(bytes: Uint8Array): Uint8Array;
}

/** No block is taken to hold more than this. */
export const MAX_BLOCK_BYTES = 256 << 20;

export const CODEC_NAMES = ['null', 'deflate', 'snappy', 'zstandard'] as const;

const limit = { maxOutputLength: MAX_BLOCK_BYTES };

type Snappy = typeof Snappys;
let loaded: Snappy | undefined;
/** Loaded when a file needs it. */
function snappy(): Snappy {
  loaded ??= createRequire(import.meta.url)('snappy') as Snappy;
  return loaded;
}

const CODECS: Readonly<Record<(typeof CODEC_NAMES)[number], Codec>> = {
  null: { decompress: (bytes) => bytes, compress: (bytes) => bytes },
  deflate: {
    decompress: (bytes) => inflateRawSync(bytes, limit),
    compress: (bytes) => deflateRawSync(bytes),
  },
  // The sum of what is inside follows, the highest byte first.
  snappy: {
    decompress(bytes) {
      const inner = snappy().uncompressSync(Buffer.from(bytes.subarray(0, -4)), { asBuffer: true }) as Buffer;
      const sum = Buffer.from(bytes.subarray(-4)).readUInt32BE();
      if (crc32(inner) !== sum) throw new Error('the sum of its bytes is another');
      return inner;
    },
    compress(bytes) {
      const sum = Buffer.alloc(4);
      sum.writeUInt32BE(crc32(bytes));
      return Buffer.concat([snappy().compressSync(Buffer.from(bytes)), sum]);
    },
  },
  zstandard: {
    decompress: (bytes) => zstdDecompressSync(bytes, limit),
    compress: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
  },
};

export const codecOf = (name: string): Codec | undefined =>
  (CODEC_NAMES as readonly string[]).includes(name) ? CODECS[name as (typeof CODEC_NAMES)[number]] : undefined;

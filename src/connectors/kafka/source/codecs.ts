/**
 * Decompression of record batches. Libraries are loaded when a reader opens, not by those who read no Kafka; all work
 * is synchronous, since a batch is needed when it is asked for and takes well under a millisecond.
 */
import type { ZlibOptions, ZstdOptions } from 'node:zlib';
import { EngineError } from '../../../errors.ts';

const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
/** Larger than the batch of any broker, so that a small batch cannot ask for all memory. */
const MAX_OUTPUT_BYTES = 2 ** 30;
/** Node's own 16 KiB cost half as much again. */
const CHUNK_BYTES = 128 * 1024;
const XERIAL_HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;

export interface Codecs {
  /** CRC-32C. */
  readonly checksum: (bytes: Uint8Array) => number;
  /** The bytes that `compressed` stands for, by the codec's number in a batch's attributes. */
  decompress(codec: number, compressed: Buffer): Uint8Array;
}

let loaded: Promise<Codecs> | undefined;

export function loadCodecs(): Promise<Codecs> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Codecs> {
  const [{ gunzipSync, zstdDecompressSync }, { decompressFrameSync }, snappy, { crc32c }] = await Promise.all([
    import('node:zlib'),
    import('lz4-napi'),
    import('snappy'),
    import('@node-rs/crc32'),
  ]);
  const options: ZlibOptions & ZstdOptions = { chunkSize: CHUNK_BYTES, maxOutputLength: MAX_OUTPUT_BYTES };
  const unsnap = (bytes: Buffer): Uint8Array => snappy.uncompressSync(bytes, { asBuffer: true }) as Buffer;
  const byNumber: readonly (((bytes: Buffer) => Uint8Array) | undefined)[] = [
    undefined,
    (bytes) => gunzipSync(bytes, options),
    (bytes) => decompressSnappy(bytes, unsnap),
    (bytes) => decompressFrameSync(bytes),
    (bytes) => zstdDecompressSync(bytes, options),
  ];
  return {
    checksum: crc32c,
    decompress(codec, compressed) {
      const decompress = byNumber[codec];
      if (decompress === undefined) throw new EngineError('data_corrupted', `compression codec ${codec} is not known`);
      try {
        return decompress(compressed);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new EngineError('data_corrupted', `a record batch cannot be decompressed by ${NAMES[codec]}: ${reason}`, {
          cause: error,
        });
      }
    },
  };
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

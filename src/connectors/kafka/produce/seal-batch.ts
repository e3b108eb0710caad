import { CHECKED_FROM, HEADER_BYTES, type RecordBatch } from './record-batch.ts';

/** Who writes: what a broker recognizes repetitions by. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Null: idempotent only. */
  readonly transactionalId: string | null;
}

export type Crc32c = (bytes: Uint8Array, initial?: number) => number;

export interface Seal {
  readonly identity: ProducerIdentity | null;
  /** Number of the first record in its partition, for `identity`. */
  readonly sequence: number;
  readonly codecId: number;
  /** The compressed records; null = as they are. */
  readonly compressed: Uint8Array | null;
  readonly crc32c: Crc32c;
}

const TRANSACTIONAL = 0x10;

/** Writes the header of a finished batch; returns the batch in the pieces that are sent. */
export function sealBatch(batch: RecordBatch, seal: Seal): readonly Uint8Array[] {
  const { u8, view } = batch.bytes;
  const { identity, compressed } = seal;
  const body = compressed?.length ?? batch.length - HEADER_BYTES;
  view.setInt32(0, 0);
  view.setInt32(4, 0);
  // Counted from behind the length.
  view.setInt32(8, HEADER_BYTES - 12 + body);
  view.setInt32(12, -1);
  view.setInt8(16, 2);
  view.setInt16(21, seal.codecId | (identity !== null && identity.transactionalId !== null ? TRANSACTIONAL : 0));
  view.setInt32(23, batch.count - 1);
  setInt64(view, 27, batch.baseTimestamp);
  setInt64(view, 35, batch.maxTimestamp);
  setInt64(view, 43, identity?.producerId ?? -1);
  view.setInt16(51, identity?.producerEpoch ?? -1);
  view.setInt32(53, identity === null ? -1 : seal.sequence);
  view.setInt32(57, batch.count);
  const raw = u8.subarray(0, compressed === null ? batch.length : HEADER_BYTES);
  let crc = seal.crc32c(raw.subarray(CHECKED_FROM));
  if (compressed !== null) crc = seal.crc32c(compressed, crc);
  view.setUint32(17, crc);
  return compressed === null ? [raw] : [raw, compressed];
}

function setInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / 4294967296));
  view.setUint32(at + 4, value >>> 0);
}

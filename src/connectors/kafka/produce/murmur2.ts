/** The hash by which Kafka's own clients spread keys over partitions: murmur2 with their seed, as a signed 32-bit value. */
const SEED = 0x9747b28c;
const M = 0x5bd1e995;

export function murmur2(u8: Uint8Array, start: number, end: number): number {
  const length = end - start;
  let h = SEED ^ length;
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    let k =
      (u8[at] as number) |
      ((u8[at + 1] as number) << 8) |
      ((u8[at + 2] as number) << 16) |
      ((u8[at + 3] as number) << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const left = end - at;
  if (left >= 3) h ^= (u8[at + 2] as number) << 16;
  if (left >= 2) h ^= (u8[at + 1] as number) << 8;
  if (left >= 1) h = Math.imul(h ^ (u8[at] as number), M);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return h ^ (h >>> 15);
}

/** The partition that a hash of a key means. */
export const partitionOfHash = (hash: number, partitions: number): number => (hash & 0x7fffffff) % partitions;

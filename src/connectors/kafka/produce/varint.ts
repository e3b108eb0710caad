/** Kafka's variable-length integers: zigzag, seven bits a byte, the low ones first. */

/** Bytes that `value`, a 32-bit integer, takes. */
export function varintSize(value: number): number {
  const z = ((value << 1) ^ (value >> 31)) >>> 0;
  return z < 0x80 ? 1 : z < 0x4000 ? 2 : z < 0x200000 ? 3 : z < 0x10000000 ? 4 : 5;
}

/** Writes a 32-bit integer; returns where the next byte goes. */
export function writeVarint(u8: Uint8Array, at: number, value: number): number {
  let z = ((value << 1) ^ (value >> 31)) >>> 0;
  while (z >= 0x80) {
    u8[at++] = (z & 0x7f) | 0x80;
    z >>>= 7;
  }
  u8[at++] = z;
  return at;
}

const isInt32 = (value: number): boolean => (value | 0) === value;

/** Bytes that `value`, a safe integer below 2^52, takes. */
export function varlongSize(value: number): number {
  if (isInt32(value)) return varintSize(value);
  let size = 1;
  for (let z = zigzag(value); z >= 0x80; z = Math.floor(z / 0x80)) size++;
  return size;
}

/** Writes a safe integer below 2^52; returns where the next byte goes. */
export function writeVarlong(u8: Uint8Array, at: number, value: number): number {
  if (isInt32(value)) return writeVarint(u8, at, value);
  let z = zigzag(value);
  while (z >= 0x80) {
    u8[at++] = (z % 0x80) | 0x80;
    z = Math.floor(z / 0x80);
  }
  u8[at++] = z;
  return at;
}

const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1);

/** Base64 in place: the standard alphabet with padding, as Jackson reads and writes it. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SEXTETS = new Int8Array(256).fill(-1);
const LETTERS = new Uint8Array(64);
for (let i = 0; i < 64; i++) {
  LETTERS[i] = ALPHABET.charCodeAt(i);
  SEXTETS[ALPHABET.charCodeAt(i)] = i;
}

/** Whether `[start, end)` is base64 text. */
export function isBase64(u8: Uint8Array, start: number, end: number): boolean {
  if ((end - start) % 4 !== 0) return false;
  let last = end;
  if (last > start && u8[last - 1] === 61) last--;
  if (last > start && last < end && u8[last - 1] === 61) last--;
  for (let i = start; i < last; i++) if ((SEXTETS[u8[i] as number] as number) < 0) return false;
  return true;
}

/** Decodes checked base64 text over itself; returns the number of bytes. */
export function decodeBase64InPlace(u8: Uint8Array, start: number, len: number): number {
  let to = start;
  for (let p = start; p < start + len; p += 4) {
    const a = SEXTETS[u8[p] as number] as number;
    const b = SEXTETS[u8[p + 1] as number] as number;
    const c = SEXTETS[u8[p + 2] as number] as number;
    const d = SEXTETS[u8[p + 3] as number] as number;
    u8[to++] = (a << 2) | (b >> 4);
    if (c < 0) break;
    u8[to++] = (b << 4) | (c >> 2);
    if (d < 0) break;
    u8[to++] = (c << 6) | d;
  }
  return to - start;
}

/** Length of the base64 text of `len` bytes. */
export const base64Length = (len: number): number => Math.ceil(len / 3) * 4;

/** Writes the base64 text of `from[start, start + len)` at `to`; returns the index after it. */
export function writeBase64(u8: Uint8Array, to: number, from: Uint8Array, start: number, len: number): number {
  const end = start + len;
  for (let p = start; p < end; p += 3) {
    const a = from[p] as number;
    const b = p + 1 < end ? (from[p + 1] as number) : 0;
    const c = p + 2 < end ? (from[p + 2] as number) : 0;
    u8[to++] = LETTERS[a >> 2] as number;
    u8[to++] = LETTERS[((a & 3) << 4) | (b >> 4)] as number;
    u8[to++] = p + 1 < end ? (LETTERS[((b & 15) << 2) | (c >> 6)] as number) : 61;
    u8[to++] = p + 2 < end ? (LETTERS[c & 63] as number) : 61;
  }
  return to;
}

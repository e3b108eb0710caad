import { describe, expect, it } from 'vitest';
import { markBytes, markPlainly, marksFor } from '../../../src/formats/json/byte-marks.ts';

/** Every byte in turn, then those next to the limits at all places of a block. */
function sample(length: number): Uint8Array {
  const edges = [31, 32, 33, 34, 35, 91, 92, 93, 0, 10, 127, 128, 162, 220, 255];
  return Uint8Array.from({ length }, (_, i) => (i < 256 ? i : (edges[(i * 7 + (i >> 6)) % edges.length] as number)));
}

const isMark = (byte: number): boolean => byte < 0x20 || byte === 0x22 || byte === 0x5c;

describe.each([
  ['assembled', markBytes],
  ['plain', markPlainly],
])('%s marks', (_, mark) => {
  it.each([
    [0, 1],
    [0, 256],
    [5, 64],
    [31, 33],
    [63, 129],
    [1000, 70_000],
    [65_536, 131_072],
    [65_537, 200_000],
  ])('of the bytes [%i, %i) are those of quotes, backslashes and control characters', (from, to) => {
    const u8 = sample(200_064);
    const marks = marksFor(u8.length);
    mark(u8, from, to, marks);
    const wrong: number[] = [];
    for (let i = from; i < to; i++) {
      if ((((marks[i >> 5] as number) >>> i) & 1) !== (isMark(u8[i] as number) ? 1 : 0)) wrong.push(i);
    }
    expect(wrong).toEqual([]);
  });

  it('before and behind the range stay right', () => {
    const u8 = sample(1000);
    const marks = marksFor(u8.length);
    mark(u8, 0, 1000, marks);
    const before = marks.slice();
    mark(u8, 333, 500, marks);
    expect(marks).toEqual(before);
  });
});

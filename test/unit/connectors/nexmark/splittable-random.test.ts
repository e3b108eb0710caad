import { expect, test } from 'vitest';
import { SplittableRandom } from '../../../../src/connectors/nexmark/splittable-random.ts';

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

// Expectations: java.util.SplittableRandom.
test('the draws are those of Java', () => {
  const zero = new SplittableRandom(0n);
  expect(draw(3, () => signed(zero.nextLong()))).toEqual([
    -2152535657050944081n,
    7960286522194355700n,
    487617019471545679n,
  ]);
  const ints = new SplittableRandom(42n);
  expect(draw(3, () => ints.nextInt())).toEqual([-491277234, 909395113, -1877322334]);
  const thirteen = new SplittableRandom(42n);
  expect(draw(8, () => thirteen.nextBounded(13))).toEqual([8, 1, 9, 5, 1, 6, 12, 2]);
  const four = new SplittableRandom(42n);
  expect(draw(8, () => four.nextBounded(4))).toEqual([2, 1, 2, 0, 3, 3, 0, 2]);
  const doubles = new SplittableRandom(42n);
  expect(draw(3, () => doubles.nextDouble())).toEqual([0.7415648787718233, 0.1599103928769201, 0.27860113025513866]);
  const one = new SplittableRandom(1n);
  expect(draw(8, () => one.nextBounded(13))).toEqual([1, 4, 2, 10, 11, 6, 2, 0]);
});

/** The definition, in whole numbers. */
function naive(seed: bigint): { int(): number; bounded(bound: number): number } {
  const mask = (1n << 64n) - 1n;
  let state = seed;
  const int = (): number => {
    state = (state + 0x9e3779b97f4a7c15n) & mask;
    let z = ((state ^ (state >> 33n)) * 0x62a9d9ed799705f5n) & mask;
    z = ((z ^ (z >> 28n)) * 0xcb24d0a5c88c35b3n) & mask;
    return Number(BigInt.asIntN(32, z >> 32n));
  };
  const bounded = (bound: number): number => {
    if ((bound & (bound - 1)) === 0) return int() & (bound - 1);
    for (;;) {
      const u = int() >>> 1;
      const r = u % bound;
      if (u + bound - 1 - r < 2 ** 31) return r;
    }
  };
  return { int, bounded };
}

test('blocks, rejections, passed over draws and a state taken anywhere follow the definition', () => {
  const reference = naive(1003n);
  let random = new SplittableRandom(1003n);
  for (let k = 0; k < 30_000; k++) {
    // Just above 2^30 every other draw is rejected.
    const bound = [2 ** 30 + 1, 7, 64, 1_000_000][k % 4] as number;
    if (k % 5 === 0) {
      random.skipBounded(bound);
      reference.bounded(bound);
    } else expect(random.nextBounded(bound)).toBe(reference.bounded(bound));
    if (k % 3 === 0) {
      random.skip();
      reference.int();
    }
    if (k % 1009 === 0) random = new SplittableRandom(random.state);
  }
});

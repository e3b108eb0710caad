import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decimalToNumber,
  divideHalfUp,
  fitDecimal,
  formatDecimal,
  numberToDecimal,
  parseDecimal,
  rescaleDecimal,
  truncateDecimal,
} from '../../../src/types/decimal.ts';

const big = fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n });

describe('decimal', () => {
  test.each([
    [7n, 2n, 4n],
    [-7n, 2n, -4n],
    [7n, -2n, -4n],
    [5n, 3n, 2n],
    [4n, 3n, 1n],
    [-1n, 3n, 0n],
    [0n, -3n, 0n],
  ])('%d / %d rounds half up to %d', (a, b, expected) => {
    expect(divideHalfUp(a, b)).toBe(expected);
  });

  test('a rounded quotient is off by at most half, and away from zero on a tie', () => {
    fc.assert(
      fc.property(big, big, (a, b) => {
        fc.pre(b !== 0n);
        const size = (x: bigint): bigint => (x < 0n ? -x : x);
        const error = a - divideHalfUp(a, b) * b;
        expect(size(error) * 2n <= size(b)).toBe(true);
        if (size(error) * 2n === size(b)) expect(size(divideHalfUp(a, b)) * size(b) > size(a)).toBe(true);
      }),
    );
  });

  test('text and back is the same number', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
        fc.integer({ min: 0, max: 38 }),
        (value, scale) => {
          expect(parseDecimal(formatDecimal(value, scale), 38, scale)).toBe(value);
        },
      ),
    );
  });

  test.each([
    ['123.45', 4, 1, 1235n],
    ['-0.05', 3, 1, -1n],
    ['0.04', 3, 1, 0n],
    ['1e3', 6, 2, 100000n],
    ['1.5E-1', 3, 2, 15n],
    ['999.95', 4, 1, null],
    ['12345', 4, 0, null],
    ['.5', 2, 1, 5n],
    ['5.', 2, 1, 50n],
    ['1e-400', 3, 1, 0n],
    ['1e400', 38, 0, null],
    ['', 3, 1, undefined],
    ['.', 3, 1, undefined],
    ['1.2.3', 3, 1, undefined],
    ['abc', 3, 1, undefined],
    [' 1', 3, 1, undefined],
  ])('%j as DECIMAL(%d, %d)', (text, precision, scale, expected) => {
    expect(parseDecimal(text, precision, scale)).toBe(expected);
  });

  test('scales', () => {
    expect(rescaleDecimal(12345n, 2, 1)).toBe(1235n);
    expect(rescaleDecimal(-12345n, 2, 1)).toBe(-1235n);
    expect(rescaleDecimal(12n, 0, 3)).toBe(12000n);
    expect(truncateDecimal(-12999n, 3, 0)).toBe(-12n);
    expect(fitDecimal(9999n, 4)).toBe(9999n);
    expect(fitDecimal(-10000n, 4)).toBeNull();
    expect(formatDecimal(-5n, 3)).toBe('-0.005');
    expect(formatDecimal(100000n, 3)).toBe('100.000');
  });

  test('doubles', () => {
    expect(decimalToNumber(12345n, 2)).toBe(123.45);
    expect(decimalToNumber(10n ** 37n, 10)).toBe(1e27);
    expect(numberToDecimal(0.1, 5, 3)).toBe(100n);
    expect(numberToDecimal(1.005, 5, 2)).toBe(101n);
    expect(numberToDecimal(Infinity, 5, 2)).toBeNull();
    expect(numberToDecimal(NaN, 5, 2)).toBeNull();
  });
});

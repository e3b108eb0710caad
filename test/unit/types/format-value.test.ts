import { expect, test } from 'vitest';
import { formatDouble, formatFloat } from '../../../src/types/format-value.ts';

test('the smallest numbers have two digits, as in Java', () => {
  const smallest = 5e-324;
  expect([1, 3, 4, 10, 101, 2024].map((times) => formatDouble(times * smallest))).toEqual([
    '4.9E-324',
    '1.5E-323',
    '2.0E-323',
    '4.9E-323',
    '5.0E-322',
    '1.0E-320',
  ]);
  expect([1, 2, 3, 7, 8].map((times) => formatFloat(times * 2 ** -149))).toEqual([
    '1.4E-45',
    '2.8E-45',
    '4.2E-45',
    '9.8E-45',
    '1.1E-44',
  ]);
});

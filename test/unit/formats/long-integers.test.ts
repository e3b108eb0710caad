import { describe, expect, it } from 'vitest';
import { BIGINT } from '../../../src/types/data-type.ts';
import { decodeAll } from './decode.ts';

const LIMIT = 2n ** 63n;
const schema = [{ name: 'k', type: BIGINT }];

function decode(texts: readonly string[]): ReturnType<typeof decodeAll> {
  const lines = texts.map((text) => `{"k":${text}}`);
  return decodeAll({ format: 'json', schema }, Buffer.from(`${lines.join('\n')}\n`));
}

describe('integers of many digits', () => {
  const digits = '9080706050403020109'.repeat(2);
  const magnitudes = Array.from({ length: 20 }, (_, i) => [
    BigInt(digits.slice(0, i + 1)),
    BigInt(digits.slice(2, i + 3).replace(/^0/, '7')),
    10n ** BigInt(i),
    10n ** BigInt(i + 1) - 1n,
  ]).flat();
  const limits = [2n ** 31n, 2n ** 32n, 2n ** 53n, LIMIT].flatMap((n) => [n - 1n, n, n + 1n]);
  const values = [...magnitudes, ...limits].flatMap((n) => [n, -n]);

  it('are exact', () => {
    const fitting = values.filter((n) => n >= -LIMIT && n < LIMIT);
    const { rows, bad } = decode(fitting.map(String));
    expect(bad).toEqual([]);
    expect(rows.flat()).toEqual(fitting);
  });

  it('are refused beyond 64 bits', () => {
    const beyond = values.filter((n) => n < -LIMIT || n >= LIMIT).map(String);
    expect(decode(beyond).bad).toHaveLength(beyond.length);
  });

  it('are refused with any other byte in them', () => {
    const text = '1234567890123456789';
    const broken = Array.from({ length: text.length }, (_, at) =>
      [',', '/', ':', ';', 'A', 'p', '*', 'é', '\x7f'].map((piece) => text.slice(0, at) + piece + text.slice(at + 1)),
    ).flat();
    expect(decode(broken).bad).toHaveLength(broken.length);
  });
});

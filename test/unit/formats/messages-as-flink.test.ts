/** The bytes that Flink 2.3.0 itself writes to a Kafka topic for the same rows (flink-json, flink-csv, raw). */
import { describe, expect, test } from 'vitest';
import { type DataType, INT, STRING, array, decimal, map, row } from '../../../src/types/data-type.ts';
import type { Value } from '../../../src/types/vector.ts';
import { encodeRecords } from './encode.ts';
import { decodeRecords } from './records.ts';

type Options = Readonly<Record<string, string>>;

function written(format: string, type: DataType, values: readonly Value[], options: Options = {}): string[] {
  const schema = [{ name: 'v', type }];
  return encodeRecords(
    { format, schema, options },
    values.map((value) => [value]),
  ).map((bytes) => Buffer.from(bytes as Uint8Array).toString());
}

describe('json', () => {
  const jsonOf = (type: DataType, values: readonly Value[], options: Options = {}): string[] =>
    written('json', type, values, options).map((text) => text.slice('{"v":'.length, -1));

  test('a character beyond the basic plane is two escapes', () => {
    expect(jsonOf(STRING, ['é€😀', 'abc😀def\u{10ffff}', '\u2028'])).toEqual([
      '"é€\\uD83D\\uDE00"',
      '"abc\\uD83D\\uDE00def\\uDBFF\\uDFFF"',
      '"\u2028"',
    ]);
    expect(jsonOf(map(STRING, INT), [[['😀', 1]]])).toEqual(['{"\\uD83D\\uDE00":1}']);
    expect(jsonOf(row([{ name: 'a😀', type: INT }]), [[1]])).toEqual(['{"a\\uD83D\\uDE00":1}']);
  });

  test('plain decimals have all digits of their scale', () => {
    const plain = { 'encode.decimal-as-plain-number': 'true' };
    const values = [27n, 1500000000n, 0n, -100000000n, 9000000001n];
    expect(jsonOf(decimal(10, 9), values, plain)).toEqual([
      '0.000000027',
      '1.500000000',
      '0.000000000',
      '-0.100000000',
      '9.000000001',
    ]);
    expect(jsonOf(array(decimal(10, 9)), [[0n]], plain)).toEqual(['[0.000000000]']);
    expect(jsonOf(decimal(10, 9), values)).toEqual(['2.7E-8', '1.5', '0', '-0.1', '9.000000001']);
    expect(jsonOf(decimal(20, 0), [100n, -120n], plain)).toEqual(['100', '-120']);
    expect(jsonOf(decimal(20, 0), [100n, -120n])).toEqual(['1E+2', '-1.2E+2']);
  });
});

describe('csv', () => {
  const scientific = 'write-bigdecimal-in-scientific-notation';

  test.each<[string, Options, string[], string[]]>([
    ['by default', {}, ['0.000000027', '1.500000000', '0.000000000'], ['100', '-120']],
    ['false', { [scientific]: 'false' }, ['0.000000027', '1.500000000', '0.000000000'], ['100', '-120']],
    ['true', { [scientific]: 'true' }, ['2.7E-8', '1.5', '0'], ['1E+2', '-1.2E+2']],
  ])('decimals, scientific notation %s', (_, options, fractions, wholes) => {
    expect(written('csv', decimal(10, 9), [27n, 1500000000n, 0n], options)).toEqual(fractions);
    expect(written('csv', decimal(20, 0), [100n, -120n], options)).toEqual(wholes);
  });

  const TEXTS = ['a\\b', 'a!b', 'a"b', 'a\\"b', 'a!"b', 'ab\\', "'q", 'é'.repeat(20), `a${'é'.repeat(24)}`, '!', 'a;b'];
  test.each<[Options, string[]]>([
    [{}, ['"a\\b"', '"a!b"', '"a""b"', '"a\\""b"', '"a!""b"', '"ab\\"', `"'q"`, 'É', '"aÉ"', '"!"', 'a;b']],
    [
      { 'escape-character': '!' },
      ['a\\b', '"a!!b"', '"a""b"', '"a\\""b"', '"a!!""b"', 'ab\\', `"'q"`, 'É', '"aÉ"', '"!!"', 'a;b'],
    ],
    [
      { 'escape-character': '\\' },
      ['"a\\\\b"', '"a!b"', '"a""b"', '"a\\\\""b"', '"a!""b"', '"ab\\\\"', `"'q"`, 'É', '"aÉ"', '"!"', 'a;b'],
    ],
  ])('quotes with %o', (options, expected) => {
    const shown = expected.map((text) => text.replace('aÉ', `a${'é'.repeat(24)}`).replace('É', 'é'.repeat(20)));
    expect(written('csv', STRING, TEXTS, options)).toEqual(shown);
    expect(decodeRecords({ format: 'csv', schema: [{ name: 'v', type: STRING }], options }, shown).rows).toEqual(
      TEXTS.map((text) => [text]),
    );
  });

  test('refuses what Flink refuses', () => {
    const refused =
      (options: Options): (() => unknown) =>
      () =>
        written('csv', STRING, [], options);
    expect(refused({ 'quote-character': '"', 'disable-quote-character': 'true' })).toThrow(
      'options "quote-character" and "disable-quote-character" cannot be given together',
    );
    expect(refused({ 'array-element-delimiter': '||' })).toThrow(`option "array-element-delimiter" cannot be '||'`);
  });
});

test('raw: nothing in UTF-16 is nothing', () => {
  expect(written('raw', STRING, ['', 'a'], { charset: 'UTF-16' })).toEqual([
    '',
    Buffer.from('feff0061', 'hex').toString(),
  ]);
});

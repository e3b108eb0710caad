import { describe, expect, test } from 'vitest';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  type DataType,
  DATE,
  DOUBLE,
  FLOAT,
  INT,
  SMALLINT,
  STRING,
  TINYINT,
  withNullable,
} from '../../../src/types/data-type.ts';
import type { Value } from '../../../src/types/vector.ts';
import { decodeAll } from './decode.ts';
import { encodeRecords } from './encode.ts';
import { decodeRecords } from './records.ts';

const of = (type: DataType, options: Readonly<Record<string, string>> = {}) => ({
  format: 'raw' as const,
  schema: [{ name: 'v', type }],
  options,
});
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const read = (type: DataType, records: readonly (Buffer | string | null)[], options?: Record<string, string>) =>
  decodeRecords(of(type, options), records);

describe('numbers have a fixed size and a byte order', () => {
  // By hand: two's complement and IEEE 754.
  const cases: readonly (readonly [string, DataType, Value, string])[] = [
    ['BOOLEAN', BOOLEAN, true, '01'],
    ['TINYINT', TINYINT, -2, 'fe'],
    ['SMALLINT', SMALLINT, -2, 'fffe'],
    ['SMALLINT', SMALLINT, 258, '0102'],
    ['INT', INT, 0x01020304, '01020304'],
    ['INT', INT, -2, 'fffffffe'],
    ['BIGINT', BIGINT, 0x0102030405060708n, '0102030405060708'],
    ['BIGINT', BIGINT, -2n, 'fffffffffffffffe'],
    ['FLOAT', FLOAT, 1.5, '3fc00000'],
    ['DOUBLE', DOUBLE, -1.5, 'bff8000000000000'],
  ];
  test.each(cases)('%s', (_, type, value, bytes) => {
    const little = { endianness: 'little-endian' };
    const turned = Buffer.from(hex(bytes)).reverse();
    expect(read(type, [hex(bytes)]).rows).toEqual([[value]]);
    expect(read(type, [turned], little).rows).toEqual([[value]]);
    expect(encodeRecords(of(type), [[value]])).toEqual([hex(bytes)]);
    expect(encodeRecords(of(type, little), [[value]])).toEqual([turned]);
  });

  test('another size is a bad record, any byte but 0 is true', () => {
    const { rows, bad, badAt } = read(INT, [
      hex('00000001'),
      hex('000001'),
      hex(''),
      hex('0000000001'),
      hex('00000002'),
    ]);
    expect(rows).toEqual([[1], [2]]);
    expect(badAt).toEqual([1, 1, 1]);
    expect(bad.map(({ reason }) => reason)).toEqual([
      'field "v" cannot be read as INT: it has 3 bytes instead of 4',
      'field "v" cannot be read as INT: it has 0 bytes instead of 4',
      'field "v" cannot be read as INT: it has 5 bytes instead of 4',
    ]);
    expect(read(BOOLEAN, [hex('80'), hex('00')]).rows).toEqual([[true], [false]]);
  });
});

describe('text and bytes', () => {
  test('are the record as it is', () => {
    expect(read(STRING, ['a', '', 'é\n"']).rows).toEqual([['a'], [''], ['é\n"']]);
    expect(read(BYTES, [hex('00ff0a'), '']).rows).toEqual([[Uint8Array.of(0, 255, 10)], [new Uint8Array(0)]]);
    expect(encodeRecords(of(STRING), [['é\n'], ['']])).toEqual([Buffer.from('é\n'), Buffer.alloc(0)]);
  });

  test('what is not UTF-8 is replaced', () => {
    expect(read(STRING, ['a', hex('61ff62'), 'ü']).rows).toEqual([['a'], ['a\ufffdb'], ['ü']]);
  });

  test.each([
    ['UTF-16', 'feff00e9d83dde00', 'é😀'],
    ['UTF-16BE', '00e9d83dde00', 'é😀'],
    ['UTF-16LE', 'e9003dd800de', 'é😀'],
    ['ISO-8859-1', 'e980', 'é\u0080'],
    ['latin1', 'e9', 'é'],
    ['US-ASCII', '61', 'a'],
    ['utf_8', 'c3a9', 'é'],
  ])('charset %s', (charset, bytes, text) => {
    expect(read(STRING, [hex(bytes)], { charset }).rows).toEqual([[text]]);
    expect(encodeRecords(of(STRING, { charset }), [[text]])).toEqual([hex(bytes)]);
  });

  test('UTF-16 goes by its mark; what a charset lacks is replaced', () => {
    expect(read(STRING, [hex('fffee900'), hex('00e9')], { charset: 'UTF-16' }).rows).toEqual([['é'], ['é']]);
    expect(encodeRecords(of(STRING, { charset: 'US-ASCII' }), [['é😀a']])).toEqual([Buffer.from('??a')]);
    expect(read(STRING, [hex('e961')], { charset: 'US-ASCII' }).rows).toEqual([['\ufffda']]);
  });

  test('other charsets are read only', () => {
    expect(read(STRING, [hex('c4e3')], { charset: 'GBK' }).rows).toEqual([['你']]);
    expect(() => encodeRecords(of(STRING, { charset: 'GBK' }), [])).toThrow(`charset 'GBK' cannot be written`);
    expect(() => read(STRING, [], { charset: 'nope' })).toThrow(`charset 'nope' does not exist`);
  });
});

test('a message without value is NULL, and NULL one without value', () => {
  const { rows, from } = read(INT, [null, hex('00000001'), null]);
  expect(rows).toEqual([[null], [1], [null]]);
  expect(from).toEqual([0, 1, 2]);
  expect(read(STRING, [null, 'a']).rows).toEqual([[null], ['a']]);
  expect(encodeRecords(of(INT), [[null], [1]])).toEqual([null, hex('00000001')]);
  const { rows: none, bad } = read(withNullable(INT, false), [null]);
  expect(none).toEqual([]);
  expect(bad[0]?.reason).toBe('field "v" is NULL, and the column is NOT NULL');
});

test('there is exactly one column, of a type that bytes can be', () => {
  expect(() => read(DATE, [])).toThrow('raw for column "v" of type DATE is not supported');
  const two = [
    { name: 'a', type: INT },
    { name: 'b', type: INT },
  ];
  expect(() => decodeRecords({ format: 'raw', schema: two }, [])).toThrow('format "raw" holds exactly one column');
});

test('lines of a file are records, empty ones too', () => {
  const bytes = Buffer.from('\ufeffa\r\n\nb\n"c,d');
  for (const chunks of [[100], [1], [3]]) {
    const { rows, consumed } = decodeAll(of(STRING), bytes, chunks, [2]);
    expect(rows).toEqual([['\ufeffa'], [''], ['b'], ['"c,d']]);
    expect(consumed).toBe(bytes.length);
  }
  const bad = decodeAll(of(TINYINT), Buffer.from('1\n22\n3'));
  expect(bad.rows).toEqual([[49], [51]]);
  expect(bad.bad.map(({ position }) => position)).toEqual([2]);
});

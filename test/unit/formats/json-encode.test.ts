import { describe, expect, it } from 'vitest';
import { findFormat } from '../../../src/formats/registry.ts';
import { BatchBuilder } from '../../../src/types/batch.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  type DataType,
  FLOAT,
  INT,
  NULL_TYPE,
  STRING,
  array,
  decimal,
  map,
  multiset,
  row,
  time,
  timestamp,
  timestampLtz,
} from '../../../src/types/data-type.ts';
import { type OptionSet, parseOptions } from '../../../src/types/option-spec.ts';
import type { Schema } from '../../../src/types/schema.ts';
import type { Value } from '../../../src/types/vector.ts';

const json = findFormat('json');

function encodeRows(
  schema: Schema,
  rows: readonly (readonly Value[])[],
  options: Readonly<Record<string, string>> = {},
  separator = '\n',
): { readonly text: string; readonly ends: number[] } {
  const builder = new BatchBuilder(schema);
  builder.addInserts(rows.length);
  rows.forEach((values, r) => values.forEach((value, c) => builder.columns[c]?.set(r, value)));
  const encoder = json.encoder?.({
    schema,
    options: parseOptions('json', json.options as OptionSet, options),
    timeZone: 'Asia/Kathmandu',
    separator: Buffer.from(separator),
  });
  const encoded = encoder?.encode(builder.build());
  if (encoded === undefined) throw new Error('no encoder');
  return {
    text: Buffer.from(encoded.u8.subarray(0, encoded.length)).toString(),
    ends: [...encoded.ends.subarray(0, encoded.count)],
  };
}

const write = (type: DataType, value: Value, options: Readonly<Record<string, string>> = {}): string =>
  encodeRows([{ name: 'f', type }], [[value]], options, '').text.slice(5, -1);

const at = Date.parse('2020-12-30T12:13:14.120Z');

describe('json text', () => {
  it.each<[DataType, Value, string]>([
    [INT, -2147483648, '-2147483648'],
    [INT, 0, '0'],
    [BIGINT, -9223372036854775808n, '-9223372036854775808'],
    [BIGINT, 9007199254740993n, '9007199254740993'],
    [BIGINT, 1234567890123n, '1234567890123'],
    [BIGINT, -100000000n, '-100000000'],
    [BOOLEAN, true, 'true'],
    [DOUBLE, 100, '100.0'],
    [DOUBLE, 1e7, '1.0E7'],
    [DOUBLE, 1e-4, '1.0E-4'],
    [DOUBLE, 0.1, '0.1'],
    [DOUBLE, -0, '-0.0'],
    [DOUBLE, NaN, '"NaN"'],
    [DOUBLE, Infinity, '"Infinity"'],
    [FLOAT, Math.fround(0.1), '0.1'],
    [decimal(10, 2), 12300n, '123'],
    [decimal(10, 9), 27n, '2.7E-8'],
    [decimal(10, 8), 0n, '0'],
    [decimal(10, 3), 100000n, '1E+2'],
    [decimal(10, 6), 1n, '0.000001'],
    [decimal(38, 2), -(10n ** 38n) + 1n, `-${'9'.repeat(36)}.99`],
    [STRING, 'a"b\\c/d\b\f\n\r\t\u0001é😀', '"a\\"b\\\\c/d\\b\\f\\n\\r\\t\\u0001é😀"'],
    [BYTES, Uint8Array.of(0, 255), '"AP8="'],
    [DATE, 18626, '"2020-12-30"'],
    [DATE, -719528, '"0000-01-01"'],
    [time(3), 45296789, '"12:34:56.789"'],
    [time(0), 0, '"00:00:00"'],
    [timestamp(3), at, '"2020-12-30 12:13:14.12"'],
    [timestamp(3), at - 120, '"2020-12-30 12:13:14"'],
    [timestamp(9), { ms: at, nanos: 456789 }, '"2020-12-30 12:13:14.120456789"'],
    [timestamp(3), -1, '"1969-12-31 23:59:59.999"'],
    [timestampLtz(3), at, '"2020-12-30 12:13:14.12Z"'],
    [{ kind: 'INTERVAL_DAY_TIME', nullable: true }, -90061001, '-90061001'],
    [
      row([
        { name: 'x', type: INT },
        { name: 'y z', type: STRING },
      ]),
      [1, null],
      '{"x":1,"y z":null}',
    ],
    [array(INT), [1, null, 3], '[1,null,3]'],
    [
      map(STRING, INT),
      [
        ['a"', 1],
        ['b', null],
      ],
      '{"a\\"":1,"b":null}',
    ],
    [multiset(STRING), [['a', 2]], '{"a":2}'],
    [NULL_TYPE, null, 'null'],
  ])('%o', (type, value, expected) => {
    expect(write(type, value)).toBe(expected);
    expect(write(type, null)).toBe('null');
  });

  it('follows the timestamp standard', () => {
    const iso = { 'timestamp-format.standard': 'ISO-8601' };
    expect(write(timestamp(3), at, iso)).toBe('"2020-12-30T12:13:14.12"');
    expect(write(timestampLtz(3), at, iso)).toBe('"2020-12-30T12:13:14.12Z"');
  });

  it('writes plain decimals where that is asked for', () => {
    expect(write(decimal(10, 9), 27n, { 'encode.decimal-as-plain-number': 'true' })).toBe('0.000000027');
  });

  it('leaves NULL fields out where that is asked for, nested ones too', () => {
    const schema = [
      { name: 'a', type: INT },
      {
        name: 'b',
        type: row([
          { name: 'x', type: INT },
          { name: 'y', type: INT },
        ]),
      },
    ];
    const options = { 'encode.ignore-null-fields': 'true' };
    expect(
      encodeRows(
        schema,
        [
          [null, [null, 2]],
          [1, null],
          [null, null],
        ],
        options,
      ).text,
    ).toBe('{"b":{"y":2}}\n{"a":1}\n{}\n');
  });

  it('treats a NULL key of a map as it is told', () => {
    const value: Value = [
      ['a', 1],
      [null, 2],
    ];
    expect(() => write(map(STRING, INT), value)).toThrow(/null key/);
    expect(write(map(STRING, INT), value, { 'map-null-key.mode': 'DROP' })).toBe('{"a":1}');
    expect(write(map(STRING, INT), value, { 'map-null-key.mode': 'LITERAL' })).toBe('{"a":1,"null":2}');
    expect(write(map(STRING, INT), value, { 'map-null-key.mode': 'LITERAL', 'map-null-key.literal': 'none' })).toBe(
      '{"a":1,"none":2}',
    );
  });

  it('says where each record ends', () => {
    const { text, ends } = encodeRows([{ name: 'a', type: INT }], [[1], [22], [null]]);
    expect(text).toBe('{"a":1}\n{"a":22}\n{"a":null}\n');
    expect(ends).toEqual([8, 17, 28]);
  });
});

import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/errors.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  type DataType,
  FLOAT,
  INT,
  STRING,
  TINYINT,
  array,
  char,
  decimal,
  map,
  multiset,
  row,
  time,
  timestamp,
  timestampLtz,
  varchar,
} from '../../../src/types/data-type.ts';
import type { Value } from '../../../src/types/vector.ts';
import { type DecodeSetup, decodeAll, makeDecoder } from './decode.ts';

/** The value of a field `f` of `type` in a record; 'bad' when the record is bad. */
function read(type: DataType, json: string, options: Readonly<Record<string, string>> = {}): Value | 'bad' {
  const setup = { format: 'json' as const, schema: [{ name: 'f', type }], options };
  const { rows, bad } = decodeAll(setup, Buffer.from(`{"f":${json}}`));
  expect(rows.length + bad.length).toBe(1);
  return bad.length === 1 ? 'bad' : (rows[0]?.[0] as Value);
}

const utc = (text: string): number => Date.parse(`${text}Z`);
const ISO = { 'timestamp-format.standard': 'ISO-8601' };
const INTERVAL_DAY: DataType = { kind: 'INTERVAL_DAY_TIME', nullable: true };

describe('values of each type', () => {
  it.each<[DataType, string, Value]>([
    [INT, '7', 7],
    [INT, '-2147483648', -2147483648],
    [INT, '2.9', 2],
    [INT, '-2.9', -2],
    [INT, '-0.5', 0],
    [INT, '1e3', 1000],
    [INT, '12.5e-1', 1],
    [INT, '-0', 0],
    [INT, '" 42 "', 42],
    [INT, '"+5"', 5],
    [INT, '"\\u0037"', 7],
    [TINYINT, '127', 127],
    [BIGINT, '9223372036854775807', 9223372036854775807n],
    [BIGINT, '-9223372036854775808', -9223372036854775808n],
    [BIGINT, '9007199254740993', 9007199254740993n],
    [BIGINT, '999999999999999', 999999999999999n],
    [BIGINT, '1000000000000000', 1000000000000000n],
    [BIGINT, '-4294967296', -4294967296n],
    [BIGINT, '4294967295', 4294967295n],
    [BIGINT, '1234567890', 1234567890n],
    [BIGINT, '"-9223372036854775808"', -9223372036854775808n],
    [BIGINT, '9.2e18', 9200000000000000000n],
    [decimal(10, 2), '12.345', 1235n],
    [decimal(10, 2), '-12.345', -1235n],
    [decimal(10, 2), '12.344', 1234n],
    [decimal(10, 2), '" 1.5 "', 150n],
    [decimal(10, 2), '1e2', 10000n],
    [decimal(10, 2), '99999999.99', 9999999999n],
    [decimal(18, 3), '123456789012345.678', 123456789012345678n],
    [decimal(38, 0), '9'.repeat(38), 10n ** 38n - 1n],
    [decimal(38, 2), '-0.005', -1n],
    [DOUBLE, '1.5', 1.5],
    [DOUBLE, '-0', -0],
    [DOUBLE, '1e-7', 1e-7],
    [DOUBLE, '0.1', 0.1],
    [DOUBLE, '123456789012345678', 123456789012345680],
    [DOUBLE, '2.2250738585072011e-308', 2.225073858507201e-308],
    [DOUBLE, '" 1.5d "', 1.5],
    [DOUBLE, '"NaN"', NaN],
    [DOUBLE, '"-Infinity"', -Infinity],
    [FLOAT, '0.1', Math.fround(0.1)],
    [BOOLEAN, 'true', true],
    [BOOLEAN, 'false', false],
    [BOOLEAN, '"TRUE"', true],
    [BOOLEAN, '1', false],
    [BOOLEAN, '"1"', false],
    [BOOLEAN, '"maybe"', false],
    [STRING, '"a\\"b\\\\c\\/d\\b\\f\\n\\r\\t"', 'a"b\\c/d\b\f\n\r\t'],
    [STRING, '"\\u00e9\\u65e5\\ud83d\\ude00"', 'é日😀'],
    [STRING, '"\\ud800"', '\ufffd'],
    [STRING, '"\\ude00\\ud83d"', '\ufffd\ufffd'],
    [STRING, '"\\ud83d\\u0041"', '\ufffdA'],
    [STRING, '"\\u0000"', '\0'],
    [STRING, '1.50', '1.50'],
    [STRING, 'true', 'true'],
    [STRING, '[ 1 , 2 ]', '[1,2]'],
    [STRING, '{ "a" : "x\\ny", "b" : "\\u00e9\\"" }', '{"a":"x\\ny","b":"é\\""}'],
    [STRING, '""', ''],
    [varchar(2), '"abcdef"', 'abcdef'],
    [char(5), '"ab"', 'ab'],
    [BYTES, '"AP8="', Uint8Array.of(0, 255)],
    [BYTES, '"\\/w=="', Uint8Array.of(255)],
    [BYTES, '""', new Uint8Array(0)],
    [DATE, '"1970-01-02"', 1],
    [DATE, '"0000-01-01"', -719528],
    [DATE, '"9999-12-31"', 2932896],
    [DATE, '"2024-02-29"', utc('2024-02-29T00:00:00') / 86_400_000],
    [time(3), '"12:34:56.789"', 45296789],
    [time(0), '"12:34:56.789"', 45296000],
    [timestamp(3), '"2015-07-15 00:00:39.999"', utc('2015-07-15T00:00:39.999')],
    [timestamp(3), '"2015-07-15 00:00:39.9"', utc('2015-07-15T00:00:39.900')],
    [timestamp(3), '"2015-07-15 00:00:39"', utc('2015-07-15T00:00:39.000')],
    [timestamp(3), '"2015-07-15 00:00:39.123456"', utc('2015-07-15T00:00:39.123')],
    [timestamp(0), '"2015-07-15 00:00:39.999"', utc('2015-07-15T00:00:39.000')],
    [timestamp(3), '"1969-12-31 23:59:59.999"', -1],
    [timestamp(9), '"2015-07-15 00:00:39.123456789"', { ms: utc('2015-07-15T00:00:39.123'), nanos: 456789 }],
    [timestamp(6), '"2015-07-15 00:00:39.123456789"', { ms: utc('2015-07-15T00:00:39.123'), nanos: 456000 }],
    [timestampLtz(3), '"2015-07-15 00:00:39.5Z"', utc('2015-07-15T00:00:39.500')],
    [INTERVAL_DAY, '90061001', 90061001],
    [row([{ name: 'x', type: INT }]), '{"y":1,"x":2,"x":3}', [3]],
    [row([{ name: 'x', type: INT }]), '{}', [null]],
    [array(INT), '[1,null," 3 "]', [1, null, 3]],
    [array(array(STRING)), '[["a"],[],null]', [['a'], [], null]],
    [
      map(STRING, INT),
      '{"a":1,"b":null,"a":2}',
      [
        ['a', 2],
        ['b', null],
      ],
    ],
    [multiset(STRING), '{"a":2}', [['a', 2]]],
  ])('%o from %s', (type, json, expected) => {
    expect(read(type, json)).toEqual(expected);
    expect(read(type, 'null')).toBeNull();
  });

  it('reads ISO timestamps where they are the standard, and then no others', () => {
    expect(read(timestamp(3), '"2015-07-15T00:00:39.5"', ISO)).toBe(utc('2015-07-15T00:00:39.500'));
    expect(read(timestamp(3), '"2015-07-15T00:01"', ISO)).toBe(utc('2015-07-15T00:01:00'));
    expect(read(timestampLtz(3), '"2015-07-15T00:00:39Z"', ISO)).toBe(utc('2015-07-15T00:00:39'));
    expect(read(timestamp(3), '"2015-07-15 00:00:39"', ISO)).toBe('bad');
  });
});

describe('records', () => {
  const schema = [
    { name: 'a', type: INT },
    {
      name: 'b',
      type: row([
        { name: 'c', type: INT },
        { name: 'd', type: STRING },
      ]),
    },
  ];
  const json: DecodeSetup = { format: 'json', schema };
  const rowsOf = (text: string, setup: Partial<DecodeSetup> = {}): Value[][] => {
    const decoded = decodeAll({ ...json, ...setup }, Buffer.from(text));
    expect(decoded.bad).toEqual([]);
    return decoded.rows;
  };

  it('skips empty lines and reads {} as a row of NULLs', () => {
    expect(rowsOf('\n \t\r\n{}\n\n')).toEqual([[null, null]]);
  });
  it('reads a last record without a newline, CRLF and a byte order mark', () => {
    expect(rowsOf('\ufeff{"a":1}\r\n{"a":2}')).toEqual([
      [1, null],
      [2, null],
    ]);
  });
  it('makes a row of each element of a top-level array, in batches of any size', () => {
    const many = Array.from({ length: 5000 }, (_, i) => `{"a":${i}}`);
    const decoded = decodeAll(
      json,
      Buffer.from(`{"a":-1}\n [ ${many.join(' , ')} ] \n{"a":-2}\n[]`),
      [1 << 20],
      [100, 4096],
    );
    expect(decoded.rows.map(([a]) => a)).toEqual([-1, ...many.keys(), -2]);
  });
  it('stays at the start of an array until all its rows are delivered', () => {
    const decoder = makeDecoder(json);
    const bytes = Buffer.from('{"a":1}\n[{"a":2},{"a":3},{"a":4}]\n');
    decoder.reserve(bytes.length).set(bytes);
    decoder.commit(bytes.length, true);
    const seen: [number, number, boolean][] = [];
    for (let r = decoder.next(2); r !== null; r = decoder.next(2)) {
      seen.push([r.batch.length, decoder.consumedBytes, decoder.midRecord]);
    }
    expect(seen).toEqual([
      [1, 8, false],
      [2, 8, true],
      [1, bytes.length, false],
    ]);
  });
  it('takes the last of equal names, null and nested ones too', () => {
    const columns = [
      { path: ['a'], type: INT },
      { path: ['b', 'c'], type: INT },
    ];
    const text = '{"a":1,"a":null,"b":{"c":1},"b":{}}\n{"a":null,"a":2,"b":{"c":1},"b":null}\n{"b":{"c":1,"c":2}}';
    expect(rowsOf(text, { columns })).toEqual([
      [null, null],
      [2, null],
      [null, 2],
    ]);
    expect(rowsOf(`${'{"a":1,"a":2}\n'.repeat(500)}`, { columns }).every(([a]) => a === 2)).toBe(true);
  });
  it('does not mind the type of a member that a later one overrides', () => {
    const text = '{"a":"x\\n","b":{"c":"y","d":"z","c":2},"a" : 7}\n[{"a":[],"a":8}]';
    expect(rowsOf(text)).toEqual([
      [7, [2, 'z']],
      [8, null],
    ]);
    const bad = '{"a":1,"b":{"c":1,"c":"\\u0041"}}';
    const decoded = decodeAll(json, Buffer.from(`${bad}\r\n{"a":1}`));
    expect(decoded.bad.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([bad]);
    expect(decoded.rows).toEqual([[1, null]]);
  });
  it('matches names exactly, however they are spelt, and takes __proto__ for a name', () => {
    const odd = ['__proto__', 'A', 'a"b', 'é', ''].map((name) => ({ name, type: INT }));
    const text = '{"__proto__":1,"a":0,"\\u0041":2,"a\\"b":3,"\\u00e9":4,"":5}';
    expect(rowsOf(text, { schema: odd })).toEqual([[1, 2, 3, 4, 5]]);
    expect(rowsOf(`${text}\n`.repeat(400), { schema: odd }).at(-1)).toEqual([1, 2, 3, 4, 5]);
  });
  it('reads a field of a ROW and the whole ROW at once', () => {
    const columns = [
      { path: ['b', 'd'], type: STRING },
      { path: ['b'], type: schema[1]?.type as DataType },
      { path: ['b', 'd'], type: STRING },
    ];
    expect(rowsOf('{"b":{"d":"x\\ny","c":1}}\n{"b":null}\n{}', { columns })).toEqual([
      ['x\ny', [1, 'x\ny'], 'x\ny'],
      [null, null, null],
      [null, null, null],
    ]);
  });
  it('checks only structure where no column is read', () => {
    const decoded = decodeAll({ ...json, columns: [] }, Buffer.from('{"a":"x"}\n{"a":1,}\n{}\n'));
    expect(decoded.rows).toEqual([[], []]);
    expect(decoded.bad.map(({ position }) => position)).toEqual([10]);
  });
  it('learns another form of the records when the stream changes', () => {
    const first = Array.from({ length: 2000 }, (_, i) => `{"a":${i},"b":{"c":${i},"d":"x"}}`);
    const second = Array.from({ length: 6000 }, (_, i) => `{ "b": {"d":"y\\n" , "c": ${i}}, "z": [1], "a" : ${i} }`);
    const rows = decodeAll(json, Buffer.from([...first, ...second].join('\n')), [1 << 14], [512]).rows;
    expect(rows).toHaveLength(8000);
    expect(rows.slice(0, 2000)).toEqual(first.map((_, i) => [i, [i, 'x']]));
    expect(rows.slice(2000)).toEqual(second.map((_, i) => [i, [i, 'y\n']]));
  });
  it('reads wide records and long strings', () => {
    const wide = Array.from({ length: 300 }, (_, i) => ({ name: `column_${i}`, type: i % 2 === 0 ? INT : STRING }));
    const record = (k: number): string =>
      `{${wide.map(({ name }, i) => `"${name}":${i % 2 === 0 ? i + k : `"v${i}"`}`).join(',')}}`;
    const expected = (k: number): Value[] => wide.map((_, i) => (i % 2 === 0 ? i + k : `v${i}`));
    const text = Array.from({ length: 300 }, (_, k) => record(k)).join('\n');
    expect(rowsOf(text, { schema: wide })).toEqual(Array.from({ length: 300 }, (_, k) => expected(k)));
    const long = 'x'.repeat(3_000_000);
    const decoded = decodeAll(
      { format: 'json', schema: [{ name: 's', type: STRING }] },
      Buffer.from(`{"s":"${long}"}\n{"s":"y"}`),
      [65536],
    );
    expect(decoded.rows).toEqual([[long], ['y']]);
  });
  it('says where a record breaks', () => {
    const reason = (text: string): string => decodeAll(json, Buffer.from(text)).bad[0]?.reason ?? '';
    expect(reason('{"a":1,}')).toBe(`'}' where a name in double quotes should be, at byte 8`);
    expect(reason('{"a":1} x')).toBe(`unexpected 'x' after the record, at byte 9`);
    expect(reason('{"a":"x"}')).toBe('field "a" cannot be read as INT: "x"');
    expect(reason('{"b":{"c":[1]}}')).toBe('field "b.c" cannot be read as INT: [1]');
  });
});

describe('options', () => {
  const schema = [
    { name: 'a', type: INT },
    { name: 'b', type: row([{ name: 'c', type: INT }]) },
  ];

  it('ignore-parse-errors: a bad field is NULL, a broken record is marked to be ignored', () => {
    const decoded = decodeAll(
      { format: 'json', schema, options: { 'ignore-parse-errors': 'true' } },
      Buffer.from('{"a":"x","b":{"c":2}}\n{"a":1,"b":7}\n{"a":1\n{"a":2,"b":{"c":"y"}}'),
    );
    expect(decoded.rows).toEqual([
      [null, [2]],
      [1, null],
      [2, [null]],
    ]);
    expect(decoded.bad.map(({ ignored, position }) => [ignored, position])).toEqual([[true, 36]]);
    const leaf = { format: 'json' as const, schema, columns: [{ path: ['b', 'c'], type: INT }] };
    const ignoring = { ...leaf, options: { 'ignore-parse-errors': 'true' } };
    expect(decodeAll(ignoring, Buffer.from('{"b":7}\n{"b":{"c":"x"}}')).rows).toEqual([[null], [null]]);
    expect(decodeAll(leaf, Buffer.from('{"b":7}')).bad[0]?.reason).toBe('field "b" is not an object');
  });

  it('fail-on-missing-field: a field that is read must be there, if only as null', () => {
    const options = { 'fail-on-missing-field': 'true' };
    const lines = ['{"a":1,"b":{"c":2}}', '{"b":null,"a":null}', '{"a":1}', '{"b":{"c":1}}', '{"a":1,"b":{}}', '{}'];
    for (const times of [1, 100]) {
      const text = Buffer.from(lines.join('\n').concat('\n').repeat(times));
      const whole = decodeAll({ format: 'json', schema, options }, text);
      expect(whole.rows).toHaveLength(2 * times);
      expect(whole.bad.slice(0, 4).map(({ reason }) => reason)).toEqual([
        'field "b" is missing',
        'field "a" is missing',
        'field "b.c" is missing',
        'field "a" is missing',
      ]);
      const columns = [
        { path: ['a'], type: INT },
        { path: ['b', 'c'], type: INT },
      ];
      const leaves = decodeAll({ format: 'json', schema, options, columns }, text);
      expect(leaves.rows.slice(0, 2)).toEqual([
        [1, 2],
        [null, null],
      ]);
      expect(leaves.bad.slice(0, 4).map(({ reason }) => reason)).toEqual(
        whole.bad.slice(0, 4).map(({ reason }) => reason),
      );
    }
  });

  it('refuses both together, and maps whose keys are not strings', () => {
    const make =
      (over: Partial<DecodeSetup>): (() => unknown) =>
      () =>
        makeDecoder({ format: 'json', schema, ...over });
    expect(make({ options: { 'fail-on-missing-field': 'true', 'ignore-parse-errors': 'true' } })).toThrow(
      /should not both be true/,
    );
    expect(make({ schema: [{ name: 'm', type: map(INT, INT) }] })).toThrow(EngineError);
  });
});

describe('the quick ways, record after record', () => {
  const line = (values: readonly string[]): string => values.map((value) => `{"f":${value}}`).join('\n');
  const column = (type: DataType, values: readonly string[]): Value[] => {
    const decoded = decodeAll({ format: 'json', schema: [{ name: 'f', type }] }, Buffer.from(line(values)));
    expect(decoded.bad).toEqual([]);
    return decoded.rows.map(([value]) => value as Value);
  };

  it.each([3, 0, 1, 6, 9])('timestamps of precision %i that move about', (precision) => {
    const start = Date.UTC(2023, 11, 31, 23, 58);
    const steps = [0, 1, 999, 1000, 59_999, 60_000, 3_600_000, 86_400_000, -86_400_000, 90, 90, 61_230, -1];
    let ms = start;
    const times = Array.from({ length: 200 }, (_, i) => (ms += steps[i % steps.length] as number));
    const texts = times.map((t) => {
      const iso = new Date(t).toISOString().replace('T', ' ');
      const fraction = iso.slice(20, 23).replace(/0+$/, '');
      return `"${iso.slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}"`;
    });
    const unit = 10 ** Math.max(0, 3 - precision);
    const expected = times.map((t) => {
      const cut = Math.floor(t / unit) * unit;
      return precision > 3 ? { ms: cut, nanos: 0 } : cut;
    });
    expect(column(timestamp(precision), texts)).toEqual(expected);
    const zoned = texts.map((text) => `${text.slice(0, -1)}Z"`);
    expect(column(timestampLtz(precision), zoned)).toEqual(expected);
  });

  it('integers of every length', () => {
    const values = Array.from({ length: 19 }, (_, k) => 10n ** BigInt(k)).flatMap((v) => [
      v - 1n,
      v,
      v + 1n,
      -v,
      1n - v,
    ]);
    expect(column(BIGINT, values.map(String))).toEqual(values);
  });

  it('decimals of every length and scale', () => {
    for (const [precision, scale] of [
      [38, 10],
      [38, 0],
      [18, 18],
      [15, 3],
      [16, 3],
    ] as const) {
      const values = Array.from({ length: precision - scale + 1 }, (_, k) => 10n ** BigInt(k + scale) - 1n)
        .filter((v) => v > 0n)
        .flatMap((v) => [v, -v]);
      const text = (v: bigint): string => {
        const digits = (v < 0n ? -v : v).toString().padStart(scale + 1, '0');
        const whole = `${v < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}`;
        return scale === 0 ? whole : `${whole}.${digits.slice(digits.length - scale)}`;
      };
      expect(column(decimal(precision, scale), values.map(text))).toEqual(values);
    }
  });

  it('dates', () => {
    const days = Array.from({ length: 400 }, (_, i) => 19_700 + i * 3);
    expect(
      column(
        DATE,
        days.map((day) => `"${new Date(day * 86_400_000).toISOString().slice(0, 10)}"`),
      ),
    ).toEqual(days);
  });
});

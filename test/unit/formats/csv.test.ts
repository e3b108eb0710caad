import { describe, expect, it } from 'vitest';
import { findFormat } from '../../../src/formats/registry.ts';
import { BatchBuilder } from '../../../src/types/batch.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  INT,
  STRING,
  array,
  decimal,
  map,
  row,
  time,
  timestamp,
  timestampLtz,
} from '../../../src/types/data-type.ts';
import { type OptionSet, parseOptions } from '../../../src/types/option-spec.ts';
import type { Schema } from '../../../src/types/schema.ts';
import type { Value } from '../../../src/types/vector.ts';
import { type DecodeSetup, decodeAll, makeDecoder } from './decode.ts';

const TWO: Schema = [
  { name: 'a', type: INT },
  { name: 's', type: STRING },
];

const decode = (text: string, over: Partial<DecodeSetup> = {}): ReturnType<typeof decodeAll> =>
  decodeAll({ format: 'csv', schema: TWO, ...over }, Buffer.from(text));

function encode(
  schema: Schema,
  rows: readonly (readonly Value[])[],
  options: Readonly<Record<string, string>> = {},
): string {
  const csv = findFormat('csv');
  const builder = new BatchBuilder(schema);
  builder.addInserts(rows.length);
  rows.forEach((values, r) => values.forEach((value, c) => builder.columns[c]?.set(r, value)));
  const encoder = csv.encoder?.({
    schema,
    options: parseOptions('csv', csv.options as OptionSet, options),
    timeZone: 'UTC',
    separator: Buffer.from('\n'),
  });
  const encoded = encoder?.encode(builder.build());
  return Buffer.from(encoded?.u8.subarray(0, encoded.length) ?? []).toString();
}

describe('reading csv', () => {
  it('reads quotes, doubled quotes, newlines in quotes and CRLF', () => {
    expect(decode('1,x\r\n2,"y,""z"""\r\n3,"a\nb"\n4,a"b\n5,""').rows).toEqual([
      [1, 'x'],
      [2, 'y,"z"'],
      [3, 'a\nb'],
      [4, 'a"b'],
      [5, ''],
    ]);
  });
  it('has no header, unless it is told to skip one', () => {
    expect(decode('a,s\n1,x\n').bad).toHaveLength(1);
    const skipped = decode('a,s\n1,x\n', { skipHeader: true });
    expect([skipped.rows, skipped.bad]).toEqual([[[1, 'x']], []]);
    expect(decode('\ufeffa,"s\nt"\n1,x\n', { skipHeader: true }).rows).toEqual([[1, 'x']]);
    expect(decode('1,x\n', { skipHeader: true, position: 4 }).rows).toEqual([[1, 'x']]);
  });
  it('trims numbers and not strings; an empty field is text, FALSE, and no number', () => {
    expect(decode(' 1 , x \n').rows).toEqual([[1, ' x ']]);
    expect(decode('1,\n').rows).toEqual([[1, '']]);
    expect(decode(',x\n').bad[0]?.reason).toBe('field "a" cannot be read as INT: ');
    expect(decode(',x\n', { options: { 'ignore-parse-errors': 'true' } }).rows).toEqual([[null, 'x']]);
    expect(
      decode('\n,\n', {
        schema: [
          { name: 'b', type: BOOLEAN },
          { name: 's', type: STRING },
        ],
      }).rows,
    ).toEqual([[false, '']]);
  });
  it('refuses too many and too few fields, or ignores them as it is told', () => {
    expect(decode('1\n1,x,y\n2,z\n').bad.map(({ reason }) => reason)).toEqual([
      'the record has 1 fields, the table has 2 columns',
      'the record has 3 fields, the table has 2 columns',
    ]);
    const ignoring = decode('1\n1,x,y\nq,z\n', { options: { 'ignore-parse-errors': 'true' } });
    expect(ignoring.rows).toEqual([
      [1, null],
      [null, 'z'],
    ]);
    expect(ignoring.bad.map(({ ignored }) => ignored)).toEqual([true]);
  });
  it('costs one line where a quote is stray', () => {
    const { rows, bad } = decode('1,"x\n2,y\n3,"z"\n4,w\n');
    expect(rows).toEqual([
      [2, 'y'],
      [3, 'z'],
      [4, 'w'],
    ]);
    expect(bad.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['1,"x']);
  });
  it('waits for the end of a quoted field that is not there yet', () => {
    const decoder = makeDecoder({ format: 'csv', schema: TWO });
    const give = (text: string, last: boolean): number | undefined => {
      const bytes = Buffer.from(text);
      decoder.reserve(bytes.length).set(bytes);
      decoder.commit(bytes.length, last);
      return decoder.next(10)?.batch.length;
    };
    expect(give('1,"a\nb', false)).toBeUndefined();
    expect(decoder.consumedBytes).toBe(0);
    expect(give('\nc"\n2', false)).toBe(1);
    expect(give(',d', true)).toBe(1);
  });
  it('reads every type', () => {
    const schema: Schema = [
      { name: 'a', type: BIGINT },
      { name: 'b', type: decimal(10, 2) },
      { name: 'c', type: DOUBLE },
      { name: 'd', type: DATE },
      { name: 'e', type: time(3) },
      { name: 'f', type: timestamp(3) },
      { name: 'g', type: timestampLtz(3) },
      { name: 'h', type: BYTES },
      { name: 'i', type: array(INT) },
      {
        name: 'j',
        type: row([
          { name: 'x', type: STRING },
          { name: 'y', type: INT },
        ]),
      },
    ];
    const line =
      '9223372036854775807,1.005,1e3,1970-01-02,00:00:01.5,1970-01-01 00:00:01.5,1970-01-01 00:00:02Z,AQI=,1;2,q;7\n';
    expect(decode(line, { schema }).rows).toEqual([
      [9223372036854775807n, 101n, 1000, 1, 1500, 1500, 2000, Uint8Array.of(1, 2), [1, 2], ['q', 7]],
    ]);
    const columns = [
      { path: ['j', 'y'], type: INT },
      { path: ['a'], type: BIGINT },
    ];
    expect(decode(line, { schema, columns }).rows).toEqual([[7, 9223372036854775807n]]);
  });
  it('checks the number of fields and the quotes whatever is read', () => {
    const { rows, bad } = decode('1,x\n2\n3,"y"z\nq,w\n', { columns: [{ path: ['s'], type: STRING }] });
    expect(rows).toEqual([['x'], ['w']]);
    expect(bad).toHaveLength(2);
  });
  it('follows its options', () => {
    expect(decode('1\tx\n', { options: { 'field-delimiter': '\\t' } }).rows).toEqual([[1, 'x']]);
    expect(decode('1\u0001x\n', { options: { 'field-delimiter': '\\u0001' } }).rows).toEqual([[1, 'x']]);
    expect(decode(`1,'x,y'\n`, { options: { 'quote-character': "'" } }).rows).toEqual([[1, 'x,y']]);
    expect(decode('1,"x"\n', { options: { 'disable-quote-character': 'true' } }).rows).toEqual([[1, '"x"']]);
    expect(decode('#c\n1,x\n', { options: { 'allow-comments': 'true' } }).rows).toEqual([[1, 'x']]);
    expect(decode('1,x\\,y\n2,"a\\"b"\n', { options: { 'escape-character': '\\\\' } }).rows).toEqual([
      [1, 'x,y'],
      [2, 'a"b'],
    ]);
    expect(decode('n/a,n/a\n', { options: { 'null-literal': 'n/a' } }).rows).toEqual([[null, null]]);
    const lists: Schema = [{ name: 'l', type: array(STRING) }];
    expect(decode('a|b\n', { schema: lists, options: { 'array-element-delimiter': '|' } }).rows).toEqual([
      [['a', 'b']],
    ]);
  });
  it('refuses options and types that it cannot have', () => {
    expect(() => makeDecoder({ format: 'csv', schema: TWO, options: { 'field-delimiter': ',,' } })).toThrow(
      /field-delimiter/,
    );
    expect(() => makeDecoder({ format: 'csv', schema: [{ name: 'm', type: map(STRING, INT) }] })).toThrow(
      /not supported/,
    );
  });
});

describe('writing csv', () => {
  it('quotes as Flink does: blanks, delimiters, quotes, and long text', () => {
    const texts = ['plain', 'a,b', 'a"b', 'a b', 'a\nb', '', 'x'.repeat(24), 'x'.repeat(25)];
    expect(
      encode(
        TWO,
        texts.map((text, i) => [i, text]),
      ),
    ).toBe(`0,plain\n1,"a,b"\n2,"a""b"\n3,"a b"\n4,"a\nb"\n5,\n6,${'x'.repeat(24)}\n7,"${'x'.repeat(25)}"\n`);
  });
  it('writes timestamps, NULL and decimals', () => {
    const schema: Schema = [
      { name: 't', type: timestamp(3) },
      { name: 'd', type: decimal(10, 9) },
    ];
    expect(
      encode(schema, [
        [1500, 27n],
        [null, null],
      ]),
    ).toBe('"1970-01-01 00:00:01.5",2.7E-8\n,\n');
    const options = { 'write-bigdecimal-in-scientific-notation': 'false', 'null-literal': 'NULL' };
    expect(
      encode(
        schema,
        [
          [1500, 27n],
          [null, null],
        ],
        options,
      ),
    ).toBe('"1970-01-01 00:00:01.5",0.000000027\nNULL,NULL\n');
  });
});

import { describe, expect, it } from 'vitest';
import { type Inferred, inferSchema } from '../../../src/formats/infer.ts';
import { typeToString } from '../../../src/types/data-type.ts';

const infer = (text: string, fileName = 'sample'): Inferred => inferSchema(Buffer.from(text), { fileName });
const columns = ({ schema }: Inferred): string =>
  schema.map(({ name, type }) => `${name} ${typeToString(type)}`).join(', ');

describe('JSON', () => {
  it('finds the narrowest type that holds all values', () => {
    const lines = [
      '{"a":1,"b":1,"c":true,"d":"x","e":null,"f":1,"g":9223372036854775807,"h":1}',
      '{"a":-2,"b":1.0,"c":null,"d":1,"e":null,"f":"1","g":9223372036854775808,"h":1e3}',
    ];
    expect(columns(infer(lines.join('\n')))).toBe(
      'a BIGINT, b DOUBLE, c BOOLEAN, d STRING, e STRING, f STRING, g DOUBLE, h DOUBLE',
    );
  });
  it('finds dates, timestamps and their standard', () => {
    const sql = infer(
      '{"t":"2020-01-01 00:00:00.123","z":"2020-01-01 00:00:00Z","d":"2020-01-01","m":"2020-01-01 00:00:00.123456"}',
    );
    expect(columns(sql)).toBe('t TIMESTAMP(3), z TIMESTAMP_LTZ(3), d DATE, m TIMESTAMP(6)');
    expect(sql.options).toEqual({});
    const iso = infer(
      '{"t":"2020-01-01T00:00:00.123Z","d":"2020-02-30","s":"2020-01-01 00:00:00","u":"2020-01-01T00:00:00"}',
    );
    expect(columns(iso)).toBe('t TIMESTAMP_LTZ(3), d STRING, s STRING, u TIMESTAMP(3)');
    expect(iso.options).toEqual({ 'json.timestamp-format.standard': 'ISO-8601' });
    expect(columns(infer('{"t":"2020-01-01 00:00:00"}\n{"t":"soon"}'))).toBe('t STRING');
  });
  it('merges nested objects and arrays', () => {
    const text = '{"r":{"x":1},"l":[1,2.5],"m":[{"y":null}],"e":[],"o":{}}\n{"r":{"z":"s"},"l":null,"m":[{"y":true}]}';
    expect(columns(infer(text))).toBe(
      'r ROW<`x` BIGINT, `z` STRING>, l ARRAY<DOUBLE>, m ARRAY<ROW<`y` BOOLEAN>>, e ARRAY<STRING>, o STRING',
    );
  });
  it('passes over broken and cut records, and reads arrays of records', () => {
    expect(columns(infer('{"a":1}\nx\n[{"b":2},{"c":"q"}]\n{"a":"cut'))).toBe('a BIGINT, b BIGINT, c STRING');
    expect(() => infer('[]', 'x.json')).toThrow(/no JSON object/);
  });
});

describe('CSV', () => {
  it('finds delimiter, header and types', () => {
    const found = infer('id;name;ok;at\n1;"a;b";true;2020-01-01 00:00:00\n2;c;FALSE;\n', 'x.csv');
    expect(columns(found)).toBe('id BIGINT, name STRING, ok BOOLEAN, at TIMESTAMP(3)');
    expect(found).toMatchObject({
      format: 'csv',
      hasHeader: true,
      options: { 'csv.field-delimiter': ';', 'csv.null-literal': '' },
    });
  });
  it.each([
    ['a,b\n1,2\n', true, 'a BIGINT, b BIGINT'],
    ['1,2\n3,4.5\n', false, 'f0 BIGINT, f1 DOUBLE'],
    ['x,1\ny,2\n', false, 'f0 STRING, f1 BIGINT'],
    ['code,day\n007,2020-01-01\n', true, 'code STRING, day DATE'],
    ['name,city\nAnn,Rome\n', true, 'name STRING, city STRING'],
    ['a,a\n1,2\n', false, 'f0 STRING, f1 STRING'],
  ])('%j', (text, hasHeader, expected) => {
    const found = infer(text, 'x.csv');
    expect([found.hasHeader, columns(found)]).toEqual([hasHeader, expected]);
  });
  it('writes a tab as an escape', () => {
    expect(infer('a\tb\n1\t2\n', 'x.tsv').options).toEqual({ 'csv.field-delimiter': '\\t' });
  });
});

it('tells JSON from CSV by name, and else by the first character', () => {
  expect(infer('{"a":1}', 'x.jsonl.gz').format).toBe('json');
  expect(infer('\ufeff {"a":1}', 'data').format).toBe('json');
  expect(infer('a,b\n1,2', 'data').format).toBe('csv');
});

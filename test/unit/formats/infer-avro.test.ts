import { describe, expect, test } from 'vitest';
import { type AvroRecord, parseSchema } from '../../../src/formats/avro/schema.ts';
import { avroColumns } from '../../../src/formats/infer/avro.ts';
import { typeToString } from '../../../src/types/data-type.ts';

function columns(fields: readonly unknown[]) {
  const text = JSON.stringify({ type: 'record', name: 'R', namespace: 'n', fields });
  const { schema, leftOut } = avroColumns(parseSchema(text) as AvroRecord);
  return { columns: schema.map(({ name, type }) => `${name} ${typeToString(type)}`), leftOut };
}

const field = (name: string, type: unknown): unknown => ({ name, type });
const logical = (type: string, logicalType: string, more: object = {}): unknown => ({ type, logicalType, ...more });

describe('the columns of an Avro schema', () => {
  test.each([
    ['boolean', 'BOOLEAN'],
    ['int', 'INT'],
    ['long', 'BIGINT'],
    ['float', 'FLOAT'],
    ['double', 'DOUBLE'],
    ['string', 'STRING'],
    ['bytes', 'BYTES'],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, 'STRING'],
    [{ type: 'fixed', name: 'F', size: 4 }, 'BYTES'],
    [logical('int', 'date'), 'DATE'],
    [logical('int', 'time-millis'), 'TIME(3)'],
    [logical('long', 'timestamp-millis'), 'TIMESTAMP_LTZ(3)'],
    [logical('long', 'timestamp-micros'), 'TIMESTAMP_LTZ(6)'],
    [logical('long', 'local-timestamp-millis'), 'TIMESTAMP(3)'],
    [logical('long', 'local-timestamp-micros'), 'TIMESTAMP(6)'],
    [logical('bytes', 'decimal', { precision: 10, scale: 2 }), 'DECIMAL(10, 2)'],
    [['null', 'string'], 'STRING'],
    [['long', 'null'], 'BIGINT'],
    [{ type: 'array', items: ['null', 'int'] }, 'ARRAY<INT>'],
    [{ type: 'map', values: 'double' }, 'MAP<STRING, DOUBLE>'],
    [{ type: 'record', name: 'I', fields: [field('a', 'int'), field('b', ['int', 'string'])] }, 'ROW<`a` INT>'],
  ])('%j', (type, expected) => {
    expect(columns([field('x', type)])).toEqual({ columns: [`x ${expected}`], leftOut: [] });
  });

  test('leave out what no type fits', () => {
    expect(
      columns([
        field('id', 'int'),
        field('either', ['int', 'string']),
        field('nothing', 'null'),
        field('self', ['null', 'n.R']),
        field('list', { type: 'array', items: ['int', 'string'] }),
      ]),
    ).toEqual({ columns: ['id INT'], leftOut: ['either', 'nothing', 'self', 'list'] });
  });
});

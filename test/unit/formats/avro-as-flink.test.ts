/** What Flink 2.3 itself (flink-avro 2.3.0) makes of a table and of a row of it. */
import { describe, expect, test } from 'vitest';
import { deriveSchema } from '../../../src/formats/avro/derive.ts';
import { parseSchema, schemaText } from '../../../src/formats/avro/schema.ts';
import {
  BIGINT,
  BYTES,
  DATE,
  type DataType,
  DOUBLE,
  FLOAT,
  INT,
  STRING,
  TINYINT,
  array,
  decimal,
  map,
  multiset,
  notNull,
  row,
  time,
  timestamp,
  timestampLtz,
} from '../../../src/types/data-type.ts';
import type { Schema } from '../../../src/types/schema.ts';
import type { Value } from '../../../src/types/vector.ts';
import { encodeRecords } from './encode.ts';
import { decodeRecords } from './records.ts';

const TABLE: Schema = [
  { name: 's', type: STRING },
  { name: 'i', type: notNull(TINYINT) },
  { name: 'l', type: BIGINT },
  { name: 'd', type: decimal(10, 2) },
  { name: 'dt', type: DATE },
  { name: 't', type: time(3) },
  { name: 'ts', type: timestamp(3) },
  {
    name: 'r',
    type: row([
      { name: 'x', type: INT },
      { name: 'y', type: row([{ name: 'z', type: DOUBLE }]) },
    ]),
  },
  { name: 'ar', type: array(row([{ name: 'q', type: INT }])) },
  { name: 'm', type: map(STRING, notNull(INT)) },
  { name: 'ms', type: multiset(STRING) },
  { name: 'b', type: notNull(BYTES) },
  { name: 'f', type: FLOAT },
];
const NEWER: Schema = [
  ...TABLE,
  { name: 'ts6', type: timestamp(6) },
  { name: 'lz', type: timestampLtz(3) },
  { name: 'lz6', type: timestampLtz(6) },
];
const ROW: Value[] = [
  'ä',
  -3,
  1n << 40n,
  -12345n,
  19_000,
  1_234_567,
  1_700_000_000_123,
  [5, [1.5]],
  [[1], null],
  [['k', 7]],
  [['e', 2]],
  Uint8Array.of(1, 2, 255),
  Math.fround(0.1),
];

const LEGACY_SCHEMA =
  '{"type":"record","name":"record","namespace":"org.apache.flink.avro.generated","fields":[{"name":"s","type":["null","string"],"default":null},{"name":"i","type":"int"},{"name":"l","type":["null","long"],"default":null},{"name":"d","type":["null",{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}],"default":null},{"name":"dt","type":["null",{"type":"int","logicalType":"date"}],"default":null},{"name":"t","type":["null",{"type":"int","logicalType":"time-millis"}],"default":null},{"name":"ts","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null},{"name":"r","type":["null",{"type":"record","name":"record_r","fields":[{"name":"x","type":["null","int"],"default":null},{"name":"y","type":["null",{"type":"record","name":"record_r_y","fields":[{"name":"z","type":["null","double"],"default":null}]}],"default":null}]}],"default":null},{"name":"ar","type":["null",{"type":"array","items":["null",{"type":"record","name":"record_ar","fields":[{"name":"q","type":["null","int"],"default":null}]}]}],"default":null},{"name":"m","type":["null",{"type":"map","values":"int"}],"default":null},{"name":"ms","type":["null",{"type":"map","values":["null","int"]}],"default":null},{"name":"b","type":"bytes"},{"name":"f","type":["null","float"],"default":null}]}';
const CURRENT_SCHEMA =
  '{"type":"record","name":"record","namespace":"org.apache.flink.avro.generated","fields":[{"name":"s","type":["null","string"],"default":null},{"name":"i","type":"int"},{"name":"l","type":["null","long"],"default":null},{"name":"d","type":["null",{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}],"default":null},{"name":"dt","type":["null",{"type":"int","logicalType":"date"}],"default":null},{"name":"t","type":["null",{"type":"int","logicalType":"time-millis"}],"default":null},{"name":"ts","type":["null",{"type":"long","logicalType":"local-timestamp-millis"}],"default":null},{"name":"r","type":["null",{"type":"record","name":"record_r","fields":[{"name":"x","type":["null","int"],"default":null},{"name":"y","type":["null",{"type":"record","name":"record_r_y","fields":[{"name":"z","type":["null","double"],"default":null}]}],"default":null}]}],"default":null},{"name":"ar","type":["null",{"type":"array","items":["null",{"type":"record","name":"record_ar","fields":[{"name":"q","type":["null","int"],"default":null}]}]}],"default":null},{"name":"m","type":["null",{"type":"map","values":"int"}],"default":null},{"name":"ms","type":["null",{"type":"map","values":["null","int"]}],"default":null},{"name":"b","type":"bytes"},{"name":"f","type":["null","float"],"default":null},{"name":"ts6","type":["null",{"type":"long","logicalType":"local-timestamp-micros"}],"default":null},{"name":"lz","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null},{"name":"lz6","type":["null",{"type":"long","logicalType":"timestamp-micros"}],"default":null}]}';
const BINARY =
  '0204c3a405028080808080400204cfc702f0a802028eda960102f6a1abfef96202020a0202000000000000f83f020402020200000202026b0e0002020265020400060102ff02cdcccc3d';
const JSON_TEXT =
  '{"s":{"string":"ä"},"i":-3,"l":{"long":1099511627776},"d":{"bytes":"ÏÇ"},"dt":{"int":19000},"t":{"int":1234567},"ts":{"long":1700000000123},"r":{"org.apache.flink.avro.generated.record_r":{"x":{"int":5},"y":{"org.apache.flink.avro.generated.record_r_y":{"z":{"double":1.5}}}}},"ar":{"array":[{"org.apache.flink.avro.generated.record_ar":{"q":{"int":1}}},null]},"m":{"map":{"k":7}},"ms":{"map":{"e":{"int":2}}},"b":"\\u0001\\u0002ÿ","f":{"float":0.1}}';

test('the schema of a table', () => {
  expect(schemaText(deriveSchema(TABLE, true))).toBe(LEGACY_SCHEMA);
  expect(schemaText(deriveSchema(NEWER, false))).toBe(CURRENT_SCHEMA);
});

test('a schema that is read is written the same', () => {
  for (const text of [LEGACY_SCHEMA, CURRENT_SCHEMA]) expect(schemaText(parseSchema(text))).toBe(text);
});

describe.each([
  ['binary', Buffer.from(BINARY, 'hex')],
  ['json', Buffer.from(JSON_TEXT)],
])('a row in %s', (encoding, bytes) => {
  const setup = { format: 'avro', schema: TABLE, options: { encoding } };

  test('is written as Flink writes it', () => {
    expect(encodeRecords(setup, [ROW]).map(String)).toEqual([String(bytes)]);
    expect(encodeRecords(setup, [ROW])).toEqual([bytes]);
  });

  test('is read', () => {
    expect(decodeRecords(setup, [bytes, null, bytes])).toMatchObject({ rows: [ROW, ROW], from: [0, 2], bad: [] });
  });
});

test.each<[string, DataType, boolean, string]>([
  [
    'fine timestamps, under the older mapping',
    timestamp(6),
    true,
    'avro for column "c" of type TIMESTAMP(6) is not supported',
  ],
  [
    'instants, under the older mapping',
    timestampLtz(3),
    true,
    'avro for column "c" of type TIMESTAMP_LTZ(3) is not supported',
  ],
  ['timestamps of nanoseconds', timestamp(9), false, 'avro for column "c" of type TIMESTAMP(9) is not supported'],
  ['fine times', time(6), false, 'avro for column "c" of type TIME(6) is not supported'],
  ['maps whose keys are no text', map(INT, INT), true, 'avro for column "c" of type MAP<INT, INT> is not supported'],
  [
    'intervals',
    { kind: 'INTERVAL_DAY_TIME', nullable: true },
    true,
    'avro for column "c" of type INTERVAL DAY(2) TO SECOND(6) is not supported',
  ],
])('there are no %s', (_, type, legacy, message) => {
  expect(() => deriveSchema([{ name: 'c', type }], legacy)).toThrow(message);
});

test('a name in Avro is one', () => {
  expect(() => deriveSchema([{ name: 'a b', type: INT }], true)).toThrow('avro for column "a b" is not supported');
});

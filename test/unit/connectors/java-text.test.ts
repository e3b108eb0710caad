import { expect, test } from 'vitest';
import { javaText } from '../../../src/connectors/java-text.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  FLOAT,
  INT,
  STRING,
  type DataType,
  array,
  decimal,
  map,
  multiset,
  row,
  time,
  timestamp,
  timestampLtz,
} from '../../../src/types/data-type.ts';
import type { Value } from '../../../src/types/vector.ts';

const DAY_TIME: DataType = { kind: 'INTERVAL_DAY_TIME', nullable: true };
const YEAR_MONTH: DataType = { kind: 'INTERVAL_YEAR_MONTH', nullable: true };
const MIDNIGHT = Date.UTC(2020, 9, 10);

// Expectations: java.time, BigDecimal and Arrays documentation of toString.
const cases: readonly [string, Value, DataType][] = [
  ['null', null, INT],
  ['a', 'a', STRING],
  ['true', true, BOOLEAN],
  ['-5', -5, INT],
  ['9223372036854775807', 9223372036854775807n, BIGINT],
  ['11.10', 1110n, decimal(10, 2)],
  ['0.000001', 1n, decimal(10, 6)],
  ['1E-7', 1n, decimal(10, 7)],
  ['-1.23E-8', -123n, decimal(12, 10)],
  ['0E-8', 0n, decimal(10, 8)],
  ['1.0E10', 1e10, DOUBLE],
  ['0.1', Math.fround(0.1), FLOAT],
  ['2020-10-10', MIDNIGHT / 86_400_000, DATE],
  ['12:34', 45_240_000, time(0)],
  ['12:34:56.700', 45_296_700, time(3)],
  ['2020-10-10T00:00', MIDNIGHT, timestamp(3)],
  ['2020-10-10T00:00:01', MIDNIGHT + 1000, timestamp(3)],
  ['2020-10-10T00:00:00.020', MIDNIGHT + 20, timestamp(3)],
  ['2020-10-10T00:00:00.020030', { ms: MIDNIGHT + 20, nanos: 30_000 }, timestamp(6)],
  ['1969-12-31T23:59:59.999999999', { ms: -1, nanos: 999_999 }, timestamp(9)],
  ['2020-10-10T00:00:00Z', MIDNIGHT, timestampLtz(3)],
  ['1970-01-01T00:00:00.500Z', { ms: 500, nanos: 0 }, timestampLtz(6)],
  ['[102, -1]', new Uint8Array([102, 255]), BYTES],
  ['[1, null]', [1, null], array(INT)],
  ['{a=1, b=null}', [['a', 1], ['b', null]], map(STRING, INT)], // prettier-ignore
  ['{a=2}', [['a', 2]], multiset(STRING)],
  ['+I[1, null]', [1, null], row([{ name: 'x', type: INT }, { name: 'y', type: STRING }])], // prettier-ignore
  ['P1Y2M', 14, YEAR_MONTH],
  ['P-1Y-2M', -14, YEAR_MONTH],
  ['P0D', 0, YEAR_MONTH],
  ['PT34H17M36.789S', 123_456_789, DAY_TIME],
  ['PT-0.5S', -500, DAY_TIME],
  ['PT0S', 0, DAY_TIME],
];

test.each(cases)('%s', (text, value, type) => {
  expect(javaText(value, type)).toBe(text);
});

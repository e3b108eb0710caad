import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { nexmark } from '../../../../src/connectors/nexmark/index.ts';
import { NEXMARK_SCHEMA } from '../../../../src/connectors/nexmark/columns.ts';
import { BatchBuilder } from '../../../../src/types/batch.ts';
import { type Value, getValue } from '../../../../src/types/vector.ts';
import { openRows, wholeColumns } from '../rows.ts';

/** The keys of the reference's dump, in order, by event type. */
const KEYS = [
  ['id', 'name', 'email', 'cc', 'city', 'state', 'ts', 'extra'],
  ['id', 'itemName', 'description', 'initialBid', 'reserve', 'ts', 'expires', 'seller', 'category', 'extra'],
  ['auction', 'bidder', 'price', 'channel', 'url', 'ts', 'extra'],
];

const text = (value: Value): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));

test('the golden stream: 100,000 events of seed 1 and the first 1,000', async () => {
  const reader = await openRows(nexmark, NEXMARK_SCHEMA, { 'events.num': '100000' }, wholeColumns(NEXMARK_SCHEMA));
  const batch = new BatchBuilder(NEXMARK_SCHEMA);
  const whole = createHash('sha256');
  const beginning = createHash('sha256');
  let count = 0;
  for (let result = await reader.read(batch, 1000); ; result = await reader.read(batch, 1000)) {
    const { vectors, length } = batch.build();
    let lines = '';
    for (let at = 0; at < length; at++) {
      const values = NEXMARK_SCHEMA.map((field, c) => getValue(vectors[c] as never, at, field.type));
      const type = values[0] as number;
      expect(values.filter((value) => value !== null)).toHaveLength(2);
      const fields = values[type + 1] as Value[];
      const pairs = (KEYS[type] as string[]).map((key, f) => `"${key}":${text(fields[f] as Value)}`);
      lines += `{"t":${type},${pairs.join(',')}}\n`;
    }
    if (count < 1000) beginning.update(lines);
    whole.update(lines);
    count += length;
    batch.reset();
    if (result === 'end') break;
  }
  expect(count).toBe(100_000);
  expect(beginning.digest('hex')).toBe('e5053ef609367f06398d99d98638e51c7e5db7021ab7e1da6bc76bc76a77d59a');
  expect(whole.digest('hex')).toBe('d720f079192813308e8841b92bbe111211ad7f94110f5f08cfae66c770708e32');
});

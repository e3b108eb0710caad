import { describe, expect, it } from 'vitest';
import { BROKEN_CSV, BROKEN_JSON, CSV_SCHEMA, GOOD_CSV, GOOD_JSON, JSON_SCHEMA } from './broken-records.ts';
import { decodeAll } from './decode.ts';

/** The good JSON record with white space that differs from record to record. */
const spaced = (id: number): string =>
  GOOD_JSON(id).replaceAll(/"(\w+)":/g, (_, name: string) => `${' '.repeat(id % 3)}"${name}"${'\t'.repeat(id % 2)}: `);
/** With its members in an order that differs from record to record. */
const turned = (id: number): string => {
  const members = Object.entries(JSON.parse(GOOD_JSON(id)) as object);
  const k = (id * 5) % members.length;
  const order = id % 2 === 0 ? members : members.toReversed();
  return JSON.stringify(Object.fromEntries([...order.slice(k), ...order.slice(0, k)]));
};

// What comes before the broken record decides how the decoder goes about it: a form that it has learned to the byte,
// one of which it knows the order only, none, and the broken record itself as the thing to learn from.
const CORPORA = [
  {
    format: 'json' as const,
    records: BROKEN_JSON,
    schema: JSON_SCHEMA,
    good: GOOD_JSON,
    forms: [GOOD_JSON, spaced, turned],
  },
  { format: 'csv' as const, records: BROKEN_CSV, schema: CSV_SCHEMA, good: GOOD_CSV, forms: [GOOD_CSV] },
];
const WARM_UP = 40;
const line = (record: string | Uint8Array): Buffer => Buffer.concat([Buffer.from(record), Buffer.from('\n')]);

it('has at least 150 broken records of different names', () => {
  for (const { records } of CORPORA) expect(new Set(records.map(({ name }) => name)).size).toBe(records.length);
  expect(BROKEN_JSON.length + BROKEN_CSV.length).toBeGreaterThanOrEqual(150);
});

describe.each(CORPORA)('a broken $format record', ({ format, records, schema, good, forms }) => {
  const check = (bytes: Uint8Array, before: readonly string[], chunkBytes: number): void => {
    const head = Buffer.concat(before.map(line));
    const all = Buffer.concat([head, line(bytes), line(good(777)), line(good(888))]);
    const decoded = decodeAll({ format, schema }, all, [chunkBytes]);
    expect(decoded.bad).toHaveLength(1);
    expect(Buffer.from(decoded.bad[0]?.bytes ?? []).equals(bytes)).toBe(true);
    expect(decoded.bad[0]?.position).toBe(head.length);
    expect(decoded.bad[0]?.reason).toMatch(/^[a-z'].{5,}/);
    expect(decoded.bad[0]?.reason).not.toBe('the record cannot be decoded');
    expect(decoded.badAt).toEqual([before.length]);
    expect(decoded.rows.map((row) => row[0])).toEqual([...before.map((_, i) => BigInt(i)), 777n, 888n]);
    expect(decoded.consumed).toBe(all.length);
  };

  it.each(records)('$name: is bad, its neighbours are not', ({ bytes }) => {
    check(bytes, [], 1 << 20);
    check(bytes, [good(0)], 7);
    for (const form of forms) {
      check(
        bytes,
        Array.from({ length: WARM_UP }, (_, i) => form(i)),
        1 << 20,
      );
    }
  });

  it('all of them, mixed with good ones, cost no good row', () => {
    for (const form of forms) {
      const parts = records.flatMap(({ bytes }, i) => [line(bytes), line(form(i))]);
      const decoded = decodeAll({ format, schema }, Buffer.concat(parts), [1 << 16], [1024, 7]);
      expect(decoded.bad).toHaveLength(records.length);
      expect(decoded.rows).toHaveLength(records.length);
    }
  });
});

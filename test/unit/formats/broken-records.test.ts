import { describe, expect, it } from 'vitest';
import { BROKEN_CSV, BROKEN_JSON, CSV_SCHEMA, GOOD_CSV, GOOD_JSON, JSON_SCHEMA } from './broken-records.ts';
import { decodeAll } from './decode.ts';

const CORPORA = [
  { format: 'json' as const, records: BROKEN_JSON, schema: JSON_SCHEMA, good: GOOD_JSON, warmUp: 300 },
  { format: 'csv' as const, records: BROKEN_CSV, schema: CSV_SCHEMA, good: GOOD_CSV, warmUp: 1 },
];
const NEWLINE = Buffer.from('\n');

it('has at least 150 broken records of different names', () => {
  for (const { records } of CORPORA) expect(new Set(records.map(({ name }) => name)).size).toBe(records.length);
  expect(BROKEN_JSON.length + BROKEN_CSV.length).toBeGreaterThanOrEqual(150);
});

describe.each(CORPORA)('a broken $format record', ({ format, records, schema, good, warmUp }) => {
  // Enough good records first that the decoder has learned their form; then none, so that it has not.
  it.each(records)('$name: is bad, its neighbours are not', ({ bytes }) => {
    for (const before of [1, warmUp]) {
      const lines = Array.from({ length: before }, (_, i) => Buffer.concat([Buffer.from(good(i)), NEWLINE]));
      const head = Buffer.concat(lines);
      const all = Buffer.concat([
        head,
        bytes,
        NEWLINE,
        Buffer.from(good(777)),
        NEWLINE,
        Buffer.from(good(888)),
        NEWLINE,
      ]);
      for (const chunk of before === 1 ? [all.length, 7] : [all.length]) {
        const decoded = decodeAll({ format, schema }, all, [chunk]);
        expect(decoded.bad).toHaveLength(1);
        expect(Buffer.from(decoded.bad[0]?.bytes ?? []).equals(bytes)).toBe(true);
        expect(decoded.bad[0]?.position).toBe(head.length);
        expect(decoded.bad[0]?.reason).toMatch(/^[a-z'].{5,}/);
        expect(decoded.bad[0]?.reason).not.toBe('the record cannot be decoded');
        expect(decoded.badAt).toEqual([before]);
        expect(decoded.rows.map((row) => row[0])).toEqual([
          ...Array.from({ length: before }, (_, i) => BigInt(i)),
          777n,
          888n,
        ]);
        expect(decoded.consumed).toBe(all.length);
      }
    }
  });

  it('all of them, mixed with good ones, cost no good row', () => {
    const parts = records.flatMap(({ bytes }, i) => [bytes, NEWLINE, Buffer.from(good(i)), NEWLINE]);
    const decoded = decodeAll({ format, schema }, Buffer.concat(parts), [1 << 16], [1024, 7]);
    expect(decoded.bad).toHaveLength(records.length);
    expect(decoded.rows).toHaveLength(records.length);
  });
});

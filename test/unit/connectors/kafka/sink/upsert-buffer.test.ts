import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UpsertBuffer } from '../../../../../src/connectors/kafka/sink/upsert-buffer.ts';
import type { Spans } from '../../../../../src/connectors/kafka/produce/record-batch.ts';
import { type TestRecord, rowsOf } from '../produce/rows.ts';

const record: fc.Arbitrary<TestRecord> = fc.record({
  key: fc.oneof(
    fc.nat(30).map((n) => new Uint8Array(Buffer.from(`key-${n}`))),
    fc.uint8Array({ maxLength: 3 }),
  ),
  value: fc.option(fc.uint8Array({ maxLength: 20 })),
  timestamp: fc.nat(),
  headers: fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.uint8Array({ maxLength: 3 })), { maxLength: 2 }),
});

const at = (spans: Spans, i: number): string | null =>
  (spans.start[i] as number) < 0 ? null : Buffer.from(spans.u8.subarray(spans.start[i], spans.end[i])).toString('hex');

test('the last change of each key remains, keys in the order in which they came', () => {
  fc.assert(
    fc.property(fc.array(fc.array(record, { maxLength: 200 }), { maxLength: 4 }), (rounds) => {
      const buffer = new UpsertBuffer();
      for (const records of rounds) {
        const model = new Map<
          string,
          { value: string | null; headers: string | null; timestamp: number; topic: number }
        >();
        const rows = rowsOf(records);
        records.forEach((_, i) => {
          buffer.put(rows, i, i % 3);
          const { values, headers, timestamps } = rows;
          model.set(at(rows.keys as Spans, i) ?? '', {
            value: at(values, i),
            headers: at(headers as Spans, i),
            timestamp: timestamps?.[i] as number,
            topic: i % 3,
          });
          expect(buffer.count).toBe(model.size);
        });
        const kept = buffer.rows;
        const found = Array.from({ length: kept.count }, (_, i) => [
          at(kept.keys as Spans, i),
          {
            value: at(kept.values, i),
            headers: kept.headers === null ? null : at(kept.headers, i),
            timestamp: kept.timestamps?.[i],
            topic: buffer.topicOf[i],
          },
        ]);
        expect(found).toEqual([...model]);
        buffer.clear();
        expect(buffer.count).toBe(0);
      }
    }),
  );
});

test('what is replaced does not pile up', () => {
  const buffer = new UpsertBuffer();
  const value = (n: number): Uint8Array => Buffer.from(String(n).padStart(1000));
  for (let n = 0; n < 20_000; n++) {
    const record: TestRecord = { key: Buffer.from(`k${n % 7}`), value: value(n), timestamp: n, headers: [] };
    buffer.put(rowsOf([record]), 0, 0);
  }
  expect(buffer.rows.values.u8.length).toBeLessThan(1 << 22);
  expect(Array.from({ length: 7 }, (_, i) => at(buffer.rows.values, i))).toEqual(
    // 19,999 is 7 × 2857, the next ones before it have the other remainders.
    [19_999, 19_993, 19_994, 19_995, 19_996, 19_997, 19_998].map((n) => Buffer.from(value(n)).toString('hex')),
  );
});

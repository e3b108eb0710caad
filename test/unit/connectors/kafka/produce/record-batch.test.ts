import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BufferPool } from '../../../../../src/connectors/kafka/produce/buffer-pool.ts';
import { openCodec } from '../../../../../src/connectors/kafka/produce/compression.ts';
import { HEADER_BYTES, RecordBatch } from '../../../../../src/connectors/kafka/produce/record-batch.ts';
import { type Seal, sealBatch } from '../../../../../src/connectors/kafka/produce/seal-batch.ts';
import { splitBatch } from '../../../../../src/connectors/kafka/produce/split-batch.ts';
import { type DecodedBatch, type TestRecord, decodeBatch, numberRows, rowsOf } from './rows.ts';

const SEAL: Seal = {
  identity: { producerId: 2 ** 40 + 5, producerEpoch: 12, transactionalId: 't' },
  sequence: 77,
  codecId: 0,
  compressed: null,
  crc32c: (bytes, initial) => crc32c(bytes, initial),
};

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
/** kafkajs collects headers in an object that has `valueOf` and the like already. */
const headerName = fc.string({ maxLength: 8 }).map((name) => `h${name}`);
const records: fc.Arbitrary<TestRecord[]> = fc.array(
  fc.record({
    key: fc.option(bytes(20)),
    value: fc.option(fc.oneof(bytes(40), bytes(3000))),
    timestamp: fc.oneof(fc.nat(1000), fc.integer({ min: 0, max: 2 ** 45 })),
    headers: fc.uniqueArray(fc.tuple(headerName, bytes(8)), {
      maxLength: 3,
      selector: ([name]) => name,
    }),
  }),
  { minLength: 1, maxLength: 40 },
);

function build(list: readonly TestRecord[], limit = 1 << 20): { batch: RecordBatch; taken: number } {
  const batch = new RecordBatch(new BufferPool(1 << 20), limit, 0);
  const rows = rowsOf(list);
  let taken = 0;
  while (taken < list.length && batch.append(rows, taken)) taken++;
  return { batch, taken };
}

const plain = (list: readonly TestRecord[]) =>
  list.map(({ key, value, timestamp, headers }) => ({
    key: key && Buffer.from(key),
    value: value && Buffer.from(value),
    timestamp: String(timestamp),
    headers: Object.fromEntries(headers.map(([name, text]) => [name, Buffer.from(text)])),
  }));
const read = ({ records: list }: DecodedBatch) =>
  list.map(({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers: { ...headers } }));

test('kafkajs reads what was appended, and the checksum is that of the bytes', async () => {
  await fc.assert(
    fc.asyncProperty(records, async (list) => {
      const { batch } = build(list);
      const sealed = Buffer.concat(sealBatch(batch, SEAL));
      expect(sealed.readUInt32BE(17)).toBe(crc32c(sealed.subarray(21)));
      expect(sealed.readInt32BE(8)).toBe(sealed.length - 12);
      expect(sealed.readInt32BE(57)).toBe(list.length);
      expect(sealed.readInt32BE(23)).toBe(list.length - 1);
      const decoded = await decodeBatch([sealed]);
      expect(read(decoded)).toEqual(plain(list));
      expect(decoded).toMatchObject({
        producerId: String(2 ** 40 + 5),
        producerEpoch: 12,
        firstSequence: 77,
        inTransaction: true,
        maxTimestamp: String(Math.max(...list.map(({ timestamp }) => timestamp))),
      });
    }),
  );
});

test('a full batch takes no more, an empty one takes any record', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.integer({ min: 61, max: 4000 }), async (list, limit) => {
      const { batch, taken } = build(list, limit);
      expect(taken).toBeGreaterThan(0);
      expect(batch.length <= limit || taken === 1).toBe(true);
      expect(read(await decodeBatch(sealBatch(batch, SEAL)))).toEqual(plain(list.slice(0, taken)));
    }),
  );
});

test('the halves of a batch hold its records, counted anew', async () => {
  await fc.assert(
    fc.asyncProperty(records, async (list) => {
      fc.pre(list.length > 1);
      const { batch } = build(list);
      const halves = splitBatch(batch, new BufferPool(1 << 20));
      const decoded = await Promise.all(halves.map((half) => decodeBatch(sealBatch(half, SEAL))));
      expect(decoded.flatMap(read)).toEqual(plain(list));
      for (const { records: part } of decoded)
        expect(part.map(({ offset }) => offset)).toEqual(part.map((_, i) => String(i)));
    }),
  );
});

test('a batch of many records has offsets of several bytes, and divides at those', async () => {
  const numbers = Array.from({ length: 20_000 }, (_, i) => i);
  const rows = numberRows(numbers);
  const batch = new RecordBatch(new BufferPool(1 << 20), 1 << 20, 0);
  for (let i = 0; i < rows.count; i++) expect(batch.append(rows, i)).toBe(true);
  const valuesOf = async (one: RecordBatch) =>
    (await decodeBatch(sealBatch(one, SEAL))).records.map(({ value }) => Number(value));
  const halves = splitBatch(batch, new BufferPool(1 << 20));
  expect((await Promise.all(halves.map(valuesOf))).flat()).toEqual(numbers);
});

test('a compressed batch has its codec in the header, and a checksum over both pieces', async () => {
  const codec = await openCodec('gzip', {});
  const { batch } = build([{ key: null, value: Buffer.from('x'.repeat(500)), timestamp: 1, headers: [] }]);
  const compressed = (await codec?.compress(batch.bytes.u8.subarray(HEADER_BYTES, batch.length))) ?? null;
  const sealed = Buffer.concat(sealBatch(batch, { ...SEAL, identity: null, codecId: codec?.id ?? 0, compressed }));
  expect(sealed.readInt16BE(21)).toBe(1);
  expect(sealed.readUInt32BE(17)).toBe(crc32c(sealed.subarray(21)));
  // Without an identity there is nothing to recognize it by.
  expect([sealed.readBigInt64BE(43), sealed.readInt16BE(51), sealed.readInt32BE(53)]).toEqual([-1n, -1, -1]);
  expect((await decodeBatch([sealed])).records.map(({ value }) => value?.toString())).toEqual(['x'.repeat(500)]);
});

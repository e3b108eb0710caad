import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import '../../../servers/kafka-data.ts';
import { MetadataColumns } from '../../../../src/connectors/kafka/source/metadata-columns.ts';
import { RecordSpace, walkRecords } from '../../../../src/connectors/kafka/source/record-walk.ts';
import { getValue } from '../../../../src/types/vector.ts';
import { type RecordSpec, batchOf, readBlocks, readerOver, recordsOf } from './batches.ts';
import { CAPTURED, CAPTURED_ABORTED } from './captured-batches.ts';

const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');
const values = async (blocks: readonly Buffer[], options = {}): Promise<(string | null)[]> =>
  (await readBlocks(blocks, options)).map(({ value }) => value);

describe("batches of Kafka's own producer", () => {
  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('%s', async (codec) => {
    const expected = Array.from({ length: 20 }, (_, i) => ({
      offset: i,
      key: `key${i}`,
      value: `value ${i} ${'ab'.repeat(i)}`,
    }));
    for (const chunk of [1, 3, 100]) expect(await readBlocks([bytes(CAPTURED[codec])], { chunk })).toEqual(expected);
    expect(await readBlocks([bytes(CAPTURED[codec])], { from: 7 })).toEqual(expected.slice(7));
    expect(await readBlocks([bytes(CAPTURED[codec])], { stop: 7, chunk: 5 })).toEqual(expected.slice(0, 7));
  });

  test('markers are no records; what was aborted is left out where that is asked for', async () => {
    const block = bytes(CAPTURED.transactions);
    expect(await values([block])).toEqual(['a1', 'a2', 'c1', 'p1']);
    expect(await values([block], { committedOnly: true, aborted: CAPTURED_ABORTED })).toEqual(['c1', 'p1']);
    const reader = await readerOver([block], { committedOnly: true, aborted: CAPTURED_ABORTED });
    reader.read(1);
    // a1, a2, their marker, c1, its marker, p1
    expect(reader.position()).toEqual({ offset: 4, topicId: '' });
    reader.read(10);
    expect(reader.position()).toEqual({ offset: 6, topicId: '' });
    expect(reader.read(10)).toBe('idle');
  });
});

test('any batches of any records, in any blocks and chunks, from and to any offset', async () => {
  const text = fc.option(fc.string({ maxLength: 300, unit: 'binary' }), { nil: null });
  const record = fc.record({ key: text, value: text, gap: fc.integer({ min: 0, max: 3 }) });
  const batch = fc.record({
    records: fc.array(record, { minLength: 1, maxLength: 20 }),
    codec: fc.constantFrom(0, 1, 2, 3, 4),
    gap: fc.integer({ min: 0, max: 5 }),
    endsBlock: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { maxLength: 6 }),
      fc.nat(60),
      fc.nat(80),
      fc.integer({ min: 1, max: 30 }),
      async (batches, from, stop, chunk) => {
        const written: { offset: number; key: string | null; value: string | null }[] = [];
        const blocks: Buffer[] = [];
        let open: Buffer[] = [];
        let offset = 0;
        for (const { records, codec, gap, endsBlock } of batches) {
          offset += gap;
          let delta = 0;
          const specs: RecordSpec[] = records.map((one, i) => {
            delta += i === 0 ? 0 : 1 + one.gap;
            written.push({ offset: offset + delta, key: one.key, value: one.value });
            return { key: one.key, value: one.value, offsetDelta: delta };
          });
          open.push(await batchOf(specs, { offset, codec }));
          offset += delta + 1;
          if (endsBlock) blocks.push(Buffer.concat(open.splice(0)));
        }
        open = open.splice(0);
        if (open.length > 0) blocks.push(Buffer.concat(open));
        const expected = written.filter((one) => one.offset >= from && one.offset < stop);
        expect(await readBlocks(blocks, { from, stop, chunk })).toEqual(expected);
      },
    ),
    { numRuns: 150 },
  );
});

test('a cut batch at the end waits for the next fetch', async () => {
  const first = await batchOf([{ value: 'a' }, { value: 'b' }]);
  const second = await batchOf([{ value: 'c' }, { value: 'd' }], { offset: 2 });
  for (let cut = 0; cut < second.length; cut++) {
    const block = Buffer.concat([first, second.subarray(0, cut)]);
    expect(await values([block, second])).toEqual(['a', 'b', 'c', 'd']);
  }
});

test('each flipped bit that the checksum covers is found', async () => {
  const batch = await batchOf(Array.from({ length: 5 }, (_, i) => ({ key: `k${i}`, value: `value ${i}` })));
  for (let bit = 17 * 8; bit < batch.length * 8; bit++) {
    const broken = Buffer.from(batch);
    broken[bit >> 3] = (broken[bit >> 3] as number) ^ (1 << (bit & 7));
    await expect(readBlocks([broken])).rejects.toMatchObject({
      code: 'data_corrupted',
      message: 'the checksum of a record batch is wrong',
      detail: 'It was read from "t" partition 0, at or after offset 0.',
    });
  }
});

test('without checksums, damage ends in an error or in records, never outside of the batch', async () => {
  const batch = await batchOf(Array.from({ length: 5 }, (_, i) => ({ key: `k${i}`, value: `value ${i}` })));
  for (let at = 61; at < batch.length; at++) {
    for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
      const broken = Buffer.from(batch);
      broken[at] = byte;
      await readBlocks([broken], { checksCrc: false }).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'data_corrupted' });
      });
    }
  }
});

test('an old message format is refused by name', async () => {
  const batch = await batchOf([{ value: 'a' }]);
  batch[16] = 1;
  await expect(readBlocks([batch])).rejects.toMatchObject({
    code: 'unsupported',
    message: 'message format 1 of the batch at offset 0 is not supported',
  });
});

test('bytes that are not of the codec they are said to be of', async () => {
  for (const codec of [1, 2, 3, 4]) {
    const batch = await batchOf([{ value: 'a' }, { value: 'b' }]);
    batch.writeInt16BE(codec, 21);
    await expect(readBlocks([batch], { checksCrc: false })).rejects.toMatchObject({ code: 'data_corrupted' });
  }
});

test('numbers of every length: offsets, times, sizes', () => {
  const zigzag = (value: bigint): number[] => {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    const out: number[] = [];
    for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
    return [...out, Number(rest)];
  };
  for (let power = 0n; power < 53n; power++) {
    for (const delta of [2n ** power, -(2n ** power), 2n ** power - 1n, 1n - 2n ** power]) {
      const offset = power < 31n && delta >= 0n ? delta : 5n;
      const body = [0, ...zigzag(delta), ...zigzag(offset), 1, 2, 65, 0];
      const u8 = Uint8Array.from([...zigzag(BigInt(body.length)), ...body, ...Array<number>(32).fill(0)]);
      const space = new RecordSpace(4, { times: true, epochs: true, headers: false });
      const at = {
        u8,
        pos: 0,
        end: u8.length - 32,
        remaining: 1,
        baseOffset: 0,
        leaderEpoch: 3,
        baseTimestamp: 0,
        appendTime: NaN,
      };
      expect(walkRecords(at, space, 0, Infinity)).toBe(Number(offset) + 1);
      expect([space.timestamp[0], space.offset[0], space.keyStart[0], space.leaderEpoch[0]]).toEqual([
        Number(delta),
        Number(offset),
        -1,
        3,
      ]);
      expect(Buffer.from(u8.subarray(space.valueStart[0], space.valueEnd[0])).toString()).toBe('A');
    }
  }
});

test('headers of many records', async () => {
  const records: RecordSpec[] = Array.from({ length: 50 }, (_, i) => ({
    value: 'v',
    headers: Object.fromEntries(Array.from({ length: i % 7 }, (_, h) => [`h${h}`, `${i}/${h}`])),
  }));
  const metadata = new MetadataColumns(['headers'], 't', 0);
  const reader = await readerOver([await batchOf(records)]);
  const chunk = reader.read(100);
  if (typeof chunk === 'string') return expect.unreachable();
  const space = new RecordSpace(100, metadata);
  const u8 = new Uint8Array(Buffer.concat([await batchOf(records), Buffer.alloc(32)]));
  const at = {
    u8,
    pos: 61,
    end: u8.length - 32,
    remaining: 50,
    baseOffset: 0,
    leaderEpoch: 0,
    baseTimestamp: 0,
    appendTime: NaN,
  };
  walkRecords(at, space, 0, Infinity);
  const vector = metadata.vectors(space, u8)[0];
  const type = {
    kind: 'MAP',
    key: { kind: 'VARCHAR', length: 9, nullable: true },
    value: { kind: 'VARCHAR', length: 9, nullable: true },
    nullable: false,
  } as const;
  records.forEach(({ headers }, i) => {
    expect(getValue(vector as never, i, type)).toEqual(Object.entries(headers ?? {}));
  });
  expect(recordsOf(chunk)).toHaveLength(50);
});

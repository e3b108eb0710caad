import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WireReader } from '../../../../src/connectors/kafka/protocol/wire-reader.ts';
import { WireWriter } from '../../../../src/connectors/kafka/protocol/wire-writer.ts';

const written = (write: (to: WireWriter) => void): Buffer => {
  const to = new WireWriter(4);
  write(to);
  const { length } = to;
  const bytes = Buffer.concat(to.finish());
  expect(bytes.length).toBe(length);
  return bytes;
};
const readerOf = (bytes: Buffer, flexible = false): WireReader => {
  const reader = new WireReader(bytes, 0, bytes.length);
  reader.flexible = flexible;
  return reader;
};

test('bytes of known values', () => {
  const hex = (write: (to: WireWriter) => void): string => written(write).toString('hex');
  expect(hex((to) => to.int64(-1))).toBe('ffffffffffffffff');
  expect(hex((to) => to.int64(-2))).toBe('fffffffffffffffe');
  expect(hex((to) => to.int64(1_700_000_000_000))).toBe('0000018bcfe56800');
  expect(hex((to) => to.string('é'))).toBe('0002c3a9');
  expect(hex((to) => to.nullableString(null))).toBe('ffff');
  expect(hex((to) => to.unsignedVarint(300))).toBe('ac02');
  expect(hex((to) => ((to.flexible = true), to.string('é')))).toBe('03c3a9');
  expect(hex((to) => ((to.flexible = true), to.nullableString(null)))).toBe('00');
  expect(hex((to) => ((to.flexible = true), to.array([1], (item) => to.int8(item)), to.tags()))).toBe('020100');
  expect(hex((to) => to.borrowedBytes(Buffer.from('ab'), Buffer.from('c')))).toBe('00000003616263');
});

test('what is written is read, in both forms', () => {
  const value = fc.record({
    long: fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }),
    int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    short: fc.integer({ min: -32768, max: 32767 }),
    varint: fc.nat(2 ** 31 - 1),
    text: fc.option(fc.string({ unit: 'binary' }), { nil: null }),
    bytes: fc.uint8Array({ maxLength: 700 }),
    list: fc.option(fc.array(fc.boolean()), { nil: null }),
  });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 8 }), fc.boolean(), (values, flexible) => {
      const bytes = written((to) => {
        to.flexible = flexible;
        to.array(values, (one) => {
          to.int64(one.long);
          to.int32(one.int);
          to.int16(one.short);
          to.unsignedVarint(one.varint);
          to.nullableString(one.text);
          to.bytes(one.bytes);
          to.nullableArray(one.list, (item) => to.boolean(item));
          to.tags();
        });
      });
      const from = readerOf(bytes, flexible);
      const read = from.array(() => {
        const one = {
          long: from.int64(),
          int: from.int32(),
          short: from.int16(),
          varint: from.unsignedVarint(),
          text: from.nullableString(),
          bytes: from.bytes(),
          list: from.nullableArray(() => from.boolean()),
        };
        from.tags();
        return one;
      });
      expect(read.map((one) => ({ ...one, bytes: new Uint8Array(one.bytes) }))).toEqual(values);
      expect(from.pos).toBe(bytes.length);
    }),
  );
});

test('tagged fields that nobody knows are passed over', () => {
  const bytes = Buffer.from([2, 5, 3, 1, 2, 3, 9, 1, 7, 42]);
  const from = readerOf(bytes, true);
  const seen: number[] = [];
  from.tags((tag) => seen.push(tag, from.int8()));
  expect(seen).toEqual([5, 1, 9, 7]);
  expect(from.int8()).toBe(42);
});

test('reading past the end is an error', () => {
  const cases: readonly ((from: WireReader) => unknown)[] = [
    (from) => from.int32(),
    (from) => from.string(),
    (from) => from.array(() => from.int8()),
    (from) => from.skip(4),
    (from) => from.uuid(),
  ];
  for (const read of cases) {
    expect(() => read(readerOf(Buffer.from([0, 9, 0])))).toThrow("a broker's answer cannot be read");
  }
  expect(() => readerOf(Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80])).unsignedVarint()).toThrow('too many bytes');
});

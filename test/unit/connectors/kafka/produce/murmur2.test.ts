import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { murmur2, partitionOfHash } from '../../../../../src/connectors/kafka/produce/murmur2.ts';

const require = createRequire(import.meta.url);
const kafkajsMurmur2 = require('kafkajs/src/producer/partitioners/default/murmur2.js') as (key: Buffer) => number;

const hash = (bytes: Uint8Array): number => murmur2(bytes, 0, bytes.length);

test.each([
  // As in Kafka's own test of its hash.
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('the hash of "%s" is that of Kafka', (text, expected) => {
  expect(hash(Buffer.from(text))).toBe(expected);
});

test('any key hashes as in kafkajs, wherever it stands', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(5), (key, before) => {
      const bytes = Buffer.concat([Buffer.alloc(before, 9), key, Buffer.alloc(3, 7)]);
      expect(murmur2(bytes, before, before + key.length)).toBe(kafkajsMurmur2(Buffer.from(key)));
    }),
  );
});

test('a partition is the hash without its sign, modulo their number', () => {
  expect(partitionOfHash(-973932308, 10)).toBe((-973932308 & 0x7fffffff) % 10);
  expect(partitionOfHash(479470107, 3)).toBe(0);
});

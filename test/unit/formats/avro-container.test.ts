import avsc from 'avsc';
import { describe, expect, test } from 'vitest';
import { findFormat } from '../../../src/formats/registry.ts';
import { BatchBuilder, INSERT } from '../../../src/types/batch.ts';
import { BIGINT, DOUBLE, INT, STRING, array, notNull, row } from '../../../src/types/data-type.ts';
import { type OptionSet, parseOptions } from '../../../src/types/option-spec.ts';
import type { Schema } from '../../../src/types/schema.ts';
import type { Value } from '../../../src/types/vector.ts';
import { decodeAll } from './decode.ts';

const SCHEMA: Schema = [
  { name: 'id', type: INT },
  { name: 'name', type: STRING },
  { name: 'tags', type: array(notNull(STRING)) },
  { name: 'inner', type: row([{ name: 'x', type: DOUBLE }]) },
];
const rowOf = (id: number): Value[] => [
  id,
  id % 3 === 0 ? null : `näme ${id}`,
  Array.from({ length: id % 4 }, (_, k) => `t${k}`),
  id % 5 === 0 ? null : [id / 2],
];
const CODECS = ['null', 'deflate', 'snappy', 'zstandard'];

interface Written {
  readonly bytes: Buffer;
  /** Where each block begins, and the end. */
  readonly blocks: readonly number[];
}

function write(rows: readonly (readonly Value[])[], perBlock: number, codec?: string, schema = SCHEMA): Written {
  const format = findFormat('avro');
  const options = parseOptions('avro', format.options as OptionSet, codec === undefined ? {} : { codec });
  const encoder = format.encoder?.({ schema, options, timeZone: 'UTC', separator: Buffer.from('\n') });
  if (encoder?.file === undefined) throw new Error('no files');
  const parts = [Buffer.from(encoder.file.head())];
  const blocks = [(parts[0] as Buffer).length];
  for (let at = 0; at < rows.length; at += perBlock) {
    const some = rows.slice(at, at + perBlock);
    const builder = new BatchBuilder(schema);
    for (const values of some) {
      const index = builder.addRow(INSERT);
      values.forEach((value, c) => builder.columns[c]?.set(index, value));
    }
    const { u8, length } = encoder.encode(builder.build());
    parts.push(Buffer.from(encoder.file.block(u8.subarray(0, length), some.length)));
    blocks.push((blocks.at(-1) as number) + (parts.at(-1) as Buffer).length);
  }
  return { bytes: Buffer.concat(parts), blocks };
}

const read = (bytes: Uint8Array, chunks = [1 << 16], batchRows = [1000], schema = SCHEMA, position = 0) =>
  decodeAll({ format: 'avro', schema, position }, bytes, chunks, batchRows);

function avscRecords(bytes: Buffer): Promise<unknown[]> {
  const records: unknown[] = [];
  const decoder = new avsc.streams.BlockDecoder();
  const { promise, resolve, reject } = Promise.withResolvers<unknown[]>();
  decoder.on('data', (record) => records.push(record));
  decoder.on('end', () => resolve(records));
  decoder.on('error', reject);
  decoder.end(bytes);
  return promise;
}

function avscFile(schema: unknown, records: readonly unknown[], codec: string): Promise<Buffer> {
  const encoder = new avsc.streams.BlockEncoder(schema as never, { codec, blockSize: 200 } as never);
  const parts: Buffer[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  encoder.on('data', (part: Buffer) => parts.push(part));
  encoder.on('end', () => resolve(Buffer.concat(parts)));
  encoder.on('error', reject);
  for (const record of records) encoder.write(record);
  encoder.end();
  return promise;
}

const rows = Array.from({ length: 50 }, (_, id) => rowOf(id));

describe.each(CODECS)('codec %s', (codec) => {
  test('is read back, however the bytes are cut', () => {
    const { bytes } = write(rows, 7, codec);
    for (const chunks of [[bytes.length], [1], [3, 17], [64]]) {
      const decoded = read(bytes, chunks, [4]);
      expect(decoded.bad).toEqual([]);
      expect(decoded.rows).toEqual(rows);
      expect(decoded.consumed).toBe(bytes.length);
    }
  });

  test('goes on at any block', () => {
    const { bytes, blocks } = write(rows, 7, codec);
    blocks.forEach((position, i) => {
      const decoded = read(bytes, [50], [3], SCHEMA, position);
      expect(decoded.rows).toEqual(rows.slice(7 * i));
      expect(decoded.consumed).toBe(bytes.length);
    });
  });
});

test('what is written is what avsc reads', async () => {
  const { bytes } = write(rows, 20, 'deflate');
  const records = await avscRecords(bytes);
  expect(records).toHaveLength(50);
  expect({ ...(records[4] as object) }).toMatchObject({ id: 4, name: 'näme 4', tags: [], inner: { x: 2 } });
});

test('what avsc writes is read by the columns of the table', async () => {
  const schema = {
    type: 'record',
    name: 'Event',
    fields: [
      { name: 'skipped', type: { type: 'map', values: 'double' } },
      { name: 'name', type: 'string' },
      { name: 'id', type: 'int' },
    ],
  };
  const records = Array.from({ length: 100 }, (_, id) => ({ skipped: { a: 1, b: id }, name: `n${id}`, id }));
  const table: Schema = [
    { name: 'id', type: BIGINT },
    { name: 'name', type: STRING },
    { name: 'missing', type: STRING },
  ];
  for (const codec of ['null', 'deflate']) {
    const decoded = read(await avscFile(schema, records, codec), [100], [8], table);
    expect(decoded.bad).toEqual([]);
    expect(decoded.rows).toEqual(records.map(({ id, name }) => [BigInt(id), name, null]));
  }
});

test('snappy is the default, as in Flink', () => {
  expect(write(rows, 50).bytes.toString('latin1')).toContain('avro.codec\u000csnappy');
});

describe('damage', () => {
  test('a file that is none is one bad record', () => {
    const decoded = read(Buffer.from('{"id":1}\n'.repeat(100)), [7]);
    expect(decoded.rows).toEqual([]);
    expect(decoded.bad.map(({ position, reason }) => [position, reason])).toEqual([
      [0, 'the file is no Avro object container'],
    ]);
    expect(decoded.consumed).toBe(900);
  });

  test('an empty file holds nothing', () => {
    expect(read(Buffer.alloc(0))).toMatchObject({ rows: [], bad: [] });
  });

  test('cut anywhere, all whole blocks are there, and the rest is bad', () => {
    const { bytes, blocks } = write(rows, 10, 'null');
    for (let cut = 1; cut < bytes.length; cut++) {
      const decoded = read(bytes.subarray(0, cut), [64]);
      const whole = blocks.filter((at) => at <= cut).length - 1;
      expect(decoded.rows).toEqual(rows.slice(0, 10 * Math.max(0, whole)));
      expect(decoded.bad).toHaveLength(blocks.includes(cut) ? 0 : 1);
      expect(decoded.consumed).toBe(cut);
    }
  });

  test('a flipped bit costs its block at most, and in a marker the next one too', () => {
    for (const codec of ['null', 'snappy']) {
      const { bytes, blocks } = write(rows, 10, codec);
      for (let at = blocks[0] as number; at < bytes.length; at += 3) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] as number) ^ 0x55;
        const block = blocks.findLastIndex((start) => start <= at);
        const { rows: read1, bad } = read(damaged, [50], [4]);
        const inMarker = at >= (blocks[block + 1] as number) - 16;
        const others = [...rows.slice(0, 10 * block), ...rows.slice(10 * (block + (inMarker ? 2 : 1)))];
        const ids = read1.map(([id]) => id);
        for (const [id] of others) expect(ids).toContain(id);
        if (codec === 'snappy') {
          expect(bad.length).toBe(1);
          expect(read1).toEqual(others);
        }
      }
    }
  });

  test('an unknown codec and a broken schema are said', () => {
    const { bytes } = write(rows, 10, 'null');
    const text = bytes.toString('latin1');
    const other = Buffer.from(text.replace('avro.codec\u0008null', 'avro.codec\u0008lzma'), 'latin1');
    expect(read(other).bad[0]?.reason).toBe(`the file is compressed by 'lzma', which is not supported`);
    const broken = Buffer.from(text.replace('"type":"record"', '"type":"recorx"'), 'latin1');
    expect(read(broken).bad[0]?.reason).toContain('malformed Avro schema');
  });
});

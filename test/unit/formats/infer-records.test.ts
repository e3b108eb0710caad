import { describe, expect, test } from 'vitest';
import { inferRecords } from '../../../src/formats/infer-records.ts';
import { fakePlatform } from '../../../src/platform/fake-platform.ts';
import { typeToString } from '../../../src/types/data-type.ts';

async function infer(records: readonly (string | Uint8Array)[], kind: 'key' | 'value' = 'value') {
  const bytes = records.map((record) => (typeof record === 'string' ? Buffer.from(record) : record));
  const { format, schema, options } = await inferRecords({
    records: bytes,
    part: { kind, topic: 't' },
    registry: {},
    context: fakePlatform(),
  });
  return [format, schema.map(({ name, type }) => `${name} ${typeToString(type)}`).join(', '), options];
}

describe('records', () => {
  test('that are JSON objects are json, with the columns of all of them', async () => {
    expect(await infer(['{"a": 1}', '{"a": 1.5, "b": {"c": [true]}}', '{\n  "d": null,\n  "b": null\n}'])).toEqual([
      'json',
      'a DOUBLE, b ROW<`c` ARRAY<BOOLEAN>>, d STRING',
      {},
    ]);
  });

  test('keep the standard of their timestamps', async () => {
    expect(await infer(['{"t": "2024-01-01T10:00:00Z"}', '{"t": "2024-01-01T10:00:00.123456Z"}'])).toEqual([
      'json',
      't TIMESTAMP_LTZ(6)',
      { 'json.timestamp-format.standard': 'ISO-8601' },
    ]);
  });

  test('are json where a few are broken', async () => {
    expect((await infer(['{"a": 1}', '{"a": ', '{"a": 2}']))[0]).toBe('json');
    expect((await infer(['{"a": 1}', 'x', 'y']))[0]).toBe('raw');
  });

  test('that are not objects are text or bytes as they are', async () => {
    expect(await infer(['42', '"x"', 'plain, text'])).toEqual(['raw', 'value STRING', {}]);
    expect(await infer(['{}', '[1]'], 'key')).toEqual(['raw', 'key STRING', {}]);
    expect(await infer(['text', Uint8Array.of(0xff, 0xfe)])).toEqual(['raw', 'value BYTES', {}]);
    expect(await infer([Uint8Array.of(0, 0, 0, 0, 1, 65)])).toEqual(['raw', 'value BYTES', {}]);
  });
});

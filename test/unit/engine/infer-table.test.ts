import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { inferTable } from '../../../src/engine/infer-table.ts';
import { ManualClock } from '../../../src/platform/manual-clock.ts';
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts';

const JSON_LINES = Buffer.from('{"id":1,"name":"a"}\n{"id":2,"name":"b"}\n');

async function columnsOf(path: string, files: Readonly<Record<string, Uint8Array>>): Promise<string[]> {
  const fileSystem = new MemoryFileSystem(new ManualClock());
  for (const [name, bytes] of Object.entries(files)) {
    const file = await fileSystem.openWrite(name);
    await file.write(bytes);
    await file.close();
  }
  const { columns, options } = await inferTable(path, fileSystem);
  return [options['format'] ?? '', ...columns.map(({ name }) => name)];
}

test('looks into compressed files', async () => {
  const files = { '/d/a.jsonl.gz': gzipSync(JSON_LINES), '/d/b.jsonl.zst': zstdCompressSync(JSON_LINES) };
  expect(await columnsOf('/d/a.jsonl.gz', files)).toEqual(['json', 'id', 'name']);
  expect(await columnsOf('/d/b.jsonl.zst', files)).toEqual(['json', 'id', 'name']);
});

test('passes over empty files of a directory', async () => {
  const files = { '/d/a.csv': new Uint8Array(0), '/d/b.jsonl': JSON_LINES };
  expect(await columnsOf('/d', files)).toEqual(['json', 'id', 'name']);
});

test('says what is wrong with a file that does not decompress, or has nothing in it', async () => {
  await expect(columnsOf('/a.jsonl.gz', { '/a.jsonl.gz': JSON_LINES })).rejects.toThrow('cannot decompress');
  await expect(columnsOf('/a.jsonl', { '/a.jsonl': new Uint8Array(0) })).rejects.toThrow('no schema can be inferred');
});

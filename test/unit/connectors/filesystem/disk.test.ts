import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ByteReader } from '../../../../src/connectors/connector.ts';
import { nodePlatform } from '../../../../src/platform/node-platform.ts';
import { BatchBuilder } from '../../../../src/types/batch.ts';
import { INT, STRING } from '../../../../src/types/data-type.ts';
import { fileSink, fileSource, readAll } from './files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const context = { ...nodePlatform(), timeZone: 'UTC', parallelism: 1 };

test('what a sink writes to a real disk a source reads again, by a relative path and a glob', async () => {
  const schema = [
    { name: 'v', type: INT },
    { name: 'day', type: STRING },
  ];
  const path = relative(process.cwd(), folder);
  const sink = fileSink(context, schema, { path }, { partitionKeys: ['day'] });
  const batch = new BatchBuilder(schema);
  for (let i = 0; i < 6; i++) {
    const at = batch.addRow(0);
    batch.columns[0]?.set(at, i);
    batch.columns[1]?.set(at, `d:${Math.floor(i / 3)}`);
  }
  await sink.write(batch.build());
  const table = { columns: schema, partitionKeys: ['day'] };
  expect(
    await fileSource(context, { path: `${path}/**/part-*` }, table)
      .listSplits()
      .catch(String),
  ).toContain('no file matches');
  await sink.close(true);

  const source = fileSource(context, { path: `${path}/day=*/part-*.csv` }, table);
  expect(Object.values(await readAll(source))).toEqual(['0\n1\n2\n', '3\n4\n5\n']);
  const [split] = await source.listSplits();
  const reader = (await source.open({ split: split as { id: string }, position: 2, columns: [] })) as ByteReader;
  expect(reader.metadata).toMatchObject({
    day: 'd:0',
    'file.size': 6n,
    'file.path': join(folder, `day=d%3A0/${readdirSync(`${folder}/day=d%3A0`)[0]}`),
  });
  expect(await reader.read(new Uint8Array(100))).toBe(4);
  await reader.close();
});

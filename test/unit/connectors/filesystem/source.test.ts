import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { ByteReader } from '../../../../src/connectors/connector.ts';
import { fakePlatform } from '../../../../src/platform/fake-platform.ts';
import { BIGINT, BOOLEAN, DATE, INT, STRING, decimal, timestamp } from '../../../../src/types/data-type.ts';
import { testContext } from '../rows.ts';
import { fileSource, readAll, readBytes } from './files.ts';

function disk(files: Readonly<Record<string, string | Uint8Array>>): ReturnType<typeof fakePlatform> {
  const platform = fakePlatform({ startMs: 5000 });
  for (const [path, content] of Object.entries(files)) platform.fileSystem.put(path, content);
  return platform;
}

const FILES = {
  'data/b.csv': 'b\n',
  'data/a.csv': 'a\n',
  'data/.hidden': 'x',
  'data/_SUCCESS': 'x',
  'data/sub/c.csv': 'c\n',
  'data/sub/deep/d.json': 'd\n',
  'data/_temporary/e.csv': 'x',
  'other/f1.csv': '1',
  'other/f2.csv': '2',
  'other/g[1].csv': 'g',
};

test.each([
  ['data', ['data/a.csv', 'data/b.csv', 'data/sub/c.csv', 'data/sub/deep/d.json']],
  ['data/a.csv', ['data/a.csv']],
  ['/data/a.csv', ['/data/a.csv']],
  ['file:///data/sub', ['/data/sub/c.csv', '/data/sub/deep/d.json']],
  ['file:/data/a.csv', ['/data/a.csv']],
  ['data/*.csv', ['data/a.csv', 'data/b.csv']],
  ['data/s*', ['data/sub/c.csv', 'data/sub/deep/d.json']],
  ['data/**/*.csv', ['data/a.csv', 'data/b.csv', 'data/sub/c.csv']],
  ['**/?.{json,csv}', ['data/a.csv', 'data/b.csv', 'data/sub/c.csv', 'data/sub/deep/d.json']],
  ['/**/d.*', ['/data/sub/deep/d.json']],
  ['other/f[12].csv', ['other/f1.csv', 'other/f2.csv']],
  ['other/f[!1].csv', ['other/f2.csv']],
  ['other/g[1].csv', ['other/g[1].csv']],
  ['other/g\\[1].*', ['other/g[1].csv']],
  ['{data/sub,other}/{c,f1}.csv', ['data/sub/c.csv', 'other/f1.csv']],
  ['data/_*', ['data/_SUCCESS', 'data/_temporary/e.csv']],
  ['data/.hidden', ['data/.hidden']],
])('%s', async (path, expected) => {
  const splits = await fileSource(testContext(1, disk(FILES)), { path }).listSplits();
  expect(splits.map((split) => split.id)).toEqual(expected);
});

test('a pattern chooses among absolute paths', async () => {
  const options = { path: 'data', 'source.path.regex-pattern': '/data/.*[bc]\\.csv' };
  const splits = await fileSource(testContext(1, disk(FILES)), options).listSplits();
  expect(splits.map((split) => split.id)).toEqual(['data/b.csv', 'data/sub/c.csv']);
  expect(() => fileSource(testContext(), { path: 'data', 'source.path.regex-pattern': '(' })).toThrow(/regex-pattern/);
});

test('what is not there is an error that names it', async () => {
  const context = testContext(1, disk(FILES));
  await expect(fileSource(context, { path: 'data/nope' }).listSplits()).rejects.toMatchObject({
    code: 'undefined_file',
    message: 'cannot read "data/nope": no such file or directory',
    detail: 'It is looked for as /data/nope.',
  });
  await expect(fileSource(context, { path: 'data/*.xml' }).listSplits()).rejects.toThrow(
    'no file matches "data/*.xml"',
  );
  expect(() => fileSource(context, { path: 'hdfs://node/data' })).toThrow('file system "hdfs" is not supported');
  expect(() => fileSource(context, { path: 's3://bucket/data' })).toThrow('file system "s3" is not supported');
  await expect(readAll(fileSource(testContext(1, disk({ 'a.bz2': 'x' })), { path: 'a.bz2' }))).rejects.toThrow(
    /compression "bz2" is not supported/,
  );
  expect(() => fileSource(context, { path: 'x', 'auto-compaction': 'true' })).toThrow(/auto-compaction.*not supported/);
});

test('plain and compressed files read alike, several gzip members included', async () => {
  const text = Array.from({ length: 30_000 }, (_, i) => `line ${i} äöü\n`).join('');
  const half = Buffer.from(text.slice(0, 100_001));
  const platform = disk({
    'in/plain': text,
    'in/one.gz': gzipSync(text),
    'in/two.gz': Buffer.concat([gzipSync(half), gzipSync(text.slice(100_001))]),
    'in/three.zst': zstdCompressSync(text),
    'in/empty.gz': gzipSync(''),
  });
  const contents = await readAll(fileSource(testContext(1, platform), { path: 'in' }));
  expect(Object.keys(contents)).toEqual(['in/empty.gz', 'in/one.gz', 'in/plain', 'in/three.zst', 'in/two.gz']);
  expect(Object.values(contents).map((content) => content === text)).toEqual([false, true, true, true, true]);
});

test('a damaged compressed file gives what is whole, then an error', async () => {
  const zipped = gzipSync('x'.repeat(1000) + Math.PI);
  const context = testContext(1, disk({ 'cut.gz': zipped.subarray(0, -10), 'no.gz': 'not gzip' }));
  await expect(readAll(fileSource(context, { path: 'cut.gz' }))).rejects.toMatchObject({ code: 'bad_record' });
  await expect(readAll(fileSource(context, { path: 'no.gz' }))).rejects.toThrow(/cannot decompress "no.gz"/);
});

test('monitoring finds new files, is unbounded, and may begin empty', async () => {
  const platform = disk({ 'in/a': '1' });
  const source = fileSource(testContext(1, platform), { path: 'in/*', 'source.monitor-interval': '2 s' });
  expect(source).toMatchObject({ boundedness: 'unbounded', discoveryIntervalMs: 2000, reading: 'sequential' });
  expect(await source.listSplits()).toEqual([{ id: 'in/a' }]);
  platform.fileSystem.put('in/0', '2');
  expect(await source.listSplits()).toEqual([{ id: 'in/0' }, { id: 'in/a' }]);
  await platform.fileSystem.remove('in');
  platform.fileSystem.put('in/.x', '');
  expect(await source.listSplits()).toEqual([]);
});

test('metadata and partition columns come with the reader', async () => {
  const platform = disk({
    't/dt=2015-07-15/h=00%3A30/n=7/big=12/ok=TRUE/p=1.50/ts=2015-07-15T01%3A02/x.csv': 'four',
    't/dt=__DEFAULT_PARTITION__/h=a%25b/n=-1/big=0/ok=false/p=2/ts=2015-07-15 01%3A02%3A03.5/y.csv': '',
    't/z.csv': '',
    'u/n=abc/z.csv': '',
  });
  const columns = [
    { name: 'dt', type: DATE },
    { name: 'h', type: STRING },
    { name: 'n', type: INT },
    { name: 'big', type: BIGINT },
    { name: 'ok', type: BOOLEAN },
    { name: 'p', type: decimal(5, 2) },
    { name: 'ts', type: timestamp(3) },
  ];
  const table = { columns, partitionKeys: columns.map((column) => column.name) };
  const source = fileSource(testContext(1, platform), { path: 't' }, table);
  const splits = await source.listSplits();
  const open = async (i: number): Promise<ByteReader> =>
    (await source.open({ split: splits[i] as { id: string }, position: null, columns: [] })) as ByteReader;
  expect((await open(1)).metadata).toEqual({
    'file.path': `/${splits[1]?.id}`,
    'file.name': 'y.csv',
    'file.size': 0n,
    'file.modification-time': 5000,
    dt: null,
    h: 'a%b',
    n: -1,
    big: 0n,
    ok: false,
    p: 200n,
    ts: Date.UTC(2015, 6, 15, 1, 2, 3, 500),
  });
  expect((await open(0)).metadata).toMatchObject({
    'file.size': 4n,
    dt: Date.UTC(2015, 6, 15) / 86_400_000,
    h: '00:30',
    ok: true,
    p: 150n,
    ts: Date.UTC(2015, 6, 15, 1, 2),
  });
  await expect(open(2)).rejects.toThrow('"t/z.csv" has no directory for the partition column "dt"');
  const wrong = fileSource(testContext(1, platform), { path: 'u' }, { columns, partitionKeys: ['n'] });
  await expect(readAll(wrong)).rejects.toThrow(`'abc' in "u/n=abc/z.csv" is no INT`);
});

test('reads end on whole pages and begin anywhere', async () => {
  const text = 'x'.repeat(10_000);
  const context = testContext(1, disk({ f: text }));
  const source = fileSource(context, { path: 'f' });
  const reader = (await source.open({ split: { id: 'f' }, position: 100, columns: [] })) as ByteReader;
  expect(reader.read(new Uint8Array(5000))).toBe(3996);
  expect(await readBytes(reader)).toHaveLength(10_000 - 4096);
});

import { expect, test } from 'vitest';
import { fakePlatform } from '../../../src/platform/fake-platform.ts';
import { SeededRandom } from '../../../src/platform/seeded-random.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);

test('files, directories and positional reads', async () => {
  const { fileSystem } = fakePlatform();
  const file = await fileSystem.openWrite('/data/a/one.txt');
  await file.write(bytes('hello '));
  await file.write(bytes('world'));
  await file.close();
  fileSystem.put('/data/two.txt', '2');
  expect((await fileSystem.list('/data')).map((entry) => [entry.path, entry.kind, entry.sizeBytes])).toEqual([
    ['/data/a', 'directory', 0],
    ['/data/two.txt', 'file', 1],
  ]);
  expect((await fileSystem.list('/')).map((entry) => entry.path)).toEqual(['/data']);
  const reader = await fileSystem.openRead('/data/a/one.txt');
  const into = new Uint8Array(5);
  expect(await reader.read(into, 6)).toBe(5);
  expect(text(into)).toBe('world');
  expect(await reader.read(into, 11)).toBe(0);
  await fileSystem.rename('/data/a', '/data/b');
  expect(fileSystem.paths()).toEqual(['/data/b/one.txt', '/data/two.txt']);
  await fileSystem.remove('/data');
  expect(await fileSystem.stat('/data')).toBeNull();
  await expect(fileSystem.openRead('/data/two.txt')).rejects.toMatchObject({ code: 'undefined_file' });
});

test('injected faults fire after and for as often as they say, and may tear a write', async () => {
  const { fileSystem } = fakePlatform();
  fileSystem.inject({ operation: 'write', code: 'ENOSPC', path: /log$/, after: 1, tornAtByte: 2 });
  fileSystem.inject({ operation: 'rename', code: 'EACCES', times: 2 });
  const file = await fileSystem.openWrite('log');
  await file.write(bytes('first,'));
  expect(() => file.write(bytes('second'))).toThrow(/no space left on the device/);
  await file.write(bytes('third'));
  expect(text(fileSystem.get('log'))).toBe('first,sethird');
  await expect(fileSystem.rename('log', 'x')).rejects.toMatchObject({ code: 'io_error' });
  await expect(fileSystem.rename('log', 'x')).rejects.toThrow(/permission denied/);
  await fileSystem.rename('log', 'x');
  expect(fileSystem.paths()).toEqual(['/x']);
});

test('a crash loses what was not synced, or tears it, and kills open handles', async () => {
  const { fileSystem } = fakePlatform();
  const write = async (path: string): Promise<void> => {
    const file = await fileSystem.openWrite(path);
    await file.write(bytes('durable'));
    await file.sync();
    await file.write(bytes('0123456789'));
  };
  await write('a');
  await fileSystem.syncDirectory('/');
  const open = await fileSystem.openWrite('b');
  fileSystem.crash();
  expect(text(fileSystem.get('a'))).toBe('durable');
  expect(() => open.write(bytes('x'))).toThrow(/died in a crash/);
  const lengths = new Set<number>();
  for (let seed = 1; seed <= 50; seed++) {
    await write('a');
    fileSystem.crash(new SeededRandom(seed));
    const left = text(fileSystem.get('a'));
    // A hole is at the end of what was kept.
    expect('durable0123456789'.startsWith(left.replace(/\0+$/, '')) && left.startsWith('durable')).toBe(true);
    lengths.add(left.length);
  }
  expect(lengths.size).toBeGreaterThan(5);
});

test('a name is lost in a crash unless its directory was synced, by itself or by a rename into it', async () => {
  const left = { made: 0, synced: 0, renamed: 0 };
  for (let seed = 1; seed <= 20; seed++) {
    const { fileSystem } = fakePlatform();
    await fileSystem.makeDirectory('d');
    await fileSystem.syncDirectory('/');
    const make = async (path: string): Promise<void> => (await fileSystem.openWrite(path)).sync();
    await make('d/synced');
    await fileSystem.syncDirectory('d');
    await make('d/old');
    if (seed % 2 === 0) await fileSystem.rename('d/old', 'd/renamed');
    else await make('d/made');
    fileSystem.crash(new SeededRandom(seed));
    for (const name of ['made', 'synced', 'renamed'] as const)
      if (fileSystem.paths().includes(`/d/${name}`)) left[name]++;
  }
  expect(left.synced).toBe(20);
  expect(left.renamed).toBe(10);
  expect(left.made).toBeGreaterThan(0);
  expect(left.made).toBeLessThan(10);
});

test('without power nothing works until the crash is over', async () => {
  const { fileSystem } = fakePlatform();
  fileSystem.put('a', 'x');
  fileSystem.powerOff();
  await expect(fileSystem.stat('a')).rejects.toThrow(/cannot look at/);
  await expect(fileSystem.openWrite('b')).rejects.toThrow(/cannot create/);
  fileSystem.crash();
  expect(await fileSystem.stat('a')).toMatchObject({ kind: 'file' });
});

test('a file is made exclusively once, appended to, and written in the middle', async () => {
  const { fileSystem } = fakePlatform();
  expect(await fileSystem.createExclusive('lock', bytes('one'))).toBe(true);
  expect(await fileSystem.createExclusive('lock', bytes('two'))).toBe(false);
  await (await fileSystem.openAppend('lock')).write(bytes(' more'));
  const file = await fileSystem.openPositioned('lock');
  file.write(bytes('MORE!'), 4);
  expect(text(fileSystem.get('lock'))).toBe('one MORE!');
});

test('the seeded random is uniform enough and follows from its seed', () => {
  const draws = Array.from(
    { length: 1000 },
    (
      (random) => () =>
        random.next()
    )(new SeededRandom(7)),
  );
  const again = new SeededRandom(7);
  expect(draws).toEqual(draws.map(() => again.next()));
  expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...draws)).toBeLessThan(1);
  expect(draws.reduce((sum, draw) => sum + draw) / 1000).toBeCloseTo(0.5, 1);
});

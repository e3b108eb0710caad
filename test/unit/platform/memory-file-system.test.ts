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
  const open = await fileSystem.openWrite('b');
  fileSystem.crash();
  expect(text(fileSystem.get('a'))).toBe('durable');
  expect(() => open.write(bytes('x'))).toThrow(/died in a crash/);
  const lengths = new Set<number>();
  for (let seed = 1; seed <= 50; seed++) {
    await write('a');
    fileSystem.crash(new SeededRandom(seed));
    const left = text(fileSystem.get('a'));
    expect('durable0123456789'.startsWith(left) && left.startsWith('durable')).toBe(true);
    lengths.add(left.length);
  }
  expect(lengths.size).toBeGreaterThan(5);
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

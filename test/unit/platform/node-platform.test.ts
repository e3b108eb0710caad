import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodePlatform, streamOutput } from '../../../src/platform/node-platform.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-platform-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const { clock, fileSystem, random } = nodePlatform();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('files are written, synced, renamed, listed and read by position', async () => {
  const file = await fileSystem.openWrite(`${folder}/deep/er/.part`);
  await file.write(bytes('hello world'));
  await file.sync();
  await file.close();
  await fileSystem.rename(`${folder}/deep/er/.part`, `${folder}/deep/er/part`);
  expect(readFileSync(`${folder}/deep/er/part`, 'utf8')).toBe('hello world');
  expect(await fileSystem.list(`${folder}/deep/er`)).toMatchObject([
    { path: `${folder}/deep/er/part`, kind: 'file', sizeBytes: 11 },
  ]);
  const reader = await fileSystem.openRead(`${folder}/deep/er/part`);
  const into = new Uint8Array(20);
  expect(reader.read(into, 6)).toBe(5);
  expect(reader.read(into, 11)).toBe(0);
  await reader.close();
  await fileSystem.remove(`${folder}/deep`);
  await fileSystem.remove(`${folder}/deep`);
  expect(await fileSystem.stat(`${folder}/deep`)).toBeNull();
});

test('a pipe in a directory is not one of its files', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  writeFileSync(join(folder, 'file'), 'x');
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
  expect((await fileSystem.list(folder)).map(({ path }) => path)).toEqual([`${folder}/file`]);
});

test('errors name the operation, the path and the reason', async () => {
  await expect(fileSystem.openRead(`${folder}/none`)).rejects.toMatchObject({
    code: 'undefined_file',
    message: `cannot open "${folder}/none": no such file or directory`,
  });
  await expect(fileSystem.openRead(folder)).rejects.toMatchObject({ code: 'io_error' });
  await expect(fileSystem.list(`${folder}/none`)).rejects.toMatchObject({ code: 'undefined_file' });
});

test('clock and random', async () => {
  const before = clock.monotonic();
  await clock.sleep(15);
  expect(clock.monotonic() - before).toBeGreaterThan(10);
  const abort = new AbortController();
  const asleep = clock.sleep(60_000, abort.signal);
  abort.abort();
  await asleep;
  let ran = 0;
  clock.schedule(1, () => ran++);
  clock.schedule(1, () => ran++)();
  await clock.sleep(20);
  expect(ran).toBe(1);
  expect(random.next()).toBeLessThan(1);
});

test('a text output waits for a full stream and ends quietly when the reader has gone', async () => {
  let release: (() => void) | undefined;
  let failure: Error | null = null;
  const stream = new Writable({
    highWaterMark: 4,
    write(_chunk, _encoding, done) {
      release = () => done(failure);
    },
  });
  const output = streamOutput(stream, 'standard output');
  const waiting = output.write('longer than four');
  expect(waiting).toBeInstanceOf(Promise);
  release?.();
  await waiting;
  failure = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const refused = output.write('again too long');
  release?.();
  await expect(refused).rejects.toMatchObject({ code: 'query_cancelled' });
  expect(() => output.write('x')).toThrow('standard output was closed by its reader');
});

/** What is in the directory of a job: which files, for how long, and who may touch them. */
import { expect, test } from 'vitest';
import { CheckpointDirectory, openSavepoint, writeSavepoint } from '../../../src/checkpoint/checkpoint-directory.ts';
import { type FakePlatform, fakePlatform } from '../../../src/platform/fake-platform.ts';
import type { FaultPoint } from '../../../src/platform/fault-points.ts';
import { FakeState, contentOf, contentOfDraft, draftOf, release } from './fake-state.ts';

const page = (text: string, length = 100): Uint8Array => new Uint8Array(Buffer.from(text.padEnd(length, '.')));

const open = (platform: FakePlatform, more: { readonly retained?: number; readonly fresh?: boolean } = {}) =>
  CheckpointDirectory.open({ ...platform, path: '/state/job', retained: 3, fresh: false, ...more });

const names = ({ fileSystem }: FakePlatform): string[] =>
  fileSystem
    .paths()
    .map((path) => path.slice('/state/job/'.length))
    .filter((name) => name.startsWith('chk'));

async function write(
  directory: CheckpointDirectory,
  states: Readonly<Record<string, FakeState>>,
  body: unknown = null,
) {
  const draft = draftOf(directory.takeEpoch(), states, body);
  const written = await directory.write(draft);
  release(draft, true);
  await directory.prune();
  return { draft, written };
}

const nothing = (message: string): void => {
  throw new Error(message);
};

test('what is written is read: pages, and bodies with numbers that JSON does not know', async () => {
  const platform = fakePlatform();
  const directory = await open(platform);
  expect(await directory.newest(nothing)).toBeNull();
  const state = new FakeState();
  state.set(0, page('one'));
  state.set(1, new Uint8Array(0));
  const body = { watermark: Infinity, sent: [-Infinity, NaN, 0.5], text: 'ä', nested: { $number: 1, null: null } };
  const { draft } = await write(directory, { 'a/0': state, 'a/1': new FakeState() }, body);
  const stored = await directory.newest(nothing);
  expect(contentOf(stored!)).toBe(contentOfDraft(draft));
  expect(stored!.manifest.body).toEqual(body);
});

test('an unchanged page is written once and referred to afterwards; the newest three are kept', async () => {
  const platform = fakePlatform();
  const directory = await open(platform);
  const state = new FakeState();
  for (let i = 0; i < 10; i++) state.set(i, page(`page ${i}`, 1000));
  const first = await write(directory, { s: state });
  expect(first.written.writtenBytes).toBeGreaterThan(10_000);
  let last = first;
  for (let i = 0; i < 3; i++) {
    state.set(i, page(`new ${i}`, 1000));
    last = await write(directory, { s: state });
    expect(last.written.writtenBytes).toBeLessThan(2_000);
    expect(last.written.sizeBytes).toBeGreaterThan(10_000);
  }
  // Checkpoint 1 is gone, the pages of it are not.
  expect(names(platform)).toEqual(
    ['chk-1.pages', 'chk-2.json', 'chk-2.pages', 'chk-3.json', 'chk-3.pages', 'chk-4.json', 'chk-4.pages'].sort(),
  );
  expect(contentOf((await directory.newest(nothing))!)).toBe(contentOfDraft(last.draft));
});

test('a file of which most is dead is compacted away', async () => {
  const reached: FaultPoint[] = [];
  const platform = { ...fakePlatform(), faults: { reach: (point: FaultPoint) => void reached.push(point) } };
  const directory = await open(platform);
  const state = new FakeState();
  for (let i = 0; i < 10; i++) state.set(i, page(`page ${i}`, 1000));
  await write(directory, { s: state });
  for (let i = 0; i < 6; i++) {
    state.set(i, page(`new ${i}`, 1000));
    await write(directory, { s: state });
  }
  expect(reached).toContain('checkpoint.compaction');
  // The three that are retained no longer need the first file after two more.
  await write(directory, { s: state });
  const { draft } = await write(directory, { s: state });
  expect(names(platform)).not.toContain('chk-1.pages');
  expect(contentOf((await directory.newest(nothing))!)).toBe(contentOfDraft(draft));
});

test('there are never many files, however little changes each time', async () => {
  const platform = fakePlatform();
  const directory = await open(platform);
  const state = new FakeState();
  for (let i = 0; i < 200; i++) state.set(i, page(`page ${i}`, 1000));
  for (let i = 0; i < 200; i++) {
    state.set(i, page(`new ${i}`, 1000));
    const { draft } = await write(directory, { s: state });
    expect(names(platform).length).toBeLessThan(45);
    if (i % 40 === 0) expect(contentOf((await directory.newest(nothing))!)).toBe(contentOfDraft(draft));
  }
});

test('after a restart the older checkpoints are kept on, and numbers go on', async () => {
  const platform = fakePlatform();
  const state = new FakeState();
  state.set(0, page('x'));
  for (let life = 0; life < 5; life++) {
    const directory = await open(platform);
    const stored = await directory.newest(nothing);
    expect(stored?.manifest.epoch ?? 0).toBe(life);
    await write(directory, { s: state }, life);
    await directory.close();
  }
  expect(names(platform).filter((name) => name.endsWith('.json'))).toEqual(['chk-3.json', 'chk-4.json', 'chk-5.json']);
});

test('fresh forgets all checkpoints, but neither the name of the job nor the numbers', async () => {
  const platform = fakePlatform();
  const state = new FakeState();
  state.set(0, page('x'));
  const before = await open(platform);
  await write(before, { s: state });
  await before.close();
  const directory = await open(platform, { fresh: true });
  expect(directory.writer).toBe(before.writer);
  expect(names(platform)).toEqual([]);
  expect(await directory.newest(nothing)).toBeNull();
  expect(directory.takeEpoch()).toBe(2);
});

test('a checkpoint that cannot be written leaves the one before, and no rubbish', async () => {
  const platform = fakePlatform();
  const directory = await open(platform);
  const state = new FakeState();
  state.set(0, page('x', 5000));
  const { draft } = await write(directory, { s: state });
  state.set(0, page('y', 5000));
  platform.fileSystem.inject({ operation: 'write', code: 'ENOSPC', path: /pages$/, tornAtByte: 7 });
  const failed = draftOf(directory.takeEpoch(), { s: state }, null);
  await expect(directory.write(failed)).rejects.toThrow(/no space left/);
  release(failed, false);
  expect(names(platform)).toEqual(['chk-1.json', 'chk-1.pages']);
  expect(contentOf((await directory.newest(nothing))!)).toBe(contentOfDraft(draft));
  const { draft: next } = await write(directory, { s: state });
  expect(contentOf((await directory.newest(nothing))!)).toBe(contentOfDraft(next));
});

test('a second process is refused, and one that is no more is followed', async () => {
  const platform = fakePlatform();
  const { processes } = platform;
  const directory = await open(platform);
  await expect(open(platform)).rejects.toMatchObject({
    code: 'object_in_use',
    message: 'the state directory "/state/job" is in use by another job of this process',
  });
  processes.fork();
  await expect(open(platform)).rejects.toMatchObject({
    message: 'the state directory "/state/job" is in use by process 1 on fake',
  });
  await directory.close();
  const second = await open(platform);
  processes.crash();
  const third = await open(platform);
  // Whoever lost the lock writes no more, and does not take it from the one who has it.
  await expect(second.write(draftOf(9, {}, null))).rejects.toThrow(/no longer held/);
  await second.close();
  await third.write(draftOf(third.takeEpoch(), {}, null));
});

test('a process on another host is not judged, and half a lock neither', async () => {
  const platform = fakePlatform();
  platform.fileSystem.put('/state/job/lock', '{"pid":1,"host":"elsewhere","started":""}\n');
  await expect(open(platform)).rejects.toMatchObject({
    message: 'the state directory "/state/job" is in use by process 1 on elsewhere',
    hint: 'Whether it still runs cannot be seen from here. If it does not, remove "/state/job/lock".',
  });
  platform.fileSystem.put('/state/job/lock', '{"pid":1');
  await expect(open(platform)).rejects.toThrow(/in use by an unknown process/);
});

test('a savepoint stands alone, and is found by its directory or its manifest', async () => {
  const platform = fakePlatform();
  const directory = await open(platform);
  const state = new FakeState();
  state.set(0, page('x'));
  state.set(1, page('y'));
  await write(directory, { s: state });
  const draft = draftOf(7, { s: state }, { hello: 1 });
  await writeSavepoint(draft, { ...platform, path: '/sp/one' });
  await platform.fileSystem.remove('/state');
  for (const path of ['/sp/one', '/sp/one/', 'file:///sp/one', '/sp/one/chk-7.json']) {
    expect(contentOf(await openSavepoint(platform.fileSystem, path))).toBe(contentOfDraft(draft));
  }
  await expect(openSavepoint(platform.fileSystem, '/sp')).rejects.toThrow(/no savepoint or checkpoint at "\/sp"/);
});

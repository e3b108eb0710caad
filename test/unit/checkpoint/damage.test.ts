/**
 * Every kind of damage to the files of a checkpoint is noticed: the one before is used, or it is said that there is
 * none. What is read is never anything but what was written.
 */
import { describe, expect, test } from 'vitest';
import { CheckpointDirectory } from '../../../src/checkpoint/checkpoint-directory.ts';
import { toEngineError } from '../../../src/errors.ts';
import { type FakePlatform, fakePlatform } from '../../../src/platform/fake-platform.ts';
import type { FileOperation } from '../../../src/platform/memory-file-system.ts';
import { SeededRandom } from '../../../src/platform/seeded-random.ts';
import { FakeState, contentOf, contentOfDraft, draftOf, release } from './fake-state.ts';

const FOLDER = '/state/job';

interface Fixture {
  readonly platform: FakePlatform;
  /** By epoch. */
  readonly contents: ReadonlyMap<number, string>;
}

/** Three checkpoints; the newest refers to pages that the first one wrote. */
async function fixture(): Promise<Fixture> {
  const platform = fakePlatform({ seed: 5 });
  const directory = await openDirectory(platform);
  const state = new FakeState();
  const random = new SeededRandom(3);
  const fill = (page: number): void =>
    state.set(
      page,
      Uint8Array.from({ length: 1500 }, () => Math.floor(random.next() * 256)),
    );
  for (let page = 0; page < 6; page++) fill(page);
  const contents = new Map<number, string>();
  for (let i = 0; i < 3; i++) {
    if (i > 0) fill(i);
    const draft = draftOf(directory.takeEpoch(), { '3/0': state }, { i, watermark: i * 1000 });
    await directory.write(draft);
    release(draft, true);
    await directory.prune();
    contents.set(draft.epoch, contentOfDraft(draft));
  }
  await directory.close();
  return { platform, contents };
}

const openDirectory = (platform: FakePlatform): Promise<CheckpointDirectory> =>
  CheckpointDirectory.open({ ...platform, path: FOLDER, retained: 3, fresh: false });

type Outcome = 'newest' | 'older' | 'refused' | 'unreadable';

/** What a restart makes of the directory; throws where anything is read that was not written. */
async function outcome({ platform, contents }: Fixture): Promise<Outcome> {
  const directory = await openDirectory(platform);
  const reports: string[] = [];
  try {
    const stored = await directory.newest((message) => reports.push(message));
    if (stored === null) throw new Error('it started from nothing, and said nothing');
    expect(contentOf(stored)).toBe(contents.get(stored.manifest.epoch));
    const isNewest = stored.manifest.epoch === Math.max(...contents.keys());
    if (reports.length !== (isNewest ? 0 : 1)) throw new Error(`${reports.length} messages`);
    await stored.close();
    return isNewest ? 'newest' : 'older';
  } catch (error) {
    const known = toEngineError(error);
    if (known.code === 'io_error') return 'unreadable';
    if (known.code !== 'data_corrupted') throw error;
    expect(known.hint).toContain('--fresh');
    return 'refused';
  } finally {
    await directory.close();
  }
}

async function damaged(files: readonly string[], change: (bytes: Uint8Array) => Uint8Array | null): Promise<Outcome> {
  const made = await fixture();
  for (const file of files) {
    const path = `${FOLDER}/${file}`;
    const bytes = change(made.platform.fileSystem.get(path));
    if (bytes === null) await made.platform.fileSystem.remove(path);
    else made.platform.fileSystem.put(path, bytes);
  }
  return outcome(made);
}

const FILES = ['chk-3.json', 'chk-3.pages', 'chk-1.pages'];

test('undamaged, the newest is used', async () => {
  expect(await outcome(await fixture())).toBe('newest');
});

describe.each(FILES)('%s', (file) => {
  // All checkpoints refer to the file of the first.
  const expected: Outcome = file === 'chk-1.pages' ? 'refused' : 'older';

  test('cut at every byte of its last 4 KB', async ({ annotate }) => {
    const { platform } = await fixture();
    const { length } = platform.fileSystem.get(`${FOLDER}/${file}`);
    const first = Math.max(0, length - 4096);
    const seen = new Map<Outcome, number>();
    for (let at = first; at < length; at++) {
      const result = await damaged([file], (bytes) => bytes.subarray(0, at));
      seen.set(result, (seen.get(result) ?? 0) + 1);
    }
    await annotate(`${file}: ${length - first} cuts, ${seen.get(expected)} detected`);
    expect([...seen]).toEqual([[expected, length - first]]);
  });

  test('a bit flipped at 200 places', async ({ annotate }) => {
    const random = new SeededRandom(11);
    const seen = new Map<Outcome, number>();
    let unread = 0;
    for (let i = 0; i < 200; i++) {
      let place = 0;
      const result = await damaged([file], (bytes) => {
        place = Math.floor(random.next() * bytes.length);
        bytes[place]! ^= 1 << Math.floor(random.next() * 8);
        return bytes;
      });
      // Nobody looks at the name that a page file begins with, nor at pages that were written anew since.
      if (result === 'newest' && file.endsWith('.pages')) unread++;
      else seen.set(result, (seen.get(result) ?? 0) + 1);
    }
    await annotate(`${file}: 200 flips, ${200 - unread} detected, ${unread} of bytes that nothing refers to`);
    if (file === 'chk-1.pages') {
      // A page of it that the newest no longer has is still needed by the one before.
      expect([...seen.keys()].every((result) => result === 'refused' || result === 'older')).toBe(true);
      expect(unread).toBeLessThan(100);
    } else {
      expect([...seen.keys()]).toEqual([expected]);
      expect(unread).toBeLessThan(10);
    }
  });

  test.each([
    ['missing', () => null],
    ['empty', () => new Uint8Array(0)],
    ['all zero', (bytes: Uint8Array) => new Uint8Array(bytes.length)],
    [
      'followed by more',
      (bytes: Uint8Array) => (file.endsWith('.json') ? Buffer.concat([bytes, Buffer.from('x')]) : null),
    ],
  ] as const)('%s', async (_, change) => {
    expect(await damaged([file], change)).toBe(expected);
  });

  test.each(['open', 'read'] as const)('%s is not allowed', async (operation) => {
    const made = await fixture();
    made.platform.fileSystem.inject({ operation, code: 'EACCES', path: new RegExp(`/${file}$`), times: 1e9 });
    expect(await outcome(made)).toBe('unreadable');
  });
});

test.each([0, 2, 3, 9])('format version %i is told from damage', async (version) => {
  const made = await fixture();
  const path = `${FOLDER}/chk-3.json`;
  const text = Buffer.from(made.platform.fileSystem.get(path)).toString();
  made.platform.fileSystem.put(path, text.replace('"version":1', `"version":${version}`));
  expect(await outcome(made)).toBe('older');
});

test('a version of another release is named', async () => {
  const made = await fixture();
  for (const epoch of [1, 2, 3]) {
    const path = `${FOLDER}/chk-${epoch}.json`;
    const text = Buffer.from(made.platform.fileSystem.get(path)).toString();
    made.platform.fileSystem.put(path, text.replace('"version":1', '"version":2'));
  }
  const directory = await openDirectory(made.platform);
  await expect(directory.newest(() => {})).rejects.toMatchObject({
    code: 'data_corrupted',
    detail: expect.stringContaining('it is of format version 2, and this release reads version 1'),
  });
});

test.each([
  ['the newest two', ['chk-3.json', 'chk-2.json'], 'older'],
  ['all manifests', ['chk-3.json', 'chk-2.json', 'chk-1.json'], 'refused'],
] as const)('%s are missing', async (_, files, expected) => {
  expect(await damaged(files, () => null)).toBe(expected);
});

const FAILURES: readonly (readonly [FileOperation, string])[] = [
  ['create', 'EACCES'],
  ['create', 'ENOSPC'],
  ['write', 'ENOSPC'],
  ['write', 'EIO'],
  ['sync', 'EIO'],
  ['rename', 'EIO'],
  ['rename', 'ENOSPC'],
  ['remove', 'EACCES'],
  ['list', 'EIO'],
  ['stat', 'EIO'],
];

test('any operation of a checkpoint fails, once or from then on, and then the power', async ({ annotate }) => {
  let tried = 0;
  let failed = 0;
  for (const [operation, code] of FAILURES) {
    for (const times of [1, 1e9]) {
      for (let after = 0; after < 12; after++) {
        for (const tornAtByte of operation === 'write' ? [0, 1, 700] : [0]) {
          tried++;
          const made = await fixture();
          const { platform } = made;
          const contents = new Map(made.contents);
          const directory = await openDirectory(platform);
          await directory.newest(() => {});
          const state = new FakeState();
          for (let page = 0; page < 4; page++) state.set(page, new Uint8Array(1000).fill(page));
          platform.fileSystem.inject({ operation, code, after, times, tornAtByte });
          for (let i = 0; i < 2; i++) {
            const draft = draftOf(directory.takeEpoch(), { '3/0': state }, { i });
            contents.set(draft.epoch, contentOfDraft(draft));
            try {
              await directory.write(draft);
              release(draft, true);
              await directory.prune();
            } catch (error) {
              failed++;
              expect(toEngineError(error).code).toMatch(/^(?:io_error|undefined_file)$/);
              release(draft, false);
            }
          }
          platform.fileSystem.clearFaults();
          platform.processes.crash();
          platform.fileSystem.crash(new SeededRandom(tried));
          const next = await openDirectory(platform);
          // Whatever is there is whole; that there is nothing cannot be.
          const stored = await next.newest((message) => expect.unreachable(message));
          expect(contentOf(stored!)).toBe(contents.get(stored!.manifest.epoch));
        }
      }
    }
  }
  await annotate(`${tried} failing disks, ${failed} checkpoints failed, no wrong one read`);
  expect(failed).toBeGreaterThan(100);
});

test('the clock goes back an hour between two checkpoints', async () => {
  const made = await fixture();
  made.platform.clock.jump(-3_600_000);
  const directory = await openDirectory(made.platform);
  const draft = draftOf(directory.takeEpoch(), {}, { late: true });
  await directory.write(draft);
  await directory.prune();
  const stored = await directory.newest(() => {});
  expect(stored?.manifest).toMatchObject({ epoch: 4, body: { late: true } });
});

test('the power goes at any point of 300 runs, compaction among them: the newest is the last that was complete', async ({
  annotate,
}) => {
  const cutAt = new Map<string, number>();
  for (let seed = 1; seed <= 300; seed++) {
    const random = new SeededRandom(seed);
    const below = (limit: number): number => Math.floor(random.next() * limit);
    const { fileSystem, processes, ...rest } = fakePlatform({ seed });
    const state = new FakeState();
    for (let page = 0; page < 8; page++) state.set(page, new Uint8Array(1000).fill(page));
    const contents = new Map<number, string>();
    let complete = 0;
    for (let life = 0; life < 4; life++) {
      let left = 5 + below(50);
      const power = { cut: false };
      const faults = {
        reach(point: string) {
          if (power.cut || --left > 0) return;
          power.cut = true;
          cutAt.set(point, (cutAt.get(point) ?? 0) + 1);
          fileSystem.powerOff();
          throw new Error('power cut');
        },
      };
      const directory = await openDirectory({ ...rest, fileSystem, processes, faults } as FakePlatform);
      const stored = await directory.newest((message) => expect.unreachable(message));
      expect(stored === null ? 0 : stored.manifest.epoch).toBeGreaterThanOrEqual(complete);
      if (stored !== null) expect(contentOf(stored)).toBe(contents.get(stored.manifest.epoch));
      while (!power.cut) {
        state.set(
          below(8),
          Uint8Array.from({ length: 1000 }, () => below(256)),
        );
        const draft = draftOf(directory.takeEpoch(), { s: state }, { life });
        contents.set(draft.epoch, contentOfDraft(draft));
        try {
          await directory.write(draft);
          complete = draft.epoch;
          release(draft, true);
          await directory.prune();
        } catch (error) {
          if (!power.cut) throw error;
        }
      }
      processes.crash();
      fileSystem.crash(random);
    }
  }
  await annotate(`power cuts by point: ${JSON.stringify(Object.fromEntries(cutAt))}`);
  expect(cutAt.get('checkpoint.compaction') ?? 0).toBeGreaterThan(20);
});

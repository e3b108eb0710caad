/** `millrace.state.memory`: the same result within less memory, and a disk that fails is told of. */
import { expect, test } from 'vitest';
import { Engine } from '../../../src/engine.ts';
import { type FakePlatform, fakePlatform } from '../../../src/platform/fake-platform.ts';
import type { Fault } from '../../../src/platform/memory-file-system.ts';
import { type Vector, getValue } from '../../../src/types/vector.ts';

const ROWS = 120_000;
const KEYS = 10_000;

interface Ran {
  readonly status: string;
  readonly error: string;
  readonly code: string | undefined;
  readonly last: ReadonlyMap<unknown, unknown>;
  readonly stateBytes: number;
  readonly platform: FakePlatform;
}

async function run(
  memory: string | null,
  settings: Readonly<Record<string, string>> = {},
  fault?: Fault,
): Promise<Ran> {
  const platform = fakePlatform({ startMs: Date.UTC(2024, 0, 1) });
  if (fault !== undefined) platform.fileSystem.inject(fault);
  const session = new Engine(platform).openSession();
  if (memory !== null) session.settings.set('millrace.state.memory', memory);
  session.settings.set('restart-strategy.type', 'none');
  for (const [key, value] of Object.entries(settings)) session.settings.set(key, value);
  await session.executeSql(
    `CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000',
       'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '${ROWS}')`,
    { target: () => ({ write: () => {} }) },
  );
  const last = new Map<unknown, unknown>();
  const result = await session.executeSql(
    `SELECT MOD(id, ${KEYS}), COUNT(*), LISTAGG(CAST(id AS STRING)) FROM numbers GROUP BY MOD(id, ${KEYS})`,
    {
      target: ({ schema }) => ({
        write: (batch) => {
          for (let i = 0; i < batch.length; i++) {
            const [k, ...rest] = schema.map(({ type }, c) => getValue(batch.vectors[c] as Vector, i, type));
            last.set(k, rest);
          }
        },
      }),
    },
  );
  if (result.kind !== 'query') throw new Error('no job');
  let stateBytes = 0;
  for (let turn = 0; turn < 2000 && ['created', 'running'].includes(result.job.status); turn++) {
    await platform.clock.advance(5);
    stateBytes = Math.max(stateBytes, result.job.stateSizeBytes);
  }
  const { status, error } = await result.job.done;
  return { status, error: error?.message ?? '', code: error?.code, last, stateBytes, platform };
}

test('a job with less memory than state gives the same result', async () => {
  const whole = await run(null);
  const spilled = await run('100kb');
  expect([whole.status, spilled.status]).toEqual(['finished', 'finished']);
  expect(whole.last.size).toBe(KEYS);
  expect(spilled.last).toEqual(whole.last);
  // Slots and what a batch touches come on top.
  expect(spilled.stateBytes).toBeLessThan(whole.stateBytes);
});

test('nothing of the scratch file stays', async () => {
  const { platform, status } = await run('100kb', { 'io.tmp.dirs': '/scratch' });
  expect(status).toBe('finished');
  expect(await platform.fileSystem.list('/scratch')).toEqual([]);
});

test.each([
  ['no space left on the device', { operation: 'write', code: 'ENOSPC', path: /millrace-state/, times: 1000 }],
  ['no space left on the device', { operation: 'write', code: 'ENOSPC', path: /millrace-state/, after: 1 }],
  ['input/output error', { operation: 'read', code: 'EIO', path: /millrace-state/ }],
] as const)('a disk that fails, fails the job: %s', async (reason, fault) => {
  const { status, error, code } = await run('100kb', {}, fault);
  expect(status).toBe('failed');
  expect(code).toBe('io_error');
  expect(error).toContain('millrace-state');
  expect(error).toContain(reason);
});

test('a directory that cannot be written to is told before the job starts', async () => {
  await expect(run('100kb', {}, { operation: 'open', code: 'EACCES', path: /millrace-state/ })).rejects.toThrow(
    'permission denied',
  );
});

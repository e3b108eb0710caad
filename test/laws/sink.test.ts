/**
 * The law of two-phase sinks: whatever crashes, however often an epoch is committed again, what becomes visible is the
 * rows of the committed epochs, each once.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Committable, Sink } from '../../src/connectors/connector.ts';
import { fakePlatform } from '../../src/platform/fake-platform.ts';
import { SeededRandom } from '../../src/platform/seeded-random.ts';
import { BatchBuilder } from '../../src/types/batch.ts';
import { INT, STRING } from '../../src/types/data-type.ts';
import type { Schema } from '../../src/types/schema.ts';
import { fileSink } from '../unit/connectors/filesystem/files.ts';
import { testContext } from '../unit/connectors/rows.ts';

const SCHEMA: Schema = [
  { name: 'n', type: INT },
  { name: 'p', type: STRING },
];

/** What a job does in its life; `crash` cuts the power at that point and starts the next life from the checkpoint. */
type Action =
  | { readonly kind: 'write'; readonly rows: number }
  | { readonly kind: 'epoch'; readonly commits: number; readonly crash: 'never' | 'before commit' | 'after commit' }
  | { readonly kind: 'crash' }
  | { readonly kind: 'fail' };

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), rows: fc.integer({ min: 1, max: 9 }) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('epoch' as const),
        commits: fc.integer({ min: 1, max: 3 }),
        crash: fc.constantFrom('never' as const, 'before commit' as const, 'after commit' as const),
      }),
    },
    fc.constant({ kind: 'crash' as const }),
    fc.constant({ kind: 'fail' as const }),
  ),
  { maxLength: 25 },
);

test.each([
  ['one directory', {}, []],
  ['partitions', {}, ['p']],
  ['partitions with success files', { 'sink.partition-commit.policy.kind': 'success-file' }, ['p']],
])('filesystem, %s: a committed epoch is seen once', async (_, options, partitionKeys) => {
  await fc.assert(
    fc.asyncProperty(actions, fc.integer(), async (plan, seed) => {
      const platform = fakePlatform({ seed });
      const { fileSystem } = platform;
      const random = new SeededRandom(seed);
      const start = (): Sink =>
        fileSink(
          testContext(1, platform),
          SCHEMA,
          { path: 'out', 'sink.rolling-policy.file-size': '12b', ...options },
          {
            partitionKeys,
            checkpointing: true,
          },
        );
      let sink = start();
      let next = 0;
      /** What the last checkpoint holds: its committables, and how many rows came before it. */
      let checkpoint: { readonly committables: readonly Committable[]; readonly rows: number } = {
        committables: [],
        rows: 0,
      };
      const restart = async (): Promise<void> => {
        next = checkpoint.rows;
        sink = start();
        await sink.recover?.(checkpoint.committables);
      };
      const crash = async (): Promise<void> => {
        fileSystem.crash(random);
        await restart();
      };

      for (const action of plan) {
        if (action.kind === 'write') {
          const batch = new BatchBuilder(SCHEMA);
          for (let k = 0; k < action.rows; k++) {
            const at = batch.addRow(0);
            batch.columns[0]?.set(at, next);
            batch.columns[1]?.set(at, `p${next % 3}`);
            next++;
          }
          await sink.write(batch.build());
        } else if (action.kind === 'crash') await crash();
        else if (action.kind === 'fail') {
          await sink.close(false);
          await restart();
        } else {
          const committables = JSON.parse(JSON.stringify(await sink.prepare?.(1))) as readonly Committable[];
          checkpoint = { committables, rows: next };
          if (action.crash === 'before commit') {
            await crash();
            continue;
          }
          for (let k = 0; k < action.commits; k++) await sink.commit?.(committables);
          if (action.crash === 'after commit') await crash();
        }
        expect(visibleRows(fileSystem)).toEqual(numbers(checkpoint.rows));
      }
      await sink.close(true);
      expect(visibleRows(fileSystem)).toEqual(numbers(next));
    }),
    { numRuns: 100 },
  );
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The numbers in all files that a reader would see. */
function visibleRows(fileSystem: ReturnType<typeof fakePlatform>['fileSystem']): number[] {
  const seen: number[] = [];
  for (const path of fileSystem.paths()) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (name.startsWith('.') || name.startsWith('_')) continue;
    const lines = new TextDecoder().decode(fileSystem.get(path)).split('\n');
    expect(lines.pop()).toBe('');
    for (const line of lines) seen.push(Number(line.split(',')[0]));
  }
  return seen.sort((a, b) => a - b);
}

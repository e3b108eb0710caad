/**
 * Whatever the point at which the power goes, and however often: what readers see is never wrong, and in the end it is
 * exactly what an uninterrupted run gives. `npm run soak` tries ten times as many seeds.
 */
import { expect, test } from 'vitest';
import type { FaultPoint } from '../../src/platform/fault-points.ts';
import { crashRun } from '../support/crash-run.ts';

const SOAK = process.env['MILLRACE_SOAK'] === '1';
const SEEDS = SOAK ? 1000 : 100;
const KILLS = 5;

/** Points that a job over files passes; the others belong to connectors with tests of their own. */
const POINTS: readonly FaultPoint[] = [
  'source.after-read',
  'state.before-write',
  'state.after-write',
  'checkpoint.before-write',
  'checkpoint.after-write',
  'checkpoint.before-rename',
  'checkpoint.after-rename',
  'sink.before-prepare',
  'sink.after-prepare',
  'sink.before-commit',
  'sink.after-commit',
  'restore.before-state',
  'restore.after-state',
  'restore.before-recover',
  'restore.after-recover',
  'definition.before-change',
];

test(
  `${SEEDS} seeds with up to ${KILLS} power cuts each`,
  async () => {
    const hits = new Map<FaultPoint, number>();
    let lives = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        const outcome = await crashRun({ seed, kills: KILLS });
        lives += outcome.lives;
        for (const point of outcome.killedAt) hits.set(point, (hits.get(point) ?? 0) + 1);
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      }
    }
    const kills = [...hits.values()].reduce((sum, count) => sum + count, 0);
    expect(POINTS.filter((point) => (hits.get(point) ?? 0) < (SOAK ? 30 : 3))).toEqual([]);
    expect(kills).toBeGreaterThan(SEEDS * 3);
    expect(lives).toBe(kills + SEEDS);
  },
  SOAK ? 600_000 : 60_000,
);

/**
 * A random stream of `(id INT, k STRING, v INT, x DOUBLE, ts TIMESTAMP(3))` with disorder below a bound: the times of
 * rows fall back behind the greatest one so far by less than `disorderMs`. With `retracts` rows that came within that
 * bound are also taken back or changed.
 */
import type { ScriptRow } from '../../src/connectors/script/index.ts';
import type { RandomSource } from './random-source.ts';

export interface StreamRow {
  readonly id: number;
  readonly k: string | null;
  readonly v: number | null;
  readonly x: number | null;
  readonly ts: number;
}

export interface Stream {
  readonly changes: readonly ScriptRow[];
  /** The rows that stand at the end, in order of arrival. */
  readonly rows: readonly StreamRow[];
}

export const STREAM_COLUMNS = 'id INT, k STRING, v INT, x DOUBLE, ts TIMESTAMP(3)';

export interface StreamShape {
  readonly length: number;
  readonly disorderMs: number;
  readonly retracts: boolean;
  /** Times are multiples of this: a coarse one meets the borders of windows often. */
  readonly grainMs: number;
}

export function randomStream(random: RandomSource, shape: StreamShape): Stream {
  const { length, disorderMs, retracts, grainMs } = shape;
  const changes: ScriptRow[] = [];
  const standing: StreamRow[] = [];
  const align = (time: number): number => Math.ceil(time / grainMs) * grainMs;
  // Around the epoch, so that negative times come too.
  let front = align(random.below(60_000) - 40_000);
  for (let id = 1; id <= length; id++) {
    // Mostly small steps, at times a gap that several windows fit into.
    front = align(front + (random.chance(5) ? random.below(60_000) : random.below(2 * grainMs + 500)));
    const behind = random.chance(60) ? 0 : random.below(Math.max(1, disorderMs));
    const row = randomRow(random, id, align(front - behind));
    standing.push(row);
    changes.push({ kind: 0, values: { ...row } });
    if (!retracts || !random.chance(30)) continue;
    const recent = standing.filter((other) => other.ts > front - disorderMs);
    if (recent.length === 0) continue;
    const old = random.pick(recent);
    const at = standing.indexOf(old);
    if (random.chance(50)) {
      standing.splice(at, 1);
      changes.push({ kind: 3, values: { ...old } });
    } else {
      const changed = { ...randomRow(random, old.id, old.ts), k: old.k };
      standing[at] = changed;
      changes.push({ kind: 1, values: { ...old } }, { kind: 2, values: { ...changed } });
    }
  }
  return { changes, rows: standing };
}

function randomRow(random: RandomSource, id: number, ts: number): StreamRow {
  const orNull = <T>(value: T): T | null => (random.chance(12) ? null : value);
  return {
    id,
    k: orNull(random.pick(['a', 'b', 'Ä€😀', 'a longer text than eight bytes'])),
    v: orNull(random.below(41) - 20),
    // Halves add up exactly in any order.
    x: orNull((random.below(401) - 200) / 2),
    ts,
  };
}

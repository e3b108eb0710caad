/**
 * A random history of a table `(id INT, k INT, g STRING, v INT, w BIGINT, x DOUBLE)`: inserts, and where asked for updates
 * and deletes, with NULLs, few distinct keys and extreme values. `id` is unique among the rows that stand.
 */
import type { ScriptRow } from '../../src/connectors/script/index.ts';
import type { RandomSource } from './random-source.ts';

export const COLUMNS = ['id', 'k', 'g', 'v', 'w', 'x'] as const;
export const TABLE_COLUMNS = 'id INT, k INT, g STRING, v INT, w BIGINT, x DOUBLE';

export type Row = Readonly<Record<(typeof COLUMNS)[number], number | bigint | string | null>>;

export interface History {
  readonly changes: readonly ScriptRow[];
  /** The rows that stand at the end. */
  readonly final: readonly Row[];
}

export function randomHistory(random: RandomSource, length: number, updates: boolean): History {
  const changes: ScriptRow[] = [];
  const standing = new Map<number, Row>();
  let nextId = 1;
  for (let i = 0; i < length; i++) {
    const change = updates && standing.size > 0 ? random.below(10) : 0;
    if (change < 6) {
      const row = randomRow(random, nextId++);
      standing.set(row.id as number, row);
      changes.push({ kind: 0, values: row });
      continue;
    }
    const old = random.pick([...standing.values()]);
    if (change < 8) {
      const row = randomRow(random, old.id as number);
      standing.set(row.id as number, row);
      changes.push({ kind: 1, values: old }, { kind: 2, values: row });
    } else {
      standing.delete(old.id as number);
      changes.push({ kind: 3, values: old });
    }
  }
  return { changes, final: [...standing.values()] };
}

function randomRow(random: RandomSource, id: number): Row {
  const orNull = <T>(value: T): T | null => (random.chance(12) ? null : value);
  return {
    id,
    k: orNull(random.below(5)),
    g: orNull(random.pick(['', 'a', 'b', 'Ä€😀', "it's", 'a longer text than eight bytes'])),
    v: orNull(random.below(41) - 20),
    w: orNull(
      random.chance(5) ? random.pick([9007199254740993n, -9007199254740995n]) : BigInt(random.below(2001) - 1000),
    ),
    // Halves add up exactly in any order.
    x: orNull((random.below(401) - 200) / 2),
  };
}

/**
 * The same history by key, as a compacted log has it: +U for whatever stands, -D with the key alone, some of it twice, and
 * deletions of what never was.
 */
export function changesByKey(changes: readonly ScriptRow[]): ScriptRow[] {
  return changes
    .filter(({ kind }) => kind !== 1)
    .flatMap(({ kind, values }, i): ScriptRow[] => {
      if (kind === 3) {
        const gone = { kind, values: { id: values['id'] ?? null } };
        return i % 3 === 0 ? [gone, gone] : [gone];
      }
      const stands = { kind: 2, values };
      return i % 5 === 0 ? [stands, { kind: 3, values: { id: -1 - i } }, stands] : [stands];
    });
}

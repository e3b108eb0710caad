/**
 * The laws of a state backend: a table restored at any parallelism holds, between its subtasks, what it held before, each
 * key where exchanges send its rows, and the records of a key in their order.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEY_GROUPS, keyGroupOf, keyGroupRange, subtaskOf } from '../../src/state/key-groups.ts';
import { keyHash } from '../../src/state/key-hash.ts';
import { type StateBackend, type Table, type TableDeclaration, createStateBackend } from '../../src/state/state.ts';
import { BatchBuilder } from '../../src/types/batch.ts';
import { BIGINT, INT, STRING, array } from '../../src/types/data-type.ts';
import { type Value, type Vector, getValue } from '../../src/types/vector.ts';

const DECLARATION: TableDeclaration = {
  name: 'rows',
  version: 3,
  fields: [
    { name: 'k', type: BIGINT },
    { name: 's', type: STRING },
    { name: 'n', type: INT },
    { name: 'list', type: array(STRING) },
  ],
  keyFields: 2,
  indexes: [
    { kind: 'list', fields: [0, 1] },
    { kind: 'ordered', fields: [], order: [{ field: 2, descending: false, nullsFirst: true }] },
    { kind: 'list', fields: [2] },
  ],
};
type Record = readonly Value[];

const backend = (): StateBackend => createStateBackend({ clock: { now: () => 0 } });

function columns(records: readonly Record[]): readonly Vector[] {
  const builder = new BatchBuilder(DECLARATION.fields);
  for (const record of records) {
    const row = builder.addRow(0);
    builder.columns.forEach((column, c) => column.set(row, record[c] as Value));
  }
  return builder.build().vectors;
}

function read(table: Table, refs: readonly number[]): Record[] {
  const builder = new BatchBuilder(DECLARATION.fields);
  for (const ref of refs) table.copyAllTo(ref, 0, builder.columns, builder.addRow(0));
  const { vectors } = builder.build();
  return refs.map((_, row) => vectors.map((vector, c) => getValue(vector, row, DECLARATION.fields[c]!.type)));
}

function listOf(table: Table, key: readonly Vector[], row: number): number[] {
  const refs: number[] = [];
  table.list(0).bind(key, row + 1);
  for (let ref = table.list(0).find(row); ref !== 0; ref = table.list(0).next(ref)) refs.push(ref);
  return refs;
}

function orderOf(table: Table): number[] {
  const order = table.ordered(1);
  const refs: number[] = [];
  for (let ref = order.first(order.root()); ref !== 0; ref = order.next(ref)) refs.push(ref);
  return refs;
}

const record = fc.tuple(
  fc.option(fc.bigInt({ min: -3n, max: 3n }), { freq: 5 }),
  fc.option(fc.constantFrom('', 'a', 'a longer text, on the heap'), { freq: 5 }),
  fc.option(fc.nat(5), { freq: 5 }),
  fc.option(fc.array(fc.option(fc.constantFrom('x', 'yy')), { maxLength: 3 }), { freq: 5 }),
) as fc.Arbitrary<Record>;

describe('state laws', () => {
  test('a table dealt out to subtasks and back is the same', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(7),
        (records, parallelism, every) => {
          const state = backend();
          const table = state.table(DECLARATION);
          const vectors = columns(records);
          table.bind(vectors, records.length);
          let kept = [...records];
          const refs = records.map((_, row) => table.insert(row));
          refs.forEach((ref, row) => {
            if (row % 8 !== every) return;
            table.remove(ref);
            kept = kept.filter((other) => other !== records[row]);
          });
          const hashes = new Int32Array(records.length);
          keyHash([BIGINT, STRING])(vectors.slice(0, 2), records.length, hashes);

          const parts = Array.from({ length: parallelism }, (_, subtask) => {
            const part = backend();
            part.restore([state.snapshot()], keyGroupRange(subtask, parallelism));
            return { part, table: part.table(DECLARATION) };
          });
          expect(parts.reduce((sum, part) => sum + part.table.size, 0)).toBe(kept.length);
          const sameKey = (a: Record, b: Record): boolean => a[0] === b[0] && a[1] === b[1];
          records.forEach((given, row) => {
            const { table: home } = parts[subtaskOf(keyGroupOf(hashes[row] as number), parallelism)]!;
            expect(read(home, listOf(home, vectors.slice(0, 2), row))).toEqual(
              kept.filter((other) => sameKey(given, other)),
            );
          });

          const whole = backend();
          whole.restore(parts.map(({ part }) => part.snapshot()));
          const restored = whole.table(DECLARATION);
          const n = (each: Record): number => (each[2] as number | null) ?? -1;
          expect(read(restored, orderOf(restored)).map(n)).toEqual(kept.map(n).sort((a, b) => a - b));
          if (parallelism > 1) return;
          const stable = kept.map((each, at) => ({ each, at })).sort((a, b) => n(a.each) - n(b.each) || a.at - b.at);
          expect(read(restored, orderOf(restored))).toEqual(stable.map(({ each }) => each));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('the key groups of the subtasks are a partition, and agree with where a group goes', () => {
    for (let parallelism = 1; parallelism <= KEY_GROUPS; parallelism++) {
      for (let subtask = 0; subtask < parallelism; subtask++) {
        const { from, to } = keyGroupRange(subtask, parallelism);
        for (let group = from; group < to; group++) expect(subtaskOf(group, parallelism)).toBe(subtask);
      }
      expect(keyGroupRange(parallelism - 1, parallelism).to).toBe(KEY_GROUPS);
    }
  });

  test('a moved record comes last among its new equals', () => {
    const table = backend().table(DECLARATION);
    table.bind(
      columns([
        [1n, 'a', 1, null],
        [1n, 'b', 2, null],
        [1n, 'c', 2, null],
        [1n, 'd', 3, null],
      ]),
      4,
    );
    const [a, b, c, d] = [0, 1, 2, 3].map((row) => table.insert(row)) as [number, number, number, number];
    table.move(a, 2, 2);
    table.move(d, 2, 0);
    expect(orderOf(table)).toEqual([d, b, c, a]);
    const twos: number[] = [];
    table.list(2).bind([columns([[null, null, 2, null]])[2]!], 1);
    for (let ref = table.list(2).find(0); ref !== 0; ref = table.list(2).next(ref)) twos.push(ref);
    expect(twos).toEqual([b, c, a]);
  });
});

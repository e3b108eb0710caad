import { expect, test } from 'vitest';
import { MemoryBudget, type Table, createStateBackend } from '../../../src/state/state.ts';
import { BatchBuilder } from '../../../src/types/batch.ts';
import { BIGINT, DOUBLE, STRING, notNull } from '../../../src/types/data-type.ts';
import { MarkChecker } from '../../support/mark-checker.ts';
import { memoryFile } from '../../support/memory-file.ts';

const clock = { now: () => 0 };
const COUNTS = {
  name: 'counts',
  version: 1,
  fields: [
    { name: 'k', type: BIGINT },
    { name: 'text', type: STRING },
    { name: 'n', type: notNull(DOUBLE) },
  ],
  keyFields: 1,
  indexes: [{ kind: 'hash' as const, fields: [0] }],
};
const KEYS = 20_000;
const LIMIT = 200_000;

/** Counts every key once, 500 at a time, keys in an order that has nothing to do with memory. */
function countAll(table: Table, relax: () => void): void {
  const builder = new BatchBuilder(COUNTS.fields);
  const refs = new Int32Array(500);
  for (let from = 0; from < KEYS; from += 500) {
    builder.reset();
    for (let i = 0; i < 500; i++) {
      const key = ((from + i) * 7919) % KEYS;
      const row = builder.addRow(0);
      builder.columns[0]?.set(row, BigInt(key));
      builder.columns[1]?.set(row, `text of ${key}`);
      builder.columns[2]?.set(row, 0);
    }
    const { vectors } = builder.build();
    table.hash(0).upsertAll(vectors.slice(0, 1), 500, refs);
    table.bind([null, vectors[1] as never, null], 500);
    for (let i = 0; i < 500; i++) {
      table.set(refs[i] as number, 1, i);
      table.setNumber(refs[i] as number, 2, table.getNumber(refs[i] as number, 2) + 1);
    }
    relax();
  }
}

test('pages in memory stay within the budget, and nothing is lost', () => {
  const file = memoryFile();
  const budget = new MemoryBudget({ limitBytes: LIMIT, file });
  const state = createStateBackend({ clock, budget });
  const table = state.table(COUNTS);
  for (let round = 0; round < 3; round++) {
    countAll(table, () => {
      state.relax();
      expect(budget.usedBytes).toBeLessThanOrEqual(LIMIT);
    });
  }
  expect(table.size).toBe(KEYS);
  expect(file.sizeBytes).toBeGreaterThan(1_000_000);
  let seen = 0;
  for (const ref of table.scan()) {
    if (seen++ % 500 === 0) state.relax();
    expect(table.getNumber(ref, 2)).toBe(3);
  }

  // A restore of what does not fit in memory stays within the budget too.
  const other = new MemoryBudget({ limitBytes: LIMIT, file: memoryFile() });
  const parts = [0, 1].map((half) => {
    const part = createStateBackend({ clock, budget: other });
    const copy = part.table(COUNTS);
    const mark = state.mark();
    part.restoreWritten(
      [
        {
          description: JSON.parse(JSON.stringify(mark.describe())),
          page: (page) => {
            expect(other.usedBytes).toBeLessThan(3 * LIMIT);
            return mark.read(page);
          },
        },
      ],
      { from: half * 64, to: half * 64 + 64 },
    );
    mark.release(false);
    return copy.size;
  });
  expect((parts[0] as number) + (parts[1] as number)).toBe(KEYS);
  other.relax();
  expect(other.usedBytes).toBeLessThanOrEqual(LIMIT);
});

test('several states share a budget, and what one gives up another may use', () => {
  const budget = new MemoryBudget({ limitBytes: LIMIT, file: memoryFile() });
  const states = [0, 1, 2].map(() => createStateBackend({ clock, budget }));
  const tables = states.map((state) => state.table(COUNTS));
  for (const [s, table] of tables.entries()) {
    countAll(table, () => states[s]?.relax());
    expect(budget.usedBytes).toBeLessThanOrEqual(LIMIT);
  }
  for (const table of tables.slice(0, 2)) table.clear();
  expect(budget.usedBytes).toBeGreaterThan(0);
  tables[2]?.clear();
  expect(budget.usedBytes).toBe(0);
});

test('state without a budget asks for no file', () => {
  const state = createStateBackend({ clock });
  countAll(state.table(COUNTS), () => state.relax());
  expect(state.sizeBytes).toBeGreaterThan(1_000_000);
});

test('texts larger than a segment of the file stay in memory, for a mark as well', () => {
  const budget = new MemoryBudget({ limitBytes: LIMIT, file: memoryFile() });
  const state = createStateBackend({ clock, budget });
  const table = state.table(COUNTS);
  const set = (key: number, text: string): void => {
    const builder = new BatchBuilder(COUNTS.fields);
    const row = builder.addRow(0);
    [BigInt(key), text, 0].forEach((value, c) => builder.columns[c]?.set(row, value));
    const { vectors } = builder.build();
    const refs = new Int32Array(1);
    table.hash(0).upsertAll(vectors.slice(0, 1), 1, refs);
    table.bind([null, vectors[1] as never, null], 1);
    table.set(refs[0] as number, 1, 0);
    state.relax();
  };
  const marks = new MarkChecker(state, () => 0);
  for (let key = 0; key < 20; key++) set(key, `${key}`.repeat(key % 4 === 0 ? 2_000_000 : 20_000));
  marks.take();
  for (let key = 0; key < 20; key += 2) set(key, `${key} anew `.repeat(key % 8 === 0 ? 300_000 : 5_000));
  marks.check();
  table.clear();
  marks.check();
  for (let key = 0; key < 8; key++) set(key, 'again'.repeat(400_000));
  marks.release(true);
  marks.take();
  marks.release(true);
  table.clear();
  expect(budget.usedBytes).toBe(0);
});

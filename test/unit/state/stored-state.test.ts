import { expect, test } from 'vitest';
import { EngineError } from '../../../src/errors.ts';
import { type TableDeclaration, type WrittenState, createStateBackend } from '../../../src/state/state.ts';
import { BatchBuilder } from '../../../src/types/batch.ts';
import { INT, STRING } from '../../../src/types/data-type.ts';

const backend = () => createStateBackend({ clock: { now: () => 0 } });
const ROWS: TableDeclaration = {
  name: 'rows',
  version: 1,
  fields: [
    { name: 'k', type: STRING },
    { name: 'n', type: INT },
  ],
  keyFields: 1,
  indexes: [
    { kind: 'list', fields: [0] },
    { kind: 'ordered', fields: [], order: [{ field: 1, descending: false, nullsFirst: true }] },
  ],
  retentionMs: 1000,
};

interface Written extends WrittenState {
  readonly pages: readonly Uint8Array[];
}

function stored(records = 40): Written {
  const state = backend();
  const table = state.table(ROWS);
  state.cell({ name: 'watermark', initial: -Infinity, merge: 'min' }).value = 5;
  const builder = new BatchBuilder(ROWS.fields);
  for (let k = 0; k < records; k++) {
    const row = builder.addRow(0);
    builder.columns[0]?.set(row, `key ${k % 7}`);
    builder.columns[1]?.set(row, k);
  }
  table.bind(builder.build().vectors, records);
  const refs = Array.from({ length: records }, (_, row) => table.insert(row));
  for (const ref of refs.slice(5, 9)) table.remove(ref);
  const mark = state.mark();
  const pages = Array.from({ length: mark.pageCount }, (_, page) => mark.read(page).slice());
  const description: unknown = JSON.parse(JSON.stringify(mark.describe()));
  mark.release(false);
  return { description, pages, page: (page) => pages[page] as Uint8Array };
}

function restore(written: WrittenState): number {
  const state = backend();
  const table = state.table(ROWS);
  state.restoreWritten([written]);
  return table.size;
}

const REFUSALS = new Set(['data_corrupted', 'state_mismatch']);

/** Every place in plain data where a value stands. */
function* places(value: unknown, path: readonly (string | number)[] = []): Generator<readonly (string | number)[]> {
  if (typeof value !== 'object' || value === null) yield path;
  else for (const [key, each] of Object.entries(value)) yield* places(each, [...path, key]);
}

function changed(value: unknown, path: readonly (string | number)[], to: unknown): unknown {
  const copy = structuredClone(value) as Record<string, unknown>;
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[path.at(-1) as string] = to;
  return copy;
}

test('a small state is written small', () => {
  const { pages } = stored(10);
  expect(pages.map((page) => page.length).reduce((a, b) => a + b)).toBeLessThan(2000);
});

test('a description that makes no sense is refused, whatever in it was changed', () => {
  const { description, page } = stored();
  expect(restore({ description, page })).toBe(36);
  for (const path of places(description)) {
    for (const to of [-2, 2 ** 40, 0.5, null, 'x', undefined, {}]) {
      try {
        restore({ description: changed(description, path, to), page });
      } catch (error) {
        const code = error instanceof EngineError ? error.code : String(error);
        if (!REFUSALS.has(code)) throw new Error(`${path.join('.')} = ${String(to)}: ${code}`, { cause: error });
      }
    }
  }
  for (const nothing of [null, undefined, 'state', 5, [], {}]) {
    expect(() => restore({ description: nothing, page })).toThrow(EngineError);
  }
});

test('pages of another size, and counts that do not match, are refused', () => {
  const { description, pages } = stored();
  const cut = (page: number, by: number): WrittenState => ({
    description,
    page: (p) => (p === page ? (pages[p] as Uint8Array).slice(0, (pages[p] as Uint8Array).length - by) : pages[p]!),
  });
  for (const page of pages.keys())
    expect(() => restore(cut(page, 8))).toThrow(/page . of table "rows" has .* bytes, not/);
  const records = (description as { tables: { records: { size: number; free: number } }[] }).tables[0]!.records;
  const counted = (size: number): unknown => changed(description, ['tables', '0', 'records', 'size'], size);
  expect(() => restore({ description: counted(records.size + 1), page: (p) => pages[p]! })).toThrow(
    'has 36 records, not 37',
  );
  expect(() => restore({ description: counted(records.size - 1), page: (p) => pages[p]! })).toThrow(
    'more than 35 records',
  );
  const free = changed(description, ['tables', '0', 'records', 'free'], 1);
  expect(() => restore({ description: free, page: (p) => pages[p]! })).toThrow('free list');
});

test('another format is named', () => {
  const { description, page } = stored();
  const of = (key: string): WrittenState => ({ description: changed(description, [key], 99), page });
  expect(() => restore(of('format'))).toThrow('stored state has format version 99, this build reads 1');
  expect(() => restore(of('hash'))).toThrow('stored state has key hash version 99, this build has 1');
});

test('a table that is stored and not declared is not lost silently', () => {
  const written = stored();
  const state = backend();
  state.table({ ...ROWS, name: 'others' });
  expect(() => state.restoreWritten([written])).toThrow(EngineError);
});

import { describe, expect, test } from 'vitest';
import { Page } from '../../../../src/shell/results/page.ts';
import { changelogModel, tableModel } from '../../../../src/shell/results/rows-model.ts';
import { painter } from '../../../../src/shell/style.ts';
import { type Batch, BatchBuilder, DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE } from '../../../../src/types/batch.ts';
import { INT, STRING } from '../../../../src/types/data-type.ts';

const schema = [
  { name: 'k', type: STRING },
  { name: 'n', type: INT },
];

function batchOf(...rows: readonly (readonly [kind: number, k: string, n: number])[]): Batch {
  const batch = new BatchBuilder(schema);
  for (const [kind, k, n] of rows) {
    const at = batch.addRow(kind);
    batch.columns[0]?.set(at, k);
    batch.columns[1]?.set(at, n);
  }
  return batch.build();
}

const inserts = (from: number, to: number): Batch =>
  batchOf(...Array.from({ length: to - from }, (_, i) => [INSERT, 'r', from + i] as const));
const options = { schema, timeZone: 'UTC', order: [], maxRows: 1000 };

describe('rows that are only added to', () => {
  test('are the last ones, and counted all', () => {
    const model = tableModel({ ...options, updating: false, maxRows: 3000 });
    for (let i = 0; i < 10_000; i += 500) model.add(inserts(i, i + 500));
    expect([model.size, model.total, model.received]).toEqual([3000, 10_000, 10_000]);
    expect(model.slice(0, 1)).toEqual([['r', '7000']]);
    expect(model.slice(2999, 3010)).toEqual([['r', '9999']]);
    expect(model.slice(-5, 1)).toEqual([['r', '7000']]);
  });

  test('are fewer where they hold much', () => {
    const model = tableModel({ ...options, updating: false });
    const long = 'x'.repeat(30_000_000);
    for (let i = 0; i < 10; i++) model.add(batchOf([INSERT, long, i]));
    expect(model.size).toBe(6);
    expect(model.total).toBe(10);
  });
});

test('rows that stand follow the changes', () => {
  const model = tableModel({ ...options, updating: true });
  model.add(
    batchOf([INSERT, 'a', 1], [INSERT, 'b', 1], [UPDATE_BEFORE, 'a', 1], [UPDATE_AFTER, 'a', 2], [DELETE, 'b', 1]),
  );
  expect(model.slice(0, 10)).toEqual([['a', '2']]);
  expect([model.size, model.total, model.received]).toEqual([1, 1, 5]);
});

test('rows that stand are in the order of the query', () => {
  const model = tableModel({ ...options, updating: true, order: [{ column: 1, descending: true, nullsFirst: false }] });
  model.add(batchOf([INSERT, 'a', 1], [INSERT, 'b', 30], [INSERT, 'c', 4]));
  expect(model.slice(0, 2)).toEqual([
    ['b', '30'],
    ['c', '4'],
  ]);
});

test('changes are the last thousand, with their kinds', () => {
  const model = changelogModel(schema, 'UTC');
  model.add(batchOf([INSERT, 'a', 1], [UPDATE_BEFORE, 'a', 1], [UPDATE_AFTER, 'a', 2]));
  expect(model.slice(1, 3)).toEqual([
    ['-U', 'a', '1'],
    ['+U', 'a', '2'],
  ]);
  model.add(inserts(0, 2000));
  expect([model.size, model.received]).toEqual([1000, 2003]);
});

describe('a page', () => {
  const screen = { columns: 20, lines: 7 };
  const pageOf = (count: number, follows: boolean): Page => {
    const model = tableModel({ ...options, updating: false });
    model.add(inserts(0, count));
    return new Page(model, 30, follows);
  };
  const shown = (page: Page): string[] => page.lines(screen, painter(false));

  test('has a header, a rule and as many rows as there is room for', () => {
    expect(shown(pageOf(2, false))).toEqual(['k  n', '─  ─', 'r  0', 'r  1', '']);
    expect(shown(pageOf(9, false)).slice(2)).toEqual(['r  0', 'r  1', 'r  2']);
    expect(shown(pageOf(9, true)).slice(2)).toEqual(['r  6', 'r  7', 'r  8']);
  });

  test('scrolls within its rows, and follows again from the end', () => {
    const page = pageOf(9, true);
    page.scroll(-100, screen.lines);
    expect([page.top, page.follows]).toEqual([0, false]);
    page.scroll(4, screen.lines);
    expect(page.top).toBe(4);
    page.scroll(100, screen.lines);
    expect([page.top, page.follows]).toEqual([6, true]);
  });

  test('finds a row from where it stands, and goes round', () => {
    const page = pageOf(9, false);
    expect(page.find('5', screen.lines)).toBe(true);
    expect(page.top).toBe(5);
    expect(page.find('0', screen.lines)).toBe(true);
    expect(page.top).toBe(0);
    expect(page.find('x', screen.lines)).toBe(false);
  });

  test('moves sideways where columns do not fit, and never cuts a number', () => {
    const wide = Array.from({ length: 6 }, (_, i) => ({ name: `column${i}`, type: INT }));
    const page = new Page(
      {
        schema: wide,
        size: 1,
        total: 1,
        received: 1,
        add: () => {},
        slice: () => [wide.map((_, i) => String(1_000_000_000 + i))],
      },
      4,
      false,
    );
    expect(shown(page)[2]?.startsWith('1000000000')).toBe(true);
    page.turn(2);
    expect(shown(page)[0]).toMatch(/^ *column2/);
    expect(page.hiddenLeft + page.hiddenRight(screen.columns)).toBeGreaterThan(0);
  });
});

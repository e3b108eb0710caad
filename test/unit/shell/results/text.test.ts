import { expect, test } from 'vitest';
import { displayWidth } from '../../../../src/output/display-width.ts';
import { planTree } from '../../../../src/shell/results/plan-tree.ts';
import { tableText } from '../../../../src/shell/results/table-text.ts';
import { painter } from '../../../../src/shell/style.ts';
import { BIGINT, STRING } from '../../../../src/types/data-type.ts';

const paint = painter(false);
const schema = [
  { name: 'n', type: BIGINT },
  { name: 'text', type: STRING },
];
const rows = [
  ['1', 'short'],
  ['1234567890', 'a text that is rather long'],
];

test('a table gives way where it does not fit: texts first, then the form', () => {
  const shape = { columns: 80, maxColumnWidth: 30, expanded: 'auto' } as const;
  expect(tableText(schema, rows, shape)[3]).toBe('|          1 | short                      |');
  const narrow = tableText(schema, rows, { ...shape, columns: 30 });
  expect(narrow.slice(3, 5)).toEqual(['|          1 | short         |', '| 1234567890 | a text tha... |']);
  for (const line of narrow) expect(displayWidth(line)).toBeLessThanOrEqual(30);
  expect(tableText(schema, rows, { ...shape, columns: 18 }).slice(0, 3)).toEqual([
    '-[ RECORD 1 ]----',
    'n    | 1',
    'text | short',
  ]);
  expect(tableText(schema, rows, { ...shape, columns: 18, expanded: 'off' })[0]).toMatch(/^\+-+\+-+\+$/);
});

test('a listing is never cut: what is too long goes on below', () => {
  const shape = { columns: 32, maxColumnWidth: 200, expanded: 'auto', wraps: true } as const;
  expect(tableText(schema, rows, shape).slice(3, 6)).toEqual([
    '|          1 | short          |',
    '| 1234567890 | a text that is |',
    '|            | rather long    |',
  ]);
});

test('numbers are never cut', () => {
  const [, , , , line] = tableText(schema, rows, { columns: 27, maxColumnWidth: 4, expanded: 'off' });
  expect(line).toContain('1234567890');
});

const PLAN = `== Abstract Syntax Tree ==
LogicalUnion(all=[true])
:- LogicalProject(select=[a])
:  +- LogicalTableScan(table=[t])
+- LogicalProject(select=[b])

== Optimized Execution Plan ==
Join(x)
:    state: rows of both sides
:- Exchange(a)
+- Exchange(b)
   |    warning: it grows
   +- Scan(c)
`;

test('a plan has lines for branches', () => {
  expect(planTree(PLAN, 80, paint)).toBe(`Abstract Syntax Tree
LogicalUnion(all=[true])
├─ LogicalProject(select=[a])
│  └─ LogicalTableScan(table=[t])
└─ LogicalProject(select=[b])

Optimized Execution Plan
Join(x)
│    state: rows of both sides
├─ Exchange(a)
└─ Exchange(b)
   │    warning: it grows
   └─ Scan(c)`);
});

test('lines of a plan are cut where there is a blank, and hang below their node', () => {
  const text = planTree(`Calc(select=[${'column_of_a_table, '.repeat(6)}x])\n+- Scan(y)\n`, 50, paint);
  for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThan(50);
  expect(text.split('\n')[1]).toMatch(/^ {4}column_of_a_table, /);
});

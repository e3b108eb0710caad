import { describe, expect, test } from 'vitest';
import {
  columnsOf,
  conjunction,
  conjuncts,
  type Expr,
  sameExpr,
  shiftColumns,
  substitute,
} from '../../../src/plan/expr.ts';
import { exprText } from '../../../src/plan/expr-text.ts';
import { BOOLEAN, decimal, INT, STRING } from '../../../src/types/data-type.ts';

const column = (index: number): Expr => ({ kind: 'column', index, type: INT });
const number = (value: number): Expr => ({ kind: 'literal', value, type: INT });
const call = (name: string, ...args: Expr[]): Expr => ({ kind: 'call', name, args, type: INT });
const schema = [
  { name: 'a', type: INT },
  { name: 'b', type: INT },
];

describe('expressions over other rows', () => {
  const expr = call('+', column(0), call('*', column(1), number(2)));
  test('columnsOf, shiftColumns, substitute', () => {
    expect(columnsOf(expr)).toEqual([0, 1]);
    expect(columnsOf(shiftColumns(expr, 3))).toEqual([3, 4]);
    expect(exprText(substitute(expr, [number(7), call('ABS', column(1))]), schema)).toBe('(7 + (ABS(b) * 2))');
  });
  test('a substituted expression is not looked into again', () => {
    expect(substitute(column(0), [column(1), number(9)])).toEqual(column(1));
  });
});

describe('conjunctions', () => {
  const parts = [call('=', column(0), number(1)), call('>', column(1), number(2)), call('<', column(1), number(5))];
  test('come apart and together', () => {
    const nested: Expr = {
      kind: 'and',
      args: [{ kind: 'and', args: parts.slice(0, 2), type: BOOLEAN }, parts[2] as Expr],
      type: BOOLEAN,
    };
    expect(conjuncts(nested)).toEqual(parts);
    expect(conjuncts(null)).toEqual([]);
    expect(conjunction([])).toBeNull();
    expect(conjunction(parts.slice(0, 1))).toBe(parts[0]);
    expect(conjuncts(conjunction(parts))).toEqual(parts);
  });
});

describe('equality', () => {
  test('by structure, without nullability', () => {
    expect(
      sameExpr(
        call('+', column(0), number(1)),
        call('+', column(0), { kind: 'literal', value: 1, type: { ...INT, nullable: false } }),
      ),
    ).toBe(true);
    expect(sameExpr(call('+', column(0), number(1)), call('-', column(0), number(1)))).toBe(false);
    expect(sameExpr(column(0), column(1))).toBe(false);
    const bytes = (...values: number[]): Expr => ({
      kind: 'literal',
      value: Uint8Array.from(values),
      type: { kind: 'BINARY', length: 2, nullable: false },
    });
    expect(sameExpr(bytes(1, 2), bytes(1, 2))).toBe(true);
    expect(sameExpr(bytes(1, 2), bytes(1, 3))).toBe(false);
  });
});

test('text of literals', () => {
  const text = (value: unknown, type: Expr['type']): string => exprText({ kind: 'literal', value, type } as Expr, []);
  expect(text("it's", STRING)).toBe("'it''s'");
  expect(text(-5n, decimal(3, 2))).toBe('-0.05');
  expect(text(null, INT)).toBe('NULL');
  expect(text(18_894, { kind: 'DATE', nullable: false })).toBe('2021-09-24');
});

/**
 * Bound scalar expressions as plain data. Every implicit conversion stands in the tree as a `cast`, so a call's
 * arguments have exactly the types that its overload takes, and evaluation never guesses.
 */
import type { DataType } from '../types/data-type.ts';
import type { Value } from '../types/vector.ts';

export type Expr =
  /** Column `index` of the input row (of the concatenated left and right row in a join condition). */
  | { readonly kind: 'column'; readonly index: number; readonly type: DataType }
  | { readonly kind: 'literal'; readonly value: Value; readonly type: DataType }
  /** A function or operator by its canonical name in the function registry (`UPPER`, `+`, `=`, `IS NULL`, `LIKE`). */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[]; readonly type: DataType }
  /** Three-valued; evaluated left to right, stops when decided. */
  | { readonly kind: 'and'; readonly args: readonly Expr[]; readonly type: DataType }
  | { readonly kind: 'or'; readonly args: readonly Expr[]; readonly type: DataType }
  | { readonly kind: 'not'; readonly arg: Expr; readonly type: DataType }
  /** Searched CASE; `then` and `otherwise` are already cast to `type`. Branches not taken are not evaluated. */
  | {
      readonly kind: 'case';
      readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
      readonly otherwise: Expr;
      readonly type: DataType;
    }
  /** `try` gives NULL where a value cannot be converted; else it fails the job. */
  | { readonly kind: 'cast'; readonly arg: Expr; readonly try: boolean; readonly type: DataType }
  /** Field `index` of a ROW; NULL when the row is. */
  | { readonly kind: 'field'; readonly arg: Expr; readonly index: number; readonly type: DataType }
  /** `arg IN (items)`, three-valued; items are of `arg`'s type. */
  | { readonly kind: 'in'; readonly arg: Expr; readonly items: readonly Expr[]; readonly type: DataType }
  /** ROW(…), ARRAY[…], MAP[k, v, …]: which one is told by `type`. */
  | { readonly kind: 'construct'; readonly args: readonly Expr[]; readonly type: DataType };

/** The direct sub-expressions, in evaluation order. */
export function exprChildren(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'column':
    case 'literal':
      return [];
    case 'call':
    case 'and':
    case 'or':
    case 'construct':
      return expr.args;
    case 'not':
    case 'cast':
    case 'field':
      return [expr.arg];
    case 'in':
      return [expr.arg, ...expr.items];
    case 'case':
      return [...expr.branches.flatMap((branch) => [branch.when, branch.then]), expr.otherwise];
  }
}

/** Rebuilds an expression bottom-up; `change` gets each node after its children were rebuilt. */
export function mapExpr(expr: Expr, change: (expr: Expr) => Expr): Expr {
  const inner = (child: Expr): Expr => mapExpr(child, change);
  switch (expr.kind) {
    case 'column':
    case 'literal':
      return change(expr);
    case 'call':
    case 'and':
    case 'or':
    case 'construct':
      return change({ ...expr, args: expr.args.map(inner) });
    case 'not':
    case 'cast':
    case 'field':
      return change({ ...expr, arg: inner(expr.arg) });
    case 'in':
      return change({ ...expr, arg: inner(expr.arg), items: expr.items.map(inner) });
    case 'case':
      return change({
        ...expr,
        branches: expr.branches.map((branch) => ({ when: inner(branch.when), then: inner(branch.then) })),
        otherwise: inner(expr.otherwise),
      });
  }
}

/** The input columns that an expression reads, ascending. */
export function columnsOf(...exprs: readonly Expr[]): number[] {
  const found = new Set<number>();
  const visit = (expr: Expr): void => {
    if (expr.kind === 'column') found.add(expr.index);
    else exprChildren(expr).forEach(visit);
  };
  exprs.forEach(visit);
  return [...found].sort((a, b) => a - b);
}

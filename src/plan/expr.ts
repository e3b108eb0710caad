/**
 * Bound scalar expressions as plain data. Every implicit conversion stands in the tree as a `cast`, so a call's
 * arguments have exactly the types that its overload takes, and evaluation never guesses.
 */
import { type DataType, sameType } from '../types/data-type.ts';
import type { Value } from '../types/vector.ts';

/** What planning must know of a function of the program. */
export interface UserCall {
  readonly kind: 'scalar' | 'vectorized' | 'async';
  readonly deterministic: boolean;
  /** Of asynchronous ones: whether rows stay in order. */
  readonly ordered?: boolean | undefined;
}

export type Expr =
  /** Column `index` of the input row (of the concatenated left and right row in a join condition). */
  | { readonly kind: 'column'; readonly index: number; readonly type: DataType }
  | { readonly kind: 'literal'; readonly value: Value; readonly type: DataType }
  /**
   * A function or operator by its canonical name in the function registry (`UPPER`, `+`, `=`, `IS NULL`, `LIKE`), or with
   * `user` a function of the program, by the name that the catalog gives it.
   */
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: readonly Expr[];
      readonly type: DataType;
      readonly user?: UserCall | undefined;
    }
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

/** Rebuilds an expression top-down: where `pick` gives an expression it stands instead of the node and all below it. */
export function replaceExpr(expr: Expr, pick: (expr: Expr) => Expr | undefined): Expr {
  const found = pick(expr);
  if (found !== undefined) return found;
  const inner = (child: Expr): Expr => replaceExpr(child, pick);
  switch (expr.kind) {
    case 'column':
    case 'literal':
      return expr;
    case 'call':
    case 'and':
    case 'or':
    case 'construct':
      return { ...expr, args: expr.args.map(inner) };
    case 'not':
    case 'cast':
    case 'field':
      return { ...expr, arg: inner(expr.arg) };
    case 'in':
      return { ...expr, arg: inner(expr.arg), items: expr.items.map(inner) };
    case 'case':
      return {
        ...expr,
        branches: expr.branches.map((branch) => ({ when: inner(branch.when), then: inner(branch.then) })),
        otherwise: inner(expr.otherwise),
      };
  }
}

/** The expression over other columns: `columns[i]` stands where column `i` stood. */
export function substitute(expr: Expr, columns: readonly Expr[]): Expr {
  return replaceExpr(expr, (part) => (part.kind === 'column' ? columns[part.index] : undefined));
}

/** The expression with every column index moved by `offset`. */
export function shiftColumns(expr: Expr, offset: number): Expr {
  return replaceExpr(expr, (part) => (part.kind === 'column' ? { ...part, index: part.index + offset } : undefined));
}

/** The parts of a conjunction; none for `null`. */
export function conjuncts(expr: Expr | null): readonly Expr[] {
  if (expr === null) return [];
  return expr.kind === 'and' ? expr.args.flatMap(conjuncts) : [expr];
}

/** The conjunction of `parts`; null for none. */
export function conjunction(parts: readonly Expr[]): Expr | null {
  if (parts.length <= 1) return parts[0] ?? null;
  return { kind: 'and', args: parts, type: { kind: 'BOOLEAN', nullable: parts.some((part) => part.type.nullable) } };
}

/** Structural equality; nullability and time attributes of types do not count. */
export function sameExpr(a: Expr, b: Expr): boolean {
  if (a.kind !== b.kind || !sameType(a.type, b.type, true)) return false;
  if (a.kind === 'column') return a.index === (b as typeof a).index;
  if (a.kind === 'literal') return sameValue(a.value, (b as typeof a).value);
  if (a.kind === 'call' && a.name !== (b as typeof a).name) return false;
  if (a.kind === 'field' && a.index !== (b as typeof a).index) return false;
  if (a.kind === 'cast' && a.try !== (b as typeof a).try) return false;
  const left = exprChildren(a);
  const right = exprChildren(b);
  return left.length === right.length && left.every((child, i) => sameExpr(child, right[i] as Expr));
}

function sameValue(a: Value, b: Value): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item: Value, i) => sameValue(item, b[i] as Value));
  }
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null && 'ms' in a && 'ms' in b) {
    return a.ms === b.ms && a.nanos === b.nanos;
  }
  return Object.is(a, b);
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

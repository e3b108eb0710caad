/**
 * One calc where two stand on each other. Not where that would compute something twice: an expression that costs
 * something, or that gives another value each time, may be read once only.
 */
import { columnsOf, conjuncts, type Expr, exprChildren } from '../../plan/expr.ts';
import { logicalInputs, type LogicalNode, type LogicalOf, withInputs } from '../../plan/logical.ts';
import { isDeterministic } from '../determinism.ts';
import { mergeCalcs } from '../merge-calcs.ts';

export function mergeCalc(node: LogicalNode): LogicalNode {
  const inner = withInputs(node, logicalInputs(node).map(mergeCalc));
  if (inner.kind !== 'calc' || inner.input.kind !== 'calc' || !mayMerge(inner, inner.input)) return inner;
  return mergeCalc(mergeCalcs(inner, inner.input));
}

function mayMerge(upper: LogicalOf<'calc'>, lower: LogicalOf<'calc'>): boolean {
  const reads = new Map<number, number>();
  const count = (expr: Expr): void => {
    if (expr.kind === 'column') reads.set(expr.index, (reads.get(expr.index) ?? 0) + 1);
    else exprChildren(expr).forEach(count);
  };
  [...conjuncts(upper.condition), ...upper.projections].forEach(count);
  return lower.projections.every((expr, i) => isCheap(expr) || (reads.get(i) ?? 0) <= 1) && movable(upper, lower);
}

/** A condition over a value that changes from call to call must see the value that is handed on. */
function movable(upper: LogicalOf<'calc'>, lower: LogicalOf<'calc'>): boolean {
  return conjuncts(upper.condition).every((part) =>
    columnsOf(part).every((column) => isDeterministic(lower.projections[column] as Expr)),
  );
}

/** Columns, literals and fields: as good as the column that would hold them. */
export function isCheap(expr: Expr): boolean {
  return expr.kind === 'column' || expr.kind === 'literal' || (expr.kind === 'field' && isCheap(expr.arg));
}

/** Calcs on calcs as one calc: expressions of the upper one over the input of the lower one. */
import { conjunction, conjuncts, type Expr, substitute } from '../plan/expr.ts';
import type { LogicalOf } from '../plan/logical.ts';

/** `upper` over `lower`, as one calc. The lower condition is decided first. */
export function mergeCalcs(upper: LogicalOf<'calc'>, lower: LogicalOf<'calc'>): LogicalOf<'calc'> {
  const over = (expr: Expr): Expr => substitute(expr, lower.projections);
  const condition = conjunction([...conjuncts(lower.condition), ...conjuncts(upper.condition).map(over)]);
  return { ...upper, input: lower.input, condition, projections: upper.projections.map(over) };
}

/** A chain of calcs as one: what patterns over several of them look at. */
export function flattenCalc(node: LogicalOf<'calc'>): LogicalOf<'calc'> {
  let result = node;
  while (result.input.kind === 'calc') result = mergeCalcs(result, result.input);
  return result;
}

/** Whether an expression gives the same for the same row: only then it may be moved, repeated or dropped. */
import { volatilityOf } from '../functions/registry.ts';
import { type Expr, exprChildren } from '../plan/expr.ts';

export function isDeterministic(expr: Expr): boolean {
  if (expr.kind === 'call' && volatilityOf(expr) !== 'immutable') return false;
  return exprChildren(expr).every(isDeterministic);
}

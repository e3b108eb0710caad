/** Constant folding: what is the same for every row is computed once, here. */
import { EngineError } from '../../errors.ts';
import type { FunctionContext } from '../../functions/function.ts';
import { type Expr, mapExpr } from '../../plan/expr.ts';
import { withNullable } from '../../types/data-type.ts';
import { isConstant } from './expr-key.ts';
import { interpret } from './interpret.ts';

/** The expression with its constant parts as literals. What fails is left, to fail where and when it is evaluated. */
export function foldConstants(expr: Expr, context: FunctionContext): Expr {
  return mapExpr(expr, (node) => {
    if (node.kind === 'literal' || !isConstant(node)) return node.kind === 'case' ? foldCase(node) : node;
    try {
      const value = interpret(node, [], context);
      return { kind: 'literal', value, type: withNullable(node.type, node.type.nullable || value === null) };
    } catch (error) {
      // A division by zero in a branch that is never taken must not fail the query.
      if (error instanceof EngineError && error.domain === 'user') return node;
      throw error;
    }
  });
}

/** Without the branches that are never taken and those after one that always is. */
function foldCase(expr: Extract<Expr, { kind: 'case' }>): Expr {
  const branches = expr.branches.filter(({ when }) => when.kind !== 'literal' || when.value === true);
  const certain = branches.findIndex(({ when }) => when.kind === 'literal');
  const kept = certain === -1 ? branches : branches.slice(0, certain);
  const otherwise = certain === -1 ? expr.otherwise : (branches[certain] as { then: Expr }).then;
  return kept.length === 0 ? otherwise : { ...expr, branches: kept, otherwise };
}

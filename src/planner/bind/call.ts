/** Calls of scalar functions and operators: overload resolution and the conversions that it asks for. */
import { EngineError, type SourceSpan } from '../../errors.ts';
import type { BoundArgument } from '../../functions/function.ts';
import { resolveFunction } from '../../functions/registry.ts';
import type { Expr } from '../../plan/expr.ts';
import type { DataType } from '../../types/data-type.ts';
import { castTo } from './cast.ts';

export function boundArgument(expr: Expr): BoundArgument {
  return expr.kind === 'literal' ? { type: expr.type, literal: expr.value } : { type: expr.type };
}

export function callExpr(name: string, args: readonly Expr[], span: SourceSpan): Expr {
  const resolved = located(span, () => resolveFunction(name, args.map(boundArgument)));
  return {
    kind: 'call',
    name: resolved.name,
    args: args.map((arg, i) => castTo(arg, resolved.argTypes[i] as DataType)),
    type: resolved.type,
  };
}

/** `left operator right` by the function registry. */
export const compare = (operator: string, left: Expr, right: Expr, span: SourceSpan): Expr =>
  callExpr(operator, [left, right], span);

/** Runs `action`; a user error of it that points nowhere points at `span`. */
export function located<T>(span: SourceSpan, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof EngineError) throw error.at(span);
    throw error;
  }
}

import { EngineError, unsupported } from '../../errors.ts';
import type { FunctionContext, ScalarFunction } from '../../functions/function.ts';
import { scalarFunction } from '../../functions/registry.ts';
import { scalarDefinition } from '../../functions/user/scalar.ts';
import type { UserFunction } from '../../functions/user/user-function.ts';
import type { Expr } from '../../plan/expr.ts';

/** What a call calls: a function that comes along, or one of the program. */
export function definitionOf(expr: Extract<Expr, { kind: 'call' }>, context: FunctionContext): ScalarFunction {
  if (expr.user === undefined) return scalarFunction(expr.name);
  const definition = userFunctionOf(expr.name, context);
  if (definition.kind === 'scalar') return scalarDefinition(definition);
  throw unsupported(
    `the ${definition.kind === 'async' ? 'asynchronous' : 'vectorized'} function ${definition.name} here`,
    'Compute it in the SELECT list of a sub-query, and use its column.',
  );
}

/** A function of the program by the name that the plan calls it. */
export function userFunctionOf(name: string, context: Pick<FunctionContext, 'userFunction'>): UserFunction {
  const definition = context.userFunction?.(name);
  if (definition === undefined) throw new EngineError('internal_error', `function "${name}" is not at hand`);
  return definition;
}

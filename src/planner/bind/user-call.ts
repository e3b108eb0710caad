/** Calls of the program's own functions. */
import { type CatalogFunction, functionId } from '../../catalog/table.ts';
import { EngineError } from '../../errors.ts';
import { resolveUserCall } from '../../functions/user/signature.ts';
import type { UserFunction } from '../../functions/user/user-function.ts';
import type { Expression, FunctionCall } from '../../parser/ast.ts';
import type { Expr } from '../../plan/expr.ts';
import { type DataType, withNullable } from '../../types/data-type.ts';
import { located } from './call.ts';
import { castTo } from './cast.ts';
import type { Env } from './env.ts';
import { bindArguments, refuseAggregateClauses } from './call-arguments.ts';

export function bindUserCall(
  node: FunctionCall,
  own: CatalogFunction,
  env: Env,
  bind: (child: Expression) => Expr,
): Expr {
  const { definition } = own;
  const { name } = definition;
  if (definition.kind === 'aggregate') return aggregateCall(node, own, env);
  if (node.over !== null) {
    throw new EngineError('windowing_error', `${name} is no aggregate: it takes no OVER`, { span: node.span });
  }
  if (definition.kind === 'table') {
    throw new EngineError('invalid_definition', `${name} gives rows, not a value`, {
      hint: `Call it in FROM: … CROSS JOIN LATERAL TABLE(${name}(…)) AS t(…).`,
      span: node.span,
    });
  }
  refuseAggregateClauses(node, name);
  const args = typedArguments(definition, bindArguments(node, name, bind), node);
  const nullable = definition.strict && args.some((arg) => arg.type.nullable);
  return {
    kind: 'call',
    name: functionId(own),
    args,
    type: nullable ? withNullable(definition.returns, true) : definition.returns,
    user: {
      kind: definition.kind,
      deterministic: definition.deterministic,
      ...(definition.kind === 'async' ? { ordered: definition.ordered } : {}),
    },
  };
}

function aggregateCall(node: FunctionCall, own: CatalogFunction, env: Env): Expr {
  const { name } = own.definition;
  if (node.over !== null) {
    throw new EngineError('unsupported', `${name}(…) OVER (…) is not supported`, {
      hint: 'Aggregate with GROUP BY, over a window table function for windows of time.',
      span: node.span,
    });
  }
  if (env.calls.aggregate !== undefined) return env.calls.aggregate(node, name, own);
  throw new EngineError('grouping_error', `aggregate function ${name} is not allowed in ${env.clause}`, {
    hint: env.clause === 'WHERE' ? 'Filter groups with HAVING.' : 'Aggregate in a sub-query first.',
    span: node.span,
  });
}

/** The arguments of a call, converted to what the function declares. */
export function typedArguments(definition: UserFunction, args: readonly Expr[], node: FunctionCall): Expr[] {
  const given = args.map((arg) => arg.type);
  const types = located(node.span, () => resolveUserCall(definition, given));
  return args.map((arg, i) => castTo(arg, types[i] as DataType));
}

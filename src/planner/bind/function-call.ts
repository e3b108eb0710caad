/**
 * Calls: which kind a name means, and what its arguments are. Aggregates, OVER calls and group windows are handed to the
 * clause (`CallHooks`); scalar functions are bound here.
 */
import { EngineError, type SourceSpan, unsupported } from '../../errors.ts';
import { isAggregate } from '../../functions/aggregates/registry.ts';
import { isScalarFunction } from '../../functions/registry.ts';
import type { Expression, FunctionCall } from '../../parser/ast.ts';
import type { Expr } from '../../plan/expr.ts';
import { callExpr } from './call.ts';
import type { Env } from './env.ts';
import { illegalNull } from './literal.ts';
import { bindArguments, refuseAggregateClauses } from './call-arguments.ts';
import { bindUserCall } from './user-call.ts';

export const GROUP_WINDOW = /^(TUMBLE|HOP|SESSION)$/;
const WINDOW_PROPERTY = /^(TUMBLE|HOP|SESSION)_(START|END|ROWTIME|PROCTIME)$/;
const RANKING = /^(ROW_NUMBER|RANK|DENSE_RANK|NTILE|LEAD|LAG|CUME_DIST|PERCENT_RANK)$/;

export function bindCall(node: FunctionCall, env: Env, bind: (child: Expression) => Expr): Expr {
  const written = node.name.parts.map((part) => part.name);
  const name = (written.at(-1) as string).toUpperCase();
  const own = env.ctx.catalog.findFunction(written);
  const isBuiltIn = written.length === 1 && own?.scope !== 'temporary system' && isKnown(name);
  if (own !== undefined && !isBuiltIn) return bindUserCall(node, own, env, bind);
  if (written.length > 1) {
    throw new EngineError('undefined_function', `function "${written.join('.')}" does not exist`, { span: node.span });
  }
  if (node.over !== null) {
    if (env.calls.over !== undefined) return env.calls.over(node, name);
    throw new EngineError('windowing_error', `${name}(…) OVER (…) is not allowed in ${env.clause}`, {
      hint: 'Compute it in the SELECT list of a sub-query, and use its column here.',
      span: node.span,
    });
  }
  if (WINDOW_PROPERTY.test(name) || (GROUP_WINDOW.test(name) && !isScalarFunction(name))) {
    if (WINDOW_PROPERTY.test(name) && env.calls.windowProperty !== undefined)
      return env.calls.windowProperty(node, name);
    throw new EngineError('windowing_error', `${name}(…) is not allowed in ${env.clause}`, {
      hint: `${name.replace(/_.*/, '')}(…) stands in GROUP BY; its ${name.replace(/_.*/, '')}_START and _END in SELECT and HAVING.`,
      span: node.span,
    });
  }
  if (isAggregate(name)) {
    if (env.calls.aggregate !== undefined) return env.calls.aggregate(node, name);
    throw new EngineError('grouping_error', `aggregate function ${name} is not allowed in ${env.clause}`, {
      hint: env.clause === 'WHERE' ? 'Filter groups with HAVING.' : 'Aggregate in a sub-query first.',
      span: node.span,
    });
  }
  if (RANKING.test(name)) {
    throw new EngineError('windowing_error', `${name} needs an OVER clause`, { span: node.span });
  }
  if (name === 'GROUPING' || name === 'GROUPING_ID' || name === 'GROUP_ID') {
    throw unsupported(`${name}`, 'Write one query per grouping and combine them with UNION ALL.', node.span);
  }
  if (!isScalarFunction(name)) callExpr(name, [], node.span);
  refuseAggregateClauses(node, name);
  const args = bindArguments(node, name, bind);
  if (name === 'CONCAT') args.forEach((arg, i) => typedText(arg, node.arguments[i]?.span ?? node.span));
  return callExpr(name, args, node.span);
}

/** `||` and CONCAT refuse a bare NULL, as Flink does. */
export function typedText(expr: Expr, span: SourceSpan): Expr {
  if (expr.type.kind === 'NULL') throw illegalNull(span);
  return expr;
}

const isKnown = (name: string): boolean =>
  isScalarFunction(name) ||
  isAggregate(name) ||
  GROUP_WINDOW.test(name) ||
  WINDOW_PROPERTY.test(name) ||
  RANKING.test(name);

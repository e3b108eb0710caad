/**
 * Expressions: from syntax to bound expressions over the columns of a scope. One exhaustive switch.
 *
 * Aggregates, OVER calls and group windows mean something only in some clauses: `Env.calls` says what becomes of them;
 * where it has no answer they are refused by the name of the clause.
 */
import { EngineError, type SourceSpan, unsupported } from '../../errors.ts';
import type { CaseExpression, CastExpression, Expression, InExpression, IsExpression } from '../../parser/ast.ts';
import type { Expr } from '../../plan/expr.ts';
import { canCast, comparisonType } from '../../types/coercion.ts';
import { BOOLEAN, type DataType, isCharacter, typeToString, withNullable } from '../../types/data-type.ts';
import { callExpr, compare } from './call.ts';
import { asCondition, castTo, castToCommon } from './cast.ts';
import { bindType, intervalKind } from './data-type.ts';
import type { Env } from './env.ts';
import { bindCall, typedText } from './function-call.ts';
import { bindLiteral, literal, numberLiteral, stringLiteral, unitSize } from './literal.ts';
import { fieldsOf, resolveName } from './scope.ts';
import { bindJsonCall } from './json.ts';

/** Where a column stands in the text, for errors that are found later. */
const spans = new WeakMap<Expr, SourceSpan>();
export const spanOf = (expr: Expr): SourceSpan | undefined => spans.get(expr);

const nullableBoolean = (...args: readonly Expr[]): DataType =>
  withNullable(
    BOOLEAN,
    args.some((arg) => arg.type.nullable),
  );

export function bindExpression(node: Expression, env: Env): Expr {
  const bind = (child: Expression): Expr => bindExpression(child, env);
  const condition = (child: Expression, what: string): Expr => asCondition(bind(child), what, child.span);
  switch (node.kind) {
    case 'nullLiteral':
    case 'booleanLiteral':
    case 'numberLiteral':
    case 'stringLiteral':
    case 'binaryLiteral':
    case 'datetimeLiteral':
    case 'intervalLiteral':
      return bindLiteral(node);
    case 'parameter': {
      const value = env.ctx.parameter?.(node);
      if (value !== undefined) return value;
      throw new EngineError(
        'undefined_object',
        `parameter ${node.name === null ? '"?"' : `":${node.name}"`} has no value`,
        { hint: 'A program gives values with query(sql, values) and execute(sql, values).', span: node.span },
      );
    }
    case 'columnReference': {
      const expr = resolveName(env.scope, node.parts, node.span);
      markSpans(expr, node.span);
      return expr;
    }
    case 'fieldAccess':
      return fieldsOf(bind(node.operand), [node.field]);
    case 'elementAccess':
      return callExpr('ITEM', [bind(node.operand), bind(node.index)], node.span);
    case 'unary':
      if (node.operator === 'NOT') {
        const arg = condition(node.operand, 'the operand of NOT');
        return { kind: 'not', arg, type: arg.type };
      }
      if (node.operand.kind === 'numberLiteral') return numberLiteral(node.operand, node.operator === '-');
      return node.operator === '-' ? callExpr('NEGATE', [bind(node.operand)], node.span) : bind(node.operand);
    case 'binary':
      if (node.operator === 'AND' || node.operator === 'OR') {
        const kind = node.operator === 'AND' ? 'and' : 'or';
        const what = `the operands of ${node.operator}`;
        const args = [condition(node.left, what), condition(node.right, what)].flatMap((arg) =>
          arg.kind === kind ? arg.args : [arg],
        );
        return { kind, args, type: nullableBoolean(...args) };
      }
      if (PERIOD_OPERATORS.has(node.operator)) {
        throw unsupported(`operator ${node.operator}`, 'Compare the bounds of the periods with < and >.', node.span);
      }
      return callExpr(
        node.operator,
        [node.left, node.right].map((side) => (node.operator === '||' ? typedText(bind(side), side.span) : bind(side))),
        node.span,
      );
    case 'is':
      return bindIs(node, env);
    case 'isDistinct':
      return compare(
        node.negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM',
        bind(node.left),
        bind(node.right),
        node.span,
      );
    case 'between': {
      const [operand, low, high] = [bind(node.operand), bind(node.low), bind(node.high)];
      const within = (from: Expr, to: Expr): Expr => {
        const args = [compare('>=', operand, from, node.span), compare('<=', operand, to, node.span)];
        return { kind: 'and', args, type: nullableBoolean(...args) };
      };
      const either = node.symmetric ? [within(low, high), within(high, low)] : [within(low, high)];
      return negateIf(
        node.negated,
        either.length === 1 ? (either[0] as Expr) : { kind: 'or', args: either, type: nullableBoolean(...either) },
      );
    }
    case 'like': {
      const args = [node.operand, node.pattern, ...(node.escape === null ? [] : [node.escape])].map(bind);
      return negateIf(node.negated, callExpr(node.operator, args, node.span));
    }
    case 'in':
      return bindIn(node, env);
    case 'quantified':
      throw unsupported(
        `${node.operator} ${node.quantifier.toUpperCase()} (…)`,
        'Write a join or an IN list.',
        node.span,
      );
    case 'exists':
      throw unsupported('EXISTS (query)', 'Join with the query instead: JOIN (SELECT DISTINCT …).', node.span);
    case 'scalarSubquery':
      throw unsupported('a query as a value', 'Join with the query instead.', node.span);
    case 'case':
      return bindCase(node, env);
    case 'cast':
      return bindCast(node, env);
    case 'rowConstructor': {
      const args = node.fields.map(bind);
      const fields = args.map((arg, i) => ({ name: `EXPR$${i}`, type: arg.type }));
      return { kind: 'construct', args, type: { kind: 'ROW', fields, nullable: false } };
    }
    case 'collectionConstructor': {
      if (node.type === 'multiset') throw unsupported('MULTISET[…]', 'Use ARRAY[…].', node.span);
      const { exprs, type } = castToCommon(node.elements.map(bind), 'the elements of ARRAY', node.span);
      if (type === undefined) throw unsupported('ARRAY[] without elements', 'Use CAST(NULL AS ARRAY<…>).', node.span);
      return { kind: 'construct', args: exprs, type: { kind: 'ARRAY', element: type, nullable: false } };
    }
    case 'mapConstructor': {
      if (node.entries.length === 0) throw unsupported('MAP[] without entries', 'Use CAST(NULL AS MAP<…>).', node.span);
      const keys = castToCommon(
        node.entries.map((entry) => bind(entry.key)),
        'the keys of MAP',
        node.span,
      );
      const values = castToCommon(
        node.entries.map((entry) => bind(entry.value)),
        'the values of MAP',
        node.span,
      );
      const args = keys.exprs.flatMap((key, i) => [key, values.exprs[i] as Expr]);
      return { kind: 'construct', args, type: { kind: 'MAP', key: keys.type, value: values.type, nullable: false } };
    }
    case 'queryConstructor':
      throw unsupported(`${node.type.toUpperCase()}(query)`, undefined, node.span);
    case 'intervalDifference': {
      const months = intervalKind(node.qualifier) === 'INTERVAL_YEAR_MONTH';
      const unit = stringLiteral(months ? 'MONTH' : 'SECOND');
      return callExpr('TIME DIFFERENCE', [bind(node.left), bind(node.right), unit], node.span);
    }
    case 'intervalExpression': {
      const size = unitSize(node.qualifier.start) * (node.negative ? -1 : 1);
      const unit = literal(size, { kind: intervalKind(node.qualifier), nullable: false });
      return callExpr('*', [unit, bind(node.operand)], node.span);
    }
    case 'default':
      throw unsupported('DEFAULT', 'Write the value, or NULL.', node.span);
    case 'matchSemantics':
      throw unsupported('MATCH_RECOGNIZE', undefined, node.span);
    case 'call':
      return bindCall(node, env, bind);
    case 'jsonExists':
    case 'jsonValue':
    case 'jsonQuery':
    case 'jsonObject':
    case 'jsonArray':
    case 'jsonObjectAggregate':
    case 'jsonArrayAggregate':
      return bindJsonCall(node, bind);
  }
}

const PERIOD_OPERATORS: ReadonlySet<string> = new Set([
  'OVERLAPS',
  'CONTAINS',
  'EQUALS',
  'PRECEDES',
  'SUCCEEDS',
  'IMMEDIATELY PRECEDES',
  'IMMEDIATELY SUCCEEDS',
]);

/** A BOOLEAN expression for WHERE, ON, HAVING, FILTER. */
export function bindCondition(node: Expression, env: Env): Expr {
  return asCondition(bindExpression(node, env), env.clause, node.span);
}

export function markSpans(expr: Expr, span: SourceSpan): void {
  spans.set(expr, span);
  if (expr.kind === 'field' || expr.kind === 'cast') markSpans(expr.arg, span);
  else if (expr.kind === 'call') expr.args.forEach((arg) => markSpans(arg, span));
}

const negateIf = (negated: boolean, arg: Expr): Expr => (negated ? { kind: 'not', arg, type: arg.type } : arg);

function bindIs(node: IsExpression, env: Env): Expr {
  const operand = bindExpression(node.operand, env);
  if (node.test.startsWith('JSON')) {
    return negateIf(node.negated, callExpr(`IS ${node.test}`, [operand], node.span));
  }
  const not = node.negated ? 'NOT ' : '';
  if (node.test === 'NULL') return callExpr(`IS ${not}NULL`, [operand], node.span);
  const arg = asCondition(operand, `the operand of IS ${node.test}`, node.operand.span);
  return callExpr(node.test === 'UNKNOWN' ? `IS ${not}NULL` : `IS ${not}${node.test}`, [arg], node.span);
}

function bindIn(node: InExpression, env: Env): Expr {
  if (node.source.kind === 'subquerySource') {
    throw unsupported(
      node.negated ? 'NOT IN (query)' : 'IN (query)',
      node.negated ? 'Use LEFT JOIN … WHERE … IS NULL.' : 'Join with the query instead: JOIN (SELECT DISTINCT …).',
      node.span,
    );
  }
  let arg = bindExpression(node.operand, env);
  let items = node.source.items.map((item) => bindExpression(item, env));
  const types = items.map((item, i) => {
    const both = comparisonType('IN', arg.type, item.type);
    if (both !== undefined) return both;
    throw new EngineError(
      'datatype_mismatch',
      `cannot compare ${typeToString(withNullable(arg.type, true))} with ${typeToString(withNullable(item.type, true))} in IN`,
      {
        hint: 'Convert one side with CAST.',
        span: node.source.kind === 'listSource' ? node.source.items[i]?.span : node.span,
      },
    );
  });
  if (!(isCharacter(arg.type) && items.every((item) => isCharacter(item.type) || item.type.kind === 'NULL'))) {
    const both = castToCommon(
      types.flatMap(([a, b]) => [literal(null, a), literal(null, b)]),
      'the values of IN',
      node.span,
    );
    arg = castTo(arg, both.type);
    items = items.map((item) => castTo(item, both.type));
  } else items = items.map((item) => (item.type.kind === 'NULL' ? castTo(item, arg.type) : item));
  return negateIf(node.negated, { kind: 'in', arg, items, type: nullableBoolean(arg, ...items) });
}

function bindCase(node: CaseExpression, env: Env): Expr {
  const operand = node.operand === null ? null : bindExpression(node.operand, env);
  const whens = node.branches.map((branch): Expr => {
    const tests = branch.when.map((when) => {
      const test = bindExpression(when, env);
      return operand === null ? asCondition(test, 'WHEN', when.span) : compare('=', operand, test, when.span);
    });
    return tests.length === 1 ? (tests[0] as Expr) : { kind: 'or', args: tests, type: nullableBoolean(...tests) };
  });
  const results = node.branches.map((branch) => bindExpression(branch.then, env));
  const otherwise =
    node.else === null ? literal(null, { kind: 'NULL', nullable: true }) : bindExpression(node.else, env);
  const { exprs, type } = castToCommon([...results, otherwise], 'the branches of CASE', node.span);
  return {
    kind: 'case',
    branches: whens.map((when, i) => ({ when, then: exprs[i] as Expr })),
    otherwise: exprs.at(-1) as Expr,
    type: withNullable(
      type,
      exprs.some((expr) => expr.type.nullable),
    ),
  };
}

function bindCast(node: CastExpression, env: Env): Expr {
  const arg = bindExpression(node.operand, env);
  const type = bindType(node.type);
  if (!canCast(arg.type, type)) {
    throw new EngineError(
      'cannot_coerce',
      `${node.try ? 'TRY_CAST' : 'CAST'} cannot convert ${typeToString(withNullable(arg.type, true))} to ${typeToString(type)}`,
      { span: node.span },
    );
  }
  const plain = castTo(arg, type, { try: node.try });
  if (plain.kind !== 'literal' && plain !== arg) return plain;
  // A CAST to the type that a time attribute has makes a plain value of it.
  if (arg.type.kind === 'TIMESTAMP' || arg.type.kind === 'TIMESTAMP_LTZ') {
    return arg.type.attribute === undefined
      ? plain
      : { kind: 'cast', arg, try: node.try, type: withNullable(type, arg.type.nullable) };
  }
  return plain;
}

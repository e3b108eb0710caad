/** Queries: WITH, set operations, VALUES, ORDER BY and LIMIT around them. A SELECT is bound in `select.ts`. */
import { EngineError, type SourceSpan, unsupported } from '../../errors.ts';
import type { NumberLiteral, Query, QueryBody, SetOperation, SortItem } from '../../parser/ast.ts';
import type { SortKey } from '../../plan/physical.ts';
import { type LogicalNode, identity, isIdentity } from '../../plan/logical.ts';
import { commonType } from '../../types/coercion.ts';
import { sameType, timeAttribute, typeToString } from '../../types/data-type.ts';
import type { Field, Schema } from '../../types/schema.ts';
import type { PlannerContext } from '../context.ts';
import { castTo } from './cast.ts';
import { bindExpression } from './expression.ts';
import { aggregateNode } from './group.ts';
import { bindNamedTable } from './table.ts';
import { orderOrdinal, sortKey } from './order.ts';
import type { BoundBody, QueryEnv } from './query-env.ts';
import { renamed } from './renamed.ts';
import { relationOf } from './scope.ts';
import { bindSelect } from './select.ts';
import { bindValues } from './values.ts';

/** Names as the session has them. */
export const rootEnv = (ctx: PlannerContext): QueryEnv => ({
  ctx,
  named: new Map(),
  catalog: ctx.catalog.currentCatalog,
  database: ctx.catalog.currentDatabase,
  views: [],
  bindQuery,
});

/** A whole statement's query. */
export function bindRootQuery(query: Query, ctx: PlannerContext): LogicalNode {
  return bindOrdered(query, rootEnv(ctx), query.orderBy);
}

/** A query inside of another: its order means nothing without LIMIT, and is dropped as Flink does. */
export function bindQuery(query: Query, env: QueryEnv): LogicalNode {
  return bindOrdered(query, env, query.limit === null && query.offset === null ? [] : query.orderBy);
}

function bindOrdered(query: Query, outer: QueryEnv, orderBy: readonly SortItem[]): LogicalNode {
  const env = withNamedQueries(query, outer);
  const body = bindBody(query.body, env, orderBy);
  const limit = rowCount(query.limit);
  const offset = rowCount(query.offset) ?? 0;
  let node = body.node;
  if (body.order.length > 0 || limit !== null || offset > 0) {
    if (limit === null && offset > 0) {
      throw unsupported(
        'OFFSET without LIMIT',
        'FETCH is missed: add LIMIT n or FETCH NEXT n ROWS ONLY.',
        query.offset?.span,
      );
    }
    const [first] = body.order;
    if (limit === null && first !== undefined) checkTimeOrder(first, node.schema, orderBy[0]?.span);
    node = { kind: 'sort', input: node, order: body.order, offset, limit, schema: node.schema };
  }
  if (body.width === node.schema.length) return node;
  const schema = node.schema.slice(0, body.width);
  return { kind: 'calc', input: node, condition: null, projections: identity(schema), schema };
}

/** Without LIMIT a stream can only be ordered as time passes. */
function checkTimeOrder(first: SortKey, schema: Schema, span: SourceSpan | undefined): void {
  const attribute = timeAttribute((schema[first.column] as Field).type);
  const hint = 'Order by an ascending event-time column first, or add LIMIT.';
  if (attribute === 'proctime') throw unsupported('ORDER BY a processing-time column', hint, span);
  if (attribute === undefined) {
    throw new EngineError('unsupported', 'Sort on a non-time-attribute field is not supported', { hint, span });
  }
  if (first.descending) {
    throw new EngineError('unsupported', 'Primary sort order of a streaming table must be ascending on time', {
      hint,
      span,
    });
  }
}

function rowCount(literal: NumberLiteral | null): number | null {
  if (literal === null) return null;
  if (/^\d+$/.test(literal.text) && Number(literal.text) <= Number.MAX_SAFE_INTEGER) return Number(literal.text);
  throw new EngineError('syntax_error', `LIMIT and OFFSET cannot be ${literal.text}`, {
    hint: 'They take a whole number.',
    span: literal.span,
  });
}

function withNamedQueries(query: Query, outer: QueryEnv): QueryEnv {
  if (query.with.length === 0) return outer;
  if (query.recursive) {
    throw unsupported('WITH RECURSIVE', 'Flink SQL has no recursive queries.', query.with[0]?.span);
  }
  const named = new Map(outer.named);
  for (const item of query.with) {
    const bound = bindQuery(item.query, { ...outer, named: new Map(named) });
    named.set(
      item.name.name,
      renamed(
        bound,
        item.columns.map((column) => column.name),
        item.name.span,
      ),
    );
  }
  return { ...outer, named };
}

function bindBody(body: QueryBody, env: QueryEnv, orderBy: readonly SortItem[]): BoundBody {
  switch (body.kind) {
    case 'select':
      return bindSelect(body, env, orderBy);
    case 'query':
      return ordered(bindQuery(body, env), env, orderBy);
    case 'values':
      return ordered(bindValues(body, env.ctx), env, orderBy);
    case 'explicitTable':
      return ordered(bindNamedTable(body.name, [], env).node, env, orderBy);
    case 'setOperation':
      return ordered(bindSetOperation(body, env), env, orderBy);
  }
}

/** ORDER BY over the columns of a finished relation. */
function ordered(node: LogicalNode, env: QueryEnv, orderBy: readonly SortItem[]): BoundBody {
  const scope = { relations: [relationOf(node.schema, null)], merged: [] };
  const order = orderBy.map((item): SortKey => {
    const ordinal = orderOrdinal(item, node.schema);
    const expr =
      ordinal === null ? bindExpression(item.expression, { ctx: env.ctx, scope, clause: 'ORDER BY', calls: {} }) : null;
    if (expr !== null && expr.kind !== 'column') {
      throw unsupported(
        'ORDER BY of an expression after a set operation or VALUES',
        'Compute it as a column.',
        item.span,
      );
    }
    return sortKey(item, ordinal ?? (expr as { index: number }).index);
  });
  return { node, order, width: node.schema.length };
}

function bindSetOperation(body: SetOperation, env: QueryEnv): LogicalNode {
  if (body.operator !== 'union') {
    const name = body.operator.toUpperCase() + (body.all ? ' ALL' : '');
    throw unsupported(
      name,
      body.operator === 'except'
        ? 'Use LEFT JOIN … WHERE … IS NULL over DISTINCT queries.'
        : 'Join the DISTINCT queries instead.',
      body.span,
    );
  }
  const inputs = [body.left, body.right].map((side) => bindBody(side, env, []).node);
  const [left, right] = inputs as [LogicalNode, LogicalNode];
  if (left.schema.length !== right.schema.length) {
    throw new EngineError('datatype_mismatch', 'the sides of UNION have different numbers of columns', {
      detail: `The left side has ${left.schema.length}, the right side ${right.schema.length}.`,
      span: body.span,
    });
  }
  const schema = left.schema.map((leftField, i): Field => {
    const rightField = right.schema[i] as Field;
    const type = commonType([leftField.type, rightField.type]);
    if (type !== undefined) return { name: leftField.name, type };
    throw new EngineError('datatype_mismatch', `column ${i + 1} of UNION has no common type`, {
      detail: `It is ${typeToString(leftField.type)} on the left and ${typeToString(rightField.type)} on the right.`,
      hint: 'Convert one side with CAST.',
      span: body.span,
    });
  });
  const flat = inputs.flatMap((input): readonly LogicalNode[] => {
    const typed = asSchema(input, schema);
    return typed.kind === 'union' ? typed.inputs.map((each) => asSchema(each, schema)) : [typed];
  });
  const union: LogicalNode = { kind: 'union', inputs: flat, schema };
  return body.all
    ? union
    : aggregateNode(
        union,
        schema.map((_, i) => i),
        [],
      );
}

/** The relation with its columns converted to the types of `schema`, under its names. */
function asSchema(node: LogicalNode, schema: Schema): LogicalNode {
  const projections = identity(node.schema).map((expr, i) => castTo(expr, (schema[i] as Field).type));
  if (
    isIdentity(projections, node.schema.length) &&
    node.schema.every((field, i) => sameType(field.type, (schema[i] as Field).type))
  ) {
    return node;
  }
  return { kind: 'calc', input: node, condition: null, projections, schema };
}

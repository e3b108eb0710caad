/** Queries: WITH, set operations, VALUES, ORDER BY and LIMIT around them. A SELECT is bound in `select.ts`. */
import { EngineError, type SourceSpan, unsupported } from '../../errors.ts';
import type { NumberLiteral, Query, QueryBody, SetOperation, SortItem } from '../../parser/ast.ts';
import type { SortKey } from '../../plan/physical.ts';
import { type LogicalNode, identity, isIdentity } from '../../plan/logical.ts';
import { commonType } from '../../types/coercion.ts';
import { sameType, typeToString } from '../../types/data-type.ts';
import type { Field, Schema } from '../../types/schema.ts';
import type { PlannerContext } from '../context.ts';
import { castTo } from './cast.ts';
import { bindExpression } from './expression.ts';
import { aggregateNode } from './group.ts';
import { bindNamedTable } from './table.ts';
import { relationOf } from './scope.ts';
import { bindSelect } from './select.ts';
import { bindValues } from './values.ts';

/** Where a query stands: what its table names mean. */
export interface QueryEnv {
  readonly ctx: PlannerContext;
  /** Queries named by WITH, innermost last. */
  readonly named: ReadonlyMap<string, LogicalNode>;
  /** Where relative names start: the session's, or those of the view that is being expanded. */
  readonly catalog: string;
  readonly database: string;
  /** Views that are being expanded, to find one that contains itself. */
  readonly views: readonly string[];
}

export const rootEnv = (ctx: PlannerContext): QueryEnv => ({
  ctx,
  named: new Map(),
  catalog: ctx.catalog.currentCatalog,
  database: ctx.catalog.currentDatabase,
  views: [],
});

/** What a body gives: its rows, and the order of ORDER BY over them; columns beyond `width` only serve the order. */
export interface BoundBody {
  readonly node: LogicalNode;
  readonly order: readonly SortKey[];
  readonly width: number;
}

export function bindQuery(query: Query, outer: QueryEnv): LogicalNode {
  const env = withNamedQueries(query, outer);
  const body = bindBody(query.body, env, query.orderBy);
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
    node = { kind: 'sort', input: node, order: body.order, offset, limit, schema: node.schema };
  }
  if (body.width === node.schema.length) return node;
  const schema = node.schema.slice(0, body.width);
  return { kind: 'calc', input: node, condition: null, projections: identity(schema), schema };
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

/** The relation under other column names (none = as they are). */
export function renamed(node: LogicalNode, names: readonly string[], span: SourceSpan): LogicalNode {
  if (names.length === 0) return node;
  if (names.length !== node.schema.length) {
    throw new EngineError(
      'invalid_definition',
      `${names.length} column names are given for ${node.schema.length} columns`,
      {
        span,
      },
    );
  }
  const schema = node.schema.map((field, i): Field => ({ name: names[i] as string, type: field.type }));
  return { kind: 'calc', input: node, condition: null, projections: identity(node.schema), schema };
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

/** `ORDER BY 2` names the second column. */
export function orderOrdinal(item: SortItem, schema: Schema): number | null {
  const { expression } = item;
  if (expression.kind !== 'numberLiteral' || !/^\d+$/.test(expression.text)) return null;
  const ordinal = Number(expression.text);
  if (ordinal >= 1 && ordinal <= schema.length) return ordinal - 1;
  throw new EngineError('undefined_column', `ORDER BY ${expression.text}: there is no such column`, {
    hint: `The query has ${schema.length} ${schema.length === 1 ? 'column' : 'columns'}.`,
    span: expression.span,
  });
}

/** NULL is the smallest value unless NULLS FIRST or LAST is written. */
export function sortKey(item: SortItem, column: number): SortKey {
  const descending = item.direction === 'desc';
  return { column, descending, nullsFirst: item.nulls === null ? !descending : item.nulls === 'first' };
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

/** One SELECT, clause by clause in the order in which they take effect. */
import { EngineError, unsupported } from '../../errors.ts';
import type { Expression, Select, SelectItem, SortItem } from '../../parser/ast.ts';
import { type Expr, replaceExpr, sameExpr } from '../../plan/expr.ts';
import { filterNode, type LogicalNode } from '../../plan/logical.ts';
import type { SortKey } from '../../plan/physical.ts';
import type { Field, Schema } from '../../types/schema.ts';
import type { Env } from './env.ts';
import { bindCondition, bindExpression, markSpans } from './expression.ts';
import { bindFrom, retyped } from './from.ts';
import { aggregateNode, Grouping, OVER_CALLS } from './group.ts';
import { placeWhere } from './join-where.ts';
import { OverCalls } from './over.ts';
import { orderOrdinal, sortKey } from './order.ts';
import { projectedType } from './projected-type.ts';
import type { BoundBody, QueryEnv } from './query-env.ts';
import { fieldAt, type Relation, relationsNamed, resolveName, type Scope } from './scope.ts';
import { illegalNull } from './literal.ts';

interface Item {
  readonly name: string;
  readonly expr: Expr;
}

export function bindSelect(select: Select, env: QueryEnv, orderBy: readonly SortItem[]): BoundBody {
  checkHints(select);
  const from = bindFrom(select.from, env);
  const whereEnv: Env = { ctx: env.ctx, scope: from.scope, clause: 'WHERE', calls: {} };
  const where = select.where === null ? null : bindCondition(select.where, whereEnv);
  const placed = placeWhere(from.node, where);
  const input = placed.rest === null ? placed.node : filterNode(placed.node, placed.rest);
  const scope = retyped(from.scope, input.schema);

  const base: Env = { ctx: env.ctx, scope, clause: 'SELECT', calls: {} };
  const aliases = new Set(
    select.items.flatMap((item) => (item.kind === 'selectExpression' && item.alias ? [item.alias.name] : [])),
  );
  const grouping = new Grouping(base, select.groupBy, aliases);
  const aggregate: Env['calls'] = {
    aggregate: (call, name, own) => grouping.aggregate(call, name, own),
    windowProperty: (call, name) => grouping.windowProperty(call, name),
  };
  const over = new OverCalls({ ...base, calls: aggregate }, select.windows);
  const all: Env['calls'] = { ...aggregate, over: (call, name) => over.bind(call, name) };

  const items = bindItems(select.items, { ...base, calls: all });
  const having =
    select.having === null ? null : bindCondition(select.having, { ...base, clause: 'HAVING', calls: aggregate });
  const qualify =
    select.qualify === null ? null : bindCondition(select.qualify, { ...base, clause: 'QUALIFY', calls: all });
  const order = orderBy.map((item) => bindOrder(item, items, { ...base, clause: 'ORDER BY', calls: all }));

  const grouped = select.groupBy !== null || grouping.hasAggregates || having !== null;
  const ungroup = (expr: Expr): Expr => (grouped ? grouping.rewrite(expr, input.schema) : expr);
  let node: LogicalNode = grouped ? grouping.build(input) : input;
  if (having !== null) node = filterNode(node, ungroup(having));
  if (over.count > 0) node = over.build(node, ungroup);
  const finish = (expr: Expr): Expr =>
    replaceExpr(ungroup(expr), (part) =>
      part.kind === 'column' && part.index >= OVER_CALLS ? { ...part, index: over.columnOf(part.index) } : undefined,
    );
  if (qualify !== null) node = filterNode(node, finish(qualify));

  const columns = items.map((item): Item => ({ name: item.name, expr: finish(item.expr) }));
  const keys: SortKey[] = [];
  for (const [i, { item, expr }] of order.entries()) {
    const finished = typeof expr === 'number' ? (columns[expr] as Item).expr : finish(expr);
    let at = typeof expr === 'number' ? expr : columns.findIndex((column) => sameExpr(column.expr, finished));
    if (at < 0) {
      if (select.quantifier === 'distinct') {
        throw new EngineError('invalid_definition', 'ORDER BY after DISTINCT takes columns of the SELECT list only', {
          span: item.span,
        });
      }
      at = columns.push({ name: `$order${i}`, expr: finished }) - 1;
    }
    keys.push(sortKey(item, at));
  }
  return { ...project(node, columns, select.quantifier === 'distinct'), order: keys, width: items.length };
}

function project(input: LogicalNode, columns: readonly Item[], distinct: boolean): { readonly node: LogicalNode } {
  const schema = columns.map(({ name, expr }): Field => ({ name, type: projectedType(expr) }));
  const node: LogicalNode = {
    kind: 'calc',
    input,
    condition: null,
    projections: columns.map(({ expr }) => expr),
    schema,
  };
  return {
    node: distinct
      ? aggregateNode(
          node,
          schema.map((_, i) => i),
          [],
        )
      : node,
  };
}

function checkHints(select: Select): void {
  for (const hint of select.hints) {
    const name = hint.name.name.toUpperCase();
    if (name === 'STATE_TTL')
      throw unsupported('hint STATE_TTL', "SET 'table.exec.state.ttl' for the whole query.", hint.span);
    if (name === 'LOOKUP') throw unsupported('hint LOOKUP (lookup joins)', undefined, hint.span);
  }
}

function bindItems(items: readonly SelectItem[], env: Env): Item[] {
  const bound: Item[] = [];
  for (const item of items) {
    if (item.kind === 'selectStar') {
      const columns = expandStar(item.qualifier, item.span, env.scope);
      for (const { expr } of columns) markSpans(expr, item.span);
      bound.push(...columns);
      continue;
    }
    const expr = bindExpression(item.expression, env);
    if (expr.type.kind === 'NULL') throw illegalNull(item.expression.span);
    bound.push({ name: item.alias?.name ?? nameOf(item.expression) ?? `EXPR$${bound.length}`, expr });
  }
  return bound;
}

function nameOf(expression: Expression): string | undefined {
  return expression.kind === 'columnReference' ? expression.parts.at(-1)?.name : undefined;
}

type Qualifier = Extract<SelectItem, { kind: 'selectStar' }>['qualifier'];

function expandStar(qualifier: Qualifier, span: EngineError['span'], scope: Scope): Item[] {
  const columnsOf = (relation: Relation): Item[] =>
    relation.columns.map((column: Schema[number], i) => ({
      name: column.name,
      expr: { kind: 'column', index: relation.offset + i, type: column.type },
    }));
  if (qualifier.length === 0) {
    if (scope.relations.length === 0) {
      throw new EngineError('syntax_error', 'SELECT * needs FROM', { span });
    }
    const merged = new Set(scope.merged.map((column) => column.name));
    return [
      ...scope.merged.map(({ name, expr }) => ({ name, expr })),
      ...scope.relations.flatMap(columnsOf).filter((item) => !merged.has(item.name)),
    ];
  }
  const relations = relationsNamed(
    scope,
    qualifier.map((part) => part.name),
  );
  if (relations.length > 0) return relations.flatMap(columnsOf);
  const owner = resolveName(scope, qualifier, qualifier[0]?.span as NonNullable<EngineError['span']>);
  const type = owner.type;
  if (type.kind !== 'ROW') {
    throw new EngineError(
      'datatype_mismatch',
      `"${qualifier.map((part) => part.name).join('.')}" is not a ROW: it has no fields for *`,
      { span },
    );
  }
  return type.fields.map((field, i) => ({ name: field.name, expr: fieldAt(owner, i, field.type) }));
}

interface OrderItem {
  readonly item: SortItem;
  /** A place in the SELECT list, or an expression. */
  readonly expr: Expr | number;
}

/** A position, a name of the SELECT list, or any expression of the input. */
function bindOrder(item: SortItem, items: readonly Item[], env: Env): OrderItem {
  const schema = items.map(({ name, expr }) => ({ name, type: expr.type }));
  const ordinal = orderOrdinal(item, schema);
  if (ordinal !== null) return { item, expr: ordinal };
  const { expression } = item;
  if (expression.kind === 'columnReference' && expression.parts.length === 1) {
    const name = expression.parts[0]?.name;
    const matches = items.flatMap((each, i) => (each.name === name ? [i] : []));
    if (matches.length === 1) return { item, expr: matches[0] as number };
  }
  return { item, expr: bindExpression(expression, env) };
}

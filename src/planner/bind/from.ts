/** FROM: tables, files, sub-queries, window table functions and joins, as one row of columns and a scope over it. */
import { EngineError, type SourceSpan, unsupported } from '../../errors.ts';
import type { Join, TableAlias, TableFunction, TableReference } from '../../parser/ast.ts';
import { conjunction, type Expr } from '../../plan/expr.ts';
import { filterNode, type LogicalNode } from '../../plan/logical.ts';
import type { JoinType } from '../../plan/physical.ts';
import { type DataType, withNullable } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import { compare } from './call.ts';
import { castToCommon } from './cast.ts';
import { bindCondition } from './expression.ts';
import { fileFunctionHint } from './file-function.ts';
import type { QueryEnv } from './query-env.ts';
import { renamed } from './renamed.ts';
import { joinScopes, type MergedColumn, type Relation, relationOf, resolveName, type Scope } from './scope.ts';
import { bindNamedTable, scanNode, withHints } from './table.ts';
import { bindTableFunction, isOwnTableFunction } from './table-function.ts';
import { bindWindowTable, isWindowTable } from './window-table.ts';
import { SINGLE_ROW } from './values.ts';

export interface BoundFrom {
  readonly node: LogicalNode;
  readonly scope: Scope;
}

/** What commas separate is joined without a condition; WHERE gives it one. */
export function bindFrom(items: readonly TableReference[], env: QueryEnv): BoundFrom {
  const [first, ...rest] = items;
  if (first === undefined) return { node: SINGLE_ROW, scope: { relations: [], merged: [] } };
  let result = bindReference(first, env);
  for (const item of rest) {
    if (item.kind === 'tableFunction' && isOwnTableFunction(item, env)) {
      result = checkedFunction(result, item, false, env);
      continue;
    }
    const right = bindReference(item, env);
    checkNames(result.scope, right.scope, item.span);
    result = joined(result, right, 'inner');
  }
  return result;
}

function bindReference(reference: TableReference, env: QueryEnv): BoundFrom {
  switch (reference.kind) {
    case 'tableName': {
      if (reference.systemTime !== null) {
        throw unsupported(
          'FOR SYSTEM_TIME AS OF (temporal and lookup joins)',
          'Use a regular or an interval join.',
          reference.span,
        );
      }
      const { node, path } = bindNamedTable(reference.name, reference.hints, env);
      const name = reference.name.parts.at(-1)?.name ?? null;
      return aliased(node, reference.alias, { name, path });
    }
    case 'fileTable': {
      const table = withHints(env.ctx.inferFileTable(reference.path.value), reference.hints, env.ctx);
      return aliased(scanNode(table, env.ctx), reference.alias, { name: table.path[2], path: [] });
    }
    case 'derivedTable':
      if (reference.lateral) {
        throw unsupported(
          'LATERAL (query)',
          'Join with the query, or use ROW_NUMBER() for the first rows per key.',
          reference.span,
        );
      }
      return aliased(env.bindQuery(reference.query, env), reference.alias);
    case 'tableFunction': {
      const name = (reference.call.name.parts.at(-1)?.name ?? '').toUpperCase();
      if (!isWindowTable(name)) {
        if (isOwnTableFunction(reference, env)) {
          const alone: BoundFrom = { node: SINGLE_ROW, scope: { relations: [], merged: [] } };
          return bindTableFunction(alone, reference, false, env);
        }
        throw unsupported(
          `table function ${name}`,
          fileFunctionHint(reference.call) ?? 'TUMBLE, HOP, CUMULATE and SESSION can stand here.',
          reference.span,
        );
      }
      return aliased(bindWindowTable(reference.call, name, env), reference.alias);
    }
    case 'unnest':
      throw unsupported('UNNEST', 'Read single elements with array[1] or map[key].', reference.span);
    case 'matchRecognize':
      throw unsupported('MATCH_RECOGNIZE', 'Use an interval join of the table with itself.', reference.span);
    case 'join':
      return bindJoin(reference, env);
  }
}

function aliased(
  node: LogicalNode,
  alias: TableAlias | null,
  { name = null, path = [] }: { readonly name?: string | null; readonly path?: readonly string[] } = {},
): BoundFrom {
  if (alias === null) return { node, scope: { relations: [relationOf(node.schema, name, { path })], merged: [] } };
  const columns = alias.columns.map((column) => column.name);
  const seen = new Set<string>();
  for (const column of alias.columns) {
    if (seen.has(column.name)) {
      throw new EngineError('duplicate_column', `column "${column.name}" is named twice`, { span: column.span });
    }
    seen.add(column.name);
  }
  const relation = renamed(node, columns, alias.span);
  return { node: relation, scope: { relations: [relationOf(relation.schema, alias.name.name)], merged: [] } };
}

/** Two relations of one name could not be told apart. */
function checkNames(left: Scope, right: Scope, span: SourceSpan): void {
  const names = left.relations.map((relation) => relation.alias);
  const twice = right.relations.find((relation) => relation.alias !== null && names.includes(relation.alias));
  if (twice === undefined) return;
  throw new EngineError('duplicate_object', `table name "${twice.alias}" is used twice in FROM`, {
    hint: 'Give one of them another name with AS.',
    span,
  });
}

const nullableSchema = (schema: Schema): Schema =>
  schema.map(({ name, type }) => ({ name, type: withNullable(type, true) }));

/** Two relations side by side, without a condition yet. Columns that an outer join may pad are nullable. */
function joined(left: BoundFrom, right: BoundFrom, type: JoinType): BoundFrom {
  const leftSchema = type === 'right' || type === 'full' ? nullableSchema(left.node.schema) : left.node.schema;
  const rightSchema = type === 'left' || type === 'full' ? nullableSchema(right.node.schema) : right.node.schema;
  const schema = [...leftSchema, ...rightSchema];
  const node: LogicalNode = { kind: 'join', left: left.node, right: right.node, type, condition: null, schema };
  return { node, scope: retyped(joinScopes(left.scope, right.scope, leftSchema.length), schema) };
}

/** The scope over a row of other types at the same places. */
export function retyped(scope: Scope, schema: Schema): Scope {
  const typeAt = (index: number): DataType => (schema[index] as { type: DataType }).type;
  const relations = scope.relations.map((relation): Relation => ({
    ...relation,
    columns: relation.columns.map(({ name }, i) => ({ name, type: typeAt(relation.offset + i) })),
  }));
  const merged = scope.merged.map(({ name, expr }): MergedColumn => ({
    name,
    expr: expr.kind === 'column' ? { ...expr, type: typeAt(expr.index) } : expr,
  }));
  return { relations, merged };
}

function bindJoin(join: Join, env: QueryEnv): BoundFrom {
  const left = bindReference(join.left, env);
  if (join.right.kind === 'tableFunction' && isOwnTableFunction(join.right, env)) {
    return joinedFunction(left, join, join.right, env);
  }
  const right = bindReference(join.right, env);
  checkNames(left.scope, right.scope, join.right.span);
  const type: JoinType = join.type === 'cross' ? 'inner' : join.type;
  const both = joined(left, right, type);
  if (join.condition?.kind === 'joinOn') {
    const condition = bindCondition(join.condition.expression, {
      ctx: env.ctx,
      scope: both.scope,
      clause: 'ON',
      calls: {},
    });
    return { node: { ...both.node, condition } as LogicalNode, scope: both.scope };
  }
  const names = join.natural
    ? sharedNames(left.scope, right.scope)
    : join.condition?.kind === 'joinUsing'
      ? join.condition.columns
      : [];
  if (names.length === 0) return both;
  const width = left.node.schema.length;
  const merged: MergedColumn[] = [];
  const conditions = names.map((name): Expr => {
    const span = 'span' in name ? name.span : join.span;
    const part = { kind: 'identifier' as const, name: name.name, span };
    const leftExpr = resolveName(retyped(left.scope, both.node.schema), [part], span);
    const shiftedRight = { ...joinScopes({ relations: [], merged: [] }, right.scope, width) };
    const rightExpr = resolveName(retyped(shiftedRight, both.node.schema), [part], span);
    merged.push({ name: name.name, expr: mergedExpr(type, leftExpr, rightExpr, span) });
    return compare('=', leftExpr, rightExpr, span);
  });
  const kept = both.scope.merged.filter((column) => !merged.some((each) => each.name === column.name));
  return {
    node: { ...both.node, condition: conjunction(conditions) } as LogicalNode,
    scope: { relations: both.scope.relations, merged: [...merged, ...kept] },
  };
}

function checkedFunction(left: BoundFrom, reference: TableFunction, outer: boolean, env: QueryEnv): BoundFrom {
  const both = bindTableFunction(left, reference, outer, env);
  checkNames(left.scope, { relations: both.scope.relations.slice(-1), merged: [] }, reference.span);
  return both;
}

/** JOIN and LEFT JOIN with a table function; the condition of LEFT JOIN can only be TRUE, as in Flink. */
function joinedFunction(left: BoundFrom, join: Join, reference: TableFunction, env: QueryEnv): BoundFrom {
  const outer = join.type === 'left';
  if (join.natural || join.condition?.kind === 'joinUsing' || join.type === 'right' || join.type === 'full') {
    throw unsupported(
      `${join.natural ? 'NATURAL' : join.type.toUpperCase()} JOIN with a table function`,
      'Write CROSS JOIN LATERAL TABLE(…), or LEFT JOIN LATERAL TABLE(…) ON TRUE.',
      join.span,
    );
  }
  const both = checkedFunction(left, reference, outer, env);
  if (join.condition === null) return both;
  const { expression } = join.condition;
  const condition = bindCondition(expression, { ctx: env.ctx, scope: both.scope, clause: 'ON', calls: {} });
  if (condition.kind === 'literal' && condition.value === true) return both;
  if (outer) {
    throw unsupported('a condition other than TRUE for LEFT JOIN LATERAL', 'Filter with WHERE.', expression.span);
  }
  return { node: filterNode(both.node, condition), scope: both.scope };
}

/** The one column that USING makes of two: the side that is never padded, or whichever is not NULL. */
function mergedExpr(type: JoinType, left: Expr, right: Expr, span: EngineError['span']): Expr {
  if (type === 'right') return right;
  if (type !== 'full' || span === undefined) return left;
  const { exprs, type: common } = castToCommon([left, right], 'the columns of USING', span);
  const [first, second] = exprs as [Expr, Expr];
  const when: Expr = { kind: 'call', name: 'IS NOT NULL', args: [first], type: { kind: 'BOOLEAN', nullable: false } };
  return { kind: 'case', branches: [{ when, then: first }], otherwise: second, type: withNullable(common, true) };
}

function sharedNames(left: Scope, right: Scope): { readonly name: string }[] {
  const names = (scope: Scope): string[] =>
    scope.relations.flatMap((relation) => relation.columns.map((column) => column.name));
  const rightNames = new Set(names(right));
  return [...new Set(names(left))].filter((name) => rightNames.has(name)).map((name) => ({ name }));
}

/**
 * Planning, from syntax to a physical plan: bind (`bind/`), rewrite (`rules/`), lower (`lower/`). All synchronous, all
 * of it plain data.
 */
import type { Insert, Query } from '../parser/ast.ts';
import { type LogicalNode, isIdentity } from '../plan/logical.ts';
import type { PhysicalNode, SortKey } from '../plan/physical.ts';
import type { Schema } from '../types/schema.ts';
import { located } from './bind/call.ts';
import { bindInsert } from './bind/insert.ts';
import { bindRootQuery } from './bind/query.ts';
import type { PlannerContext } from './context.ts';
import { lowerNode } from './lower/lower-node.ts';
import { keepLateRows } from './keep-late-rows.ts';
import { Lowering } from './lower/lowering.ts';
import { lowerSink, notNullPolicy } from './lower/sink.ts';
import { applyRules } from './rules/rules.ts';
import { refuseSettings } from './settings.ts';
import { uniqueNames } from './unique-names.ts';

/** A plan with the logical tree that it came from, for EXPLAIN. */
export interface Planned {
  readonly logical: LogicalNode;
  readonly plan: PhysicalNode;
}

export interface PlannedQuery {
  readonly plan: PhysicalNode;
  readonly schema: Schema;
  /** How ORDER BY orders the result, as far as it goes by columns of the result. */
  readonly order: readonly SortKey[];
}

/** A query whose rows go to whoever asked: the root is a `collect`. */
export function planQuery(query: Query, ctx: PlannerContext): PlannedQuery {
  const { plan, logical } = planQueryFully(query, ctx);
  return { plan, schema: plan.schema, order: resultOrder(logical) };
}

function resultOrder(node: LogicalNode): readonly SortKey[] {
  if (node.kind === 'sort') return node.order;
  if (node.kind !== 'calc' || !isIdentity(node.projections, node.projections.length)) return [];
  const order = resultOrder(node.input);
  const hidden = order.findIndex(({ column }) => column >= node.projections.length);
  return hidden === -1 ? order : order.slice(0, hidden);
}

/** An INSERT: the root is a `sink`. */
export function planInsert(insert: Insert, ctx: PlannerContext): PhysicalNode {
  return planInsertFully(insert, ctx).plan;
}

export function planQueryFully(query: Query, ctx: PlannerContext): Planned {
  refuseSettings(ctx.config);
  const bound = bindRootQuery(query, ctx);
  const logical = { ...bound, schema: uniqueNames(bound.schema) };
  const lowering = new Lowering(ctx, lowerNode);
  const input = located(query.span, () => lowering.lower(applyRules(keepLateRows(logical), ctx.disabledRules)));
  const plan = lowering.add({
    kind: 'collect',
    input,
    notNull: logical.schema.flatMap(({ type }, i) => (type.nullable ? [] : [i])),
    notNullPolicy: notNullPolicy(ctx),
    schema: logical.schema,
    changelog: input.changelog,
  });
  return { logical, plan };
}

export function planInsertFully(insert: Insert, ctx: PlannerContext): Planned {
  refuseSettings(ctx.config);
  const { table, query } = bindInsert(insert, ctx);
  const lowering = new Lowering(ctx, lowerNode);
  const plan = located(insert.span, () => {
    const input = lowering.lower(applyRules(keepLateRows(query), ctx.disabledRules));
    return lowerSink(input, table, lowering);
  });
  return { logical: query, plan };
}

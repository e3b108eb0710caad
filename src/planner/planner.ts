/**
 * Planning, from syntax to a physical plan: bind (`bind/`), rewrite (`rules/`), lower (`lower/`). All synchronous, all
 * of it plain data.
 */
import { unsupported } from '../errors.ts';
import type { Insert, Query } from '../parser/ast.ts';
import type { LogicalNode } from '../plan/logical.ts';
import type { PhysicalNode } from '../plan/physical.ts';
import type { Schema } from '../types/schema.ts';
import { bindInsert, withResultNames } from './bind/insert.ts';
import { bindQuery, rootEnv } from './bind/query.ts';
import type { PlannerContext } from './context.ts';
import { Lowering } from './lower/lowering.ts';
import { lowerSink } from './lower/sink.ts';
import { applyRules } from './rules/rules.ts';

/** A plan with the logical tree that it came from, for EXPLAIN. */
export interface Planned {
  readonly logical: LogicalNode;
  readonly plan: PhysicalNode;
}

/** A query whose rows go to whoever asked: the root is a `collect`. */
export function planQuery(query: Query, ctx: PlannerContext): { readonly plan: PhysicalNode; readonly schema: Schema } {
  const { plan } = planQueryFully(query, ctx);
  return { plan, schema: plan.schema };
}

/** An INSERT: the root is a `sink`. */
export function planInsert(insert: Insert, ctx: PlannerContext): PhysicalNode {
  return planInsertFully(insert, ctx).plan;
}

export function planQueryFully(query: Query, ctx: PlannerContext): Planned {
  requireStreaming(ctx);
  const logical = withResultNames(bindQuery(query, rootEnv(ctx)));
  const lowering = new Lowering(ctx);
  const input = lowering.lower(applyRules(logical, ctx.disabledRules));
  const plan = lowering.add({ kind: 'collect', input, schema: logical.schema, changelog: input.changelog });
  return { logical, plan };
}

export function planInsertFully(insert: Insert, ctx: PlannerContext): Planned {
  requireStreaming(ctx);
  const { table, query } = bindInsert(insert, ctx);
  const lowering = new Lowering(ctx);
  const input = lowering.lower(applyRules(query, ctx.disabledRules));
  return { logical: query, plan: lowerSink(input, table, lowering) };
}

function requireStreaming(ctx: PlannerContext): void {
  if (ctx.config.get('execution.runtime-mode')?.toLowerCase() === 'batch') {
    throw unsupported('batch mode', "RESET 'execution.runtime-mode': a bounded input ends a streaming query too.");
  }
}

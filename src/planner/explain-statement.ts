/** EXPLAIN of a query or INSERT. */
import { unsupported } from '../errors.ts';
import type { Explain, ExplainDetail } from '../parser/ast.ts';
import { explainLogical, explainPhysical } from '../plan/explain.ts';
import type { PhysicalNode } from '../plan/physical.ts';
import type { PlannerContext } from './context.ts';
import { type Planned, planInsertFully, planQueryFully } from './planner.ts';

export function explainStatement(explain: Explain, ctx: PlannerContext): string {
  const { statement, details } = explain;
  if (details.includes('JSON_EXECUTION_PLAN')) {
    throw unsupported(
      'EXPLAIN JSON_EXECUTION_PLAN',
      'Leave the detail out: the execution plan is shown as text.',
      explain.span,
    );
  }
  switch (statement.kind) {
    case 'query':
      return explainPlanned([planQueryFully(statement, ctx)], details, ctx);
    case 'insert':
      return explainPlanned([planInsertFully(statement, ctx)], details, ctx);
    case 'statementSet':
      return explainPlanned(
        statement.statements.map((insert) => planInsertFully(insert, ctx)),
        details,
        ctx,
      );
    default:
      throw unsupported('EXPLAIN of a definition', 'Explain its query.', explain.span);
  }
}

function explainPlanned(planned: readonly Planned[], details: readonly ExplainDetail[], ctx: PlannerContext): string {
  const section = (title: string, texts: readonly string[]): string => [`== ${title} ==`, ...texts].join('\n');
  const changelog = details.includes('CHANGELOG_MODE');
  const advice = details.includes('PLAN_ADVICE');
  return [
    section(
      'Abstract Syntax Tree',
      planned.map(({ logical }) => explainLogical(logical)),
    ),
    section(
      `Optimized Physical Plan${advice ? ' With Advice' : ''}`,
      planned.map(({ plan }) => explainPhysical(plan, { changelog, state: false })),
    ),
    section(
      'Optimized Execution Plan',
      planned.map(({ plan }) => explainPlan(plan, details, ctx)),
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

/** The execution plan with what every stateful node keeps, and what sources and sinks guarantee. */
function explainPlan(plan: PhysicalNode, details: readonly ExplainDetail[], ctx: PlannerContext): string {
  return explainPhysical(plan, {
    changelog: details.includes('CHANGELOG_MODE'),
    state: true,
    notes: (node) => {
      if (node.kind !== 'scan' && node.kind !== 'sink') return [];
      const guarantee = ctx.connectors.guarantee(node.table, node.kind === 'scan' ? 'source' : 'sink');
      return guarantee === null ? [] : [`guarantee: ${guarantee}`];
    },
  });
}

/**
 * From the optimized logical plan to the physical one: picks operators, deals rows to them by key, numbers the nodes.
 *
 * Nodes are numbered from the sources up, so that one query text always gives the same ids. Everything is lowered with
 * −U first; the sink then takes it away where it may.
 */
import { type Expr, substitute } from '../../plan/expr.ts';
import { isIdentity, type LogicalNode } from '../../plan/logical.ts';
import { INSERT_ONLY, type PhysicalNode, type PhysicalOf } from '../../plan/physical.ts';
import { parseDurationMs } from '../../types/option-spec.ts';
import type { Schema } from '../../types/schema.ts';
import type { PlannerContext } from '../context.ts';
import { aggregateMode, retracts } from './changelog.ts';
import { withDeferredCalls } from './user-calls.ts';

/** A physical node before it has its number. */
export type Unnumbered = PhysicalNode extends infer N ? (N extends PhysicalNode ? Omit<N, 'id'> : never) : never;

export class Lowering {
  readonly ctx: PlannerContext;
  readonly stateTtlMs: number;
  #nextId = 1;

  readonly #lowerNode: (node: LogicalNode, lowering: Lowering) => PhysicalNode;

  constructor(ctx: PlannerContext, lowerNode: (node: LogicalNode, lowering: Lowering) => PhysicalNode) {
    this.ctx = ctx;
    this.#lowerNode = lowerNode;
    this.stateTtlMs = parseDurationMs(ctx.config.get('table.exec.state.ttl') ?? '0') ?? 0;
  }

  add(node: Unnumbered): PhysicalNode {
    return { ...node, id: this.#nextId++ } as PhysicalNode;
  }

  /** The number of the node that is added next. */
  get nextId(): number {
    return this.#nextId;
  }

  lower(node: LogicalNode): PhysicalNode {
    return this.#lowerNode(node, this);
  }

  /** A calc, unless it would hand every row on as it is. */
  calc(
    input: PhysicalNode,
    { condition, projections, schema }: Pick<PhysicalOf<'calc'>, 'condition' | 'projections' | 'schema'>,
  ): PhysicalNode {
    const deferred = withDeferredCalls(input, { condition, projections }, this);
    if (deferred !== null) return this.calc(deferred.input, { ...deferred.calc, schema });
    if (condition === null && isIdentity(projections, input.schema.length)) return { ...input, schema };
    // A calc that only picks columns is one with its neighbour.
    if (input.kind === 'calc' && condition === null && projections.every((expr) => expr.kind === 'column')) {
      return { ...input, projections: projections.map(({ index }) => input.projections[index] as Expr), schema };
    }
    if (
      input.kind === 'calc' &&
      input.condition === null &&
      input.projections.every((expr) => expr.kind === 'column')
    ) {
      const over = (expr: Expr): Expr => substitute(expr, input.projections);
      return this.calc(input.input, {
        condition: condition === null ? null : over(condition),
        projections: projections.map(over),
        schema,
      });
    }
    return this.add({ kind: 'calc', input, condition, projections, schema, changelog: input.changelog });
  }

  /** No rows, for a bound that none can meet. */
  nothing(schema: Schema): PhysicalNode {
    return this.add({ kind: 'values', rows: [], schema, changelog: INSERT_ONLY });
  }

  /** Rows dealt by hash of `keys`; all to one subtask when there are none. */
  exchange(input: PhysicalNode, keys: readonly number[]): PhysicalNode {
    if (input.kind === 'exchange' && input.keys.length === keys.length && keys.every((key, i) => key === input.keys[i]))
      return input;
    return this.add({ kind: 'exchange', input, keys, schema: input.schema, changelog: input.changelog });
  }

  groupAggregate(
    input: PhysicalNode,
    { keys, aggregates, schema }: Pick<PhysicalOf<'group-aggregate'>, 'keys' | 'aggregates' | 'schema'>,
  ): PhysicalNode {
    return this.add({
      kind: 'group-aggregate',
      input: this.exchange(input, keys),
      keys,
      aggregates,
      inputRetracts: retracts(input.changelog),
      emitUpdateBefore: true,
      stateTtlMs: this.stateTtlMs,
      schema,
      changelog: aggregateMode(input.changelog),
    });
  }
}

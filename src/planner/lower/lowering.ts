/**
 * From the optimized logical plan to the physical one: picks operators, deals rows to them by key, numbers the nodes.
 *
 * Nodes are numbered from the sources up, so that one query text always gives the same ids. Everything is lowered with
 * −U first; the sink then takes it away where it may.
 */
import { identity, isIdentity, type LogicalNode, type LogicalOf } from '../../plan/logical.ts';
import { INSERT_ONLY, type PhysicalNode, type PhysicalOf } from '../../plan/physical.ts';
import { parseDurationMs } from '../../types/option-spec.ts';
import type { PlannerContext } from '../context.ts';
import { lowerAggregate, lowerGroupWindow, lowerWindowTable } from './aggregate.ts';
import { flattenCalc } from '../merge-calcs.ts';
import { aggregateMode, retracts, unionModes } from './changelog.ts';
import { lowerJoin } from './join.ts';
import { lowerScan } from './scan.ts';
import { lowerSort, lowerTopN } from './rank.ts';

/** A physical node before it has its number. */
export type Unnumbered = PhysicalNode extends infer N ? (N extends PhysicalNode ? Omit<N, 'id'> : never) : never;

export class Lowering {
  readonly ctx: PlannerContext;
  readonly stateTtlMs: number;
  #nextId = 1;

  constructor(ctx: PlannerContext) {
    this.ctx = ctx;
    this.stateTtlMs = parseDurationMs(ctx.config.get('table.exec.state.ttl') ?? '0') ?? 0;
  }

  add(node: Unnumbered): PhysicalNode {
    return { ...node, id: this.#nextId++ } as PhysicalNode;
  }

  lower(node: LogicalNode): PhysicalNode {
    switch (node.kind) {
      case 'values':
        return this.add({ kind: 'values', rows: node.rows, schema: node.schema, changelog: INSERT_ONLY });
      case 'scan':
        return lowerScan(node, this);
      case 'calc':
        return this.#lowerCalc(node);
      case 'aggregate':
        return lowerAggregate(node, this);
      case 'group-window-aggregate':
        return lowerGroupWindow(node, this);
      case 'window-table-function':
        return lowerWindowTable(node, this);
      case 'row-number':
        return lowerTopN(
          node,
          { kind: 'calc', input: node, condition: null, projections: identity(node.schema), schema: node.schema },
          this,
        );
      case 'sort':
        return lowerSort(node, this);
      case 'union': {
        const inputs = node.inputs.map((input) => this.lower(input));
        return this.add({
          kind: 'union',
          inputs,
          schema: node.schema,
          changelog: unionModes(inputs.map((input) => input.changelog)),
        });
      }
      case 'join':
        return lowerJoin(node, this);
    }
  }

  #lowerCalc(node: LogicalOf<'calc'>): PhysicalNode {
    const merged = flattenCalc(node);
    if (merged.input.kind === 'row-number') return lowerTopN(merged.input, merged, this);
    return this.calc(this.lower(node.input), node);
  }

  /** A calc, unless it would hand every row on as it is. */
  calc(
    input: PhysicalNode,
    { condition, projections, schema }: Pick<PhysicalOf<'calc'>, 'condition' | 'projections' | 'schema'>,
  ): PhysicalNode {
    if (condition === null && isIdentity(projections, input.schema.length)) return { ...input, schema };
    return this.add({ kind: 'calc', input, condition, projections, schema, changelog: input.changelog });
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

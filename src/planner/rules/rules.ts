/** The rules of the optimizer, in the order in which they run. Each can be switched off; none changes a result. */
import type { LogicalNode } from '../../plan/logical.ts';
import { mergeCalc } from './merge-calc.ts';
import { pruneAggregates } from './prune-aggregates.ts';
import { pruneColumns } from './prune-columns.ts';
import { pushFilter } from './push-filter.ts';

export interface Rule {
  readonly name: string;
  /** Whether other changes may be emitted on the way to the same table. */
  readonly changesChangelog: boolean;
  apply(node: LogicalNode): LogicalNode;
}

export const RULES: readonly Rule[] = [
  { name: 'push-filter', changesChangelog: false, apply: pushFilter },
  { name: 'prune-aggregates', changesChangelog: true, apply: pruneAggregates },
  { name: 'prune-columns', changesChangelog: false, apply: pruneColumns },
  { name: 'merge-calc', changesChangelog: false, apply: mergeCalc },
];

export function applyRules(node: LogicalNode, disabled: ReadonlySet<string> = new Set()): LogicalNode {
  return RULES.filter((rule) => !disabled.has(rule.name)).reduce((plan, rule) => rule.apply(plan), node);
}

/** How each operator of the physical plan is made: the one table that fails to compile until every kind has an entry. */
import type { PhysicalNode, PhysicalOf } from '../../plan/physical.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { asyncCallOperator } from './async-call.ts';
import { attachedWindowAggregateOperator } from './attached-window-aggregate.ts';
import { calcOperator } from './calc.ts';
import { changelogNormalizeOperator } from './changelog-normalize.ts';
import { correlateOperator } from './correlate.ts';
import { deduplicateOperator } from './deduplicate.ts';
import { dropUpdateBeforeOperator } from './drop-update-before.ts';
import { groupAggregateOperator } from './group-aggregate.ts';
import { intervalJoinOperator } from './interval-join.ts';
import { joinOperator } from './join.ts';
import { limitOperator } from './limit.ts';
import { rankOperator } from './rank.ts';
import { temporalSortOperator } from './temporal-sort.ts';
import { unionOperator } from './union.ts';
import { vectorCallOperator } from './vector-call.ts';
import { windowAggregateOperator } from './window-aggregate.ts';
import { windowTableFunctionOperator } from './window-table-function.ts';

/** The nodes that are operators: all but sources, sinks and exchanges. */
export type OperatorKind = Exclude<PhysicalNode['kind'], 'scan' | 'values' | 'exchange' | 'sink' | 'collect'>;

type OperatorFactories = {
  readonly [K in OperatorKind]: (node: PhysicalOf<K>, context: OperatorContext) => Operator;
};

export const OPERATORS: OperatorFactories = {
  calc: calcOperator,
  'group-aggregate': groupAggregateOperator,
  'window-aggregate': windowAggregateOperator,
  'attached-window-aggregate': attachedWindowAggregateOperator,
  'window-table-function': windowTableFunctionOperator,
  rank: rankOperator,
  deduplicate: deduplicateOperator,
  limit: limitOperator,
  'temporal-sort': temporalSortOperator,
  union: unionOperator,
  join: joinOperator,
  'interval-join': intervalJoinOperator,
  'changelog-normalize': changelogNormalizeOperator,
  'drop-update-before': dropUpdateBeforeOperator,
  'vector-call': vectorCallOperator,
  'async-call': asyncCallOperator,
  correlate: correlateOperator,
};

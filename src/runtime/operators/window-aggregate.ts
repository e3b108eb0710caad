/**
 * Aggregates per key and window of the rowtime column: +I per key when a window fires, nothing for empty windows. How
 * state is kept, when rows are late and what a row costs stands in `pane-aggregate.ts`; sessions are in
 * `session-aggregate.ts`.
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import type { Field } from '../../types/schema.ts';
import { PaneAggregate } from '../aggregate/pane-aggregate.ts';
import { WindowRows } from '../aggregate/window-rows.ts';
import { windowClock, windowing } from '../aggregate/windowing.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { sessionAggregateOperator } from './session-aggregate.ts';

export function windowAggregateOperator(node: PhysicalOf<'window-aggregate'>, context: OperatorContext): Operator {
  const { window, timeColumn } = node;
  if (window.kind === 'session') return sessionAggregateOperator(node, context);
  const input = node.input.schema;
  const isInstant = (input[timeColumn] as Field).type.kind === 'TIMESTAMP_LTZ';
  const shapes = windowing(window);
  const clock = windowClock(isInstant, context.eval.timeZone);
  return new PaneAggregate(
    {
      node,
      windowing: shapes,
      clock,
      kind: window.kind === 'tumble' ? 'window' : window.kind,
      rows: (shape) =>
        new WindowRows({
          windowing: shapes,
          clock,
          timeColumn,
          input,
          shape,
          late: (batch, row) => context.lateRow?.(batch, row),
        }),
    },
    context,
  );
}

import { unsupported } from '../../errors.ts';
import type { PhysicalOf } from '../../plan/physical.ts';
import type { Operator, OperatorContext } from '../operator.ts';

export function sessionAggregateOperator(_node: PhysicalOf<'window-aggregate'>, _context: OperatorContext): Operator {
  throw unsupported('session windows');
}

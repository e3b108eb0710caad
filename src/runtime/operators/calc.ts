/**
 * Keeps rows whose condition is TRUE and computes the projections of them; row kinds stay with their rows and marks
 * stand where they stood. No state. One pass over the batch, O(columns) per row, in generated code (`compile/calc.ts`).
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import { CompiledCalc } from '../compile/calc.ts';
import type { Operator, OperatorContext } from '../operator.ts';

export function calcOperator(node: PhysicalOf<'calc'>, context: OperatorContext): Operator {
  const calc = new CompiledCalc({ condition: node.condition, projections: node.projections, context: context.eval });
  return {
    process(_port, batch) {
      const result = calc.run(batch);
      if (result.length > 0 || result.marks !== null) context.output.push(result);
    },
  };
}

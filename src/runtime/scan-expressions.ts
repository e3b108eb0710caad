/** What a scan computes over its decoded columns, compiled: the table's row and its watermark. */
import type { PhysicalOf } from '../plan/physical.ts';
import { CompiledCalc } from './compile/calc.ts';
import { compileToFloat64 } from './compile/float64.ts';
import type { EvalContext } from './operator.ts';
import type { RowTransform, WatermarkEvaluator } from './source-task.ts';

/** Null when the decoded columns are the row. */
export function scanTransform(node: PhysicalOf<'scan'>, context: EvalContext): RowTransform | null {
  if (node.computed === null) return null;
  const calc = new CompiledCalc({ condition: null, projections: node.computed, context });
  return { apply: (batch) => calc.run(batch) };
}

/** Null when the table declares no watermark. */
export function scanWatermark(node: PhysicalOf<'scan'>, context: EvalContext): WatermarkEvaluator | null {
  if (node.watermark === null) return null;
  return { evaluate: compileToFloat64(node.watermark.expr, context) };
}

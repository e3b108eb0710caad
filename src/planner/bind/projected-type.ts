import type { Expr } from '../../plan/expr.ts';
import { type DataType, timeAttribute, withoutTimeAttribute } from '../../types/data-type.ts';

/** Only a column as it is hands its time attribute on; PROCTIME() makes one. */
export function projectedType(expr: Expr): DataType {
  const proctime = expr.kind === 'call' && timeAttribute(expr.type) === 'proctime';
  return expr.kind === 'column' || proctime ? expr.type : withoutTimeAttribute(expr.type);
}

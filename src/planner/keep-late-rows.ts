/**
 * Where a table sends its late rows elsewhere (`millrace.late-rows`), the window aggregate that finds them must have the
 * whole row, not only what the query reads: the projection below it is widened by what it left out.
 */
import type { Expr } from '../plan/expr.ts';
import { type LogicalNode, logicalInputs, withInputs } from '../plan/logical.ts';
import type { Field } from '../types/schema.ts';

export function keepLateRows(node: LogicalNode): LogicalNode {
  const inputs = logicalInputs(node).map(keepLateRows);
  const rebuilt = withInputs(node, inputs);
  if ((rebuilt.kind !== 'aggregate' && rebuilt.kind !== 'group-window-aggregate') || !collectsLateRows(rebuilt.input)) {
    return rebuilt;
  }
  const calc = rebuilt.input;
  if (calc.kind !== 'calc') return rebuilt;
  const kept = new Set(calc.projections.flatMap((expr) => (expr.kind === 'column' ? [expr.index] : [])));
  const more = calc.input.schema.map((field, index) => ({ field, index })).filter(({ index }) => !kept.has(index));
  return withInputs(rebuilt, [
    {
      ...calc,
      projections: [
        ...calc.projections,
        ...more.map(({ field, index }): Expr => ({ kind: 'column', index, type: field.type })),
      ],
      schema: [...calc.schema, ...more.map(({ field }): Field => field)],
    },
  ]);
}

/** Whether rows of a table with `millrace.late-rows` reach the node, with no other keeper of late rows in between. */
export function collectsLateRows(node: LogicalNode): boolean {
  switch (node.kind) {
    case 'scan':
      return node.table.options['millrace.late-rows'] !== undefined;
    case 'calc':
    case 'window-table-function':
      return collectsLateRows(node.input);
    default:
      return false;
  }
}

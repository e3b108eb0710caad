/**
 * WHERE over comma joins and inner joins: its conjuncts that read several relations become join conditions, so that
 * `FROM a, b WHERE a.k = b.k` is a join by key. Then it is known which joins are interval joins, whose rows keep their
 * time attributes; a regular join makes plain timestamps of them.
 */
import { conjunction, conjuncts, type Expr, shiftColumns } from '../../plan/expr.ts';
import type { LogicalNode, LogicalOf } from '../../plan/logical.ts';
import { withNullable, withoutTimeAttribute } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import { isDeterministic } from '../determinism.ts';
import { analyzeCondition, sideOf } from '../join-condition.ts';

/** The relation with what of `condition` became join conditions, and the rest of it. */
export function placeWhere(node: LogicalNode, condition: Expr | null): { node: LogicalNode; rest: Expr | null } {
  const { node: placed, rest } = place(node, conjuncts(condition));
  return { node: withTimeAttributes(placed), rest: conjunction(rest) };
}

function place(node: LogicalNode, parts: readonly Expr[]): { node: LogicalNode; rest: Expr[] } {
  if (node.kind !== 'join' || node.type !== 'inner') return { node, rest: [...parts] };
  const width = node.left.schema.length;
  const rest: Expr[] = [];
  const onLeft: Expr[] = [];
  const onRight: Expr[] = [];
  const here: Expr[] = [];
  for (const part of parts) {
    const side = isDeterministic(part) ? sideOf(part, width) : 'none';
    if (side === 'both') here.push(part);
    else if (side === 'left') onLeft.push(part);
    else if (side === 'right') onRight.push(shiftColumns(part, -width));
    else rest.push(part);
  }
  const left = place(node.left, onLeft);
  const right = place(node.right, onRight);
  const condition = conjunction([...conjuncts(node.condition), ...here]);
  return {
    node: { ...node, left: left.node, right: right.node, condition },
    rest: [...left.rest, ...right.rest.map((part) => shiftColumns(part, width)), ...rest],
  };
}

function withTimeAttributes(node: LogicalNode): LogicalNode {
  if (node.kind !== 'join') return node;
  const left = withTimeAttributes(node.left);
  const right = withTimeAttributes(node.right);
  const join = { ...node, left, right };
  return { ...join, schema: joinSchema(join) };
}

/** The row of a join: its inputs' columns, nullable where padded, time attributes only of an interval join. */
function joinSchema(join: LogicalOf<'join'>): Schema {
  const { left, right, type, condition } = join;
  const { interval } = analyzeCondition(condition, left.schema, right.schema);
  const padded = { left: type === 'right' || type === 'full', right: type === 'left' || type === 'full' };
  const side = (schema: Schema, nullable: boolean): Schema =>
    schema.map((field) => {
      const kept = nullable ? withNullable(field.type, true) : field.type;
      return { name: field.name, type: interval === null ? withoutTimeAttribute(kept) : kept };
    });
  return [...side(left.schema, padded.left), ...side(right.schema, padded.right)];
}

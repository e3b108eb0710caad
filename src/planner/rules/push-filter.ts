/**
 * Moves the parts of a condition to where their rows come from: through projections, unions, window functions and
 * joins, and below an aggregate when they read only its keys. Never below the side of an outer join that is padded,
 * below LIMIT, or below a row number that they do not partition.
 */
import { columnsOf, conjunction, conjuncts, type Expr, shiftColumns, substitute } from '../../plan/expr.ts';
import { filterNode, isIdentity, type LogicalNode, type LogicalOf } from '../../plan/logical.ts';
import { isDeterministic } from '../determinism.ts';
import { sideOf } from '../join-condition.ts';
import { windowColumns } from '../window-columns.ts';
import { isCheap } from './merge-calc.ts';

export function pushFilter(node: LogicalNode): LogicalNode {
  return push(node, []);
}

const filtered = (node: LogicalNode, parts: readonly Expr[]): LogicalNode => {
  const condition = conjunction(parts);
  return condition === null ? node : filterNode(node, condition);
};

/** `node` with those of its rows for which all `parts` are TRUE. */
function push(node: LogicalNode, parts: readonly Expr[]): LogicalNode {
  switch (node.kind) {
    case 'values':
    case 'scan':
      return filtered(node, parts);
    case 'calc':
      return pushThroughCalc(node, parts);
    case 'union':
      return { ...node, inputs: node.inputs.map((input) => push(input, parts)) };
    case 'join':
      return pushIntoJoin(node, parts);
    case 'sort':
      if (node.limit !== null) return filtered({ ...node, input: push(node.input, []) }, parts);
      return { ...node, input: push(node.input, parts) };
    case 'correlate': {
      const width = node.input.schema.length;
      return pushBelow(node, parts, (column) => (column < width ? column : null));
    }
    case 'window-table-function': {
      const width = node.input.schema.length;
      // Sessions are made by the rows that come in: only whole partitions can be left out before.
      const below = (column: number): boolean =>
        node.window.kind === 'session' ? node.partition.includes(column) : column < width;
      return pushBelow(node, parts, (column) => (below(column) ? column : null));
    }
    case 'row-number':
      return pushBelow(node, parts, (column) => (node.partition.includes(column) ? column : null));
    case 'aggregate': {
      const { start, end, time } = windowColumns(node.input);
      const bounds = [start, end, time];
      return pushBelow(node, parts, (column) => {
        const key = node.keys[column];
        return key === undefined || bounds.includes(key) ? null : key;
      });
    }
    case 'group-window-aggregate':
      return pushBelow(node, parts, (column) => node.keys[column] ?? null);
  }
}

type WithInput = Exclude<LogicalNode, { kind: 'values' | 'scan' | 'union' | 'join' }>;

/** Moves parts whose columns `origin` finds in the input; the others stay above. */
function pushBelow(node: WithInput, parts: readonly Expr[], origin: (column: number) => number | null): LogicalNode {
  const below: Expr[] = [];
  const above: Expr[] = [];
  for (const part of parts) {
    const columns = columnsOf(part);
    const moves = columns.length > 0 && isDeterministic(part) && columns.every((column) => origin(column) !== null);
    if (!moves) above.push(part);
    else
      below.push(
        substitute(
          part,
          node.schema.map((field, i): Expr => ({ kind: 'column', index: origin(i) ?? 0, type: field.type })),
        ),
      );
  }
  return filtered({ ...node, input: push(node.input, below) }, above);
}

function pushThroughCalc(node: LogicalOf<'calc'>, parts: readonly Expr[]): LogicalNode {
  const below = [...conjuncts(node.condition)];
  const above: Expr[] = [];
  for (const part of parts) {
    const read = columnsOf(part).map((column) => node.projections[column] as Expr);
    if (isDeterministic(part) && read.every(isCheap)) below.push(substitute(part, node.projections));
    else above.push(part);
  }
  const movable = below.filter(isDeterministic);
  const fixed = below.filter((part) => !isDeterministic(part));
  const input = filtered(push(node.input, movable), fixed);
  if (isIdentity(node.projections, input.schema.length) && node.schema === input.schema) return filtered(input, above);
  return filtered({ ...node, input, condition: null }, above);
}

function pushIntoJoin(node: LogicalOf<'join'>, parts: readonly Expr[]): LogicalNode {
  const width = node.left.schema.length;
  const left: Expr[] = [];
  const right: Expr[] = [];
  const on: Expr[] = [];
  const above: Expr[] = [];
  const keepsLeft = node.type === 'inner' || node.type === 'left';
  const keepsRight = node.type === 'inner' || node.type === 'right';
  for (const part of parts) {
    const side = isDeterministic(part) ? sideOf(part, width) : 'none';
    if (side === 'left' && keepsLeft) left.push(part);
    else if (side === 'right' && keepsRight) right.push(shiftColumns(part, -width));
    else if (side === 'both' && node.type === 'inner') on.push(part);
    else above.push(part);
  }
  // A part of ON that reads one side decides about matches only: it moves into the side whose rows may be left out.
  for (const part of conjuncts(node.condition)) {
    const side = isDeterministic(part) ? sideOf(part, width) : 'none';
    if (side === 'left' && keepsRight) left.push(part);
    else if (side === 'right' && keepsLeft) right.push(shiftColumns(part, -width));
    else on.push(part);
  }
  const joined = { ...node, left: push(node.left, left), right: push(node.right, right), condition: conjunction(on) };
  return filtered(joined, above);
}

/**
 * Aggregates that nobody reads are not computed, and a group whose other aggregates did not change emits nothing: this
 * is where Flink prunes them, so the changes are those that Flink emits. A view that computes more than a query takes of
 * it costs nothing.
 *
 * Going down, a node is told which of its columns are read. It keeps its row: a calc puts NULLs in the places of what
 * was dropped, which `prune-columns` and `merge-calc` then take away.
 */
import { columnsOf, type Expr } from '../../plan/expr.ts';
import { type LogicalNode, type LogicalOf } from '../../plan/logical.ts';
import type { AggregateCall } from '../../plan/physical.ts';
import { withNullable, withoutTimeAttribute } from '../../types/data-type.ts';
import type { Field } from '../../types/schema.ts';

export function pruneAggregates(root: LogicalNode): LogicalNode {
  return prune(
    root,
    root.schema.map((_, column) => column),
  );
}

function prune(node: LogicalNode, read: readonly number[]): LogicalNode {
  switch (node.kind) {
    case 'values':
    case 'scan':
      return node;
    case 'calc': {
      const exprs = read.map((column) => node.projections[column] as Expr);
      const condition = node.condition === null ? [] : [node.condition];
      const input = prune(node.input, columnsOf(...exprs, ...condition));
      return { ...node, input };
    }
    case 'aggregate':
    case 'group-window-aggregate':
      return pruneCalls(node, read);
    case 'correlate':
      return { ...node, input: prune(node.input, [...within(node.input, read), ...columnsOf(...node.call.args)]) };
    case 'window-table-function':
      return { ...node, input: prune(node.input, [...within(node.input, read), node.timeColumn, ...node.partition]) };
    case 'row-number': {
      const ordering = node.order.map((key) => key.column);
      return { ...node, input: prune(node.input, [...within(node.input, read), ...node.partition, ...ordering]) };
    }
    case 'sort':
      return { ...node, input: prune(node.input, [...read, ...node.order.map((key) => key.column)]) };
    case 'union':
      return { ...node, inputs: node.inputs.map((input) => prune(input, read)) };
    case 'join': {
      const width = node.left.schema.length;
      const all = [...read, ...(node.condition === null ? [] : columnsOf(node.condition))];
      const right = all.filter((column) => column >= width).map((column) => column - width);
      return { ...node, left: prune(node.left, within(node.left, all)), right: prune(node.right, right) };
    }
  }
}

const within = (input: LogicalNode, read: readonly number[]): number[] =>
  read.filter((column) => column < input.schema.length);

function pruneCalls(
  node: LogicalOf<'aggregate'> | LogicalOf<'group-window-aggregate'>,
  read: readonly number[],
): LogicalNode {
  const first = node.keys.length;
  const isRead = node.aggregates.map((_, i) => read.includes(first + i));
  // A group without keys still has to say that there are rows.
  if (first === 0 && node.kind === 'aggregate' && !isRead.includes(true)) isRead[0] = true;
  const aggregates = node.aggregates.filter((_, i) => isRead[i]);
  const reads = aggregates.flatMap((call: AggregateCall) => [
    ...call.args,
    ...(call.filter === null ? [] : [call.filter]),
  ]);
  const time = node.kind === 'group-window-aggregate' ? [node.timeColumn] : [];
  const input = prune(node.input, [...node.keys, ...reads, ...time]);
  if (aggregates.length === node.aggregates.length) return { ...node, input };
  const isKept = (_: unknown, column: number): boolean => isRead[column - first] ?? true;
  const schema = node.schema.filter(isKept);
  let index = 0;
  const projections = node.schema.map((field, column): Expr =>
    isKept(field, column)
      ? { kind: 'column', index: index++, type: field.type }
      : { kind: 'literal', value: null, type: unread(field).type },
  );
  return {
    kind: 'calc',
    input: { ...node, input, aggregates, schema },
    condition: null,
    projections,
    schema: node.schema.map((field, column) => (isKept(field, column) ? field : unread(field))),
  };
}

const unread = ({ name, type }: Field): Field => ({ name, type: withNullable(withoutTimeAttribute(type), true) });

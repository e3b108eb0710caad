import { unsupported } from '../../errors.ts';
import type { LogicalOf } from '../../plan/logical.ts';
import { isInsertOnly, type PhysicalNode } from '../../plan/physical.ts';
import type { Lowering } from './lowering.ts';
import { withArguments } from './user-calls.ts';

/** A table function per row of its input. */
export function lowerCorrelate(node: LogicalOf<'correlate'>, lowering: Lowering): PhysicalNode {
  const input = lowering.lower(node.input);
  if (!node.call.deterministic && !isInsertOnly(input.changelog)) {
    throw unsupported(
      `calling ${node.call.name}, which is not deterministic, for rows that are updated`,
      'Call it before the rows are aggregated or joined, or declare it deterministic.',
    );
  }
  const { input: below, args } = withArguments(input, [node.call.args], lowering);
  return lowering.add({
    kind: 'correlate',
    input: below,
    width: input.schema.length,
    call: { name: node.call.name, args: args[0] as readonly number[] },
    outer: node.outer,
    schema: node.schema,
    changelog: input.changelog,
  });
}

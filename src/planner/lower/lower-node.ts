import { identity, type LogicalNode, type LogicalOf } from '../../plan/logical.ts';
import { INSERT_ONLY, type PhysicalNode } from '../../plan/physical.ts';
import { flattenCalc } from '../merge-calcs.ts';
import { lowerAggregate, lowerGroupWindow, lowerWindowTable } from './aggregate.ts';
import { unionModes } from './changelog.ts';
import { isNormalized, lowerNormalized } from './changelog-normalize.ts';
import { lowerCorrelate } from './correlate.ts';
import { lowerJoin } from './join.ts';
import type { Lowering } from './lowering.ts';
import { lowerSort, lowerTopN } from './rank.ts';
import { scanOf } from './scan.ts';

/** One logical node with all below it. */
export function lowerNode(node: LogicalNode, lowering: Lowering): PhysicalNode {
  switch (node.kind) {
    case 'values':
      return lowering.add({ kind: 'values', rows: node.rows, schema: node.schema, changelog: INSERT_ONLY });
    case 'scan':
      return isNormalized(node) ? lowerNormalized(node, everything(node), lowering) : scanOf(node, lowering);
    case 'calc':
      return lowerCalc(node, lowering);
    case 'aggregate':
      return lowerAggregate(node, lowering);
    case 'group-window-aggregate':
      return lowerGroupWindow(node, lowering);
    case 'window-table-function':
      return lowerWindowTable(node, lowering);
    case 'row-number':
      return lowerTopN(
        node,
        { kind: 'calc', input: node, condition: null, projections: identity(node.schema), schema: node.schema },
        lowering,
      );
    case 'sort':
      return lowerSort(node, lowering);
    case 'union': {
      const inputs = node.inputs.map((input) => lowering.lower(input));
      return lowering.add({
        kind: 'union',
        inputs,
        schema: node.schema,
        changelog: unionModes(inputs.map((input) => input.changelog)),
      });
    }
    case 'correlate':
      return lowerCorrelate(node, lowering);
    case 'join':
      return lowerJoin(node, lowering);
  }
}

function lowerCalc(node: LogicalOf<'calc'>, lowering: Lowering): PhysicalNode {
  const merged = flattenCalc(node);
  if (merged.input.kind === 'row-number') return lowerTopN(merged.input, merged, lowering);
  if (node.input.kind === 'scan' && isNormalized(node.input)) return lowerNormalized(node.input, node, lowering);
  return lowering.calc(lowering.lower(node.input), node);
}

const everything = ({
  schema,
}: LogicalOf<'scan'>): Pick<LogicalOf<'calc'>, 'condition' | 'projections' | 'schema'> => ({
  condition: null,
  projections: identity(schema),
  schema,
});

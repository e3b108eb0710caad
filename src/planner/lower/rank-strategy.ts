/**
 * How a Top-N follows its input, by what the input can do (dialect 3.10).
 *
 * Rows that only ever move towards the top of the order need no more state than the top itself: what is pushed out
 * comes back by its own update or not at all. Such are the counts, maxima and minima of a group aggregate over
 * insertions, ordered the way they grow. A NULL gives way to a value, so where NULLs come first the minimum of a
 * nullable column moves away from the top, and all rows are kept.
 */
import { uniqueKeys } from '../../plan/keys.ts';
import { isInsertOnly, type PhysicalNode, type PhysicalOf, type SortKey } from '../../plan/physical.ts';
import type { Field } from '../../types/schema.ts';
import { withoutUpdateBefore } from './changelog.ts';

type Ranking = Pick<PhysicalOf<'rank'>, 'input' | 'strategy' | 'upsertKey'>;

export function rankStrategy(
  input: PhysicalNode,
  { partition, order }: { readonly partition: readonly number[]; readonly order: readonly SortKey[] },
): Ranking {
  if (isInsertOnly(input.changelog)) return { input, strategy: 'append', upsertKey: [] };
  return updateInPlace(input, partition, order) ?? { input, strategy: 'retract', upsertKey: [] };
}

function updateInPlace(input: PhysicalNode, partition: readonly number[], order: readonly SortKey[]): Ranking | null {
  if (input.changelog.delete || !order.every((key) => movesUp(input, key))) return null;
  const upsertKey = uniqueKeys(input).find(
    (key) => key.length > 0 && partition.every((column) => key.includes(column)),
  );
  const updates = withoutUpdateBefore(input);
  return upsertKey === undefined || updates === null ? null : { input: updates, strategy: 'update', upsertKey };
}

/** Whether updates leave the row where it is by this key, or bring it nearer to the top. */
function movesUp(node: PhysicalNode, key: SortKey): boolean {
  switch (node.kind) {
    case 'exchange':
      return movesUp(node.input, key);
    case 'calc': {
      const expr = node.projections[key.column];
      return expr?.kind === 'column' && movesUp(node.input, { ...key, column: expr.index });
    }
    case 'group-aggregate': {
      if (key.column < node.keys.length) return true;
      const leavesNull = (node.schema[key.column] as Field).type.nullable;
      const grows = key.descending && !(leavesNull && key.nullsFirst);
      const shrinks = !key.descending && !(leavesNull && key.nullsFirst);
      const aggregate = node.aggregates[key.column - node.keys.length]?.name;
      return aggregate === 'COUNT' || aggregate === 'MAX' ? grows : aggregate === 'MIN' && shrinks;
    }
    default:
      return false;
  }
}

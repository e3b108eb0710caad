/**
 * Changelog modes (dialect 5.6): what each operator makes of its inputs' changes, who refuses changes, and where −U can
 * be left out.
 *
 * −U is needed wherever a change must be undone by value. Only a sink that keys its rows by the query's unique key can
 * do without, and then only as long as nothing between it and the operator that emits the change may let one half of
 * an update through and not the other: a filter or a join may, so below those −U stays.
 */
import { EngineError } from '../../errors.ts';
import { describeNode } from '../../plan/explain.ts';
import { ALL_CHANGES, INSERT_ONLY, inputsOf, isInsertOnly, type PhysicalNode } from '../../plan/physical.ts';
import type { ChangelogMode } from '../../types/table-definition.ts';

export function unionModes(modes: readonly ChangelogMode[]): ChangelogMode {
  return {
    updateBefore: modes.some((mode) => mode.updateBefore),
    updateAfter: modes.some((mode) => mode.updateAfter),
    delete: modes.some((mode) => mode.delete),
  };
}

/** A group aggregate updates, and deletes where its input takes rows away. */
export const aggregateMode = (input: ChangelogMode): ChangelogMode => ({
  updateBefore: true,
  updateAfter: true,
  delete: !isInsertOnly(input),
});

export const limitMode = (input: ChangelogMode): ChangelogMode => (isInsertOnly(input) ? INSERT_ONLY : ALL_CHANGES);

/** Whether rows may be taken away again, so that aggregates must be retractable. */
export const retracts = (mode: ChangelogMode): boolean => !isInsertOnly(mode);

/** Refuses changes where only insertions are understood; names the node that makes them. */
export function requireInsertOnly(consumer: string, input: PhysicalNode): void {
  if (isInsertOnly(input.changelog)) return;
  throw new EngineError('unsupported', refusal(consumer, input), {
    hint: 'Only insertions can be read here. Use a window aggregate instead of an updating one.',
  });
}

/** "X doesn't support consuming update and delete changes which is produced by node Y". */
export function refusal(consumer: string, input: PhysicalNode): string {
  const { updateAfter, updateBefore, delete: deletes } = input.changelog;
  const updates = updateAfter || updateBefore;
  const changes = updates && deletes ? 'update and delete' : updates ? 'update' : 'delete';
  return `${consumer} doesn't support consuming ${changes} changes which is produced by node ${describeNode(producer(input))}`;
}

/** The node whose changes these are: the first one below that makes changes of insertions. */
function producer(node: PhysicalNode): PhysicalNode {
  if (node.kind === 'calc' || node.kind === 'exchange' || node.kind === 'drop-update-before' || node.kind === 'union') {
    const source = inputsOf(node).find((input) => !isInsertOnly(input.changelog));
    if (source !== undefined) return producer(source);
  }
  return node;
}

/** The node without −U, or null where −U must stay. */
export function withoutUpdateBefore(node: PhysicalNode): PhysicalNode | null {
  if (!node.changelog.updateBefore) return node;
  const changelog = { ...node.changelog, updateBefore: false };
  switch (node.kind) {
    case 'rank':
      // By position a row that leaves the range goes as -U only: an upsert by another key would keep it.
      if (node.outputRank || node.from > 1) return null;
      return { ...node, changelog, emitUpdateBefore: false };
    case 'group-aggregate':
    case 'deduplicate':
    case 'changelog-normalize':
      return { ...node, changelog, emitUpdateBefore: false };
    case 'exchange': {
      const input = withoutUpdateBefore(node.input);
      return input && { ...node, changelog, input };
    }
    case 'calc': {
      const input = node.condition === null ? withoutUpdateBefore(node.input) : null;
      return input && { ...node, changelog, input };
    }
    default:
      return null;
  }
}

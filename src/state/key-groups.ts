/** Keys are dealt to subtasks by key group, so that a restart at another parallelism only deals groups out again. */
import type { KeyGroupRange } from './state.ts';

export const KEY_GROUPS = 128;
/** A key's group is the top seven bits of its hash. */
export const KEY_GROUP_SHIFT = 25;

export const keyGroupOf = (hash: number): number => hash >>> KEY_GROUP_SHIFT;

/** The subtask that a key group belongs to. */
export const subtaskOf = (keyGroup: number, parallelism: number): number =>
  Math.floor((keyGroup * parallelism) / KEY_GROUPS);

/** The key groups of a subtask: exactly those whose `subtaskOf` it is. */
export const keyGroupRange = (subtask: number, parallelism: number): KeyGroupRange => ({
  from: Math.ceil((subtask * KEY_GROUPS) / parallelism),
  to: Math.ceil(((subtask + 1) * KEY_GROUPS) / parallelism),
});

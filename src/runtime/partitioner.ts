import type { PhysicalOf } from '../plan/physical.ts';
import { keyGroupOf, subtaskOf } from '../state/key-groups.ts';
import { keyHash } from '../state/key-hash.ts';
import type { Vector } from '../types/vector.ts';
import type { Partitioner } from './exchange.ts';

/** Rows to subtasks by the key group of their key: as state tables place them. Without keys all go to subtask 0. */
export function keyPartitioner(node: PhysicalOf<'exchange'>, parallelism: number): Partitioner {
  const { keys } = node;
  if (keys.length === 0) return (batch, into) => void into.fill(0, 0, batch.length);
  const hash = keyHash(keys.map((key) => (node.schema[key] as PhysicalOf<'exchange'>['schema'][number]).type));
  return (batch, into) => {
    hash(
      keys.map((key) => batch.vectors[key] as Vector),
      batch.length,
      into,
    );
    for (let i = 0; i < batch.length; i++) into[i] = subtaskOf(keyGroupOf(into[i] as number), parallelism);
  };
}

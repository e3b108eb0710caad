import { EngineError } from '../../../errors.ts';
import type { Cluster } from '../protocol/cluster.ts';
import { EARLIEST, LATEST } from '../protocol/requests/list-offsets.ts';
import { offsetsAt } from './offsets-at.ts';
import type { PartitionLog } from './partition-log.ts';

/** `properties.auto.offset.reset`; `none` is also what its absence means. */
export type OffsetReset = 'earliest' | 'latest' | 'none';

/** Where reading goes on that cannot go on where it was, and how many records are lost by it as far as offsets tell. */
export async function findReset(
  cluster: Cluster,
  log: PartitionLog,
  how: { readonly policy: OffsetReset; readonly committedOnly: boolean; readonly newTopicId: string | undefined },
): Promise<{ readonly offset: number; readonly purged: number }> {
  const { topic, partition, fetchOffset } = log;
  const at = async (timestamp: number): Promise<number> => {
    const found = await offsetsAt(cluster, [{ topic, partition, timestamp }], how.committedOnly);
    return found[0]?.offset ?? 0;
  };
  const first = await at(EARLIEST);
  const end = await at(LATEST);
  const isNew = how.newTopicId !== undefined;
  // It is there after all: the answer was about a state that has passed.
  if (!isNew && fetchOffset >= first && fetchOffset <= end) return { offset: fetchOffset, purged: 0 };
  const purged = !isNew && fetchOffset < first ? first - fetchOffset : 0;
  if (how.policy === 'earliest') return { offset: first, purged };
  if (how.policy === 'latest') return { offset: end, purged: purged + (isNew ? 0 : end - first) };
  const hint = "'properties.auto.offset.reset' = 'earliest' or 'latest' goes on without what is lost.";
  if (isNew) {
    throw new EngineError('data_lost', `topic "${topic}" was deleted and created anew`, {
      detail: `Offset ${fetchOffset} of partition ${partition} was next, of the topic that is gone.`,
      hint,
    });
  }
  if (purged > 0) {
    throw new EngineError('data_lost', `records of ${log.name} were purged before they were read`, {
      detail: `Offsets ${fetchOffset} to ${first - 1} are gone; the first that is left is ${first}, the end is ${end}.`,
      hint: `The topic keeps records for too short a time (retention.ms, retention.bytes). ${hint}`,
    });
  }
  throw new EngineError('data_lost', `offset ${fetchOffset} of ${log.name} is behind the end of the partition`, {
    detail: `It holds offsets ${first} to ${end - 1}: its end was lost, or the offset is of another topic.`,
    hint,
  });
}

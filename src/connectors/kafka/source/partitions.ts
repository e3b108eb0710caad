import { EngineError } from '../../../errors.ts';
import type { Cluster } from '../protocol/cluster.ts';
import { NO_ERROR, UNKNOWN_TOPIC_OR_PARTITION, isRetriableKafkaError, kafkaError } from '../protocol/error-codes.ts';
import type { MetadataTopic } from '../protocol/requests/metadata.ts';
import type { TopicChoice } from './source-options.ts';

export interface Partition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly leader: number;
  readonly leaderEpoch: number;
}

const ATTEMPTS = 20;
const WAIT_MS = 100;

export const splitId = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}-${partition}`;

/** The topic and partition that a split is. */
export function splitOf(id: string): { readonly topic: string; readonly partition: number } {
  const at = id.lastIndexOf('-');
  return { topic: id.slice(0, at), partition: Number(id.slice(at + 1)) };
}

/** All partitions of the topics, by topic and number. A topic of a list that does not exist is an error. */
export async function listPartitions(cluster: Cluster, choice: TopicChoice): Promise<readonly Partition[]> {
  for (let attempt = 1; ; attempt++) {
    const { topics } = await cluster.metadata(choice.kind === 'names' ? choice.names : null);
    const chosen =
      choice.kind === 'names' ? topics : topics.filter((t) => !t.isInternal && choice.pattern.test(t.name));
    // Right after a topic was created a broker may not know it yet, or not who leads it.
    const passing = chosen.find(({ errorCode }) => errorCode !== NO_ERROR && isRetriableKafkaError(errorCode));
    if (passing !== undefined && attempt < (passing.errorCode === UNKNOWN_TOPIC_OR_PARTITION ? 3 : ATTEMPTS)) {
      await cluster.pause(WAIT_MS);
      continue;
    }
    const failed = chosen.find(({ errorCode }) => errorCode !== NO_ERROR);
    if (failed !== undefined) throw refused(failed);
    return chosen
      .flatMap((topic) => topic.partitions.map((p) => ({ ...p, topic: topic.name, topicId: topic.id })))
      .sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
  }
}

function refused({ name, errorCode }: MetadataTopic): EngineError {
  if (errorCode === UNKNOWN_TOPIC_OR_PARTITION) {
    return new EngineError('undefined_object', `topic "${name}" does not exist`, {
      hint: 'Create it first: reading never creates a topic.',
    });
  }
  return kafkaError(errorCode, `cannot read topic "${name}"`);
}

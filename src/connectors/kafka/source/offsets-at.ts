import { EngineError } from '../../../errors.ts';
import type { Cluster } from '../protocol/cluster.ts';
import { NO_ERROR, isRetriableKafkaError, kafkaError } from '../protocol/error-codes.ts';
import { listOffsets } from '../protocol/requests/list-offsets.ts';

export interface OffsetQuestion {
  readonly topic: string;
  readonly partition: number;
  /** Epoch milliseconds, LATEST or EARLIEST. */
  readonly timestamp: number;
}

export interface OffsetAnswer {
  readonly topic: string;
  readonly partition: number;
  /** -1 = there is no record at or after the time. */
  readonly offset: number;
}

const ATTEMPTS = 20;
const WAIT_MS = 100;

/** Asks the leaders of partitions for offsets, in the order of the questions; asks again while leaders change. */
export async function offsetsAt(
  cluster: Cluster,
  questions: readonly OffsetQuestion[],
  committedOnly: boolean,
): Promise<readonly OffsetAnswer[]> {
  const answers = new Map<string, OffsetAnswer>();
  const keyOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
    `${topic}-${partition}`;
  let open = questions;
  for (let attempt = 1; open.length > 0; attempt++) {
    let lastCode = NO_ERROR;
    const leaders = await leadersOf(cluster, [...new Set(open.map(({ topic }) => topic))]);
    const byLeader = Map.groupBy(open, (question) => leaders.get(keyOf(question)) ?? -1);
    for (const [node, asked] of byLeader) {
      if (node < 0) continue;
      const topics = [...Map.groupBy(asked, ({ topic }) => topic)].map(([name, partitions]) => ({ name, partitions }));
      for (const listed of await cluster.call({ kind: 'node', node }, listOffsets, { committedOnly, topics })) {
        if (listed.errorCode === NO_ERROR) answers.set(keyOf(listed), listed);
        else if (isRetriableKafkaError(listed.errorCode)) lastCode = listed.errorCode;
        else
          throw kafkaError(
            listed.errorCode,
            `cannot ask for offsets of "${listed.topic}" partition ${listed.partition}`,
          );
      }
    }
    open = questions.filter((question) => !answers.has(keyOf(question)));
    if (open.length === 0) break;
    if (attempt === ATTEMPTS) {
      const { topic, partition } = open[0] as OffsetQuestion;
      const attempted = `cannot ask for offsets of "${topic}" partition ${partition}`;
      if (lastCode !== NO_ERROR) throw kafkaError(lastCode, attempted);
      throw new EngineError('connection_failure', `${attempted}: it has no leader`);
    }
    await cluster.pause(WAIT_MS);
  }
  return questions.map((question) => answers.get(keyOf(question)) as OffsetAnswer);
}

async function leadersOf(cluster: Cluster, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { topics } = await cluster.metadata(names);
  return new Map(
    topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partition, leader }) => [`${name}-${partition}`, leader] as const),
    ),
  );
}

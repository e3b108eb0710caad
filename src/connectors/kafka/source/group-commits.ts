import type { Cluster } from '../protocol/cluster.ts';
import { NO_ERROR, kafkaError } from '../protocol/error-codes.ts';
import { offsetCommit } from '../protocol/requests/offset-commit.ts';
import { splitOf } from './partitions.ts';

/**
 * Commits offsets for a consumer group, so that Kafka's tools show how far a job is. A job never depends on it, so a
 * failure is counted and not thrown.
 */
export class GroupCommits {
  readonly #cluster: Cluster;
  readonly #group: string;
  /** Since the last that succeeded. */
  failures = 0;

  constructor(cluster: Cluster, group: string) {
    this.#cluster = cluster;
    this.#group = group;
  }

  async commit(offsets: ReadonlyMap<string, number>): Promise<void> {
    if (offsets.size === 0) return;
    const partitions = [...offsets].map(([split, offset]) => ({ ...splitOf(split), offset }));
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic,
    }));
    try {
      const answers = await this.#cluster.call(
        { kind: 'coordinator', type: 'group', key: this.#group },
        offsetCommit,
        { group: this.#group, topics },
        (all) => all.find(({ errorCode }) => errorCode !== NO_ERROR)?.errorCode ?? NO_ERROR,
      );
      const failed = answers.find(({ errorCode }) => errorCode !== NO_ERROR);
      if (failed !== undefined) throw kafkaError(failed.errorCode, 'cannot commit offsets');
      this.failures = 0;
    } catch {
      // The gauge says so; the offsets are in the checkpoint.
      this.failures++;
    }
  }
}

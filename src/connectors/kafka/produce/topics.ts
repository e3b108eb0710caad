/** The topics written to: their queues, and who leads them. */
import { type EngineError, toEngineError } from '../../../errors.ts';
import type { Clock } from '../../../platform/platform.ts';
import { PartitionQueue, type TopicQueues } from './partition-queue.ts';
import type { ProducerLink } from './producer-link.ts';

export interface TopicsOptions {
  readonly link: ProducerLink;
  readonly clock: Clock;
  readonly random: () => number;
  readonly maxAgeMs: number;
  readonly backoffMs: number;
  /** Leaders may have changed. */
  readonly onRenewed: () => void;
  readonly onFailure: (error: EngineError) => void;
}

export class Topics {
  readonly #options: TopicsOptions;
  readonly #topics = new Map<string, TopicQueues>();
  /** Those whose leaders are being asked for. */
  readonly #renewing = new Set<string>();
  readonly #closing = new AbortController();

  constructor(options: TopicsOptions) {
    this.#options = options;
  }

  /** Learns of a topic; waits until it is there. */
  async open(name: string): Promise<TopicQueues> {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const { link, clock, random } = this.#options;
    const leaders = await link.leaders(name, false);
    const topic: TopicQueues = { name, partitions: [], sticky: 0, askedMs: 0 };
    lead(topic, leaders, clock.monotonic());
    topic.sticky = Math.floor(random() * topic.partitions.length);
    this.#topics.set(name, topic);
    return topic;
  }

  *queues(): Generator<PartitionQueue> {
    for (const { partitions } of this.#topics.values()) yield* partitions;
  }

  /** The batch of a partition is finished: if records without a key went to it, it is the next one's turn. */
  turn({ topic: name, partition }: PartitionQueue): void {
    const topic = this.#topics.get(name) as TopicQueues;
    if (topic.sticky === partition) topic.sticky = (topic.sticky + 1) % topic.partitions.length;
  }

  /** Asks again about topics that may have gained partitions meanwhile. */
  renewOld(): void {
    const { clock, maxAgeMs } = this.#options;
    for (const topic of this.#topics.values()) {
      if (clock.monotonic() - topic.askedMs > maxAgeMs) void this.renew(topic.name);
    }
  }

  /** Asks who leads the partitions of a topic now. */
  async renew(name: string): Promise<void> {
    const { link, clock, backoffMs, onRenewed, onFailure } = this.#options;
    if (this.#renewing.has(name)) return;
    this.#renewing.add(name);
    const topic = this.#topics.get(name) as TopicQueues;
    try {
      lead(topic, await link.leaders(name, true), clock.monotonic());
    } catch (error) {
      const failure = toEngineError(error);
      if (!failure.retryable) onFailure(failure);
    }
    if (topic.partitions.some(({ leader }) => leader < 0)) await clock.sleep(backoffMs, this.#closing.signal);
    this.#renewing.delete(name);
    onRenewed();
  }

  close(): void {
    this.#closing.abort();
  }
}

function lead(topic: TopicQueues, leaders: readonly number[], nowMs: number): void {
  topic.askedMs = nowMs;
  leaders.forEach((leader, partition) => {
    const queue = (topic.partitions[partition] ??= new PartitionQueue(topic.name, partition));
    queue.leader = leader;
  });
}

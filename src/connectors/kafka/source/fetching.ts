/**
 * Keeps every open partition with the broker that leads it: by metadata, asked again when a broker refuses or breaks
 * and every `metadata.max.age.ms`. A broker that cannot be reached is tried without end; readers are idle meanwhile and
 * the gauges say so. What cannot pass (a login refused, a topic gone, unread records purged) fails the partition.
 */
import { EngineError, toEngineError } from '../../../errors.ts';
import type { Clock, Random } from '../../../platform/platform.ts';
import { Backoff } from '../protocol/backoff.ts';
import { type Cluster, isPassing } from '../protocol/cluster.ts';
import {
  NO_ERROR,
  OFFSET_OUT_OF_RANGE,
  UNKNOWN_TOPIC_OR_PARTITION,
  isRetriableKafkaError,
  kafkaError,
  kafkaErrorName,
} from '../protocol/error-codes.ts';
import type { MetadataTopic } from '../protocol/requests/metadata.ts';
import { BrokerFetcher, type FetchSettings } from './broker-fetcher.ts';
import type { Codecs } from './codecs.ts';
import { type OffsetReset, findReset } from './offset-reset.ts';
import type { PartitionLog } from './partition-log.ts';

export interface FetchingSettings {
  readonly fetch: FetchSettings;
  readonly reset: OffsetReset;
  readonly metadataMaxAgeMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

/** A topic that metadata does not know for so long is gone; before that a broker may not have heard of it yet. */
const GONE_AFTER_MS = 15_000;

export class Fetching {
  readonly #cluster: Cluster;
  readonly #codecs: Codecs;
  readonly #clock: Clock;
  readonly #settings: FetchingSettings;
  readonly #onData: () => void;
  readonly #backoff: Backoff;
  readonly #logs = new Set<PartitionLog>();
  readonly #fetchers = new Map<number, BrokerFetcher>();
  readonly #homes = new Map<PartitionLog, BrokerFetcher>();
  /** Partitions without a broker, and since when their topics are unknown to metadata. */
  readonly #homeless = new Set<PartitionLog>();
  readonly #missingSinceMs = new Map<PartitionLog, number>();
  readonly #closing = new AbortController();
  #settling = false;
  #cancelRefresh: () => void = () => {};

  constructor(
    cluster: Cluster,
    codecs: Codecs,
    outside: { readonly clock: Clock; readonly random: Random; readonly onData: () => void },
    settings: FetchingSettings,
  ) {
    this.#cluster = cluster;
    this.#codecs = codecs;
    this.#clock = outside.clock;
    this.#onData = outside.onData;
    this.#settings = settings;
    this.#backoff = new Backoff(settings.backoffMs, settings.backoffMaxMs, outside.random);
    this.#scheduleRefresh();
  }

  get logs(): ReadonlySet<PartitionLog> {
    return this.#logs;
  }

  /** Partitions whose broker cannot be reached or is not known. */
  get unreachable(): number {
    return this.#homeless.size;
  }

  get bufferedBytes(): number {
    let sum = 0;
    for (const log of this.#logs) sum += log.bufferedBytes;
    return sum;
  }

  /** Begins to fetch. */
  add(log: PartitionLog): void {
    this.#logs.add(log);
    this.#settle(log);
  }

  remove(log: PartitionLog): void {
    this.#logs.delete(log);
    this.#unsettle(log);
    this.#homeless.delete(log);
    this.#missingSinceMs.delete(log);
    log.clear();
  }

  close(): void {
    this.#closing.abort();
    this.#cancelRefresh();
    for (const log of this.#logs) this.remove(log);
  }

  #settle(log: PartitionLog): void {
    if (log.leader < 0) {
      this.#orphan(log);
      return;
    }
    const fetcher = this.#fetcherOf(log.leader);
    this.#homeless.delete(log);
    this.#homes.set(log, fetcher);
    fetcher.add(log);
  }

  #unsettle(log: PartitionLog): void {
    this.#homes.get(log)?.remove(log);
    this.#homes.delete(log);
  }

  #orphan(log: PartitionLog): void {
    this.#unsettle(log);
    if (!this.#logs.has(log) || !log.isOpen) return;
    this.#homeless.add(log);
    if (this.#settling) return;
    this.#settling = true;
    void this.#findHomes();
  }

  #fetcherOf(node: number): BrokerFetcher {
    const known = this.#fetchers.get(node);
    if (known !== undefined) return known;
    const fetcher = new BrokerFetcher(node, this.#cluster, this.#clock, this.#settings.fetch, {
      readable: (log) => {
        this.#backoff.reset();
        this.#missingSinceMs.delete(log);
        this.#onData();
      },
      refused: (log, errorCode) => this.#refused(log, errorCode),
      broken: (logs, error) => this.#broken(logs, error),
      bufferedBytes: () => this.bufferedBytes,
      prepare: (codecs) => this.#codecs.prepare(codecs),
    });
    this.#fetchers.set(node, fetcher);
    return fetcher;
  }

  #broken(logs: readonly PartitionLog[], error: EngineError): void {
    for (const log of logs) {
      if (isPassing(error)) this.#orphan(log);
      else this.#fail(log, error);
    }
  }

  #refused(log: PartitionLog, errorCode: number): void {
    if (errorCode === OFFSET_OUT_OF_RANGE) {
      this.#unsettle(log);
      void this.#resetOffset(log);
    } else if (isRetriableKafkaError(errorCode)) this.#orphan(log);
    else this.#fail(log, kafkaError(errorCode, `cannot read ${log.name}`));
  }

  #fail(log: PartitionLog, error: EngineError): void {
    this.#unsettle(log);
    this.#homeless.delete(log);
    log.failure ??= error;
    if (this.#logs.has(log)) this.#onData();
  }

  /** Until no partition is without a broker. Never rejects. */
  async #findHomes(): Promise<void> {
    while (this.#homeless.size > 0 && !this.#closing.signal.aborted) {
      await this.#clock.sleep(this.#backoff.nextMs(), this.#closing.signal);
      if (this.#closing.signal.aborted) break;
      await this.#refresh([...this.#homeless]);
    }
    this.#settling = false;
  }

  async #refresh(logs: readonly PartitionLog[]): Promise<void> {
    try {
      const names = [...new Set(logs.map((log) => log.topic))];
      const { topics } = await this.#cluster.metadata(names);
      const byName = new Map(topics.map((topic) => [topic.name, topic]));
      for (const log of logs) if (this.#logs.has(log)) this.#update(log, byName.get(log.topic));
    } catch (error) {
      const failure = toEngineError(error);
      if (isPassing(failure) || this.#closing.signal.aborted) return;
      for (const log of logs) this.#fail(log, failure);
    }
  }

  #update(log: PartitionLog, topic: MetadataTopic | undefined): void {
    const found = topic?.partitions.find(({ partition }) => partition === log.partition);
    if (topic === undefined || topic.errorCode === UNKNOWN_TOPIC_OR_PARTITION || found === undefined) {
      this.#missing(log);
      return;
    }
    if (topic.errorCode !== NO_ERROR) {
      if (!isRetriableKafkaError(topic.errorCode))
        this.#fail(log, kafkaError(topic.errorCode, `cannot read ${log.name}`));
      return;
    }
    if (topic.id !== log.topicId) {
      this.#unsettle(log);
      this.#homeless.delete(log);
      void this.#resetOffset(log, topic.id);
      return;
    }
    if (this.#homes.has(log) && found.leader === log.leader) return;
    this.#unsettle(log);
    log.leader = found.leader;
    log.leaderEpoch = found.leaderEpoch;
    this.#settle(log);
  }

  #missing(log: PartitionLog): void {
    if (!this.#homeless.has(log)) return;
    const since = this.#missingSinceMs.get(log) ?? this.#clock.monotonic();
    this.#missingSinceMs.set(log, since);
    if (this.#clock.monotonic() - since < GONE_AFTER_MS) return;
    this.#fail(
      log,
      new EngineError('data_lost', `${log.name} does not exist any more`, {
        detail: `${kafkaErrorName(UNKNOWN_TOPIC_OR_PARTITION)} since ${GONE_AFTER_MS / 1000} s; offset ${log.nextOffset} was next.`,
      }),
    );
  }

  /** The offset to be read next is not there: goes where `auto.offset.reset` says, or fails. Never rejects. */
  async #resetOffset(log: PartitionLog, newTopicId?: string): Promise<void> {
    try {
      const { signal } = this.#closing;
      // What was fetched before is read first.
      while (!log.isEmpty || log.nextOffset < log.fetchOffset) {
        if (signal.aborted || !this.#logs.has(log)) return;
        await this.#clock.sleep(this.#settings.backoffMs, signal);
      }
      const { committedOnly } = this.#settings.fetch;
      const reset = await findReset(this.#cluster, log, { policy: this.#settings.reset, committedOnly, newTopicId });
      if (!this.#logs.has(log)) return;
      log.purged += reset.purged;
      log.topicId = newTopicId ?? log.topicId;
      log.fetchOffset = reset.offset;
      log.nextOffset = reset.offset;
      this.#settle(log);
      // A bounded reader may be at its end now.
      this.#onData();
    } catch (error) {
      const failure = toEngineError(error);
      if (isPassing(failure)) this.#orphan(log);
      else this.#fail(log, failure);
    }
  }

  #scheduleRefresh(): void {
    this.#cancelRefresh = this.#clock.schedule(this.#settings.metadataMaxAgeMs, () => {
      if (this.#closing.signal.aborted) return;
      const settled = [...this.#homes.keys()];
      if (settled.length > 0) void this.#refresh(settled);
      this.#scheduleRefresh();
    });
  }
}

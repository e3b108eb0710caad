/**
 * Fetches the partitions that one broker leads, one request at a time on a connection of its own.
 *
 * A partition is hungry while less than one fetch of it is waiting to be read. A request names the hungry ones. While
 * all are hungry the broker may hold it until something comes (`fetch.max.wait.ms`); while one is not, the broker must
 * answer at once, so that the one that is full now is asked for again as soon as it has been read: no partition waits for
 * another. Partitions are named in turn, since a broker fills its answer from the front.
 */
import { type EngineError, toEngineError } from '../../../errors.ts';
import type { Clock } from '../../../platform/platform.ts';
import type { Cluster } from '../protocol/cluster.ts';
import { NO_ERROR, UNKNOWN_TOPIC_ID } from '../protocol/error-codes.ts';
import { type FetchedPartition, fetchRecords } from '../protocol/requests/fetch.ts';
import { NO_TOPIC_ID } from '../protocol/requests/metadata.ts';
import type { PartitionLog } from './partition-log.ts';
import { batchEnd, codecOf, offsetAfter } from './record-batch.ts';

export interface FetchSettings {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
  readonly requestTimeoutMs: number;
  readonly committedOnly: boolean;
}

/** What a fetcher tells of its partitions. */
export interface FetchListener {
  /** Something is there for its reader: records, or a failure. */
  readable(log: PartitionLog): void;
  /** The broker answers for the partition with this code of Kafka's. */
  refused(log: PartitionLog, errorCode: number): void;
  /** The broker cannot be reached, or what it answers ends all reading. */
  broken(logs: readonly PartitionLog[], error: EngineError): void;
  /** How much is buffered of all partitions of all brokers. */
  bufferedBytes(): number;
  /** What must be loaded before batches with these codecs can be read; null = nothing. */
  prepare(codecs: ReadonlySet<number>): Promise<void> | null;
}

/** How often hungry partitions are asked for while another one is full. */
const POLL_MS = 10;
/** The oldest version that names topics instead of ids. */
const LAST_VERSION_WITH_NAMES = 12;

export class BrokerFetcher {
  readonly #node: number;
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #settings: FetchSettings;
  readonly #listener: FetchListener;
  /** In the order in which the next request names them. */
  #logs: PartitionLog[] = [];
  readonly #present = new Set<PartitionLog>();
  #running = false;
  #wake = Promise.withResolvers<void>();

  constructor(node: number, cluster: Cluster, clock: Clock, settings: FetchSettings, listener: FetchListener) {
    this.#node = node;
    this.#cluster = cluster;
    this.#clock = clock;
    this.#settings = settings;
    this.#listener = listener;
  }

  add(log: PartitionLog): void {
    this.#logs.push(log);
    this.#present.add(log);
    log.onDrain = () => this.#wake.resolve();
    this.#wake.resolve();
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  remove(log: PartitionLog): void {
    if (!this.#present.delete(log)) return;
    this.#logs = this.#logs.filter((other) => other !== log);
    log.onDrain = () => {};
    this.#wake.resolve();
  }

  /** Runs while there are partitions; never rejects. */
  async #run(): Promise<void> {
    let wasEmpty = false;
    while (this.#logs.length > 0) {
      const open = this.#logs.filter((log) => log.isOpen);
      const hungry = this.#hungry(open);
      if (hungry.length === 0) {
        await this.#woken();
        continue;
      }
      const someAreFull = hungry.length < open.length;
      if (someAreFull && wasEmpty) {
        await this.#woken(POLL_MS);
        wasEmpty = false;
        continue;
      }
      try {
        wasEmpty = await this.#fetch(hungry, someAreFull ? 0 : this.#settings.maxWaitMs);
      } catch (error) {
        const logs = this.#logs;
        this.#logs = [];
        this.#present.clear();
        for (const log of logs) log.onDrain = () => {};
        this.#listener.broken(logs, toEngineError(error));
      }
    }
    this.#running = false;
  }

  #hungry(open: readonly PartitionLog[]): readonly PartitionLog[] {
    const { maxBytes, maxPartitionBytes } = this.#settings;
    const isFull = this.#listener.bufferedBytes() >= maxBytes;
    return open.filter((log) => (isFull ? log.isEmpty : log.bufferedBytes < maxPartitionBytes));
  }

  /** One request; whether nothing came. */
  async #fetch(logs: readonly PartitionLog[], maxWaitMs: number): Promise<boolean> {
    const { minBytes, maxBytes, maxPartitionBytes, committedOnly, requestTimeoutMs } = this.#settings;
    const connection = await this.#cluster.connect(this.#node, 'fetch');
    const haveIds = logs.every((log) => log.topicId !== NO_TOPIC_ID);
    const api = haveIds ? fetchRecords : { ...fetchRecords, maxVersion: LAST_VERSION_WITH_NAMES };
    const room = Math.max(maxPartitionBytes, maxBytes - this.#listener.bufferedBytes());
    const byName = connection.versionOf(api) <= LAST_VERSION_WITH_NAMES;
    const asked = new Map(logs.map((log) => [keyOf(byName ? log.topic : log.topicId, log.partition), log]));
    const offsets = new Map(logs.map((log) => [log, log.fetchOffset]));
    const answer = await connection.request(
      api,
      {
        maxWaitMs,
        minBytes: maxWaitMs === 0 ? 0 : minBytes,
        maxBytes: Math.min(room, maxBytes),
        committedOnly,
        topics: byTopic(logs, maxPartitionBytes),
      },
      requestTimeoutMs + maxWaitMs,
    );
    this.#logs.push(...this.#logs.splice(0, 1));
    let isEmpty = true;
    for (const fetched of answer.partitions) {
      const log = asked.get(keyOf(fetched.topic, fetched.partition));
      const isExpected = log !== undefined && this.#present.has(log) && log.fetchOffset === offsets.get(log);
      if (log !== undefined) offsets.delete(log);
      if (isExpected) await this.#take(log, fetched);
      else if (fetched.end > fetched.start) fetched.frame.release();
      if (fetched.end > fetched.start) isEmpty = false;
    }
    const code = answer.errorCode === NO_ERROR ? UNKNOWN_TOPIC_ID : answer.errorCode;
    for (const log of offsets.keys()) if (this.#present.has(log)) this.#listener.refused(log, code);
    if (answer.throttleMs > 0) await this.#clock.sleep(answer.throttleMs);
    return isEmpty;
  }

  async #take(log: PartitionLog, fetched: FetchedPartition): Promise<void> {
    const wasEmpty = log.isEmpty;
    if (fetched.errorCode !== NO_ERROR) {
      if (fetched.end > fetched.start) fetched.frame.release();
      this.#listener.refused(log, fetched.errorCode);
      return;
    }
    log.endOffset = this.#settings.committedOnly ? fetched.lastStableOffset : fetched.highWatermark;
    if (fetched.end === fetched.start) return;
    try {
      await this.#keep(log, fetched);
    } catch (error) {
      fetched.frame.release();
      log.failure = toEngineError(error);
    }
    if (wasEmpty && (!log.isEmpty || log.failure !== null)) this.#listener.readable(log);
  }

  async #keep(log: PartitionLog, { frame, start, end, aborted }: FetchedPartition): Promise<void> {
    const whole = wholeBatches(frame.buf, start, end);
    const loading = this.#listener.prepare(whole.codecs);
    if (loading !== null) await loading;
    if (whole.end > start && this.#present.has(log)) {
      log.add({ frame, start, end: whole.end, aborted }, whole.nextOffset);
      return;
    }
    frame.release();
    if (whole.end === start) this.#putFirst(log);
  }

  /** A broker sends a record that is larger than asked for whole, but only of the partition that is named first. */
  #putFirst(log: PartitionLog): void {
    if (!this.#present.has(log)) return;
    this.#logs = [log, ...this.#logs.filter((other) => other !== log)];
  }

  /** Resolves when a partition was read, added or removed, or the time is over. */
  async #woken(ms?: number): Promise<void> {
    const abort = new AbortController();
    const wake = this.#wake.promise;
    await (ms === undefined ? wake : Promise.race([wake, this.#clock.sleep(ms, abort.signal)]));
    abort.abort();
    this.#wake = Promise.withResolvers<void>();
  }
}

const keyOf = (topic: string, partition: number): string => `${topic} ${partition}`;

function byTopic(logs: readonly PartitionLog[], maxBytes: number): Parameters<typeof fetchRecords.encode>[1]['topics'] {
  const topics = Map.groupBy(logs, (log) => log.topic);
  return [...topics].map(([name, ofTopic]) => ({
    name,
    id: (ofTopic[0] as PartitionLog).topicId,
    partitions: ofTopic.map((log) => ({
      partition: log.partition,
      leaderEpoch: log.leaderEpoch,
      offset: log.fetchOffset,
      maxBytes,
    })),
  }));
}

interface WholeBatches {
  readonly end: number;
  /** The offset behind them. */
  readonly nextOffset: number;
  readonly codecs: ReadonlySet<number>;
}

/** The last batch of an answer may be cut. */
function wholeBatches(buf: Buffer, start: number, end: number): WholeBatches {
  const codecs = new Set<number>();
  let at = start;
  let nextOffset = -1;
  for (let next = batchEnd(buf, at, end); next >= 0; next = batchEnd(buf, at, end)) {
    nextOffset = offsetAfter(buf, at);
    codecs.add(codecOf(buf, at));
    at = next;
  }
  return { end: at, nextOffset, codecs };
}

/**
 * Sends records to partitions: fills a batch for each, sends finished batches to the partitions' leaders, several
 * requests in flight to each broker, and sees every batch into the log or fails.
 *
 * `append` never waits. Whoever appends asks `settle` for whether to wait before the next rows, and `flush` for when all
 * is acknowledged. A failure is final: it is thrown by every later call. Answers, timers and finished compression lead to
 * `#pump`, which sends what can be sent; everything else only changes the queues.
 */
import { EngineError, toEngineError } from '../../../errors.ts';
import type { Clock } from '../../../platform/platform.ts';
import { kafkaError, kafkaErrorName, isRetriableKafkaError } from '../protocol/error-codes.ts';
import { Alarm } from './alarm.ts';
import { Backlog } from './backlog.ts';
import { BufferPool } from './buffer-pool.ts';
import type { Codec } from './compression.ts';
import { deliveryTimedOut, placeOf, recordTooLarge } from './delivery-errors.ts';
import type { IdentitySource, OutgoingBatch, PartitionQueue, TopicQueues } from './partition-queue.ts';
import type { ProducerLink } from './producer-link.ts';
import { type ProducerSettings, backoffMs } from './producer-settings.ts';
import { HEADER_BYTES, RecordBatch, type RecordRows } from './record-batch.ts';
import { type ProduceRequest, type ProducedPartition, produceRecords } from './requests/produce.ts';
import { type Crc32c, type ProducerIdentity, sealBatch } from './seal-batch.ts';
import { splitBatch } from './split-batch.ts';
import { Topics } from './topics.ts';

const OK = 0;
const MESSAGE_TOO_LARGE = 10;
const RECORD_LIST_TOO_LARGE = 18;
const OUT_OF_ORDER_SEQUENCE_NUMBER = 45;
const DUPLICATE_SEQUENCE_NUMBER = 46;
const UNKNOWN_PRODUCER_ID = 59;
/** Another node leads the partition, or none: ask who. */
const LEADER_ERRORS = new Set([3, 5, 6, 13, 72, 74, 75, 80, 100]);
/** A batch is never made smaller than this because of a broker's limit. */
const LEAST_BATCH_BYTES = 1 << 14;

export interface ProducerOptions {
  readonly link: ProducerLink;
  readonly clock: Clock;
  readonly random: () => number;
  readonly settings: ProducerSettings;
  readonly codec: Codec | null;
  readonly crc32c: Crc32c;
  /** Null: not even idempotent. */
  readonly identities: IdentitySource | null;
}

interface Part {
  readonly queue: PartitionQueue;
  readonly outgoing: OutgoingBatch;
}

export class Producer {
  readonly #options: ProducerOptions;
  readonly #pool: BufferPool;
  readonly #topics: Topics;
  readonly #backlog = new Backlog();
  readonly #alarm: Alarm;
  /** Queues whose batch is being filled. */
  readonly #open = new Set<PartitionQueue>();
  /** Queues with finished batches that are not acknowledged; the one served longest ago comes first. */
  readonly #busy = new Set<PartitionQueue>();
  readonly #inFlight = new Map<number, number>();
  #identity: ProducerIdentity | null = null;
  #acquiring = false;
  /** The log has lost sight of what this identity wrote: another one goes on as soon as nothing is in flight. */
  #identityLost = false;
  #adding = false;
  #batchLimit: number;
  #closed = false;
  #records = 0;
  #sentBatches = 0;
  #retries = 0;

  constructor(options: ProducerOptions) {
    this.#options = options;
    const { settings, clock } = options;
    this.#topics = new Topics({
      ...options,
      maxAgeMs: settings.metadataMaxAgeMs,
      backoffMs: settings.retryBackoffMs,
      onRenewed: () => this.#pump(),
      onFailure: (error) => this.#backlog.fail(error),
    });
    this.#alarm = new Alarm(clock, () => this.#onAlarm());
    this.#pool = new BufferPool(settings.bufferBytes);
    this.#batchLimit = Math.max(HEADER_BYTES, Math.min(settings.batchBytes, settings.maxRequestBytes));
  }

  /** Learns of a topic; waits until it is there. */
  openTopic(name: string): Promise<TopicQueues> {
    return this.#topics.open(name);
  }

  /** Adds row `i` as a record; false when it did not fit into the batch, which is finished then: append it again. */
  append(queue: PartitionQueue, rows: RecordRows, i: number): boolean {
    const { open } = queue;
    if (open !== null) {
      const before = open.length;
      if (open.append(rows, i)) {
        this.#backlog.add(open.length - before);
        return true;
      }
      this.#finish(queue);
      return false;
    }
    const batch = new RecordBatch(this.#pool, this.#batchLimit, this.#options.clock.monotonic());
    batch.append(rows, i);
    const { maxRequestBytes } = this.#options.settings;
    if (batch.length > maxRequestBytes) throw recordTooLarge(queue, batch, `${maxRequestBytes} bytes`);
    queue.open = batch;
    this.#open.add(queue);
    this.#backlog.add(batch.length);
    return true;
  }

  /** Sends what is due; the promise, if any, resolves when there is room for more. */
  settle(): void | Promise<void> {
    this.#backlog.throwIfFailed();
    const { lingerMs, bufferBytes } = this.#options.settings;
    this.#topics.renewOld();
    if (lingerMs === 0) this.#finishAll();
    else if (this.#open.size > 0) this.#alarm.set(this.#options.clock.monotonic() + lingerMs);
    this.#pump();
    if (this.#backlog.bytes <= bufferBytes) return undefined;
    // The wait must not depend on batches that nothing would finish.
    this.#finishAll();
    this.#pump();
    return this.#backlog.waitUntil(bufferBytes);
  }

  /** Resolves when everything appended is acknowledged. */
  async flush(): Promise<void> {
    this.#backlog.throwIfFailed();
    this.#finishAll();
    this.#pump();
    await this.#backlog.waitUntil(0);
  }

  /**
   * Ends the current identity, after a flush: what is appended from now on belongs to the next. Null when nothing was
   * written in its name to a transaction; it is kept then.
   */
  endTransaction(): ProducerIdentity | null {
    const identity = this.openTransaction;
    if (identity !== null) this.#changeIdentity(null);
    return identity;
  }

  /** The identity whose transaction is open, if one is. */
  get openTransaction(): ProducerIdentity | null {
    for (const { inTransaction } of this.#topics.queues()) if (inTransaction) return this.#identity;
    return null;
  }

  gauges(): Readonly<Record<string, number>> {
    let inFlight = 0;
    for (const count of this.#inFlight.values()) inFlight += count;
    return {
      unacknowledged_bytes: this.#backlog.bytes,
      requests_in_flight: inFlight,
      acknowledged_records: this.#records,
      sent_batches: this.#sentBatches,
      resent_batches: this.#retries,
    };
  }

  /** Forgets what is not acknowledged. */
  close(): void {
    this.#closed = true;
    this.#alarm.stop();
    this.#topics.close();
    this.#backlog.fail(new EngineError('query_cancelled', 'the producer was closed'));
  }

  /** Ends the batch that is being filled. */
  #finish(queue: PartitionQueue): void {
    const batch = queue.open;
    if (batch === null) return;
    queue.open = null;
    this.#open.delete(queue);
    this.#topics.turn(queue);
    void this.#compress(queue.push(batch, this.#options.codec === null));
    this.#busy.add(queue);
  }

  #finishAll(): void {
    for (const queue of this.#open) this.#finish(queue);
  }

  async #compress(outgoing: OutgoingBatch): Promise<void> {
    const { codec } = this.#options;
    if (codec === null) return;
    const { bytes, length } = outgoing.batch;
    try {
      outgoing.compressed = await codec.compress(bytes.u8.subarray(HEADER_BYTES, length));
      outgoing.ready = true;
      this.#pump();
    } catch (error) {
      this.#backlog.fail(toEngineError(error));
    }
  }

  #pump(): void {
    if (this.#backlog.failed || this.#busy.size === 0) return;
    const { identities, clock } = this.#options;
    if (identities !== null && (this.#identity === null || this.#identityLost)) {
      void this.#acquire(identities);
      return;
    }
    while (this.#sendRound(clock.monotonic()));
  }

  /** One more request to every broker that takes one, with at most one batch of each partition. */
  #sendRound(nowMs: number): boolean {
    const { maxInFlight, maxRequestBytes, deliveryTimeoutMs } = this.#options.settings;
    const requests = new Map<number, { parts: Part[]; bytes: number }>();
    const outside: PartitionQueue[] = [];
    const transactional = this.#identity !== null && this.#identity.transactionalId !== null;
    for (const queue of this.#busy) {
      const oldest = queue.pending[0] as OutgoingBatch;
      if (nowMs - oldest.batch.createdMs >= deliveryTimeoutMs) {
        this.#backlog.fail(deliveryTimedOut(queue, oldest, deliveryTimeoutMs));
        return false;
      }
      this.#alarm.set(oldest.batch.createdMs + deliveryTimeoutMs);
      const { leader } = queue;
      if (leader < 0) {
        void this.#topics.renew(queue.topic);
        continue;
      }
      if ((this.#inFlight.get(leader) ?? 0) >= maxInFlight) continue;
      const outgoing = queue.next();
      if (outgoing === null) continue;
      if (outgoing.notBeforeMs > nowMs) {
        this.#alarm.set(outgoing.notBeforeMs);
        continue;
      }
      if (transactional && !queue.inTransaction) {
        outside.push(queue);
        continue;
      }
      const size = HEADER_BYTES + (outgoing.compressed?.length ?? outgoing.batch.length);
      const request = requests.get(leader);
      if (request === undefined) requests.set(leader, { parts: [{ queue, outgoing }], bytes: size });
      else if (request.bytes + size <= maxRequestBytes) {
        request.parts.push({ queue, outgoing });
        request.bytes += size;
      }
    }
    if (outside.length > 0) void this.#addPartitions(outside);
    for (const [node, { parts }] of requests) this.#send(node, parts);
    return requests.size > 0;
  }

  #send(node: number, parts: readonly Part[]): void {
    const { settings, codec, crc32c } = this.#options;
    const identity = this.#identity;
    const topics = new Map<string, { partition: number; batch: readonly Uint8Array[] }[]>();
    for (const { queue, outgoing } of parts) {
      queue.sent(outgoing);
      // Whoever was served goes to the end of the line.
      this.#busy.delete(queue);
      this.#busy.add(queue);
      const { batch, sequence, compressed } = outgoing;
      const sealed = sealBatch(batch, { identity, sequence, codecId: codec?.id ?? 0, compressed, crc32c });
      const list = topics.get(queue.topic);
      const part = { partition: queue.partition, batch: sealed };
      if (list === undefined) topics.set(queue.topic, [part]);
      else list.push(part);
    }
    this.#sentBatches += parts.length;
    this.#inFlight.set(node, (this.#inFlight.get(node) ?? 0) + 1);
    const request = {
      transactionalId: identity?.transactionalId ?? null,
      acks: settings.acks,
      timeoutMs: settings.requestTimeoutMs,
      topics: [...topics].map(([name, partitions]) => ({ name, partitions })),
    };
    void this.#exchange(node, parts, request);
  }

  async #exchange(node: number, parts: readonly Part[], request: ProduceRequest): Promise<void> {
    const { link } = this.#options;
    let produced: readonly ProducedPartition[] | null = null;
    try {
      if (request.acks === 0) await link.sendUnanswered(node, produceRecords, request);
      else produced = await link.send(node, produceRecords, request);
    } catch (error) {
      this.#broken(node, parts, toEngineError(error));
      return;
    }
    this.#answered(node, parts, produced);
  }

  #returned(node: number, parts: readonly Part[]): void {
    this.#inFlight.set(node, (this.#inFlight.get(node) as number) - 1);
    for (const { queue, outgoing } of parts) queue.answered(outgoing);
  }

  #answered(node: number, parts: readonly Part[], produced: readonly ProducedPartition[] | null): void {
    this.#returned(node, parts);
    if (this.#closed) return;
    for (const part of parts) {
      const { queue } = part;
      const answer = produced?.find(({ topic, partition }) => topic === queue.topic && partition === queue.partition);
      if (produced !== null && answer === undefined) {
        this.#backlog.fail(
          new EngineError('protocol_violation', `${placeOf(queue)} is missing in the answer to what was sent to it`),
        );
      } else this.#judge(part, answer?.errorCode ?? OK, answer?.errorMessage ?? null);
    }
    this.#pump();
  }

  #broken(node: number, parts: readonly Part[], error: EngineError): void {
    this.#returned(node, parts);
    if (this.#closed) return;
    if (!error.retryable) this.#backlog.fail(error);
    else {
      for (const part of parts) {
        part.outgoing.uncertain = true;
        this.#retry(part, error.message, error);
        part.queue.leader = -1;
      }
    }
    this.#pump();
  }

  #judge(part: Part, code: number, message: string | null): void {
    const { queue, outgoing } = part;
    const { batch } = outgoing;
    if (code === OK || code === DUPLICATE_SEQUENCE_NUMBER) {
      queue.acknowledged(outgoing);
      if (queue.pending.length === 0) this.#busy.delete(queue);
      this.#records += batch.count;
      const bytes = batch.length;
      // What may still stand in a socket's queue must not be written over.
      if (!outgoing.uncertain) batch.release();
      this.#backlog.remove(bytes);
    } else if (code === MESSAGE_TOO_LARGE || code === RECORD_LIST_TOO_LARGE) this.#split(part);
    else if ((code === OUT_OF_ORDER_SEQUENCE_NUMBER || code === UNKNOWN_PRODUCER_ID) && this.#identity !== null) {
      // After a batch that failed those behind it are out of order; they are sent again after it.
      if (queue.isFirst(outgoing)) {
        if (this.#identity.transactionalId !== null) this.#backlog.fail(this.#refused(queue, code, message));
        else this.#identityLost = true;
      }
      this.#retry(part, kafkaErrorName(code), null);
    } else if (isRetriableKafkaError(code)) {
      if (LEADER_ERRORS.has(code)) queue.leader = -1;
      this.#retry(part, kafkaErrorName(code), kafkaError(code, `cannot write to ${placeOf(queue)}`, message));
    } else this.#backlog.fail(this.#refused(queue, code, message));
  }

  #refused(queue: PartitionQueue, code: number, message: string | null): EngineError {
    const ended = this.#identity === null ? null : this.#options.identities?.refusal(this.#identity, code);
    return ended ?? kafkaError(code, `cannot write to ${placeOf(queue)}`, message);
  }

  /** `cause`: what to fail with when there were too many attempts. */
  #retry({ queue, outgoing }: Part, reason: string, cause: EngineError | null): void {
    const { settings, clock, random } = this.#options;
    const waitMs = backoffMs(settings, outgoing.attempts + 1, random);
    const notBeforeMs = clock.monotonic() + (cause === null ? 0 : waitMs);
    outgoing.lastError = reason;
    queue.retry(outgoing, notBeforeMs);
    this.#retries++;
    if (cause !== null && outgoing.attempts > settings.retries) this.#backlog.fail(cause);
    else this.#alarm.set(notBeforeMs);
  }

  #split(part: Part): void {
    const { queue, outgoing } = part;
    const { batch } = outgoing;
    if (batch.count === 1) {
      this.#backlog.fail(recordTooLarge(queue, batch, 'what the topic takes'));
      return;
    }
    this.#batchLimit = Math.max(LEAST_BATCH_BYTES, Math.min(this.#batchLimit, batch.length >> 1));
    const halves = splitBatch(batch, this.#pool);
    const parts = queue.replace(outgoing, halves, this.#options.codec === null);
    for (const half of parts) {
      this.#backlog.add(half.batch.length);
      void this.#compress(half);
    }
    this.#retries++;
    this.#backlog.remove(batch.length);
    if (!outgoing.uncertain) batch.release();
  }

  async #acquire(identities: IdentitySource): Promise<void> {
    if (this.#acquiring) return;
    for (const count of this.#inFlight.values()) if (count > 0) return;
    this.#acquiring = true;
    try {
      const identity = await identities.next();
      this.#acquiring = false;
      this.#changeIdentity(identity);
      this.#pump();
    } catch (error) {
      this.#backlog.fail(toEngineError(error));
    }
  }

  #changeIdentity(identity: ProducerIdentity | null): void {
    this.#identity = identity;
    this.#identityLost = false;
    for (const queue of this.#topics.queues()) queue.renumber();
  }

  async #addPartitions(queues: readonly PartitionQueue[]): Promise<void> {
    const { identities } = this.#options;
    const identity = this.#identity;
    if (this.#adding || identities === null || identity === null) return;
    this.#adding = true;
    try {
      await identities.addPartitions(identity, queues);
      this.#adding = false;
      for (const queue of queues) queue.inTransaction = true;
      this.#pump();
    } catch (error) {
      this.#backlog.fail(toEngineError(error));
    }
  }

  #onAlarm(): void {
    const { clock, settings } = this.#options;
    const nowMs = clock.monotonic();
    for (const queue of this.#open) {
      const dueMs = (queue.open as RecordBatch).createdMs + settings.lingerMs;
      if (dueMs <= nowMs) this.#finish(queue);
      else this.#alarm.set(dueMs);
    }
    this.#pump();
  }
}

/**
 * Batches to records in topics: encodes them, finds the partition of each and hands it to the producer. Connects with the
 * first batch, which waits for it; later ones are consumed before `write` returns.
 */
import type { Batch } from '../../../types/batch.ts';
import type { SinkRequest } from '../../connector.ts';
import { openCluster } from '../config/open-cluster.ts';
import { openCodec } from '../produce/compression.ts';
import { murmur2, partitionOfHash } from '../produce/murmur2.ts';
import type { IdentitySource, PartitionQueue, TopicQueues } from '../produce/partition-queue.ts';
import { Producer } from '../produce/producer.ts';
import { producerLink } from '../produce/producer-link.ts';
import type { RecordRows, Spans } from '../produce/record-batch.ts';
import type { Crc32c, ProducerIdentity } from '../produce/seal-batch.ts';
import { TransactionClient } from '../produce/transaction-client.ts';
import type { Cluster } from '../protocol/cluster.ts';
import { type EncodedRecords, RecordEncoder } from './record-encoder.ts';
import type { SinkSettings } from './sink-options.ts';
import { UpsertBuffer } from './upsert-buffer.ts';

export class RecordWriter {
  readonly #request: SinkRequest;
  readonly #settings: SinkSettings;
  readonly #identities: ((client: TransactionClient) => IdentitySource) | null;
  readonly #encoder: RecordEncoder;
  readonly #buffer: UpsertBuffer | null;
  #opening: Promise<Producer> | null = null;
  #cluster: Promise<Cluster> | null = null;
  #producer: Producer | null = null;
  /** Where the rows of a topic go, by its index at the encoder. */
  #topics: TopicQueues[] = [];
  #cancelTimer: (() => void) | null = null;
  /** What a timer's work failed with, thrown by the next call. */
  #failure: unknown = null;
  #closed = false;

  /** `identities`: where transactions come from; null = there are none. */
  constructor(
    request: SinkRequest,
    settings: SinkSettings,
    identities: ((client: TransactionClient) => IdentitySource) | null,
  ) {
    this.#request = request;
    this.#settings = settings;
    this.#identities = identities;
    this.#encoder = new RecordEncoder(request);
    this.#buffer = settings.buffer === null ? null : new UpsertBuffer();
  }

  write(batch: Batch): void | Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    const records = this.#encoder.encode(batch);
    if (this.#producer === null || this.#topics.length < records.topics.length) {
      return this.#prepareFor(records).then((producer) => this.#take(records, producer));
    }
    return this.#take(records, this.#producer);
  }

  /** Resolves when everything written is acknowledged. */
  async flush(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#producer === null) return;
    this.#empty(this.#producer);
    await this.#producer.flush();
  }

  /** After `flush`: ends what is written in the current identity's name; null when that is nothing. */
  endTransaction(): ProducerIdentity | null {
    return this.#producer?.endTransaction() ?? null;
  }

  get openTransaction(): ProducerIdentity | null {
    return this.#producer?.openTransaction ?? null;
  }

  gauges(): Readonly<Record<string, number>> {
    return this.#producer?.gauges() ?? {};
  }

  cluster(): Promise<Cluster> {
    this.#cluster ??= openCluster(this.#request.options, this.#request.context);
    return this.#cluster;
  }

  /** Forgets what is not acknowledged and sends nothing more. */
  stop(): void {
    this.#producer?.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#producer?.close();
    // What failed to open has been said by `write`.
    const cluster = await this.#cluster?.catch(() => null);
    await cluster?.close();
  }

  async #prepareFor({ topics }: EncodedRecords): Promise<Producer> {
    this.#opening ??= this.#open();
    const producer = await this.#opening;
    for (let i = this.#topics.length; i < topics.length; i++) {
      this.#topics[i] = await producer.openTopic(topics[i] as string);
    }
    this.#producer = producer;
    return producer;
  }

  async #open(): Promise<Producer> {
    const { context } = this.#request;
    const { compression, compressionLevels, producer: settings, idempotent } = this.#settings;
    const [cluster, codec, crc] = await Promise.all([
      this.cluster(),
      openCodec(compression, compressionLevels),
      import('@node-rs/crc32'),
    ]);
    const client = new TransactionClient(cluster, this.#settings.transactionTimeoutMs);
    const producer = new Producer({
      link: producerLink(cluster, context.clock, settings.retryBackoffMs),
      clock: context.clock,
      random: () => context.random.next(),
      settings,
      codec,
      crc32c: crc.crc32c as Crc32c,
      identities: this.#identities?.(client) ?? (idempotent ? idempotence(client) : null),
    });
    if (this.#closed) producer.close();
    return producer;
  }

  #take({ rows, topicOf }: EncodedRecords, producer: Producer): void | Promise<void> {
    const buffer = this.#buffer;
    if (buffer === null) {
      this.#deliver(rows, topicOf, producer);
      return producer.settle();
    }
    const { maxKeys, intervalMs } = this.#settings.buffer as NonNullable<SinkSettings['buffer']>;
    for (let i = 0; i < rows.count; i++) {
      buffer.put(rows, i, topicOf === null ? 0 : (topicOf[i] as number));
      if (buffer.count >= maxKeys) this.#empty(producer);
    }
    if (buffer.count > 0)
      this.#cancelTimer ??= this.#request.context.clock.schedule(intervalMs, () => this.#onTimer(producer));
    return producer.settle();
  }

  #onTimer(producer: Producer): void {
    this.#cancelTimer = null;
    try {
      this.#empty(producer);
      // Who writes next waits for room.
      producer.settle()?.catch(() => {});
    } catch (error) {
      this.#failure = error;
    }
  }

  /** Delivers what was held back. */
  #empty(producer: Producer): void {
    const buffer = this.#buffer;
    if (buffer === null || buffer.count === 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#deliver(buffer.rows, buffer.topicOf, producer);
    buffer.clear();
  }

  #deliver(rows: RecordRows, topicOf: Int32Array | null, producer: Producer): void {
    const { subtask } = this.#request;
    const { fixedPartition } = this.#settings;
    const { count, keys } = rows;
    let topic = this.#topics[0] as TopicQueues;
    for (let i = 0; i < count; i++) {
      if (topicOf !== null) topic = this.#topics[topicOf[i] as number] as TopicQueues;
      const { partitions } = topic;
      const keyStart = keys === null || fixedPartition ? -1 : (keys.start[i] as number);
      let partition = subtask % partitions.length;
      if (keyStart >= 0) {
        const { u8, end } = keys as Spans;
        partition = partitionOfHash(murmur2(u8, keyStart, end[i] as number), partitions.length);
      }
      const sticks = keyStart < 0 && !fixedPartition;
      // A full batch ends the turn of its partition.
      while (!producer.append(partitions[sticks ? topic.sticky : partition] as PartitionQueue, rows, i));
    }
  }
}

const idempotence = (client: TransactionClient): IdentitySource => ({
  next: () => client.idempotent(),
  addPartitions: async () => {},
  refusal: () => null,
});

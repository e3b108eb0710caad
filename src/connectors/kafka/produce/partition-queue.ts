import type { EngineError } from '../../../errors.ts';
import type { ProducerIdentity } from './seal-batch.ts';
import type { RecordBatch } from './record-batch.ts';

/** A finished batch on its way. */
export interface OutgoingBatch {
  readonly batch: RecordBatch;
  /** Its compressed records once they are there; null = not yet. Where nothing is compressed it stays null. */
  compressed: Uint8Array | null;
  /** It may be sent as far as compression goes. */
  ready: boolean;
  inFlight: boolean;
  /** Number of its first record in the partition; -1 = none given yet. */
  sequence: number;
  /** Whether an answer failed to come, so that its bytes may still be on their way somewhere. */
  uncertain: boolean;
  attempts: number;
  /** Not to be sent before, in milliseconds of the monotonic clock. */
  notBeforeMs: number;
  lastError: string;
}

/** Sequence numbers are those of 31 bits, and begin again. */
const SEQUENCES = 2 ** 31;

/**
 * The batches of one partition in the order of their records: one that is being filled, and those that are not
 * acknowledged. Those in flight come first, except after a failure: then nothing is sent until all answers are there,
 * and the oldest batch goes alone until it is acknowledged, so that order and sequence numbers hold.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** Node that leads it; -1 = not known. */
  leader = -1;
  open: RecordBatch | null = null;
  readonly pending: OutgoingBatch[] = [];
  inFlight = 0;
  /** The current transaction knows of it. */
  inTransaction = false;
  #recovering = false;
  #nextSequence = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  push(batch: RecordBatch, ready: boolean): OutgoingBatch {
    const outgoing: OutgoingBatch = {
      batch,
      compressed: null,
      ready,
      inFlight: false,
      sequence: -1,
      uncertain: false,
      attempts: 0,
      notBeforeMs: 0,
      lastError: '',
    };
    this.pending.push(outgoing);
    return outgoing;
  }

  /** The batch to send next, at its time, if any can be. */
  next(): OutgoingBatch | null {
    if (this.#recovering && this.inFlight > 0) return null;
    const outgoing = this.pending[this.inFlight];
    return outgoing !== undefined && outgoing.ready ? outgoing : null;
  }

  /** Notes that it is sent; gives it its sequence number if it has none. */
  sent(outgoing: OutgoingBatch): void {
    if (outgoing.sequence < 0) {
      outgoing.sequence = this.#nextSequence;
      this.#nextSequence = (this.#nextSequence + outgoing.batch.count) % SEQUENCES;
    }
    outgoing.inFlight = true;
    this.inFlight++;
  }

  /** Its answer is there, or none will come. */
  answered(outgoing: OutgoingBatch): void {
    outgoing.inFlight = false;
    this.inFlight--;
  }

  /** It is in the log. */
  acknowledged(outgoing: OutgoingBatch): void {
    const at = this.pending.indexOf(outgoing);
    if (at === 0 && this.inFlight === 0) this.#recovering = false;
    this.pending.splice(at, 1);
  }

  /** It is to be sent again. */
  retry(outgoing: OutgoingBatch, notBeforeMs: number): void {
    this.#recovering = true;
    outgoing.attempts++;
    outgoing.notBeforeMs = notBeforeMs;
  }

  /** It is replaced by others that hold the same records. */
  replace(outgoing: OutgoingBatch, parts: readonly RecordBatch[], ready: boolean): readonly OutgoingBatch[] {
    const later = this.pending.splice(this.pending.indexOf(outgoing));
    let { sequence } = outgoing;
    const replaced = parts.map((batch) => {
      const part = this.push(batch, ready);
      part.sequence = sequence;
      part.attempts = outgoing.attempts;
      sequence = (sequence + batch.count) % SEQUENCES;
      return part;
    });
    this.pending.push(...later.slice(1));
    // Batches behind it may be in flight, and will be refused.
    this.#recovering = true;
    return replaced;
  }

  /** Whether all before it are in the log. */
  isFirst(outgoing: OutgoingBatch): boolean {
    return this.pending[0] === outgoing;
  }

  /** Another producer identity writes from now on; nothing is in flight. */
  renumber(): void {
    this.#nextSequence = 0;
    this.inTransaction = false;
    for (const outgoing of this.pending) outgoing.sequence = -1;
  }
}

/** A topic's partitions. */
export interface TopicQueues {
  readonly name: string;
  readonly partitions: PartitionQueue[];
  /** Where records without a key go for now. */
  sticky: number;
  /** When the cluster was asked about it last, in milliseconds of the monotonic clock. */
  askedMs: number;
}

/** Where a producer has its identities from. */
export interface IdentitySource {
  next(): Promise<ProducerIdentity>;
  /** Tells the transaction that it will write to these partitions. */
  addPartitions(identity: ProducerIdentity, partitions: readonly PartitionQueue[]): Promise<void>;
  /** What a broker's refusal to write in the identity's name means, where it means more than it says. */
  refusal(identity: ProducerIdentity, errorCode: number): EngineError | null;
}

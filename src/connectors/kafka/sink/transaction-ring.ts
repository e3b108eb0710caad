/**
 * The transactions of a subtask. Each epoch has one of its own, under the next of a ring of transactional ids
 * `<prefix>-<subtask>-<slot>`, since a prepared transaction stays open until its checkpoint commits it while the next
 * epoch is being written.
 *
 * A committed id answers another commit as it did the first, until it is taken over for another transaction. The order
 * of the ring keeps that off for as long as possible: the ids of the last checkpoints are those taken over last, so that a
 * restart may begin from any of them.
 *
 * Two things tell a lost transaction from a committed one: only we take our ids over, in the order of the ring; and a
 * broker that ends a transaction for its age changes the epoch, so that committing it is refused.
 */
import { EngineError } from '../../../errors.ts';
import type { Clock } from '../../../platform/platform.ts';
import type { FaultPoints } from '../../../platform/fault-points.ts';
import type { Committable } from '../../connector.ts';
import type { IdentitySource, PartitionQueue } from '../produce/partition-queue.ts';
import type { ProducerIdentity } from '../produce/seal-batch.ts';
import {
  INVALID_PRODUCER_EPOCH,
  INVALID_PRODUCER_ID_MAPPING,
  INVALID_TXN_STATE,
  type KnownProducer,
  PRODUCER_FENCED,
  TRANSACTIONAL_ID_NOT_FOUND,
  type TransactionClient,
} from '../produce/transaction-client.ts';
import { NO_ERROR, kafkaError, kafkaErrorName } from '../protocol/error-codes.ts';

const SLOTS = 8;
/** So many ids before the next one hold the last commits: a restart leaves them as they are. */
const KEPT_SLOTS = 4;

/** The broker has ended the transaction, or forgotten it, or another has taken it over. */
const GONE = new Set([
  INVALID_TXN_STATE,
  INVALID_PRODUCER_EPOCH,
  PRODUCER_FENCED,
  INVALID_PRODUCER_ID_MAPPING,
  TRANSACTIONAL_ID_NOT_FOUND,
]);

export interface TransactionRingOptions {
  readonly client: Pick<TransactionClient, 'takeOver' | 'addPartitions' | 'end' | 'open'>;
  readonly clock: Clock;
  readonly faults: FaultPoints;
  readonly prefix: string;
  readonly subtask: number;
  readonly parallelism: number;
  readonly timeoutMs: number;
}

export class TransactionRing implements IdentitySource {
  readonly #options: TransactionRingOptions;
  /** What we have of our ids. */
  readonly #known = new Map<string, KnownProducer>();
  /** Prepared and not committed. */
  readonly #prepared = new Set<string>();
  #slot = 0;
  /** When the current transaction got its first partitions, in milliseconds of the monotonic clock. */
  #begunMs: number | null = null;

  constructor(options: TransactionRingOptions) {
    this.#options = options;
  }

  async next(): Promise<ProducerIdentity> {
    const { client } = this.#options;
    this.#begunMs = null;
    let id = this.#id(this.#slot);
    for (let tries = 0; this.#prepared.has(id); tries++) {
      if (tries === SLOTS) {
        throw new EngineError('program_limit_exceeded', `${SLOTS} epochs are prepared, and none is committed`, {
          hint: 'Their checkpoints did not complete: see why.',
        });
      }
      this.#slot = (this.#slot + 1) % SLOTS;
      id = this.#id(this.#slot);
    }
    this.#slot = (this.#slot + 1) % SLOTS;
    const identity = await client.takeOver(id, this.#known.get(id) ?? null);
    if (identity === null) throw this.#fenced(id);
    this.#known.set(id, identity);
    return identity;
  }

  async addPartitions(identity: ProducerIdentity, queues: readonly PartitionQueue[]): Promise<void> {
    const { client, clock } = this.#options;
    this.#begunMs ??= clock.monotonic();
    const code = await client.addPartitions(identity, queues);
    if (code === NO_ERROR) return;
    const where = [...new Set(queues.map(({ topic }) => `"${topic}"`))].join(', ');
    throw this.refusal(identity, code) ?? kafkaError(code, `cannot write to ${where} in a transaction`);
  }

  refusal({ transactionalId }: ProducerIdentity, errorCode: number): EngineError | null {
    if (!GONE.has(errorCode) || transactionalId === null) return null;
    const { clock, timeoutMs } = this.#options;
    const ageMs = this.#begunMs === null ? 0 : clock.monotonic() - this.#begunMs;
    if (ageMs < timeoutMs) return this.#fenced(transactionalId);
    return new EngineError('connection_timeout', `transaction "${transactionalId}" was open for too long`, {
      detail: `It began ${Math.round(ageMs / 1000)} s ago, and the broker ends transactions after ${Math.round(timeoutMs / 1000)} s.`,
      hint: "Checkpoint more often ('execution.checkpointing.interval'), or set a longer 'properties.transaction.timeout.ms'.",
    });
  }

  /** Notes a flushed transaction that stays open; what a checkpoint keeps of it. */
  prepare({ transactionalId, producerId, producerEpoch }: ProducerIdentity, epoch: number): Committable {
    const id = transactionalId as string;
    this.#prepared.add(id);
    return { transactionalId: id, producerId, producerEpoch, epoch, preparedMs: this.#options.clock.now() };
  }

  /** Again is as once. */
  async commit(committables: readonly Committable[]): Promise<void> {
    await Promise.all(committables.map((one) => this.#commit(one)));
  }

  async abort(identity: ProducerIdentity): Promise<void> {
    await this.#options.client.end(identity.transactionalId as string, identity, false);
  }

  /**
   * Commits what the checkpoint has prepared, ends all else that is open under the prefix, and takes over the ids that
   * another run of the job would use next, so that such a run, if there is one, fails.
   */
  async recover(committables: readonly Committable[]): Promise<void> {
    await this.commit(committables);
    const { client } = this.#options;
    const committed = new Set(committables.map(({ transactionalId }) => transactionalId as string));
    const open = await client.open();
    const last = committables.findLast(({ transactionalId }) => this.#slotOf(transactionalId as string) !== null);
    if (last !== undefined) this.#slot = ((this.#slotOf(last['transactionalId'] as string) as number) + 1) % SLOTS;
    const ahead = last === undefined || open === null ? SLOTS : SLOTS - KEPT_SLOTS;
    const ours = Array.from({ length: SLOTS }, (_, k) => this.#id((this.#slot + k) % SLOTS));
    // In the order in which they began: there are readers (kafkajs) that mistake the aborted for committed otherwise.
    const abandoned = [...ours, ...(open ?? []).filter((id) => this.#slotOf(id) === null && this.#isOurs(id))];
    for (const id of abandoned) if (open?.includes(id) === true && !committed.has(id)) await this.#takeOver(id);
    const next = ours.slice(0, ahead).filter((id) => !this.#known.has(id));
    await Promise.all(next.map((id) => this.#takeOver(id)));
    if (open === null) await this.#probe();
  }

  async #commit(committable: Committable): Promise<void> {
    const { client, faults } = this.#options;
    const { transactionalId, producerId, producerEpoch } = committable as {
      readonly transactionalId: string;
      readonly producerId: number;
      readonly producerEpoch: number;
    };
    faults.reach('kafka.before-end-transaction');
    const code = await client.end(transactionalId, { producerId, producerEpoch }, true);
    faults.reach('kafka.after-end-transaction');
    if (GONE.has(code)) throw this.#lost(committable, code);
    if (code !== NO_ERROR) throw kafkaError(code, `cannot commit transaction "${transactionalId}"`);
    this.#prepared.delete(transactionalId);
    if (!this.#known.has(transactionalId)) this.#known.set(transactionalId, { producerId, producerEpoch });
  }

  async #takeOver(id: string): Promise<ProducerIdentity> {
    const identity = await this.#options.client.takeOver(id, null);
    if (identity === null) throw this.#fenced(id);
    if (this.#slotOf(id) !== null) this.#known.set(id, identity);
    return identity;
  }

  /** Without a list of what is open: takes over the ids of subtask after subtask until those of one were never used. */
  async #probe(): Promise<void> {
    const { prefix, subtask, parallelism } = this.#options;
    for (let s = subtask + parallelism; ; s += parallelism) {
      const ids = Array.from({ length: SLOTS }, (_, slot) => `${prefix}-${s}-${slot}`);
      const taken = await Promise.all(ids.map((id) => this.#takeOver(id)));
      if (taken.every(({ producerEpoch }) => producerEpoch === 0)) return;
    }
  }

  #id(slot: number): string {
    const { prefix, subtask } = this.#options;
    return `${prefix}-${subtask}-${slot}`;
  }

  /** Its place in our ring; null for other subtasks' ids. */
  #slotOf(id: string): number | null {
    for (let slot = 0; slot < SLOTS; slot++) if (this.#id(slot) === id) return slot;
    return null;
  }

  /** Whether it belongs to a subtask, of this or a former parallelism, that we clean up after. */
  #isOurs(id: string): boolean {
    const { prefix, subtask, parallelism } = this.#options;
    if (!id.startsWith(`${prefix}-`)) return false;
    const match = /^(\d+)-\d+$/.exec(id.slice(prefix.length + 1));
    return match !== null && Number(match[1]) % parallelism === subtask;
  }

  #fenced(id: string): EngineError {
    return new EngineError('request_refused', `transactional id "${id}" was taken over by another producer`, {
      hint: "Another job, or another run of this one, uses the same 'sink.transactional-id-prefix'.",
    });
  }

  #lost({ transactionalId, epoch, preparedMs }: Committable, code: number): EngineError {
    const { clock, timeoutMs } = this.#options;
    const ageS = Math.round((clock.now() - Number(preparedMs)) / 1000);
    return new EngineError('data_lost', `the records of checkpoint ${epoch} cannot be committed`, {
      detail: `Its transaction "${transactionalId}" was prepared ${ageS} s ago and is not there any more (${kafkaErrorName(code)}): the broker ends transactions that are open for more than ${Math.round(timeoutMs / 1000)} s, and forgets ids that are not used for long.`,
      hint: "Restore an older checkpoint, or start anew (--fresh), to write these records again; a longer 'properties.transaction.timeout.ms' outlasts longer outages.",
    });
  }
}

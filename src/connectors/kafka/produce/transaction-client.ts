/** The questions about transactions, each asked until it is answered; answers that mean something to the asker are returned. */
import { EngineError } from '../../../errors.ts';
import type { Cluster, Target } from '../protocol/cluster.ts';
import { NO_ERROR, isRetriableKafkaError, kafkaError } from '../protocol/error-codes.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { addPartitionsToTxn } from './requests/add-partitions-to-txn.ts';
import { endTransaction } from './requests/end-transaction.ts';
import { initProducerId } from './requests/init-producer-id.ts';
import { listTransactions } from './requests/list-transactions.ts';
import type { ProducerIdentity } from './seal-batch.ts';

export const INVALID_PRODUCER_EPOCH = 47;
export const INVALID_TXN_STATE = 48;
export const INVALID_PRODUCER_ID_MAPPING = 49;
export const PRODUCER_FENCED = 90;
export const TRANSACTIONAL_ID_NOT_FOUND = 105;
const OPERATION_NOT_ATTEMPTED = 55;
const INVALID_TRANSACTION_TIMEOUT = 50;

/** Which of an answer's errors are worth asking again; the others are the asker's to judge. */
const passing = (code: number): number => (isRetriableKafkaError(code) ? code : NO_ERROR);

export interface KnownProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export class TransactionClient {
  readonly #cluster: Cluster;
  readonly #timeoutMs: number;

  constructor(cluster: Cluster, timeoutMs: number) {
    this.#cluster = cluster;
    this.#timeoutMs = timeoutMs;
  }

  /** An identity for idempotence alone. */
  async idempotent(): Promise<ProducerIdentity> {
    const answer = await this.#init({ kind: 'any' }, null, null);
    if (answer.errorCode !== NO_ERROR) throw kafkaError(answer.errorCode, 'cannot get a producer id');
    return { ...answer, transactionalId: null };
  }

  /**
   * Takes a transactional id over: aborts what is open under it and fences whoever had it. `known` is what we had of it;
   * the answer is null when someone else took it over since.
   */
  async takeOver(transactionalId: string, known: KnownProducer | null): Promise<ProducerIdentity | null> {
    const answer = await this.#init(coordinatorOf(transactionalId), transactionalId, known);
    const { errorCode, producerId, producerEpoch } = answer;
    if (errorCode === NO_ERROR) return { producerId, producerEpoch, transactionalId };
    if (errorCode === PRODUCER_FENCED || errorCode === INVALID_PRODUCER_EPOCH) return null;
    if (errorCode === INVALID_TRANSACTION_TIMEOUT) {
      throw new EngineError('invalid_option', `the broker takes no transactions of ${this.#timeoutMs} ms`, {
        hint: `Set 'properties.transaction.timeout.ms' to no more than the broker's "transaction.max.timeout.ms", 15 minutes unless it is set.`,
      });
    }
    throw kafkaError(errorCode, `cannot use transactional id "${transactionalId}"`);
  }

  /** Adds partitions to the open transaction, and so begins it; returns an error code that cannot pass, or 0. */
  async addPartitions(identity: ProducerIdentity, queues: readonly PartitionQueue[]): Promise<number> {
    const transactionalId = identity.transactionalId as string;
    const topics = Map.groupBy(queues, ({ topic }) => topic);
    const answer = await this.#cluster.call(
      coordinatorOf(transactionalId),
      addPartitionsToTxn,
      {
        transactionalId,
        producerId: identity.producerId,
        producerEpoch: identity.producerEpoch,
        topics: [...topics].map(([name, list]) => ({ name, partitions: list.map(({ partition }) => partition) })),
      },
      (added) => passing(firstError(added)),
    );
    return firstError(answer);
  }

  /** Commits or aborts; returns an error code that cannot pass, or 0. */
  async end(transactionalId: string, producer: KnownProducer, commit: boolean): Promise<number> {
    const { producerId, producerEpoch } = producer;
    const request = { transactionalId, producerId, producerEpoch, commit };
    return this.#cluster.call(coordinatorOf(transactionalId), endTransaction, request, passing);
  }

  /** The transactional ids with an open transaction; null where brokers cannot say. */
  async open(): Promise<readonly string[] | null> {
    const { brokers } = await this.#cluster.metadata([]);
    const request = { states: ['Ongoing'] };
    try {
      const answers = await Promise.all(
        brokers.map(({ id }) =>
          this.#cluster.call({ kind: 'node', node: id }, listTransactions, request, ({ errorCode }) => errorCode),
        ),
      );
      return answers.flatMap(({ transactions }) => transactions.map(({ transactionalId }) => transactionalId));
    } catch (error) {
      if (error instanceof EngineError && error.code === 'unsupported') return null;
      throw error;
    }
  }

  #init(
    target: Target,
    transactionalId: string | null,
    known: KnownProducer | null,
  ): Promise<KnownProducer & { readonly errorCode: number }> {
    const request = {
      transactionalId,
      transactionTimeoutMs: this.#timeoutMs,
      producerId: known?.producerId ?? -1,
      producerEpoch: known?.producerEpoch ?? -1,
    };
    return this.#cluster.call(target, initProducerId, request, ({ errorCode }) => passing(errorCode));
  }
}

const coordinatorOf = (key: string): Target => ({ kind: 'coordinator', type: 'transaction', key });

/** Where one partition is at fault, the others answer that nothing was tried. */
function firstError(parts: readonly { readonly errorCode: number }[]): number {
  const codes = parts.map(({ errorCode }) => errorCode).filter((code) => code !== NO_ERROR);
  return codes.find((code) => code !== OPERATION_NOT_ATTEMPTED) ?? codes[0] ?? NO_ERROR;
}

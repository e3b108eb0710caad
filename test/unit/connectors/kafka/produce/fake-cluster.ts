/**
 * Brokers that keep logs as Kafka's do: a batch of an idempotent producer is taken when its sequence number is the next,
 * recognized when it is one of the last five, and refused otherwise. Between a request and its answer anything can happen
 * that a plan of faults says.
 */
import { EngineError } from '../../../../../src/errors.ts';
import type { PartitionQueue } from '../../../../../src/connectors/kafka/produce/partition-queue.ts';
import type { ProducerLink } from '../../../../../src/connectors/kafka/produce/producer-link.ts';
import type {
  ProduceRequest,
  ProducedPartition,
} from '../../../../../src/connectors/kafka/produce/requests/produce.ts';
import type { ProducerIdentity } from '../../../../../src/connectors/kafka/produce/seal-batch.ts';
import type { Api } from '../../../../../src/connectors/kafka/protocol/api.ts';
import type { Clock } from '../../../../../src/platform/platform.ts';
import { decodeBatch } from './rows.ts';

export type Fault =
  | 'none'
  /** The connection breaks before the broker has seen the request, or after. */
  | 'lost request'
  | 'lost answer'
  /** Not enough replicas before it is in the log, or after. */
  | 'refused'
  | 'late'
  /** Another node leads the partition from now on. */
  | 'moved'
  /** The broker has forgotten who writes. */
  | 'forgotten';

interface Log {
  leader: number;
  readonly values: string[];
  readonly transactional: boolean[];
  readonly producers: Map<string, { readonly last: { sequence: number; count: number }[] }>;
}

const ERRORS = { refused: 19, late: 20, moved: 6 } as const;

export class FakeCluster implements ProducerLink {
  readonly logs: Log[];
  readonly #clock: Clock;
  readonly #nextFault: () => Fault;
  /** The connections' ends, by node: each request is dealt with after the one before it. */
  readonly #lines = new Map<number, { tail: Promise<unknown>; broken: boolean }>();
  /** The most records in one request, the largest batch taken, requests in flight now and at most. */
  maxBatchBytes = Infinity;
  inFlight = 0;
  maxInFlight = 0;
  requests = 0;
  producerIds = 0;
  readonly added: (readonly number[])[] = [];

  constructor(clock: Clock, partitions: number, nextFault: () => Fault = () => 'none') {
    this.#clock = clock;
    this.#nextFault = nextFault;
    this.logs = Array.from({ length: partitions }, (_, p) => ({
      leader: p % 2,
      values: [],
      transactional: [],
      producers: new Map(),
    }));
  }

  async leaders(): Promise<readonly number[]> {
    await this.#clock.sleep(1);
    return this.logs.map(({ leader }) => leader);
  }

  async send<Q, A>(node: number, api: Api<Q, A>, request: Q): Promise<A> {
    if (api.name !== 'Produce') throw new Error(`${api.name} is not expected`);
    let line = this.#lines.get(node);
    if (line === undefined || line.broken) this.#lines.set(node, (line = { tail: Promise.resolve(), broken: false }));
    const connection = line;
    this.requests++;
    this.maxInFlight = Math.max(this.maxInFlight, ++this.inFlight);
    // What is sent is what the buffers hold now.
    const copy = structuredClone(request) as ProduceRequest;
    const answer = connection.tail.then(() => this.#handle(node, copy, connection));
    connection.tail = answer.catch(() => {});
    try {
      return (await answer) as A;
    } finally {
      this.inFlight--;
    }
  }

  async sendUnanswered<Q>(node: number, api: Api<Q, unknown>, request: Q): Promise<void> {
    await this.send(node, api, request);
  }

  readonly identities = {
    next: async (): Promise<ProducerIdentity> => {
      await this.#clock.sleep(1);
      return { producerId: ++this.producerIds, producerEpoch: 0, transactionalId: null };
    },
    addPartitions: async (_: ProducerIdentity, queues: readonly PartitionQueue[]): Promise<void> => {
      await this.#clock.sleep(1);
      this.added.push(queues.map(({ partition }) => partition));
    },
    refusal: () => null,
  };

  async #handle(node: number, request: ProduceRequest, line: { broken: boolean }): Promise<ProducedPartition[]> {
    await this.#clock.sleep(1);
    if (line.broken) throw new EngineError('connection_failure', 'the connection broke');
    const fault = this.#nextFault();
    const lose = (): never => {
      line.broken = true;
      throw new EngineError('connection_failure', 'the connection broke');
    };
    if (fault === 'lost request') lose();
    const answers: ProducedPartition[] = [];
    for (const { name, partitions } of request.topics) {
      for (const { partition, batch } of partitions) {
        const errorCode = await this.#append(node, partition, batch, fault);
        answers.push({ topic: name, partition, errorCode, errorMessage: null });
      }
    }
    if (fault === 'lost answer') lose();
    return answers;
  }

  async #append(node: number, partition: number, batch: readonly Uint8Array[], fault: Fault): Promise<number> {
    const log = this.logs[partition] as Log;
    if (fault === 'refused') return ERRORS.refused;
    if (fault === 'moved') log.leader = 1 - log.leader;
    if (log.leader !== node) return ERRORS.moved;
    if (fault === 'forgotten') log.producers.clear();
    if (Buffer.concat(batch).length > this.maxBatchBytes) return 10;
    const decoded = await decodeBatch(batch);
    const { producerId, firstSequence: sequence } = decoded;
    const count = decoded.records.length;
    if (producerId !== '-1') {
      const producer = log.producers.get(producerId) ?? { last: [] };
      log.producers.set(producerId, producer);
      if (producer.last.some((one) => one.sequence === sequence && one.count === count)) return 46;
      const newest = producer.last.at(-1);
      if (sequence !== (newest === undefined ? 0 : newest.sequence + newest.count))
        return newest === undefined ? 59 : 45;
      producer.last.push({ sequence, count });
      if (producer.last.length > 5) producer.last.shift();
    }
    for (const { value } of decoded.records) {
      log.values.push(value?.toString() ?? '');
      log.transactional.push(decoded.inTransaction);
    }
    return fault === 'late' ? ERRORS.late : 0;
  }
}

import { EngineError } from '../../../errors.ts';
import type { Batch } from '../../../types/batch.ts';
import type { Committable, Sink, SinkRequest } from '../../connector.ts';
import { TransactionClient } from '../produce/transaction-client.ts';
import { RecordWriter } from './record-writer.ts';
import { type SinkSettings, sinkSettings } from './sink-options.ts';
import { TransactionRing } from './transaction-ring.ts';

const ABANDON_MS = 2000;

/** The sink of `kafka` and `upsert-kafka`. `owner` is how messages call the connector. */
export function kafkaSink(owner: string, request: SinkRequest): Sink {
  const settings = sinkSettings(owner, request.options, (request.record?.key ?? null) !== null);
  return settings.guarantee === 'exactly-once'
    ? new TransactionalSink(request, settings)
    : plainSink(request, settings);
}

function plainSink(request: SinkRequest, settings: SinkSettings): Sink {
  const writer = new RecordWriter(request, settings, null);
  const waits = settings.guarantee !== 'none';
  return {
    guarantee: waits ? 'at-least-once' : 'at-most-once',
    write: (batch) => writer.write(batch),
    flush: async () => {
      if (waits) await writer.flush();
    },
    gauges: () => writer.gauges(),
    async close(clean) {
      try {
        if (clean) await writer.flush();
      } finally {
        await writer.close();
      }
    },
  };
}

/**
 * An epoch is a transaction. Without checkpoints, as in Flink, there is one for all, committed when the input has ended.
 */
class TransactionalSink implements Sink {
  readonly guarantee = 'exactly-once';
  readonly #writer: RecordWriter;
  readonly #request: SinkRequest;
  readonly #settings: SinkSettings;
  #ring: TransactionRing | null = null;

  constructor(request: SinkRequest, settings: SinkSettings) {
    this.#request = request;
    this.#settings = settings;
    this.#writer = new RecordWriter(request, settings, (client) => this.#ringOver(client));
  }

  write(batch: Batch): void | Promise<void> {
    return this.#writer.write(batch);
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  async prepare(epoch: number): Promise<readonly Committable[]> {
    await this.#writer.flush();
    const identity = this.#writer.endTransaction();
    if (identity === null) return [];
    return [(await this.#transactions()).prepare(identity, epoch)];
  }

  async commit(committables: readonly Committable[]): Promise<void> {
    if (committables.length > 0) await (await this.#transactions()).commit(committables);
  }

  async recover(committables: readonly Committable[]): Promise<void> {
    await (await this.#transactions()).recover(committables);
  }

  gauges(): Readonly<Record<string, number>> {
    return this.#writer.gauges();
  }

  async close(clean: boolean): Promise<void> {
    try {
      if (clean) {
        await this.#writer.flush();
        const identity = this.#writer.endTransaction();
        if (identity !== null) {
          const ring = await this.#transactions();
          await ring.commit([ring.prepare(identity, 0)]);
        }
      } else await this.#abandon();
    } finally {
      await this.#writer.close();
    }
  }

  /** Spares readers the wait for the transaction's time to run out, if a broker hears of it soon. */
  async #abandon(): Promise<void> {
    const identity = this.#writer.openTransaction;
    this.#writer.stop();
    if (identity === null) return;
    const aborted = this.#transactions().then((ring) => ring.abort(identity));
    try {
      await Promise.race([aborted, this.#request.context.clock.sleep(ABANDON_MS)]);
    } catch (error) {
      // The job has failed already, and the next run ends what is open.
      if (!(error instanceof EngineError)) throw error;
    }
    aborted.catch(() => {}); // As above, later.
  }

  async #transactions(): Promise<TransactionRing> {
    const cluster = await this.#writer.cluster();
    return this.#ringOver(new TransactionClient(cluster, this.#settings.transactionTimeoutMs));
  }

  #ringOver(client: TransactionClient): TransactionRing {
    const { context, subtask, parallelism = 1 } = this.#request;
    const { transactionalIdPrefix, transactionTimeoutMs } = this.#settings;
    this.#ring ??= new TransactionRing({
      client,
      clock: context.clock,
      faults: context.faults,
      prefix: transactionalIdPrefix as string,
      subtask,
      parallelism,
      timeoutMs: transactionTimeoutMs,
    });
    return this.#ring;
  }
}

/** What `properties.*` say about producing; durations in milliseconds, sizes in bytes. */
export interface ProducerSettings {
  readonly batchBytes: number;
  readonly lingerMs: number;
  readonly maxRequestBytes: number;
  readonly maxInFlight: number;
  /** Bytes that may wait for their acknowledgement before `write` asks to wait. */
  readonly bufferBytes: number;
  /** -1 = all replicas in sync. */
  readonly acks: -1 | 0 | 1;
  readonly requestTimeoutMs: number;
  readonly deliveryTimeoutMs: number;
  readonly retries: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly metadataMaxAgeMs: number;
}

/** How long to wait before attempt `attempt` (from 1), with a fifth of chance so that many do not ask at once. */
export function backoffMs(settings: ProducerSettings, attempt: number, random: () => number): number {
  const { retryBackoffMs, retryBackoffMaxMs } = settings;
  return Math.min(retryBackoffMaxMs, retryBackoffMs * 2 ** Math.min(attempt - 1, 20)) * (0.8 + 0.4 * random());
}

import { EngineError } from '../../../errors.ts';
import type { OutgoingBatch, PartitionQueue } from './partition-queue.ts';
import { HEADER_BYTES, type RecordBatch } from './record-batch.ts';

/** How messages call where records go. */
export const placeOf = ({ topic, partition }: PartitionQueue): string => `partition ${partition} of topic "${topic}"`;

/** For a batch of one record. `than` says what it does not fit into. */
export function recordTooLarge(queue: PartitionQueue, batch: RecordBatch, than: string): EngineError {
  return new EngineError(
    'program_limit_exceeded',
    `a record of ${batch.length - HEADER_BYTES} bytes for ${placeOf(queue)} is larger than ${than}`,
    {
      hint: "Limits are the table's 'properties.max.request.size', the topic's \"max.message.bytes\" and the broker's \"message.max.bytes\".",
    },
  );
}

export function deliveryTimedOut(
  queue: PartitionQueue,
  { batch, lastError }: OutgoingBatch,
  deliveryTimeoutMs: number,
): EngineError {
  return new EngineError(
    'connection_timeout',
    `${batch.count} records for ${placeOf(queue)} were not acknowledged within ${deliveryTimeoutMs} ms`,
    {
      detail: lastError === '' ? undefined : `The last attempt ended with: ${lastError}.`,
      hint: "The limit is 'properties.delivery.timeout.ms'.",
    },
  );
}

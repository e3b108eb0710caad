/** When partitions are complete. What is done then, a success file, is the sink's part. */
import { EngineError, unsupported } from '../../errors.ts';
import { parseTimestamp } from '../../types/datetime.ts';
import type { ParsedOptions } from '../../types/option-spec.ts';
import { timeZone } from '../../types/time-zone.ts';
import type { SinkRequest } from '../connector.ts';

export interface Partition {
  readonly directory: string;
  /** Text of each partition column. */
  readonly values: Readonly<Record<string, string>>;
}

export interface OpenPartition {
  readonly partition: Partition;
  /** Wall clock of its first row, or its own time. */
  readonly timeMs: number;
}

export class PartitionCommit {
  readonly successFile: string;
  readonly #options: ParsedOptions;
  readonly #byWatermark: boolean;
  readonly #delayMs: number;
  readonly #open = new Map<string, OpenPartition>();

  private constructor(options: ParsedOptions) {
    this.#options = options;
    this.successFile = options.string('sink.partition-commit.success-file.name') as string;
    this.#byWatermark = options.string('sink.partition-commit.trigger') === 'partition-time';
    this.#delayMs = options.number('sink.partition-commit.delay') as number;
  }

  /** `null` when committing a partition does nothing. */
  static of({ options, table, context }: SinkRequest): PartitionCommit | null {
    if (!options.has('sink.partition-commit.policy.kind') || table.partitionKeys.length === 0) return null;
    if (context.parallelism > 1) {
      // A subtask cannot know that the others have written their part.
      throw unsupported('committing partitions with several subtasks', "SET 'parallelism.default' = '1'.");
    }
    return new PartitionCommit(options);
  }

  /** A row was written to the partition. */
  onRow(partition: Partition, nowMs: number): void {
    if (this.#open.has(partition.directory)) return;
    const timeMs = this.#byWatermark ? this.#partitionTime(partition) : nowMs;
    this.#open.set(partition.directory, { partition, timeMs });
  }

  /** Partitions that were written to and are not complete. */
  get open(): readonly OpenPartition[] {
    return [...this.#open.values()];
  }

  /** Before the first row: what an earlier run left open. */
  restore({ partition, timeMs }: OpenPartition): void {
    this.#open.set(partition.directory, { partition, timeMs });
  }

  /** Takes out the partitions that are complete, all of them when the input has ended. */
  takeComplete(nowMs: number, watermark: number, ended: boolean): Partition[] {
    const complete: Partition[] = [];
    for (const [directory, { partition, timeMs }] of this.#open) {
      const due = this.#byWatermark ? watermark > timeMs + this.#delayMs : nowMs >= timeMs + this.#delayMs;
      if (!due && !ended) continue;
      complete.push(partition);
      this.#open.delete(directory);
    }
    return complete;
  }

  #partitionTime({ values }: Partition): number {
    const pattern = this.#options.string('partition.time-extractor.timestamp-pattern');
    let text = pattern ?? (Object.values(values)[0] as string);
    if (pattern !== undefined) {
      // Longer names first, since `$d` begins `$dt`.
      for (const key of Object.keys(values).sort((a, b) => b.length - a.length)) {
        text = text.replaceAll(`$${key}`, () => values[key] as string);
      }
    }
    const parsed = parseTimestamp(text);
    if (parsed === undefined) {
      throw new EngineError('invalid_datetime', `'${text}' is no partition time`, {
        hint: "Set 'partition.time-extractor.timestamp-pattern' so that it gives yyyy-MM-dd HH:mm:ss.",
      });
    }
    const zone = this.#options.string('sink.partition-commit.watermark-time-zone') as string;
    return timeZone(zone).toInstant(parsed.ms);
  }
}

/**
 * A sample of a topic's records: the first and the last of several of its partitions, read as a query would read them. So
 * a schema that changed over time shows both of its forms, and the effort does not grow with the topic.
 */
import type { Clock } from '../../../platform/platform.ts';
import type { RecordChunk, RecordReader, Source, Split } from '../../connector.ts';
import type { RecordSpans } from '../../../formats/format.ts';

const PARTITIONS = 8;
/** Of each end of a partition. */
export const RECORDS_PER_END = 50;
/** Of one end; a larger record counts as one all the same. */
const BYTES_PER_END = 512 * 1024;
const MAX_MS = 10_000;

export interface Sample {
  readonly keys: Uint8Array[];
  readonly values: Uint8Array[];
}

export interface SampleRequest {
  /** Both end where the topic ends now. */
  readonly first: Source;
  readonly last: Source;
  /** Splits that hold records. */
  readonly filled: ReadonlySet<string>;
  readonly clock: Clock;
}

/** Reads both ends, in an order that does not depend on who answers first; null records and empty ones are left out. */
export async function sampleRecords({ first, last, filled, clock }: SampleRequest): Promise<Sample> {
  const deadlineMs = clock.monotonic() + MAX_MS;
  const parts = await Promise.all([first, last].map((source) => readSplits(source, filled, { clock, deadlineMs })));
  const all = parts.flat();
  return { keys: all.flatMap(({ keys }) => keys), values: all.flatMap(({ values }) => values) };
}

async function readSplits(
  source: Source,
  filled: ReadonlySet<string>,
  limits: Pick<Reading, 'clock' | 'deadlineMs'>,
): Promise<readonly Sample[]> {
  const splits = (await source.listSplits()).filter(({ id }) => filled.has(id));
  const bell = new Bell();
  source.onData?.(() => bell.ring());
  return Promise.all(spread(splits, PARTITIONS).map((split) => readSplit(source, split, { ...limits, bell })));
}

interface Reading {
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly bell: Bell;
}

async function readSplit(source: Source, split: Split, { clock, deadlineMs, bell }: Reading): Promise<Sample> {
  const sample: Sample = { keys: [], values: [] };
  const reader = (await source.open({ split, position: null, readsKey: true, columns: [] })) as RecordReader;
  try {
    for (let left = RECORDS_PER_END; left > 0 && sizeOf(sample) < BYTES_PER_END;) {
      const chunk = reader.read(left);
      if (chunk === 'end' || clock.monotonic() >= deadlineMs) break;
      if (chunk === 'idle') await bell.wait(clock, deadlineMs - clock.monotonic());
      else left -= take(chunk, sample);
    }
    return sample;
  } finally {
    await reader.close();
  }
}

function take({ count, keys, values }: RecordChunk, sample: Sample): number {
  const copy = ({ u8, start, end }: RecordSpans, into: Uint8Array[]): void => {
    for (let i = 0; i < count; i++) {
      const from = start[i] as number;
      const to = end[i] as number;
      if (from >= 0 && to > from) into.push(u8.slice(from, to));
    }
  };
  copy(values, sample.values);
  if (keys !== null) copy(keys, sample.keys);
  return count;
}

const sizeOf = ({ keys, values }: Sample): number =>
  [...keys, ...values].reduce((sum, record) => sum + record.length, 0);

/** At most `count` of them, from the whole range. */
function spread<T>(all: readonly T[], count: number): T[] {
  const taken = Math.min(all.length, count);
  return Array.from({ length: taken }, (_, i) => all[Math.floor((i * all.length) / taken)] as T);
}

/** Wakes all who wait for a source to have something. */
class Bell {
  #waiting: (() => void)[] = [];

  ring(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async wait(clock: Clock, ms: number): Promise<void> {
    let cancel = (): void => {};
    await new Promise<void>((wake) => {
      this.#waiting.push(wake);
      cancel = clock.schedule(ms, wake);
    });
    cancel();
  }
}

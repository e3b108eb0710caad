/** What the tests of reading Kafka share: a table's records as text, read by the source alone. */
import type { Position, RecordReader, Source } from '../../src/connectors/connector.ts';
import { kafka, upsertKafka } from '../../src/connectors/kafka/index.ts';
import { KAFKA_METADATA } from '../../src/connectors/kafka/source/metadata-columns.ts';
import { nodePlatform } from '../../src/platform/node-platform.ts';
import type { DataType } from '../../src/types/data-type.ts';
import { parseOptions } from '../../src/types/option-spec.ts';
import { type Value, getValue } from '../../src/types/vector.ts';
import type { KafkaServer } from '../servers/kafka.ts';

export type Options = Readonly<Record<string, string>>;

export interface ReadRecord {
  readonly split: string;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly metadata: Readonly<Record<string, Value>>;
}

export interface OpenTable {
  readonly source: Source;
  /** Records read so far, in the order of their arrival. */
  readonly records: ReadRecord[];
  /** Where each split stands now. */
  positions(): ReadonlyMap<string, Position>;
  /** Reads until `done`, or until all splits have ended; new splits are opened as they are discovered. */
  until(done: (records: readonly ReadRecord[]) => boolean, timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

interface TableRequest {
  readonly connector?: 'kafka' | 'upsert-kafka';
  readonly options: Options;
  readonly positions?: ReadonlyMap<string, Position>;
  readonly metadata?: readonly string[];
  /** Records of a chunk. */
  readonly chunk?: number;
}

/** The options of a table over the plain listener, from the beginning. */
export const optionsOf = (server: KafkaServer, topic: string, more: Options = {}): Options => ({
  topic,
  'properties.bootstrap.servers': server.bootstrap,
  'scan.startup.mode': 'earliest-offset',
  ...more,
});

export function openTable({
  connector = 'kafka',
  options,
  positions,
  metadata = [],
  chunk = 100,
}: TableRequest): OpenTable {
  const which = connector === 'kafka' ? kafka : upsertKafka;
  const parsed = parseOptions(`connector "${connector}"`, which.options, options);
  const table = { path: ['t'], columns: [], metadata: [], primaryKey: [], partitionKeys: [], options: {} };
  const context = { ...nodePlatform(), timeZone: 'UTC', parallelism: 1 };
  const source = which.source?.({ table, options: parsed, context }) as Source;
  const columns = metadata.map((key) => ({ kind: 'metadata' as const, path: [key], type: typeOf(key) }));
  const records: ReadRecord[] = [];
  const readers = new Map<string, RecordReader>();
  const ended = new Set<string>();
  let wake = (): void => {};
  source.onData?.(() => wake());

  const openNew = async (discovered: boolean): Promise<void> => {
    for (const split of await source.listSplits()) {
      if (readers.has(split.id)) continue;
      const position = positions?.get(split.id) ?? null;
      const reader = await source.open({ split, position, discovered, readsKey: true, columns });
      readers.set(split.id, reader as RecordReader);
    }
  };

  const readAll = (): boolean => {
    let any = false;
    for (const [split, reader] of readers) {
      if (ended.has(split)) continue;
      const read = reader.read(chunk);
      if (read === 'end') ended.add(split);
      if (read === 'end' || read === 'idle') continue;
      any = true;
      const text = ({ u8, start, end }: typeof read.values, i: number): string | null =>
        (start[i] as number) < 0 ? null : Buffer.from(u8.subarray(start[i], end[i])).toString();
      for (let i = 0; i < read.count; i++) {
        const values = metadata.map((key, m) => [key, getValue(read.metadata[m] as never, i, typeOf(key))] as const);
        const key = read.keys === null ? null : text(read.keys, i);
        const value = text(read.values, i);
        records.push({ split, offset: read.offsetOf(i), key, value, metadata: Object.fromEntries(values) });
      }
      // What a decoder may do to the byte behind a record.
      for (const { u8, start, end } of read.keys === null ? [read.values] : [read.values, read.keys]) {
        for (let i = 0; i < read.count; i++) if ((start[i] as number) >= 0) u8[end[i] as number] = 10;
      }
    }
    return any;
  };

  return {
    source,
    records,
    positions: () => new Map([...readers].map(([split, reader]) => [split, reader.position()])),
    async until(done, timeoutMs = 20_000) {
      const giveUp = Date.now() + timeoutMs;
      let nextListing = 0;
      let first = readers.size === 0;
      while (!done(records)) {
        if (Date.now() >= nextListing) {
          await openNew(!first);
          first = false;
          nextListing = source.discoveryIntervalMs > 0 ? Date.now() + source.discoveryIntervalMs : Infinity;
        }
        const woken = new Promise<void>((resolve) => (wake = resolve));
        if (readAll()) continue;
        if (source.boundedness === 'bounded' && ended.size === readers.size) return;
        if (Date.now() > giveUp) throw new Error(`only ${records.length} records in ${timeoutMs} ms`);
        await Promise.race([woken, new Promise((resolve) => setTimeout(resolve, 100))]);
      }
    },
    async close() {
      await Promise.all([...readers.values()].map((reader) => reader.close()));
      await source.close();
    },
  };
}

/** All values of a bounded table, sorted by split and offset. */
export async function readTable(request: TableRequest): Promise<readonly ReadRecord[]> {
  const table = openTable(request);
  try {
    await table.until(() => false);
    return table.records.toSorted((a, b) => (a.split < b.split ? -1 : a.split > b.split ? 1 : a.offset - b.offset));
  } finally {
    await table.close();
  }
}

function typeOf(key: string): DataType {
  return KAFKA_METADATA.find((one) => one.key === key)?.type as DataType;
}

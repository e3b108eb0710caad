import type { ByteReader, Position, RecordChunk, RecordReader, RowReader, Split } from '../connectors/connector.ts';
import { EngineError } from '../errors.ts';
import type { BadRecord, Decoder } from '../formats/format.ts';
import type { PhysicalOf, ScanColumn } from '../plan/physical.ts';
import { type Batch, BatchBuilder } from '../types/batch.ts';
import { type ColumnBuilder, columnBuilder } from '../types/column-builder.ts';
import type { Clock } from '../platform/platform.ts';
import type { Schema } from '../types/schema.ts';
import type { Value, Vector } from '../types/vector.ts';
import type { Counters } from './counters.ts';
import { type RecordDecoding, RecordRows } from './record-rows.ts';

/** How the bytes of a scan's splits are decoded. */
export interface StreamDecoding {
  /** A decoder for a restart at a position of the byte stream. */
  decoderAt(position: number): Decoder;
  /** It gets the bytes from the stream's beginning all the same. */
  readonly needsHead: boolean;
}

interface SplitReaderOptions {
  readonly split: Split;
  readonly reader: ByteReader | RowReader | RecordReader;
  /** Where the reader starts; `null` = the split's beginning. */
  readonly position: Position | null;
  readonly node: PhysicalOf<'scan'>;
  /** Of sources of bytes. */
  readonly decoder: StreamDecoding | null;
  /** Of sources of framed records; splits share it. */
  readonly records: RecordDecoding | null;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly batchSize: number;
  readonly chunkSizeBytes: number;
}

/** `again`: a snapshot must not follow, since the batch ended inside a record that gives several rows. */
interface SplitRead {
  /** Borrowed, over the scan's decoded columns. */
  readonly batch: Batch | null;
  readonly bad: readonly BadRecord[];
  readonly then: 'progress' | 'again' | 'idle' | 'end';
}

const NONE: readonly BadRecord[] = [];
const IDLE: SplitRead = { batch: null, bad: NONE, then: 'idle' };
const END: SplitRead = { batch: null, bad: NONE, then: 'end' };

/** How long a read may take before other splits get their turn; it goes on meanwhile. */
const PATIENCE_MS = 20;

/** A read that took longer than we had patience. */
interface SlowRead<T> {
  readonly result: Promise<T>;
  /** Until it had settled or our patience was over. */
  readonly waited: Promise<void>;
  readonly settled: boolean;
}

/** An open split: bytes through the decoder, or rows as they come, at most one batch a call. */
export class SplitReader {
  readonly split: Split;
  readonly #options: SplitReaderOptions;
  readonly #reader: ByteReader | RowReader | RecordReader;
  readonly #decoder: Decoder | null;
  readonly #rows: BatchBuilder;
  readonly #records: RecordRows | null;
  /** Records that wait for what their decoder needs, and where they begin. */
  #chunk: { readonly records: RecordChunk; readonly position: Position } | null = null;
  /** The output columns that come out of the bytes, in order; the others are constant for a split. */
  readonly #decoded: readonly number[];
  /** The constant columns of a byte split, by output column. */
  readonly #constants: ReadonlyMap<number, ColumnBuilder>;
  #bytesEnded = false;
  #slow: SlowRead<unknown> | null = null;

  constructor(options: SplitReaderOptions) {
    const { split, reader, position, node, decoder } = options;
    this.#options = options;
    this.split = split;
    this.#reader = reader;
    const startByte = typeof position === 'number' ? position : 0;
    this.#decoder = reader.kind === 'bytes' && decoder !== null ? decoder.decoderAt(startByte) : null;
    this.#rows = new BatchBuilder(decodedSchema(node));
    this.#records = reader.kind === 'records' ? recordRows(options) : null;
    this.#decoded = node.columns.map((_, index) => index).filter((index) => !isConstant(node, index));
    this.#constants = reader.kind === 'bytes' ? constantColumns(options, reader.metadata ?? {}) : new Map();
  }

  /** After what was read so far. */
  get position(): Position {
    if (this.#reader.kind === 'bytes') return (this.#decoder as Decoder).consumedBytes;
    return this.#chunk?.position ?? this.#reader.position();
  }

  /** Where a bad record stands, in words. */
  placeOf(record: BadRecord): string {
    return this.#reader.kind === 'records'
      ? `It is at offset ${record.position} of ${this.split.id}`
      : `It begins at byte ${record.position} of ${this.split.id}`;
  }

  read(): Promise<SplitRead> {
    switch (this.#reader.kind) {
      case 'bytes':
        return this.#readBytes(this.#reader);
      case 'rows':
        return this.#readRows(this.#reader);
      case 'records':
        return this.#readRecords(this.#reader);
    }
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  async #readBytes(reader: ByteReader): Promise<SplitRead> {
    const { batchSize, chunkSizeBytes, counters } = this.#options;
    const decoder = this.#decoder as Decoder;
    for (;;) {
      const decoded = decoder.next(batchSize);
      if (decoded !== null) {
        const batch = this.#withConstants(decoded.batch);
        return { batch, bad: decoded.bad, then: decoder.midRecord ? 'again' : 'progress' };
      }
      if (this.#bytesEnded) return END;
      const count = await this.#patiently(() => reader.read(decoder.reserve(chunkSizeBytes)));
      if (count === null) return IDLE;
      if (count > 0) {
        counters.add('bytes_in', count);
        decoder.commit(count, false);
      } else if (count === 0) {
        decoder.commit(0, false);
        return IDLE;
      } else {
        this.#bytesEnded = true;
        decoder.commit(0, true);
      }
    }
  }

  async #readRows(reader: RowReader): Promise<SplitRead> {
    const rows = this.#rows;
    const result = await this.#patiently(() => {
      rows.reset();
      return reader.read(rows, this.#options.batchSize);
    });
    if (result === null) return IDLE;
    const batch = rows.isEmpty ? null : rows.build();
    if (result === 'end') return { batch, bad: NONE, then: 'end' };
    return { batch, bad: NONE, then: batch !== null || result === 'more' ? 'progress' : 'idle' };
  }

  async #readRecords(reader: RecordReader): Promise<SplitRead> {
    const { batchSize, counters } = this.#options;
    const rows = this.#records as RecordRows;
    let chunk = this.#chunk?.records;
    if (chunk === undefined) {
      const position = rows.mayWait ? reader.position() : null;
      const read = reader.read(batchSize);
      if (read === 'idle') return IDLE;
      if (read === 'end') return END;
      chunk = read;
      counters.add('bytes_in', sizeBytes(chunk));
      if (position !== null) this.#chunk = { records: chunk, position };
    }
    if (this.#chunk !== null) {
      const { records } = this.#chunk;
      const ready = await this.#patiently(() => rows.prepare(records)?.then(() => 1) ?? 1);
      if (ready === null) return IDLE;
      this.#chunk = null;
    }
    return { ...rows.decode(chunk), then: 'progress' };
  }

  /** What `read` gives, or null when that takes long: then a later call gets it. */
  async #patiently<T extends number | string>(read: () => T | Promise<T>): Promise<T | null> {
    let slow = this.#slow as SlowRead<T> | null;
    if (slow === null) {
      const reading = read();
      if (!(reading instanceof Promise)) return reading;
      slow = this.#wait(reading);
      await slow.waited;
    }
    this.#slow = slow.settled ? null : slow;
    return slow.settled ? slow.result : null;
  }

  #wait<T>(result: Promise<T>): SlowRead<T> {
    const { promise: waited, resolve } = Promise.withResolvers<void>();
    const slow = { result, waited, settled: false };
    const cancel = this.#options.clock.schedule(PATIENCE_MS, resolve);
    const settle = (): void => {
      slow.settled = true;
      cancel();
      resolve();
    };
    result.then(settle, settle);
    return slow;
  }

  #withConstants(decoded: Batch): Batch {
    if (this.#constants.size === 0) return decoded;
    const vectors: Vector[] = [];
    this.#decoded.forEach((index, i) => (vectors[index] = decoded.vectors[i] as Vector));
    for (const [index, builder] of this.#constants) vectors[index] = builder.vector(decoded.length);
    return { length: decoded.length, vectors, kinds: decoded.kinds, marks: null };
  }
}

function recordRows({ node, records }: SplitReaderOptions): RecordRows {
  if (records === null) throw new EngineError('internal_error', 'records are read without a format');
  return new RecordRows(
    records,
    node.columns.map((column) => ({
      name: column.kind === 'physical' ? column.path.join('.') : column.key,
      type: column.type,
    })),
  );
}

function sizeBytes({ values, keys, count }: RecordChunk): number {
  let total = 0;
  for (const spans of keys === null ? [values] : [values, keys]) {
    const { start, end } = spans;
    for (let i = 0; i < count; i++) if ((start[i] as number) >= 0) total += (end[i] as number) - (start[i] as number);
  }
  return total;
}

/** What readers fill: the columns that are read, or the table's row where nothing is computed from them. */
function decodedSchema({ columns, schema, computed }: PhysicalOf<'scan'>): Schema {
  if (computed === null) return schema;
  return columns.map((column) => ({
    name: column.kind === 'physical' ? column.path.join('.') : column.key,
    type: column.type,
  }));
}

/** Whether a column is the same for all rows of a byte split: metadata, or a partition column (named by its directory). */
function isConstant(node: PhysicalOf<'scan'>, index: number): boolean {
  const column = node.columns[index] as ScanColumn;
  return column.kind === 'metadata' || node.table.partitionKeys.includes(column.path[0] as string);
}

/** The columns that are the same for all rows of the split, filled for a whole batch. */
function constantColumns(
  { node, batchSize }: SplitReaderOptions,
  values: Readonly<Record<string, Value>>,
): ReadonlyMap<number, ColumnBuilder> {
  const columns = new Map<number, ColumnBuilder>();
  node.columns.forEach((column, index) => {
    if (!isConstant(node, index)) return;
    const value = values[column.kind === 'metadata' ? column.key : (column.path[0] as string)] ?? null;
    const builder = columnBuilder(column.type);
    builder.reserve(batchSize);
    for (let row = 0; row < batchSize; row++) builder.set(row, value);
    columns.set(index, builder);
  });
  return columns;
}

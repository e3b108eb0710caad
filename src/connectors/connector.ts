/**
 * What a connector is: tables in the outside world, as sources of bytes or rows and as sinks of batches.
 *
 * Transport carries bytes, a format interprets them; a connector never sees columns unless it makes the rows itself
 * (datagen, nexmark, script).
 */
import type { Batch, BatchBuilder } from '../types/batch.ts';
import type { Schema } from '../types/schema.ts';
import type { Value, Vector } from '../types/vector.ts';
import type { Encoder, RecordSpans } from '../formats/format.ts';
import type { FaultPoints } from '../platform/fault-points.ts';
import type { Clock, FileSystem, Random, TextOutput, Transport } from '../platform/platform.ts';
import type { OptionSet, ParsedOptions } from '../types/option-spec.ts';
import type { ChangelogMode, TableDefinition } from '../types/table-definition.ts';

/** What the engine hands in: nothing of the outside world is reached but through it. */
export interface ConnectorContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly fileSystem: FileSystem;
  readonly transport: Transport;
  readonly faults: FaultPoints;
  /** Where `print` writes rows. */
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** IANA name of the session's time zone. */
  readonly timeZone: string;
  /** `parallelism.default`: how many subtasks share the splits. */
  readonly parallelism: number;
}

/** A part of a source that is read in order by one reader at a time. */
export interface Split {
  readonly id: string;
}

/**
 * Where a split's reader stands: plain data that restores it exactly, given back as it was yielded. A byte reader's
 * position is the offset in its decoded byte stream.
 */
export type Position = number | string | { readonly [key: string]: number | string };

/** A split as bytes, to be cut and decoded by the table's format. */
export interface ByteReader {
  readonly kind: 'bytes';
  /**
   * Fills `into` from its start and returns how many bytes it wrote: 0 means nothing is there now but more may come
   * (ask again later), -1 the end of the split. A read that takes long holds up nothing else; `close` may come meanwhile.
   */
  read(into: Uint8Array): number | Promise<number>;
  /**
   * Values that are constant for a split: of metadata columns by key (`file.path` …), of partition columns by name
   * (which are not in the bytes). The decoder is not asked for either.
   */
  readonly metadata?: Readonly<Record<string, Value>>;
  close(): Promise<void>;
}

/** A split whose reader makes typed rows itself. */
export interface RowReader {
  readonly kind: 'rows';
  /**
   * Appends at most `maxRows` rows (kinds included, watermarks too where the source has its own) to `into`, whose
   * columns are those that `open` was asked for. `idle`: nothing now, more may come; `end`: the split is finished.
   * `close` may come while a read is under way.
   */
  read(into: BatchBuilder, maxRows: number): ReadResult | Promise<ReadResult>;
  /** The position after the rows of the reads that have come back. */
  position(): Position;
  close(): Promise<void>;
}

export type ReadResult = 'more' | 'idle' | 'end';

/**
 * A split of framed records (a message queue's messages): the table's formats decode keys and values. Nothing is
 * copied on the way: a chunk points into the memory that the transport filled.
 */
export interface RecordReader {
  readonly kind: 'records';
  /**
   * At most `maxRecords` records that are there now; never waits. The chunk is borrowed until the next call. `idle`:
   * nothing now (the source's `onData` listener hears when that changes); `end`: the split is finished.
   */
  read(maxRecords: number): RecordChunk | 'idle' | 'end';
  /** The position after the records of the chunks that were given out. */
  position(): Position;
  close(): Promise<void>;
}

export interface RecordChunk {
  readonly count: number;
  readonly values: RecordSpans;
  /** Null where the query reads no column of the key. */
  readonly keys: RecordSpans | null;
  /** The metadata columns that `open` was asked for, in the order asked, one row per record. */
  readonly metadata: readonly Vector[];
  /** Where record `index` stands in its split (an offset), for messages and dead letters. */
  offsetOf(index: number): number;
}

export interface Source {
  /** `bounded`: every split ends and no new split appears. */
  readonly boundedness: 'bounded' | 'unbounded';
  readonly changelog: ChangelogMode;
  /** What a restart guarantees, for EXPLAIN. */
  readonly guarantee: 'exactly-once' | 'at-least-once' | 'at-most-once';
  /**
   * The splits known now, in reading order. Called again while the source is unbounded (after `discoveryIntervalMs`):
   * a split id seen before is the same split.
   */
  listSplits(): Promise<readonly Split[]>;
  /** 0 = never list again. */
  readonly discoveryIntervalMs: number;
  /** Splits may be read side by side (`parallel`: watermarks are the least of all) or one after another. */
  readonly reading: 'parallel' | 'sequential';
  open(request: ReadRequest): Promise<ByteReader | RowReader | RecordReader>;
  /** `listener` is called whenever a reader that was idle may have something, so that the driver need not poll. */
  onData?(listener: () => void): void;
  /** A checkpoint that holds these positions is complete: for monitoring (offsets of a consumer group). */
  onCheckpoint?(positions: readonly { readonly split: string; readonly position: Position }[]): void | Promise<void>;
  /** What a person wants to know of a running source, by name (`lag`: records not yet read). */
  gauges?(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** The columns that a query reads of a table: `columns[i]` names a physical column or metadata key by path. */
export interface ReadRequest {
  readonly split: Split;
  /** Where to start; `null` = the split's beginning. */
  readonly position: Position | null;
  /** The split appeared after the job had listed splits before, in this run or one that it was restored from. */
  readonly discovered?: boolean;
  /** Whether columns of the record's key are read (tables with a key format). */
  readonly readsKey?: boolean;
  readonly columns: readonly {
    readonly kind: 'physical' | 'metadata';
    readonly path: readonly string[];
    readonly type: Schema[number]['type'];
  }[];
}

/** Plain data that names what a prepared epoch would make visible. */
export type Committable = { readonly [key: string]: string | number };

/** `unkeyed-upsert`: any changes, and it does without -U whatever the keys are. */
export type SinkAccepts = 'append' | 'upsert' | 'unkeyed-upsert' | 'all';

export interface Sink {
  readonly guarantee: 'exactly-once' | 'at-least-once' | 'at-most-once';
  /**
   * Takes a borrowed batch: it is consumed before the call returns. The promise, if any, resolves when the sink can
   * take more; the caller waits for it before the next call.
   */
  write(batch: Batch): void | Promise<void>;
  /** The sink's input reached this watermark (partition commit). */
  onWatermark?(time: number): void;
  /** Resolves when everything written is durable. */
  flush(): Promise<void>;
  /**
   * Two-phase sinks: closes the epoch and says what it holds; nothing of it is visible before `commit`. Rows that come
   * afterwards belong to the next one. The caller waits before it writes on.
   */
  prepare?(epoch: number): Promise<readonly Committable[]>;
  /** Makes committables visible; doing it again has no effect. Rows of the next epoch may be written meanwhile. */
  commit?(committables: readonly Committable[]): Promise<void>;
  /**
   * Before the first `write` of a job with checkpoints, once all its sinks are made: finishes what a crash left between prepare and commit
   * (`committables` of the checkpoint it is restored from, none when it starts anew) and abandons all else that earlier
   * runs left behind. Committables of former subtask s come to subtask s modulo the parallelism.
   */
  recover?(committables: readonly Committable[]): Promise<void>;
  /** What a person wants to know of a running sink, by name. */
  gauges?(): Readonly<Record<string, number>>;
  /** `clean`: the input ended or the job was stopped; else it failed, and what is not committed is abandoned. */
  close(clean: boolean): Promise<void>;
}

export interface SourceRequest {
  readonly table: TableDefinition;
  readonly options: ParsedOptions;
  readonly context: ConnectorContext;
}

export interface SinkRequest extends SourceRequest {
  /** The rows it will get: physical columns, then writable metadata columns. */
  readonly schema: Schema;
  readonly subtask: number;
  /** How many subtasks write; 1 when absent. */
  readonly parallelism?: number;
  /** Encodes batches by the table's format; absent when the table has none or keeps key and value apart. */
  readonly encoder: Encoder | null;
  /** Of connectors with `format: 'key-value'`: what goes into the key (null = records without one) and the value. */
  readonly record?: { readonly key: ColumnsEncoder | null; readonly value: ColumnsEncoder };
  /**
   * Whether epochs are prepared and committed, so that nothing may become visible before; else a two-phase sink
   * shows what it wrote as it sees fit.
   */
  readonly checkpointing?: boolean;
  /** With checkpoints: names the job, in all its runs and no other job; for what `recover` has to find. */
  readonly writer?: string;
}

/** An encoder for some columns of a batch: `encoder` takes batches of just those. */
export interface ColumnsEncoder {
  readonly encoder: Encoder;
  /** Indexes into the sink's schema, in the order of the encoder's. */
  readonly columns: readonly number[];
}

export interface Connector {
  readonly name: string;
  /** One paragraph for the reference page. */
  readonly doc: string;
  readonly options: OptionSet;
  /**
   * Whether tables have a `format`: `required`, or `none` (an option `format` is then unknown). `key-value`: records
   * with `value.format` (or `format`) and, as an option, `key.format` and its kin; `keyed-by-primary-key`: both formats
   * are required and the key is the primary key.
   */
  readonly format: 'required' | 'none' | 'key-value' | 'keyed-by-primary-key';
  /** Metadata keys that a column may name, with their types. */
  readonly metadata: readonly {
    readonly key: string;
    readonly type: Schema[number]['type'];
    readonly writable: boolean;
  }[];
  source?(request: SourceRequest): Source;
  /** Which changes its sinks take, `append` when absent; the planner refuses what they cannot. */
  readonly sinkAccepts?: SinkAccepts | ((options: ParsedOptions) => SinkAccepts);
  sink?(request: SinkRequest): Sink;
}

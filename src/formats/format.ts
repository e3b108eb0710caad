/**
 * What a format is: bytes to typed columns, and back.
 *
 * A decoder is made for one schema and the columns that a query reads. It owns the memory that a reader fills, so that
 * strings can point into it; a bad record is returned as data, never thrown.
 */
import type { Batch } from '../types/batch.ts';
import type { DataType } from '../types/data-type.ts';
import type { Schema } from '../types/schema.ts';
import type { Clock, FileSystem, Transport } from '../platform/platform.ts';
import type { OptionSpec } from '../types/option-spec.ts';

export interface BadRecord {
  /** A copy of the record's bytes, without its separator. */
  readonly bytes: Uint8Array;
  /** Offset of the record's first byte in the stream. */
  readonly position: number;
  readonly reason: string;
  /** How many rows of the batch come before it. */
  readonly row: number;
  /** The format's own `ignore-parse-errors` says to pass over it: it is counted, whatever the table's policy. */
  readonly ignored?: boolean;
}

export interface DecodedBatch {
  /** Borrowed until the next call of the decoder. No marks. */
  readonly batch: Batch;
  readonly bad: readonly BadRecord[];
}

/**
 * Call order: `reserve`, fill, `commit`, then `next` until it gives null, and again; `commit(n, true)` with the last
 * bytes (n may be 0), so that a final record without a separator is decoded too.
 */
export interface Decoder {
  /** A region of at least `sizeBytes` for the next bytes of the stream; valid until `commit`. */
  reserve(sizeBytes: number): Uint8Array;
  commit(sizeBytes: number, last: boolean): void;
  /** At most `maxRows` rows, or null when the bytes do not hold another whole record. */
  next(maxRows: number): DecodedBatch | null;
  /** Bytes of the stream that the batches so far have used up: where a restart begins. */
  readonly consumedBytes: number;
  /**
   * The last batch ended inside a record that holds several rows: a restart would deliver it again from its start, so
   * call `next` until this is false before a checkpoint.
   */
  readonly midRecord: boolean;
}

/**
 * Records framed by their transport: record i is `u8[start[i] … end[i])`, or null where `start[i]` is -1. Behind the
 * last byte in use `u8` has at least `POOL_PADDING` bytes. The records and the byte at `end[i]` belong to nobody else
 * any more: a decoder may write there, and strings of its batch point there.
 */
export interface RecordSpans {
  readonly u8: Uint8Array;
  readonly count: number;
  readonly start: Int32Array;
  readonly end: Int32Array;
}

export interface DecodedRecords {
  /** Borrowed until the next call of the decoder. No marks. */
  readonly batch: Batch;
  /** The record that each row comes from, ascending; null when row i comes from record i. */
  readonly recordOf: Int32Array | null;
  /** `position` is the index of the record. */
  readonly bad: readonly BadRecord[];
}

/** Decodes whole records; a null record gives no row, but where the format has a row for it. */
export interface RecordDecoder {
  /**
   * What must come in from outside (schemas of a registry) before these records can be decoded; null = nothing. Called
   * before `decode`, and awaited; the spans stay as they are meanwhile.
   */
  prepare?(records: RecordSpans): Promise<unknown> | null;
  decode(records: RecordSpans): DecodedRecords;
}

/** Encoded records one after another, each followed by the separator it was made with. */
export interface EncodedBytes {
  readonly u8: Uint8Array;
  /** Bytes in use. */
  readonly length: number;
  /** End of each record, separator included. */
  readonly ends: Int32Array;
  readonly count: number;
  /**
   * 1 where there is no record at all (NULL of `raw`), as a transport that frames records itself can send it; null or
   * absent when there always is one.
   */
  readonly absent?: Uint8Array | null;
}

/** What makes a file of encoded records, where that is more than one after another. */
export interface FileFraming {
  /** What a file begins with. */
  head(): Uint8Array;
  /** What stands in the file for `count` records; the result is the caller's. */
  block(records: Uint8Array, count: number): Uint8Array;
}

export interface Encoder {
  /** Of formats whose files are not just records. */
  readonly file?: FileFraming;
  /** Encodes all rows of a batch; the result is valid until the next call. Row kinds are the caller's business. */
  encode(batch: Batch): EncodedBytes;
}

/** A column to decode: leaf path into the record, and its type. */
export interface DecodeColumn {
  readonly path: readonly string[];
  readonly type: DataType;
}

/** The outside world, for formats that fetch schemas. */
export interface FormatContext {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly fileSystem: FileSystem;
}

export interface RecordDecoderRequest {
  /** The columns that the record holds, in order, names as in the record. */
  readonly schema: Schema;
  /** What to decode, in output order. */
  readonly columns: readonly DecodeColumn[];
  readonly options: FormatOptions;
  readonly timeZone: string;
  /** Key or value, and of which topic: formats with a schema registry name their subject by it. */
  readonly part: RecordPart;
  readonly context?: FormatContext;
}

export interface RecordPart {
  readonly kind: 'key' | 'value';
  /** Empty when it is not known or not one. */
  readonly topic: string;
}

export interface DecoderRequest {
  /** All physical columns of the table, in order: formats without names (csv) need their places. */
  readonly schema: Schema;
  /** What to decode, in output order. */
  readonly columns: readonly DecodeColumn[];
  readonly options: FormatOptions;
  readonly timeZone: string;
  /** Offset in the stream at which the bytes begin (0, or where a restart begins). */
  readonly position: number;
  /** The stream's first record names the columns (csv; for tables whose schema was inferred from a file). */
  readonly skipHeader?: boolean;
}

export interface EncoderRequest {
  readonly schema: Schema;
  readonly options: FormatOptions;
  readonly timeZone: string;
  /** Appended after every record; empty for transports that frame records themselves. */
  readonly separator: Uint8Array;
  /** Of transports that frame records themselves. */
  readonly part?: RecordPart;
  readonly context?: FormatContext;
}

/** Parsed options of the format, keys without its prefix. */
export interface FormatOptions {
  has(key: string): boolean;
  string(key: string): string | undefined;
  number(key: string): number | undefined;
  boolean(key: string): boolean;
}

export interface FormatPreparation {
  readonly schema: Schema;
  readonly options: FormatOptions;
  readonly part: RecordPart;
  readonly for: 'reading' | 'writing';
  readonly context: FormatContext;
}

export interface Format {
  readonly name: string;
  readonly doc: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Checks combinations of options and types; throws `invalid_option` or `unsupported`. */
  validate?(schema: Schema, options: FormatOptions): void;
  decoder?(request: DecoderRequest): Decoder;
  /**
   * The head of a stream says how to read it: a decoder gets its bytes from the beginning also where a restart is at
   * `position`, and passes over what it has given before.
   */
  readonly needsHead?: boolean;
  /** For transports that frame records themselves. */
  recordDecoder?(request: RecordDecoderRequest): RecordDecoder;
  /**
   * What must be known of the outside world before decoders and encoders can be made (schemas of a registry); called
   * once per table and part, awaited before the job starts.
   */
  prepare?(request: FormatPreparation): Promise<void>;
  encoder?(request: EncoderRequest): Encoder;
}

/** What records hold, guessed from a sample of them; none of them is empty. */
export type InferRecords = (request: InferRecordsRequest) => Promise<InferredRecords>;

export interface InferRecordsRequest {
  readonly records: readonly Uint8Array[];
  readonly part: RecordPart;
  /** Options of `avro-confluent`, with that prefix; empty where no registry is known. */
  readonly registry: Readonly<Record<string, string>>;
  readonly context: FormatContext;
}

export interface InferredRecords {
  readonly format: string;
  readonly schema: Schema;
  /** Options that the format needs, with its prefix. */
  readonly options: Readonly<Record<string, string>>;
  /** Fields that no type fits. */
  readonly leftOut: readonly string[];
}

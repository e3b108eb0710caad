/**
 * What the generated decoder, the generic conversions and the decoder object share: the input bytes, the output
 * columns and the outcome of the last run.
 *
 * All fixed-width columns of a batch lie in one block of memory that three views cover, so that generated code keeps
 * three output arrays in registers, whatever the number of columns, and adds a constant offset per column.
 */
import { BoolBuilder, type ColumnBuilder, columnBuilder } from '../../types/column-builder.ts';
import { type DataType, physicalKind } from '../../types/data-type.ts';
import { POOL_PADDING } from '../../types/vector.ts';
import type { Converter } from './convert.ts';

/** Most rows of a batch; fewer where a row is wide, so that a batch stays in the cache. */
const MAX_BATCH_ROWS = 4096;
const MIN_BATCH_ROWS = 256;
const MAX_BATCH_BYTES = 8 << 20;

/** One decoded column. The offsets count elements of the view that the column's form lives in. */
export interface Slot {
  readonly index: number;
  readonly path: readonly string[];
  readonly type: DataType;
  readonly convert: Converter;
  /** Only whether a ROW is there; its fields have slots of their own. */
  readonly presence: boolean;
  /** A record without it is bad: the column is NOT NULL. */
  readonly required: boolean;
  /** Over the shared memory where the form is fixed-width. */
  readonly target: ColumnBuilder;
  readonly validAt: number;
  readonly dataAt: number;
  /** Lengths of strings, nanoseconds of fine timestamps. */
  readonly extraAt: number;
  /** Of timestamps: fraction digits, and whether a `Z` ends them. */
  readonly precision: number;
  readonly zone: boolean;
}

/** How a run of the generated decoder ended. */
export const RAN_OUT = 0;
export const BAD_RECORD = 1;
export const TOP_LEVEL_ARRAY = 2;

/** Places in `minutes` per slot. */
export const CACHE_SIZE = 6;

/** `T` between date and time. */
export const ISO_SEPARATOR = 84;

export interface DecodeOptions {
  readonly iso: boolean;
  readonly ignoreErrors: boolean;
  readonly failOnMissing: boolean;
}

export class DecodeState {
  u8 = new Uint8Array(POOL_PADDING);
  view = new DataView(this.u8.buffer);
  buf: Buffer = Buffer.from(this.u8.buffer);
  /** Over `u8`, see `byte-marks.ts`. */
  marks: Int32Array = new Int32Array(0);
  /** Of framed records: where each begins (-1 = there is none) and ends, and which one a row comes from. */
  starts: Int32Array = new Int32Array(0);
  ends: Int32Array = new Int32Array(0);
  recordOf: Int32Array = new Int32Array(0);
  bytes: Uint8Array = new Uint8Array(0);
  words: Int32Array = new Int32Array(0);
  doubles: Float64Array = new Float64Array(0);
  /**
   * Per slot, of the last timestamp: its first 16 bytes as two doubles and its epoch milliseconds at second 0; its date
   * as a double and a word and its epoch milliseconds at midnight.
   */
  minutes: Float64Array = new Float64Array(0);
  slots: readonly Slot[] = [];
  /** Names, as errors show them, of the members that are read, per object id. */
  memberNames: readonly (readonly string[])[] = [];
  /** Byte between date and time of timestamps. */
  readonly separator: number;
  readonly ignoreErrors: boolean;
  readonly failOnMissing: boolean;
  /** Most rows of a batch: the stride of the columns, known when code is generated. */
  capacity = MAX_BATCH_ROWS;
  row = 0;
  status = RAN_OUT;
  /** Why the last record is bad, when its structure is not the reason. */
  reason = '';
  /** Objects that did not have the learned form, since this was last set to 0. */
  misses = 0;
  /** A string column holds text that is still to be unescaped or compacted (its length is stored negated). */
  hasRawText = false;

  constructor(options: DecodeOptions) {
    this.separator = options.iso ? ISO_SEPARATOR : 32;
    this.ignoreErrors = options.ignoreErrors;
    this.failOnMissing = options.failOnMissing;
  }
}

export interface SlotRequest {
  readonly path: readonly string[];
  readonly type: DataType;
  readonly convert: Converter;
  readonly presence: boolean;
  readonly required: boolean;
}

const EIGHT_BYTE_WORDS: Readonly<Record<string, number>> = { f64: 1, ts: 1, i64: 1, i128: 2 };
const FOUR_BYTE_WORDS: Readonly<Record<string, number>> = { i32: 1, bytes: 2, ts: 1 };

/** Lays the columns out in one block of memory and hangs it into `state`. */
export function layOut(state: DecodeState, requests: readonly SlotRequest[]): void {
  let longs = 0;
  let words = 0;
  let bytes = 0;
  for (const { type, presence } of requests) {
    const kind = presence ? 'bool' : physicalKind(type);
    longs += EIGHT_BYTE_WORDS[kind] ?? 0;
    words += FOUR_BYTE_WORDS[kind] ?? 0;
    bytes += kind === 'bool' ? 2 : 1;
  }
  const wordsFrom = longs * 8;
  const bytesFrom = wordsFrom + words * 4;
  let capacity = MAX_BATCH_ROWS;
  while (capacity > MIN_BATCH_ROWS && capacity * (bytesFrom + bytes) > MAX_BATCH_BYTES) capacity /= 2;
  state.capacity = capacity;
  state.recordOf = new Int32Array(capacity);
  const memory = new ArrayBuffer((bytesFrom + bytes) * capacity + 8);
  state.doubles = new Float64Array(memory, 0, longs * capacity);
  state.words = new Int32Array(memory, 0, (bytesFrom / 4) * capacity);
  state.bytes = new Uint8Array(memory);
  state.minutes = new Float64Array(CACHE_SIZE * requests.length);
  let longAt = 0;
  let wordAt = (wordsFrom / 4) * capacity;
  let byteAt = bytesFrom * capacity;
  const takeWords = (): number => (wordAt += capacity) - capacity;
  const takeBytes = (): number => (byteAt += capacity) - capacity;
  const wordsAt = (at: number): Int32Array<ArrayBuffer> => new Int32Array(memory, at * 4, capacity);
  const bytesAt = (at: number): Uint8Array<ArrayBuffer> => new Uint8Array(memory, at, capacity);
  state.slots = requests.map(({ path, type, convert, presence, required }, index): Slot => {
    const target = presence ? new BoolBuilder() : columnBuilder(type);
    let dataAt = 0;
    let extraAt = 0;
    switch (target.kind) {
      case 'f64':
      case 'ts': {
        dataAt = longAt;
        const column = target as ColumnBuilder & { data: Float64Array; nanos: Int32Array };
        column.data = new Float64Array(memory, dataAt * 8, capacity);
        longAt += capacity;
        if (target.kind === 'ts') column.nanos = wordsAt((extraAt = takeWords()));
        break;
      }
      case 'i64':
      case 'i128': {
        const perRow = target.kind === 'i64' ? 1 : 2;
        dataAt = longAt * 2;
        const column = target as ColumnBuilder & { data: BigInt64Array; halves: Int32Array };
        column.data = new BigInt64Array(memory, longAt * 8, perRow * capacity);
        column.halves = new Int32Array(memory, longAt * 8, 2 * perRow * capacity);
        longAt += perRow * capacity;
        break;
      }
      case 'i32':
        (target as ColumnBuilder & { data: Int32Array }).data = wordsAt((dataAt = takeWords()));
        break;
      case 'bool':
        (target as ColumnBuilder & { data: Uint8Array }).data = bytesAt((dataAt = takeBytes()));
        break;
      case 'bytes': {
        const column = target as ColumnBuilder & { start: Int32Array; len: Int32Array };
        column.start = wordsAt((dataAt = takeWords()));
        column.len = wordsAt((extraAt = takeWords()));
        break;
      }
      default:
        target.reserve(capacity);
    }
    const validAt = takeBytes();
    (target as { valid: Uint8Array }).valid = bytesAt(validAt);
    return {
      index,
      path,
      type,
      convert,
      presence,
      required,
      target,
      validAt,
      dataAt,
      extraAt,
      precision: 'precision' in type ? type.precision : 0,
      zone: type.kind === 'TIMESTAMP_LTZ',
    };
  });
}

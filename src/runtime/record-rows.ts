/**
 * Framed records to rows of a scan: the columns of values, keys and metadata side by side.
 *
 * Where each record gives one row of each, the decoders' own vectors are the scan's columns and no row is touched. Else
 * (a record without a value, a bad one, one that holds several rows) the rows are listed by their places in values,
 * keys and metadata, and columns whose places are not all of their rows in order are copied together.
 */
import type { RecordChunk } from '../connectors/connector.ts';
import type { BadRecord, DecodedRecords, RecordDecoder } from '../formats/format.ts';
import type { Batch } from '../types/batch.ts';
import { DELETE, INSERT, UPDATE_AFTER } from '../types/batch.ts';
import { type ColumnBuilder, columnBuilder } from '../types/column-builder.ts';
import type { DataType } from '../types/data-type.ts';
import type { Vector } from '../types/vector.ts';

/** Where a column of the scan comes from: an index into what is decoded of values, of keys, of metadata; or -1. */
export interface RecordColumn {
  readonly value: number;
  readonly key: number;
  readonly metadata: number;
}

/** How a scan's records are decoded. A column that stands in both is taken from the value, where there is one. */
export interface RecordDecoding {
  readonly value: RecordDecoder;
  /** Null where no column of the key is read. */
  readonly key: RecordDecoder | null;
  readonly columns: readonly RecordColumn[];
  /** Values are +U; a record without one is the -D of its key. */
  readonly keyed: boolean;
}

export interface RecordRowsBatch {
  /** Borrowed. */
  readonly batch: Batch;
  /** `position` is the record's own. */
  readonly bad: readonly BadRecord[];
}

/** The rows of a chunk by their places, -1 where there is none; `length` of each is in use. */
class RowPlaces {
  value = new Int32Array(0);
  key = new Int32Array(0);
  record = new Int32Array(0);
  kinds = new Uint8Array(0);
  length = 0;

  add(value: number, key: number, record: number, kind: number): void {
    if (this.length === this.value.length) this.#grow();
    this.value[this.length] = value;
    this.key[this.length] = key;
    this.record[this.length] = record;
    this.kinds[this.length++] = kind;
  }

  #grow(): void {
    const size = Math.max(1024, this.length * 2);
    const wider = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(size);
      to.set(from);
      return to;
    };
    this.value = wider(this.value);
    this.key = wider(this.key);
    this.record = wider(this.record);
    const kinds = new Uint8Array(size);
    kinds.set(this.kinds);
    this.kinds = kinds;
  }
}

interface DecodedParts {
  readonly values: DecodedRecords;
  readonly keys: DecodedRecords;
  /** Values of records without a key, by record. */
  readonly keyless: ReadonlyMap<number, Uint8Array>;
}

const NO_KEYS: DecodedRecords = {
  batch: { length: 0, vectors: [], kinds: null, marks: null },
  recordOf: null,
  bad: [],
};
const NO_BYTES = new Uint8Array(0);
const NONE: ReadonlyMap<number, Uint8Array> = new Map();

export class RecordRows {
  readonly #decoding: RecordDecoding;
  readonly #builders: readonly ColumnBuilder[];
  /** The first column that only the key has and that is NOT NULL, as errors call it. */
  readonly #required: string | undefined;
  readonly #places = new RowPlaces();
  #updates = new Uint8Array(0);

  /** `columns`: the scan's, named as errors call them. */
  constructor(decoding: RecordDecoding, columns: readonly { readonly name: string; readonly type: DataType }[]) {
    this.#decoding = decoding;
    this.#builders = columns.map(({ type }) => columnBuilder(type));
    this.#required = columns.find(
      ({ type }, i) => !type.nullable && decoding.columns[i]?.value === -1 && decoding.columns[i].key >= 0,
    )?.name;
  }

  /** Whether a chunk may have to wait for `prepare`. */
  get mayWait(): boolean {
    return this.#decoding.value.prepare !== undefined || this.#decoding.key?.prepare !== undefined;
  }

  /** What must come in from outside before the chunk can be decoded; null = nothing. */
  prepare(chunk: RecordChunk): Promise<unknown> | null {
    const { value, key } = this.#decoding;
    const ofValue = value.prepare?.(chunk.values) ?? null;
    const ofKey = chunk.keys === null ? null : (key?.prepare?.(chunk.keys) ?? null);
    return ofValue === null || ofKey === null ? (ofValue ?? ofKey) : Promise.all([ofValue, ofKey]);
  }

  decode(chunk: RecordChunk): RecordRowsBatch {
    const { value, key, keyed } = this.#decoding;
    const { count } = chunk;
    const keys = key === null || chunk.keys === null ? null : key.decode(chunk.keys);
    // Before the values are decoded, which may change their bytes.
    const keyless = this.#required === undefined || keys === null ? NONE : keylessValues(chunk, keys);
    const values = value.decode(chunk.values);
    const plain = values.recordOf === null && values.bad.length === 0 && (keys === null || isPlain(keys, count));
    if (plain && (!keyed || !hasNull(chunk))) return { batch: this.#sideBySide(chunk, values, keys), bad: [] };
    if (keys === null && !keyed) return this.#picked(chunk, values);
    const bad = this.#place(chunk, { values, keys: keys ?? NO_KEYS, keyless });
    return { batch: this.#copied(chunk, values, keys), bad };
  }

  #sideBySide(chunk: RecordChunk, values: DecodedRecords, keys: DecodedRecords | null): Batch {
    const { columns, keyed } = this.#decoding;
    const { length } = values.batch;
    const vectors = columns.map((column): Vector => {
      if (column.value >= 0) return values.batch.vectors[column.value] as Vector;
      return (column.key >= 0 ? keys?.batch.vectors[column.key] : chunk.metadata[column.metadata]) as Vector;
    });
    return { length, vectors, kinds: keyed ? this.#onlyUpdates(length) : null, marks: null };
  }

  /** All rows of the values, with their metadata. */
  #picked(chunk: RecordChunk, values: DecodedRecords): RecordRowsBatch {
    const { batch, recordOf } = values;
    const { length } = batch;
    const vectors = this.#decoding.columns.map((column, i): Vector => {
      if (column.value >= 0) return batch.vectors[column.value] as Vector;
      const from = chunk.metadata[column.metadata] as Vector;
      return recordOf === null ? from : pick(this.#builders[i] as ColumnBuilder, from, recordOf, length);
    });
    const bad = values.bad.map((record) => ({ ...record, position: chunk.offsetOf(record.position) }));
    return { batch: { length, vectors, kinds: null, marks: null }, bad };
  }

  /** Lists the rows; a record whose key or value is bad gives none. */
  #place(chunk: RecordChunk, { values, keys, keyless }: DecodedParts): BadRecord[] {
    const { keyed, key } = this.#decoding;
    const places = this.#places;
    const bad: BadRecord[] = [];
    places.length = 0;
    const kind = keyed ? UPDATE_AFTER : INSERT;
    let [value, nextKey, badValue, badKey] = [0, 0, 0, 0];
    for (let record = 0; record < chunk.count; record++) {
      const valueFrom = value;
      const keyFrom = nextKey;
      while (value < values.batch.length && recordAt(values, value) === record) value++;
      while (nextKey < keys.batch.length && recordAt(keys, nextKey) === record) nextKey++;
      const flaw = worse(
        keys.bad[badKey]?.position === record ? inKey(keys.bad[badKey++] as BadRecord) : undefined,
        values.bad[badValue]?.position === record ? values.bad[badValue++] : undefined,
      );
      const setAside = (found: Pick<BadRecord, 'bytes' | 'reason' | 'ignored'>): void => {
        bad.push({ ...found, position: chunk.offsetOf(record), row: places.length });
      };
      if (flaw !== undefined) setAside(flaw);
      else if (keyed && (chunk.values.start[record] as number) < 0) {
        if (nextKey === keyFrom) setAside({ bytes: NO_BYTES, reason: 'the record has neither key nor value' });
        for (let k = keyFrom; k < nextKey; k++) places.add(-1, k, record, DELETE);
      } else if (key !== null && nextKey === keyFrom) {
        if (this.#required !== undefined && value > valueFrom) {
          const reason = `the record has no key, and column "${this.#required}" of the key is NOT NULL`;
          setAside({ bytes: keyless.get(record) ?? NO_BYTES, reason });
        } else for (let v = valueFrom; v < value; v++) places.add(v, -1, record, kind);
      } else {
        for (let v = valueFrom; v < value; v++) {
          if (key === null) places.add(v, -1, record, kind);
          for (let k = keyFrom; k < nextKey; k++) places.add(v, k, record, kind);
        }
      }
    }
    return bad;
  }

  /** The listed rows. */
  #copied(chunk: RecordChunk, values: DecodedRecords, keys: DecodedRecords | null): Batch {
    const { columns, keyed } = this.#decoding;
    const places = this.#places;
    const { length } = places;
    const allValues = isIdentity(places.value, length);
    const allKeys = isIdentity(places.key, length);
    const allRecords = isIdentity(places.record, length);
    const vectors = columns.map((column, i): Vector => {
      const builder = this.#builders[i] as ColumnBuilder;
      if (column.metadata >= 0) {
        const from = chunk.metadata[column.metadata] as Vector;
        return allRecords ? from : pick(builder, from, places.record, length);
      }
      const value = column.value < 0 ? null : (values.batch.vectors[column.value] as Vector);
      const key = column.key < 0 ? null : ((keys as DecodedRecords).batch.vectors[column.key] as Vector);
      if (value === null) return allKeys ? (key as Vector) : pick(builder, key as Vector, places.key, length);
      if (allValues) return value;
      return key === null
        ? pick(builder, value, places.value, length)
        : pickEither(builder, { value, key, places, length });
    });
    return { length, vectors, kinds: keyed ? places.kinds : null, marks: null };
  }

  #onlyUpdates(length: number): Uint8Array {
    if (this.#updates.length < length) this.#updates = new Uint8Array(length * 2).fill(UPDATE_AFTER);
    return this.#updates;
  }
}

const recordAt = ({ recordOf }: DecodedRecords, row: number): number =>
  recordOf === null ? row : (recordOf[row] as number);

const isPlain = ({ recordOf, bad, batch }: DecodedRecords, count: number): boolean =>
  recordOf === null && bad.length === 0 && batch.length === count;

function hasNull({ values: { start }, count }: RecordChunk): boolean {
  for (let i = 0; i < count; i++) if ((start[i] as number) < 0) return true;
  return false;
}

function isIdentity(places: Int32Array, length: number): boolean {
  for (let row = 0; row < length; row++) if (places[row] !== row) return false;
  return true;
}

/** Of the flaws of a key and a value the one that is not passed over, else the key's. */
function worse(key: BadRecord | undefined, value: BadRecord | undefined): BadRecord | undefined {
  return key === undefined || (key.ignored === true && value !== undefined) ? value : key;
}

const inKey = (record: BadRecord): BadRecord => ({ ...record, reason: `in its key: ${record.reason}` });

/** Copies of the values whose records have no key, by record. */
function keylessValues({ values, count }: RecordChunk, keys: DecodedRecords): ReadonlyMap<number, Uint8Array> {
  if (isPlain(keys, count)) return NONE;
  const found = new Map<number, Uint8Array>();
  let row = 0;
  for (let record = 0; record < count; record++) {
    const from = row;
    while (row < keys.batch.length && recordAt(keys, row) === record) row++;
    const start = values.start[record] as number;
    if (row === from && start >= 0) found.set(record, values.u8.slice(start, values.end[record]));
  }
  return found;
}

function clear(builder: ColumnBuilder, length: number): void {
  builder.reset();
  if (builder.valid.length < length) builder.reserve(Math.max(1024, length * 2));
}

function pick(builder: ColumnBuilder, from: Vector, places: Int32Array, length: number): Vector {
  clear(builder, length);
  for (let row = 0; row < length; row++) {
    const place = places[row] as number;
    if (place < 0) builder.setNull(row);
    else builder.copy(row, from, place);
  }
  return builder.vector(length);
}

/** From the value, or from the key where the record has no value. */
function pickEither(
  builder: ColumnBuilder,
  from: { readonly value: Vector; readonly key: Vector; readonly places: RowPlaces; readonly length: number },
): Vector {
  const { value, key, places, length } = from;
  clear(builder, length);
  for (let row = 0; row < length; row++) {
    const place = places.value[row] as number;
    if (place >= 0) builder.copy(row, value, place);
    else builder.copy(row, key, places.key[row] as number);
  }
  return builder.vector(length);
}

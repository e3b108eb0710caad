/**
 * Batches to records: the formats encode keys and values, this adds what the metadata columns say. All that it returns
 * is valid until its next call, whatever becomes of the batch.
 *
 * Where a batch holds changes, a -D becomes a record without a value, and so does a -U, unless its +U follows: a filter
 * may have taken that away. Values are then encoded of a copy of the rows that have one, since a format may not take the
 * NULLs of a row that only names its key.
 */
import { EngineError } from '../../../errors.ts';
import { type Batch, BatchBuilder, DELETE, UPDATE_BEFORE, isRetraction } from '../../../types/batch.ts';
import type { Schema } from '../../../types/schema.ts';
import type { F64Vector, Vector } from '../../../types/vector.ts';
import type { ColumnsEncoder, SinkRequest } from '../../connector.ts';
import type { RecordRows, Spans } from '../produce/record-batch.ts';
import { HeaderEncoder } from './header-encoder.ts';
import { TopicColumn } from './topic-column.ts';

export interface EncodedRecords {
  readonly rows: RecordRows;
  /** By row an index into `topics`; null = 0 for all. */
  readonly topicOf: Int32Array | null;
  readonly topics: readonly string[];
}

export class RecordEncoder {
  readonly #schema: Schema;
  readonly #now: () => number;
  readonly #keys: SpanEncoder | null;
  readonly #values: SpanEncoder;
  readonly #topic: TopicColumn;
  readonly #columns: ReadonlyMap<string, number>;
  readonly #headers = new HeaderEncoder();
  #timestamps = new Float64Array(0);

  constructor({ schema, table, options, record, context }: SinkRequest) {
    if (record === undefined) throw new EngineError('internal_error', 'a Kafka sink got no encoders');
    this.#schema = schema;
    this.#now = () => context.clock.now();
    this.#keys = record.key === null ? null : new SpanEncoder(record.key);
    this.#values = new SpanEncoder(record.value);
    const written = table.metadata.filter((column) => !column.virtual);
    this.#columns = new Map(written.map(({ key }, i) => [key, table.columns.length + i]));
    this.#topic = new TopicColumn(options, this.#columns.has('topic'));
  }

  encode(batch: Batch): EncodedRecords {
    const kept = this.#withoutReplaced(batch);
    const { kinds, length: count } = kept;
    const deletes = kinds !== null && (contains(kinds, count, DELETE) || contains(kinds, count, UPDATE_BEFORE));
    const written = deletes ? this.#copy(kept, (row) => !isRetraction(kinds[row] as number)) : kept;
    const values = this.#values.encode(written);
    const rows: RecordRows = {
      count,
      keys: this.#keys?.encode(kept) ?? null,
      values: deletes ? spread(values, kinds, count) : values,
      headers: this.#headersOf(kept),
      timestamps: this.#timestampsOf(kept),
      nowMs: this.#now(),
    };
    return { rows, topicOf: this.#topic.read(this.#column(kept, 'topic'), count), topics: this.#topic.names };
  }

  #column({ vectors }: Batch, key: string): Vector | undefined {
    const at = this.#columns.get(key);
    return at === undefined ? undefined : vectors[at];
  }

  /** The batch without each -U that the new row of the same key follows. */
  #withoutReplaced(batch: Batch): Batch {
    const { kinds, length } = batch;
    if (kinds === null || this.#keys === null || !contains(kinds, length, UPDATE_BEFORE)) return batch;
    const keys = this.#keys.encode(batch);
    const isReplaced = (row: number): boolean =>
      kinds[row] === UPDATE_BEFORE &&
      row + 1 < length &&
      !isRetraction(kinds[row + 1] as number) &&
      sameBytes(keys, row, row + 1);
    return this.#copy(batch, (row) => !isReplaced(row));
  }

  #copy(batch: Batch, keep: (row: number) => boolean): Batch {
    const copy = new BatchBuilder(this.#schema);
    const kinds = batch.kinds as Uint8Array;
    for (let row = 0; row < batch.length; row++) if (keep(row)) copy.copyRow(batch, row, kinds[row] as number);
    return copy.build();
  }

  #headersOf(batch: Batch): Spans | null {
    const vector = this.#column(batch, 'headers') ?? this.#column(batch, 'header-list');
    return vector === undefined ? null : this.#headers.encode(vector, batch.length);
  }

  #timestampsOf(batch: Batch): Float64Array | null {
    const vector = this.#column(batch, 'timestamp');
    if (vector === undefined) return null;
    const { data, valid } = vector as F64Vector;
    if (this.#timestamps.length < batch.length) this.#timestamps = new Float64Array(batch.length * 2);
    const times = this.#timestamps;
    const now = this.#now();
    for (let row = 0; row < batch.length; row++) {
      const time = valid !== null && valid[row] === 0 ? now : (data[row] as number);
      if (time < 0) {
        throw new EngineError('bad_record', `the timestamp of a record cannot be before 1970`, {
          detail: `It is ${new Date(time).toISOString()}.`,
        });
      }
      times[row] = time;
    }
    return times;
  }
}

/** A format's encoder, and where it put each row. */
class SpanEncoder {
  readonly #encoder: ColumnsEncoder['encoder'];
  readonly #columns: readonly number[];
  #bounds = new Int32Array(0);

  constructor({ encoder, columns }: ColumnsEncoder) {
    this.#encoder = encoder;
    this.#columns = columns;
  }

  encode({ vectors, length }: Batch): Spans {
    const columns = this.#columns.map((at) => vectors[at] as Vector);
    const { u8, ends, absent = null } = this.#encoder.encode({ length, vectors: columns, kinds: null, marks: null });
    if (this.#bounds.length <= length) this.#bounds = new Int32Array(2 * length + 1);
    const bounds = this.#bounds;
    bounds.set(ends.subarray(0, length), 1);
    let start = bounds.subarray(0, length);
    if (absent !== null) {
      start = start.slice();
      for (let row = 0; row < length; row++) if (absent[row] === 1) start[row] = -1;
    }
    return {
      u8,
      view: new DataView(u8.buffer, u8.byteOffset, u8.byteLength),
      start,
      end: bounds.subarray(1, length + 1),
    };
  }
}

/** The values of the rows that have one, dealt to all rows. */
function spread(values: Spans, kinds: Uint8Array, count: number): Spans {
  const start = new Int32Array(count).fill(-1);
  const end = new Int32Array(count);
  let from = 0;
  for (let row = 0; row < count; row++) {
    if (isRetraction(kinds[row] as number)) continue;
    start[row] = values.start[from] as number;
    end[row] = values.end[from++] as number;
  }
  return { ...values, start, end };
}

function contains(kinds: Uint8Array, length: number, kind: number): boolean {
  const at = kinds.indexOf(kind);
  return at >= 0 && at < length;
}

function sameBytes({ u8, start, end }: Spans, a: number, b: number): boolean {
  const [from, other] = [start[a] as number, start[b] as number];
  const length = (end[a] as number) - from;
  if (length !== (end[b] as number) - other) return false;
  for (let k = 0; k < length; k++) if (u8[from + k] !== u8[other + k]) return false;
  return true;
}

/** Rows under construction out of Avro records, whatever frames them: the columns that are read, and runs of records. */
import type { Batch } from '../../types/batch.ts';
import type { BytesBuilder, ColumnBuilder } from '../../types/column-builder.ts';
import { type BytePool, EMPTY_POOL, poolOver, type Vector } from '../../types/vector.ts';
import type { BadRecord, DecodeColumn, RecordSpans } from '../format.ts';
import { type CompiledAvro, compileAvro } from './compile.ts';
import { AvroState } from './helpers.ts';
import { columnVector, planReads, type ReadPlan } from './read-plan.ts';
import type { AvroRecord, AvroType } from './schema.ts';

export class AvroRows {
  readonly state = new AvroState();
  readonly #plan: ReadPlan;
  #capacity = 0;
  #pool: BytePool = EMPTY_POOL;

  /** `reader`: the schema of the columns as their table has them. */
  constructor(columns: readonly DecodeColumn[], reader: AvroRecord) {
    this.#plan = planReads(columns, reader);
    this.state.targets = this.#plan.targets;
  }

  /** The decoder for records that were written with a schema. */
  compile(writer: AvroType): CompiledAvro {
    return compileAvro(writer, this.#plan.root);
  }

  /** Begins a batch of at most `rows` rows. */
  begin(rows: number): void {
    const { state } = this;
    const grows = rows > this.#capacity;
    if (grows) {
      this.#capacity = rows * 2;
      state.recordOf = new Int32Array(this.#capacity);
    }
    state.row = 0;
    for (const root of this.#plan.roots) {
      root.reset();
      if (grows) root.reserve(this.#capacity);
    }
  }

  /** Decodes records `[from, to)`, each `offset` bytes behind its start; bad ones are added to `bad`. */
  run(
    { decode, reasons, inPlace }: CompiledAvro,
    { u8, start, end }: RecordSpans,
    range: { readonly from: number; readonly to: number; readonly offset: number },
    bad: BadRecord[],
  ): void {
    const { state } = this;
    const { to, offset } = range;
    if (this.#pool.u8 !== u8) this.#pool = poolOver(u8);
    for (const target of inPlace) (this.#plan.targets[target] as BytesBuilder).alias(this.#pool);
    for (let record = range.from; record < to; record++) {
      record = decode(state, u8, this.#pool.view, start, end, record, to, offset);
      if (record >= to) return;
      const bytes = u8.slice(start[record], end[record]);
      bad.push({ bytes, position: record, reason: reasons[state.reason] as string, row: state.row });
    }
  }

  /**
   * Decodes records that stand one after another in `[from, end)`, until there are `max` rows; why one is bad, if one is.
   * `state.p` is where it begins, else behind the last.
   */
  sequence(
    { sequence, reasons, inPlace }: CompiledAvro,
    pool: BytePool,
    range: { readonly from: number; readonly end: number; readonly max: number },
  ): string | undefined {
    const { state } = this;
    for (const target of inPlace) (this.#plan.targets[target] as BytesBuilder).alias(pool);
    const sound = sequence(state, pool.u8, pool.view, range.from, range.end, range.max);
    return sound ? undefined : reasons[state.reason];
  }

  /** The rows so far. */
  batch(): Batch {
    const { row: length } = this.state;
    const vectors = this.#plan.roots.map((root: ColumnBuilder): Vector => root.vector(length));
    const columns = this.#plan.columns.map(({ root, fields }) => columnVector(vectors[root] as Vector, fields));
    return { length, vectors: columns, kinds: null, marks: null };
  }
}

/**
 * Avro messages that name the schema they were written with: a zero byte, its id in a registry in four bytes, the datum.
 *
 * Schemas that are not known yet are fetched in `prepare`; each gets a decoder of its own that resolves it to the
 * table's. Messages of one schema are decoded in place; where several meet in one call, their rows are copied together.
 */
import type { BadRecord, DecodedRecords, RecordDecoder, RecordDecoderRequest, RecordSpans } from '../format.ts';
import { BatchBuilder, INSERT } from '../../types/batch.ts';
import type { CompiledAvro } from '../avro/compile.ts';
import { AvroRows } from '../avro/rows.ts';
import type { AvroRecord } from '../avro/schema.ts';
import type { SchemaRegistry } from './registry.ts';

export const FRAME_BYTES = 5;

/** Stands for the id of a message that has none. */
const NO_ID = -1;
/** Stands for the id where there is no message. */
const NO_RECORD = -2;

export class ConfluentRecordDecoder implements RecordDecoder {
  readonly #registry: SchemaRegistry;
  readonly #request: RecordDecoderRequest;
  readonly #rows: AvroRows;
  readonly #compiled = new Map<number, CompiledAvro>();

  constructor(request: RecordDecoderRequest, reader: AvroRecord, registry: SchemaRegistry) {
    this.#request = request;
    this.#registry = registry;
    this.#rows = new AvroRows(request.columns, reader);
  }

  prepare(records: RecordSpans): Promise<unknown> | null {
    let unknown: Set<number> | undefined;
    let last = NO_ID;
    for (let record = 0; record < records.count; record++) {
      const id = idOf(records, record);
      if (id < 0 || id === last) continue;
      last = id;
      if (!this.#compiled.has(id) && this.#registry.known(id) === undefined) (unknown ??= new Set()).add(id);
    }
    if (unknown === undefined) return null;
    return Promise.all([...unknown].map((id) => this.#registry.load(id)));
  }

  decode(records: RecordSpans): DecodedRecords {
    const rows = this.#rows;
    const { count } = records;
    const bad: BadRecord[] = [];
    rows.begin(count);
    let current: CompiledAvro | undefined;
    let overflow: Overflow | undefined;
    for (let from = 0; from < count;) {
      const id = idOf(records, from);
      const compiled = id < 0 ? undefined : this.#decoderOf(id);
      let to = from + 1;
      if (id === NO_RECORD) {
        from = to;
        continue;
      }
      if (compiled === undefined || typeof compiled === 'string') {
        const reason = compiled ?? 'the record does not begin with the id of a schema';
        const bytes = records.u8.slice(records.start[from], records.end[from]);
        bad.push({ bytes, position: from, reason, row: rows.state.row + (overflow?.rows.length ?? 0) });
        from = to;
        continue;
      }
      for (let next = id; to < count && (next === id || next === NO_RECORD); to++) {
        next = idOf(records, to);
        if (next !== id && next !== NO_RECORD) break;
      }
      if (current !== undefined && current !== compiled) {
        overflow ??= this.#overflow();
        this.#move(overflow);
      }
      current = compiled;
      const before = bad.length;
      rows.run(compiled, records, { from, to, offset: FRAME_BYTES }, bad);
      const moved = overflow?.rows.length ?? 0;
      if (moved > 0) {
        for (let k = before; k < bad.length; k++) {
          const record = bad[k] as BadRecord;
          bad[k] = { ...record, row: record.row + moved };
        }
      }
      from = to;
    }
    if (overflow !== undefined) {
      this.#move(overflow);
      return { batch: overflow.rows.build(), recordOf: Int32Array.from(overflow.recordOf), bad };
    }
    const { row, recordOf } = rows.state;
    return { batch: rows.batch(), recordOf: row === count ? null : recordOf, bad };
  }

  /** The decoder for a schema, or why there is none. */
  #decoderOf(id: number): CompiledAvro | string {
    const compiled = this.#compiled.get(id);
    if (compiled !== undefined) return compiled;
    const found = this.#registry.known(id);
    if (found === undefined) return `schema ${id} was not fetched`;
    if ('reason' in found) return found.reason;
    const made = this.#rows.compile(found.type);
    this.#compiled.set(id, made);
    return made;
  }

  #overflow(): Overflow {
    const { columns } = this.#request;
    return {
      rows: new BatchBuilder(columns.map(({ path, type }) => ({ name: path.join('.'), type }))),
      recordOf: [],
    };
  }

  /** Copies the rows so far, and begins again. */
  #move({ rows: to, recordOf }: Overflow): void {
    const rows = this.#rows;
    const batch = rows.batch();
    for (let row = 0; row < batch.length; row++) {
      to.copyRow(batch, row, INSERT);
      recordOf.push(rows.state.recordOf[row] as number);
    }
    rows.begin(0);
  }
}

interface Overflow {
  readonly rows: BatchBuilder;
  readonly recordOf: number[];
}

function idOf({ u8, start, end }: RecordSpans, record: number): number {
  const first = start[record] as number;
  if (first < 0) return NO_RECORD;
  if ((end[record] as number) - first < FRAME_BYTES || u8[first] !== 0) return NO_ID;
  const id =
    ((u8[first + 1] as number) << 24) |
    ((u8[first + 2] as number) << 16) |
    ((u8[first + 3] as number) << 8) |
    (u8[first + 4] as number);
  return id < 0 ? NO_ID : id;
}

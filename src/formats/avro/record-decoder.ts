/** Avro messages without a frame of their own: each is one datum of the schema that the table's columns make. */
import type { BadRecord, DecodedRecords, RecordDecoder, RecordDecoderRequest, RecordSpans } from '../format.ts';
import type { CompiledAvro } from './compile.ts';
import { deriveSchema } from './derive.ts';
import { AvroRows } from './rows.ts';

export class AvroRecordDecoder implements RecordDecoder {
  readonly #rows: AvroRows;
  readonly #compiled: CompiledAvro;

  constructor({ schema, columns, options }: RecordDecoderRequest) {
    const derived = deriveSchema(schema, options.boolean('timestamp_mapping.legacy'));
    this.#rows = new AvroRows(columns, derived);
    this.#compiled = this.#rows.compile(derived);
  }

  decode(records: RecordSpans): DecodedRecords {
    const rows = this.#rows;
    const { count } = records;
    const bad: BadRecord[] = [];
    rows.begin(count);
    rows.run(this.#compiled, records, { from: 0, to: count, offset: 0 }, bad);
    const { row, recordOf } = rows.state;
    return { batch: rows.batch(), recordOf: row === count ? null : recordOf, bad };
  }
}

/** Decodes framed records with a format, into plain rows. The transport's memory is garbage between the records. */
import type { BadRecord, DecodeColumn, RecordDecoder, RecordPart, RecordSpans } from '../../../src/formats/format.ts';
import { findFormat } from '../../../src/formats/registry.ts';
import { type OptionSet, parseOptions } from '../../../src/types/option-spec.ts';
import type { Schema } from '../../../src/types/schema.ts';
import { POOL_PADDING, type Value, type Vector, getValue } from '../../../src/types/vector.ts';

export interface RecordSetup {
  readonly format: string;
  readonly schema: Schema;
  /** All columns when absent. */
  readonly columns?: readonly DecodeColumn[];
  readonly options?: Readonly<Record<string, string>>;
  readonly part?: RecordPart;
}

export interface DecodedRows {
  readonly rows: Value[][];
  /** The record of each row. */
  readonly from: number[];
  readonly bad: BadRecord[];
  /** Rows before each bad record, over all calls. */
  readonly badAt: number[];
}

const columnsOf = (setup: RecordSetup): readonly DecodeColumn[] =>
  setup.columns ?? setup.schema.map(({ name, type }) => ({ path: [name], type }));

export function makeRecordDecoder(setup: RecordSetup): RecordDecoder {
  const format = findFormat(setup.format);
  const options = parseOptions(setup.format, format.options as OptionSet, setup.options ?? {});
  format.validate?.(setup.schema, options);
  const decoder = format.recordDecoder?.({
    schema: setup.schema,
    columns: columnsOf(setup),
    options,
    timeZone: 'UTC',
    part: setup.part ?? { kind: 'value', topic: 't' },
  });
  if (decoder === undefined) throw new Error(`format ${setup.format} has no decoder of records`);
  return decoder;
}

/** Bytes as they stand between records: lengths, time stamps, letters that would go on what is before them. */
const FRAMING = [0x90, 0x03, 0x22, 0x7d, 0x0a, 0xff, 0x31, 0x00, 0x5c];

export function spansOf(records: readonly (Uint8Array | string | null)[], shift = 0): RecordSpans {
  const parts = records.map((record) => (typeof record === 'string' ? Buffer.from(record) : record));
  const size = parts.reduce((sum, part) => sum + (part?.length ?? 0) + FRAMING.length, FRAMING.length);
  const u8 = new Uint8Array(size + shift + POOL_PADDING);
  for (let i = 0; i < u8.length; i++) u8[i] = FRAMING[i % FRAMING.length] as number;
  const start = new Int32Array(parts.length).fill(-1);
  const end = new Int32Array(parts.length).fill(-1);
  let at = shift + 1;
  parts.forEach((part, i) => {
    if (part === null) return;
    u8.set(part, at);
    start[i] = at;
    end[i] = at + part.length;
    at += part.length + 1 + (i % (FRAMING.length - 1));
  });
  return { u8, count: parts.length, start, end };
}

/** `calls`: how many records a call gets, in turn. */
export function decodeRecords(
  setup: RecordSetup,
  records: readonly (Uint8Array | string | null)[],
  calls: readonly number[] = [Math.max(1, records.length)],
  decoder: RecordDecoder = makeRecordDecoder(setup),
): DecodedRows {
  const columns = columnsOf(setup);
  const rows: Value[][] = [];
  const from: number[] = [];
  const bad: BadRecord[] = [];
  const badAt: number[] = [];
  for (let at = 0, call = 0; at < records.length; call++) {
    const size = calls[call % calls.length] as number;
    const spans = spansOf(records.slice(at, at + size), (call * 13) % 70);
    const decoded = decoder.decode(spans);
    for (const record of decoded.bad) {
      bad.push({ ...record, position: at + record.position });
      badAt.push(rows.length + record.row);
    }
    for (let row = 0; row < decoded.batch.length; row++) {
      rows.push(columns.map(({ type }, c) => getValue(decoded.batch.vectors[c] as Vector, row, type)));
      from.push(at + (decoded.recordOf === null ? row : (decoded.recordOf[row] as number)));
    }
    at += spans.count;
  }
  return { rows, from, bad, badAt };
}

/** Decodes bytes with a format in any chunks and batches, into plain rows. */
import type { BadRecord, DecodeColumn, Decoder } from '../../../src/formats/format.ts';
import { findFormat } from '../../../src/formats/registry.ts';
import { parseOptions, type OptionSet } from '../../../src/types/option-spec.ts';
import type { Schema } from '../../../src/types/schema.ts';
import { type Value, type Vector, getValue } from '../../../src/types/vector.ts';

export interface DecodeSetup {
  readonly format: 'json' | 'csv' | 'raw' | 'avro';
  readonly schema: Schema;
  /** All columns when absent. */
  readonly columns?: readonly DecodeColumn[];
  readonly options?: Readonly<Record<string, string>>;
  readonly position?: number;
  readonly skipHeader?: boolean;
}

export interface Decoded {
  readonly rows: Value[][];
  readonly bad: BadRecord[];
  /** Rows before each bad record, over all batches. */
  readonly badAt: number[];
  readonly consumed: number;
}

export function makeDecoder(setup: DecodeSetup): Decoder {
  const format = findFormat(setup.format);
  const options = parseOptions(setup.format, format.options as OptionSet, setup.options ?? {});
  format.validate?.(setup.schema, options);
  const decoder = format.decoder?.({
    schema: setup.schema,
    columns: columnsOf(setup),
    options,
    timeZone: 'UTC',
    position: setup.position ?? 0,
    skipHeader: setup.skipHeader ?? false,
  });
  if (decoder === undefined) throw new Error(`format ${setup.format} has no decoder`);
  return decoder;
}

const columnsOf = (setup: DecodeSetup): readonly DecodeColumn[] =>
  setup.columns ?? setup.schema.map(({ name, type }) => ({ path: [name], type }));

/** `chunks`: sizes of the pieces that the bytes come in, used in turn; `batchRows` likewise. */
export function decodeAll(
  setup: DecodeSetup,
  bytes: Uint8Array,
  chunks: readonly number[] = [bytes.length + 1],
  batchRows: readonly number[] = [1000],
): Decoded {
  const decoder = makeDecoder(setup);
  const columns = columnsOf(setup);
  const rows: Value[][] = [];
  const bad: BadRecord[] = [];
  const badAt: number[] = [];
  let batches = 0;
  const drain = (): void => {
    for (;;) {
      const limit = batchRows[batches++ % batchRows.length] as number;
      const decoded = decoder.next(limit);
      if (decoded === null) return;
      if (decoded.batch.length > limit) throw new Error(`${decoded.batch.length} rows, ${limit} asked for`);
      for (const record of decoded.bad) {
        bad.push(record);
        badAt.push(rows.length + record.row);
      }
      for (let i = 0; i < decoded.batch.length; i++) {
        rows.push(columns.map(({ type }, c) => getValue(decoded.batch.vectors[c] as Vector, i, type)));
      }
    }
  };
  let at = 0;
  for (let k = 0; at < bytes.length; k++) {
    const size = Math.min(bytes.length - at, chunks[k % chunks.length] as number);
    decoder.reserve(size).set(bytes.subarray(at, at + size));
    decoder.commit(size, false);
    at += size;
    drain();
  }
  decoder.reserve(1);
  decoder.commit(0, true);
  drain();
  return { rows, bad, badAt, consumed: decoder.consumedBytes };
}

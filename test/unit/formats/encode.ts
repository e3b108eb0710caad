/** Encodes plain rows with a format. */
import type { RecordPart } from '../../../src/formats/format.ts';
import { findFormat } from '../../../src/formats/registry.ts';
import { BatchBuilder, INSERT } from '../../../src/types/batch.ts';
import { type OptionSet, parseOptions } from '../../../src/types/option-spec.ts';
import type { Schema } from '../../../src/types/schema.ts';
import type { Value } from '../../../src/types/vector.ts';

export interface EncodeSetup {
  readonly format: string;
  readonly schema: Schema;
  readonly options?: Readonly<Record<string, string>>;
  readonly part?: RecordPart;
}

const VALUE_PART: RecordPart = { kind: 'value', topic: 't' };

/** The records of messages, null where there is none. */
export function encodeRecords(setup: EncodeSetup, rows: readonly (readonly Value[])[]): (Buffer | null)[] {
  const format = findFormat(setup.format);
  const options = parseOptions(setup.format, format.options as OptionSet, setup.options ?? {});
  format.validate?.(setup.schema, options);
  const { schema, part = VALUE_PART } = setup;
  const encoder = format.encoder?.({ schema, options, timeZone: 'UTC', separator: new Uint8Array(0), part });
  if (encoder === undefined) throw new Error(`format ${setup.format} has no encoder`);
  const builder = new BatchBuilder(schema);
  for (const values of rows) {
    const row = builder.addRow(INSERT);
    values.forEach((value, c) => builder.columns[c]?.set(row, value));
  }
  const { u8, ends, absent } = encoder.encode(builder.build());
  return rows.map((_, i) =>
    absent?.[i] === 1 ? null : Buffer.from(u8.slice(i === 0 ? 0 : (ends[i - 1] as number), ends[i])),
  );
}

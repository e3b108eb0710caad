/** What the tests of files share: a disk in memory and readers to the end. */
import { filesystem } from '../../../../src/connectors/filesystem/index.ts';
import type { ByteReader, ConnectorContext, Sink, Source } from '../../../../src/connectors/connector.ts';
import type { Encoder } from '../../../../src/formats/format.ts';
import type { Batch } from '../../../../src/types/batch.ts';
import { parseOptions } from '../../../../src/types/option-spec.ts';
import type { Schema } from '../../../../src/types/schema.ts';
import { getValue } from '../../../../src/types/vector.ts';
import { testTable } from '../rows.ts';
import type { TableDefinition } from '../../../../src/types/table-definition.ts';

export function fileSource(
  context: ConnectorContext,
  options: Readonly<Record<string, string>>,
  table: Partial<TableDefinition> = {},
): Source {
  const parsed = parseOptions('connector "filesystem"', filesystem.options, options);
  return filesystem.source?.({ table: testTable([], table), options: parsed, context }) as Source;
}

export async function readBytes(reader: ByteReader, chunk = 1000): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const into = new Uint8Array(chunk);
    const count = await reader.read(into);
    if (count < 0) return text;
    text += decoder.decode(into.subarray(0, count), { stream: true });
  }
}

/** All of a source's bytes, split by split. */
export async function readAll(source: Source): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const split of await source.listSplits()) {
    const reader = (await source.open({ split, position: null, columns: [] })) as ByteReader;
    contents[split.id] = await readBytes(reader);
    await reader.close();
  }
  return contents;
}

/** Rows as their values joined by commas, a line each. */
function lineEncoder(schema: Schema): Encoder {
  return {
    encode(batch: Batch) {
      const ends = new Int32Array(batch.length);
      let text = '';
      for (let row = 0; row < batch.length; row++) {
        text += `${schema.map(({ type }, c) => String(getValue(batch.vectors[c] as never, row, type))).join(',')}\n`;
        ends[row] = Buffer.byteLength(text);
      }
      const u8 = new TextEncoder().encode(text);
      return { u8, length: u8.length, ends, count: batch.length };
    },
  };
}

export function fileSink(
  context: ConnectorContext,
  columns: Schema,
  options: Readonly<Record<string, string>>,
  more: {
    readonly partitionKeys?: readonly string[];
    readonly checkpointing?: boolean;
    readonly subtask?: number;
    readonly parallelism?: number;
    readonly writer?: string;
  } = {},
): Sink {
  const partitionKeys = more.partitionKeys ?? [];
  const table = testTable(columns, { partitionKeys, options: { ...options, format: 'csv' } });
  return filesystem.sink?.({
    table,
    options: parseOptions('connector "filesystem"', filesystem.options, options),
    context,
    schema: columns,
    subtask: more.subtask ?? 0,
    encoder: lineEncoder(columns.filter((column) => !partitionKeys.includes(column.name))),
    checkpointing: more.checkpointing ?? false,
    parallelism: more.parallelism ?? 1,
    ...(more.writer === undefined ? {} : { writer: more.writer }),
  }) as Sink;
}

import { EngineError } from '../../errors.ts';
import type { BatchBuilder } from '../../types/batch.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import { type ColumnInput, ColumnWriter, splitColumn } from '../../types/js-columns.ts';
import type { Schema } from '../../types/schema.ts';

/** Adds rows given as columns by name; a column left out is NULL. */
export class ColumnsWriter {
  readonly #schema: Schema;
  readonly #writers: readonly ColumnWriter[];

  constructor(schema: Schema) {
    this.#schema = schema;
    this.#writers = schema.map(({ name, type }) => new ColumnWriter(type, `column "${name}"`));
  }

  add(into: BatchBuilder, given: Readonly<Record<string, ColumnInput | undefined>>): void {
    const names = this.#schema.map(({ name }) => name);
    const unknown = Object.keys(given).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new EngineError('undefined_column', `the table has no column "${unknown}"`, {
        hint: `Its columns are: ${names.map((name) => `"${name}"`).join(', ')}.`,
      });
    }
    const first = Object.values(given).find((column) => column !== undefined);
    if (first === undefined) return;
    const { length } = splitColumn(first).values;
    const at = into.length;
    into.addInserts(length);
    this.#writers.forEach((writer, c) => {
      const column = given[names[c] as string] ?? { values: { length }, valid: new Uint8Array(length) };
      writer.write(into.columns[c] as ColumnBuilder, at, column, length);
    });
  }
}

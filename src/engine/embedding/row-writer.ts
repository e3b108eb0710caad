/** Values of a program, straight into the columns of a batch under construction. */
import { EngineError, similarNames } from '../../errors.ts';
import type { BatchBuilder } from '../../types/batch.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import { type CellWriter, cellWriter } from '../../types/js-columns.ts';
import type { Schema } from '../../types/schema.ts';

/** Adds rows given as objects by column name, or as arrays in the order of the columns. */
export class RowWriter {
  readonly #schema: Schema;
  readonly #cells: readonly CellWriter[];

  constructor(schema: Schema) {
    this.#schema = schema;
    this.#cells = schema.map(({ name, type }) => cellWriter(type, `column "${name}"`));
  }

  add(into: BatchBuilder, kind: number, given: unknown): void {
    const row = into.addRow(kind);
    const cells = this.#cells;
    if (Array.isArray(given)) {
      if (given.length !== cells.length) {
        throw new EngineError('datatype_mismatch', `a row of ${cells.length} columns was given ${given.length} values`);
      }
      for (let c = 0; c < cells.length; c++) {
        (cells[c] as CellWriter)(into.columns[c] as ColumnBuilder, row, given[c]);
      }
      return;
    }
    if (typeof given !== 'object' || given === null) {
      throw new EngineError('datatype_mismatch', `a row is an object or an array, not ${typeof given}`);
    }
    const values = given as Readonly<Record<string, unknown>>;
    let missing = false;
    for (let c = 0; c < cells.length; c++) {
      const value = values[(this.#schema[c] as Schema[number]).name];
      if (value === undefined) missing = true;
      (cells[c] as CellWriter)(into.columns[c] as ColumnBuilder, row, value);
    }
    // A column left out may be one misspelled.
    if (missing) this.#checkNames(values);
  }

  #checkNames(values: Readonly<Record<string, unknown>>): void {
    const names = this.#schema.map(({ name }) => name);
    const unknown = Object.keys(values).find((name) => !names.includes(name));
    if (unknown === undefined) return;
    const near = similarNames(unknown, names);
    throw new EngineError('undefined_column', `the table has no column "${unknown}"`, {
      hint: `${near.length > 0 ? 'Columns with similar names' : 'Its columns are'}: ${(near.length > 0 ? near : names).map((name) => `"${name}"`).join(', ')}.`,
    });
  }
}

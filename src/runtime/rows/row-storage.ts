/**
 * How the rows of an input lie in a state table: the key columns first (a table wants its key in front), then the
 * other columns, then bookkeeping fields of the operator. A column that is a key twice is stored twice.
 */
import type { SortKey } from '../../plan/physical.ts';
import type { OrderKey, RowSource } from '../../state/state.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import type { Field, Schema } from '../../types/schema.ts';
import type { Vector } from '../../types/vector.ts';
import type { RowOutput } from './row-output.ts';

export class RowStorage {
  /** The fields of the table. */
  readonly fields: Schema;
  readonly keyFields: readonly number[];
  /** The fields that hold the row: all but the bookkeeping. */
  readonly rowFields: readonly number[];
  /** The input column of each row field. */
  readonly #columns: readonly number[];
  readonly #keys: readonly number[];

  constructor(schema: Schema, keys: readonly number[], bookkeeping: Schema = []) {
    const rest = schema.map((_, column) => column).filter((column) => !keys.includes(column));
    this.#keys = keys;
    this.#columns = [...keys, ...rest];
    this.keyFields = keys.map((_, i) => i);
    this.rowFields = this.#columns.map((_, i) => i);
    this.fields = [...this.#columns.map((column) => schema[column] as Field), ...bookkeeping];
  }

  /** The field that holds a column of the input. */
  fieldOf(column: number): number {
    return this.#columns.indexOf(column);
  }

  /** An order of the input as one of the table; a column that comes again orders nothing. */
  orderKeys(order: readonly SortKey[]): readonly OrderKey[] {
    return order
      .filter(({ column }, i) => order.findIndex((key) => key.column === column) === i)
      .map(({ column, descending, nullsFirst }) => ({ field: this.fieldOf(column), descending, nullsFirst }));
  }

  /** The field number of the first bookkeeping field. */
  get bookkeeping(): number {
    return this.#columns.length;
  }

  /** A batch as `Table.bind` wants it; bookkeeping fields stay unset. */
  source(vectors: readonly Vector[]): RowSource {
    return this.fields.map((_, field) => {
      const column = this.#columns[field];
      return column === undefined ? null : (vectors[column] as Vector);
    });
  }

  rowVectors(vectors: readonly Vector[]): readonly Vector[] {
    return this.#columns.map((column) => vectors[column] as Vector);
  }

  keyVectors(vectors: readonly Vector[]): readonly Vector[] {
    return this.#keys.map((column) => vectors[column] as Vector);
  }

  /** Where each row field goes when a record is copied to columns `first` and following of `output`. */
  targets(output: RowOutput, first: number): readonly ColumnBuilder[] {
    return this.#columns.map((column, field) =>
      this.#columns.indexOf(column) === field
        ? (output.columns[first + column] as ColumnBuilder)
        : output.spareColumn((this.fields[field] as Field).type),
    );
  }
}

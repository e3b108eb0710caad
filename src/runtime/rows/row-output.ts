/**
 * The outgoing end of an operator that builds its own rows: collects rows and marks in one builder and pushes a batch
 * when it is full and when the call ends. Nothing may stay in it between two calls, so every `process` and `onTimer`
 * ends with `flush`.
 */
import { BatchBuilder } from '../../types/batch.ts';
import { type ColumnBuilder, columnBuilder } from '../../types/column-builder.ts';
import type { DataType } from '../../types/data-type.ts';
import type { Schema } from '../../types/schema.ts';
import type { Output } from '../operator.ts';

export class RowOutput {
  readonly columns: readonly ColumnBuilder[];
  readonly #builder: BatchBuilder;
  readonly #output: Output;
  readonly #batchSize: number;
  readonly #spare: ColumnBuilder[] = [];

  constructor(schema: Schema, output: Output, batchSize: number) {
    this.#builder = new BatchBuilder(schema);
    this.columns = this.#builder.columns;
    this.#output = output;
    this.#batchSize = batchSize;
    this.#builder.reserve(batchSize);
  }

  /** Adds a row of `kind` and returns its index in `columns`; all its values must be set before the next call. */
  addRow(kind: number): number {
    if (this.#builder.length >= this.#batchSize) this.flush();
    return this.#builder.addRow(kind);
  }

  /** A column that takes values nobody wants, beside the output's own. */
  spareColumn(type: DataType): ColumnBuilder {
    const column = columnBuilder(type);
    column.reserve(this.#batchSize);
    this.#spare.push(column);
    return column;
  }

  mark(time: number): void {
    this.#builder.mark(time);
  }

  flush(): void {
    if (this.#builder.isEmpty) return;
    this.#output.push(this.#builder.build());
    this.#builder.reset();
    for (const column of this.#spare) column.reset();
  }
}

/**
 * A table function of the program for each row: the row with each row that the function gives, of the row's own kind, in
 * the function's order; with `outer` once with NULLs where it gives none. No state. A mark stands behind all that the
 * rows before it gave. The function is asked for one row at a time, so it may give more than memory holds.
 */
import { callError } from '../../functions/user/call-error.ts';
import { argumentTypes } from '../../functions/user/signature.ts';
import type { TableUserFunction } from '../../functions/user/user-function.ts';
import type { PhysicalOf } from '../../plan/physical.ts';
import { type Batch, BatchBuilder, INSERT } from '../../types/batch.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import { type CellWriter, cellWriter } from '../../types/js-columns.ts';
import { type JsValue, toJs } from '../../types/js-value.ts';
import type { Field } from '../../types/schema.ts';
import { type Vector, getValue } from '../../types/vector.ts';
import { userFunctionOf } from '../compile/definition.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { NO_MARKS } from '../rows/marks.ts';

class Correlate implements Operator {
  readonly #node: PhysicalOf<'correlate'>;
  readonly #context: OperatorContext;
  readonly #definition: TableUserFunction;
  readonly #arguments: readonly ((vectors: readonly Vector[], row: number) => JsValue)[];
  readonly #cells: readonly CellWriter[];
  readonly #output: BatchBuilder;

  constructor(node: PhysicalOf<'correlate'>, context: OperatorContext) {
    this.#node = node;
    this.#context = context;
    const definition = userFunctionOf(node.call.name, context.eval) as TableUserFunction;
    this.#definition = definition;
    const types = argumentTypes(definition, node.call.args.length);
    this.#arguments = node.call.args.map((column, i) => {
      const type = types[i] as Field['type'];
      const convert = toJs(type);
      return (vectors, row) => convert(getValue(vectors[column] as Vector, row, type));
    });
    this.#cells = definition.returns.map(({ name, type }) =>
      cellWriter(type, `column "${name}" of ${definition.name}`),
    );
    this.#output = new BatchBuilder(node.schema);
  }

  process(_port: number, { length, vectors, kinds, marks }: Batch): void {
    const { length: count, row: rows, time } = marks ?? NO_MARKS;
    let mark = 0;
    const passMarks = (row: number): void => {
      for (; mark < count && (rows[mark] as number) <= row; mark++) this.#output.mark(time[mark] as number);
    };
    for (let row = 0; row < length; row++) {
      passMarks(row);
      this.#row(vectors, row, kinds === null ? INSERT : (kinds[row] as number));
    }
    passMarks(length);
    this.#flush();
  }

  #row(vectors: readonly Vector[], row: number, kind: number): void {
    const definition = this.#definition;
    const args = this.#arguments.map((get) => get(vectors, row));
    let count = 0;
    if (!(definition.strict && args.includes(null))) {
      const rows = this.#attempt(args, () => definition.call(...args)[Symbol.iterator]());
      for (;;) {
        const next = this.#attempt(args, () => rows.next());
        if (next.done === true) break;
        this.#add(vectors, row, kind);
        this.#attempt(args, () => this.#fill(next.value));
        count++;
        if (this.#output.length >= this.#context.batchSize) this.#flush();
      }
    }
    if (count > 0 || !this.#node.outer) return;
    const at = this.#add(vectors, row, kind);
    for (const column of this.#output.columns.slice(this.#node.width)) column.setNull(at);
  }

  /** What the program's own code does; only its errors are the function's. */
  #attempt<T>(args: readonly JsValue[], run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw callError(this.#definition.name, args, error);
    }
  }

  #add(vectors: readonly Vector[], row: number, kind: number): number {
    const at = this.#output.addRow(kind);
    const { columns } = this.#output;
    for (let c = 0; c < this.#node.width; c++) (columns[c] as ColumnBuilder).copy(at, vectors[c] as Vector, row);
    return at;
  }

  /** Sets the function's columns of the last row: an object by name, an array by place, or the value of the only one. */
  #fill(given: unknown): void {
    const { returns, single } = this.#definition;
    const at = this.#output.length - 1;
    returns.forEach(({ name }, c) => {
      const value = single
        ? given
        : Array.isArray(given)
          ? (given as unknown[])[c]
          : (given as Readonly<Record<string, unknown>>)[name];
      (this.#cells[c] as CellWriter)(this.#output.columns[this.#node.width + c] as ColumnBuilder, at, value);
    });
  }

  #flush(): void {
    if (this.#output.isEmpty) return;
    this.#context.output.push(this.#output.build());
    this.#output.reset();
  }
}

export function correlateOperator(node: PhysicalOf<'correlate'>, context: OperatorContext): Operator {
  return new Correlate(node, context);
}

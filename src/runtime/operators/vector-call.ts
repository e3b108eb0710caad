/**
 * Calls functions of the program that take whole columns: once a batch each. No state; row kinds and marks stay where
 * they stood. The arguments are lent to the function until it returns; its result is copied.
 */
import type { VectorizedUserFunction } from '../../functions/user/user-function.ts';
import { callError } from '../../functions/user/call-error.ts';
import { argumentTypes } from '../../functions/user/signature.ts';
import type { PhysicalOf } from '../../plan/physical.ts';
import type { Batch } from '../../types/batch.ts';
import { type ColumnBuilder, columnBuilder } from '../../types/column-builder.ts';
import { type ColumnInput, ColumnWriter, columnOf } from '../../types/js-columns.ts';
import type { Field } from '../../types/schema.ts';
import type { Vector } from '../../types/vector.ts';
import { userFunctionOf } from '../compile/definition.ts';
import type { Operator, OperatorContext } from '../operator.ts';

interface Call {
  readonly definition: VectorizedUserFunction;
  readonly args: readonly number[];
  readonly result: ColumnBuilder;
  readonly writer: ColumnWriter;
}

class VectorCall implements Operator {
  readonly #width: number;
  readonly #calls: readonly Call[];
  readonly #context: OperatorContext;
  #capacity = 0;

  constructor(node: PhysicalOf<'vector-call'>, context: OperatorContext) {
    this.#context = context;
    this.#width = node.width;
    this.#calls = node.calls.map(({ name, args }, i) => {
      const definition = userFunctionOf(name, context.eval) as VectorizedUserFunction;
      const { type } = node.schema[node.width + i] as Field;
      const writer = new ColumnWriter(type, `the result of ${definition.name}`);
      return { definition, args, result: columnBuilder(type), writer };
    });
  }

  process(_port: number, batch: Batch): void {
    const { length, vectors, kinds, marks } = batch;
    if (length > this.#capacity) {
      this.#capacity = Math.max(64, length);
      for (const { result } of this.#calls) result.reserve(this.#capacity);
    }
    const own = vectors.slice(0, this.#width);
    if (length > 0) for (const call of this.#calls) this.#call(call, vectors, length);
    const results = this.#calls.map(({ result }) => result.vector(length));
    this.#context.output.push({ length, vectors: [...own, ...results], kinds, marks });
  }

  #call({ definition, args, result, writer }: Call, vectors: readonly Vector[], length: number): void {
    const types = argumentTypes(definition, args.length);
    const columns = args.map((arg, i) => columnOf(vectors[arg] as Vector, types[i] as Field['type'], length, false));
    result.reset();
    try {
      writer.write(result, 0, definition.call(length, ...columns) as ColumnInput, length);
    } catch (error) {
      throw callError(definition.name, [], error);
    }
    if (!definition.strict) return;
    for (const { valid } of columns) {
      if (valid !== null) for (let i = 0; i < length; i++) if (valid[i] === 0) result.setNull(i);
    }
  }
}

export function vectorCallOperator(node: PhysicalOf<'vector-call'>, context: OperatorContext): Operator {
  return new VectorCall(node, context);
}

import type { PhysicalOf } from '../../plan/physical.ts';
import type { Batch } from '../../types/batch.ts';
import type { Operator, OperatorContext, Output } from '../operator.ts';

/** All rows of all inputs as they come; the marks are already the least over the inputs. No state. */
class UnionOperator implements Operator {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  process(_port: number, batch: Batch): void {
    this.#output.push(batch);
  }
}

export function unionOperator(_node: PhysicalOf<'union'>, context: OperatorContext): Operator {
  return new UnionOperator(context.output);
}

/** A condition over a left and a right row, for joins: bound to two sets of vectors, then asked row by row. */
import type { FunctionContext } from '../../functions/function.ts';
import type { Expr } from '../../plan/expr.ts';
import type { Vector } from '../../types/vector.ts';
import { Emitter } from './emitter.ts';
import { ExpressionEmitter } from './expression.ts';
import { foldConstants } from './fold.ts';
import { generate } from './generate.ts';

export interface RowPairPredicate {
  /** Points the predicate at the vectors that the next tests read; again after any of them was replaced. */
  bind(left: readonly Vector[], right: readonly Vector[]): void;
  /** Whether the condition is TRUE for row `left` of the left and row `right` of the right vectors. */
  test(left: number, right: number): boolean;
}

export interface PredicateSpec {
  /** Over the concatenated row: columns from `leftColumns` on are the right side's. */
  readonly condition: Expr;
  readonly leftColumns: number;
  readonly context: FunctionContext;
}

export function compilePredicate({ condition, leftColumns, context }: PredicateSpec): RowPairPredicate {
  const emitter = new Emitter(context);
  const compile = new ExpressionEmitter(emitter, (index) =>
    index < leftColumns
      ? { vector: emitter.perBatch('w', `L[${index}]`), index: 'i' }
      : { vector: emitter.perBatch('w', `R[${index - leftColumns}]`), index: 'j' },
  );
  const test = compile.test(foldConstants(condition, context));
  const body = `${emitter.declared.length > 0 ? `let ${emitter.declared.join(', ')};` : ''}
return {
bind(L, R) {
${emitter.prologue.join('\n')}
},
test(i, j) {
${emitter.body}
return ${test};
},
};`;
  return generate<RowPairPredicate>(emitter.constantNames, emitter.constants, body);
}

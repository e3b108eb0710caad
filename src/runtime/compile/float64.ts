/** One expression over a batch into numbers: watermarks and other times that an operator reads from an expression. */
import type { FunctionContext } from '../../functions/function.ts';
import { EngineError } from '../../errors.ts';
import type { Expr } from '../../plan/expr.ts';
import type { Batch } from '../../types/batch.ts';
import { typeToString } from '../../types/data-type.ts';
import { Emitter } from './emitter.ts';
import { ExpressionEmitter } from './expression.ts';
import { foldConstants } from './fold.ts';
import { generate } from './generate.ts';

/** Writes a number and a validity byte for every row of the batch. */
export type Float64Kernel = (batch: Batch, out: Float64Array, valid: Uint8Array) => void;

/** For expressions held as `i32`, `f64` or `ts` (of which the milliseconds are taken). */
export function compileToFloat64(expr: Expr, context: FunctionContext): Float64Kernel {
  const emitter = new Emitter(context);
  const compile = new ExpressionEmitter(emitter, (index) => ({
    vector: emitter.perBatch('w', `V[${index}]`),
    index: 'i',
  }));
  const code = compile.emit(foldConstants(expr, context));
  if (code.form !== 'plain' && code.form !== 'ts') {
    throw new EngineError('internal_error', `${typeToString(expr.type)} is not held as a number`);
  }
  const body = `return function toFloat64(batch, out, valid) {
const n = batch.length, V = batch.vectors;
${emitter.declared.length > 0 ? `let ${emitter.declared.join(', ')};` : ''}
${emitter.prologue.join('\n')}
for (let i = 0; i < n; i++) {
${emitter.body}
out[i] = ${code.form === 'ts' ? code.ms : code.value};
valid[i] = ${code.valid === null ? '1' : `${code.valid} ? 1 : 0`};
}
};`;
  return generate<Float64Kernel>(emitter.constantNames, emitter.constants, body);
}

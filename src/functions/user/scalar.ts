/** A function of the program, per row, as the compiler of expressions wants it. */
import { type FromJs, type JsValue, type ToJs, fromJs, toJs } from '../../types/js-value.ts';
import type { Value } from '../../types/vector.ts';
import { defineFunction } from '../define.ts';
import type { ScalarFunction } from '../function.ts';
import { callError } from './call-error.ts';
import { argumentTypes } from './signature.ts';
import type { ScalarUserFunction } from './user-function.ts';

export function scalarDefinition(definition: ScalarUserFunction): ScalarFunction {
  const { name, returns, strict, deterministic } = definition;
  return defineFunction({
    name,
    category: 'system',
    signature: name,
    doc: 'A function of the program.',
    examples: [],
    nulls: strict ? 'strict' : 'handled',
    volatility: deterministic ? 'immutable' : 'volatile',
    resolve: () => undefined,
    evaluate({ argTypes }) {
      const take = argumentTypes(definition, argTypes.length).map(toJs);
      const give: FromJs = fromJs(returns, `the result of ${name}`);
      return (...values: readonly Value[]): Value => {
        const args = take.map((convert: ToJs, i): JsValue => convert(values[i] as Value));
        try {
          return give(definition.call(...args));
        } catch (error) {
          throw callError(name, args, error);
        }
      };
    },
  });
}

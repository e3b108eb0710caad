import { EngineError } from '../errors.ts';
import type { ScalarFunction } from './function.ts';

type Defaults = 'aliases' | 'nulls' | 'volatility';

/** A function literal; what is not said is: no aliases, NULL in gives NULL out, immutable. */
export function defineFunction(
  literal: Omit<ScalarFunction, Defaults> & Partial<Pick<ScalarFunction, Defaults>>,
): ScalarFunction {
  return { aliases: [], nulls: 'strict', volatility: 'immutable', ...literal };
}

export function divisionByZero(): never {
  throw new EngineError('division_by_zero', 'division by zero');
}

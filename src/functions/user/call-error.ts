import { EngineError } from '../../errors.ts';
import { shown } from '../../types/js-value.ts';

/**
 * The error of a call that threw: names the function and what it was called with. An error of the engine that a function
 * lets through keeps its code.
 */
export function callError(name: string, args: readonly unknown[], cause: unknown): EngineError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new EngineError('user_function_failed', `function ${name} failed: ${message}`, {
    detail: args.length === 0 ? undefined : `It was called with (${args.map(shown).join(', ')}).`,
    hint: cause instanceof EngineError ? cause.hint : undefined,
    cause,
  });
}

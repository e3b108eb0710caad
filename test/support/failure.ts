import { EngineError } from '../../src/errors.ts';

/** The engine's error that `run` ends with. */
export async function failure(run: () => unknown): Promise<EngineError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('no error');
}

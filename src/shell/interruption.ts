import type { StatementResult } from '../session.ts';
import type { ShellContext } from './context.ts';

/** Ctrl-C while a statement runs: the first asks it to stop, the second does not wait for that. */
export interface Interruption {
  readonly first: Promise<'interrupted'>;
  readonly second: Promise<'interrupted'>;
  end(): void;
}

export function interruptible(context: ShellContext): Interruption {
  const seen: (() => void)[] = [];
  const next = (): Promise<'interrupted'> => new Promise((resolve) => seen.push(() => resolve('interrupted')));
  const [first, second] = [next(), next()];
  return { first, second, end: context.onInterrupt(() => seen.shift()?.()) };
}

/** Stops the jobs of a statement that nobody waits for any more, should they come after all. */
export async function stopWhenThere(started: Promise<StatementResult>): Promise<void> {
  try {
    const result = await started;
    const jobs = result.kind === 'inserts' ? result.jobs : 'job' in result ? [result.job] : [];
    await Promise.all(jobs.map((job) => job.stop()));
  } catch {
    // Nobody waits for its error either.
  }
}

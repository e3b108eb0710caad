import type { Engine } from '../engine.ts';
import type { TextOutput } from '../platform/platform.ts';
import type { Session } from '../session.ts';
import type { BackgroundJobs } from './background-jobs.ts';
import type { Expanded } from './results/table-text.ts';
import type { Screen } from './screen.ts';
import type { ShellOutput } from './shell-output.ts';
import type { Paint } from './style.ts';

/** What everything that runs in a shell works with. */
export interface ShellContext {
  readonly engine: Engine;
  readonly session: Session;
  readonly jobs: BackgroundJobs;
  /** Where rows and messages go; slow readers are waited for. */
  readonly stdout: TextOutput;
  /** What jobs print by themselves. */
  readonly jobOutput: ShellOutput;
  /** Null where nothing can be redrawn: a dumb terminal. */
  readonly screen: Screen | null;
  readonly paint: Paint;
  /** Values of `${name}`. */
  readonly variables: Map<string, string>;
  /** `\x`. */
  expanded: Expanded;
  /** Calls at Ctrl-C, until the result is called. */
  onInterrupt(listener: () => void): () => void;
}

export const columnsOf = ({ screen }: ShellContext): number => screen?.columns ?? 80;

export function print({ stdout }: ShellContext, text: string): void | Promise<void> {
  return stdout.write(`${text}\n`);
}

export function info(context: ShellContext, text: string): void | Promise<void> {
  return print(context, `${context.paint('good', '[INFO]')} ${text}`);
}

/** `(0.12 s)`, or nothing where times are not wanted. */
export function took({ session, engine }: ShellContext, startMs: number): string {
  if (!session.settings.boolean('sql-client.display.print-time-cost')) return '';
  return ` (${((engine.platform.clock.monotonic() - startMs) / 1000).toFixed(2)} s)`;
}

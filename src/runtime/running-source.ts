import type { Position } from '../connectors/connector.ts';
import type { Producer } from './receiver.ts';
import type { GeneratorSnapshot } from './watermark-generator.ts';

export type StepResult = 'progress' | 'idle' | 'end';

export interface SourceSnapshot {
  readonly finished: readonly string[];
  readonly positions: readonly { readonly id: string; readonly position: Position }[];
  /** Where finished splits ended, for sources that want to hear of it. */
  readonly ends?: readonly { readonly id: string; readonly position: Position }[];
  /** Splits that were listed but not opened yet. */
  readonly waiting: readonly string[];
  readonly watermarks: GeneratorSnapshot;
  readonly ended: boolean;
}

/** The splits that a subtask had. */
export const splitsOf = ({ finished, positions, waiting }: SourceSnapshot): readonly string[] => [
  ...finished,
  ...positions.map(({ id }) => id),
  ...waiting,
];

/** What the driver knows of a source. */
export interface RunningSource extends Producer {
  /** No step will give anything more. */
  readonly ended: boolean;
  /** The last watermark sent, -Infinity before the first; null when it has none to send, or is idle. */
  readonly watermark: number | null;
  /**
   * Before the first step of any source: one without splits ends or is idle before rows come from others, so that no
   * watermark waits for it and no late row depends on who is asked first.
   */
  start(): Promise<void>;
  step(): Promise<StepResult>;
  /** Milliseconds until something may happen without new data; Infinity when nothing can. */
  waitMs(): number;
  snapshot(): SourceSnapshot;
  /** Before the first step. `elsewhere`: the splits of the other subtasks. */
  restore(from: SourceSnapshot, elsewhere: ReadonlySet<string>): void;
  /** Before the first step, from what all subtasks had while they were others: the splits are dealt anew. */
  redeal(from: readonly SourceSnapshot[]): void;
  /** Between two steps: nothing more is read, the end follows at once. */
  drain(): void;
  close(): Promise<void>;
}

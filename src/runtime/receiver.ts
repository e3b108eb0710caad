import type { Batch } from '../types/batch.ts';

/** One channel into a task: what a producer holds of its consumer. */
export interface Receiver {
  /** It wants nothing more, and has ended what it feeds: a producer may stop without a word. */
  readonly closed: boolean;
  /** Takes a borrowed batch; its marks are watermarks of this channel. */
  receive(batch: Batch): void;
  /** An idle channel does not hold back the watermark; a row or `false` makes it active again. */
  setIdle(idle: boolean): void;
  /** No batch follows. */
  end(): void;
}

/** A subtask's outgoing end, connected when its consumer is built. */
export interface Producer {
  connect(target: Receiver): void;
}

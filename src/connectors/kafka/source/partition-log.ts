import type { EngineError } from '../../../errors.ts';
import type { AbortedTransaction } from '../protocol/requests/fetch.ts';
import type { Frame } from '../protocol/frame.ts';

/** Whole record batches of a partition as a broker sent them: `frame.buf[start … end)`. */
export interface Block {
  readonly frame: Frame;
  readonly start: number;
  readonly end: number;
  readonly aborted: readonly AbortedTransaction[];
}

export interface PartitionStart {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly offset: number;
  readonly stopOffset: number;
}

/** What is known of a partition that is read, and what of it was fetched ahead. */
export class PartitionLog {
  readonly topic: string;
  readonly partition: number;
  /** 32 hexadecimal digits; another one means that the topic was deleted and created anew. */
  topicId: string;
  /** The broker that leads it; -1 = unknown. */
  leader: number;
  leaderEpoch: number;
  /** The offset to ask for next. */
  fetchOffset: number;
  /** Where the next record that is read stands. */
  nextOffset: number;
  /** Reading ends before this offset; Infinity = never. */
  readonly stopOffset: number;
  /** The end of what readers may see, as of the last answer; -1 = not heard yet. */
  endOffset = -1;
  /** Records that were gone before they were read. */
  purged = 0;
  /** What ends the reading; thrown by the reader after all that came before it. */
  failure: EngineError | null = null;
  bufferedBytes = 0;
  readonly #blocks: Block[] = [];
  /** Called when there is more room. */
  onDrain: () => void = () => {};

  constructor(start: PartitionStart) {
    this.topic = start.topic;
    this.topicId = start.topicId;
    this.partition = start.partition;
    this.leader = start.leader;
    this.leaderEpoch = start.leaderEpoch;
    this.fetchOffset = start.offset;
    this.nextOffset = start.offset;
    this.stopOffset = start.stopOffset;
  }

  get name(): string {
    return `"${this.topic}" partition ${this.partition}`;
  }

  /** Whether more of it is to be fetched at all. */
  get isOpen(): boolean {
    return this.failure === null && this.fetchOffset < this.stopOffset;
  }

  /** Records that are there and were not read; 0 while nothing was heard. */
  get lag(): number {
    return Math.max(0, Math.min(this.endOffset, this.stopOffset) - this.nextOffset);
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  add(block: Block, nextFetchOffset: number): void {
    this.#blocks.push(block);
    this.bufferedBytes += block.end - block.start;
    this.fetchOffset = nextFetchOffset;
  }

  /** The next block, whose frame the caller releases. */
  take(): Block | undefined {
    const block = this.#blocks.shift();
    if (block === undefined) return undefined;
    this.bufferedBytes -= block.end - block.start;
    this.onDrain();
    return block;
  }

  /** Forgets what was fetched. */
  clear(): void {
    for (const block of this.#blocks.splice(0)) block.frame.release();
    this.bufferedBytes = 0;
  }
}

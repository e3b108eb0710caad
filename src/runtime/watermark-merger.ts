/**
 * The watermark of a task with several channels: the least over those that are active (dialect: operator watermark =
 * min over its non-idle inputs; when all are idle it stays). It never goes back. A channel that has ended holds nothing
 * back, but is no reason to go on either: as long as all others are idle the watermark stays.
 */
import type { WatermarkMarks } from '../types/batch.ts';

export interface MergerSnapshot {
  readonly channels: readonly number[];
  /** For each channel, the group of those that come from the same node. */
  readonly groups?: readonly number[];
  readonly current: number;
}

export class WatermarkMerger {
  readonly #channels: Float64Array;
  readonly #idle: Uint8Array;
  readonly #ended: Uint8Array;
  #current = -Infinity;
  // The merged marks of the batch in hand; reused.
  #rows = new Int32Array(64);
  #times = new Float64Array(64);

  constructor(channels: number) {
    this.#channels = new Float64Array(channels).fill(-Infinity);
    this.#idle = new Uint8Array(channels);
    this.#ended = new Uint8Array(channels);
  }

  get current(): number {
    return this.#current;
  }

  /** Whether every channel that has not ended is idle, and there is one. */
  get allIdle(): boolean {
    let idle = false;
    for (let i = 0; i < this.#channels.length; i++) {
      if (this.#ended[i] === 1) continue;
      if (this.#idle[i] === 0) return false;
      idle = true;
    }
    return idle;
  }

  /** Marks of one channel as marks of the task: only those that move the least; `null` when none does. */
  merge(channel: number, marks: WatermarkMarks): WatermarkMarks | null {
    if (this.#channels.length === 1) {
      // A single channel: its marks are the task's, as they are.
      const last = marks.time[marks.length - 1] as number;
      this.#channels[0] = last;
      this.#current = Math.max(this.#current, last);
      return marks;
    }
    if (this.#rows.length < marks.length) {
      this.#rows = new Int32Array(marks.length * 2);
      this.#times = new Float64Array(marks.length * 2);
    }
    let count = 0;
    for (let i = 0; i < marks.length; i++) {
      this.#channels[channel] = marks.time[i] as number;
      if (!this.#advance()) continue;
      this.#rows[count] = marks.row[i] as number;
      this.#times[count] = this.#current;
      count++;
    }
    return count === 0 ? null : { length: count, row: this.#rows, time: this.#times };
  }

  /** Whether the least rose because the channel stopped holding it back. */
  setIdle(channel: number, idle: boolean): boolean {
    this.#idle[channel] = idle ? 1 : 0;
    return idle && this.#advance();
  }

  isIdle(channel: number): boolean {
    return this.#idle[channel] === 1;
  }

  /** Whether the least rose because the channel has ended. */
  end(channel: number): boolean {
    this.#channels[channel] = Infinity;
    this.#idle[channel] = 0;
    this.#ended[channel] = 1;
    return this.#channels.length > 1 && this.#advance();
  }

  snapshot(): MergerSnapshot {
    return { channels: [...this.#channels], current: this.#current };
  }

  restore(from: MergerSnapshot): void {
    this.#channels.set(from.channels);
    this.#current = from.current;
  }

  #advance(): boolean {
    let least = Infinity;
    for (let i = 0; i < this.#channels.length; i++) {
      if (this.#idle[i] === 0 && (this.#channels[i] as number) < least) least = this.#channels[i] as number;
    }
    if (least <= this.#current || (least === Infinity && this.#someIdle())) return false;
    this.#current = least;
    return true;
  }

  #someIdle(): boolean {
    return this.#idle.includes(1);
  }
}

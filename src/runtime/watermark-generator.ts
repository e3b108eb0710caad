/**
 * Watermarks of one source subtask: per split the greatest value that the table's watermark expression gave, and over
 * the active splits the least of those (dialect 5.2).
 *
 * With an interval of 0 a watermark follows every row that moves it: the row is delivered first, then its watermark,
 * so no late-row decision depends on batching. With a larger interval the eager rule holds in event time (the first at
 * once, then whenever the new one is more than the interval ahead of the last one sent), and `onTick` sends the rest.
 */
export interface GeneratorSnapshot {
  readonly splits: readonly {
    readonly id: string;
    readonly time: number;
    readonly idle?: boolean;
    /** How long no row had come. */
    readonly silentMs?: number;
  }[];
  readonly sent: number;
}

interface SplitState {
  time: number;
  lastRowMs: number;
  idle: boolean;
}

/** Where marks go: after row `row` of the batch in hand. */
export interface MarkTarget {
  mark(row: number, time: number): void;
}

export class WatermarkGenerator {
  readonly #intervalMs: number;
  readonly #idleTimeoutMs: number;
  readonly #splits = new Map<string, SplitState>();
  /** Splits that were read before a restore and are not open yet: what they had reached allows nothing until then. */
  readonly #restored = new Map<string, GeneratorSnapshot['splits'][number]>();
  #sent = -Infinity;

  constructor(intervalMs: number, idleTimeoutMs: number) {
    this.#intervalMs = intervalMs;
    this.#idleTimeoutMs = idleTimeoutMs;
  }

  /** The last watermark sent, -Infinity before the first. */
  get sent(): number {
    return this.#sent;
  }

  addSplit(id: string, nowMs: number): void {
    if (this.#splits.has(id)) return;
    const { time = -Infinity, idle = false, silentMs = 0 } = this.#restored.get(id) ?? {};
    this.#restored.delete(id);
    this.#splits.set(id, { time, lastRowMs: nowMs - silentMs, idle });
  }

  /** A finished split holds nothing back; the new watermark, if that moves it. */
  removeSplit(id: string): number | null {
    const split = this.#splits.get(id);
    if (split === undefined) return null;
    this.#splits.delete(id);
    // What the split had reached still counts: it was the watermark, or is no more held back by others.
    if (this.#splits.size === 0) return this.#send(split.time);
    return this.#send(this.#least());
  }

  /** Rows `0 … length - 1` of split `id` have these watermark values (those with `valid[i] = 1`). */
  onRows(id: string, times: Float64Array, valid: Uint8Array, length: number, nowMs: number, target: MarkTarget): void {
    const split = this.#splits.get(id) as SplitState;
    split.lastRowMs = nowMs;
    split.idle = false;
    // What the other splits allow.
    let bound = Infinity;
    if (this.#splits.size > 1) {
      for (const [other, state] of this.#splits) {
        if (other !== id && !state.idle && state.time < bound) bound = state.time;
      }
    }
    let time = split.time;
    let sent = this.#sent;
    const interval = this.#intervalMs;
    for (let i = 0; i < length; i++) {
      if (valid[i] === 0) continue;
      const candidate = times[i] as number;
      if (candidate <= time) continue;
      time = candidate;
      const least = time < bound ? time : bound;
      if (least > sent && (interval === 0 || sent === -Infinity || least - sent > interval)) {
        sent = least;
        target.mark(i + 1, least);
      }
    }
    split.time = time;
    this.#sent = sent;
  }

  /** The source itself says that split `id` reached `time`; the new watermark, if that moves it. */
  onWatermark(id: string, time: number): number | null {
    const split = this.#splits.get(id) as SplitState;
    split.idle = false;
    if (time > split.time) split.time = time;
    return this.#send(this.#least());
  }

  /** The periodic tick: what is held back by the interval, or null. Also finds splits that fell silent. */
  onTick(nowMs: number): number | null {
    if (this.#idleTimeoutMs > 0) {
      for (const split of this.#splits.values()) {
        if (!split.idle && nowMs - split.lastRowMs >= this.#idleTimeoutMs) split.idle = true;
      }
    }
    return this.allIdle ? null : this.#send(this.#least());
  }

  get allIdle(): boolean {
    for (const split of this.#splits.values()) if (!split.idle) return false;
    return this.#splits.size > 0;
  }

  /** Milliseconds between ticks, 0 when none are needed. */
  get tickMs(): number {
    const idle = this.#idleTimeoutMs > 0 ? Math.max(1, this.#idleTimeoutMs / 4) : 0;
    if (this.#intervalMs === 0) return idle;
    return idle === 0 ? this.#intervalMs : Math.min(this.#intervalMs, idle);
  }

  snapshot(nowMs: number): GeneratorSnapshot {
    return {
      splits: [
        ...[...this.#splits].map(([id, { time, idle, lastRowMs }]) => ({
          id,
          time,
          idle,
          silentMs: Math.max(0, nowMs - lastRowMs),
        })),
        ...this.#restored.values(),
      ],
      sent: this.#sent,
    };
  }

  /** Before splits are added. The time between snapshot and restore does not count as silence. */
  restore(from: GeneratorSnapshot): void {
    for (const split of from.splits) this.#restored.set(split.id, split);
    this.#sent = from.sent;
  }

  /** What is known to hold without looking at the splits, to be told to those who may not know it. */
  tell(time: number): number | null {
    return this.#send(time);
  }

  #least(): number {
    let least = Infinity;
    for (const split of this.#splits.values()) if (!split.idle && split.time < least) least = split.time;
    return least === Infinity ? -Infinity : least;
  }

  #send(time: number): number | null {
    if (time <= this.#sent) return null;
    this.#sent = time;
    return time;
  }
}

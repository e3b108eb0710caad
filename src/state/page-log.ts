/**
 * The scratch file of spilled pages: a log of slots, written a MiB at a time; what is not written yet is read from memory.
 *
 * A page is written to the next free slots of the current segment and never overwritten; written again it gets other
 * slots. What it had before is free, and a segment without live slots is used again. Where more than half of the file is
 * free, the live pages of the emptiest segment are written anew. (Writes of 4 KiB at their own places cost 12 to 15 µs
 * each on ext4, 256 of them in one write 0.5 µs each; reads cost 1 µs.)
 */
import { EngineError } from '../errors.ts';
import type { PositionedFile } from '../platform/platform.ts';

const SLOT_SHIFT = 12;
const SEGMENT_SHIFT = 8;
const SEGMENT_SLOTS = 1 << SEGMENT_SHIFT;
const SEGMENT_BYTES = SEGMENT_SLOTS << SLOT_SHIFT;
/** Free segments that are worth nothing to regain. */
const SLACK_SEGMENTS = 16;

/** Pages of more bytes stay in memory. */
export const MOST_PAGE_BYTES = SEGMENT_BYTES;

/** Whose pages are in the log; `token` is what `append` was given. */
export interface PageOwner {
  /** The page is at `slot` now. */
  moved(token: number, slot: number): void;
}

export class PageLog {
  readonly #file: PositionedFile;
  /** By first slot of a page: its owner and its bytes. */
  readonly #owners: (PageOwner | undefined)[] = [];
  #tokens = new Int32Array(SEGMENT_SLOTS);
  #lengths = new Int32Array(SEGMENT_SLOTS);
  /** Live slots of each segment. */
  readonly #live: number[] = [];
  readonly #free: number[] = [];
  #segment = -1;
  /** Slots of the current segment that are taken. */
  #taken = SEGMENT_SLOTS;
  /** The current segment, which is not in the file. */
  readonly #staged = new Uint8Array(SEGMENT_BYTES);
  #moving: Uint8Array | null = null;
  #liveSlots = 0;
  #failure: unknown = null;

  constructor(file: PositionedFile) {
    this.#file = file;
  }

  get sizeBytes(): number {
    return this.#live.length * SEGMENT_BYTES;
  }

  /** Takes a copy of a page and gives its slot. */
  append(owner: PageOwner, token: number, page: Uint8Array): number {
    const slots = slotsOf(page.length);
    if (this.#taken + slots > SEGMENT_SLOTS) this.#nextSegment();
    const slot = (this.#segment << SEGMENT_SHIFT) + this.#taken;
    this.#staged.set(page, this.#taken << SLOT_SHIFT);
    this.#taken += slots;
    this.#owners[slot] = owner;
    this.#tokens[slot] = token;
    this.#lengths[slot] = page.length;
    this.#live[this.#segment] = (this.#live[this.#segment] as number) + slots;
    this.#liveSlots += slots;
    return slot;
  }

  read(slot: number, into: Uint8Array): void {
    if (slot >> SEGMENT_SHIFT === this.#segment) {
      const at = (slot & (SEGMENT_SLOTS - 1)) << SLOT_SHIFT;
      into.set(this.#staged.subarray(at, at + into.length));
      return;
    }
    this.#run(() => readFully(this.#file, into, slot * 2 ** SLOT_SHIFT));
  }

  /** The page is not needed any more. */
  free(slot: number): void {
    const segment = slot >> SEGMENT_SHIFT;
    const slots = slotsOf(this.#lengths[slot] as number);
    this.#owners[slot] = undefined;
    this.#liveSlots -= slots;
    const live = (this.#live[segment] as number) - slots;
    this.#live[segment] = live;
    if (live === 0 && segment !== this.#segment) this.#free.push(segment);
  }

  /** Passes the page on to another owner's token. */
  pass(slot: number, token: number): void {
    this.#tokens[slot] = token;
  }

  /** Regains space where too much of the file is free. */
  tidy(): void {
    while (this.#live.length * SEGMENT_SLOTS > 2 * this.#liveSlots + SLACK_SEGMENTS * SEGMENT_SLOTS) {
      if (this.#free.length >= SLACK_SEGMENTS || !this.#clean()) return;
    }
  }

  close(): void {
    this.#failure ??= new EngineError('internal_error', 'state was used after its end');
  }

  #nextSegment(): void {
    const left = this.#segment;
    if (left >= 0) {
      const bytes = this.#staged.subarray(0, this.#taken << SLOT_SHIFT);
      this.#run(() => this.#file.write(bytes, left * SEGMENT_BYTES));
    }
    const segment = this.#free.pop() ?? this.#live.push(0) - 1;
    this.#segment = segment;
    this.#taken = 0;
    if (left >= 0 && this.#live[left] === 0) this.#free.push(left);
    const slots = this.#live.length << SEGMENT_SHIFT;
    if (slots <= this.#tokens.length) return;
    this.#tokens = grown(this.#tokens, slots);
    this.#lengths = grown(this.#lengths, slots);
  }

  /** Moves the live pages out of the emptiest segment. */
  #clean(): boolean {
    let emptiest = -1;
    for (let s = 0; s < this.#live.length; s++) {
      if (s === this.#segment || this.#live[s] === 0) continue;
      if (emptiest < 0 || (this.#live[s] as number) < (this.#live[emptiest] as number)) emptiest = s;
    }
    if (emptiest < 0 || (this.#live[emptiest] as number) > SEGMENT_SLOTS * 0.75) return false;
    const bytes = (this.#moving ??= new Uint8Array(SEGMENT_BYTES));
    this.#run(() => readFully(this.#file, bytes, emptiest * SEGMENT_BYTES));
    const first = emptiest << SEGMENT_SHIFT;
    for (let k = 0; k < SEGMENT_SLOTS; k++) {
      const owner = this.#owners[first + k];
      if (owner === undefined) continue;
      const token = this.#tokens[first + k] as number;
      const at = k << SLOT_SHIFT;
      const slot = this.append(owner, token, bytes.subarray(at, at + (this.#lengths[first + k] as number)));
      this.free(first + k);
      owner.moved(token, slot);
    }
    return true;
  }

  /** After one failure nothing that the file holds is trusted any more. */
  #run(access: () => void): void {
    if (this.#failure !== null) throw this.#failure;
    try {
      access();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}

const slotsOf = (bytes: number): number => (bytes + (1 << SLOT_SHIFT) - 1) >> SLOT_SHIFT;

function grown(from: Int32Array, least: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(Math.max(least, from.length * 2));
  to.set(from);
  return to;
}

/** Past the end of what was ever written there is nothing live. */
function readFully(file: PositionedFile, into: Uint8Array, position: number): void {
  let at = 0;
  while (at < into.length) {
    const count = file.read(at === 0 ? into : into.subarray(at), position + at);
    if (count === 0) return;
    at += count;
  }
}

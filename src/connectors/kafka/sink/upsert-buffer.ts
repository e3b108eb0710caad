/**
 * Changes held back, the last one of each key: an open-addressing index over entries in arrays, with their bytes one after
 * another. What a later change of a key replaces stays among them until there is as much of it as of what counts; then
 * they are written together anew. Entries come out in the order in which their keys came first.
 */
import { copyBytes } from '../../../types/copy-bytes.ts';
import { murmur2 } from '../produce/murmur2.ts';
import type { RecordRows, Spans } from '../produce/record-batch.ts';
import { SpansBuilder } from './spans-builder.ts';

const EMPTY = -1;

export class UpsertBuffer {
  readonly #keys = new SpansBuilder();
  readonly #values = new SpansBuilder();
  readonly #headers = new SpansBuilder();
  #hasHeaders = false;
  #hash = new Int32Array(64);
  #timestamps = new Float64Array(64);
  #topicOf = new Int32Array(64);
  /** Slots with entry numbers, a power of two and at least twice as many as entries. */
  #slots = new Int32Array(128).fill(EMPTY);
  #count = 0;

  /** How many keys have changed. */
  get count(): number {
    return this.#count;
  }

  /** Takes change `i`. */
  put({ keys, values, headers, timestamps, nowMs }: RecordRows, i: number, topic: number): void {
    const entry = this.#entry(keys as Spans, i);
    this.#timestamps[entry] = timestamps === null ? nowMs : (timestamps[i] as number);
    this.#topicOf[entry] = topic;
    write(this.#values, entry, values, i);
    if (headers !== null) {
      this.#hasHeaders = true;
      write(this.#headers, entry, headers, i);
    }
    this.#values.compact(this.#count);
    this.#headers.compact(headers === null ? 0 : this.#count);
  }

  /** All changes; valid until the next `put`. */
  get rows(): RecordRows {
    return {
      count: this.#count,
      keys: this.#keys.spans(),
      values: this.#values.spans(),
      headers: this.#hasHeaders ? this.#headers.spans() : null,
      timestamps: this.#timestamps,
      nowMs: 0,
    };
  }

  get topicOf(): Int32Array {
    return this.#topicOf;
  }

  /** Forgets all changes. */
  clear(): void {
    this.#count = 0;
    this.#slots.fill(EMPTY);
    for (const bytes of [this.#keys, this.#values, this.#headers]) bytes.length = 0;
  }

  #entry(keys: Spans, i: number): number {
    const start = keys.start[i] as number;
    const end = keys.end[i] as number;
    const hash = murmur2(keys.u8, start, end);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let entry = this.#slots[slot] as number; entry !== EMPTY; entry = this.#slots[slot] as number) {
      if (this.#hash[entry] === hash && this.#sameKey(entry, keys, start, end)) return entry;
      slot = (slot + 1) & mask;
    }
    const entry = this.#count++;
    this.#slots[slot] = entry;
    this.#reserve(this.#count);
    this.#hash[entry] = hash;
    write(this.#keys, entry, keys, i);
    if (2 * this.#count > this.#slots.length) this.#growIndex();
    return entry;
  }

  #sameKey(entry: number, keys: Spans, start: number, end: number): boolean {
    const own = this.#keys;
    const from = own.start[entry] as number;
    if ((own.end[entry] as number) - from !== end - start) return false;
    for (let k = 0; k < end - start; k++) if (own.u8[from + k] !== keys.u8[start + k]) return false;
    return true;
  }

  #reserve(count: number): void {
    for (const bytes of [this.#keys, this.#values, this.#headers]) bytes.reserveRows(count);
    if (count <= this.#hash.length) return;
    this.#hash = grown(this.#hash, new Int32Array(2 * count));
    this.#topicOf = grown(this.#topicOf, new Int32Array(2 * count));
    this.#timestamps = grown(this.#timestamps, new Float64Array(2 * count));
  }

  #growIndex(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(EMPTY);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.#count; entry++) {
      let slot = (this.#hash[entry] as number) & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = entry;
    }
    this.#slots = slots;
  }
}

function write(to: SpansBuilder, entry: number, from: Spans, i: number): void {
  const start = from.start[i] as number;
  if (start < 0) {
    to.start[entry] = -1;
    return;
  }
  const size = (from.end[i] as number) - start;
  to.reserveBytes(size);
  copyBytes(to.view, to.length, from.view, start, size);
  to.start[entry] = to.length;
  to.length += size;
  to.end[entry] = to.length;
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

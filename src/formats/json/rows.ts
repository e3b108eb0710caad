/**
 * Rows under construction out of JSON records: what decoders of lines and of framed records share. They learn the
 * records' form (once, and again where most objects no longer have it), run the code that was generated for it, and
 * make a batch of what it wrote.
 */
import type { Batch } from '../../types/batch.ts';
import type { BytesBuilder } from '../../types/column-builder.ts';
import type { BytePool, Vector } from '../../types/vector.ts';
import type { DecodeColumn, FormatOptions } from '../format.ts';
import { markBytes, marksFor } from './byte-marks.ts';
import { compileDecoder, type CompiledDecoder } from './compile.ts';
import { finishText } from './convert.ts';
import { learn } from './learn.ts';
import { type ColumnPlan, type SlotPlan, planObjects, planSlots } from './read-plan.ts';
import { skipSpace } from './scan.ts';
import { DecodeState, layOut } from './state.ts';
import { CLOSE_BRACKET, COMMA, OPEN_BRACE } from './tokens.ts';

/** Learning again pays when most objects miss the learned form; each time it is put off for longer. */
const FIRST_PATIENCE = 256;
const LEARN_BACKOFF = 8;

export class JsonRows {
  readonly state: DecodeState;
  readonly #plan: SlotPlan;
  readonly #objects: ReturnType<typeof planObjects>;
  #decoder: CompiledDecoder | undefined;
  /** Rows after which learning is tried again. */
  #patience = FIRST_PATIENCE;
  #rowsSinceLearning = 0;

  constructor(columns: readonly DecodeColumn[], options: FormatOptions) {
    const iso = options.string('timestamp-format.standard') === 'ISO-8601';
    this.state = new DecodeState({
      iso,
      ignoreErrors: options.boolean('ignore-parse-errors'),
      failOnMissing: options.boolean('fail-on-missing-field'),
    });
    this.#plan = planSlots(columns, iso);
    layOut(this.state, this.#plan.requests);
    this.#objects = planObjects(this.state.slots);
    this.state.memberNames = this.#objects.names;
  }

  /** What is read from now on; false when it is what was read before. */
  useInput(pool: BytePool): boolean {
    const { state } = this;
    if (state.u8 === pool.u8) return false;
    state.u8 = pool.u8 as Uint8Array<ArrayBuffer>;
    state.buf = pool.buf;
    state.view = pool.view as DataView<ArrayBuffer>;
    if (state.marks.length * 32 < pool.u8.length) state.marks = marksFor(pool.u8.length);
    return true;
  }

  mark(from: number, to: number): void {
    markBytes(this.state.u8, from, to, this.state.marks);
  }

  /** Begins a batch of at most `limit` rows. */
  begin(limit: number): void {
    const { state } = this;
    state.row = 0;
    state.hasRawText = false;
    for (const slot of state.slots) {
      state.bytes.fill(0, slot.validAt, slot.validAt + limit);
      slot.target.reset();
    }
  }

  /** The decoder for the records' form; where it is to be learned, from the records at `first` and what `next` gives. */
  decoder(first: number, next: (start: number) => number): CompiledDecoder {
    const { state } = this;
    const lost = this.#rowsSinceLearning >= this.#patience && state.misses * 2 > this.#rowsSinceLearning;
    if (this.#decoder === undefined || lost) {
      const form = learn(state, first, next);
      this.#decoder = compileDecoder(this.#objects.root, form, state);
      if (lost) this.#patience *= LEARN_BACKOFF;
      this.#rowsSinceLearning = 0;
      state.misses = 0;
    }
    return this.#decoder;
  }

  /**
   * A trial of every element of the checked array at `start`, into a row that is free and cleared again; false, and
   * `state.reason`, when one cannot be read.
   */
  fits(decoder: CompiledDecoder, start: number, scratch: number): boolean {
    const { state } = this;
    const { u8 } = state;
    for (let p = skipSpace(u8, start + 1); u8[p] !== CLOSE_BRACKET;) {
      if (u8[p] !== OPEN_BRACE) {
        state.reason = 'an element of the top-level array is not an object';
        return false;
      }
      const next = decoder.element(state, p + 1, scratch);
      decoder.clear(state, scratch);
      if (next < 0) return false;
      p = nextElement(u8, next);
    }
    return true;
  }

  /** The rows so far, whose texts stand in `pool`. */
  batch(pool: BytePool): Batch {
    const { state } = this;
    const { row: length, slots } = state;
    this.#rowsSinceLearning += length;
    const vectors = slots.map((slot): Vector => {
      switch (slot.target.kind) {
        case 'bytes':
          (slot.target as BytesBuilder).pool = pool;
          finishText(state, slot, length);
          break;
        case 'array':
        case 'map':
          for (let row = 0; row < length; row++) if (slot.target.valid[row] === 0) slot.target.setNull(row);
          break;
        default:
      }
      return slot.target.vector(length);
    });
    return { length, kinds: null, marks: null, vectors: this.#plan.columns.map((column) => assemble(column, vectors)) };
  }
}

function assemble({ slot, fields }: ColumnPlan, vectors: readonly Vector[]): Vector {
  const vector = vectors[slot] as Vector;
  if (fields === undefined) return vector;
  return { kind: 'row', valid: vector.valid, fields: fields.map((field) => assemble(field, vectors)) };
}

/** Index of the next element, or of the closing bracket, behind the element that ends at `p`. */
export function nextElement(u8: Uint8Array, p: number): number {
  const next = skipSpace(u8, p);
  return u8[next] === COMMA ? skipSpace(u8, next + 1) : next;
}

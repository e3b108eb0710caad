/**
 * JSON lines to columns.
 *
 * One record a line; every line's structure is checked whatever is read. A round of `next`: (once) learn the records'
 * form and generate the decoder; run it over whole lines; put bad records aside with their bytes; undo escapes in the
 * columns that were read.
 */
import type { BytesBuilder } from '../../types/column-builder.ts';
import type { Batch } from '../../types/batch.ts';
import type { Vector } from '../../types/vector.ts';
import type { BadRecord, DecodedBatch, Decoder, DecoderRequest } from '../format.ts';
import { LineInput } from '../line-input.ts';
import { markBytes, marksFor } from './byte-marks.ts';
import { compileDecoder, type CompiledDecoder } from './compile.ts';
import { finishText } from './convert.ts';
import { diagnose } from './diagnose.ts';
import { blankDuplicates } from './duplicates.ts';
import { learn } from './learn.ts';
import { type ColumnPlan, type SlotPlan, planObjects, planSlots } from './read-plan.ts';
import { skipSpace, skipValue } from './scan.ts';
import { CLOSE_BRACKET, COMMA, NEWLINE, OPEN_BRACE } from './tokens.ts';
import { BAD_RECORD, DecodeState, TOP_LEVEL_ARRAY, layOut } from './state.ts';

/** Learning again pays when most objects miss the learned form; each time it is put off for longer. */
const FIRST_PATIENCE = 256;
const LEARN_BACKOFF = 8;
const MAX_BAD_PER_BATCH = 1024;

/** A top-level array whose rows are being delivered: the next element, and the end of its line. */
interface OpenArray {
  next: number;
  readonly end: number;
  /** Some of its rows were delivered. */
  started: boolean;
}

export class JsonDecoder implements Decoder {
  readonly #input: LineInput;
  readonly #state: DecodeState;
  readonly #plan: SlotPlan;
  readonly #objects: ReturnType<typeof planObjects>;
  #decoder: CompiledDecoder | undefined;
  /** Rows after which learning is tried again. */
  #patience = FIRST_PATIENCE;
  #rowsSinceLearning = 0;
  /** The input is marked up to here. */
  #marked = 0;
  #openArray: OpenArray | undefined;
  #bad: BadRecord[] = [];
  /** The bytes of a record that was rewritten to be read again. */
  #original: { readonly position: number; readonly bytes: Uint8Array } | undefined;

  constructor(request: DecoderRequest) {
    const { options } = request;
    const iso = options.string('timestamp-format.standard') === 'ISO-8601';
    this.#input = new LineInput(request.position);
    this.#state = new DecodeState({
      iso,
      ignoreErrors: options.boolean('ignore-parse-errors'),
      failOnMissing: options.boolean('fail-on-missing-field'),
    });
    this.#plan = planSlots(request.columns, iso);
    layOut(this.#state, this.#plan.requests);
    this.#objects = planObjects(this.#state.slots);
    this.#state.memberNames = this.#objects.names;
  }

  get consumedBytes(): number {
    return this.#input.consumedBytes;
  }

  get midRecord(): boolean {
    return this.#openArray?.started === true;
  }

  reserve(sizeBytes: number): Uint8Array {
    const input = this.#input;
    const before = input.pos;
    const { u8 } = this.#state;
    const region = input.reserve(sizeBytes);
    if (this.#openArray !== undefined) {
      const { next, end, started } = this.#openArray;
      const shift = input.pos - before;
      this.#openArray = { next: next + shift, end: end + shift, started };
    }
    this.#state.u8 = input.pool.u8 as Uint8Array<ArrayBuffer>;
    this.#state.buf = input.pool.buf;
    this.#state.view = input.pool.view as DataView<ArrayBuffer>;
    if (u8 !== this.#state.u8) this.#state.marks = marksFor(this.#state.u8.length);
    if (u8 !== this.#state.u8 || input.pos !== before) this.#marked = input.pos;
    return region;
  }

  commit(sizeBytes: number, last: boolean): void {
    const input = this.#input;
    input.commit(sizeBytes, last);
    markBytes(input.pool.u8, this.#marked, Math.max(input.end, input.filled), this.#state.marks);
    this.#marked = input.filled;
  }

  next(maxRows: number): DecodedBatch | null {
    const input = this.#input;
    if (input.pos >= input.end) return null;
    const state = this.#state;
    this.#bad = [];
    state.row = 0;
    state.hasRawText = false;
    const decoder = this.#learned();
    const limit = Math.max(1, Math.min(maxRows, state.capacity));
    for (const slot of state.slots) {
      state.bytes.fill(0, slot.validAt, slot.validAt + limit);
      slot.target.reset();
    }
    while (input.pos < input.end && state.row < limit && this.#bad.length < MAX_BAD_PER_BATCH) {
      if (this.#openArray === undefined) this.#run(decoder, limit);
      // An array that was opened behind other rows and does not fit waits for the next batch.
      if (this.#openArray !== undefined && !this.#deliver(this.#openArray, decoder, limit)) break;
    }
    this.#rowsSinceLearning += state.row;
    if (state.row === 0 && this.#bad.length === 0) return null;
    return { batch: this.#batch(), bad: this.#bad };
  }

  /** The decoder for the records' form, learned from the bytes at hand when most objects no longer have it. */
  #learned(): CompiledDecoder {
    const state = this.#state;
    const lost = this.#rowsSinceLearning >= this.#patience && state.misses * 2 > this.#rowsSinceLearning;
    if (this.#decoder === undefined || lost) {
      const form = learn(state, this.#input.pos, this.#input.end);
      this.#decoder = compileDecoder(this.#objects.root, form, state);
      if (lost) this.#patience *= LEARN_BACKOFF;
      this.#rowsSinceLearning = 0;
      state.misses = 0;
    }
    return this.#decoder;
  }

  /** Decodes lines up to the batch's end, a line that is not UTF-8 or a record that is not plain, and sees to that. */
  #run(decoder: CompiledDecoder, limit: number): void {
    const input = this.#input;
    const state = this.#state;
    const garbled = input.garbled[0] === undefined ? input.end : input.garbled[0] - input.offsetOf(0);
    if (garbled <= input.pos) {
      input.garbled.shift();
      this.#setAside(state.row, 'the record is not UTF-8');
      return;
    }
    state.reason = '';
    input.pos = decoder.decode(state, input.pos, Math.min(garbled, input.end), state.row, limit);
    if (state.status === BAD_RECORD) {
      if (state.reason === '' || !this.#withoutDuplicates()) this.#setAside(state.row, state.reason);
    }
    if (state.status === TOP_LEVEL_ARRAY) this.#open(decoder, limit);
  }

  /** Blanks overridden members of the record at the input's position; false when there are none. */
  #withoutDuplicates(): boolean {
    const { u8, buf, marks } = this.#state;
    const start = this.#input.pos;
    const position = this.#input.offsetOf(start);
    if (this.#original?.position === position) return false;
    const newline = buf.indexOf(NEWLINE, start);
    if (diagnose(u8, start, newline) !== undefined) return false;
    const bytes = u8.slice(start, newline);
    if (!blankDuplicates(this.#state, start)) return false;
    this.#original = { position, bytes };
    markBytes(u8, start, newline, marks);
    return true;
  }

  /** The record at the input's position is bad; goes on behind it. */
  #setAside(row: number, reason: string): void {
    const input = this.#input;
    const { u8 } = input.pool;
    const start = input.pos;
    const position = input.offsetOf(start);
    const newline = this.#state.buf.indexOf(NEWLINE, start);
    const end = newline > start && u8[newline - 1] === 13 ? newline - 1 : newline;
    const why = reason === '' ? (diagnose(u8, start, newline) ?? 'the record cannot be decoded') : reason;
    this.#bad.push({
      bytes: this.#original?.position === position ? this.#original.bytes.slice(0, end - start) : u8.slice(start, end),
      position,
      reason: why,
      row,
      ...(this.#state.ignoreErrors ? { ignored: true } : {}),
    });
    input.pos = newline + 1;
  }

  /** Checks all of a top-level array before any of its rows is delivered. */
  #open(decoder: CompiledDecoder, limit: number): void {
    const state = this.#state;
    const { u8 } = state;
    const start = skipSpace(u8, this.#input.pos);
    const after = skipValue(state, start, 0);
    const end = after < 0 ? -1 : skipSpace(u8, after);
    state.reason = '';
    if (end < 0 || u8[end] !== NEWLINE) return this.#setAside(state.row, '');
    // A trial of every element, into a row that is free; what it leaves there is cleared.
    const scratch = Math.min(state.row, limit - 1);
    let sound = true;
    for (let p = skipSpace(u8, start + 1); sound && u8[p] !== CLOSE_BRACKET;) {
      if (u8[p] !== OPEN_BRACE) {
        state.reason = 'an element of the top-level array is not an object';
        sound = false;
        break;
      }
      const next = decoder.element(state, p + 1, scratch);
      decoder.clear(state, scratch);
      if (next < 0) sound = false;
      else p = nextElement(u8, next);
    }
    if (!sound) {
      if (!this.#withoutDuplicates()) this.#setAside(state.row, state.reason);
      return;
    }
    this.#openArray = { next: skipSpace(u8, start + 1), end, started: false };
  }

  /** Decodes elements of an open array; false when the batch should end before it. */
  #deliver(open: OpenArray, decoder: CompiledDecoder, limit: number): boolean {
    const state = this.#state;
    const { u8 } = state;
    const fresh = state.row > 0 && u8[open.next] === OPEN_BRACE;
    if (fresh) {
      let room = limit - state.row;
      for (let p = open.next; u8[p] !== CLOSE_BRACKET; room--) {
        if (room === 0) return false;
        p = nextElement(u8, skipValue(state, p, 0));
      }
    }
    while (u8[open.next] !== CLOSE_BRACKET && state.row < limit) {
      const next = decoder.element(state, open.next + 1, state.row);
      state.row++;
      open.started = true;
      open.next = nextElement(u8, next);
    }
    if (u8[open.next] === CLOSE_BRACKET) {
      this.#input.pos = open.end + 1;
      this.#openArray = undefined;
    }
    return true;
  }

  #batch(): Batch {
    const state = this.#state;
    const { row: length, slots } = state;
    const vectors = slots.map((slot): Vector => {
      switch (slot.target.kind) {
        case 'bytes':
          (slot.target as BytesBuilder).pool = this.#input.pool;
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
function nextElement(u8: Uint8Array, p: number): number {
  const next = skipSpace(u8, p);
  return u8[next] === COMMA ? skipSpace(u8, next + 1) : next;
}

/**
 * Avro object container files: a head with the writer's schema, a codec and a marker, then blocks of records with the
 * marker behind each.
 *
 * A block is the unit of a restart: since only the head says how to read, the bytes begin at the file's beginning then
 * too, and blocks before the position are passed over. Records inside a block have no frame: after a bad one the rest of
 * the block is lost with it. A block that is damaged is left at the next marker.
 */
import type { DecodedBatch, Decoder, DecoderRequest } from '../format.ts';
import { EngineError } from '../../errors.ts';
import { type BytePool, newPool, POOL_PADDING } from '../../types/vector.ts';
import { type Codec, codecOf, MAX_BLOCK_BYTES } from './codec.ts';
import type { CompiledAvro } from './compile.ts';
import { deriveSchema } from './derive.ts';
import { AvroState, HELPERS } from './helpers.ts';
import { AvroRows } from './rows.ts';
import { parseSchema } from './schema.ts';

const MAGIC = [0x4f, 0x62, 0x6a, 0x01];
const MARKER_BYTES = 16;
/** Of a file that cannot be read at all, so much is kept for the message. */
const MAX_KEPT_BYTES = 1 << 16;
const MAX_HEAD_BYTES = 64 << 20;

interface Head {
  readonly codec: Codec;
  readonly marker: Uint8Array;
  readonly compiled: CompiledAvro;
}

/** A block whose records are being delivered. */
interface OpenBlock {
  readonly pool: BytePool;
  next: number;
  readonly end: number;
  left: number;
  /** Index in the input of the byte behind its marker. */
  readonly after: number;
}

export class ContainerDecoder implements Decoder {
  readonly #request: DecoderRequest;
  readonly #rows: AvroRows;
  readonly #scratch = new AvroState();
  #input: BytePool = newPool(0);
  #pos = 0;
  #filled = 0;
  /** Offset in the file of index 0. */
  #base = 0;
  #last = false;
  #head: Head | null = null;
  #block: OpenBlock | null = null;
  /** Nothing more can be read of the file. */
  #isLost = false;
  /** What is looked for is not in the bytes at hand. */
  #waiting = false;

  constructor(request: DecoderRequest) {
    this.#request = request;
    const { schema, columns, options } = request;
    this.#rows = new AvroRows(columns, deriveSchema(schema, options.boolean('timestamp_mapping.legacy')));
  }

  get consumedBytes(): number {
    return Math.max(this.#request.position, this.#base + this.#pos);
  }

  get midRecord(): boolean {
    return this.#block !== null;
  }

  reserve(sizeBytes: number): Uint8Array {
    const tail = this.#filled - this.#pos;
    if (this.#filled + sizeBytes > this.#input.u8.length - POOL_PADDING) {
      const from = this.#input.u8.subarray(this.#pos, this.#filled);
      if (tail + sizeBytes > this.#input.u8.length - POOL_PADDING) {
        const wider = newPool(Math.max(tail + sizeBytes, 2 * tail));
        wider.u8.set(from);
        this.#input = wider;
      } else this.#input.u8.copyWithin(0, this.#pos, this.#filled);
      this.#base += this.#pos;
      this.#pos = 0;
      this.#filled = tail;
    }
    return this.#input.u8.subarray(this.#filled, this.#filled + sizeBytes);
  }

  commit(sizeBytes: number, last: boolean): void {
    this.#filled += sizeBytes;
    this.#last = last;
    this.#waiting = false;
  }

  next(maxRows: number): DecodedBatch | null {
    for (;;) {
      if (this.#isLost) this.#pos = this.#filled;
      if (this.#block !== null) return this.#deliver(this.#block, maxRows);
      if (this.#pos === this.#filled || this.#waiting) return null;
      const flaw = this.#head === null ? this.#readHead() : this.#openBlock(this.#head);
      if (flaw !== null) return flaw;
    }
  }

  #deliver(block: OpenBlock, maxRows: number): DecodedBatch {
    const rows = this.#rows;
    const { compiled } = this.#head as Head;
    const count = Math.min(Math.max(1, maxRows), block.left);
    rows.begin(count);
    const reason = rows.sequence(compiled, block.pool, { from: block.next, end: block.end, max: count });
    const { row, p } = rows.state;
    const bad: { bytes: Uint8Array; position: number; reason: string; row: number }[] = [];
    const setAside = (from: number, why: string): void => {
      const bytes = block.pool.u8.slice(from, block.end);
      bad.push({ bytes, position: this.#base + this.#pos, reason: why, row });
    };
    block.next = p;
    block.left -= row;
    if (reason !== undefined) {
      const also = block.left > 1 ? `, and ${block.left - 1} more records of its block are lost with it` : '';
      setAside(p, `${reason}${also}`);
      block.left = 0;
    } else if (block.left === 0 && p !== block.end) {
      setAside(p, 'bytes follow the last record of a block');
    }
    if (block.left === 0) {
      this.#pos = block.after;
      this.#block = null;
    }
    return { batch: rows.batch(), bad };
  }

  /** Passes over the head; what is wrong with it, if anything is. */
  #readHead(): DecodedBatch | null {
    const { u8 } = this.#input;
    const start = this.#pos;
    const size = this.#filled - start;
    if (size < MAGIC.length && !this.#last) return this.#wait();
    if (!MAGIC.every((byte, i) => u8[start + i] === byte)) return this.#lose('the file is no Avro object container');
    const entries = new Map<string, Uint8Array>();
    const after = this.#readMap(start + MAGIC.length, entries);
    if (after < 0 || after + MARKER_BYTES > this.#filled) {
      return this.#last || size > MAX_HEAD_BYTES ? this.#lose('the file ends inside its head') : this.#wait();
    }
    const text = (key: string): string => Buffer.from(entries.get(key) ?? []).toString('utf8');
    const codecName = entries.has('avro.codec') ? text('avro.codec') : 'null';
    const codec = codecOf(codecName);
    if (codec === undefined) return this.#lose(`the file is compressed by '${codecName}', which is not supported`);
    try {
      const compiled = this.#rows.compile(parseSchema(text('avro.schema')));
      this.#head = { codec, compiled, marker: u8.slice(after, after + MARKER_BYTES) };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return this.#lose(error.message);
    }
    this.#pos = after + MARKER_BYTES;
    return null;
  }

  /** The pairs of a map of bytes at `p`: index after it, or -1 when it is not all there. */
  #readMap(p: number, into: Map<string, Uint8Array>): number {
    const { u8 } = this.#input;
    const s = this.#scratch;
    const piece = (): Uint8Array | null => {
      p = HELPERS.size(s, u8, p);
      if (p < 0 || p + s.lo > this.#filled) return null;
      p += s.lo;
      return u8.slice(p - s.lo, p);
    };
    for (;;) {
      p = HELPERS.block(s, u8, p);
      if (p < 0 || p > this.#filled) return -1;
      if (s.lo === 0) return p;
      for (let left = s.lo; left > 0; left--) {
        const key = piece();
        const value = key === null ? null : piece();
        if (key === null || value === null) return -1;
        into.set(Buffer.from(key).toString('utf8'), value);
      }
    }
  }

  /** Opens the block at the position, or passes over it; what is wrong with it, if anything is. */
  #openBlock(head: Head): DecodedBatch | null {
    const { u8 } = this.#input;
    const s = this.#scratch;
    let p = HELPERS.size(s, u8, this.#pos);
    const count = s.lo;
    if (p >= 0) p = HELPERS.size(s, u8, p);
    const size = s.lo;
    const headThere = p >= 0 && p <= this.#filled;
    if (!headThere && !this.#last && this.#filled - this.#pos < 20) return this.#wait();
    if (!headThere || size > MAX_BLOCK_BYTES) return this.#skipDamage(head, 'a block has no size');
    const after = p + size + MARKER_BYTES;
    if (after > this.#filled) return this.#last ? this.#skipDamage(head, 'the file ends inside a block') : this.#wait();
    if (!head.marker.every((byte, i) => u8[p + size + i] === byte)) {
      return this.#skipDamage(head, 'a block does not end with the marker of the file');
    }
    if (this.#base + after <= this.#request.position) {
      this.#pos = after;
      return null;
    }
    let bytes: Uint8Array;
    try {
      bytes = head.codec.decompress(u8.subarray(p, p + size));
    } catch (error) {
      const flaw = this.#flawed(after, `a block cannot be decompressed: ${(error as Error).message}`);
      this.#pos = after;
      return flaw;
    }
    const inInput = bytes.buffer === u8.buffer && bytes.byteOffset === u8.byteOffset + p;
    const pool = inInput ? this.#input : paddedPool(bytes);
    const from = inInput ? p : 0;
    if (count === 0) this.#pos = after;
    else this.#block = { pool, next: from, end: from + bytes.length, left: count, after };
    return null;
  }

  /** Goes on behind the next marker, or at the end of the file when none comes. */
  #skipDamage(head: Head, reason: string): DecodedBatch | null {
    const { buf } = this.#input;
    const found = buf.subarray(0, this.#filled).indexOf(head.marker, this.#pos);
    if (found < 0 && !this.#last) return this.#wait();
    const after = found < 0 ? this.#filled : found + MARKER_BYTES;
    const flaw = this.#flawed(after, reason);
    this.#pos = after;
    return flaw;
  }

  #wait(): null {
    this.#waiting = true;
    return null;
  }

  #lose(reason: string): DecodedBatch {
    const flaw = this.#flawed(Math.min(this.#filled, this.#pos + MAX_KEPT_BYTES), reason);
    this.#isLost = true;
    return flaw;
  }

  /** A batch of nothing but the bytes from the position to `end`, which are bad. */
  #flawed(end: number, reason: string): DecodedBatch {
    this.#rows.begin(0);
    const bytes = this.#input.u8.slice(this.#pos, end);
    return { batch: this.#rows.batch(), bad: [{ bytes, position: this.#base + this.#pos, reason, row: 0 }] };
  }
}

function paddedPool(bytes: Uint8Array): BytePool {
  const pool = newPool(bytes.length);
  pool.u8.set(bytes);
  return pool;
}

import { EngineError } from '../../../errors.ts';

/** Kafka's primitive types, read from a part of a buffer. `flexible` is as for `WireWriter`. */
export class WireReader {
  readonly buf: Buffer;
  readonly end: number;
  flexible = false;
  pos: number;

  constructor(buf: Buffer, start: number, end: number) {
    this.buf = buf;
    this.pos = start;
    this.end = end;
  }

  int8(): number {
    return this.buf.readInt8(this.#take(1));
  }

  int16(): number {
    return this.buf.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.buf.readInt32BE(this.#take(4));
  }

  int64(): number {
    const at = this.#take(8);
    return this.buf.readInt32BE(at) * 4294967296 + this.buf.readUInt32BE(at + 4);
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buf[this.#take(1)] as number;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw broken('a number has too many bytes');
  }

  uuid(): string {
    const at = this.#take(16);
    return this.buf.toString('hex', at, at + 16);
  }

  string(): string {
    const value = this.nullableString();
    if (value === null) throw broken('a text is missing');
    return value;
  }

  nullableString(): string | null {
    const sizeBytes = this.flexible ? this.unsignedVarint() - 1 : this.int16();
    if (sizeBytes < 0) return null;
    const at = this.#take(sizeBytes);
    return this.buf.toString('utf8', at, at + sizeBytes);
  }

  /** A copy. */
  bytes(): Uint8Array {
    const sizeBytes = Math.max(0, this.bytesLength());
    const at = this.#take(sizeBytes);
    return this.buf.subarray(at, at + sizeBytes).slice();
  }

  /** The length of bytes that follow, which the caller skips or reads itself; -1 = null. */
  bytesLength(): number {
    return this.flexible ? this.unsignedVarint() - 1 : this.int32();
  }

  skip(sizeBytes: number): void {
    this.#take(sizeBytes);
  }

  array<T>(read: () => T): T[] {
    return this.nullableArray(read) ?? [];
  }

  nullableArray<T>(read: () => T): T[] | null {
    const count = this.flexible ? this.unsignedVarint() - 1 : this.int32();
    if (count < 0) return null;
    if (count > this.end - this.pos) throw broken(`${count} elements do not fit into ${this.end - this.pos} bytes`);
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read());
    return items;
  }

  /** Passes the tagged fields that end a structure; `field` reads those it knows. */
  tags(field?: (tag: number) => void): void {
    if (!this.flexible) return;
    for (let count = this.unsignedVarint(); count > 0; count--) {
      const tag = this.unsignedVarint();
      const sizeBytes = this.unsignedVarint();
      const next = this.pos + sizeBytes;
      field?.(tag);
      this.pos = next;
      this.#take(0);
    }
  }

  #take(sizeBytes: number): number {
    const at = this.pos;
    if (sizeBytes < 0 || at + sizeBytes > this.end) throw broken(`it ends ${at + sizeBytes - this.end} bytes early`);
    this.pos = at + sizeBytes;
    return at;
  }
}

function broken(reason: string): EngineError {
  return new EngineError('protocol_violation', `a broker's answer cannot be read: ${reason}`);
}

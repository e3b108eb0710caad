/**
 * Kafka's primitive types, written. With `flexible` (the newer version of a request) strings, bytes and arrays are
 * compact and structures end in tagged fields; an encoder calls the same methods for both.
 *
 * Numbers of 64 bits are JavaScript numbers: offsets and times stay far below 2^53. Producer ids are too.
 */
export class WireWriter {
  flexible = false;
  #buf: Buffer;
  #pos = 0;
  /** Finished parts of the message before `#buf`. */
  readonly #parts: Uint8Array[] = [];
  #partsBytes = 0;

  constructor(capacity = 512) {
    this.#buf = Buffer.allocUnsafe(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#partsBytes + this.#pos;
  }

  /** The message in order; the writer is finished. */
  finish(): readonly Uint8Array[] {
    this.#cut();
    return this.#parts;
  }

  int8(value: number): void {
    this.#room(1);
    this.#buf[this.#pos++] = value;
  }

  int16(value: number): void {
    this.#room(2);
    this.#pos = this.#buf.writeInt16BE(value, this.#pos);
  }

  int32(value: number): void {
    this.#room(4);
    this.#pos = this.#buf.writeInt32BE(value, this.#pos);
  }

  int64(value: number): void {
    this.#room(8);
    this.#buf.writeInt32BE(Math.floor(value / 4294967296), this.#pos);
    this.#buf.writeUInt32BE(value >>> 0, this.#pos + 4);
    this.#pos += 8;
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  unsignedVarint(value: number): void {
    this.#room(5);
    let rest = value >>> 0;
    while (rest > 127) {
      this.#buf[this.#pos++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#buf[this.#pos++] = rest;
  }

  /** 16 bytes as 32 hexadecimal digits. */
  uuid(value: string): void {
    this.#room(16);
    this.#pos += this.#buf.write(value, this.#pos, 16, 'hex');
  }

  string(value: string): void {
    this.nullableString(value);
  }

  nullableString(value: string | null): void {
    const sizeBytes = value === null ? -1 : Buffer.byteLength(value);
    if (this.flexible) this.unsignedVarint(sizeBytes + 1);
    else this.int16(sizeBytes);
    if (value === null) return;
    this.#room(sizeBytes);
    this.#pos += this.#buf.write(value, this.#pos, 'utf8');
  }

  bytes(value: Uint8Array): void {
    if (this.flexible) this.unsignedVarint(value.length + 1);
    else this.int32(value.length);
    this.#room(value.length);
    this.#buf.set(value, this.#pos);
    this.#pos += value.length;
  }

  /** As `bytes`, without a copy: the memory must stay as it is until the answer has come. */
  borrowedBytes(...chunks: readonly Uint8Array[]): void {
    const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (this.flexible) this.unsignedVarint(sizeBytes + 1);
    else this.int32(sizeBytes);
    this.#cut();
    this.#parts.push(...chunks);
    this.#partsBytes += sizeBytes;
    this.#buf = Buffer.allocUnsafe(512);
  }

  array<T>(items: readonly T[], write: (item: T) => void): void {
    if (this.flexible) this.unsignedVarint(items.length + 1);
    else this.int32(items.length);
    for (const item of items) write(item);
  }

  nullableArray<T>(items: readonly T[] | null, write: (item: T) => void): void {
    if (items !== null) this.array(items, write);
    else if (this.flexible) this.unsignedVarint(0);
    else this.int32(-1);
  }

  /** Ends a structure: no tagged fields. */
  tags(): void {
    if (this.flexible) this.unsignedVarint(0);
  }

  #cut(): void {
    if (this.#pos === 0) return;
    this.#parts.push(this.#buf.subarray(0, this.#pos));
    this.#partsBytes += this.#pos;
    this.#pos = 0;
    this.#buf = Buffer.alloc(0);
  }

  #room(sizeBytes: number): void {
    if (this.#pos + sizeBytes <= this.#buf.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buf.length * 2, this.#pos + sizeBytes));
    larger.set(this.#buf.subarray(0, this.#pos));
    this.#buf = larger;
  }
}

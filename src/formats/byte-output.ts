/** Bytes that an encoder writes: a buffer that grows. Writers call `ensure` before they store at `length`. */
export class ByteOutput {
  u8 = new Uint8Array(1 << 16);
  view = new DataView(this.u8.buffer);
  buf: Buffer = Buffer.from(this.u8.buffer);
  length = 0;

  /** Makes room for `sizeBytes` more bytes; `u8`, `view` and `buf` may be replaced. */
  ensure(sizeBytes: number): void {
    const need = this.length + sizeBytes;
    if (need <= this.u8.length) return;
    const u8 = new Uint8Array(Math.max(need, this.u8.length * 2));
    u8.set(this.u8.subarray(0, this.length));
    this.u8 = u8;
    this.view = new DataView(u8.buffer);
    this.buf = Buffer.from(u8.buffer);
  }

  byte(value: number): void {
    this.ensure(1);
    this.u8[this.length++] = value;
  }

  bytes(from: Uint8Array): void {
    const { length } = from;
    this.ensure(length);
    const { u8 } = this;
    const at = this.length;
    if (length < 48) for (let i = 0; i < length; i++) u8[at + i] = from[i] as number;
    else u8.set(from, at);
    this.length = at + length;
  }

  literal({ words, length }: Literal): void {
    this.ensure(4 * words.length);
    const { view } = this;
    const at = this.length;
    for (let i = 0; i < words.length; i++) view.setInt32(at + 4 * i, words[i] as number, true);
    this.length = at + length;
  }

  /** Text in the range of ASCII. */
  ascii(text: string): void {
    this.ensure(text.length);
    this.length += this.buf.latin1Write(text, this.length);
  }
}

/** Bytes that are written often, to be stored four at a time. */
export interface Literal {
  readonly words: Int32Array;
  readonly length: number;
}

export function literal(text: string): Literal {
  const bytes = Buffer.from(text);
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  return { words, length: bytes.length };
}

/** Buffers that come and go with record batches, in a few sizes, so that a busy producer allocates none. */

/** Memory seen as bytes and as words. */
export interface Bytes {
  readonly u8: Uint8Array;
  readonly view: DataView;
}

const SMALLEST = 1 << 14;
/** Of larger buffers none is kept: they hold a record that is larger than a batch. */
const LARGEST = 1 << 22;

export class BufferPool {
  readonly #maxBytes: number;
  readonly #free = new Map<number, Bytes[]>();
  #freeBytes = 0;

  /** Keeps at most `maxBytes` that nobody uses. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  acquire(sizeBytes: number): Bytes {
    const size = sizeBytes > LARGEST ? sizeBytes : classOf(sizeBytes);
    const found = this.#free.get(size)?.pop();
    if (found !== undefined) {
      this.#freeBytes -= size;
      return found;
    }
    // Of its own memory, not a part of Node's shared pool; every byte is written before it is read.
    const u8 = Buffer.allocUnsafeSlow(size);
    return { u8, view: new DataView(u8.buffer, u8.byteOffset, size) };
  }

  release(bytes: Bytes): void {
    const size = bytes.u8.length;
    if (size > LARGEST || this.#freeBytes + size > this.#maxBytes) return;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [bytes]);
    else list.push(bytes);
    this.#freeBytes += size;
  }
}

function classOf(sizeBytes: number): number {
  let size = SMALLEST;
  while (size < sizeBytes) size *= 2;
  return size;
}

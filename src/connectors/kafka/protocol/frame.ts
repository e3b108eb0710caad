import { POOL_PADDING } from '../../../types/vector.ts';

const SMALLEST_SHIFT = 16;
const LARGEST_SHIFT = 27;

/** A buffer and the same memory as a plain array, whose `slice` copies. */
interface Memory {
  readonly buf: Buffer;
  readonly u8: Uint8Array;
}

function newMemory(sizeBytes: number): Memory {
  const buf = Buffer.allocUnsafeSlow(sizeBytes);
  return { buf, u8: new Uint8Array(buf.buffer) };
}

/**
 * A response's memory, with `POOL_PADDING` bytes behind it. Counted: whoever keeps a part retains it, and the memory
 * goes back to its pool when the last one has released it.
 */
export class Frame {
  readonly sizeBytes: number;
  readonly #memory: Memory;
  readonly #pool: FramePool | null;
  #users = 1;

  constructor(memory: Memory, sizeBytes: number, pool: FramePool | null) {
    this.#memory = memory;
    this.sizeBytes = sizeBytes;
    this.#pool = pool;
  }

  get buf(): Buffer {
    return this.#memory.buf;
  }

  get u8(): Uint8Array {
    return this.#memory.u8;
  }

  retain(): void {
    this.#users++;
  }

  release(): void {
    if (--this.#users === 0) this.#pool?.giveBack(this.#memory);
  }
}

/** Buffers for large responses, by powers of two, kept up to a limit: fresh pages cost more than the read into them. */
export class FramePool {
  readonly #free: Memory[][] = [];
  readonly #keptBytesLimit: number;
  #keptBytes = 0;

  constructor(keptBytesLimit: number) {
    this.#keptBytesLimit = keptBytesLimit;
  }

  take(sizeBytes: number): Frame {
    const shift = 32 - Math.clz32(sizeBytes + POOL_PADDING - 1);
    if (shift < SMALLEST_SHIFT || shift > LARGEST_SHIFT) {
      return new Frame(newMemory(sizeBytes + POOL_PADDING), sizeBytes, null);
    }
    const kept = this.#free[shift]?.pop();
    if (kept !== undefined) this.#keptBytes -= kept.buf.length;
    return new Frame(kept ?? newMemory(2 ** shift), sizeBytes, this);
  }

  giveBack(memory: Memory): void {
    const sizeBytes = memory.buf.length;
    if (this.#keptBytes + sizeBytes > this.#keptBytesLimit) return;
    this.#keptBytes += sizeBytes;
    (this.#free[31 - Math.clz32(sizeBytes)] ??= []).push(memory);
  }
}

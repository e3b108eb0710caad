import { POOL_PADDING } from '../../../types/vector.ts';

const SMALLEST_SHIFT = 16;
const LARGEST_SHIFT = 27;

/**
 * A response's memory, with `POOL_PADDING` bytes behind it. Counted: whoever keeps a part retains it, and the memory
 * goes back to its pool when the last one has released it.
 */
export class Frame {
  readonly buf: Buffer;
  readonly sizeBytes: number;
  readonly #pool: FramePool | null;
  #users = 1;

  constructor(buf: Buffer, sizeBytes: number, pool: FramePool | null) {
    this.buf = buf;
    this.sizeBytes = sizeBytes;
    this.#pool = pool;
  }

  retain(): void {
    this.#users++;
  }

  release(): void {
    if (--this.#users === 0) this.#pool?.giveBack(this.buf);
  }
}

/** Buffers for large responses, by powers of two, kept up to a limit: fresh pages cost more than the read into them. */
export class FramePool {
  readonly #free: Buffer[][] = [];
  readonly #keptBytesLimit: number;
  #keptBytes = 0;

  constructor(keptBytesLimit: number) {
    this.#keptBytesLimit = keptBytesLimit;
  }

  take(sizeBytes: number): Frame {
    const shift = 32 - Math.clz32(sizeBytes + POOL_PADDING - 1);
    if (shift < SMALLEST_SHIFT || shift > LARGEST_SHIFT) {
      return new Frame(Buffer.allocUnsafeSlow(sizeBytes + POOL_PADDING), sizeBytes, null);
    }
    const kept = this.#free[shift]?.pop();
    if (kept !== undefined) this.#keptBytes -= kept.length;
    return new Frame(kept ?? Buffer.allocUnsafeSlow(2 ** shift), sizeBytes, this);
  }

  giveBack(buf: Buffer): void {
    if (this.#keptBytes + buf.length > this.#keptBytesLimit) return;
    this.#keptBytes += buf.length;
    const shift = 31 - Math.clz32(buf.length);
    (this.#free[shift] ??= []).push(buf);
  }
}

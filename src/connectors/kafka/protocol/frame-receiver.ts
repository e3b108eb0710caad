/**
 * Cuts a connection's bytes into frames (four bytes of length, then that many). The start of a frame arrives in a
 * small buffer; the rest of a large one is read straight into its own memory.
 */
import { EngineError, toEngineError } from '../../../errors.ts';
import type { ByteReceiver } from '../../../platform/platform.ts';
import type { Frame, FramePool } from './frame.ts';

const SCRATCH_BYTES = 32 * 1024;
/** No response is longer: a length beyond it is not from a broker. */
const MAX_FRAME_BYTES = 2 ** 30;

interface FrameListener {
  /** The listener has the frame's release. */
  frame(frame: Frame): void;
  closed(error: EngineError | null): void;
}

export class FrameReceiver implements ByteReceiver {
  readonly #listener: FrameListener;
  readonly #pool: FramePool;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  /** Bytes of an unfinished length at the start of the scratch buffer. */
  #kept = 0;
  #frame: Frame | null = null;
  #filled = 0;

  constructor(pool: FramePool, listener: FrameListener) {
    this.#pool = pool;
    this.#listener = listener;
  }

  buffer(): Uint8Array {
    const frame = this.#frame;
    // The last bytes of a frame come with the start of the next one.
    if (frame === null || frame.sizeBytes - this.#filled < SCRATCH_BYTES / 2) return this.#scratch.subarray(this.#kept);
    return frame.buf.subarray(this.#filled, frame.sizeBytes);
  }

  received(sizeBytes: number): void {
    try {
      this.#received(sizeBytes);
    } catch (error) {
      // Thrown from here it would end the process.
      this.closed(toEngineError(error));
    }
  }

  #received(sizeBytes: number): void {
    const frame = this.#frame;
    if (frame !== null && frame.sizeBytes - this.#filled >= SCRATCH_BYTES / 2) {
      this.#filled += sizeBytes;
      this.#finishFrame();
      return;
    }
    this.#consume(this.#kept + sizeBytes);
  }

  closed(error: EngineError | null): void {
    this.#frame?.release();
    this.#frame = null;
    this.#listener.closed(error);
  }

  /** Takes the first `end` bytes of the scratch buffer. */
  #consume(end: number): void {
    const scratch = this.#scratch;
    let at = 0;
    while (at < end) {
      if (this.#frame === null) {
        if (end - at < 4) break;
        const sizeBytes = scratch.readInt32BE(at);
        checkLength(sizeBytes, scratch, at);
        at += 4;
        this.#frame = this.#pool.take(sizeBytes);
        this.#filled = 0;
      }
      const frame: Frame = this.#frame;
      const count = Math.min(end - at, frame.sizeBytes - this.#filled);
      scratch.copy(frame.buf, this.#filled, at, at + count);
      this.#filled += count;
      at += count;
      this.#finishFrame();
    }
    scratch.copyWithin(0, at, end);
    this.#kept = end - at;
  }

  #finishFrame(): void {
    const frame = this.#frame;
    if (frame === null || this.#filled < frame.sizeBytes) return;
    this.#frame = null;
    this.#listener.frame(frame);
  }
}

function checkLength(sizeBytes: number, bytes: Buffer, at: number): void {
  // A TLS alert; as a length it would be 336 MiB and a bit.
  const isTls = bytes[at] === 0x15 && bytes[at + 1] === 0x03 && (bytes[at + 2] as number) <= 0x04;
  if (!isTls && sizeBytes >= 4 && sizeBytes <= MAX_FRAME_BYTES) return;
  const hint = isTls ? "It speaks TLS: set 'properties.security.protocol' to 'SSL' or 'SASL_SSL'." : undefined;
  throw new EngineError('protocol_violation', 'the answer is not that of a Kafka broker', { hint });
}

import type { Spans } from '../produce/record-batch.ts';

const LEAST_COMPACTED_BYTES = 1 << 20;

/** Byte strings by row in memory of its own. */
export class SpansBuilder {
  u8 = new Uint8Array(1 << 12);
  view = new DataView(this.u8.buffer);
  start = new Int32Array(64);
  end = new Int32Array(64);
  /** Bytes in use. */
  length = 0;
  /** Beyond this length there may be as many bytes that no row has as there are others. */
  #compactAt = LEAST_COMPACTED_BYTES;

  /** Room for rows up to `rows - 1`; contents are kept. */
  reserveRows(rows: number): void {
    if (rows <= this.start.length) return;
    const size = Math.max(rows, this.start.length * 2);
    const start = new Int32Array(size);
    const end = new Int32Array(size);
    start.set(this.start);
    end.set(this.end);
    this.start = start;
    this.end = end;
  }

  /** Room for `sizeBytes` more bytes; `u8` and `view` may be replaced. */
  reserveBytes(sizeBytes: number): void {
    const need = this.length + sizeBytes;
    if (need <= this.u8.length) return;
    const u8 = new Uint8Array(Math.max(need, this.u8.length * 2));
    u8.set(this.u8.subarray(0, this.length));
    this.u8 = u8;
    this.view = new DataView(u8.buffer);
  }

  /** Once in a while, writes the bytes of the first `rows` rows together, so that those that no row has go. */
  compact(rows: number): void {
    if (this.length <= this.#compactAt) return;
    const from = this.u8;
    const u8 = new Uint8Array(this.u8.length);
    let at = 0;
    for (let row = 0; row < rows; row++) {
      const start = this.start[row] as number;
      if (start < 0) continue;
      const size = (this.end[row] as number) - start;
      u8.set(from.subarray(start, start + size), at);
      this.start[row] = at;
      at += size;
      this.end[row] = at;
    }
    this.u8 = u8;
    this.view = new DataView(u8.buffer);
    this.length = at;
    this.#compactAt = Math.max(LEAST_COMPACTED_BYTES, 2 * at);
  }

  spans(): Spans {
    return this;
  }
}

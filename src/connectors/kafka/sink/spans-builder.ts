import type { Spans } from '../produce/record-batch.ts';

/** Byte strings by row in memory of its own. */
export class SpansBuilder {
  u8 = new Uint8Array(1 << 12);
  view = new DataView(this.u8.buffer);
  start = new Int32Array(64);
  end = new Int32Array(64);
  /** Bytes in use. */
  length = 0;

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

  spans(): Spans {
    return this;
  }
}

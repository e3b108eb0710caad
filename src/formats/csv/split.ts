/**
 * RFC 4180: one record of a byte stream into fields.
 *
 * A record ends at a newline outside quotes. Quotes count where a field begins with one; inside, a doubled quote is a
 * quote. A field that opens a quote which does not close properly makes the record bad; it then ends at its first
 * newline, so that a stray quote costs one line and not the rest of the stream.
 */
import type { CsvOptions } from './options.ts';

/** A record that keeps a quote open for longer than this is bad. */
const MAX_QUOTED_BYTES = 4 << 20;

/** What became of a record. */
export const WHOLE = 0;
/** It ends behind the bytes at hand. */
export const UNFINISHED = 1;
export const BROKEN = 2;

export class RecordSplitter {
  readonly #options: CsvOptions;
  readonly #pattern: number;
  /** Fields of the last record: contents without their quotes. */
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  /** 1 where quotes or escapes are still to be undone. */
  escaped = new Uint8Array(64);
  /** 1 where the field stood in quotes. */
  quoted = new Uint8Array(64);
  count = 0;
  /** Index after the record's newline. */
  next = 0;
  reason = '';

  constructor(options: CsvOptions) {
    this.#options = options;
    this.#pattern = Math.imul(options.delimiter, 0x01010101);
  }

  /** Splits the record at `start`; whole lines are there up to `end`, a newline before it. */
  split(u8: Uint8Array, view: DataView, start: number, end: number, last: boolean): number {
    const { delimiter, quote } = this.#options;
    let p = start;
    let count = 0;
    for (;;) {
      if (count === this.starts.length) this.#grow();
      if (u8[p] === quote) {
        const close = this.#quoted(u8, p + 1, end);
        if (close < 0) {
          if (!last && end - p < MAX_QUOTED_BYTES) return UNFINISHED;
          return this.#broken(u8, start, 'a quote is not closed');
        }
        this.starts[count] = p + 1;
        this.ends[count] = close;
        this.escaped[count] = this.#sawEscape ? 1 : 0;
        this.quoted[count] = 1;
        p = close + 1;
        if (u8[p] === 13 && u8[p + 1] === 10) p++;
        if (u8[p] !== delimiter && u8[p] !== 10) return this.#broken(u8, start, 'text follows a closing quote');
      } else {
        this.starts[count] = p;
        this.escaped[count] = 0;
        this.quoted[count] = 0;
        p = this.#options.escape < 0 ? this.#plain(view, p) : this.#escapable(u8, p, count);
        this.ends[count] =
          u8[p] === 10 && p > start && u8[p - 1] === 13 ? Math.max(p - 1, this.starts[count] as number) : p;
      }
      count++;
      if (u8[p] === 10) break;
      p++;
    }
    this.count = count;
    this.next = p + 1;
    return WHOLE;
  }

  #broken(u8: Uint8Array, start: number, reason: string): number {
    this.reason = reason;
    this.next = u8.indexOf(10, start) + 1;
    return BROKEN;
  }

  #sawEscape = false;

  /** Index of the quote that closes the field whose contents begin at `p`, or -1. */
  #quoted(u8: Uint8Array, p: number, end: number): number {
    const { quote, escape } = this.#options;
    this.#sawEscape = false;
    for (; p < end; p++) {
      const c = u8[p];
      if (c === escape && escape !== quote) {
        this.#sawEscape = true;
        p++;
      } else if (c === quote) {
        if (u8[p + 1] !== quote) return p;
        this.#sawEscape = true;
        p++;
      }
    }
    return -1;
  }

  /** Index of the first delimiter or newline at or after `p`: four bytes at a time. */
  #plain(view: DataView, p: number): number {
    const pattern = this.#pattern;
    for (;;) {
      const x = view.getInt32(p, true);
      const t = x ^ pattern;
      const n = x ^ 0x0a0a0a0a;
      const m = (((t - 0x01010101) & ~t) | ((n - 0x01010101) & ~n)) & -2139062144;
      if (m !== 0) return p + ((31 - Math.clz32(m & -m)) >> 3);
      p += 4;
    }
  }

  #escapable(u8: Uint8Array, p: number, field: number): number {
    const { delimiter, escape } = this.#options;
    for (;;) {
      const c = u8[p];
      if (c === delimiter || c === 10) return p;
      if (c === escape && u8[p + 1] !== 10) {
        this.escaped[field] = 1;
        p++;
      }
      p++;
    }
  }

  #grow(): void {
    const size = this.starts.length * 2;
    const wider = <T extends Int32Array | Uint8Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.starts = wider(this.starts, new Int32Array(size));
    this.ends = wider(this.ends, new Int32Array(size));
    this.escaped = wider(this.escaped, new Uint8Array(size));
    this.quoted = wider(this.quoted, new Uint8Array(size));
  }
}

/** Undoes doubled quotes and escapes of a field in place; returns its new length. */
export function unescapeField(u8: Uint8Array, start: number, len: number, options: CsvOptions): number {
  const { quote, escape } = options;
  const end = start + len;
  let to = start;
  for (let p = start; p < end; p++) {
    const c = u8[p];
    // A quote inside a field is there only as the first of two.
    if ((c === escape || c === quote) && p + 1 < end) p++;
    u8[to++] = u8[p] as number;
  }
  return to - start;
}

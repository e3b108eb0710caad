/**
 * A connector for group aggregates: `rows` rows over `rows / repeats` keys, each key `repeats` times, in random order,
 * made fast enough not to be what is measured.
 *
 * Row x of a permutation of 0 … rows − 1 has key number floor(x / repeats) and v = (key number mod 65,536) + x mod
 * repeats, so that COUNT is `repeats` and SUM follows for every key. The permutation is a full-period generator modulo
 * a power of two, mixed, from which what is not below `rows` is left out. A BIGINT key has its number in both halves,
 * multiplied by odd constants; a string key is `key-` and eight hexadecimal digits.
 */
import type { Connector, ReadRequest, ReadResult, RowReader, Source } from '../src/connectors/connector.ts';
import type { BatchBuilder } from '../src/types/batch.ts';
import type { BytesBuilder, I64Builder } from '../src/types/column-builder.ts';

export interface KeysOptions {
  readonly rows: number;
  readonly keyType: 'BIGINT' | 'STRING';
  readonly repeats?: number;
}

/** The DDL of a table over the connector. */
export function keysTable(name: string, { rows, keyType, repeats = 2 }: KeysOptions): string {
  return `CREATE TABLE ${name} (k ${keyType}, v BIGINT)
    WITH ('connector' = 'permuted-keys', 'rows' = '${rows}', 'repeats' = '${repeats}');`;
}

/** Two hexadecimal digits of a byte as they lie in memory. */
const HEX = Uint16Array.from({ length: 256 }, (_, byte) => {
  const [high, low] = byte.toString(16).padStart(2, '0');
  return (high as string).charCodeAt(0) | ((low as string).charCodeAt(0) << 8);
});
/** `key-` as it lies in memory. */
const PREFIX = Buffer.from('key-').readInt32LE();

/** What the reader saw of the engine: how long it was not asked for rows at most. */
export interface Pauses {
  longestMs: number;
  /** The longest in CPU time of the thread, which leaves out when others had the processor. */
  longestCpuMs: number;
}

class KeysReader implements RowReader {
  readonly kind = 'rows';
  readonly #rows: number;
  readonly #repeats: number;
  readonly #mask: number;
  readonly #shift: number;
  readonly #columns: readonly string[];
  readonly #pauses: Pauses;
  #state = 1;
  #made = 0;
  #askedMs = 0;
  #askedCpuMs = 0;

  constructor(rows: number, repeats: number, request: ReadRequest, pauses: Pauses) {
    const bits = Math.max(4, Math.ceil(Math.log2(rows)));
    this.#rows = rows;
    this.#repeats = repeats;
    this.#mask = 2 ** bits - 1;
    this.#shift = bits >> 1;
    this.#columns = request.columns.map(({ path }) => path[0] as string);
    this.#pauses = pauses;
  }

  read(into: BatchBuilder, maxRows: number): ReadResult {
    this.#notePause();
    const count = Math.min(maxRows, this.#rows - this.#made);
    const start = into.length;
    into.addInserts(count);
    const end = start + count;
    const keys = this.#column(into, 'k');
    const values = this.#column(into, 'v') as I64Builder | undefined;
    const numbers = this.#draw(count);
    if (keys?.kind === 'i64') this.#fillNumbers(keys as I64Builder, numbers, start);
    else if (keys !== undefined) this.#fillTexts(keys as BytesBuilder, numbers, start);
    if (values !== undefined) {
      values.valid.fill(1, start, end);
      const { halves } = values;
      const repeats = this.#repeats;
      for (let i = 0; i < count; i++) {
        const x = numbers[i] as number;
        const key = (x / repeats) | 0;
        halves[2 * (start + i)] = (key & 0xffff) + (x - key * repeats);
        halves[2 * (start + i) + 1] = 0;
      }
    }
    this.#made += count;
    return this.#made === this.#rows ? 'end' : 'more';
  }

  position(): number {
    return this.#made;
  }

  async close(): Promise<void> {}

  #notePause(): void {
    const now = performance.now();
    const { user, system } = process.threadCpuUsage();
    const cpu = (user + system) / 1000;
    if (this.#made > 0) {
      this.#pauses.longestMs = Math.max(this.#pauses.longestMs, now - this.#askedMs);
      this.#pauses.longestCpuMs = Math.max(this.#pauses.longestCpuMs, cpu - this.#askedCpuMs);
    }
    this.#askedMs = now;
    this.#askedCpuMs = cpu;
  }

  #column(into: BatchBuilder, name: string): BatchBuilder['columns'][number] | undefined {
    const index = this.#columns.indexOf(name);
    return index < 0 ? undefined : into.columns[index];
  }

  #numbers = new Int32Array(0);

  #draw(count: number): Int32Array {
    if (this.#numbers.length < count) this.#numbers = new Int32Array(count);
    const numbers = this.#numbers;
    const mask = this.#mask;
    const shift = this.#shift;
    const rows = this.#rows;
    let state = this.#state;
    for (let i = 0; i < count;) {
      state = (Math.imul(state, 0x2c9277b5) + 0x3c6ef35f) & mask;
      let x = state ^ (state >>> shift);
      x = Math.imul(x, 0x2545f491) & mask;
      x ^= x >>> shift;
      if (x < rows) numbers[i++] = x;
    }
    this.#state = state;
    return numbers.subarray(0, count);
  }

  #fillNumbers(keys: I64Builder, numbers: Int32Array, start: number): void {
    const count = numbers.length;
    keys.valid.fill(1, start, start + count);
    const { halves } = keys;
    const repeats = this.#repeats;
    for (let i = 0; i < count; i++) {
      const key = ((numbers[i] as number) / repeats) | 0;
      halves[2 * (start + i)] = Math.imul(key, 0x9e3779b1);
      halves[2 * (start + i) + 1] = Math.imul(key, 0x85ebca6b);
    }
  }

  #fillTexts(keys: BytesBuilder, numbers: Int32Array, start: number): void {
    const count = numbers.length;
    keys.valid.fill(1, start, start + count);
    keys.reserveBytes(12 * count);
    const { start: starts, len } = keys;
    const { view } = keys.pool;
    const repeats = this.#repeats;
    let at = keys.used;
    for (let i = 0; i < count; i++) {
      const hash = Math.imul(((numbers[i] as number) / repeats) | 0, 0x9e3779b1);
      view.setInt32(at, PREFIX, true);
      view.setUint16(at + 4, HEX[hash >>> 24] as number, true);
      view.setUint16(at + 6, HEX[(hash >>> 16) & 255] as number, true);
      view.setUint16(at + 8, HEX[(hash >>> 8) & 255] as number, true);
      view.setUint16(at + 10, HEX[hash & 255] as number, true);
      starts[start + i] = at;
      len[start + i] = 12;
      at += 12;
    }
    keys.used = at;
  }
}

export function permutedKeys(pauses: Pauses): Connector {
  return {
    name: 'permuted-keys',
    doc: 'Keys in random order, each as often as the others, for benchmarks.',
    options: {
      rows: { type: 'int', required: true, doc: 'How many rows.' },
      repeats: { type: 'int', default: '2', doc: 'How often each key comes.' },
    },
    format: 'none',
    metadata: [],
    source: ({ options }): Source => ({
      boundedness: 'bounded',
      changelog: { updateBefore: false, updateAfter: false, delete: false },
      guarantee: 'exactly-once',
      discoveryIntervalMs: 0,
      reading: 'sequential',
      listSplits: () => Promise.resolve([{ id: '0' }]),
      open: (request) =>
        Promise.resolve(
          new KeysReader(options.number('rows') as number, options.number('repeats') as number, request, pauses),
        ),
      close: () => Promise.resolve(),
    }),
  };
}

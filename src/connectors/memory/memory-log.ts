/**
 * The rows of one in-memory table: columns in chunks, numbered from the first on, with watermarks in between.
 *
 * A row or a watermark has a *place*, counted from 0; a reader's position is the place it reads next. Without `retain` a
 * place is forgotten once all readers are past it; while there is no reader, rows wait for the next one. The first reader
 * begins at the oldest row there is; one that joins others begins with what comes after it. With `retain` nothing is
 * forgotten and every reader begins at place 0. Appending never waits: `room` tells a writer when the slowest reader is
 * no more than `capacity` behind.
 */
import { EngineError } from '../../errors.ts';
import { type Batch, BatchBuilder } from '../../types/batch.ts';
import type { Schema } from '../../types/schema.ts';

/** A chunk with more rows than this takes no more appends. */
const CHUNK_ROWS = 1024;

interface Chunk {
  readonly first: number;
  /** Null for a watermark, which has one place. */
  readonly rows: BatchBuilder | null;
  readonly watermark: number;
}

const placesOf = (chunk: Chunk): number => chunk.rows?.length ?? 1;

/** What a reader finds at its place. */
export type LogEntry =
  | { readonly kind: 'rows'; readonly batch: Batch; readonly from: number; readonly count: number }
  | { readonly kind: 'watermark'; readonly time: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'end' };

export interface LogCursor {
  /** The next place. */
  readonly position: number;
  /** What is there, at most `maxRows` rows; the batch is lent until rows are appended. Moves past it. */
  take(maxRows: number): LogEntry;
  close(): void;
}

export class MemoryLog {
  readonly schema: Schema;
  readonly capacity: number;
  readonly retains: boolean;
  #chunks: Chunk[] = [];
  #end = 0;
  /** Where the next reader begins, when there is none. */
  #unread = 0;
  #ended = false;
  #readers = new Set<{ position: number }>();
  #waiting: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(schema: Schema, { capacity, retains }: { readonly capacity: number; readonly retains: boolean }) {
    this.schema = schema;
    this.capacity = capacity;
    this.retains = retains;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Rows and watermarks so far. */
  get end(): number {
    return this.#end;
  }

  /** Places that the slowest reader has still to read; without readers what waits for one. */
  get backlog(): number {
    if (this.#readers.size === 0) return this.retains ? 0 : this.#end - this.#unread;
    return this.#end - this.#slowest;
  }

  /** Adds the rows that `write` adds to the builder: all of them, or none when it throws. */
  append(write: (rows: BatchBuilder) => void): void {
    this.#refuseAfterEnd();
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.rows === null || chunk.rows.length >= CHUNK_ROWS) {
      chunk = { first: this.#end, rows: new BatchBuilder(this.schema), watermark: 0 };
      this.#chunks.push(chunk);
    }
    const rows = chunk.rows as BatchBuilder;
    const before = rows.length;
    try {
      write(rows);
    } catch (error) {
      rows.length = before;
      throw error;
    }
    this.#end = chunk.first + rows.length;
    this.#tell();
  }

  watermark(time: number): void {
    this.#refuseAfterEnd();
    this.#chunks.push({ first: this.#end++, rows: null, watermark: time });
    this.#tell();
  }

  finish(): void {
    this.#ended = true;
    this.#tell();
    this.#release();
  }

  /** Resolves when there is room for more rows; null when there is. */
  room(): Promise<void> | null {
    if (this.#ended || this.backlog <= this.capacity) return null;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Hears of new rows, watermarks and the end. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A reader from `position` on; null = where a new one begins. A position of an earlier process begins anew. */
  open(position: number | null): LogCursor {
    const start = this.retains ? 0 : this.#readers.size === 0 ? this.#unread : this.#end;
    const from = position === null || position > this.#end ? start : position;
    if (from < this.#first) {
      throw new EngineError('data_lost', `rows ${from} to ${this.#first - 1} of the in-memory table are gone`, {
        hint: 'Make it with retain: true, so that readers can go back.',
      });
    }
    const reader = { position: from };
    this.#readers.add(reader);
    return {
      get position() {
        return reader.position;
      },
      take: (maxRows) => this.#take(reader, maxRows),
      close: () => {
        if (this.#readers.delete(reader) && this.#readers.size === 0) this.#unread = reader.position;
        this.#release();
      },
    };
  }

  get #first(): number {
    return this.#chunks[0]?.first ?? this.#end;
  }

  get #slowest(): number {
    let least = Infinity;
    for (const { position } of this.#readers) if (position < least) least = position;
    return least;
  }

  #take(reader: { position: number }, maxRows: number): LogEntry {
    this.#forget();
    const chunk = this.#chunkAt(reader.position);
    if (chunk === undefined) return { kind: this.#ended ? 'end' : 'nothing' };
    if (chunk.rows === null) {
      reader.position++;
      this.#release();
      return { kind: 'watermark', time: chunk.watermark };
    }
    const from = reader.position - chunk.first;
    const count = Math.min(maxRows, chunk.rows.length - from);
    reader.position += count;
    this.#release();
    return { kind: 'rows', batch: chunk.rows.build(), from, count };
  }

  #chunkAt(place: number): Chunk | undefined {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const chunk = this.#chunks[middle] as Chunk;
      if (chunk.first + placesOf(chunk) <= place) low = middle + 1;
      else high = middle;
    }
    return this.#chunks[low];
  }

  /** Drops what every reader is past. Before a read, since the last one's rows are lent until then. */
  #forget(): void {
    if (this.retains || this.#readers.size === 0) return;
    const slowest = this.#slowest;
    let count = 0;
    for (const chunk of this.#chunks) {
      if (chunk.first + placesOf(chunk) > slowest) break;
      count++;
    }
    if (count > 0) this.#chunks = this.#chunks.slice(count);
  }

  #release(): void {
    if (this.#waiting.length === 0 || (!this.#ended && this.backlog > this.capacity)) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #refuseAfterEnd(): void {
    if (this.#ended) throw new EngineError('invalid_definition', 'cannot push into an in-memory table that has ended');
  }
}

/**
 * One subtask of a scan: reads its splits, decodes, computes the table's columns and makes watermarks.
 *
 * `step` handles at most one batch of one split, so that the driver can checkpoint between any two. Splits of a
 * `parallel` source take turns; those of a `sequential` one follow each other.
 */
import type { ByteReader, Position, RowReader, Source, Split } from '../connectors/connector.ts';
import { EngineError } from '../errors.ts';
import type { BadRecord, Decoder } from '../formats/format.ts';
import type { PhysicalOf, ScanColumn } from '../plan/physical.ts';
import type { Clock } from '../platform/platform.ts';
import { type Batch, BatchBuilder, type WatermarkMarks } from '../types/batch.ts';
import { type ColumnBuilder, columnBuilder } from '../types/column-builder.ts';
import { timeAttribute } from '../types/data-type.ts';
import type { Schema } from '../types/schema.ts';
import type { Value, Vector } from '../types/vector.ts';
import type { Counters } from './counters.ts';
import type { Producer, Receiver } from './receiver.ts';
import type { RejectedRows } from './rejected-rows.ts';
import { type GeneratorSnapshot, WatermarkGenerator } from './watermark-generator.ts';

/** The scan's output row over its decoded columns. */
export interface RowTransform {
  /** Hands on a borrowed batch; keeps row kinds. */
  apply(batch: Batch): Batch;
}

/** The watermark expression over the scan's output rows. */
export interface WatermarkEvaluator {
  evaluate(batch: Batch, times: Float64Array, valid: Uint8Array): void;
}

export interface SourceTaskOptions {
  readonly node: PhysicalOf<'scan'>;
  readonly source: Source;
  /** Makes a decoder that starts at a position of the byte stream; null for sources of rows. */
  readonly decoder: ((position: number) => Decoder) | null;
  readonly transform: RowTransform | null;
  readonly watermark: WatermarkEvaluator | null;
  readonly deadLetter: RejectedRows | null;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly batchSize: number;
  readonly chunkSizeBytes: number;
  readonly subtask: number;
  readonly parallelism: number;
}

export type StepResult = 'progress' | 'idle' | 'end';

interface OpenSplit {
  readonly split: Split;
  readonly reader: ByteReader | RowReader;
  readonly decoder: Decoder | null;
  /** For sources of rows. */
  readonly rows: BatchBuilder | null;
  /** The constant metadata columns of a byte split, by output column. */
  readonly metadata: ReadonlyMap<number, ColumnBuilder>;
  bytesEnded: boolean;
}

export interface SourceSnapshot {
  readonly finished: readonly string[];
  readonly positions: readonly { readonly id: string; readonly position: Position }[];
  readonly watermarks: GeneratorSnapshot;
  readonly ended: boolean;
}

/** What the driver knows of a source. */
export interface RunningSource extends Producer {
  /** No step will give anything more. */
  readonly ended: boolean;
  /** The last watermark sent, -Infinity before the first. */
  readonly watermark: number;
  /**
   * Before the first step of any source: one without splits ends or is idle before rows come from others, so that no
   * watermark waits for it and no late row depends on who is asked first.
   */
  start(): Promise<void>;
  step(): Promise<StepResult>;
  /** Milliseconds until something may happen without new data; Infinity when nothing can. */
  waitMs(): number;
  snapshot(): SourceSnapshot;
  /** Before the first step. */
  restore(from: SourceSnapshot): void;
  close(): Promise<void>;
}

export class SourceTask implements RunningSource {
  readonly #options: SourceTaskOptions;
  readonly #generator: WatermarkGenerator;
  readonly #decodedSchema: Schema;
  /** The output columns that come out of the bytes, in order; the others are constant for a split. */
  readonly #decoded: readonly number[];
  readonly #finished = new Set<string>();
  /** Where splits that are not open yet begin, after a restore. */
  readonly #positions = new Map<string, Position>();
  #waiting: Split[] = [];
  #open: OpenSplit[] = [];
  #turn = 0;
  #target: Receiver | null = null;
  #listed = false;
  #nextDiscoveryMs = 0;
  #nextTickMs = 0;
  #idleSent = false;
  #ended = false;
  #times = new Float64Array(0);
  #valid = new Uint8Array(0);
  // The marks of the batch in hand; reused.
  #markRows = new Int32Array(64);
  #markTimes = new Float64Array(64);
  #markCount = 0;

  constructor(options: SourceTaskOptions) {
    this.#options = options;
    const { watermark, columns, schema, computed } = options.node;
    this.#generator = new WatermarkGenerator(watermark?.intervalMs ?? 0, watermark?.idleTimeoutMs ?? 0);
    this.#decodedSchema =
      computed === null
        ? schema
        : columns.map((column) => ({
            name: column.kind === 'physical' ? column.path.join('.') : column.key,
            type: column.type,
          }));
    this.#decoded = columns.map((_, index) => index).filter((index) => !isConstant(options.node, index));
  }

  connect(target: Receiver): void {
    this.#target = target;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get watermark(): number {
    return this.#generator.snapshot().sent;
  }

  waitMs(): number {
    const now = this.#options.clock.now();
    let wait = Infinity;
    if (this.#nextDiscoveryMs > 0) wait = Math.min(wait, this.#nextDiscoveryMs - now);
    if (this.#nextTickMs > 0) wait = Math.min(wait, this.#nextTickMs - now);
    return Math.max(0, wait);
  }

  async start(): Promise<void> {
    if (this.#ended) return;
    await this.#discover();
    this.#rest();
  }

  async step(): Promise<StepResult> {
    if (this.#ended) return 'end';
    await this.#discover();
    this.#tick();
    await this.#openSplits();
    for (let tries = this.#open.length; tries > 0; tries--) {
      this.#turn = this.#turn >= this.#open.length ? 0 : this.#turn;
      const open = this.#open[this.#turn] as OpenSplit;
      const result =
        open.reader.kind === 'bytes'
          ? await this.#stepBytes(open, open.reader)
          : await this.#stepRows(open, open.reader);
      if (result === 'end') {
        await this.#finish(open);
        return 'progress';
      }
      this.#turn++;
      if (result === 'progress') return 'progress';
    }
    return this.#rest();
  }

  /** What a source does that has nothing to read. */
  #rest(): StepResult {
    if (this.#open.length > 0 || this.#waiting.length > 0) return 'idle';
    if (this.#options.source.boundedness === 'bounded') {
      this.#end();
      return 'end';
    }
    // Splits may come to other subtasks only: this one must not hold the watermark back.
    this.#setIdle(true);
    return 'idle';
  }

  snapshot(): SourceSnapshot {
    return {
      finished: [...this.#finished],
      positions: [
        ...this.#positions,
        ...this.#open.map((open) => [open.split.id, this.#positionOf(open)] as const),
      ].map(([id, position]) => ({ id, position })),
      watermarks: this.#generator.snapshot(),
      ended: this.#ended,
    };
  }

  restore(from: SourceSnapshot): void {
    for (const id of from.finished) this.#finished.add(id);
    for (const { id, position } of from.positions) this.#positions.set(id, position);
    this.#generator.restore(from.watermarks, this.#options.clock.now());
    if (from.ended) {
      this.#ended = true;
      // The channel of an ended source stays at the end of time; its consumers restored that themselves.
      this.#connected.end();
    }
  }

  async close(): Promise<void> {
    for (const open of this.#open) await open.reader.close();
    this.#open = [];
  }

  get #connected(): Receiver {
    if (this.#target === null) throw new EngineError('internal_error', 'a source has no consumer');
    return this.#target;
  }

  #positionOf(open: OpenSplit): Position {
    return open.reader.kind === 'rows' ? open.reader.position() : (open.decoder as Decoder).consumedBytes;
  }

  async #discover(): Promise<void> {
    const { source, clock, subtask, parallelism } = this.#options;
    if (this.#listed && (this.#nextDiscoveryMs === 0 || clock.now() < this.#nextDiscoveryMs)) return;
    const known = new Set([
      ...this.#finished,
      ...this.#waiting.map((split) => split.id),
      ...this.#open.map((open) => open.split.id),
    ]);
    const splits = await source.listSplits();
    splits.forEach((split, i) => {
      if (this.#listed ? hashText(split.id) % parallelism !== subtask : i % parallelism !== subtask) return;
      if (!known.has(split.id)) this.#waiting.push(split);
    });
    this.#listed = true;
    this.#nextDiscoveryMs = source.discoveryIntervalMs > 0 ? clock.now() + source.discoveryIntervalMs : 0;
  }

  async #openSplits(): Promise<void> {
    const { source, node, clock, decoder } = this.#options;
    const most = source.reading === 'parallel' ? Infinity : 1;
    while (this.#open.length < most && this.#waiting.length > 0) {
      const split = this.#waiting.shift() as Split;
      const position = this.#positions.get(split.id) ?? null;
      this.#positions.delete(split.id);
      const reader = await source.open({
        split,
        position,
        columns: node.columns.map((column) =>
          column.kind === 'physical'
            ? { kind: 'physical', path: column.path, type: column.type }
            : { kind: 'metadata', path: [column.key], type: column.type },
        ),
      });
      if (node.watermark !== null) this.#generator.addSplit(split.id, clock.now());
      const startByte = typeof position === 'number' ? position : 0;
      this.#open.push({
        split,
        reader,
        decoder: reader.kind === 'bytes' && decoder !== null ? decoder(startByte) : null,
        rows: reader.kind === 'rows' ? new BatchBuilder(this.#decodedSchema) : null,
        metadata: reader.kind === 'bytes' ? this.#constantColumns(reader.metadata ?? {}) : new Map(),
        bytesEnded: false,
      });
    }
  }

  #constantColumns(values: Readonly<Record<string, Value>>): ReadonlyMap<number, ColumnBuilder> {
    const columns = new Map<number, ColumnBuilder>();
    this.#options.node.columns.forEach((column, index) => {
      if (!isConstant(this.#options.node, index)) return;
      const value = values[column.kind === 'metadata' ? column.key : (column.path[0] as string)] ?? null;
      const builder = columnBuilder(column.type);
      builder.reserve(this.#options.batchSize);
      for (let row = 0; row < this.#options.batchSize; row++) builder.set(row, value);
      columns.set(index, builder);
    });
    return columns;
  }

  async #stepBytes(open: OpenSplit, reader: ByteReader): Promise<StepResult> {
    const decoder = open.decoder as Decoder;
    for (;;) {
      const decoded = decoder.next(this.#options.batchSize);
      if (decoded !== null) {
        const fatal =
          this.#options.node.onError === 'fail' ? decoded.bad.find((record) => record.ignored !== true) : undefined;
        const { batch } = decoded;
        // The rows before the record that ends the job are still delivered, as they would be one by one.
        const length = fatal === undefined ? batch.length : fatal.row;
        if (length > 0) this.#deliver(open, this.#withMetadata(open, { ...batch, length }));
        this.#reject(open, decoded.bad);
        // A snapshot may follow this step: not in the middle of a record that gives more rows than fit a batch.
        if (decoder.midRecord) continue;
        return 'progress';
      }
      if (open.bytesEnded) return 'end';
      const region = decoder.reserve(this.#options.chunkSizeBytes);
      const reading = reader.read(region);
      const count = typeof reading === 'number' ? reading : await reading;
      if (count > 0) {
        this.#options.counters.add('bytes_in', count);
        decoder.commit(count, false);
      } else if (count === 0) {
        decoder.commit(0, false);
        return 'idle';
      } else {
        open.bytesEnded = true;
        decoder.commit(0, true);
      }
    }
  }

  async #stepRows(open: OpenSplit, reader: RowReader): Promise<StepResult> {
    const rows = open.rows as BatchBuilder;
    rows.reset();
    const reading = reader.read(rows, this.#options.batchSize);
    const result = typeof reading === 'string' ? reading : await reading;
    const read = !rows.isEmpty;
    if (read) this.#deliver(open, rows.build());
    if (result === 'end') return 'end';
    return read || result === 'more' ? 'progress' : 'idle';
  }

  #withMetadata(open: OpenSplit, decoded: Batch): Batch {
    if (open.metadata.size === 0) return decoded;
    const vectors: Vector[] = [];
    this.#decoded.forEach((index, i) => (vectors[index] = decoded.vectors[i] as Vector));
    for (const [index, builder] of open.metadata) vectors[index] = builder.vector(decoded.length);
    return { length: decoded.length, vectors, kinds: decoded.kinds, marks: null };
  }

  #deliver(open: OpenSplit, decoded: Batch): void {
    const { node, transform, watermark, counters, clock } = this.#options;
    counters.add('rows_in', decoded.length);
    const batch = transform === null ? decoded : transform.apply(decoded);
    this.#setIdle(false);
    if (watermark === null || node.watermark === null) {
      this.#connected.receive(batch);
      return;
    }
    this.#checkRowtime(batch, node.watermark.column);
    if (this.#times.length < batch.length) {
      this.#times = new Float64Array(batch.length);
      this.#valid = new Uint8Array(batch.length);
    }
    watermark.evaluate(batch, this.#times, this.#valid);
    this.#markCount = 0;
    this.#generator.onRows(open.split.id, this.#times, this.#valid, batch.length, clock.now(), this);
    const marks: WatermarkMarks | null =
      this.#markCount === 0 ? null : { length: this.#markCount, row: this.#markRows, time: this.#markTimes };
    this.#connected.receive({ length: batch.length, vectors: batch.vectors, kinds: batch.kinds, marks });
  }

  /** Called by the generator for each watermark of the batch in hand. */
  mark(row: number, time: number): void {
    if (this.#markCount === this.#markRows.length) {
      const rows = new Int32Array(this.#markCount * 2);
      rows.set(this.#markRows);
      this.#markRows = rows;
      const times = new Float64Array(this.#markCount * 2);
      times.set(this.#markTimes);
      this.#markTimes = times;
    }
    this.#markRows[this.#markCount] = row;
    this.#markTimes[this.#markCount] = time;
    this.#markCount++;
  }

  #checkRowtime(batch: Batch, column: number): void {
    const { valid } = batch.vectors[column] as Vector;
    if (valid === null) return;
    const row = valid.indexOf(0);
    if (row === -1 || row >= batch.length) return;
    const field = this.#options.node.schema[column];
    const name = field !== undefined && timeAttribute(field.type) !== undefined ? ` "${field.name}"` : '';
    throw new EngineError('not_null_violation', `rowtime column${name} should not be null`, {
      hint: 'Filter such rows before the table, or COALESCE the value in a computed column.',
    });
  }

  #reject(open: OpenSplit, bad: readonly BadRecord[]): void {
    if (bad.length === 0) return;
    const { node, deadLetter, counters, clock } = this.#options;
    const name = node.table.path.at(-1) ?? '';
    for (const record of bad) {
      counters.add('bad_records', 1);
      if (record.ignored === true || node.onError === 'skip') continue;
      if (node.onError === 'fail') {
        throw new EngineError('bad_record', `a record of "${name}" cannot be decoded: ${record.reason}`, {
          detail: `It begins at byte ${record.position} of ${open.split.id}: ${excerpt(record.bytes)}`,
          hint: "Set 'millrace.on-error' = 'skip' or 'dead-letter' on the table to go on after bad records.",
        });
      }
      deadLetter?.add({
        payload: record.bytes,
        sourceName: name,
        splitId: open.split.id,
        splitPosition: record.position,
        reason: record.reason,
        rejectedAtMs: clock.now(),
      });
    }
    deadLetter?.flush();
  }

  async #finish(open: OpenSplit): Promise<void> {
    await open.reader.close();
    this.#open = this.#open.filter((other) => other !== open);
    this.#finished.add(open.split.id);
    if (this.#options.node.watermark !== null) this.#advance(this.#generator.removeSplit(open.split.id));
  }

  #tick(): void {
    const every = this.#generator.tickMs;
    if (every === 0 || this.#options.node.watermark === null) return;
    const now = this.#options.clock.now();
    if (this.#nextTickMs === 0) this.#nextTickMs = now + every;
    if (now < this.#nextTickMs) return;
    this.#nextTickMs = now + every;
    this.#advance(this.#generator.onTick(now));
    if (this.#generator.allIdle) this.#setIdle(true);
  }

  #advance(time: number | null): void {
    if (time === null) return;
    this.#connected.receive(watermarkOnly(this.#options.node.schema, time));
  }

  #setIdle(idle: boolean): void {
    if (idle === this.#idleSent) return;
    this.#idleSent = idle;
    this.#connected.setIdle(idle);
  }

  #end(): void {
    this.#ended = true;
    this.#setIdle(false);
    this.#connected.receive(watermarkOnly(this.#options.node.schema, Infinity));
    this.#connected.end();
  }
}

/** Whether a column is the same for all rows of a byte split: metadata, or a partition column (named by its directory). */
function isConstant(node: PhysicalOf<'scan'>, index: number): boolean {
  const column = node.columns[index] as ScanColumn;
  return column.kind === 'metadata' || node.table.partitionKeys.includes(column.path[0] as string);
}

/** A batch without rows that carries a watermark. */
function watermarkOnly(schema: Schema, time: number): Batch {
  const builder = new BatchBuilder(schema);
  builder.mark(time);
  return builder.build();
}

const EXCERPT_BYTES = 200;

function excerpt(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, EXCERPT_BYTES)).toString('utf8');
  return bytes.length > EXCERPT_BYTES ? `${text}… (${bytes.length} bytes)` : text;
}

/** Which subtask gets a split that appears later: a function of its name alone. */
function hashText(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash >>> 0;
}

/**
 * One subtask of a scan: reads its splits, decodes, computes the table's columns and makes watermarks.
 *
 * `step` handles at most one batch of one split, so that the driver can checkpoint between any two. Splits of a
 * `parallel` source take turns; those of a `sequential` one follow each other.
 */
import type { Position, Source, Split } from '../connectors/connector.ts';
import { EngineError } from '../errors.ts';
import type { BadRecord } from '../formats/format.ts';
import type { PhysicalOf } from '../plan/physical.ts';
import type { FaultPoints } from '../platform/fault-points.ts';
import type { Clock } from '../platform/platform.ts';
import { type Batch, BatchBuilder } from '../types/batch.ts';
import { timeAttribute } from '../types/data-type.ts';
import { MarkBuilder } from '../types/mark-builder.ts';
import type { Schema } from '../types/schema.ts';
import type { Vector } from '../types/vector.ts';
import { checkNotNull, firstNull } from './not-null.ts';
import type { Counters } from './counters.ts';
import type { Receiver } from './receiver.ts';
import type { RejectedRows } from './rejected-rows.ts';
import { type RunningSource, type SourceSnapshot, type StepResult, splitsOf } from './running-source.ts';
import type { RecordDecoding } from './record-rows.ts';
import { SplitReader, type StreamDecoding } from './split-reader.ts';
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
  /** Of sources of bytes. */
  readonly decoder: StreamDecoding | null;
  /** Of sources of framed records. */
  readonly records: RecordDecoding | null;
  readonly transform: RowTransform | null;
  readonly watermark: WatermarkEvaluator | null;
  readonly deadLetter: RejectedRows | null;
  readonly clock: Clock;
  readonly faults: FaultPoints;
  readonly counters: Counters;
  readonly batchSize: number;
  readonly chunkSizeBytes: number;
  readonly subtask: number;
  readonly parallelism: number;
}

export class SourceTask implements RunningSource {
  readonly #options: SourceTaskOptions;
  readonly #generator: WatermarkGenerator;
  readonly #finished = new Set<string>();
  /** Where these ended in this run, if the source is told of checkpoints. */
  readonly #ends = new Map<string, Position>();
  /** Where splits that are not open yet begin, after a restore. */
  readonly #positions = new Map<string, Position>();
  /** After a restore: the splits that were dealt already, to this subtask and to others. */
  #dealt: { readonly own: ReadonlySet<string>; readonly elsewhere: ReadonlySet<string> } | null = null;
  /** What all subtasks had, when they were others; until the splits are listed and dealt anew. */
  #redealt: readonly SourceSnapshot[] | null = null;
  #waiting: Split[] = [];
  /** Those of the waiting ones that were not there when the job began. */
  readonly #discovered = new Set<string>();
  #open: SplitReader[] = [];
  #turn = 0;
  #target: Receiver | null = null;
  #listed = false;
  #nextDiscoveryMs = 0;
  #nextTickMs = 0;
  #idleSent = false;
  #ended = false;
  #times = new Float64Array(0);
  #valid = new Uint8Array(0);
  /** Of the batch in hand; reused. */
  readonly #marks = new MarkBuilder();

  constructor(options: SourceTaskOptions) {
    this.#options = options;
    const { watermark } = options.node;
    this.#generator = new WatermarkGenerator(watermark?.intervalMs ?? 0, watermark?.idleTimeoutMs ?? 0);
  }

  connect(target: Receiver): void {
    this.#target = target;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get watermark(): number | null {
    return this.#options.node.watermark === null || this.#idleSent ? null : this.#generator.sent;
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
    // What is pushed after the start belongs to the query: its readers stand by then.
    if (!this.#connected.closed) await this.#openSplits();
    if (this.#generator.allIdle) this.#setIdle(true);
    this.#rest();
  }

  async step(): Promise<StepResult> {
    if (this.#ended) return 'end';
    if (this.#connected.closed) {
      this.#ended = true;
      return 'end';
    }
    await this.#discover();
    this.#tick();
    await this.#openSplits();
    for (let tries = this.#open.length; tries > 0; tries--) {
      this.#turn = this.#turn >= this.#open.length ? 0 : this.#turn;
      const open = this.#open[this.#turn] as SplitReader;
      const result = await this.#read(open);
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
      positions: [...this.#positions, ...this.#open.map((open) => [open.split.id, open.position] as const)].map(
        ([id, position]) => ({ id, position }),
      ),
      ...(this.#ends.size === 0 ? {} : { ends: [...this.#ends].map(([id, position]) => ({ id, position })) }),
      waiting: this.#waiting.map((split) => split.id).filter((id) => !this.#positions.has(id)),
      watermarks: this.#generator.snapshot(this.#options.clock.now()),
      ended: this.#ended,
    };
  }

  restore(from: SourceSnapshot, elsewhere: ReadonlySet<string>): void {
    this.#dealt = { own: new Set(splitsOf(from)), elsewhere };
    for (const id of from.finished) this.#finished.add(id);
    for (const { id, position } of from.positions) this.#positions.set(id, position);
    this.#generator.restore(from.watermarks);
    if (from.ended) {
      this.#ended = true;
      // The channel of an ended source stays at the end of time; its consumers restored that themselves.
      this.#connected.end();
    }
  }

  redeal(from: readonly SourceSnapshot[]): void {
    this.#redealt = from;
  }

  drain(): void {
    if (!this.#ended) this.#end();
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = [];
    const closed = await Promise.allSettled(open.map((reader) => reader.close()));
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  }

  get #connected(): Receiver {
    if (this.#target === null) throw new EngineError('internal_error', 'a source has no consumer');
    return this.#target;
  }

  async #discover(): Promise<void> {
    const { source, clock } = this.#options;
    if (this.#listed && (this.#nextDiscoveryMs === 0 || clock.now() < this.#nextDiscoveryMs)) return;
    const splits = await source.listSplits();
    if (this.#redealt !== null) this.#takeOwn(this.#redealt, splits);
    const known = new Set([
      ...this.#finished,
      ...this.#waiting.map((split) => split.id),
      ...this.#open.map((open) => open.split.id),
    ]);
    splits.forEach((split, i) => {
      if (known.has(split.id) || !this.#isOwn(split, i)) return;
      this.#waiting.push(split);
      if (this.#listed || (this.#dealt !== null && !this.#dealt.own.has(split.id))) this.#discovered.add(split.id);
    });
    this.#listed = true;
    this.#nextDiscoveryMs = source.discoveryIntervalMs > 0 ? clock.now() + source.discoveryIntervalMs : 0;
  }

  /** Of what all former subtasks had, what belongs to this one's splits; `splits` are those that there are now. */
  #takeOwn(from: readonly SourceSnapshot[], splits: readonly Split[]): void {
    const { subtask, parallelism, node } = this.#options;
    this.#redealt = null;
    const place = new Map(splits.map((split, i) => [split.id, i]));
    const isOwn = (id: string): boolean => {
      const index = place.get(id);
      return index === undefined ? hashText(id) % parallelism === subtask : this.#isOwn({ id }, index);
    };
    for (const id of from.flatMap(({ finished }) => finished)) if (isOwn(id)) this.#finished.add(id);
    for (const { id, position } of from.flatMap(({ positions }) => positions)) {
      if (isOwn(id)) this.#positions.set(id, position);
    }
    const all = from.flatMap((one) => splitsOf(one));
    this.#dealt = { own: new Set(all.filter(isOwn)), elsewhere: new Set(all.filter((id) => !isOwn(id))) };
    const splitTimes = from.flatMap((one) => one.watermarks.splits).filter(({ id }) => isOwn(id));
    this.#generator.restore({ splits: splitTimes, sent: -Infinity });
    if (node.watermark === null) return;
    // A split that was not open could not come before what its subtask had told.
    const bounds = from.flatMap((one) => [
      ...one.waiting.filter(isOwn).map(() => one.watermarks.sent),
      ...one.positions.filter(({ id }) => isOwn(id)).map(({ id }) => timeOf(one.watermarks, id)),
    ]);
    if (bounds.length > 0) this.#advance(this.#generator.tell(Math.min(...bounds)));
  }

  /** Splits are dealt in turn; where others may appear, by their name alone, since places in the list then change. */
  #isOwn({ id }: Split, index: number): boolean {
    const { source, subtask, parallelism } = this.#options;
    if (this.#dealt?.own.has(id) === true) return true;
    if (this.#dealt?.elsewhere.has(id) === true) return false;
    return (source.discoveryIntervalMs > 0 ? hashText(id) : index) % parallelism === subtask;
  }

  async #openSplits(): Promise<void> {
    const { source, node, decoder, records, clock } = this.#options;
    const most = source.reading === 'parallel' ? Infinity : 1;
    while (this.#open.length < most && this.#waiting.length > 0) {
      const split = this.#waiting.shift() as Split;
      const position = this.#positions.get(split.id) ?? null;
      this.#positions.delete(split.id);
      const reader = await source.open({
        split,
        position: decoder?.needsHead === true ? null : position,
        discovered: this.#discovered.delete(split.id),
        readsKey: records !== null && records.key !== null,
        columns: node.columns.map((column) =>
          column.kind === 'physical'
            ? { kind: 'physical', path: column.path, type: column.type }
            : { kind: 'metadata', path: [column.key], type: column.type },
        ),
      });
      if (node.watermark !== null) this.#generator.addSplit(split.id, clock.now());
      this.#open.push(new SplitReader({ ...this.#options, split, reader, position }));
    }
  }

  /** Reads and hands on at most one batch of a split. */
  async #read(open: SplitReader): Promise<StepResult> {
    for (;;) {
      const { batch, bad, then } = await open.read();
      if (batch !== null) this.#options.faults.reach('source.after-read');
      if (batch !== null) this.#deliver(open, this.#untilFatal(batch, bad));
      this.#reject(open, bad);
      if (then !== 'again') return then;
    }
  }

  /** The rows before the record that ends the job are still delivered, as they would be one by one. */
  #untilFatal(batch: Batch, bad: readonly BadRecord[]): Batch {
    if (bad.length === 0 || this.#options.node.onError !== 'fail') return batch;
    const fatal = bad.find((record) => record.ignored !== true);
    return fatal === undefined ? batch : { ...batch, length: fatal.row };
  }

  #deliver(open: SplitReader, decoded: Batch): void {
    if (decoded.length === 0) {
      if (decoded.marks !== null) this.#advanceBy(open, decoded.marks);
      return;
    }
    const { node, transform, watermark, counters, clock } = this.#options;
    counters.add('rows_in', decoded.length);
    checkNotNull(node, decoded);
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
    this.#marks.reset();
    this.#generator.onRows(open.split.id, this.#times, this.#valid, batch.length, clock.now(), this.#marks);
    this.#connected.receive({
      length: batch.length,
      vectors: batch.vectors,
      kinds: batch.kinds,
      marks: this.#marks.build(),
    });
  }

  /** Watermarks that the source itself tells, without rows. */
  #advanceBy({ split }: SplitReader, marks: NonNullable<Batch['marks']>): void {
    if (this.#options.node.watermark === null) return;
    this.#setIdle(false);
    for (let m = 0; m < marks.length; m++)
      this.#advance(this.#generator.onWatermark(split.id, marks.time[m] as number));
  }

  #checkRowtime(batch: Batch, column: number): void {
    if (firstNull(batch.vectors[column] as Vector, batch) === -1) return;
    const field = this.#options.node.schema[column];
    const name = field !== undefined && timeAttribute(field.type) !== undefined ? ` "${field.name}"` : '';
    throw new EngineError('not_null_violation', `rowtime column${name} should not be null`, {
      hint: 'Filter such rows before the table, or COALESCE the value in a computed column.',
    });
  }

  #reject(open: SplitReader, bad: readonly BadRecord[]): void {
    if (bad.length === 0) return;
    const { node, deadLetter, counters, clock } = this.#options;
    const name = node.table.path.at(-1) ?? '';
    for (const record of bad) {
      counters.add('bad_records', 1);
      if (record.ignored === true || node.onError === 'skip') continue;
      if (node.onError === 'fail') {
        throw new EngineError('bad_record', `a record of "${name}" cannot be decoded: ${record.reason}`, {
          detail: `${open.placeOf(record)}: ${excerpt(record.bytes)}`,
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

  async #finish(open: SplitReader): Promise<void> {
    if (this.#options.source.onCheckpoint !== undefined) this.#ends.set(open.split.id, open.position);
    await open.close();
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

/** What a split had reached. */
const timeOf = ({ splits }: GeneratorSnapshot, id: string): number =>
  splits.find((split) => split.id === id)?.time ?? -Infinity;

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

function hashText(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash >>> 0;
}

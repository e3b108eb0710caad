/**
 * Runs one operator over a list of steps, as the driver would: rows gathered into batches of a chosen size with the
 * watermarks at their place between them, a snapshot and a restore into a fresh operator between any two calls, and
 * everything that comes out written down as text.
 */
import type { Operator, OperatorContext } from '../../src/runtime/operator.ts';
import { createStateBackend } from '../../src/state/memory-state.ts';
import { decodeSnapshot } from '../../src/state/snapshot.ts';
import { MemoryBudget, type StateBackend, type WrittenState } from '../../src/state/state.ts';
import { NO_MARKS } from '../../src/runtime/rows/marks.ts';
import { Counters } from '../../src/runtime/counters.ts';
import { type Batch, BatchBuilder, ROW_KIND_NAMES } from '../../src/types/batch.ts';
import type { BytesBuilder, F64Builder, I64Builder } from '../../src/types/column-builder.ts';
import { type DataType, physicalKind } from '../../src/types/data-type.ts';
import type { Schema } from '../../src/types/schema.ts';
import { type Value, type Vector, getValue } from '../../src/types/vector.ts';
import { MarkChecker } from '../support/mark-checker.ts';
import { memoryFile } from '../support/memory-file.ts';
import { randomOf } from '../support/random.ts';

export type RowKindName = (typeof ROW_KIND_NAMES)[number];

/** A value of a step; a number stands for BIGINT too. */
export type StepValue = Value;

export type Step =
  | { readonly kind: 'row'; readonly port: number; readonly op: RowKindName; readonly values: readonly StepValue[] }
  | { readonly kind: 'watermark'; readonly time: number }
  /** The processing-time clock moves to `now`; timers that are due fire. */
  | { readonly kind: 'clock'; readonly now: number };

export const row = (op: RowKindName, values: readonly StepValue[], port = 0): Step => ({
  kind: 'row',
  port,
  op,
  values,
});
export const insert = (...values: readonly StepValue[]): Step => row('+I', values);
export const watermark = (time: number): Step => ({ kind: 'watermark', time });
export const clock = (now: number): Step => ({ kind: 'clock', now });

export interface OperatorUnderTest {
  /** One schema per port. */
  readonly inputs: readonly Schema[];
  readonly output: Schema;
  create(context: OperatorContext): Operator;
}

export interface RunOptions {
  /** Rows at most in a batch that goes in; also the batch size the operator is told. */
  readonly batchSize: number;
  /** Snapshot and restore after every n-th call; `null` = never. */
  readonly restoreEvery: number | null;
  /** A restore reads records one by one instead of taking over their pages. */
  readonly restoreByRecord?: boolean;
  /** Marks of the state are held over some calls and compared with copies. */
  readonly marks?: boolean;
  /** State leaves memory at every safe point. */
  readonly spilled?: boolean;
}

interface RunResult {
  /** `+I[1, a, NULL]`, `watermark 5`; of neighbouring watermarks only the last. */
  readonly emitted: readonly string[];
  readonly late: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
}

export function runOperator(subject: OperatorUnderTest, steps: readonly Step[], options: RunOptions): RunResult {
  return new Run(subject, options).run(steps);
}

/** Only the rows, for comparing with a list written by hand. */
export function emittedRows(subject: OperatorUnderTest, steps: readonly Step[], batchSize = 1024): string[] {
  const { emitted } = runOperator(subject, steps, { batchSize, restoreEvery: null });
  return emitted.filter((line) => !line.startsWith('watermark'));
}

class Run {
  readonly #subject: OperatorUnderTest;
  readonly #options: RunOptions;
  readonly #builders: readonly BatchBuilder[];
  readonly #emitted: string[] = [];
  readonly #late: string[] = [];
  readonly #counters = new Counters();
  readonly #eval = { now: (): number => this.#now, random: (): number => 0.5, timeZone: 'UTC', watermark: -Infinity };
  #now = 0;
  #pendingWatermark = -Infinity;
  #timers = new Set<number>();
  #state: StateBackend;
  #operator: Operator;
  #marks: MarkChecker | null = null;
  #seed = 1;
  #calls = 0;
  #port = 0;

  constructor(subject: OperatorUnderTest, options: RunOptions) {
    this.#subject = subject;
    this.#options = options;
    this.#builders = subject.inputs.map((schema) => new BatchBuilder(schema));
    this.#state = this.#freshState();
    this.#operator = subject.create(this.#context());
  }

  run(steps: readonly Step[]): RunResult {
    // Other inputs, other moments.
    this.#seed =
      1 +
      steps.reduce(
        (sum, step) => (sum * 31 + (step.kind === 'row' ? step.values.length * 7 + step.op.charCodeAt(1) : 3)) | 0,
        17,
      );
    this.#marks = this.#freshMarks();
    for (const step of steps) {
      if (step.kind === 'row') this.#addRow(step);
      else if (step.kind === 'watermark') this.#addWatermark(step.time);
      else this.#moveClock(step.now);
    }
    this.#flush();
    this.#marks?.release(false);
    this.#operator.onEnd?.();
    this.#operator.close?.();
    return { emitted: this.#emitted, late: this.#late, counters: this.#counters.snapshot() };
  }

  #addRow({ port, op, values }: Extract<Step, { kind: 'row' }>): void {
    if (port !== this.#port) this.#flush();
    this.#port = port;
    const builder = this.#builder;
    if (builder.length >= this.#options.batchSize) this.#flush();
    const at = builder.addRow(ROW_KIND_NAMES.indexOf(op));
    this.#schema.forEach((field, c) => builder.columns[c]?.set(at, stepValue(field.type, values[c] ?? null)));
  }

  #addWatermark(time: number): void {
    this.#pendingWatermark = Math.max(this.#pendingWatermark, time);
    this.#builder.mark(time);
  }

  #moveClock(now: number): void {
    this.#flush();
    this.#now = now;
    for (const time of [...this.#timers].filter((due) => due <= now).sort((a, b) => a - b)) {
      this.#timers.delete(time);
      this.#operator.onTimer?.(time);
      this.#afterCall();
    }
  }

  #flush(): void {
    const builder = this.#builder;
    if (builder.isEmpty) return;
    this.#operator.process(this.#port, builder.build());
    scribble(builder);
    builder.reset();
    this.#eval.watermark = Math.max(this.#eval.watermark, this.#pendingWatermark);
    this.#afterCall();
  }

  #afterCall(): void {
    this.#calls++;
    this.#state.relax();
    const { restoreEvery, restoreByRecord } = this.#options;
    this.#marks?.step();
    if (restoreEvery === null || this.#calls % restoreEvery !== 0) return;
    this.#operator.close?.();
    this.#marks?.release(true);
    const snapshot = this.#state.snapshot();
    this.#state = this.#freshState();
    if (restoreByRecord === true) this.#state.restoreWritten([asOfAnotherLayout(decodeSnapshot(snapshot))]);
    else this.#state.restore([snapshot]);
    this.#marks = this.#freshMarks();
    this.#timers = new Set();
    this.#operator = this.#subject.create(this.#context());
  }

  get #builder(): BatchBuilder {
    return this.#builders[this.#port] as BatchBuilder;
  }

  get #schema(): Schema {
    return this.#subject.inputs[this.#port] as Schema;
  }

  #freshState(): StateBackend {
    const clock = { now: (): number => this.#now };
    const { spilled, marks } = this.#options;
    // Pages of one record or a few, of which hardly any stay in memory.
    const pages = { recordWords: 48, heapShift: 6, spills: spilled === true };
    if (spilled !== true) return createStateBackend(marks === true ? { clock, pages } : { clock });
    const budget = new MemoryBudget({ limitBytes: 256, file: memoryFile() });
    return createStateBackend({ clock, pages, budget });
  }

  #freshMarks(): MarkChecker | null {
    return this.#options.marks === true ? new MarkChecker(this.#state, randomOf(this.#seed + this.#calls)) : null;
  }

  #context(): OperatorContext {
    return {
      output: {
        push: (batch) => {
          this.#record(batch);
          this.#state.relax();
        },
      },
      state: this.#state,
      clock: {
        now: () => this.#now,
        monotonic: () => this.#now,
        sleep: () => Promise.resolve(),
        schedule: () => () => undefined,
      },
      random: { next: () => 0.5 },
      eval: this.#eval,
      counters: this.#counters,
      batchSize: this.#options.batchSize,
      subtask: 0,
      parallelism: 1,
      lateRow: (batch, index) => this.#late.push(rowText(this.#schema, batch.vectors, index)),
      scheduleTimer: (time) => this.#timers.add(time),
    };
  }

  #record(batch: Batch): void {
    const { length, kinds } = batch;
    const marks = batch.marks ?? NO_MARKS;
    let mark = 0;
    for (let i = 0; i <= length; i++) {
      for (; mark < marks.length && (marks.row[mark] as number) <= i; mark++) {
        if (this.#emitted.at(-1)?.startsWith('watermark') === true) this.#emitted.pop();
        this.#emitted.push(`watermark ${marks.time[mark]}`);
      }
      if (i === length) break;
      const kind = ROW_KIND_NAMES[kinds === null ? 0 : (kinds[i] as number)] as string;
      this.#emitted.push(kind + rowText(this.#subject.output, batch.vectors, i));
    }
  }
}

/** Says that the tables had other indexes, so that their pages cannot be taken over. */
function asOfAnotherLayout({ description, page }: WrittenState): WrittenState {
  const state = description as { readonly tables: readonly { indexes: string }[] };
  return { description: { ...state, tables: state.tables.map((table) => ({ ...table, indexes: '' })) }, page };
}

function stepValue(type: DataType, value: StepValue): Value {
  const kind = physicalKind(type);
  return typeof value === 'number' && (kind === 'i64' || kind === 'i128') ? BigInt(value) : value;
}

function rowText(schema: Schema, vectors: readonly Vector[], index: number): string {
  return `[${schema.map((field, c) => valueText(getValue(vectors[c] as Vector, index, field.type))).join(', ')}]`;
}

function valueText(value: Value): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return `(${value.map(valueText).join(' ')})`;
  if (typeof value === 'object' && 'ms' in value) return `${value.ms}+${value.nanos}`;
  return String(value);
}

/** Batches are borrowed: whoever still looks at one after the call sees rubbish. */
function scribble(builder: BatchBuilder): void {
  for (const column of builder.columns) {
    switch (column.kind) {
      case 'i64':
      case 'i128':
        (column as I64Builder).data.fill(-77n);
        break;
      case 'bytes':
        (column as BytesBuilder).pool.u8.fill(0x58);
        break;
      case 'bool':
      case 'i32':
      case 'f64':
      case 'ts':
        (column as F64Builder).data.fill(-77);
        break;
      default:
    }
  }
}

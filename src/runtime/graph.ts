/**
 * The running graph: every node of a physical plan as N subtasks, connected from the sinks upwards.
 *
 * Subtasks share one thread here; since they meet only through `Receiver`, placing them elsewhere is a matter of
 * what stands behind that interface.
 */
import { EngineError } from '../errors.ts';
import type { Sink, Source } from '../connectors/connector.ts';
import type { Decoder, Encoder } from '../formats/format.ts';
import { type PhysicalNode, type PhysicalOf, inputsOf } from '../plan/physical.ts';
import type { Clock, Random } from '../platform/platform.ts';
import { keyGroupRange } from '../state/key-groups.ts';
import { type StateBackend, type StateSnapshot, createStateBackend } from '../state/state.ts';
import { type Batch, BatchBuilder, INSERT } from '../types/batch.ts';
import type { Field } from '../types/schema.ts';
import type { Vector } from '../types/vector.ts';
import { Counters } from './counters.ts';
import { Exchange } from './exchange.ts';
import type { EvalContext, OperatorContext } from './operator.ts';
import { OperatorTask } from './operator-task.ts';
import { OPERATORS, type OperatorKind } from './operators/factories.ts';
import { keyPartitioner } from './partitioner.ts';
import type { Producer, Receiver } from './receiver.ts';
import type { RecordDecoding } from './record-rows.ts';
import { RejectedRows, checkRejectedTable } from './rejected-rows.ts';
import { scanTransform, scanWatermark } from './scan-expressions.ts';
import { SinkTask } from './sink-task.ts';
import { type RunningSource, type SourceSnapshot, splitsOf } from './running-source.ts';
import { SourceTask } from './source-task.ts';
import { ValuesTask } from './values-task.ts';
import type { MergerSnapshot } from './watermark-merger.ts';
import type { TableDefinition } from '../types/table-definition.ts';

/** How the runtime reaches tables: parsing of options and the registries stay with the engine. */
export interface TableAccess {
  source(table: TableDefinition): Source;
  /** Makes decoders for the physical columns of a scan; null when the connector makes rows itself. */
  decoder(scan: PhysicalOf<'scan'>): ((position: number) => Decoder) | null;
  /** How a scan's framed records are decoded; null when its connector gives none. */
  records(scan: PhysicalOf<'scan'>): RecordDecoding | null;
  sink(table: TableDefinition, subtask: number): Sink;
  /** Encodes rows as JSON, for the payload of late rows. */
  jsonEncoder(schema: PhysicalNode['schema']): Encoder;
}

export interface GraphOptions {
  readonly plan: PhysicalNode;
  readonly tables: TableAccess;
  /** Where the rows of a `collect` root go. */
  readonly collect: Sink | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly timeZone: string;
  readonly parallelism: number;
  readonly batchSize: number;
  readonly chunkSizeBytes: number;
  /** Called when a source that was idle has something. */
  readonly onData?: () => void;
  /** State to start from, taken at the same parallelism; null = from nothing. */
  readonly restoreFrom: GraphSnapshot | null;
}

export interface GraphSnapshot {
  readonly sources: readonly { readonly node: number; readonly subtask: number; readonly state: SourceSnapshot }[];
  readonly operators: readonly {
    readonly node: number;
    readonly subtask: number;
    readonly watermarks: MergerSnapshot;
    readonly state: StateSnapshot;
  }[];
  readonly counters: Readonly<Record<string, number>>;
}

interface OperatorEntry {
  readonly node: number;
  readonly subtask: number;
  readonly task: OperatorTask;
  readonly state: StateBackend;
}

interface Timer {
  readonly time: number;
  readonly entry: OperatorTask;
}

export class Graph {
  readonly counters = new Counters();
  readonly #options: GraphOptions;
  readonly #sources: { node: number; subtask: number; task: RunningSource; close: () => Promise<void> }[] = [];
  readonly #operators: OperatorEntry[] = [];
  readonly #sinks: SinkTask[] = [];
  #openSinks = 0;
  /** Sinks of rejected rows, by table: shared by all who reject, closed with the job. */
  readonly #sideSinks = new Map<string, SinkTask>();
  #timers: Timer[] = [];

  constructor(options: GraphOptions) {
    this.#options = options;
    this.#buildRoot(options.plan);
    const { restoreFrom } = options;
    if (restoreFrom === null) return;
    this.counters.restore(restoreFrom.counters);
    // Watermarks first, since a source that had ended tells its consumers so at once.
    for (const { node, subtask, task } of this.#operators) {
      const saved = restoreFrom.operators.find((entry) => entry.node === node && entry.subtask === subtask);
      if (saved !== undefined) task.restore(saved.watermarks);
    }
    for (const { task } of this.#operators) task.finishIfDone();
    for (const { node, subtask, task } of this.#sources) {
      const all = restoreFrom.sources.filter((entry) => entry.node === node);
      const saved = all.find((entry) => entry.subtask === subtask);
      if (saved === undefined) continue;
      const others = all.filter((entry) => entry !== saved);
      task.restore(saved.state, new Set(others.flatMap(({ state }) => splitsOf(state))));
    }
  }

  get sources(): readonly RunningSource[] {
    return this.#sources.map(({ task }) => task);
  }

  get sinks(): readonly SinkTask[] {
    return this.#sinks;
  }

  /** Whether the end of every input has reached every sink. */
  get finished(): boolean {
    return this.#openSinks === 0;
  }

  /** The least watermark over the sources that have one, for the status line; Infinity when none has. */
  get watermark(): number {
    let least = Infinity;
    for (const { task } of this.#sources) if (!task.ended) least = Math.min(least, task.watermark ?? Infinity);
    return least;
  }

  /** Bytes that state tables hold. */
  get stateSizeBytes(): number {
    return this.#operators.reduce((sum, { state }) => sum + state.sizeBytes, 0);
  }

  /** When the next processing-time timer is due; Infinity when there is none. */
  get nextTimer(): number {
    return this.#timers.reduce((least, timer) => Math.min(least, timer.time), Infinity);
  }

  fireTimers(nowMs: number): boolean {
    const due = this.#timers.filter((timer) => timer.time <= nowMs).sort((a, b) => a.time - b.time);
    if (due.length === 0) return false;
    this.#timers = this.#timers.filter((timer) => timer.time > nowMs);
    for (const timer of due) timer.entry.onTimer(timer.time);
    return true;
  }

  snapshot(): GraphSnapshot {
    return {
      sources: this.#sources.map(({ node, subtask, task }) => ({ node, subtask, state: task.snapshot() })),
      operators: this.#operators.map(({ node, subtask, task, state }) => ({
        node,
        subtask,
        watermarks: task.snapshot(),
        state: state.snapshot(),
      })),
      counters: this.counters.snapshot(),
    };
  }

  /**
   * Closes everything, whatever fails on the way; the first failure is thrown at the end. Once something has failed
   * the sinks that are still open are told so.
   */
  async close(clean: boolean): Promise<void> {
    const failures: unknown[] = [];
    const attempt = async (run: () => void | Promise<void>): Promise<void> => {
      try {
        await run();
      } catch (error) {
        failures.push(error);
      }
    };
    for (const { task } of this.#operators) await attempt(() => task.close());
    for (const { task, close } of this.#sources) {
      await attempt(() => task.close());
      await attempt(close);
    }
    for (const sink of this.#sinks) await attempt(() => sink.close(clean && failures.length === 0));
    if (failures.length > 0) throw failures[0];
  }

  #buildRoot(node: PhysicalNode): void {
    if (node.kind !== 'sink' && node.kind !== 'collect') {
      throw new EngineError('internal_error', `a plan cannot end in a ${node.kind}`);
    }
    const producers = this.#build(node.input);
    producers.forEach((producer, subtask) => {
      if (node.kind === 'collect') {
        const { collect } = this.#options;
        if (collect === null) throw new EngineError('internal_error', 'a result needs a place to go');
        producer.connect(this.#addSink(collect, node, 'rows_out'));
      } else producer.connect(this.#addSink(this.#options.tables.sink(node.table, subtask), node, 'rows_out'));
    });
  }

  #addSink(sink: Sink, node: PhysicalOf<'sink'> | PhysicalOf<'collect'>, counter: string): SinkTask {
    this.#openSinks++;
    const task = new SinkTask({
      sink,
      schema: node.schema,
      notNull: node.notNull,
      notNullPolicy: node.notNullPolicy,
      keyOnlyDeletes: node.kind === 'sink' && node.keyOnlyDeletes,
      counters: this.counters,
      counter,
      onEnd: () => this.#openSinks--,
    });
    this.#sinks.push(task);
    return task;
  }

  /** The subtasks of a node, to be connected to its consumer. */
  #build(node: PhysicalNode): readonly Producer[] {
    switch (node.kind) {
      case 'scan':
        return this.#buildScan(node);
      case 'values':
        return this.#buildValues(node);
      case 'exchange':
        throw new EngineError('internal_error', 'an exchange is built by its consumer');
      case 'sink':
      case 'collect':
        throw new EngineError('internal_error', `a ${node.kind} can only be at the root`);
      default:
        return this.#buildOperator(node);
    }
  }

  #buildOperator(node: Extract<PhysicalNode, { kind: OperatorKind }>): readonly Producer[] {
    const inputs = inputsOf(node).map((input) =>
      input.kind === 'exchange'
        ? { exchange: input, producers: this.#build(input.input) }
        : { exchange: null, producers: this.#build(input) },
    );
    const { parallelism } = this.#options;
    const widths = inputs.map(({ exchange, producers }) =>
      exchange === null ? producers.length : exchange.keys.length === 0 ? 1 : parallelism,
    );
    const width = widths.length === 0 ? 1 : Math.max(...widths);
    // Which producers feed subtask `s` on each port: all of them behind an exchange, else its own.
    const tasks = Array.from({ length: width }, (_, subtask) => {
      const channels = inputs.reduce(
        (sum, { exchange, producers }) =>
          sum + (exchange === null ? producers.filter((_, i) => i % width === subtask).length : producers.length),
        0,
      );
      return this.#addOperator(node, subtask, width, channels);
    });
    const nextChannel = Array.from({ length: width }, () => 0);
    const receiver = (port: number, subtask: number): Receiver => {
      const channel = nextChannel[subtask] as number;
      nextChannel[subtask] = channel + 1;
      return (tasks[subtask] as OperatorTask).receiver(port, channel);
    };
    inputs.forEach(({ exchange, producers }, port) => {
      producers.forEach((producer, i) => {
        if (exchange === null) producer.connect(receiver(port, i % width));
        else if (width === 1) producer.connect(receiver(port, 0));
        else {
          const targets = tasks.map((_, subtask) => receiver(port, subtask));
          producer.connect(new Exchange(exchange.schema, targets, keyPartitioner(exchange, width)));
        }
      });
    });
    return tasks;
  }

  #addOperator(
    node: Extract<PhysicalNode, { kind: OperatorKind }>,
    subtask: number,
    width: number,
    channels: number,
  ): OperatorTask {
    const { clock, random, batchSize } = this.#options;
    const evalContext = this.#evalContext();
    const state = createStateBackend({ clock });
    const saved = this.#options.restoreFrom?.operators.find(
      (entry) => entry.node === node.id && entry.subtask === subtask,
    );
    if (saved !== undefined) state.restore([saved.state], keyGroupRange(subtask, width));
    const task = new OperatorTask(
      `${node.kind} ${node.id}`,
      Math.max(1, channels),
      inputsOf(node).map((input) => input.schema),
      evalContext,
    );
    const context: OperatorContext = {
      output: task,
      state,
      clock,
      random,
      eval: evalContext,
      counters: this.counters,
      batchSize,
      subtask,
      parallelism: width,
      lateRow: this.#lateRows(node),
      scheduleTimer: (time) => this.#timers.push({ time, entry: task }),
    };
    const factory = OPERATORS[node.kind] as (
      node: PhysicalNode,
      context: OperatorContext,
    ) => ReturnType<(typeof OPERATORS)['calc']>;
    task.attach(factory(node, context));
    this.#operators.push({ node: node.id, subtask, task, state });
    return task;
  }

  #buildScan(node: PhysicalOf<'scan'>): readonly Producer[] {
    const { tables, clock, parallelism, batchSize, chunkSizeBytes } = this.#options;
    const deadLetter =
      node.onError === 'dead-letter' && node.deadLetter !== null
        ? this.#rejectedRows(node.deadLetter, 'millrace.dead-letter')
        : null;
    return Array.from({ length: parallelism }, (_, subtask) => {
      const evalContext = this.#evalContext();
      const source = tables.source(node.table);
      if (this.#options.onData !== undefined) source.onData?.(this.#options.onData);
      const task = new SourceTask({
        node,
        source,
        decoder: tables.decoder(node),
        records: tables.records(node),
        transform: scanTransform(node, evalContext),
        watermark: scanWatermark(node, evalContext),
        deadLetter,
        clock,
        counters: this.counters,
        batchSize,
        chunkSizeBytes,
        subtask,
        parallelism,
      });
      this.#sources.push({ node: node.id, subtask, task, close: () => source.close() });
      return task;
    });
  }

  #evalContext(): EvalContext {
    const { clock, random, timeZone } = this.#options;
    return { now: () => clock.now(), random: () => random.next(), timeZone, watermark: -Infinity };
  }

  #buildValues(node: PhysicalOf<'values'>): readonly Producer[] {
    const task = new ValuesTask(node, this.counters);
    this.#sources.push({ node: node.id, subtask: 0, task, close: () => Promise.resolve() });
    return [task];
  }

  /** Late rows of an operator, as JSON, to the table named by `millrace.late-rows`. */
  #lateRows(node: PhysicalNode): ((batch: Batch, row: number) => void) | undefined {
    if (node.kind !== 'window-aggregate' || node.lateRows === null) return undefined;
    const { clock, tables } = this.#options;
    const rejected = this.#rejectedRows(node.lateRows, 'millrace.late-rows');
    const table = scanBelow(node)?.table;
    const sourceName = table?.path.at(-1) ?? '';
    // The table's own columns, in its order; what the query computed beside them is not part of the row.
    const own = (table?.columns ?? []).map(({ name }) => node.input.schema.findIndex((field) => field.name === name));
    const columns = own.some((index) => index >= 0) ? own.filter((index) => index >= 0) : [...node.input.schema.keys()];
    const schema = columns.map((index) => node.input.schema[index] as Field);
    const encoder = tables.jsonEncoder(schema);
    const single = new BatchBuilder(schema);
    return ({ vectors }, row) => {
      single.reset();
      single.addRow(INSERT);
      columns.forEach((index, c) => single.columns[c]?.copy(0, vectors[index] as Vector, row));
      const encoded = encoder.encode(single.build());
      rejected.add({
        payload: encoded.u8.slice(0, encoded.length),
        sourceName,
        splitId: null,
        splitPosition: null,
        reason: 'late: all windows of the row have fired',
        rejectedAtMs: clock.now(),
      });
      rejected.flush();
    };
  }

  #rejectedRows(table: TableDefinition, option: string): RejectedRows {
    checkRejectedTable(table, option);
    const name = table.path.join('.');
    let task = this.#sideSinks.get(name);
    if (task === undefined) {
      task = new SinkTask({
        sink: this.#options.tables.sink(table, 0),
        schema: table.columns,
        notNull: [],
        notNullPolicy: 'drop',
        counters: this.counters,
        counter: 'rejected_rows_out',
        onEnd: () => {},
      });
      this.#sideSinks.set(name, task);
      this.#sinks.push(task);
    }
    return new RejectedRows(table, task);
  }
}

/** The first scan below a node, in port order. */
function scanBelow(node: PhysicalNode): PhysicalOf<'scan'> | undefined {
  if (node.kind === 'scan') return node;
  for (const input of inputsOf(node)) {
    const found = scanBelow(input);
    if (found !== undefined) return found;
  }
  return undefined;
}

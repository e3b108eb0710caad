/**
 * The running graph: every node of a physical plan as N subtasks, connected from the sinks upwards.
 *
 * Subtasks share one thread here; since they meet only through `Receiver`, placing them elsewhere is a matter of
 * what stands behind that interface.
 */
import { EngineError } from '../errors.ts';
import type { Sink, Source } from '../connectors/connector.ts';
import type { Encoder } from '../formats/format.ts';
import { type PhysicalNode, type PhysicalOf, inputsOf } from '../plan/physical.ts';
import type { FaultPoints } from '../platform/fault-points.ts';
import type { Clock, PositionedFile, Random } from '../platform/platform.ts';
import type { UserFunction } from '../functions/user/user-function.ts';
import { keyGroupRange } from '../state/key-groups.ts';
import { MemoryBudget, type StateBackend, createStateBackend } from '../state/state.ts';
import { type Batch, BatchBuilder, INSERT } from '../types/batch.ts';
import type { Field } from '../types/schema.ts';
import type { Vector } from '../types/vector.ts';
import { Counters } from './counters.ts';
import { Exchange } from './exchange.ts';
import {
  type GraphContent,
  type GraphMark,
  type GraphRestore,
  type GraphSnapshot,
  type SinkCommittables,
  type Subtask,
  noting,
  regrouped,
  restoreState,
} from './graph-content.ts';
import type { EvalContext, OperatorContext } from './operator.ts';
import { OperatorTask } from './operator-task.ts';
import { OPERATORS, type OperatorKind } from './operators/factories.ts';
import { keyPartitioner } from './partitioner.ts';
import type { Producer, Receiver } from './receiver.ts';
import type { RecordDecoding } from './record-rows.ts';
import { RejectedRows, checkRejectedTable } from './rejected-rows.ts';
import { scanTransform, scanWatermark } from './scan-expressions.ts';
import { SinkTask } from './sink-task.ts';
import { type RunningSource, splitsOf } from './running-source.ts';
import { SourceTask } from './source-task.ts';
import type { StreamDecoding } from './split-reader.ts';
import { ValuesTask } from './values-task.ts';
import type { TableDefinition } from '../types/table-definition.ts';

/** How the runtime reaches tables: parsing of options and the registries stay with the engine. */
export interface TableAccess {
  source(table: TableDefinition): Source;
  /** How the bytes of a scan's splits are decoded; null when its connector gives none. */
  decoder(scan: PhysicalOf<'scan'>): StreamDecoding | null;
  /** How a scan's framed records are decoded; null when its connector gives none. */
  records(scan: PhysicalOf<'scan'>): RecordDecoding | null;
  sink(table: TableDefinition, place: SinkPlace): Sink;
  /** Lets the formats of a table that is written make known how, where somebody must know it. */
  prepareWriting(table: TableDefinition): Promise<void>;
  /** Encodes rows as JSON, for the payload of late rows. */
  jsonEncoder(schema: PhysicalNode['schema']): Encoder;
}

/** Which of a table's sinks in a job. */
export interface SinkPlace {
  readonly subtask: number;
  readonly parallelism: number;
  /** Of a job with checkpoints: names it, in all its runs. */
  readonly writer: string | null;
}

export interface GraphOptions {
  readonly plan: PhysicalNode;
  readonly tables: TableAccess;
  /** Where the rows of a `collect` root go. */
  readonly collect: Sink | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: FaultPoints;
  readonly timeZone: string;
  readonly parallelism: number;
  readonly batchSize: number;
  readonly chunkSizeBytes: number;
  /** What state may take together, and a scratch file for what is beyond; null = all of it stays in memory. */
  readonly stateMemory?: { readonly limitBytes: number; readonly file: PositionedFile } | null;
  /** Called when a source that was idle has something. */
  readonly onData?: () => void;
  /** The program's own functions, by the name that a plan calls them. */
  readonly functions?: ((name: string) => UserFunction) | undefined;
  /** Of a job with checkpoints: names it, in all its runs. */
  readonly writer: string | null;
  /** State to start from; null = from nothing. */
  readonly restoreFrom: GraphSnapshot | null;
}

interface OperatorEntry extends Subtask {
  readonly task: OperatorTask;
  readonly state: StateBackend;
  /** Whether it has declared any state. */
  readonly stateful: () => boolean;
  /** For each channel, the group of channels that come from the same node. */
  readonly groups: readonly number[];
}

interface SinkEntry {
  readonly name: string;
  readonly subtask: number;
  /** How many share the name. */
  readonly width: number;
  /** Takes what the job could not use. */
  readonly side: boolean;
  readonly task: SinkTask;
}

interface Timer {
  readonly time: number;
  readonly entry: OperatorTask;
}

export class Graph {
  readonly counters = new Counters();
  readonly #options: GraphOptions;
  readonly #budget: MemoryBudget | null;
  readonly #sources: (Subtask & { task: RunningSource; source: Source | null })[] = [];
  readonly #operators: OperatorEntry[] = [];
  readonly #sinks: SinkEntry[] = [];
  #preparing: Set<SinkEntry> = new Set();
  #openSinks = 0;
  /** Sinks of rejected rows, by table: shared by all who reject, closed with the job. */
  readonly #sideSinks = new Map<string, SinkTask>();
  /** The tables that are written, by name. */
  readonly #written = new Map<string, TableDefinition>();
  #timers: Timer[] = [];

  constructor(options: GraphOptions) {
    this.#options = options;
    this.#budget = options.stateMemory ? new MemoryBudget(options.stateMemory) : null;
    this.#buildRoot(options.plan);
    if (options.restoreFrom !== null) this.restore(options.restoreFrom);
  }

  /** Before the first step. Where the parallelism was another one, state and splits are dealt anew. */
  restore(from: GraphRestore): void {
    this.counters.restore(from.counters);
    // Watermarks first, since a source that had ended tells its consumers so at once.
    for (const { node, subtask, task, state, groups } of this.#operators) {
      const saved = from.operators.filter((entry) => entry.node === node);
      const width = this.#operators.filter((entry) => entry.node === node).length;
      const own = saved.find((entry) => entry.subtask === subtask);
      if (saved.length === width && own !== undefined) {
        restoreState(task.name, state, [own.state], keyGroupRange(subtask, width));
        if (own.watermarks.channels.length === groups.length) task.restore(own.watermarks);
        else task.restore(regrouped([own.watermarks], groups));
      } else if (saved.length > 0) {
        const parts = saved.map((entry) => entry.state);
        restoreState(task.name, state, parts, keyGroupRange(subtask, width));
        task.restore(
          regrouped(
            saved.map((entry) => entry.watermarks),
            groups,
          ),
        );
      }
    }
    for (const { task } of this.#operators) task.finishIfDone();
    for (const { node, subtask, task } of this.#sources) {
      const all = from.sources.filter((entry) => entry.node === node);
      const saved = all.find((entry) => entry.subtask === subtask);
      const width = this.#sources.filter((entry) => entry.node === node).length;
      if (saved !== undefined && all.length === width && from.planChanged !== true) {
        const others = all.filter((entry) => entry !== saved);
        task.restore(saved.state, new Set(others.flatMap(({ state }) => splitsOf(state))));
      } else if (all.length > 0) task.redeal(all.map(({ state }) => state));
    }
  }

  get sources(): readonly RunningSource[] {
    return this.#sources.map(({ task }) => task);
  }

  get sinks(): readonly SinkTask[] {
    return this.#sinks.map(({ task }) => task);
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

  /** Lets operators that wait for the outside hand on what came back; whether there was any. */
  resume(): boolean {
    let progress = false;
    for (const { task } of this.#operators) if (task.resume()) progress = true;
    return progress;
  }

  /** What to wait for before the next step: for each operator that can take no more, that something came back. */
  get full(): readonly Promise<void>[] {
    return this.#operators.map(({ task }) => task.full).filter((full) => full !== null);
  }

  /** Rows that wait for the outside. */
  get inFlight(): number {
    return this.#operators.reduce((sum, { task }) => sum + task.inFlight, 0);
  }

  fireTimers(nowMs: number): boolean {
    const due = this.#timers.filter((timer) => timer.time <= nowMs).sort((a, b) => a.time - b.time);
    if (due.length === 0) return false;
    this.#timers = this.#timers.filter((timer) => timer.time > nowMs);
    for (const timer of due) timer.entry.onTimer(timer.time);
    return true;
  }

  snapshot(): GraphSnapshot {
    return this.#content(({ state }) => state.snapshot());
  }

  /** As `snapshot`, without a copy: whoever takes the marks releases them. */
  mark(): GraphMark {
    return this.#content(({ state, stateful }) => (stateful() ? state.mark() : null));
  }

  /** The nodes that keep state. */
  get statefulNodes(): ReadonlySet<number> {
    return new Set(this.#operators.filter(({ stateful }) => stateful()).map(({ node }) => node));
  }

  #content<State>(stateOf: (entry: OperatorEntry) => State): GraphContent<State> {
    return {
      sources: this.#sources.map(({ node, subtask, task }) => ({ node, subtask, state: task.snapshot() })),
      operators: this.#operators.map((entry) => ({
        node: entry.node,
        subtask: entry.subtask,
        watermarks: { ...entry.task.snapshot(), groups: entry.groups },
        state: stateOf(entry),
      })),
      counters: this.counters.snapshot(),
    };
  }

  /** Closes the epoch of every sink: what was written is durable, or prepared to be made visible. */
  prepareSinks(epoch: number): Promise<readonly SinkCommittables[]> {
    this.#preparing = new Set(this.#sinks);
    return Promise.all(
      this.#sinks.map(async (entry) => {
        const { name, subtask, task } = entry;
        const committables = await task.prepare(epoch);
        this.#preparing.delete(entry);
        return { sink: name, subtask, committables };
      }),
    );
  }

  /** The sinks that `prepareSinks` waits for, by table. */
  get preparing(): readonly string[] {
    return [...new Set([...this.#preparing].map(({ name }) => name))];
  }

  async commitSinks(prepared: readonly SinkCommittables[]): Promise<void> {
    await Promise.all(
      this.#sinks.map(({ name, subtask, task }) => {
        const own = prepared.find((entry) => entry.sink === name && entry.subtask === subtask);
        return own === undefined ? undefined : task.commit(own.committables);
      }),
    );
  }

  /** What the formats of tables that are written do before the first row. */
  async prepareTables(): Promise<void> {
    for (const table of this.#written.values()) await this.#options.tables.prepareWriting(table);
  }

  /** Before the first step of a job with checkpoints; the sinks of `prepared` that are no more are returned. */
  async recoverSinks(prepared: readonly SinkCommittables[]): Promise<readonly SinkCommittables[]> {
    for (const { name, subtask, width, task } of this.#sinks) {
      const own = prepared.filter((entry) => entry.sink === name && entry.subtask % width === subtask);
      await task.recover(own.flatMap(({ committables }) => committables));
    }
    return prepared.filter(({ sink }) => !this.#sinks.some(({ name }) => name === sink));
  }

  /** Tells the sources that what they had read by `mark` need not be read again. */
  async tellSources(mark: GraphContent<unknown>): Promise<void> {
    for (const { node, subtask, source } of this.#sources) {
      const saved = mark.sources.find((entry) => entry.node === node && entry.subtask === subtask);
      const { positions: read = [], ends = [] } = saved?.state ?? {};
      const positions = [...read, ...ends].map(({ id, position }) => ({ split: id, position }));
      await source?.onCheckpoint?.(positions);
    }
  }

  /** Ends every source where it stands: the final watermark follows, and the end. */
  drain(): void {
    for (const { task } of this.#sources) task.drain();
  }

  /** What a person wants to know of sources and sinks, by name; what several tell under one name is summed. */
  get gauges(): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {};
    const all = [
      ...this.#sources.map(({ source }) => source?.gauges?.()),
      ...this.#sinks.map(({ task }) => task.gauges),
    ];
    for (const gauges of all)
      for (const [name, value] of Object.entries(gauges ?? {})) sums[name] = (sums[name] ?? 0) + value;
    return sums;
  }

  /**
   * Closes everything, whatever fails on the way; the first failure is thrown at the end. Once something has failed
   * the sinks that are still open are told so, but for those that hold what the job could not use: without checkpoints
   * nothing brings that back.
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
    for (const { task, source } of this.#sources) {
      await attempt(() => task.close());
      await attempt(() => source?.close());
    }
    for (const { task, side } of this.#sinks) {
      const keep = side && this.#options.writer === null;
      await attempt(() => task.close(keep || (clean && failures.length === 0)));
    }
    this.#budget?.close();
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
        producer.connect(this.#addSink(collect, node, { name: 'collect', subtask, width: producers.length }));
      } else {
        const sink = this.#sinkOf(node.table, {
          subtask,
          parallelism: producers.length,
          writer: this.#options.writer,
        });
        const name = node.table.path.join('.');
        producer.connect(this.#addSink(sink, node, { name, subtask, width: producers.length }));
      }
    });
  }

  #addSink(
    sink: Sink,
    node: PhysicalOf<'sink'> | PhysicalOf<'collect'>,
    place: Pick<SinkEntry, 'name' | 'subtask' | 'width'>,
  ): SinkTask {
    this.#openSinks++;
    const task = new SinkTask({
      sink,
      schema: node.schema,
      notNull: node.notNull,
      notNullPolicy: node.notNullPolicy,
      keyOnlyDeletes: node.kind === 'sink' && node.keyOnlyDeletes,
      counters: this.counters,
      counter: 'rows_out',
      onEnd: () => this.#openSinks--,
    });
    this.#sinks.push({ ...place, side: false, task });
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
      const groups = inputs.flatMap(({ exchange, producers }, port) =>
        (exchange === null ? producers.filter((_, i) => i % width === subtask) : producers).map(() => port),
      );
      return this.#addOperator(node, subtask, width, groups);
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
    groups: readonly number[],
  ): OperatorTask {
    const { clock, random, batchSize } = this.#options;
    const evalContext = this.#evalContext();
    const state = createStateBackend({ clock, budget: this.#budget });
    let stateful = false;
    const task = new OperatorTask(
      `${node.kind} ${node.id}`,
      Math.max(1, groups.length),
      inputsOf(node).map((input) => input.schema),
      evalContext,
    );
    const context: OperatorContext = {
      output: task,
      state: noting(state, () => (stateful = true)),
      clock,
      random,
      eval: evalContext,
      counters: this.counters,
      batchSize,
      subtask,
      parallelism: width,
      lateRow: this.#lateRows(node),
      wake: () => this.#options.onData?.(),
      scheduleTimer: (time) => this.#timers.push({ time, entry: task }),
    };
    const factory = OPERATORS[node.kind] as (
      node: PhysicalNode,
      context: OperatorContext,
    ) => ReturnType<(typeof OPERATORS)['calc']>;
    task.attach(factory(node, context), () => state.relax());
    this.#operators.push({ node: node.id, subtask, task, state, stateful: () => stateful, groups });
    return task;
  }

  #buildScan(node: PhysicalOf<'scan'>): readonly Producer[] {
    const { tables, clock, faults, parallelism, batchSize, chunkSizeBytes } = this.#options;
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
        faults,
        counters: this.counters,
        batchSize,
        chunkSizeBytes,
        subtask,
        parallelism,
      });
      this.#sources.push({ node: node.id, subtask, task, source });
      return task;
    });
  }

  #evalContext(): EvalContext {
    const { clock, random, timeZone } = this.#options;
    return {
      now: () => clock.now(),
      random: () => random.next(),
      timeZone,
      watermark: -Infinity,
      userFunction: this.#options.functions,
    };
  }

  #buildValues(node: PhysicalOf<'values'>): readonly Producer[] {
    const task = new ValuesTask(node, this.counters);
    this.#sources.push({ node: node.id, subtask: 0, task, source: null });
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

  #sinkOf(table: TableDefinition, place: SinkPlace): Sink {
    this.#written.set(table.path.join('.'), table);
    return this.#options.tables.sink(table, place);
  }

  #rejectedRows(table: TableDefinition, option: string): RejectedRows {
    checkRejectedTable(table, option);
    const name = table.path.join('.');
    const { writer } = this.#options;
    let task = this.#sideSinks.get(name);
    if (task === undefined) {
      task = new SinkTask({
        sink: this.#sinkOf(table, {
          subtask: 0,
          parallelism: 1,
          // The job's own rows may go to the same place.
          writer: writer === null ? null : `${writer}-rejected`,
        }),
        schema: table.columns,
        notNull: [],
        notNullPolicy: 'drop',
        counters: this.counters,
        counter: 'rejected_rows_out',
        onEnd: () => {},
      });
      this.#sideSinks.set(name, task);
      this.#sinks.push({ name: `rejected ${name}`, subtask: 0, width: 1, side: true, task });
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

/**
 * Aggregates per key and window of event time: what `window-aggregate.ts` and `attached-window-aggregate.ts` run on.
 *
 * State: one record per key and *pane*, its accumulators. A pane is a slice of time (`windowing.ts`), so that a row
 * updates one record however many windows it lies in; a window's result is its panes merged when it fires. CUMULATE
 * merges each slice once, into the pane of what its window holds so far. Where accumulators cannot be merged to the
 * same result (DISTINCT, values kept for retraction, LISTAGG) panes are whole windows and a row goes into each of its
 * own. A pane is freed when its last window has fired.
 *
 * Each row is judged at the watermark before it: it is late when all of its windows have fired, and is then counted
 * and handed to `lateRow`. A mark fires, in order of their ends, the windows whose end − 1 ms it reaches, then goes
 * on. Within a window keys come in order of their first row. All keys of a batch are looked up at once: which pane a
 * row belongs to and whether it is late follows from the batch's times and marks alone; only firing divides the batch.
 * O(1) per row, O(keys per open pane) space; firing costs O(keys) per pane of the window.
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import { ascending } from '../../state/ascending.ts';
import type { Cell, Table } from '../../state/state.ts';
import { type Batch, BatchBuilder } from '../../types/batch.ts';
import type { F64Builder } from '../../types/column-builder.ts';
import { DOUBLE, type DataType, notNull, timestamp } from '../../types/data-type.ts';
import type { Field } from '../../types/schema.ts';
import type { F64Vector, Vector } from '../../types/vector.ts';
import { AggregateProgram } from './aggregate-program.ts';
import { type Pane, PaneList } from './pane-list.ts';
import {
  type LoopOptions,
  ROWS_FIELD,
  type WindowLoops,
  WindowOutput,
  type WindowTimes,
  windowLoops,
} from './window-loops.ts';
import { type WindowClock, type Windowing, firstOpenEnd } from './windowing.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { NO_MARKS } from '../rows/marks.ts';

/** Assigns the rows of a batch to panes; see `WindowRows`. */
export interface PaneRows {
  /** The batch to go on with, whose rows the other members then describe. */
  assign(batch: Batch, watermark: number): Batch;
  readonly panes: Float64Array;
  readonly paneVector: F64Vector;
  readonly counts: Uint8Array;
  /** Whether rows with `counts` 0 are possible that are not late. */
  readonly hasGaps: boolean;
  readonly lateCount: number;
  /** No window that a row of the batch lies in fires before this watermark. */
  readonly soonestFire: number;
}

export interface PaneOptions {
  readonly node: Pick<
    PhysicalOf<'window-aggregate'>,
    'keys' | 'aggregates' | 'inputRetracts' | 'schema' | 'properties' | 'input'
  >;
  readonly windowing: Windowing;
  readonly clock: WindowClock;
  /** How windows and panes go together where accumulators can be merged. */
  readonly kind: 'window' | 'hop' | 'cumulate';
  rows(shape: 'slice' | 'open-slice' | 'window'): PaneRows;
}

/** Records with an accumulator each, and the loops over them. */
interface Records {
  readonly table: Table;
  readonly loops: WindowLoops;
}

/** The pane number of what is merged for one firing and gone after it. */
const MERGED = -Infinity;
/** Records between two places where memory beyond the budget may go. */
const RELAX_EVERY = 1024;

export class PaneAggregate implements Operator {
  readonly #node: PaneOptions['node'];
  readonly #kind: PaneOptions['kind'];
  readonly #context: OperatorContext;
  readonly #windowing: Windowing;
  readonly #clock: WindowClock;
  readonly #program: AggregateProgram;
  readonly #table: Table;
  readonly #loopOptions: LoopOptions;
  readonly #loops: WindowLoops;
  readonly #own: Records;
  /** Where hopping windows are put together; empty between two firings. */
  #scratch: Records | null = null;
  readonly #output: WindowOutput;
  readonly #rows: PaneRows;
  readonly #watermark: Cell;
  readonly #arrivals: Cell;
  readonly #flattener: ReturnType<AggregateProgram['flattener']>;
  readonly #keyCount: number;
  /** Number of the first row behind a record, where panes are merged: orders the keys of a window. */
  readonly #firstField: number;
  /** Key columns and pane of records that are to be merged. */
  readonly #mergeKeys: BatchBuilder;
  readonly #windowVector: F64Vector = { kind: 'f64', valid: null, data: new Float64Array(1) };
  /** Follows from the table; made at the first call. */
  #panes: PaneList | null = null;
  #nextFire = Infinity;
  #refs = new Int32Array(0);
  #fresh = new Int32Array(0);
  #targets = new Int32Array(0);

  constructor(options: PaneOptions, context: OperatorContext) {
    const { node, kind } = options;
    this.#node = node;
    this.#kind = kind;
    this.#context = context;
    const input = node.input.schema;
    const keyTypes = node.keys.map((key) => (input[key] as Field).type);
    this.#keyCount = keyTypes.length;
    const paneTypes: readonly DataType[] = [...keyTypes, notNull(timestamp(3))];
    this.#windowing = options.windowing;
    this.#clock = options.clock;
    this.#program = new AggregateProgram(
      {
        calls: node.aggregates,
        input,
        keyTypes: paneTypes,
        functions: context.eval,
        keyFields: keyTypes.length,
        retracts: node.inputRetracts,
        merges: kind !== 'window',
        retentionMs: 0,
        windowKey: keyTypes.length,
      },
      context.state,
    );
    const fields: Field[] = [
      ...paneTypes.map((type, k) => ({ name: k < keyTypes.length ? `k${k}` : 'pane', type })),
      ...this.#program.fields,
    ];
    const rowsField = node.inputRetracts ? fields.push(ROWS_FIELD) - 1 : null;
    const slices = kind !== 'window' && this.#program.mergesInAnyOrder;
    this.#firstField = slices ? fields.push({ name: 'first', type: notNull(DOUBLE) }) - 1 : -1;
    this.#table = context.state.table({
      name: 'panes',
      version: 1,
      fields,
      keyFields: keyTypes.length,
      indexes: [{ kind: 'hash', fields: paneTypes.map((_, k) => k) }],
      sequenced: true,
    });
    this.#program.attach(this.#table, paneTypes.length);
    this.#watermark = context.state.cell({ name: 'watermark', initial: -Infinity, merge: 'min' });
    this.#arrivals = context.state.cell({ name: 'arrivals', initial: 0, merge: 'max' });
    this.#output = new WindowOutput(node.schema, context.output, context.batchSize);
    this.#loopOptions = {
      program: this.#program,
      table: this.#table,
      firstField: paneTypes.length,
      keyCount: keyTypes.length,
      rowsField,
      parts: slices,
      properties: node.properties,
      output: this.#output,
    };
    this.#loops = windowLoops(this.#loopOptions);
    this.#own = { table: this.#table, loops: this.#loops };
    this.#flattener = this.#program.flattener();
    this.#rows = options.rows(slices ? (kind === 'hop' ? 'slice' : 'open-slice') : 'window');
    this.#mergeKeys = new BatchBuilder(paneTypes.map((type, k) => ({ name: `k${k}`, type })));
  }

  process(_port: number, given: Batch): void {
    const panes = (this.#panes ??= this.#loadPanes());
    const batch = this.#rows.assign(given, this.#watermark.value);
    if (this.#rows.lateCount > 0) this.#context.counters.add('late_rows', this.#rows.lateCount);
    const { length } = batch;
    const marks = batch.marks ?? NO_MARKS;
    const fresh = length > 0 ? this.#lookUp(batch) : 0;
    // No mark before this time can fire anything, whatever the rows of the batch add.
    const soonest = Math.min(this.#nextFire, this.#rows.soonestFire);
    let at = 0;
    let nextFresh = 0;
    const advance = (to: number): void => {
      for (; nextFresh < fresh && (this.#fresh[nextFresh] as number) < to; nextFresh++) {
        const row = this.#fresh[nextFresh] as number;
        this.#register(panes, this.#rows.panes[row] as number, this.#refs[row] as number);
      }
      this.#loops.accumulate(this.#refs, batch.kinds, at, to);
      at = to;
    };
    for (let m = 0; m < marks.length; m++) {
      const time = marks.time[m] as number;
      if (time < soonest) continue;
      if (m > 0) this.#passMark(marks.time[m - 1] as number);
      advance(marks.row[m] as number);
      if (time < this.#nextFire) continue;
      this.#fire(panes, this.#watermark.value, time);
      this.#passMark(time);
    }
    if (at < length) advance(length);
    this.#program.finish();
    if (marks.length > 0) this.#passMark(marks.time[marks.length - 1] as number);
    this.#arrivals.value += length;
    this.#output.flush();
  }

  #passMark(time: number): void {
    this.#output.builder.mark(time);
    this.#watermark.value = Math.max(this.#watermark.value, time);
  }

  /** Finds or makes the record of every row that counts; returns how many were made, their rows in `#fresh`. */
  #lookUp(batch: Batch): number {
    const { length, vectors } = batch;
    if (length > this.#refs.length) {
      this.#refs = new Int32Array(2 * length);
      this.#fresh = new Int32Array(2 * length);
    }
    const mask = this.#rows.lateCount > 0 || this.#rows.hasGaps ? this.#rows.counts : null;
    const keys = [...this.#node.keys.map((key) => vectors[key] as Vector), this.#rows.paneVector];
    const index = this.#table.hash(0);
    index.upsertAll(keys, length, this.#refs, mask);
    const count = index.freshCount;
    for (let k = 0; k < count; k++) {
      const row = index.freshRows[k] as number;
      this.#fresh[k] = row;
      this.#start(this.#refs[row] as number, this.#arrivals.value + row);
    }
    this.#program.prepare(keys, vectors, length, mask);
    this.#loops.bindInput(this.#flattener.flatten(vectors, length) as readonly Vector[], this.#arrivals.value);
    return count;
  }

  #start(ref: number, first: number): void {
    this.#loops.start(ref);
    if (this.#firstField >= 0) this.#table.setNumber(ref, this.#firstField, first);
  }

  #register(panes: PaneList, pane: number, ref: number): void {
    if (panes.add(pane, ref)) this.#nextFire = Math.min(this.#nextFire, this.#fireTimeOf(pane, this.#watermark.value));
  }

  #loadPanes(): PaneList {
    const panes = new PaneList();
    this.#table.scan().forEach((ref, k) => {
      if (k % RELAX_EVERY === 0) this.#context.state.relax();
      this.#register(panes, this.#table.getNumber(ref, this.#keyCount), ref);
    });
    return panes;
  }

  /** When the first window around a pane that has not fired at `watermark` fires. */
  #fireTimeOf(pane: number, watermark: number): number {
    return this.#clock.fireTime(this.#firstOpenEnd(pane, watermark));
  }

  #firstOpenEnd(pane: number, watermark: number): number {
    let end = pane;
    if (this.#isSoFar(pane)) end = this.#soFarStart(pane) + this.#windowing.everyMs;
    else if (this.#merges) end = this.#windowing.firstEnd(pane);
    return firstOpenEnd(this.#clock, end, this.#windowing.everyMs, watermark);
  }

  /** Whether windows consist of several panes. */
  get #merges(): boolean {
    return this.#firstField >= 0;
  }

  #fire(panes: PaneList, before: number, watermark: number): void {
    if (!this.#merges) this.#fireWindows(panes, watermark);
    else if (this.#kind === 'hop') this.#fireHops(panes, before, watermark);
    else this.#fireSteps(panes, before, watermark);
    this.#nextFire = Infinity;
    for (const pane of panes.panes) {
      this.#nextFire = Math.min(this.#nextFire, this.#fireTimeOf(pane.number, watermark));
    }
  }

  /** Panes are windows. */
  #fireWindows(panes: PaneList, watermark: number): void {
    for (let pane = panes.panes[0]; pane !== undefined; pane = panes.panes[0]) {
      if (this.#clock.fireTime(pane.number) > watermark) return;
      this.#own.loops.emit(pane.refs, pane.count, this.#timesOf(pane.number));
      this.#drop(panes, pane);
    }
  }

  #fireHops(panes: PaneList, before: number, watermark: number): void {
    const { everyMs } = this.#windowing;
    let end = -Infinity;
    for (let first = panes.panes[0]; first !== undefined; first = panes.panes[0]) {
      end = Math.max(end, this.#firstOpenEnd(first.number, before));
      if (this.#clock.fireTime(end) > watermark) return;
      const start = this.#windowing.startOf(end);
      const inside = panes.panes.filter((pane) => pane.number > start && pane.number <= end);
      const scratch = (this.#scratch ??= this.#makeScratch());
      const merged = new PaneList();
      for (const pane of inside) this.#mergeInto(scratch, merged, { pane, number: MERGED });
      this.#emitByArrival(scratch, merged.panes[0] as Pane, end);
      scratch.table.clear();
      for (const pane of inside) if (this.#windowing.lastEnd(pane.number) <= end) this.#drop(panes, pane);
      end += everyMs;
    }
  }

  // What a cumulating window holds so far has the pane number start + ½, which is no slice's end.

  #isSoFar(pane: number): boolean {
    return pane !== Math.floor(pane);
  }

  #soFarStart(pane: number): number {
    return Math.floor(pane);
  }

  #fireSteps(panes: PaneList, before: number, watermark: number): void {
    for (;;) {
      let end = Infinity;
      for (const { number } of panes.panes) end = Math.min(end, this.#firstOpenEnd(number, before));
      if (this.#clock.fireTime(end) > watermark || end === Infinity) return;
      const start = this.#windowing.startOf(end);
      const slice = panes.get(end);
      if (slice !== undefined) {
        this.#mergeInto(this.#own, panes, { pane: slice, number: start + 0.5 });
        this.#drop(panes, slice);
      }
      const soFar = panes.get(start + 0.5) as Pane;
      this.#emitByArrival(this.#own, soFar, end);
      if (end === this.#windowing.lastEnd(end)) this.#drop(panes, soFar);
      // All up to this window is done now, whatever the watermark was before.
      before = this.#clock.fireTime(end);
    }
  }

  /** Merges the records of a pane into those of the same keys that are pane `number` in `target`. */
  #mergeInto(
    target: Records,
    panes: PaneList,
    { pane, number }: { readonly pane: Pane; readonly number: number },
  ): void {
    const chunk = Math.max(64, this.#context.batchSize);
    const index = target.table.hash(0);
    const builder = this.#mergeKeys;
    if (this.#targets.length < chunk) this.#targets = new Int32Array(chunk);
    const targets = this.#targets;
    for (let from = 0; from < pane.count; from += chunk) {
      const refs = pane.refs.subarray(from, Math.min(from + chunk, pane.count));
      const { length } = refs;
      builder.reset();
      builder.addInserts(length);
      for (let k = 0; k < length; k++) this.#table.copyAllTo(refs[k] as number, 0, builder.columns, k);
      (builder.columns[this.#keyCount] as F64Builder).data.fill(number, 0, length);
      index.upsertAll(builder.build().vectors, length, targets);
      for (let k = 0; k < index.freshCount; k++) {
        const ref = targets[index.freshRows[k] as number] as number;
        target.loops.start(ref);
        target.table.setNumber(ref, this.#firstField, Infinity);
        panes.add(number, ref);
      }
      target.loops.merge(refs, targets, length);
      for (let k = 0; k < length; k++) {
        const ref = targets[k] as number;
        const first = this.#table.getNumber(refs[k] as number, this.#firstField);
        if (first < target.table.getNumber(ref, this.#firstField)) target.table.setNumber(ref, this.#firstField, first);
      }
      this.#context.state.relax();
    }
  }

  #emitByArrival({ table, loops }: Records, pane: Pane, end: number): void {
    const refs = pane.refs.subarray(0, pane.count);
    const firsts = new Float64Array(pane.count);
    for (let k = 0; k < pane.count; k++) {
      if (k % RELAX_EVERY === 0) this.#context.state.relax();
      firsts[k] = table.getNumber(refs[k] as number, this.#firstField);
    }
    const order = ascending(firsts);
    if (order !== null) refs.set(order.map((k) => refs[k] as number));
    loops.emit(refs, pane.count, this.#timesOf(end));
  }

  #timesOf(end: number): WindowTimes {
    return { start: this.#windowing.startOf(end), end, time: this.#clock.toInstant(end - 1) };
  }

  /** Records of the same layout as the table's, for the time of one firing. */
  #makeScratch(): Records {
    const table = this.#context.state.scratch(this.#table.declaration);
    return { table, loops: windowLoops({ ...this.#loopOptions, table, mergesFrom: this.#table }) };
  }

  #drop(panes: PaneList, pane: Pane): void {
    panes.delete(pane);
    if (pane.count === this.#table.size) this.#table.clear();
    else this.#table.removeAll(pane.refs, pane.count);
    if (!this.#program.hasSideTables) return;
    this.#windowVector.data[0] = pane.number;
    this.#program.drop(this.#windowVector);
  }
}

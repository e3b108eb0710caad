/**
 * Aggregates per key and session: rows of a key whose intervals [time, time + gap] touch, ends included, are one session.
 *
 * State: one record per open session (key, bounds, accumulators), in a list per key, and in one order by the time at
 * which it is next looked at; a session that grew is put back there when that time comes, so that a row that prolongs
 * its session costs no reordering. Where accumulators cannot be merged to the same result (DISTINCT, values kept for
 * retraction, LISTAGG) the rows of open sessions are kept instead and aggregated when the session fires.
 *
 * A row first takes its place: it joins the sessions of its key that it touches, and these become one. Only then it is
 * judged: a row that joins none is late when its own interval has fired. Sessions fire in order of their ends, those
 * with equal ends in order of their first row. O(log sessions) per new session, O(sessions of the key) per row.
 */
import { EngineError } from '../../errors.ts';
import type { PhysicalOf } from '../../plan/physical.ts';
import type { Cell, Table } from '../../state/state.ts';
import type { Batch } from '../../types/batch.ts';
import { DOUBLE, notNull, timestamp } from '../../types/data-type.ts';
import type { Field } from '../../types/schema.ts';
import type { F64Vector, Vector } from '../../types/vector.ts';
import { AggregateProgram } from '../aggregate/aggregate-program.ts';
import { F64Columns } from '../aggregate/f64-columns.ts';
import { SessionRows } from '../aggregate/session-rows.ts';
import { ROWS_FIELD, type WindowLoops, WindowOutput, windowLoops } from '../aggregate/window-loops.ts';
import { type WindowClock, windowClock } from '../aggregate/windowing.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { NO_MARKS } from '../rows/marks.ts';

type Node = PhysicalOf<'window-aggregate'>;

class SessionAggregate implements Operator {
  readonly #node: Node;
  readonly #context: OperatorContext;
  readonly #gapMs: number;
  readonly #clock: WindowClock;
  readonly #program: AggregateProgram;
  readonly #table: Table;
  readonly #loops: WindowLoops;
  readonly #output: WindowOutput;
  readonly #flattener: ReturnType<AggregateProgram['flattener']>;
  /** Where rows are kept until their session fires; `null` where accumulators are merged. */
  readonly #kept: SessionRows | null;
  readonly #watermark: Cell;
  readonly #arrivals: Cell;
  readonly #nextId: Cell;
  /** Fields of the session record behind the keys. */
  readonly #id: number;
  readonly #start: number;
  readonly #end: number;
  readonly #look: number;
  /** Bounds of the sessions that the rows of the batch open, by row. */
  readonly #opened = new F64Columns(4);
  readonly #target = new Int32Array(1);
  readonly #merged = new Int32Array(1);
  #batch: Batch = { length: 0, vectors: [], kinds: null, marks: null };
  #refs = new Int32Array(0);
  #nextFire = -Infinity;

  constructor(node: Node, gapMs: number, context: OperatorContext) {
    this.#node = node;
    this.#context = context;
    this.#gapMs = gapMs;
    const input = node.input.schema;
    const keyTypes = node.keys.map((key) => (input[key] as Field).type);
    const keyCount = keyTypes.length;
    this.#clock = windowClock((input[node.timeColumn] as Field).type.kind === 'TIMESTAMP_LTZ', context.eval.timeZone);
    this.#program = new AggregateProgram(
      {
        calls: node.aggregates,
        input,
        keyTypes: [...keyTypes, notNull(DOUBLE)],
        functions: context.eval,
        keyFields: keyCount,
        retracts: node.inputRetracts,
        merges: true,
        retentionMs: 0,
        windowKey: keyCount,
      },
      context.state,
    );
    const bounds: Field[] = [
      { name: 'id', type: notNull(DOUBLE) },
      { name: 'start', type: notNull(timestamp(3)) },
      { name: 'end', type: notNull(timestamp(3)) },
      { name: 'look', type: notNull(timestamp(3)) },
    ];
    [this.#id, this.#start, this.#end, this.#look] = [keyCount, keyCount + 1, keyCount + 2, keyCount + 3];
    const fields = [...keyTypes.map((type, k) => ({ name: `k${k}`, type })), ...bounds, ...this.#program.fields];
    const rowsField = node.inputRetracts ? fields.push(ROWS_FIELD) - 1 : null;
    this.#table = context.state.table({
      name: 'sessions',
      version: 1,
      fields,
      keyFields: keyCount,
      indexes: [
        { kind: 'list', fields: keyTypes.map((_, k) => k) },
        // By the time of the next look, then by number, which is the order of first rows.
        {
          kind: 'ordered',
          fields: [],
          order: [
            { field: this.#look, descending: false, nullsFirst: false },
            { field: this.#id, descending: false, nullsFirst: false },
          ],
        },
      ],
    });
    this.#program.attach(this.#table, keyCount + bounds.length);
    this.#kept = this.#program.mergesInAnyOrder
      ? null
      : new SessionRows({ keyTypes, input, node, state: context.state, sessions: this.#table });
    this.#watermark = context.state.cell({ name: 'watermark', initial: -Infinity, merge: 'min' });
    this.#arrivals = context.state.cell({ name: 'arrivals', initial: 0, merge: 'max' });
    this.#nextId = context.state.cell({ name: 'next session', initial: 0, merge: 'max' });
    this.#output = new WindowOutput(node.schema, context.output, context.batchSize);
    this.#loops = windowLoops({
      program: this.#program,
      table: this.#table,
      firstField: keyCount + bounds.length,
      keyCount,
      rowsField,
      parts: this.#kept === null,
      properties: node.properties,
      output: this.#output,
    });
    this.#flattener = this.#program.flattener();
  }

  process(_port: number, batch: Batch): void {
    const { length, vectors, kinds } = batch;
    const marks = batch.marks ?? NO_MARKS;
    this.#bind(batch);
    const times = (vectors[this.#node.timeColumn] as F64Vector | undefined)?.data;
    // Rows before this one are in their accumulators.
    let done = 0;
    const accumulate = (to: number): void => {
      if (this.#kept === null) this.#loops.accumulate(this.#refs, kinds, done, to);
      done = to;
    };
    let m = 0;
    for (let i = 0; i <= length; i++) {
      for (; m < marks.length && (marks.row[m] as number) <= i; m++) {
        const time = marks.time[m] as number;
        if (time < this.#nextFire) continue;
        if (m > 0) this.#passMark(marks.time[m - 1] as number);
        accumulate(i);
        this.#fire(time);
        this.#passMark(time);
      }
      if (i === length) break;
      if (m > 0) this.#watermark.value = Math.max(this.#watermark.value, marks.time[m - 1] as number);
      this.#place(batch, i, this.#clock.toLocal(times?.[i] as number), accumulate);
    }
    accumulate(length);
    if (marks.length > 0) this.#passMark(marks.time[marks.length - 1] as number);
    this.#arrivals.value += length;
    this.#output.flush();
  }

  #bind(batch: Batch): void {
    const { length, vectors } = batch;
    this.#batch = batch;
    if (length === 0) return;
    if (length > this.#refs.length) this.#refs = new Int32Array(2 * length);
    this.#opened.reserve(length);
    const keys = this.#node.keys.map((key) => vectors[key] as Vector);
    this.#table.list(0).bind(keys, length);
    this.#table.bind([...keys, ...this.#opened.vectors], length);
    this.#kept?.bind(keys, vectors, length);
    this.#loops.bindInput(this.#flattener.flatten(vectors, length) as readonly Vector[], this.#arrivals.value);
  }

  #passMark(time: number): void {
    this.#output.builder.mark(time);
    this.#watermark.value = Math.max(this.#watermark.value, time);
  }

  /** Finds or opens the session of row `i`; `accumulate` must run before sessions become one. */
  #place(batch: Batch, i: number, time: number, accumulate: (to: number) => void): void {
    const table = this.#table;
    const list = table.list(0);
    let start = time;
    let end = time + this.#gapMs;
    let target = 0;
    const touched: number[] = [];
    for (let ref = list.find(i); ref !== 0; ref = list.next(ref)) {
      if (table.getNumber(ref, this.#start) > time + this.#gapMs || table.getNumber(ref, this.#end) < time) continue;
      touched.push(ref);
      start = Math.min(start, table.getNumber(ref, this.#start));
      end = Math.max(end, table.getNumber(ref, this.#end));
      if (target === 0 || table.getNumber(ref, this.#id) < table.getNumber(target, this.#id)) target = ref;
    }
    if (target === 0) {
      if (this.#clock.fireTime(end) <= this.#watermark.value) {
        this.#context.counters.add('late_rows', 1);
        this.#context.lateRow?.(batch, i);
        this.#refs[i] = 0;
        return;
      }
      target = this.#open(i, start, end);
    } else {
      if (touched.length > 1) {
        accumulate(i);
        for (const ref of touched) if (ref !== target) this.#absorb(target, ref);
      }
      table.setNumber(target, this.#start, start);
      table.setNumber(target, this.#end, end);
    }
    this.#refs[i] = target;
    this.#kept?.add(i, table.getNumber(target, this.#id), this.#arrivals.value + i, batch.kinds?.[i] ?? 0);
  }

  #open(i: number, start: number, end: number): number {
    this.#opened.set(i, [this.#nextId.value++, start, end, end]);
    const ref = this.#table.insert(i);
    this.#loops.start(ref);
    this.#nextFire = Math.min(this.#nextFire, this.#clock.fireTime(end));
    return ref;
  }

  #absorb(target: number, ref: number): void {
    if (this.#kept === null) {
      this.#target[0] = target;
      this.#merged[0] = ref;
      this.#loops.merge(this.#merged, this.#target, 1);
    } else this.#kept.move(ref, target);
    this.#table.remove(ref);
  }

  #fire(watermark: number): void {
    const order = this.#table.ordered(1);
    for (let ref = order.first(order.root()); ref !== 0; ref = order.first(order.root())) {
      const look = this.#table.getNumber(ref, this.#look);
      this.#nextFire = this.#clock.fireTime(look);
      if (this.#nextFire > watermark) return;
      const end = this.#table.getNumber(ref, this.#end);
      if (end > look) this.#table.move(ref, this.#look, end);
      else this.#close(ref, end);
    }
    this.#nextFire = Infinity;
  }

  #close(ref: number, end: number): void {
    if (this.#kept !== null) this.#aggregateKept(ref, this.#kept);
    this.#target[0] = ref;
    this.#loops.emit(this.#target, 1, {
      start: this.#table.getNumber(ref, this.#start),
      end,
      time: this.#clock.toInstant(end - 1),
    });
    this.#table.remove(ref);
  }

  #aggregateKept(ref: number, kept: SessionRows): void {
    const { keys, batch, ids } = kept.take(ref);
    const { length, vectors } = batch;
    this.#program.prepare([...keys, ids], vectors, length, null);
    this.#loops.bindInput(this.#flattener.flatten(vectors, length) as readonly Vector[], 0);
    this.#loops.accumulate(new Int32Array(length).fill(ref), batch.kinds, 0, length);
    this.#program.drop(ids);
    // The loops and kept values have bound tables to other columns meanwhile.
    this.#bind(this.#batch);
  }
}

export function sessionAggregateOperator(node: Node, context: OperatorContext): Operator {
  if (node.window.kind !== 'session') {
    throw new EngineError('internal_error', `a ${node.window.kind} window is not a session`);
  }
  return new SessionAggregate(node, node.window.gapMs, context);
}

/**
 * Calls functions of the program that give promises, several rows at a time, and hands each row on when all of its calls
 * have come back.
 *
 * State: the rows in flight and the marks between them, in order of arrival, freed as they go on; the results are not
 * part of it, so after a restore the calls of all rows in flight are made again. Ordered, a row goes on when all before it
 * have; else as soon as it has come back, but never across a mark: what is late behind the operator is what was late
 * before it. `concurrency` bounds the calls under way, and while that many rows wait the driver brings no more; of the
 * batch at hand the rest stand in the queue. O(1) per row besides the calls.
 *
 * Results come back between two steps of the driver (`wake`), and go on in one of them (`resume`).
 */
import { EngineError } from '../../errors.ts';
import { callError } from '../../functions/user/call-error.ts';
import { argumentTypes } from '../../functions/user/signature.ts';
import type { AsyncUserFunction } from '../../functions/user/user-function.ts';
import type { PhysicalOf } from '../../plan/physical.ts';
import type { Table } from '../../state/state.ts';
import { type Batch, BatchBuilder, INSERT } from '../../types/batch.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import { columnBuilder } from '../../types/column-builder.ts';
import { DOUBLE, INT, notNull, withNullable, withoutTimeAttribute } from '../../types/data-type.ts';
import { type FromJs, type JsValue, fromJs, toJs } from '../../types/js-value.ts';
import type { Field, Schema } from '../../types/schema.ts';
import { type Value, type Vector, getValue } from '../../types/vector.ts';
import { userFunctionOf } from '../compile/definition.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { NO_MARKS } from '../rows/marks.ts';

interface Call {
  readonly definition: AsyncUserFunction;
  readonly args: readonly number[];
  readonly argTypes: Schema;
  readonly give: FromJs;
}

/** A row or a mark in the queue. */
interface Entry {
  readonly ref: number;
  /** NaN for a row. */
  readonly mark: number;
  state: 'waiting' | 'called' | 'back';
  left: number;
  readonly results: Value[];
  error: unknown;
}

const ROW_KIND: Field = { name: 'kind', type: notNull(INT) };
const MARK: Field = { name: 'mark', type: DOUBLE };

class AsyncCall implements Operator {
  readonly #width: number;
  readonly #context: OperatorContext;
  readonly #calls: readonly Call[];
  readonly #ordered: boolean;
  readonly #concurrency: number;
  readonly #table: Table;
  readonly #fields: Schema;
  readonly #output: BatchBuilder;
  /** Reads a record's fields back, to call with. */
  readonly #scratch: readonly ColumnBuilder[];
  /** In order of arrival; null until the first call, since it follows from the table. */
  #queue: Entry[] | null = null;
  /** Entries of the queue, from its head, whose calls are made. */
  #called = 0;
  /** Calls under way. */
  #active = 0;
  #closed = false;
  #back: PromiseWithResolvers<void> | null = null;
  readonly #timers = new Set<() => void>();

  constructor(node: PhysicalOf<'async-call'>, context: OperatorContext) {
    this.#context = context;
    this.#width = node.width;
    const input = node.input.schema;
    this.#calls = node.calls.map(({ name, args }, i) => {
      const definition = userFunctionOf(name, context.eval) as AsyncUserFunction;
      const types = argumentTypes(definition, args.length);
      return {
        definition,
        args,
        argTypes: args.map((_, k) => ({ name: '', type: types[k] as Field['type'] })),
        give: fromJs((node.schema[node.width + i] as Field).type, `the result of ${definition.name}`),
      };
    });
    this.#ordered = node.ordered;
    this.#concurrency = Math.min(...this.#calls.map(({ definition }) => definition.concurrency));
    // A mark has no values.
    this.#fields = input.map(({ name, type }) => ({ name, type: withNullable(withoutTimeAttribute(type), true) }));
    this.#table = context.state.table({
      name: 'in flight',
      version: 1,
      fields: [...this.#fields, ROW_KIND, MARK],
      keyFields: 0,
      // Nothing is looked up: what counts is the order of arrival.
      indexes: [{ kind: 'list', fields: [this.#fields.length] }],
      sequenced: true,
    });
    this.#output = new BatchBuilder(node.schema);
    this.#scratch = this.#fields.map(({ type }) => columnBuilder(type));
    for (const column of this.#scratch) column.reserve(1);
  }

  get inFlight(): number {
    return this.#table.size;
  }

  get full(): Promise<void> | null {
    if (this.#table.size < this.#concurrency || this.#active === 0) return null;
    this.#back ??= Promise.withResolvers();
    return this.#back.promise;
  }

  process(_port: number, { length, vectors, kinds, marks }: Batch): void {
    const queue = this.#entries();
    const table = this.#table;
    const kind = columnBuilder(ROW_KIND.type);
    const time = columnBuilder(MARK.type);
    const { length: count, row: markRows, time: markTimes } = marks ?? NO_MARKS;
    kind.reserve(Math.max(1, length));
    time.reserve(Math.max(1, length, count));
    for (let i = 0; i < length; i++) {
      kind.set(i, kinds === null ? INSERT : (kinds[i] as number));
      time.setNull(i);
    }
    const rows = [...vectors.slice(0, this.#fields.length), kind.vector(length), time.vector(length)];
    let mark = 0;
    const passMarks = (row: number): void => {
      for (; mark < count && (markRows[mark] as number) <= row; mark++) {
        this.#addMark(markTimes[mark] as number, queue);
        table.bind(rows, length);
      }
    };
    table.bind(rows, length);
    for (let i = 0; i < length; i++) {
      passMarks(i);
      queue.push(this.#entry(table.insert(i), Number.NaN));
    }
    passMarks(length);
    this.#start();
    this.#emit();
  }

  resume(): boolean {
    this.#entries();
    this.#start();
    return this.#emit();
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
  }

  #addMark(markTime: number, queue: Entry[]): void {
    // Of two marks without a row in between the later one says it all.
    const last = queue.at(-1);
    if (last !== undefined && !Number.isNaN(last.mark)) {
      this.#table.remove(last.ref);
      queue.pop();
    }
    const kind = columnBuilder(ROW_KIND.type);
    const time = columnBuilder(MARK.type);
    kind.reserve(1);
    time.reserve(1);
    kind.set(0, INSERT);
    time.set(0, markTime);
    this.#table.bind([...this.#fields.map(() => null), kind.vector(1), time.vector(1)], 1);
    queue.push(this.#entry(this.#table.insert(0), markTime));
  }

  #entry(ref: number, mark: number): Entry {
    const isMark = !Number.isNaN(mark);
    return { ref, mark, state: isMark ? 'back' : 'waiting', left: this.#calls.length, results: [], error: null };
  }

  #entries(): Entry[] {
    if (this.#queue !== null) return this.#queue;
    const markField = this.#fields.length + 1;
    return (this.#queue = [...this.#table.scan()].map((ref) =>
      this.#entry(ref, this.#table.isNull(ref, markField) ? Number.NaN : this.#table.getNumber(ref, markField)),
    ));
  }

  /** Makes calls for waiting rows, as many as may be under way. */
  #start(): void {
    const queue = this.#entries();
    while (this.#active < this.#concurrency && this.#called < queue.length) {
      const entry = queue[this.#called++] as Entry;
      if (entry.state === 'waiting') this.#call(entry);
    }
  }

  #call(entry: Entry): void {
    entry.state = 'called';
    this.#active++;
    const values = this.#read(entry.ref);
    this.#calls.forEach((call, i) => {
      const args = call.args.map((column, k) => {
        const { type } = call.argTypes[k] as Field;
        return toJs(type)(getValue(values[column] as Vector, 0, type));
      });
      const isSkipped = call.definition.strict && args.includes(null);
      void this.#settle(entry, i, isSkipped ? Promise.resolve(null) : this.#attempt(call, args));
    });
  }

  async #settle(entry: Entry, i: number, result: Promise<Value>): Promise<void> {
    try {
      entry.results[i] = await result;
    } catch (error) {
      entry.error ??= error;
    }
    this.#done(entry);
  }

  #done(entry: Entry): void {
    if (--entry.left > 0) return;
    entry.state = 'back';
    this.#active--;
    if (this.#closed) return;
    this.#back?.resolve();
    this.#back = null;
    this.#context.wake?.();
  }

  /** All attempts of one call, within its time. */
  async #attempt({ definition, give }: Call, args: readonly JsValue[]): Promise<Value> {
    const { name, attempts, retryDelayMs, timeoutMs } = definition;
    const timeOut = Promise.withResolvers<never>();
    // Whoever wins the race below, a time-out after it is nobody's business.
    timeOut.promise.catch(() => {});
    const cancel = this.#schedule(timeoutMs, () => {
      timeOut.reject(new EngineError('user_function_failed', `it gave nothing in ${timeoutMs} ms`));
    });
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return give(await Promise.race([definition.call(...args), timeOut.promise]));
        } catch (error) {
          const isFinal = attempt >= attempts || error instanceof EngineError;
          if (isFinal || this.#closed) throw callError(name, args, error);
        }
        await Promise.race([this.#delay(retryDelayMs), timeOut.promise]).catch((error: unknown) => {
          throw callError(name, args, error);
        });
      }
    } finally {
      cancel();
    }
  }

  #delay(ms: number): Promise<void> {
    return new Promise((resolve) => this.#schedule(ms, resolve));
  }

  #schedule(ms: number, run: () => void): () => void {
    const cancel = this.#context.clock.schedule(ms, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }

  #read(ref: number): readonly Vector[] {
    for (const column of this.#scratch) column.reset();
    this.#table.copyAllTo(ref, 0, this.#scratch, 0);
    return this.#scratch.map((column) => column.vector(1));
  }

  /** Hands on what may go; whether there was any. */
  #emit(): boolean {
    const queue = this.#entries();
    const before = queue.length;
    const called = this.#called;
    let gone = 0;
    /** Where what stays, and what was not looked at, begins. */
    let kept = 0;
    let at = 0;
    for (; at < queue.length; at++) {
      const entry = queue[at] as Entry;
      if (entry.state === 'back' && (kept === 0 || Number.isNaN(entry.mark))) {
        this.#push(entry);
        if (at < called) gone++;
        continue;
      }
      // Nothing passes a mark, and in order nothing passes anything.
      if (this.#ordered || !Number.isNaN(entry.mark)) break;
      if (entry.state === 'waiting') break;
      queue[kept++] = entry;
    }
    queue.splice(kept, at - kept);
    this.#called = called - gone;
    this.#flush();
    return queue.length < before;
  }

  #push(entry: Entry): void {
    const table = this.#table;
    const output = this.#output;
    if (!Number.isNaN(entry.mark)) output.mark(entry.mark);
    else {
      if (entry.error !== null) throw entry.error;
      const kind = table.getNumber(entry.ref, this.#fields.length);
      const at = output.addRow(kind);
      table.copyAllTo(entry.ref, 0, output.columns.slice(0, this.#width), at);
      entry.results.forEach((value, i) => (output.columns[this.#width + i] as ColumnBuilder).set(at, value));
    }
    table.remove(entry.ref);
    if (output.length >= this.#context.batchSize) this.#flush();
  }

  #flush(): void {
    if (this.#output.isEmpty) return;
    this.#context.output.push(this.#output.build());
    this.#output.reset();
  }
}

export function asyncCallOperator(node: PhysicalOf<'async-call'>, context: OperatorContext): Operator {
  return new AsyncCall(node, context);
}

/**
 * The earliest row of each key by rowtime (ties: the one that arrived first), as one +I when the watermark passes it.
 *
 * State: the candidate of each key that has none emitted, freed when it leaves, and the keys that are done, under
 * retention. A row below the watermark is late: dropped and counted. A row of a key that is done is dropped. Rows
 * leave in the order of their times, ties by arrival. Cost: two hash probes and O(log waiting) a row.
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import type { HashIndex, OrderedIndex, Table } from '../../state/state.ts';
import { type Batch, INSERT } from '../../types/batch.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import type { Vector } from '../../types/vector.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { KeyProbe } from '../rows/key-probe.ts';
import { type MarkedRows, walkMarks } from '../rows/marks.ts';
import { RowOutput } from '../rows/row-output.ts';
import { RowStorage } from '../rows/row-storage.ts';
import { timesOf } from '../rows/row-time.ts';

export class FirstByRowtimeOperator implements Operator, MarkedRows {
  readonly #context: OperatorContext;
  readonly #timeColumn: number;
  readonly #timeField: number;
  readonly #storage: RowStorage;
  readonly #waiting: Table;
  readonly #waitingByKey: HashIndex;
  readonly #waitingByTime: OrderedIndex;
  readonly #done: Table;
  readonly #doneByKey: HashIndex;
  readonly #probe: KeyProbe;
  readonly #output: RowOutput;
  readonly #targets: readonly ColumnBuilder[];
  #refs = new Int32Array(1024);
  #keys: readonly Vector[] = [];
  #watermark = -Infinity;

  constructor(node: PhysicalOf<'deduplicate'>, context: OperatorContext) {
    this.#context = context;
    this.#timeColumn = node.timeColumn;
    this.#storage = new RowStorage(node.input.schema, node.keys);
    const { fields, keyFields } = this.#storage;
    const keyCount = keyFields.length;
    this.#timeField = this.#storage.fieldOf(node.timeColumn);
    this.#waiting = context.state.table({
      name: 'waiting',
      version: 1,
      fields,
      keyFields: keyCount,
      indexes: [
        { kind: 'hash', fields: keyFields },
        { kind: 'ordered', fields: [], order: [{ field: this.#timeField, descending: false, nullsFirst: true }] },
      ],
    });
    this.#waitingByKey = this.#waiting.hash(0);
    this.#waitingByTime = this.#waiting.ordered(1);
    this.#done = context.state.table({
      name: 'done',
      version: 1,
      fields: fields.slice(0, keyCount),
      keyFields: keyCount,
      indexes: [{ kind: 'hash', fields: keyFields }],
      retentionMs: node.stateTtlMs,
    });
    this.#doneByKey = this.#done.hash(0);
    this.#probe = new KeyProbe(fields.slice(0, keyCount));
    this.#output = new RowOutput(node.schema, context.output, context.batchSize);
    this.#targets = this.#storage.targets(this.#output, 0);
  }

  process(_port: number, batch: Batch): void {
    this.#watermark = this.#context.eval.watermark;
    this.#done.expire();
    this.#keys = this.#storage.keyVectors(batch.vectors);
    this.#waiting.bind(this.#storage.source(batch.vectors), batch.length);
    walkMarks(batch, this);
    this.#output.flush();
  }

  rows(batch: Batch, from: number, to: number): void {
    // Bound anew, since what a mark released was looked up in between.
    this.#doneByKey.bind(this.#keys, batch.length);
    this.#waitingByKey.bind(this.#keys, batch.length);
    const times = timesOf(batch.vectors[this.#timeColumn] as Vector);
    for (let row = from; row < to; row++) {
      const time = times[row] as number;
      if (time < this.#watermark) {
        this.#context.counters.add('late_rows', 1);
        this.#context.lateRow?.(batch, row);
        continue;
      }
      if (this.#doneByKey.find(row) !== 0) continue;
      const candidate = this.#waitingByKey.find(row);
      if (candidate !== 0) {
        if (time >= this.#waiting.getNumber(candidate, this.#timeField)) continue;
        this.#waiting.remove(candidate);
      }
      this.#waiting.insert(row);
    }
  }

  mark(time: number): void {
    this.#watermark = Math.max(this.#watermark, time);
    this.#probe.clear();
    for (;;) {
      const root = this.#waitingByTime.root();
      if (root === 0) break;
      const ref = this.#waitingByTime.first(root);
      if (this.#waiting.getNumber(ref, this.#timeField) > time) break;
      this.#waiting.copyAllTo(ref, 0, this.#targets, this.#output.addRow(INSERT));
      this.#probe.add(this.#waiting, ref);
      this.#waiting.remove(ref);
    }
    const released = this.#probe.length;
    if (released > 0) {
      if (this.#refs.length < released) this.#refs = new Int32Array(released * 2);
      this.#doneByKey.upsertAll(this.#probe.vectors(), released, this.#refs);
    }
    this.#output.mark(time);
  }
}

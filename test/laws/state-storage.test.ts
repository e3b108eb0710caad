/**
 * The laws of how state is stored: whatever is done to a table, and however its memory is divided, marked, written down,
 * spilled and restored, it holds what a naive list of records holds.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyGroupRange } from '../../src/state/key-groups.ts';
import type { PageShape } from '../../src/state/record-layout.ts';
import {
  MemoryBudget,
  type StateBackend,
  type Table,
  type TableDeclaration,
  type WrittenState,
  createStateBackend,
} from '../../src/state/state.ts';
import { BatchBuilder } from '../../src/types/batch.ts';
import { BIGINT, DOUBLE, INT, STRING, notNull } from '../../src/types/data-type.ts';
import { type Value, type Vector, getValue } from '../../src/types/vector.ts';
import { MarkChecker } from '../support/mark-checker.ts';
import { memoryFile } from '../support/memory-file.ts';
import { type RandomInt, randomOf } from '../support/random.ts';

const DECLARATION: TableDeclaration = {
  name: 'rows',
  version: 1,
  fields: [
    { name: 'k', type: STRING },
    { name: 'id', type: BIGINT },
    { name: 'n', type: notNull(DOUBLE) },
    { name: 'text', type: STRING },
    { name: 'count', type: INT },
  ],
  keyFields: 1,
  indexes: [
    { kind: 'list', fields: [0] },
    { kind: 'hash', fields: [0, 1] },
    { kind: 'ordered', fields: [0], order: [{ field: 2, descending: true, nullsFirst: false }] },
    { kind: 'ordered', fields: [], order: [{ field: 2, descending: false, nullsFirst: false }] },
  ],
  retentionMs: 50,
};

interface Rec {
  readonly k: string | null;
  readonly id: bigint;
  n: number;
  text: string | null;
  count: number;
  /** Order of arrival, and the time of the last write. */
  arrival: number;
  written: number;
}

interface Life {
  readonly name: string;
  readonly pages?: PageShape;
  readonly spills?: boolean;
  /** How a state is written down and read back, if it ever is. */
  readonly restores?: 'alike' | 'dealt' | 'into-other-pages';
  readonly marks?: boolean;
}

const SMALL = { recordWords: 96, heapShift: 6 };
const LIVES: readonly Life[] = [
  { name: 'in memory' },
  { name: 'in small pages, marked', pages: { ...SMALL, spills: false }, marks: true },
  { name: 'restored', restores: 'alike', marks: true },
  { name: 'dealt to three subtasks and back', pages: { ...SMALL, spills: false }, restores: 'dealt' },
  { name: 'restored into other pages', restores: 'into-other-pages' },
  { name: 'spilled', pages: { ...SMALL, spills: true }, spills: true },
  { name: 'spilled, marked', pages: { ...SMALL, spills: true }, spills: true, marks: true },
  { name: 'spilled, restored', pages: { ...SMALL, spills: true }, spills: true, restores: 'alike' },
  { name: 'spilled, dealt', pages: { ...SMALL, spills: true }, spills: true, restores: 'dealt', marks: true },
];

const clock = { time: 0, now: () => clock.time };

class Subject {
  readonly #life: Life;
  readonly #random: RandomInt;
  #state: StateBackend;
  table: Table;
  #marks: MarkChecker;

  constructor(life: Life, random: RandomInt) {
    this.#life = life;
    this.#random = random;
    this.#state = this.#fresh();
    this.table = this.#state.table(DECLARATION);
    this.#marks = new MarkChecker(this.#state, random);
  }

  /** Between two operations. */
  step(): void {
    this.#state.relax();
    if (this.#life.marks === true) this.#marks.step();
    if (this.#life.restores !== undefined && this.#random(12) === 0) this.#restore();
  }

  #fresh(pages = this.#life.pages): StateBackend {
    const budget = this.#life.spills === true ? new MemoryBudget({ limitBytes: 1500, file: memoryFile() }) : null;
    return createStateBackend(pages === undefined ? { clock, budget } : { clock, budget, pages });
  }

  #restore(): void {
    const { restores, pages } = this.#life;
    const written = this.#written();
    if (restores !== 'dealt') {
      const others = { recordWords: 1 << (5 + this.#random(6)), heapShift: 6 + this.#random(4), spills: false };
      this.#state = this.#fresh(restores === 'alike' ? pages : others);
      this.#state.restoreWritten([written]);
    } else {
      const parts = [0, 1, 2].map((subtask) => {
        const part = this.#fresh();
        part.restoreWritten([written], keyGroupRange(subtask, 3));
        part.table(DECLARATION);
        return part.snapshot();
      });
      this.#state = this.#fresh();
      this.#state.restore(parts);
    }
    this.table = this.#state.table(DECLARATION);
    this.#marks = new MarkChecker(this.#state, this.#random);
  }

  /** As of a mark over which writes went on, or of now. */
  #written(): WrittenState {
    this.#marks.release(this.#random(2) === 0);
    this.#marks.take();
    const written = this.#marks.asWritten() as WrittenState;
    this.#marks.release(false);
    return written;
  }
}

const textOf = (n: number): string | null =>
  n === 0 ? null : n < 8 ? 'x'.repeat(n) : n < 11 ? `${n}`.repeat(n * 60) : n === 11 ? 'long '.repeat(2500) : `t${n}`;

function columns(rec: Rec): readonly Vector[] {
  const builder = new BatchBuilder(DECLARATION.fields);
  builder.addRow(0);
  [rec.k, rec.id, rec.n, rec.text, rec.count].forEach((value, c) => builder.columns[c]?.set(0, value));
  return builder.build().vectors;
}

function read(table: Table, ref: number): Value[] {
  const builder = new BatchBuilder(DECLARATION.fields);
  table.copyAllTo(ref, 0, builder.columns, builder.addRow(0));
  const { vectors } = builder.build();
  return DECLARATION.fields.map((field, c) => getValue(vectors[c] as Vector, 0, field.type));
}

const values = ({ k, id, n, text, count }: Rec): Value[] => [k, id, n, text, count];

function walk(first: number, next: (ref: number) => number): number[] {
  const refs: number[] = [];
  for (let ref = first; ref !== 0; ref = next(ref)) refs.push(ref);
  return refs;
}

/** Everything that indexes lead to is what the list of records says. */
function compare(table: Table, model: readonly Rec[], keys: readonly (string | null)[]): void {
  expect(table.size).toBe(model.length);
  expect(Array.from(table.scan(), (ref) => read(table, ref))).toEqual(model.map(values));
  const all = table.ordered(3);
  const ascending = model.toSorted((a, b) => a.n - b.n || a.arrival - b.arrival);
  expect(walk(all.first(all.root()), (ref) => all.next(ref)).map((ref) => read(table, ref))).toEqual(
    ascending.map(values),
  );
  for (const k of keys) {
    const own = model.filter((rec) => rec.k === k);
    const [column] = columns({ k, id: 0n, n: 0, text: null, count: 0, arrival: 0, written: 0 });
    table.list(0).bind([column as Vector], 1);
    table.ordered(2).bind([column as Vector], 1);
    const list = table.list(0);
    expect(walk(list.find(0), (ref) => list.next(ref)).map((ref) => read(table, ref))).toEqual(own.map(values));
    const order = table.ordered(2);
    const descending = own.toSorted((a, b) => b.n - a.n || a.arrival - b.arrival);
    expect(walk(order.first(order.find(0)), (ref) => order.next(ref)).map((ref) => read(table, ref))).toEqual(
      descending.map(values),
    );
  }
}

function run(life: Life, seed: number, steps: number): void {
  const random = randomOf(seed);
  const subject = new Subject(life, randomOf(seed + 1));
  const keys = [null, '', 'a', 'b', 'a longer key, on the heap', 'ccc', 'd', 'e', 'f'];
  let model: Rec[] = [];
  let arrival = 0;
  clock.time = 0;
  const refOf = (rec: Rec): number => {
    const [k, id] = columns(rec);
    subject.table.hash(1).bind([k as Vector, id as Vector], 1);
    return subject.table.hash(1).find(0);
  };
  for (let step = 0; step < steps; step++) {
    const { table } = subject;
    clock.time += random(3);
    table.expire();
    model = model.filter((rec) => rec.written + 50 > clock.time);
    const chosen = model[random(Math.max(1, model.length))];
    const action = random(20);
    if (action < 9 || chosen === undefined) {
      const rec: Rec = {
        k: keys[random(keys.length)] as string | null,
        id: BigInt(step),
        n: random(6),
        text: textOf(random(14)),
        count: random(5),
        arrival: arrival++,
        written: clock.time,
      };
      table.bind(columns(rec), 1);
      table.insert(0);
      model.push(rec);
    } else if (action < 13) {
      chosen.text = textOf(random(14));
      table.bind([null, null, null, columns(chosen)[3] as Vector, null], 1);
      if (action === 9) table.update(refOf(chosen), 0);
      else table.set(refOf(chosen), 3, 0);
    } else if (action === 13) {
      table.setNumber(refOf(chosen), 4, ++chosen.count);
    } else if (action === 14) {
      table.touch(refOf(chosen));
      chosen.written = clock.time;
    } else if (action === 15) {
      const from = model[random(model.length)] as Rec;
      table.setFrom(refOf(chosen), 3, table, refOf(from), 3);
      chosen.text = from.text;
    } else if (action === 16) {
      chosen.n = random(6);
      table.move(refOf(chosen), 2, chosen.n);
      chosen.arrival = arrival++;
      model = [...model.filter((rec) => rec !== chosen), chosen];
    } else if (action < 19 || random(8) > 0) {
      table.remove(refOf(chosen));
      model = model.filter((rec) => rec !== chosen);
    } else {
      table.clear();
      model = [];
    }
    subject.step();
    if (step % 10 === 9) compare(subject.table, model, keys);
  }
}

describe('state is stored as it is', () => {
  for (const life of LIVES) {
    test(life.name, () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 1 << 30 }), (seed) => run(life, seed, 200)),
        { numRuns: 8 },
      );
    });
  }
});

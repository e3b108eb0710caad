/**
 * The values of one aggregate that must be able to lose a row again. MIN and MAX keep each value with its count, in
 * order; FIRST_VALUE, LAST_VALUE and LISTAGG keep every value in order of arrival, and taking one away takes its earliest
 * occurrence. After each change the field `value` of the operator's record holds the result. O(log n) per row for MIN and
 * MAX, O(1) for the positional ones, O(n) for LISTAGG, whose result is that long.
 */
import type { KeptValues as Kept } from '../../functions/aggregates/aggregate.ts';
import { dropList } from './drop-list.ts';
import type { IndexDeclaration, StateBackend, Table } from '../../state/state.ts';
import { BytesBuilder } from '../../types/column-builder.ts';
import { type DataType, DOUBLE, notNull } from '../../types/data-type.ts';
import type { BytesVector, Vector } from '../../types/vector.ts';

export interface KeptOptions {
  readonly name: string;
  readonly keyTypes: readonly DataType[];
  readonly keyFields: number;
  readonly argType: DataType;
  readonly kept: Kept;
  readonly retentionMs: number;
  /** The one of the keys that is a window: see `drop`. */
  readonly windowKey: number | null;
}

export class KeptValues {
  readonly #table: Table;
  readonly #kept: Kept;
  readonly #retains: boolean;
  /** Field numbers of value and count. */
  readonly #value: number;
  #main: { readonly table: Table; readonly field: number } | null = null;

  constructor(options: KeptOptions, state: StateBackend) {
    const { keyTypes, kept } = options;
    const keys = keyTypes.map((_, k) => k);
    const value = keys.length;
    const ordered = kept.kind === 'least' || kept.kind === 'greatest';
    const indexes: IndexDeclaration[] = ordered
      ? [
          { kind: 'hash', fields: [...keys, value] },
          {
            kind: 'ordered',
            fields: keys,
            order: [{ field: value, descending: kept.kind === 'greatest', nullsFirst: false }],
          },
        ]
      : [
          { kind: 'list', fields: keys },
          { kind: 'list', fields: [...keys, value] },
        ];
    if (options.windowKey !== null) indexes.push({ kind: 'list', fields: [options.windowKey] });
    this.#table = state.table({
      name: options.name,
      version: 1,
      fields: [
        ...keyTypes.map((type, k) => ({ name: `k${k}`, type })),
        { name: 'value', type: options.argType },
        ...(ordered ? [{ name: 'count', type: notNull(DOUBLE) }] : []),
      ],
      keyFields: options.keyFields,
      indexes,
      retentionMs: options.retentionMs,
    });
    this.#kept = kept;
    this.#retains = options.retentionMs > 0;
    this.#value = value;
  }

  /** Says where results go; the operator's table is declared after the aggregates. */
  attach(table: Table, field: number): void {
    this.#main = { table, field };
  }

  bind(keys: readonly Vector[], arg: Vector, length: number): void {
    const table = this.#table;
    table.expire();
    if (this.#ordered) {
      table.hash(0).bind([...keys, arg], length);
      if (keys.length > 0) table.ordered(1).bind(keys, length);
      return;
    }
    table.bind([...keys, arg], length);
    table.list(0).bind(keys, length);
    table.list(1).bind([...keys, arg], length);
  }

  /** Adds the value of row `row` to the record `ref`'s. */
  add(row: number, ref: number): void {
    const table = this.#table;
    if (this.#ordered) {
      const found = table.hash(0).upsert(row);
      table.setNumber(found, this.#value + 1, table.getNumber(found, this.#value + 1) + 1);
      if (this.#retains) table.touch(found);
    } else table.insert(row);
    this.#publish(row, ref);
  }

  /** Takes the value of row `row` away; one that is not there is ignored. */
  take(row: number, ref: number): void {
    const table = this.#table;
    const found = this.#ordered ? table.hash(0).find(row) : table.list(1).find(row);
    if (found === 0) return;
    const left = this.#ordered ? table.getNumber(found, this.#value + 1) - 1 : 0;
    if (left > 0) table.setNumber(found, this.#value + 1, left);
    else table.remove(found);
    if (left > 0 && this.#retains) table.touch(found);
    this.#publish(row, ref);
  }

  /** Forgets all values of row `row`'s key. */
  clear(row: number): void {
    for (let first = this.#first(row); first !== 0; first = this.#first(row)) this.#table.remove(first);
  }

  /** Forgets everything of a window. */
  drop(window: Vector): void {
    dropList(this.#table, 2, window);
  }

  get #ordered(): boolean {
    return this.#kept.kind === 'least' || this.#kept.kind === 'greatest';
  }

  /** Some record of the row's key: the first in order, or by arrival. */
  #first(row: number): number {
    const table = this.#table;
    if (!this.#ordered) return table.list(0).find(row);
    const index = table.ordered(1);
    return index.first(this.#hasKey ? index.find(row) : index.root());
  }

  get #hasKey(): boolean {
    return this.#value > 0;
  }

  #publish(row: number, ref: number): void {
    const { table, field } = this.#main as { table: Table; field: number };
    const first = this.#first(row);
    if (first === 0) return this.#setNull(ref);
    if (this.#kept.kind === 'concatenated') return this.#concatenate(ref, first, String(this.#kept.separator));
    const found = this.#kept.kind === 'last' ? this.#table.list(0).last(first) : first;
    table.setFrom(ref, field, this.#table, found, this.#value);
  }

  #setNull(ref: number): void {
    const { table, field } = this.#main as { table: Table; field: number };
    table.bind(NOTHING, 0);
    table.set(ref, field, 0);
  }

  #concatenate(ref: number, first: number, separator: string): void {
    const { table, field } = this.#main as { table: Table; field: number };
    const list = this.#table.list(0);
    const parts = new BytesBuilder();
    let count = 0;
    for (let at = first; at !== 0; at = list.next(at)) count++;
    parts.reserve(2 * count);
    let row = 0;
    for (let at = first; at !== 0; at = list.next(at)) {
      if (row > 0) parts.setString(row++, separator);
      this.#table.copyTo(at, this.#value, parts, row++);
    }
    // The parts stand one after another in the builder's memory: together they are the text.
    const { pool } = parts.vector(row) as BytesVector;
    const joined: BytesVector = {
      kind: 'bytes',
      valid: null,
      pool,
      start: new Int32Array(1),
      len: new Int32Array([parts.used]),
    };
    table.bind(
      Array.from({ length: field + 1 }, (_, f) => (f === field ? joined : null)),
      1,
    );
    table.set(ref, field, 0);
  }
}

const NOTHING: readonly null[] = [];

/**
 * The values that DISTINCT aggregates have seen, per key of the operator: one record per (key, arguments) with, per
 * FILTER, how often the value is there (over append-only input: whether it was seen). Shared by all DISTINCT aggregates
 * over the same arguments. A batch is looked up at once; the update loop then reads and writes the counts.
 */
import { dropList } from './drop-list.ts';
import type { StateBackend, Table } from '../../state/state.ts';
import { type DataType, DOUBLE, INT, notNull } from '../../types/data-type.ts';
import { type BoolVector, type Vector, validityOf } from '../../types/vector.ts';

export interface DistinctOptions {
  readonly name: string;
  readonly keyTypes: readonly DataType[];
  /** Leading ones of `keyTypes` that make the key group. */
  readonly keyFields: number;
  /** Input columns. */
  readonly args: readonly number[];
  readonly argTypes: readonly DataType[];
  /** Filter columns of the input, `null` = no filter; one count each. */
  readonly filters: readonly (number | null)[];
  readonly retracts: boolean;
  readonly retentionMs: number;
  /** The one of the keys that is a window: see `drop`. */
  readonly windowKey: number | null;
}

export class DistinctValues {
  readonly options: DistinctOptions;
  readonly table: Table;
  /** Per row of the batch the record of its value, 0 where the row does not count. */
  refs = new Int32Array(0);
  #mask = new Uint8Array(0);
  #length = 0;

  constructor(options: DistinctOptions, state: StateBackend) {
    this.options = options;
    const { keyTypes, argTypes, filters, retracts } = options;
    const keys = [...keyTypes, ...argTypes];
    this.table = state.table({
      name: options.name,
      version: 1,
      fields: [
        ...keys.map((type, k) => ({ name: `k${k}`, type })),
        ...filters.map((_, f) => ({ name: `n${f}`, type: notNull(retracts ? DOUBLE : INT) })),
      ],
      keyFields: options.keyFields,
      indexes: [
        { kind: 'hash', fields: keys.map((_, k) => k) },
        ...(options.windowKey === null ? [] : [{ kind: 'list' as const, fields: [options.windowKey] }]),
      ],
      retentionMs: options.retentionMs,
    });
  }

  /** The field that counts for filter number `filter`. */
  countField(filter: number): number {
    return this.options.keyTypes.length + this.options.argTypes.length + filter;
  }

  /** Finds or makes the records of the rows that count, ready to be written to; `mask` 0 leaves a row out. */
  prepare(keys: readonly Vector[], columns: readonly Vector[], length: number, mask: Uint8Array | null): void {
    if (length > this.refs.length) {
      this.refs = new Int32Array(2 * length);
      this.#mask = new Uint8Array(2 * length);
    }
    this.#length = length;
    const args = this.options.args.map((column) => columns[column] as Vector);
    this.#counts(args, columns, length, mask);
    this.table.expire();
    this.table.hash(0).upsertAll([...keys, ...args], length, this.refs, this.#mask);
    this.table.store.thawAll(this.refs, 0, length);
    if (this.options.retentionMs > 0) {
      for (let i = 0; i < length; i++) if (this.#mask[i] !== 0) this.table.touch(this.refs[i] as number);
    }
  }

  /** Frees the records of the batch whose values are all gone. Only over input that takes rows away. */
  sweep(): void {
    const { store } = this.table;
    const first = this.countField(0);
    const last = this.countField(this.options.filters.length - 1);
    for (let i = 0; i < this.#length; i++) {
      const ref = this.refs[i] as number;
      if (ref === 0 || !store.isLive(ref)) continue;
      let gone = true;
      for (let f = first; f <= last; f++) if (this.table.getNumber(ref, f) !== 0) gone = false;
      if (gone) this.table.remove(ref);
    }
  }

  /** Forgets everything of a window. */
  drop(window: Vector): void {
    dropList(this.table, 1, window);
  }

  #counts(args: readonly Vector[], columns: readonly Vector[], length: number, given: Uint8Array | null): void {
    const mask = this.#mask;
    if (this.options.filters.includes(null)) mask.fill(1, 0, length);
    else {
      mask.fill(0, 0, length);
      for (const filter of this.options.filters) {
        const vector = columns[filter as number] as BoolVector;
        const valid = validityOf(vector, length);
        for (let i = 0; i < length; i++)
          mask[i] = (mask[i] as number) | ((valid[i] as number) & (vector.data[i] as number));
      }
    }
    for (const arg of args) {
      const { valid } = arg;
      if (valid !== null) for (let i = 0; i < length; i++) mask[i] = (mask[i] as number) & (valid[i] as number);
    }
    if (given !== null) for (let i = 0; i < length; i++) mask[i] = (mask[i] as number) & (given[i] as number);
  }
}

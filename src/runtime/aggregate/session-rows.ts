/**
 * The rows of open sessions, for aggregates that only come out right over all rows of a session in their order: kept by
 * session, with the columns that the aggregates read. O(rows in open sessions) space.
 */
import type { PhysicalOf } from '../../plan/physical.ts';
import type { StateBackend, Table } from '../../state/state.ts';
import { type Batch, BatchBuilder } from '../../types/batch.ts';
import type { ColumnBuilder } from '../../types/column-builder.ts';
import { DOUBLE, type DataType, notNull } from '../../types/data-type.ts';
import type { Field, Schema } from '../../types/schema.ts';
import type { F64Vector, Vector } from '../../types/vector.ts';
import { F64Columns } from './f64-columns.ts';

interface SessionRowsOptions {
  readonly keyTypes: readonly DataType[];
  readonly input: Schema;
  readonly node: Pick<PhysicalOf<'window-aggregate'>, 'aggregates'>;
  readonly state: StateBackend;
  /** The operator's sessions: keys first, then the number of the session, unique per key. */
  readonly sessions: Table;
}

interface TakenRows {
  readonly keys: readonly Vector[];
  readonly ids: F64Vector;
  /** In order of arrival; columns that no aggregate reads are NULL. */
  readonly batch: Batch;
}

export class SessionRows {
  readonly #table: Table;
  readonly #sessions: Table;
  readonly #keyTypes: readonly DataType[];
  readonly #columns: readonly number[];
  /** Session, number in order of arrival, row kind: the fields behind the keys. */
  readonly #about = new F64Columns(3);
  /** Keys and number of the session whose rows are looked for. */
  readonly #asked: BatchBuilder;
  readonly #keys: BatchBuilder;
  readonly #rows: BatchBuilder;

  constructor({ keyTypes, input, node, state, sessions }: SessionRowsOptions) {
    const read = new Set(node.aggregates.flatMap(({ args, filter }) => (filter === null ? args : [...args, filter])));
    this.#columns = [...read].sort((a, b) => a - b);
    this.#keyTypes = keyTypes;
    const keyFields = keyTypes.map((type, k): Field => ({ name: `k${k}`, type }));
    const id = keyTypes.length;
    this.#sessions = sessions;
    this.#table = state.table({
      name: 'session rows',
      version: 1,
      fields: [
        ...keyFields,
        ...['id', 'arrival', 'kind'].map((name) => ({ name, type: notNull(DOUBLE) })),
        ...this.#columns.map((column) => input[column] as Field),
      ],
      keyFields: id,
      indexes: [{ kind: 'list', fields: [...keyTypes.map((_, k) => k), id] }],
    });
    this.#asked = new BatchBuilder([...keyFields, { name: 'id', type: notNull(DOUBLE) }]);
    this.#keys = new BatchBuilder(keyFields);
    this.#rows = new BatchBuilder(input);
  }

  bind(keys: readonly Vector[], columns: readonly Vector[], length: number): void {
    this.#about.reserve(length);
    const kept = this.#columns.map((column) => columns[column] as Vector);
    this.#table.bind([...keys, ...this.#about.vectors, ...kept], length);
  }

  add(row: number, id: number, arrival: number, kind: number): void {
    this.#about.set(row, [id, arrival, kind]);
    this.#table.insert(row);
  }

  /** The rows of the session at `from` are those of the one at `to`, of the same key, from now on. */
  move(from: number, to: number): void {
    const id = this.#sessions.getNumber(to, this.#id);
    for (let ref = this.#head(from); ref !== 0; ref = this.#head(from)) this.#table.move(ref, this.#id, id);
  }

  /** Takes the rows of the session at `session` out; valid until the next call. */
  take(session: number): TakenRows {
    const table = this.#table;
    const arrival = this.#id + 1;
    const refs: number[] = [];
    for (let ref = this.#head(session); ref !== 0; ref = table.list(0).next(ref)) refs.push(ref);
    refs.sort((a, b) => table.getNumber(a, arrival) - table.getNumber(b, arrival));
    this.#keys.reset();
    this.#rows.reset();
    const ids = new Float64Array(refs.length).fill(this.#sessions.getNumber(session, this.#id));
    for (const ref of refs) {
      table.copyAllTo(ref, 0, this.#keys.columns, this.#keys.addRow(0));
      const row = this.#rows.addRow(table.getNumber(ref, arrival + 1));
      for (const column of this.#rows.columns) column.setNull(row);
      this.#columns.forEach((column, c) => {
        table.copyTo(ref, arrival + 2 + c, this.#rows.columns[column] as ColumnBuilder, row);
      });
      table.remove(ref);
    }
    return {
      keys: this.#keys.build().vectors,
      ids: { kind: 'f64', valid: null, data: ids },
      batch: this.#rows.build(),
    };
  }

  get #id(): number {
    return this.#keyTypes.length;
  }

  #head(session: number): number {
    this.#asked.reset();
    this.#sessions.copyAllTo(session, 0, this.#asked.columns, this.#asked.addRow(0));
    const list = this.#table.list(0);
    list.bind(this.#asked.build().vectors, 1);
    return list.find(0);
  }
}

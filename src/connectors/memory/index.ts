/** Tables in the memory of the program: it pushes rows into them, or reads what INSERT INTO wrote. */
import type { Connector, ReadRequest, RowReader } from '../connector.ts';
import { EngineError } from '../../errors.ts';
import { type BatchBuilder, INSERT } from '../../types/batch.ts';
import { sameType } from '../../types/data-type.ts';
import type { OptionSet, ParsedOptions } from '../../types/option-spec.ts';
import type { Schema } from '../../types/schema.ts';
import type { ChangelogMode, TableDefinition } from '../../types/table-definition.ts';
import { type Vector, emptyVector } from '../../types/vector.ts';
import { copyRange } from '../../types/copy-range.ts';
import { type LogCursor, MemoryLog } from './memory-log.ts';

const OPTIONS = {
  changelog: {
    type: 'enum',
    values: ['insert', 'upsert', 'all'],
    default: 'insert',
    doc: 'Which changes the table holds: only +I; +U and -D by primary key; or all of them.',
  },
  capacity: {
    type: 'int',
    min: 1,
    default: '65536',
    doc: 'How many rows a writer may be ahead of the slowest reader before it has to wait.',
  },
  retain: {
    type: 'boolean',
    default: 'false',
    doc: 'Keep all rows, so that every query reads them from the first on; else a row is gone once all have read it.',
  },
} as const satisfies OptionSet;

const CHANGELOGS: Readonly<Record<string, ChangelogMode>> = {
  insert: { updateBefore: false, updateAfter: false, delete: false },
  upsert: { updateBefore: false, updateAfter: true, delete: true },
  all: { updateBefore: true, updateAfter: true, delete: true },
};

/** The logs of an engine's in-memory tables, by the path of the table. */
export class MemoryTables {
  readonly #logs = new Map<string, MemoryLog>();

  /** The table's log, made at its first use. */
  log(table: TableDefinition, options: ParsedOptions): MemoryLog {
    const key = JSON.stringify(table.path);
    let log = this.#logs.get(key);
    if (log === undefined || !sameColumns(log.schema, table.columns)) {
      log?.finish();
      log = new MemoryLog(table.columns, {
        capacity: options.number('capacity') ?? 1,
        retains: options.boolean('retain'),
      });
      this.#logs.set(key, log);
    }
    return log;
  }

  /** Forgets a table and its rows; who reads them comes to their end. */
  drop(path: readonly string[]): void {
    const key = JSON.stringify(path);
    this.#logs.get(key)?.finish();
    this.#logs.delete(key);
  }
}

const sameColumns = (a: Schema, b: Schema): boolean =>
  a.length === b.length &&
  a.every(({ name, type }, c) => name === b[c]?.name && sameType(type, (b[c] as Schema[number]).type));

/** The connector over `tables`. */
export function memoryConnector(tables: MemoryTables): Connector {
  return {
    name: 'memory',
    doc: 'Rows that a program pushes with `db.table(…)`, or reads where a query inserted them. Gone with the process.',
    options: OPTIONS,
    format: 'none',
    metadata: [],
    sinkAccepts: (options) =>
      options.string('changelog') === 'insert' ? 'append' : options.string('changelog') === 'upsert' ? 'upsert' : 'all',
    source({ table, options }) {
      const log = tables.log(table, options);
      const stops: (() => void)[] = [];
      return {
        // It ends when the program says so.
        boundedness: 'bounded',
        changelog: CHANGELOGS[options.string('changelog') as string] as ChangelogMode,
        guarantee: log.retains ? 'exactly-once' : 'at-most-once',
        discoveryIntervalMs: 0,
        reading: 'parallel',
        listSplits: () => Promise.resolve([{ id: '0' }]),
        open: (request) => Promise.resolve(reader(log, request)),
        onData: (listener) => void stops.push(log.listen(listener)),
        gauges: () => ({ lag: log.backlog }),
        close: () => {
          for (const stop of stops.splice(0)) stop();
          return Promise.resolve();
        },
      };
    },
    sink({ table, options }) {
      const log = tables.log(table, options);
      return {
        guarantee: 'at-least-once',
        write(batch) {
          log.append((rows) => {
            const at = rows.length;
            rows.addInserts(batch.length);
            rows.columns.forEach((column, c) => copyRange(column, at, batch.vectors[c] as Vector, 0, batch.length));
            if (batch.kinds === null) return;
            rows.kinds.set(batch.kinds.subarray(0, batch.length), at);
            rows.useKinds();
          });
          return log.room() ?? undefined;
        },
        flush: () => Promise.resolve(),
        close: () => Promise.resolve(),
      };
    },
  };
}

function reader(log: MemoryLog, { position, columns }: ReadRequest): RowReader {
  const cursor: LogCursor = log.open(position === null ? null : Number(position));
  const places = columns.map(({ path }) => placeOf(log.schema, path));
  return {
    kind: 'rows',
    read(into: BatchBuilder, maxRows: number) {
      const entry = cursor.take(maxRows);
      if (entry.kind === 'end') return 'end';
      if (entry.kind === 'nothing') return 'idle';
      if (entry.kind === 'watermark') {
        into.mark(entry.time);
        return 'more';
      }
      const { batch, from, count } = entry;
      const at = into.length;
      into.addInserts(count);
      into.columns.forEach((column, c) => {
        copyRange(column, at, vectorAt(batch.vectors, places[c] as readonly number[]), from, count);
      });
      if (batch.kinds !== null) {
        into.kinds.set(batch.kinds.subarray(from, from + count), at);
        if (into.kinds.subarray(at, at + count).some((kind) => kind !== INSERT)) into.useKinds();
      }
      return 'more';
    },
    position: () => cursor.position,
    close: () => {
      cursor.close();
      return Promise.resolve();
    },
  };
}

/** A leaf path as indexes: the column, then fields of its ROW. */
function placeOf(schema: Schema, path: readonly string[]): readonly number[] {
  let fields: Schema = schema;
  return path.map((name) => {
    const index = fields.findIndex((field) => field.name === name);
    const type = fields[index]?.type;
    if (type === undefined) throw new EngineError('internal_error', `no path ${path.join('.')}`);
    fields = type.kind === 'ROW' ? type.fields : [];
    return index;
  });
}

/** Below a NULL row its fields are NULL too: the builder made them so. */
function vectorAt(vectors: readonly Vector[], [column, ...path]: readonly number[]): Vector {
  let vector = vectors[column as number] as Vector;
  for (const index of path) {
    vector = vector.kind === 'row' ? (vector.fields[index] as Vector) : emptyVector({ kind: 'NULL', nullable: true });
  }
  return vector;
}

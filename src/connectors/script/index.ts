/** A table whose rows are pushed by a program: the source of tests and of embedded use. */
import type { Connector, RowReader, Source } from '../connector.ts';
import { EngineError } from '../../errors.ts';
import type { BatchBuilder } from '../../types/batch.ts';
import type { Value } from '../../types/vector.ts';

export interface ScriptRow {
  readonly kind: number;
  /** By physical column name; absent = NULL. */
  readonly values: Readonly<Record<string, Value>>;
}

/** The rows of one script table, kept from the first on so that a restored reader can go back. */
export class ScriptFeed {
  readonly rows: ScriptRow[] = [];
  ended = false;
}

/** The feeds by table path; owned by whoever makes the connector. */
export class ScriptFeeds {
  readonly #feeds = new Map<string, ScriptFeed>();
  feed(path: readonly string[]): ScriptFeed {
    const key = path.join('.');
    let feed = this.#feeds.get(key);
    if (feed === undefined) this.#feeds.set(key, (feed = new ScriptFeed()));
    return feed;
  }
}

/** The connector over `feeds`. Split 0 has all rows; `splits` > 1 deals row i to split i mod n. */
export function scriptConnector(feeds: ScriptFeeds): Connector {
  return {
    name: 'script',
    doc: 'Rows pushed by a program, in order; for tests.',
    options: {
      changelog: {
        type: 'enum',
        values: ['insert', 'all', 'upsert'],
        default: 'insert',
        doc: 'Whether rows may be -U, +U and -D too, or +U and -D by the primary key.',
      },
      splits: { type: 'int', default: '1', doc: 'How many splits share the rows, in turn.' },
    },
    format: 'none',
    metadata: [],
    source({ table, options }): Source {
      const feed = feeds.feed(table.path);
      const kinds = options.string('changelog');
      const splits = options.number('splits') ?? 1;
      return {
        boundedness: 'bounded',
        changelog: { updateBefore: kinds === 'all', updateAfter: kinds !== 'insert', delete: kinds !== 'insert' },
        guarantee: 'exactly-once',
        discoveryIntervalMs: 0,
        reading: 'parallel',
        listSplits: () => Promise.resolve(Array.from({ length: splits }, (_, i) => ({ id: String(i) }))),
        open: ({ split, position, columns }): Promise<RowReader> => {
          let next = position === null ? Number(split.id) : Number(position);
          const get = columns.map(
            ({ path }) =>
              (row: ScriptRow): Value =>
                leaf(table.columns, row, path),
          );
          return Promise.resolve({
            kind: 'rows',
            read(into: BatchBuilder, maxRows: number) {
              let count = 0;
              for (; next < feed.rows.length && count < maxRows; next += splits, count++) {
                const row = feed.rows[next] as ScriptRow;
                const index = into.addRow(row.kind);
                get.forEach((value, c) => into.columns[c]?.set(index, value(row)));
              }
              if (count > 0) return 'more';
              return feed.ended ? 'end' : 'idle';
            },
            position: () => next,
            close: () => Promise.resolve(),
          });
        },
        close: () => Promise.resolve(),
      };
    },
  };
}

/** The value at a leaf path: NULL below a NULL row. */
function leaf(
  columns: Parameters<NonNullable<Connector['source']>>[0]['table']['columns'],
  row: ScriptRow,
  path: readonly string[],
): Value {
  let value: Value = row.values[path[0] as string] ?? null;
  let type = columns.find((column) => column.name === path[0])?.type;
  for (const name of path.slice(1)) {
    if (type?.kind !== 'ROW') throw new EngineError('internal_error', `no path ${path.join('.')}`);
    const index = type.fields.findIndex((field) => field.name === name);
    type = type.fields[index]?.type;
    if (value === null) return null;
    value = (value as readonly Value[])[index] ?? null;
  }
  return value;
}

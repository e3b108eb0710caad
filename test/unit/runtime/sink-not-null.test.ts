/** NOT NULL at a sink, and deletions of which only the key is known. */
import { describe, expect, test } from 'vitest';
import type { Sink } from '../../../src/connectors/connector.ts';
import { Counters } from '../../../src/runtime/counters.ts';
import { SinkTask } from '../../../src/runtime/sink-task.ts';
import { type Batch, BatchBuilder, ROW_KIND_NAMES } from '../../../src/types/batch.ts';
import { INT, notNull } from '../../../src/types/data-type.ts';
import { getValue, type Vector } from '../../../src/types/vector.ts';

const SCHEMA = [
  { name: 'id', type: notNull(INT) },
  { name: 'v', type: notNull(INT) },
];

function batchOf(rows: readonly (readonly [kind: string, id: number, v: number | null])[]): Batch {
  const builder = new BatchBuilder(SCHEMA);
  builder.reserve(rows.length);
  for (const [kind, id, v] of rows) {
    const at = builder.addRow(ROW_KIND_NAMES.indexOf(kind as '+I'));
    builder.columns[0]?.set(at, id);
    builder.columns[1]?.set(at, v);
  }
  return builder.build();
}

function written(rows: Parameters<typeof batchOf>[0], policy: 'error' | 'drop', keyOnlyDeletes: boolean): string[] {
  const found: string[] = [];
  const sink: Sink = {
    guarantee: 'at-least-once',
    write: ({ length, kinds, vectors }) => {
      for (let i = 0; i < length; i++) {
        const values = SCHEMA.map(({ type }, c) => getValue(vectors[c] as Vector, i, type));
        found.push(`${ROW_KIND_NAMES[kinds === null ? 0 : (kinds[i] as 0)]}[${values.map(String).join(', ')}]`);
      }
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const task = new SinkTask({
    sink,
    schema: SCHEMA,
    notNull: [0, 1],
    notNullPolicy: policy,
    keyOnlyDeletes,
    counters: new Counters(),
    counter: 'rows_out',
    onEnd: () => {},
  });
  task.receive(batchOf(rows));
  return found;
}

describe('NOT NULL', () => {
  const ROWS = [
    ['+U', 1, 5],
    ['-D', 1, null],
  ] as const;

  test('holds for deletions too', () => {
    expect(() => written(ROWS, 'error', false)).toThrow("column 'v' is NOT NULL");
    expect(written(ROWS, 'drop', false)).toEqual(['+U[1, 5]']);
  });

  test('but not where only their key is known', () => {
    expect(written(ROWS, 'error', true)).toEqual(['+U[1, 5]', '-D[1, null]']);
    expect(written([['+U', 2, null], ...ROWS], 'drop', true)).toEqual(['+U[1, 5]', '-D[1, null]']);
    expect(() => written([['+U', 2, null]], 'error', true)).toThrow("column 'v' is NOT NULL");
  });
});

/**
 * The law of sources: a reader that starts at a position once yielded goes on exactly there, whatever the batches before
 * and after, and whatever columns are read. Positions survive being written as JSON.
 */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  ByteReader,
  Connector,
  ConnectorContext,
  Position,
  ReadRequest,
  RowReader,
  Source,
} from '../../src/connectors/connector.ts';
import { datagen } from '../../src/connectors/datagen/index.ts';
import { MemoryTables, memoryConnector } from '../../src/connectors/memory/index.ts';
import { NEXMARK_SCHEMA } from '../../src/connectors/nexmark/columns.ts';
import { nexmark } from '../../src/connectors/nexmark/index.ts';
import { ScriptFeeds, scriptConnector } from '../../src/connectors/script/index.ts';
import { fakePlatform } from '../../src/platform/fake-platform.ts';
import { BatchBuilder } from '../../src/types/batch.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  FLOAT,
  INT,
  STRING,
  array,
  decimal,
  map,
  multiset,
  row,
  timestamp,
} from '../../src/types/data-type.ts';
import { parseOptions } from '../../src/types/option-spec.ts';
import type { Schema } from '../../src/types/schema.ts';
import { type Value, type Vector, getValue } from '../../src/types/vector.ts';
import { fileSource } from '../unit/connectors/filesystem/files.ts';
import { openSource, testContext, wholeColumns } from '../unit/connectors/rows.ts';

interface RowSource {
  readonly connector: Connector;
  readonly schema: Schema;
  readonly options: Readonly<Record<string, string>>;
  readonly splits: number;
}

const DATAGEN_SCHEMA: Schema = [
  { name: 'id', type: BIGINT },
  { name: 'b', type: BOOLEAN },
  { name: 'i', type: INT },
  { name: 'f', type: FLOAT },
  { name: 'd', type: DOUBLE },
  { name: 'n', type: decimal(30, 5) },
  { name: 's', type: STRING },
  { name: 'y', type: BYTES },
  { name: 'dt', type: DATE },
  { name: 'ts', type: timestamp(6) },
  { name: 'a', type: array(STRING) },
  { name: 'm', type: map(INT, DOUBLE) },
  { name: 'ms', type: multiset(INT) },
  { name: 'r', type: row([{ name: 'x', type: INT }, { name: 'y', type: row([{ name: 'z', type: STRING }]) }]) }, // prettier-ignore
];

function feeds(): ScriptFeeds {
  const all = new ScriptFeeds();
  const feed = all.feed(['default_catalog', 'default_database', 't']);
  for (let i = 0; i < 300; i++)
    feed.rows.push({ kind: i % 4, values: { id: BigInt(i), s: i % 3 === 0 ? null : `s${i}` } });
  feed.ended = true;
  return all;
}

const MEMORY_SCHEMA: Schema = [
  { name: 'id', type: BIGINT },
  { name: 's', type: STRING },
  { name: 'd', type: DOUBLE },
  { name: 'n', type: decimal(30, 5) },
  { name: 'a', type: array(STRING) },
  { name: 'r', type: row([{ name: 'x', type: INT }, { name: 'y', type: row([{ name: 'z', type: STRING }]) }]) }, // prettier-ignore
];
const MEMORY_OPTIONS = { changelog: 'all', retain: 'true' };

/** A table with rows of every kind, pushed a few at a time. */
function memory(): Connector {
  const tables = new MemoryTables();
  const connector = memoryConnector(tables);
  const log = tables.log(
    {
      path: ['default_catalog', 'default_database', 't'],
      columns: MEMORY_SCHEMA,
      metadata: [],
      primaryKey: [],
      partitionKeys: [],
      options: {},
    },
    parseOptions('memory', connector.options, MEMORY_OPTIONS),
  );
  for (let first = 0, count = 1; first < 1500; first += count, count = 1 + ((first * 7) % 40)) {
    log.append((rows) => {
      for (let i = first; i < first + count; i++) {
        const nested = i % 5 === 0 ? null : [i, i % 7 === 0 ? null : [`z${i}`]];
        const text = i % 3 === 0 ? null : `s${i}`;
        const values = [BigInt(i), text, i / 2, BigInt(i) << 70n, i % 4 === 0 ? null : [`${i}`], nested];
        const at = rows.addRow(i % 4);
        values.forEach((value, c) => rows.columns[c]?.set(at, value));
      }
    });
  }
  log.finish();
  return connector;
}

const rowSources: Readonly<Record<string, RowSource>> = {
  nexmark: { connector: nexmark, schema: NEXMARK_SCHEMA, options: { 'events.num': '700' }, splits: 1 },
  'nexmark in three splits': {
    connector: nexmark,
    schema: NEXMARK_SCHEMA,
    options: { 'events.num': '900' },
    splits: 3,
  },
  datagen: {
    connector: datagen,
    schema: DATAGEN_SCHEMA,
    options: {
      'rows-per-second': '1000000000',
      'fields.id.kind': 'sequence',
      'fields.id.start': '1',
      'fields.id.end': '500',
      'fields.s.var-len': 'true',
      'fields.ts.max-past': '1 d',
      'fields.r.null-rate': '0.2',
      'fields.r.y.null-rate': '0.2',
      'fields.a.element.null-rate': '0.3',
    },
    splits: 2,
  },
  memory: { connector: memory(), schema: MEMORY_SCHEMA, options: MEMORY_OPTIONS, splits: 1 },
  script: {
    connector: scriptConnector(feeds()),
    schema: [{ name: 'id', type: BIGINT }, { name: 's', type: STRING }], // prettier-ignore
    options: { changelog: 'all' },
    splits: 1,
  },
};

/** Whole columns and single leaves, any of them, in any order. */
function projections(schema: Schema): fc.Arbitrary<ReadRequest['columns']> {
  const all: { kind: 'physical'; path: string[]; type: Schema[number]['type'] }[] = [];
  const add = (path: string[], type: Schema[number]['type']): void => {
    all.push({ kind: 'physical', path, type });
    if (type.kind === 'ROW') for (const field of type.fields) add([...path, field.name], field.type);
  };
  for (const field of schema) add([field.name], field.type);
  return fc.shuffledSubarray(all, { minLength: 1 });
}

interface Cut {
  readonly batchSize: number;
  /** Whether the reader is thrown away after this batch and a new one goes on. */
  readonly restart: boolean;
}
const cuts = fc.array(fc.record({ batchSize: fc.integer({ min: 1, max: 200 }), restart: fc.boolean() }), {
  minLength: 1,
  maxLength: 8,
});

/** Rows with their kinds, cut as told; the last cut is repeated to the end. */
async function readCut(
  source: Source,
  request: ReadRequest,
  plan: readonly Cut[],
  tick: () => Promise<void>,
): Promise<Value[][]> {
  const schema = request.columns.map((column) => ({ name: column.path.join('.'), type: column.type }));
  let reader = (await source.open(request)) as RowReader;
  let batch = new BatchBuilder(schema);
  const rows: Value[][] = [];
  for (let k = 0; ; k++) {
    const { batchSize, restart } = plan[Math.min(k, plan.length - 1)] as Cut;
    await tick();
    const result = await reader.read(batch, batchSize);
    const { vectors, length, kinds } = batch.build();
    expect(length).toBeLessThanOrEqual(batchSize);
    for (let at = 0; at < length; at++) {
      rows.push([kinds?.[at] ?? 0, ...schema.map((field, c) => getValue(vectors[c] as Vector, at, field.type))]);
    }
    if (result === 'end') return rows;
    batch.reset();
    if (!restart) continue;
    const position = JSON.parse(JSON.stringify(reader.position())) as Position;
    await reader.close();
    reader = (await source.open({ ...request, position })) as RowReader;
    batch = new BatchBuilder(schema);
  }
}

describe.each(Object.entries(rowSources))('%s', (_, { connector, schema, options, splits }) => {
  const open = (): { source: Source; tick: () => Promise<void> } => {
    const platform = fakePlatform({ seed: 5, startMs: 1_000_000 });
    // The clock stands still after a start that lets paced sources make all they have.
    const context: ConnectorContext = {
      ...testContext(splits, platform),
      clock: { ...platform.clock, now: () => nowMs, monotonic: () => 0 } as ConnectorContext['clock'],
    };
    let nowMs = 1_000_000;
    let ticks = 0;
    const tick = async (): Promise<void> => {
      nowMs = 1_000_000 + 20 * (ticks++ % 2);
    };
    return { source: openSource(connector, schema, options, context), tick };
  };

  test('resumes from every position', async () => {
    await fc.assert(
      fc.asyncProperty(projections(schema), cuts, fc.nat({ max: splits - 1 }), async (columns, plan, split) => {
        // Times are now, which is another now after a restart.
        const steady = columns.filter(({ path }) => path[0] !== 'ts' && path[0] !== 'dt');
        fc.pre(steady.length > 0);
        const request = { split: { id: String(split) }, position: null, columns: steady };
        const whole = open();
        const expected = await readCut(whole.source, request, [{ batchSize: 10_000, restart: false }], whole.tick);
        expect(expected.length).toBeGreaterThan(200);
        const cut = open();
        expect(await readCut(cut.source, request, plan, cut.tick)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  test('a column is the same whatever is read beside it', async () => {
    const read = async (columns: ReadRequest['columns']): Promise<Value[][]> => {
      const { source, tick } = open();
      const request = { split: { id: '0' }, position: null, columns };
      return readCut(source, request, [{ batchSize: 10_000, restart: false }], tick);
    };
    const whole = await read(wholeColumns(schema));
    await fc.assert(
      fc.asyncProperty(projections(schema), async (columns) => {
        const rows = await read(columns);
        columns.forEach(({ path }, c) => {
          if (path.length > 1) return;
          const at = schema.findIndex((field) => field.name === path[0]);
          expect(rows.map((values) => values[c + 1])).toEqual(whole.map((values) => values[at + 1]));
        });
      }),
      { numRuns: 10 },
    );
  });
});

describe('filesystem', () => {
  const text = Array.from({ length: 3000 }, (_, i) => `{"line":${i},"text":"äöü"}\n`).join('');
  const bytes = new TextEncoder().encode(text);
  const files = {
    'in/plain.json': bytes,
    'in/one.json.gz': gzipSync(bytes),
    'in/two.json.zst': zstdCompressSync(bytes),
  };

  test.each(Object.keys(files))('%s resumes from every position', async (path) => {
    const platform = fakePlatform();
    for (const [name, content] of Object.entries(files)) platform.fileSystem.put(name, content);
    const source = fileSource(testContext(1, platform), { path: 'in' });
    await fc.assert(
      fc.asyncProperty(cuts, fc.integer({ min: 1, max: 40_000 }), async (plan, scale) => {
        const got = new Uint8Array(bytes.length);
        let position = 0;
        let reader = (await source.open({ split: { id: path }, position: null, columns: [] })) as ByteReader;
        for (let k = 0; ; k++) {
          const { batchSize, restart } = plan[Math.min(k, plan.length - 1)] as Cut;
          const into = new Uint8Array(batchSize * (k < plan.length ? 1 : 1 + scale));
          const count = await reader.read(into);
          if (count < 0) break;
          got.set(into.subarray(0, count), position);
          position += count;
          if (!restart || k >= plan.length) continue;
          await reader.close();
          reader = (await source.open({ split: { id: path }, position, columns: [] })) as ByteReader;
        }
        await reader.close();
        expect(position).toBe(bytes.length);
        expect(Buffer.compare(got, bytes)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});

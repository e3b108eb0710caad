/** A file whose head says how to read it goes on after a restart at any block, through the engine's own way to tables. */
import { expect, test } from 'vitest';
import { findConnector } from '../../../src/connectors/registry.ts';
import { FORMATS, tableAccess } from '../../../src/engine/table-access.ts';
import { findFormat } from '../../../src/formats/registry.ts';
import type { PhysicalOf } from '../../../src/plan/physical.ts';
import { fakePlatform, type FakePlatform } from '../../../src/platform/fake-platform.ts';
import { Counters } from '../../../src/runtime/counters.ts';
import type { SourceSnapshot } from '../../../src/runtime/running-source.ts';
import { SourceTask } from '../../../src/runtime/source-task.ts';
import { BatchBuilder, INSERT } from '../../../src/types/batch.ts';
import { BIGINT, STRING } from '../../../src/types/data-type.ts';
import { parseOptions } from '../../../src/types/option-spec.ts';
import { type Vector, getValue } from '../../../src/types/vector.ts';
import { testContext, testTable } from '../connectors/rows.ts';

const SCHEMA = [
  { name: 'id', type: BIGINT },
  { name: 'name', type: STRING },
];
const OPTIONS = { connector: 'filesystem', path: '/in', format: 'avro' };

/** A file of ten blocks. */
async function written(): Promise<FakePlatform> {
  const format = findFormat('avro');
  const options = parseOptions('avro', format.options, { codec: 'deflate' });
  const encoder = format.encoder?.({ schema: SCHEMA, options, timeZone: 'UTC', separator: new Uint8Array(0) });
  if (encoder?.file === undefined) throw new Error('no files');
  const platform = fakePlatform();
  const file = await platform.fileSystem.openWrite('/in/part.avro');
  await file.write(encoder.file.head());
  for (let block = 0; block < 10; block++) {
    const rows = new BatchBuilder(SCHEMA);
    for (let i = 0; i < 100; i++) {
      const row = rows.addRow(INSERT);
      rows.columns[0]?.set(row, BigInt(100 * block + i));
      rows.columns[1]?.set(row, `name ${i * 7919}`);
    }
    const { u8, length } = encoder.encode(rows.build());
    await file.write(encoder.file.block(u8.subarray(0, length), 100));
  }
  await file.close();
  return platform;
}

/** Reads until `steps` batches came; gives the ids, and where it stands. */
async function read(platform: FakePlatform, from: SourceSnapshot | null, steps: number) {
  const context = testContext(1, platform);
  const table = testTable(SCHEMA, { options: OPTIONS });
  const node = {
    kind: 'scan',
    table,
    schema: SCHEMA,
    columns: SCHEMA.map(({ name, type }) => ({ kind: 'physical', path: [name], type })),
    computed: null,
    watermark: null,
    onError: 'fail',
  } as unknown as PhysicalOf<'scan'>;
  const lookup = {
    get: (name: string) => findConnector(name),
    names: () => ['filesystem'],
  } as unknown as Parameters<typeof tableAccess>[1];
  const access = tableAccess(context, lookup, FORMATS);
  const task = new SourceTask({
    node,
    source: access.source(table),
    decoder: access.decoder(node),
    records: null,
    transform: null,
    watermark: null,
    deadLetter: null,
    clock: context.clock,
    faults: context.faults,
    counters: new Counters(),
    batchSize: 30,
    chunkSizeBytes: 500,
    subtask: 0,
    parallelism: 1,
  });
  const ids: bigint[] = [];
  task.connect({
    closed: false,
    receive: (batch) => {
      for (let i = 0; i < batch.length; i++) ids.push(getValue(batch.vectors[0] as Vector, i, BIGINT) as bigint);
    },
    setIdle: () => {},
    end: () => {},
  });
  if (from !== null) task.restore(from, new Set());
  await task.start();
  for (let step = 0; step < steps && !task.ended; step++) await task.step();
  const snapshot = task.snapshot();
  await task.close();
  return { ids, snapshot };
}

test('every row is read once', async () => {
  const platform = await written();
  const all = Array.from({ length: 1000 }, (_, id) => BigInt(id));
  for (let steps = 1; steps < 12; steps++) {
    const first = await read(platform, null, steps);
    const rest = await read(platform, first.snapshot, 1000);
    expect([...first.ids, ...rest.ids]).toEqual(all);
    expect(rest.snapshot.ended).toBe(true);
  }
});

import { expect, test } from 'vitest';
import type { RecordChunk, RecordReader } from '../../../src/connectors/connector.ts';
import { EngineError } from '../../../src/errors.ts';
import type { RecordDecoder } from '../../../src/formats/format.ts';
import type { PhysicalOf } from '../../../src/plan/physical.ts';
import { ManualClock } from '../../../src/platform/manual-clock.ts';
import { Counters } from '../../../src/runtime/counters.ts';
import { SplitReader } from '../../../src/runtime/split-reader.ts';
import { BIGINT } from '../../../src/types/data-type.ts';
import { makeRecordDecoder, spansOf } from '../formats/records.ts';

const SCHEMA = [{ name: 'id', type: BIGINT }];

/** Chunks of two records, from offset 0 on. */
function numbers(total: number): RecordReader {
  let at = 0;
  return {
    kind: 'records',
    read(): RecordChunk | 'end' {
      if (at >= total) return 'end';
      const from = at;
      at += 2;
      return {
        count: 2,
        values: spansOf([`{"id":${from}}`, `{"id":${from + 1}}`]),
        keys: null,
        metadata: [],
        offsetOf: (index) => from + index,
      };
    },
    position: () => at,
    close: () => Promise.resolve(),
  };
}

interface Waiting {
  readonly clock: ManualClock;
  readonly reader: SplitReader;
  /** Of the chunks that wait, in turn. */
  readonly needs: PromiseWithResolvers<void>[];
}

function open(): Waiting {
  const clock = new ManualClock();
  const needs: PromiseWithResolvers<void>[] = [];
  const value: RecordDecoder = {
    ...makeRecordDecoder({ format: 'json', schema: SCHEMA }),
    decode: (records) => makeRecordDecoder({ format: 'json', schema: SCHEMA }).decode(records),
    prepare() {
      const need = Promise.withResolvers<void>();
      needs.push(need);
      return need.promise;
    },
  };
  const node = {
    kind: 'scan',
    columns: [{ kind: 'physical', path: ['id'], type: BIGINT }],
    schema: SCHEMA,
    computed: null,
    table: { path: ['t'], partitionKeys: [] },
  } as unknown as PhysicalOf<'scan'>;
  const records = { value, key: null, columns: [{ value: 0, key: -1, metadata: -1 }], keyed: false };
  const reader = new SplitReader({
    split: { id: 'p0' },
    reader: numbers(4),
    position: null,
    node,
    decoder: null,
    records,
    clock,
    counters: new Counters(),
    batchSize: 100,
    chunkSizeBytes: 100,
  });
  return { clock, reader, needs };
}

test('records that wait for a schema are not read yet: others get their turn, and a restart begins before them', async () => {
  const { clock, reader, needs } = open();
  for (let tries = 0; tries < 3; tries++) {
    const read = reader.read();
    await clock.advance(50);
    expect(await read).toMatchObject({ batch: null, then: 'idle' });
    expect(reader.position).toBe(0);
  }
  expect(needs).toHaveLength(1);
  needs[0]?.resolve();
  await clock.advance(0);
  const read = await reader.read();
  expect(read.batch?.length).toBe(2);
  expect(reader.position).toBe(2);
});

test('what cannot be had is an error of the read', async () => {
  const { clock, reader, needs } = open();
  const read = reader.read();
  await clock.advance(0);
  needs[0]?.reject(new EngineError('connection_failure', 'the registry is away'));
  await expect(read).rejects.toMatchObject({ code: 'connection_failure' });
  expect(reader.position).toBe(0);
});

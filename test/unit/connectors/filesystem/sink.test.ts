import { expect, test } from 'vitest';
import type { Committable, Sink } from '../../../../src/connectors/connector.ts';
import { type FakePlatform, fakePlatform } from '../../../../src/platform/fake-platform.ts';
import { BatchBuilder } from '../../../../src/types/batch.ts';
import { INT, STRING, timestamp } from '../../../../src/types/data-type.ts';
import type { Schema } from '../../../../src/types/schema.ts';
import type { Value } from '../../../../src/types/vector.ts';
import { testContext } from '../rows.ts';
import { fileSink } from './files.ts';

const SCHEMA: Schema = [
  { name: 'k', type: STRING },
  { name: 'v', type: INT },
];

async function write(sink: Sink, schema: Schema, ...rows: Value[][]): Promise<void> {
  const batch = new BatchBuilder(schema);
  for (const row of rows) {
    const at = batch.addRow(0);
    row.forEach((value, c) => batch.columns[c]?.set(at, value));
  }
  await sink.write(batch.build());
}

/** Paths with names cut to what is not random, and contents. */
function files({ fileSystem }: FakePlatform): Record<string, string> {
  return Object.fromEntries(
    fileSystem
      .paths()
      .map((path) => [
        path.replace(/part-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, 'part'),
        new TextDecoder().decode(fileSystem.get(path)),
      ]),
  );
}

test('rows are hidden until a clean end, and gone after a failure', async () => {
  const platform = fakePlatform();
  const sink = fileSink(testContext(1, platform), SCHEMA, { path: 'out/' });
  await write(sink, SCHEMA, ['a', 1], ['b', null]);
  await write(sink, SCHEMA, ['c', 3]);
  await sink.flush();
  expect(files(platform)).toEqual({ '/out/.part-0-0.csv.inprogress': 'a,1\nb,null\nc,3\n' });
  await sink.close(true);
  expect(files(platform)).toEqual({ '/out/part-0-0.csv': 'a,1\nb,null\nc,3\n' });

  const failing = fileSink(testContext(1, platform), SCHEMA, { path: 'out' }, { subtask: 1 });
  await write(failing, SCHEMA, ['x', 1]);
  await failing.close(false);
  expect(Object.keys(files(platform))).toEqual(['/out/part-0-0.csv']);
  expect(platform.clock.pending).toBe(0);
});

test('two runs into one directory do not meet', async () => {
  const platform = fakePlatform();
  for (let run = 0; run < 2; run++) {
    const sink = fileSink(testContext(1, platform), SCHEMA, { path: 'out' });
    await write(sink, SCHEMA, ['a', run]);
    await sink.close(true);
  }
  expect(platform.fileSystem.paths()).toHaveLength(2);
});

test('files roll by size and by age, and are seen from then on', async () => {
  const platform = fakePlatform();
  const options = {
    path: 'out',
    'sink.rolling-policy.file-size': '8b',
    'sink.rolling-policy.rollover-interval': '90 s',
    'sink.rolling-policy.check-interval': '1 min',
  };
  const sink = fileSink(testContext(1, platform), SCHEMA, options);
  await write(sink, SCHEMA, ['a', 1]);
  await write(sink, SCHEMA, ['b', 1]);
  expect(files(platform)).toEqual({ '/out/part-0-0.csv': 'a,1\nb,1\n' });
  await write(sink, SCHEMA, ['c', 1]);
  await platform.clock.advance(60_000);
  expect(Object.keys(files(platform))).toContain('/out/.part-0-1.csv.inprogress');
  await platform.clock.advance(60_000);
  expect(files(platform)).toMatchObject({ '/out/part-0-1.csv': 'c,1\n' });
  await write(sink, SCHEMA, ['d', 1]);
  await sink.close(true);
  expect(Object.keys(files(platform))).toEqual(['/out/part-0-0.csv', '/out/part-0-1.csv', '/out/part-0-2.csv']);
});

test('large records pass the buffer in order', async () => {
  const platform = fakePlatform();
  const sink = fileSink(testContext(1, platform), SCHEMA, { path: 'out' });
  const rows = [10, 70_000, 20, 40_000, 40_000, 5].map((size, i): Value[] => [String(i).repeat(size), i]);
  for (const row of rows) await write(sink, SCHEMA, row);
  await sink.close(true);
  expect(files(platform)).toEqual({ '/out/part-0-0.csv': rows.map((row) => `${row.join(',')}\n`).join('') });
});

test('partitions are directories with escaped names', async () => {
  const platform = fakePlatform();
  const schema: Schema = [
    { name: 'dt', type: STRING },
    { name: 'v', type: INT },
    { name: 'at', type: timestamp(3) },
  ];
  const sink = fileSink(testContext(1, platform), schema, { path: 'out' }, { partitionKeys: ['dt', 'at'] });
  const noon = Date.UTC(2015, 6, 15, 12);
  await write(sink, schema, ['a/b', 1, noon], ['a/b', 2, noon], [null, 3, noon], ['a/b', 4, noon], ['', 5, null]);
  await sink.close(true);
  expect(files(platform)).toEqual({
    '/out/dt=__DEFAULT_PARTITION__/at=2015-07-15T12%3A00/part-0-1.csv': '3\n',
    '/out/dt=__DEFAULT_PARTITION__/at=__DEFAULT_PARTITION__/part-0-2.csv': '5\n',
    '/out/dt=a%2Fb/at=2015-07-15T12%3A00/part-0-0.csv': '1\n2\n4\n',
  });
});

test('with checkpoints nothing is seen before its epoch commits, and only once', async () => {
  const platform = fakePlatform();
  const options = { path: 'out', 'sink.rolling-policy.file-size': '4b' };
  const sink = fileSink(testContext(1, platform), SCHEMA, options, { checkpointing: true });
  expect(sink.guarantee).toBe('exactly-once');
  await write(sink, SCHEMA, ['a', 1]);
  await write(sink, SCHEMA, ['b', 1]);
  const first = await sink.prepare?.(1);
  await write(sink, SCHEMA, ['c', 1]);
  const hidden = ['/out/.part-0-0.csv.inprogress', '/out/.part-0-1.csv.inprogress', '/out/.part-0-2.csv.inprogress'];
  expect(Object.keys(files(platform))).toEqual(hidden);
  await sink.commit?.(first ?? []);
  await sink.commit?.(first ?? []);
  expect(Object.keys(files(platform))).toEqual([hidden[2], '/out/part-0-0.csv', '/out/part-0-1.csv']);
  const second = await sink.prepare?.(2);
  await sink.close(false);

  // The crash came between prepare and commit: what the checkpoint holds is finished by the next run, again and again.
  platform.fileSystem.crash();
  for (let life = 0; life < 2; life++) {
    const next = fileSink(testContext(1, platform), SCHEMA, options, { checkpointing: true });
    await next.recover?.(structuredClone(second) ?? []);
    await next.close(true);
  }
  expect(files(platform)).toEqual({
    '/out/part-0-0.csv': 'a,1\n',
    '/out/part-0-1.csv': 'b,1\n',
    '/out/part-0-2.csv': 'c,1\n',
  });
});

const HOURLY: Schema = [
  { name: 'v', type: INT },
  { name: 'dt', type: STRING },
  { name: 'hm', type: STRING },
];
const COMMIT = {
  path: 'out',
  'sink.partition-commit.policy.kind': 'success-file',
  'sink.partition-commit.trigger': 'partition-time',
  'sink.partition-commit.delay': '1 min',
  'partition.time-extractor.timestamp-pattern': '$dt $hm:00',
};

test('a partition gets its success file once the watermark has passed its time and the delay', async () => {
  const platform = fakePlatform();
  const sink = fileSink(testContext(1, platform), HOURLY, COMMIT, { partitionKeys: ['dt', 'hm'] });
  await write(sink, HOURLY, [1, '2015-07-15', '00:00'], [2, '2015-07-15', '00:01']);
  sink.onWatermark?.(Date.UTC(2015, 6, 15, 0, 1));
  await sink.flush();
  expect(Object.keys(files(platform))).not.toContain('/out/dt=2015-07-15/hm=00%3A00/_SUCCESS');
  sink.onWatermark?.(Date.UTC(2015, 6, 15, 0, 1) + 1);
  await sink.flush();
  expect(files(platform)).toEqual({
    '/out/dt=2015-07-15/hm=00%3A00/_SUCCESS': '',
    '/out/dt=2015-07-15/hm=00%3A00/part-0-0.csv': '1\n',
    '/out/dt=2015-07-15/hm=00%3A01/.part-0-1.csv.inprogress': '2\n',
  });
  await sink.close(true);
  expect(Object.keys(files(platform)).filter((path) => path.endsWith('_SUCCESS'))).toHaveLength(2);
});

test('by process time a partition is complete some time after its first row', async () => {
  const platform = fakePlatform();
  const options = { ...COMMIT, 'sink.partition-commit.trigger': 'process-time', 'sink.partition-commit.delay': '90 s' };
  const sink = fileSink(testContext(1, platform), HOURLY, options, { partitionKeys: ['dt', 'hm'] });
  await write(sink, HOURLY, [1, 'x', 'y']);
  await platform.clock.advance(60_000);
  expect(Object.keys(files(platform))).toEqual(['/out/dt=x/hm=y/.part-0-0.csv.inprogress']);
  await platform.clock.advance(60_000);
  expect(Object.keys(files(platform))).toEqual(['/out/dt=x/hm=y/_SUCCESS', '/out/dt=x/hm=y/part-0-0.csv']);
  await sink.close(true);
});

test('with checkpoints the success file comes with the epoch', async () => {
  const platform = fakePlatform();
  const more = { partitionKeys: ['dt', 'hm'], checkpointing: true };
  const sink = fileSink(testContext(1, platform), HOURLY, COMMIT, more);
  await write(sink, HOURLY, [1, '2015-07-15', '00:00']);
  sink.onWatermark?.(Number.POSITIVE_INFINITY);
  const epoch = await sink.prepare?.(1);
  expect(Object.keys(files(platform))).toEqual(['/out/dt=2015-07-15/hm=00%3A00/.part-0-0.csv.inprogress']);
  await sink.commit?.(epoch ?? []);
  await sink.commit?.(epoch ?? []);
  expect(Object.keys(files(platform))).toEqual([
    '/out/dt=2015-07-15/hm=00%3A00/_SUCCESS',
    '/out/dt=2015-07-15/hm=00%3A00/part-0-0.csv',
  ]);
  await sink.close(true);
});

test('a partition that is open in a checkpoint is completed by the run after it', async () => {
  const platform = fakePlatform();
  const more = { partitionKeys: ['dt', 'hm'], checkpointing: true };
  const first = fileSink(testContext(1, platform), HOURLY, COMMIT, more);
  await write(first, HOURLY, [1, '2015-07-15', '00:00']);
  const epoch = JSON.parse(JSON.stringify(await first.prepare?.(1))) as readonly Committable[];
  await first.commit?.(epoch);
  // A job that is stopped is not at its end.
  await first.close(true);
  const success = '/out/dt=2015-07-15/hm=00%3A00/_SUCCESS';
  expect(Object.keys(files(platform))).not.toContain(success);
  const second = fileSink(testContext(1, platform), HOURLY, COMMIT, more);
  await second.recover?.(epoch);
  second.onWatermark?.(Date.UTC(2015, 6, 15, 0, 1) + 1);
  await second.commit?.((await second.prepare?.(2)) ?? []);
  expect(Object.keys(files(platform))).toContain(success);
  await second.close(true);
});

test('hidden files of former runs of the job go, those of others and of other subtasks stay', async () => {
  const platform = fakePlatform();
  const context = testContext(1, platform);
  const make = (writer: string, subtask: number, parallelism = 2): Sink =>
    fileSink(context, SCHEMA, { path: 'out' }, { checkpointing: true, writer, subtask, parallelism });
  for (const [writer, subtask] of [
    ['mine', 0],
    ['mine', 1],
    ['mine', 2],
    ['other', 0],
  ] as const) {
    await write(make(writer, subtask, 3), SCHEMA, ['a', 1]);
  }
  await make('mine', 0).recover?.([]);
  expect(Object.keys(files(platform))).toEqual([
    '/out/.part-0-0.csv.other.inprogress',
    '/out/.part-1-0.csv.mine.inprogress',
  ]);
  await make('mine', 1).recover?.([]);
  expect(Object.keys(files(platform))).toEqual(['/out/.part-0-0.csv.other.inprogress']);
});

test('what cannot be done is refused', () => {
  const make = (options: Readonly<Record<string, string>>, parallelism = 1): Sink =>
    fileSink(testContext(parallelism), HOURLY, options, { partitionKeys: ['dt', 'hm'] });
  expect(() => make(COMMIT, 2)).toThrow(/several subtasks is not supported/);
  expect(() => make({ ...COMMIT, 'sink.partition-commit.policy.kind': 'metastore,success-file' })).toThrow(
    /not supported/,
  );
  expect(() => make({ path: 'out/*' })).toThrow(/cannot be 'out\/\*' for a table that is written/);
});

test.each(['create', 'write', 'sync', 'rename'] as const)(
  'a failing %s fails the sink, and nothing half is seen',
  async (operation) => {
    const platform = fakePlatform();
    const sink = fileSink(testContext(1, platform), SCHEMA, { path: 'out', 'sink.rolling-policy.file-size': '4b' });
    await write(sink, SCHEMA, ['a', 1]);
    platform.fileSystem.inject({ operation, code: 'ENOSPC', tornAtByte: 2 });
    await expect(write(sink, SCHEMA, ['b', 2])).rejects.toMatchObject({ code: 'io_error' });
    await expect(write(sink, SCHEMA, ['c', 3])).rejects.toThrow(/no space left/);
    await sink.close(false);
    expect(files(platform)).toEqual({ '/out/part-0-0.csv': 'a,1\n' });
  },
);

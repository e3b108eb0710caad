/** Jobs around sources and sinks that wait, fail and come late: what is closed, and how. */
import { describe, expect, test } from 'vitest';
import { Probe, type Step, deferred, settle } from './probe.ts';

const T = "CREATE TABLE t (id INT) WITH ('connector' = 'probe')";
const OUT = "CREATE TABLE o (id INT) WITH ('connector' = 'probe')";
const INSERT = 'INSERT INTO o SELECT id FROM t';
const rows = (...ids: number[]) => ids.map((id) => [id]);

/** Lets time pass, and everything run that can. */
async function pass(probe: Probe, ms: number): Promise<void> {
  await probe.platform.clock.advance(ms);
  await settle();
}

describe('sinks', () => {
  test('a write that waits holds the source back and is waited for before the sink is closed', async () => {
    const probe = new Probe();
    const gate = deferred();
    probe.sources.set('t', { splits: { a: [rows(1), rows(2), 'end'] } });
    probe.sinks.set('o', { write: ([row]) => (row === '+I[1]' ? gate.promise : undefined) });
    const [job] = await probe.run(T, OUT, INSERT);
    await settle();
    expect(probe.log).toEqual(['o +I[1]']);
    gate.resolve();
    expect(await job?.done).toEqual({ status: 'finished', error: null });
    expect(probe.log).toEqual(['o +I[1]', 'o +I[2]', 'close split a', 'o watermark Infinity', 'o close clean']);
    expect(job?.counters).toMatchObject({ rows_in: 2, rows_out: 2 });
  });

  test.each([1, 2, 3])('a write that rejects fails the job, also the last one (row %i of 3)', async (bad) => {
    const probe = new Probe();
    probe.sources.set('t', { splits: { a: [rows(1), rows(2), rows(3), 'end'] } });
    probe.sinks.set('o', {
      write: async ([row]) => {
        await Promise.resolve();
        if (row === `+I[${bad}]`) throw new Error('disk full');
      },
    });
    const [job] = await probe.run(T, OUT, INSERT);
    expect(await job?.done).toMatchObject({ status: 'failed', error: { message: 'disk full' } });
    expect(probe.log.at(-1)).toBe('o close failed');
    expect(probe.log.filter((line) => line.startsWith('o close'))).toHaveLength(1);
  });

  test('what is written when the input ends is waited for', async () => {
    const probe = new Probe();
    const gate = deferred();
    probe.sources.set('t', { splits: { a: [rows(1, 2), 'end'] } });
    probe.sinks.set('o', { write: () => gate.promise });
    const [job] = await probe.run(T, OUT, 'INSERT INTO o SELECT id FROM t UNION ALL SELECT 7');
    await settle();
    gate.reject(new Error('too late'));
    expect(await job?.done).toMatchObject({ status: 'failed', error: { message: 'too late' } });
    expect(probe.log.at(-1)).toBe('o close failed');
  });

  test('a sink that cannot be closed fails the job; the others are closed all the same', async () => {
    const probe = new Probe({ 'parallelism.default': '2' });
    probe.sources.set('t', { splits: { a: [rows(1), 'end'], b: [rows(2), 'end'] } });
    let closed = 0;
    probe.sinks.set('o', { close: () => (++closed === 1 ? Promise.reject(new Error('no room')) : Promise.resolve()) });
    const [job] = await probe.run(T, OUT, INSERT);
    expect(await job?.done).toMatchObject({ status: 'failed', error: { message: 'no room' } });
    expect(probe.log.slice(-2)).toEqual(['o close clean', 'o close failed']);
  });

  test('a source that cannot be closed leaves no sink open', async () => {
    const probe = new Probe();
    probe.sources.set('t', {
      splits: { a: [rows(1)] },
      unbounded: true,
      closing: () => Promise.reject(new Error('gone')),
    });
    const [job] = await probe.run(T, OUT, INSERT);
    await settle();
    expect(await job?.stop()).toMatchObject({ status: 'failed', error: { message: 'gone' } });
    expect(probe.log).toEqual(['o +I[1]', 'close split a', 'o close failed']);
  });

  test('a watermark reaches a sink after the rows before it were taken', async () => {
    const probe = new Probe();
    const gate = deferred();
    probe.sources.set('w', { splits: { a: [[[1, 5000]], 'idle'] }, unbounded: true });
    probe.sinks.set('o', { write: () => gate.promise });
    const [job] = await probe.run(
      "CREATE TABLE w (id INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'probe')",
      OUT,
      'INSERT INTO o SELECT id FROM w',
    );
    await settle();
    expect(probe.log).toEqual(['o +I[1]']);
    gate.resolve();
    await settle();
    expect(probe.log).toEqual(['o +I[1]', 'o watermark 5000']);
    await job?.stop();
  });

  test('NULLs for NOT NULL columns are dropped with any row kind, and counted', async () => {
    const probe = new Probe({ 'table.exec.sink.not-null-enforcer': 'DROP' });
    probe.sources.set('t', { splits: { a: [[[1], [null], [1], [null]], 'end'] } });
    const [job] = await probe.run(
      T,
      "CREATE TABLE n (id INT NOT NULL, c BIGINT) WITH ('connector' = 'probe')",
      'INSERT INTO n SELECT id, COUNT(*) FROM t GROUP BY id',
    );
    expect((await job?.done)?.error).toBeNull();
    expect(probe.log.filter((line) => line.startsWith('n +') || line.startsWith('n -'))).toEqual([
      'n +I[1, 1]',
      'n -U[1, 1]',
      'n +U[1, 2]',
    ]);
    expect(job?.counters).toMatchObject({ rows_out: 3, null_rows_dropped: 3 });
  });
});

describe('sources', () => {
  test('a read that rejects in the middle fails the job; splits and sinks are closed', async () => {
    const probe = new Probe();
    probe.sources.set('t', { splits: { a: [rows(1), Promise.reject(new Error('reset by peer'))], b: [rows(2)] } });
    const [job] = await probe.run(T, OUT, INSERT);
    expect(await job?.done).toMatchObject({ status: 'failed', error: { message: 'reset by peer' } });
    expect(probe.log.slice(-3)).toEqual(['close split a', 'close split b', 'o close failed']);
  });

  test('without splits a bounded job is over at once, an unbounded one waits', async () => {
    const probe = new Probe({ 'parallelism.default': '3' });
    probe.sources.set('t', { splits: {} });
    const [job] = await probe.run(T, OUT, INSERT);
    expect(await job?.done).toEqual({ status: 'finished', error: null });
    expect(job?.counters['rows_in']).toBeUndefined();
    probe.sources.set('t', { splits: {}, unbounded: true });
    const [endless] = await probe.run(INSERT);
    await settle();
    expect(endless?.status).toBe('running');
    expect(await endless?.stop()).toEqual({ status: 'stopped', error: null });
  });

  test('splits that appear later are read once, by whichever subtask', async () => {
    const probe = new Probe({ 'parallelism.default': '3' });
    const splits: Record<string, Step[]> = { a: [rows(1)] };
    probe.sources.set('t', { splits, unbounded: true, discoveryMs: 100 });
    const [job] = await probe.run(T, OUT, INSERT);
    await settle();
    Object.assign(splits, { x: [rows(2)], y: [rows(3)], z: [rows(4)] });
    await pass(probe, 500);
    expect(probe.log.toSorted()).toEqual(['o +I[1]', 'o +I[2]', 'o +I[3]', 'o +I[4]']);
    await job?.stop();
  });

  test('after a restore each goes on where it was, though the list has changed', async () => {
    const probe = new Probe({ 'parallelism.default': '2' });
    probe.sources.set('t', { splits: { b: [rows(1, 2)], d: [rows(3)], e: [] }, unbounded: true, discoveryMs: 100 });
    const [first] = await probe.run(T, OUT, INSERT);
    await pass(probe, 500);
    const taken = first?.snapshot();
    await pass(probe, 100);
    await first?.stop();
    expect(probe.opened.splice(0).toSorted()).toEqual(['b at its start', 'd at its start', 'e at its start']);
    const splits = { a: [rows(4)], b: [rows(5)], c: [rows(6)], d: [], e: [] };
    probe.sources.set('t', { splits, unbounded: true, discoveryMs: 100 });
    probe.log.length = 0;
    const second = await probe.restore(INSERT, (await taken) ?? null);
    await pass(probe, 500);
    expect(probe.opened.toSorted()).toEqual(['a at its start', 'b at 2', 'c at its start', 'd at 1', 'e at 0']);
    expect(probe.log.toSorted()).toEqual(['o +I[4]', 'o +I[5]', 'o +I[6]']);
    await second.stop();
  });

  test('a read that takes long holds up neither other splits nor the end of the job', async () => {
    const probe = new Probe();
    const gate = deferred();
    probe.sources.set('t', { splits: { a: [gate.promise, rows(1)], b: [rows(2), rows(3)] }, unbounded: true });
    const [job] = await probe.run(T, OUT, INSERT);
    await pass(probe, 200);
    expect(probe.log).toEqual(['o +I[2]', 'o +I[3]']);
    gate.resolve();
    await pass(probe, 200);
    expect(probe.log).toEqual(['o +I[2]', 'o +I[3]', 'o +I[1]']);

    probe.sources.set('t', { splits: { a: [new Promise(() => {})] }, unbounded: true });
    const [stuck] = await probe.run(INSERT);
    await settle();
    const stopped = stuck?.stop();
    await pass(probe, 100);
    expect(await stopped).toEqual({ status: 'stopped', error: null });
    await job?.stop();
  });

  test('a slow read that fails in the end fails the job', async () => {
    const probe = new Probe();
    const gate = deferred();
    probe.sources.set('t', { splits: { a: [gate.promise] }, unbounded: true });
    const [job] = await probe.run(T, OUT, INSERT);
    await pass(probe, 200);
    gate.reject(new Error('reset by peer'));
    await pass(probe, 200);
    expect(await job?.done).toMatchObject({ status: 'failed', error: { message: 'reset by peer' } });
  });
});

describe('stopping', () => {
  test('at once, twice, and after the end', async () => {
    const probe = new Probe();
    probe.sources.set('t', { splits: { a: [rows(1), 'end'] } });
    const [job] = await probe.run(T, OUT, INSERT);
    const [first, second] = await Promise.all([job?.stop(), job?.stop()]);
    expect(first).toBe(second);
    expect(first).toEqual({ status: 'stopped', error: null });
    expect(probe.log.at(-1)).toBe('o close clean');
    expect(await job?.stop()).toBe(first);
    expect(await job?.snapshot()).toBeNull();
    await job?.settled();
  });

  test('while a sink waits: its write is seen through, then it is closed', async () => {
    const probe = new Probe();
    const gate = deferred();
    probe.sources.set('t', { splits: { a: [rows(1), rows(2)] }, unbounded: true });
    probe.sinks.set('o', { write: () => gate.promise });
    const [job] = await probe.run(T, OUT, INSERT);
    await settle();
    const stopped = job?.stop();
    await settle();
    expect(probe.log).toEqual(['o +I[1]']);
    gate.resolve();
    expect(await stopped).toEqual({ status: 'stopped', error: null });
    expect(probe.log).toEqual(['o +I[1]', 'close split a', 'o close clean']);
  });

  test('a closed engine starts nothing any more', async () => {
    const probe = new Probe();
    probe.sources.set('t', { splits: { a: [] }, unbounded: true });
    const [job] = await probe.run(T, OUT, INSERT);
    await probe.engine.close();
    expect(job?.status).toBe('stopped');
    await expect(probe.run(INSERT)).rejects.toMatchObject({ code: 'query_cancelled' });
  });
});

test('an error at the end of the input abandons what the sink got', async () => {
  const probe = new Probe();
  probe.sources.set('w', {
    splits: {
      a: [
        [
          ['1', 1000],
          ['x', 2000],
        ],
        'end',
      ],
    },
  });
  const [job] = await probe.run(
    "CREATE TABLE w (s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'probe')",
    OUT,
    // The window fires at the end of the input, and its value is no number.
    `INSERT INTO o SELECT CAST(MAX(s) AS INT) FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(ts), INTERVAL '1' HOUR))
     GROUP BY window_start, window_end`,
  );
  expect(await job?.done).toMatchObject({ status: 'failed', error: { code: 'invalid_cast' } });
  expect(probe.log).toEqual(['o watermark 2000', 'close split a', 'o close failed']);
});

test('settings are those of the start: SET meanwhile changes no running job', async () => {
  const probe = new Probe({ 'table.local-time-zone': 'Asia/Tokyo' });
  const gate = deferred();
  probe.sources.set('t', { splits: { a: [gate.promise, rows(1), 'end'] } });
  const [job] = await probe.run(
    T,
    "SELECT CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING) || ' ' || CAST(id AS STRING) FROM t",
    "SET 'table.local-time-zone' = 'America/New_York'",
  );
  gate.resolve();
  await job?.done;
  expect(probe.log.filter((line) => line.startsWith('+I'))).toEqual(['+I[1970-01-01 09:00:00.000 1]']);
});

test('with an interval a watermark is sent once enough event time or wall-clock time has passed', async () => {
  const probe = new Probe({ 'pipeline.auto-watermark-interval': '200 ms' });
  const gate = deferred();
  const steps: Step[] = [[[1, 1000]], [[2, 1100]], [[3, 1200]], gate.promise, [[4, 1201]], [[5, 1250]]];
  probe.sources.set('w', { splits: { a: steps }, unbounded: true });
  const [job] = await probe.run(
    "CREATE TABLE w (id INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'probe')",
    OUT,
    'INSERT INTO o SELECT id FROM w',
  );
  const watermarks = (): string[] => probe.log.filter((line) => line.startsWith('o watermark'));
  await settle();
  // The first at once; 1100 and 1200 are not more than 200 ms ahead of it.
  expect(watermarks()).toEqual(['o watermark 1000']);
  await pass(probe, 250);
  expect(watermarks()).toEqual(['o watermark 1000', 'o watermark 1200']);
  gate.resolve();
  await pass(probe, 100);
  expect(watermarks()).toHaveLength(2);
  await pass(probe, 400);
  expect(watermarks().at(-1)).toBe('o watermark 1250');
  await job?.stop();
});

test.each([1, 3])('late rows are written, counted and their table closed, parallelism %i', async (parallelism) => {
  const probe = new Probe({ 'parallelism.default': String(parallelism) });
  const gates: PromiseWithResolvers<void>[] = [];
  probe.sources.set('w', {
    splits: {
      a: [
        [
          [1, 5000],
          [2, 100],
          [3, 200],
          [4, 6000],
        ],
        'end',
      ],
    },
  });
  probe.sinks.set('late', {
    write: () => {
      const gate = deferred();
      gates.push(gate);
      return gate.promise;
    },
  });
  const [job] = await probe.run(
    "CREATE TABLE w (id INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'probe', 'millrace.late-rows' = 'late')",
    "CREATE TABLE late (payload BYTES, source_name STRING) WITH ('connector' = 'probe')",
    "CREATE TABLE n (id INT, n BIGINT) WITH ('connector' = 'probe')",
    "INSERT INTO n SELECT id, COUNT(*) FROM w GROUP BY id, TUMBLE(ts, INTERVAL '1' SECOND)",
  );
  for (let turn = 0; turn < 20; turn++) {
    if (job?.status !== 'running') break;
    await settle();
    for (const gate of gates.splice(0)) gate.resolve();
  }
  expect((await job?.done)?.error).toBeNull();
  const late = probe.log.filter((line) => line.startsWith('late +'));
  const payloads = late.map((line) =>
    Buffer.from(/\[([\d,]+), w\]/.exec(line)?.[1]?.split(',').map(Number) ?? []).toString(),
  );
  expect(payloads.toSorted().map((text) => (JSON.parse(text) as { id: number }).id)).toEqual([2, 3]);
  expect(probe.log.filter((line) => line.startsWith('late close'))).toEqual(['late close clean']);
  expect(probe.log.filter((line) => line.startsWith('n +')).toSorted()).toEqual(['n +I[1, 1]', 'n +I[4, 1]']);
  expect(job?.counters).toMatchObject({ rows_in: 4, rows_out: 2, late_rows: 2, rejected_rows_out: 2 });
});

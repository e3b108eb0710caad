import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WatermarkMerger } from '../../../src/runtime/watermark-merger.ts';
import { Probe, type Step, deferred, settle } from './probe.ts';

const mark = (time: number) => ({ length: 1, row: new Int32Array(1), time: new Float64Array([time]) });

type Event =
  | { readonly kind: 'mark'; readonly channel: number; readonly by: number }
  | { readonly kind: 'idle'; readonly channel: number; readonly idle: boolean }
  | { readonly kind: 'end'; readonly channel: number };

const events = (channels: number): fc.Arbitrary<Event[]> => {
  const channel = fc.nat(channels - 1);
  return fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('mark' as const), channel, by: fc.integer({ min: 1, max: 5 }) }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('idle' as const), channel, idle: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), channel }) },
    ),
    { maxLength: 40 },
  );
};

test.each([2, 3, 5])('%i channels: the least of those that are active, and never back', (channels) => {
  fc.assert(
    fc.property(events(channels), (script) => {
      const merger = new WatermarkMerger(channels);
      // The model: what each channel said last, and what the rule of the dialect makes of it.
      const state = Array.from({ length: channels }, () => ({ time: 0, said: -Infinity, idle: false, ended: false }));
      let current = -Infinity;
      for (const event of script) {
        const at = state[event.channel] as (typeof state)[number];
        if (at.ended) continue;
        let rose: boolean;
        if (event.kind === 'mark') {
          // What sends a watermark is active.
          if (at.idle) continue;
          at.said = at.time += event.by;
          rose = merger.merge(event.channel, mark(at.said)) !== null;
        } else if (event.kind === 'idle') {
          at.idle = event.idle;
          rose = merger.setIdle(event.channel, event.idle);
        } else {
          at.ended = true;
          rose = merger.end(event.channel);
        }
        const open = state.filter((channel) => !channel.ended);
        const active = open.filter((channel) => !channel.idle);
        const least =
          open.length === 0
            ? Infinity
            : active.length === 0
              ? -Infinity
              : Math.min(...active.map((channel) => channel.said));
        const expected = Math.max(current, least);
        expect(rose).toBe(expected > current);
        current = expected;
        expect(merger.current).toBe(current);
        expect(merger.allIdle).toBe(open.length > 0 && active.length === 0);
      }
    }),
  );
});

describe('through a job', () => {
  const windows = (tables: readonly string[]): string =>
    `INSERT INTO o SELECT COUNT(*) FROM (${tables.map((name) => `SELECT * FROM ${name}`).join(' UNION ALL ')})
     GROUP BY TUMBLE(ts, INTERVAL '1' SECOND)`;
  const table = (name: string): string =>
    `CREATE TABLE ${name} (id INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
     WITH ('connector' = 'probe', 'scan.watermark.idle-timeout' = '1 s')`;
  const OUT = "CREATE TABLE o (n BIGINT) WITH ('connector' = 'probe')";
  const row = (ts: number): Step => [[1, ts]];

  async function pass(probe: Probe, ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 100) {
      await probe.platform.clock.advance(100);
      await settle();
    }
  }

  test('an input that is over does not close the windows of one that is only silent', async () => {
    const probe = new Probe();
    const gate = deferred();
    probe.sources.set('a', { splits: { x: [row(500), 'end'] } });
    probe.sources.set('b', { splits: { y: [row(600), gate.promise, row(700), row(1000)] }, unbounded: true });
    const [job] = await probe.run(table('a'), table('b'), OUT, windows(['a', 'b']));
    await pass(probe, 5000);
    expect(probe.log.filter((line) => line.startsWith('o +'))).toEqual([]);
    gate.resolve();
    await pass(probe, 500);
    expect(probe.log.filter((line) => line.startsWith('o +'))).toEqual(['o +I[3]']);
    expect(job?.counters['late_rows'] ?? 0).toBe(0);
    await job?.stop();
  });

  test('a silent input holds the other back until its timeout', async () => {
    const probe = new Probe();
    const [soon, later] = [deferred(), deferred()];
    probe.sources.set('a', {
      splits: { x: [row(500), soon.promise, row(1500), later.promise, row(1600)] },
      unbounded: true,
    });
    probe.sources.set('b', { splits: { y: [row(600)] }, unbounded: true });
    const [job] = await probe.run(table('a'), table('b'), OUT, windows(['a', 'b']));
    soon.resolve();
    await pass(probe, 800);
    expect(probe.log.filter((line) => line.startsWith('o +'))).toEqual([]);
    later.resolve();
    await pass(probe, 600);
    expect(probe.log.filter((line) => line.startsWith('o +'))).toEqual(['o +I[2]']);
    await job?.stop();
  });

  test.each([1, 3, 200])('splits that end at different times, parallelism %i', async (parallelism) => {
    const probe = new Probe({ 'parallelism.default': String(parallelism) });
    const splits: Record<string, Step[]> = {};
    for (let s = 0; s < 5; s++) {
      splits[`s${s}`] = [...Array.from({ length: 1 + s * 3 }, (_, i): Step => [[s, i * 400 + s]]), 'end'];
    }
    probe.sources.set('a', { splits });
    const [job] = await probe.run(
      table('a'),
      "CREATE TABLE k (id INT, w TIMESTAMP(3), n BIGINT) WITH ('connector' = 'probe')",
      `INSERT INTO k SELECT id, window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '1' SECOND))
       GROUP BY id, window_start, window_end`,
    );
    expect((await job?.done)?.error).toBeNull();
    const expected: string[] = [];
    for (let s = 0; s < 5; s++) {
      const counts = new Map<number, number>();
      for (let i = 0; i < 1 + s * 3; i++) {
        const start = Math.floor((i * 400 + s) / 1000) * 1000;
        counts.set(start, (counts.get(start) ?? 0) + 1);
      }
      for (const [start, n] of counts) expected.push(`k +I[${s}, ${start}, ${n}]`);
    }
    expect(probe.log.filter((line) => line.startsWith('k +')).toSorted()).toEqual(expected.toSorted());
    expect(job?.counters).toMatchObject({ rows_in: 35, rows_out: expected.length });
    expect(job?.counters['late_rows'] ?? 0).toBe(0);
  });
});

/** Jobs of a program that stop and go on: rows in flight, and the state of aggregate functions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Connector, Millrace, getValue } from '../../../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-embedded-checkpoints-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LIMIT = 240;

/** The numbers below `LIMIT`, a few at a time. */
const numbers: Connector = {
  name: 'numbers',
  doc: '',
  options: {},
  format: 'none',
  metadata: [],
  source: () => ({
    boundedness: 'bounded',
    changelog: { updateBefore: false, updateAfter: false, delete: false },
    guarantee: 'exactly-once',
    discoveryIntervalMs: 0,
    reading: 'parallel',
    listSplits: () => Promise.resolve([{ id: 'all' }]),
    open: ({ position }) => {
      let next = Number(position ?? 0);
      return Promise.resolve({
        kind: 'rows',
        read(into) {
          for (let i = 0; i < 7 && next < LIMIT; i++) into.columns[0]?.set(into.addRow(0), next++);
          return next < LIMIT ? 'more' : 'end';
        },
        position: () => next,
        close: () => Promise.resolve(),
      });
    },
    close: () => Promise.resolve(),
  }),
};

function collecting(rows: string[]): Connector {
  return {
    name: 'collecting',
    doc: '',
    options: {},
    format: 'none',
    metadata: [],
    sinkAccepts: 'all',
    sink: ({ schema }) => ({
      guarantee: 'at-least-once',
      write({ length, vectors, kinds }) {
        for (let i = 0; i < length; i++) {
          const values = schema.map(({ type }, c) => {
            const vector = vectors[c];
            return vector === undefined ? null : getValue(vector, i, type);
          });
          rows.push(`${kinds === null ? 0 : kinds[i]} ${values.join(' ')}`);
        }
      },
      flush: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }),
  };
}

async function start(
  name: string,
  rows: string[],
  call: (n: number) => Promise<string>,
): Promise<{ readonly db: Millrace; run(insert: string): Promise<void>; stop(): Promise<void> }> {
  const db = await Millrace.create({
    connectors: [numbers, collecting(rows)],
    settings: { 'execution.checkpointing.dir': join(folder, name), 'execution.checkpointing.interval': '1 h' },
  });
  db.function('looked_up', { kind: 'async', args: ['INT'], returns: 'STRING', concurrency: 16 }, call);
  db.aggregate('total', {
    args: ['STRING'],
    returns: 'STRING',
    create: () => ({ rows: 0n, last: '' }),
    accumulate: (state, text: string) => ({ rows: state.rows + 1n, last: text }),
    result: ({ rows: count, last }) => `${count} ${last}`,
  });
  await db.script(`CREATE TABLE n (x INT) WITH ('connector' = 'numbers');
    CREATE TABLE pairs (x INT, y STRING) WITH ('connector' = 'collecting');
    CREATE TABLE totals (y STRING) WITH ('connector' = 'collecting');`);
  let job: Awaited<ReturnType<Millrace['script']>>[number] | undefined;
  return {
    db,
    run: async (insert) => {
      [job] = await db.script(insert);
      await job?.done;
    },
    stop: async () => {
      for (const running of db.jobs) await running.stop();
    },
  };
}

test.each([
  ['ordered rows', 'pairs', 'INSERT INTO pairs SELECT x, looked_up(x) FROM n'],
  ['an aggregate behind them', 'totals', 'INSERT INTO totals SELECT total(looked_up(x)) FROM n'],
])(
  'a job stopped with rows in flight goes on as if it had not been: %s',
  async (name, _, insert) => {
    const whole: string[] = [];
    const uncut = await start(`${name} uncut`, whole, (n) => Promise.resolve(`v${n}`));
    await uncut.run(insert);
    await uncut.db.close();
    expect(whole.length).toBeGreaterThanOrEqual(LIMIT);

    const rows: string[] = [];
    let lives = 0;
    for (let isOver = false; !isOver; lives++) {
      if (lives > 20) throw new Error('the job does not end');
      // Of the calls of a life some come back, the others hang until it is stopped.
      const made = { count: 0, hanging: 0 };
      const life = await start(name, rows, (n) => {
        if (made.count++ < 40) return Promise.resolve(`v${n}`);
        made.hanging++;
        return new Promise(() => {});
      });
      const run = life.run(insert);
      // Until it is over, or nothing comes any more.
      for (let quiet = 0, before = -1; quiet < 4 && life.db.jobs[0]?.status !== 'finished';) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        quiet = made.count === before && made.hanging > 0 ? quiet + 1 : 0;
        before = made.count;
      }
      await life.stop();
      await run;
      await life.db.close();
      isOver = made.hanging === 0;
    }
    expect(lives).toBeGreaterThan(3);
    expect(rows).toEqual(whole);
  },
  60_000,
);

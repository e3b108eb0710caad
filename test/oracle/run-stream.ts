/** Runs a query over random streams in one life: batch size, parallelism, splits, restarts. */
import { type ScriptFeed, ScriptFeeds, type ScriptRow, scriptConnector } from '../../src/connectors/script/index.ts';
import { Engine } from '../../src/engine.ts';
import { parseStatement } from '../../src/parser/parser.ts';
import { fakePlatform } from '../../src/platform/fake-platform.ts';
import type { GraphSnapshot } from '../../src/runtime/graph-content.ts';
import type { Schema } from '../../src/types/schema.ts';
import { type Value, type Vector, getValue } from '../../src/types/vector.ts';
import type { RandomSource } from './random-source.ts';

export interface Life {
  readonly batchSize: number;
  readonly parallelism: number;
  readonly splits: number;
  /** How often the job is stopped and started again from a snapshot. */
  readonly restarts: number;
}

export function randomLife(random: RandomSource, splits = random.pick([1, 1, 2, 3])): Life {
  return {
    batchSize: random.pick([1, 7, 1024]),
    parallelism: random.pick([1, 1, 2, 3]),
    splits,
    restarts: random.pick([0, 0, 1, 4]),
  };
}

export interface StreamTable {
  readonly name: string;
  /** Columns and watermark. */
  readonly columns: string;
  readonly changes: readonly ScriptRow[];
  readonly updates: boolean;
  /** The changes are by the primary key. */
  readonly byKey?: boolean;
}

export interface StreamResult {
  /** Every change, in order: the kind and the values. */
  readonly changes: readonly (readonly [kind: number, values: readonly Value[]])[];
  readonly counters: Readonly<Record<string, number>>;
}

export async function runStream(
  sql: string,
  tables: readonly StreamTable[],
  life: Life,
  random: RandomSource,
): Promise<StreamResult> {
  const feeds = new ScriptFeeds();
  const engine = new Engine(fakePlatform(), [scriptConnector(feeds)]);
  const session = engine.openSession();
  session.settings.set('millrace.batch-size', String(life.batchSize));
  session.settings.set('parallelism.default', String(life.parallelism));
  const nothing = { target: () => ({ write: () => {} }) };
  const inputs: { readonly feed: ScriptFeed; readonly changes: readonly ScriptRow[] }[] = [];
  for (const { name, columns, changes, updates, byKey } of tables) {
    const changelog = byKey === true ? 'upsert' : updates ? 'all' : 'insert';
    await session.executeSql(
      `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'script', 'splits' = '${life.splits}', 'changelog' = '${changelog}')`,
      nothing,
    );
    inputs.push({ feed: feeds.feed(session.catalog.path([name])), changes });
  }
  const statement = parseStatement(sql);
  let out: [number, readonly Value[]][] = [];
  const start = async (restoreFrom: GraphSnapshot | null) => {
    let schema: Schema = [];
    const result = await session.execute(statement, {
      restoreFrom,
      target: (query) => {
        ({ schema } = query);
        return {
          write: (batch) => {
            for (let i = 0; i < batch.length; i++) {
              const values = schema.map(({ type }, c) => getValue(batch.vectors[c] as Vector, i, type));
              out.push([batch.kinds === null ? 0 : (batch.kinds[i] as number), values]);
            }
          },
        };
      },
    });
    if (result.kind !== 'query') throw new Error('not a query');
    return result.job;
  };
  /** More rows for every input, at random lengths. */
  const push = (share: number): void => {
    for (const { feed, changes } of inputs) {
      const upTo =
        share >= 1
          ? changes.length
          : Math.min(changes.length, feed.rows.length + random.below(1 + Math.ceil(changes.length * share)));
      for (let i = feed.rows.length; i < upTo; i++) feed.rows.push(changes[i] as ScriptRow);
    }
  };
  let job = await start(null);
  for (let i = 0; i < life.restarts; i++) {
    push(1.5 / (life.restarts + 1));
    // At times in the middle of reading what was pushed.
    if (random.chance(60)) await job.settled();
    const snapshot = structuredClone(await job.snapshot());
    const before = out.slice();
    // What comes between snapshot and crash is lost and comes again.
    push(0.2);
    if (random.chance(50)) await job.settled();
    await job.stop();
    out = before;
    job = await start(snapshot);
  }
  push(1);
  for (const { feed } of inputs) feed.ended = true;
  const { error } = await job.done;
  if (error !== null) throw error;
  return { changes: out, counters: job.counters };
}

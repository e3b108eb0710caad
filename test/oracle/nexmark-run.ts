/** Runs the files of `bench/queries/nexmark` as they stand, with a `blackhole` that looks at what it gets. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { substituteVariables } from '../../src/engine/variables.ts';
import type { Connector } from '../../src/connectors/connector.ts';
import { Engine } from '../../src/engine.ts';
import type { Statement } from '../../src/parser/ast.ts';
import { nodePlatform } from '../../src/platform/node-platform.ts';
import type { FileSystem } from '../../src/platform/platform.ts';
import type { GraphSnapshot } from '../../src/runtime/graph-content.ts';
import type { Session } from '../../src/session.ts';
import type { Batch } from '../../src/types/batch.ts';
import type { Schema } from '../../src/types/schema.ts';
import { type Vector, getValue } from '../../src/types/vector.ts';
import { Accumulated } from './accumulate.ts';
import { rowText } from './stream-oracle.ts';

const folder = fileURLToPath(new URL('../../bench/queries/nexmark/', import.meta.url));
const fileOf = (name: string): string => readFileSync(join(folder, `${name}.sql`), 'utf8');

/** All queries, as their files are named. */
export const NEXMARK_QUERIES: readonly string[] = readdirSync(folder)
  .filter((file) => /^q.*\.sql$/.test(file))
  .map((file) => file.slice(0, -'.sql'.length))
  .toSorted((a, b) => Number.parseInt(a.slice(1), 10) - Number.parseInt(b.slice(1), 10) || (a < b ? -1 : 1));

export interface EventSet {
  readonly events: number;
  readonly perSecond: number;
  readonly baseTime: string;
  readonly proportions: readonly [persons: number, auctions: number, bids: number];
}

export interface NexmarkLife {
  readonly name: string;
  readonly batchSize: number;
  readonly parallelism: number;
  /** Whether the events come from a file: the generator makes others for each subtask. */
  readonly recorded: boolean;
  readonly disabledRules: readonly string[];
  /** How often the job is stopped and started again from a snapshot. */
  readonly restarts: number;
  /** `millrace.state.memory`, if not as much as it wants. */
  readonly stateMemory?: string;
}

/** As the benchmark is run: five seconds of it. */
export const DENSE: EventSet = {
  events: 50_000,
  perSecond: 10_000,
  baseTime: '2015-07-15 00:00:00',
  proportions: [1, 3, 46],
};

export const PLAIN: NexmarkLife = {
  name: 'plain',
  batchSize: 2048,
  parallelism: 1,
  recorded: false,
  disabledRules: [],
  restarts: 0,
};

type Change = readonly [kind: number, row: string];

export interface NexmarkRunOptions {
  /** The directory of the recorded events. */
  readonly eventsPath?: string;
  readonly fileSystem?: FileSystem;
  /** Gets what the query writes; absent: it is kept as text. */
  readonly take?: (batch: Batch, schema: Schema) => void;
}

export class NexmarkRun {
  readonly #set: EventSet;
  readonly #changes: Change[] = [];
  readonly #session: Session;
  readonly #eventsPath: string;

  constructor(set: EventSet, options: NexmarkRunOptions) {
    this.#set = set;
    this.#eventsPath = options.eventsPath ?? '/events';
    const { fileSystem = nodePlatform().fileSystem, take = (batch, schema) => keep(batch, schema, this.#changes) } =
      options;
    this.#session = new Engine({ ...nodePlatform(), fileSystem }, [taking(take)]).openSession();
  }

  /** Writes the events as JSON lines to where they are read as recorded. */
  async record(): Promise<void> {
    await this.#define(false);
    await this.#run('INSERT INTO recorded SELECT event_type, person, auction, bid FROM generated');
  }

  /** The changes of a query, in order. */
  async changes(query: string, life: NexmarkLife): Promise<readonly Change[]> {
    const { settings } = this.#session;
    settings.set('millrace.batch-size', String(life.batchSize));
    settings.set('parallelism.default', String(life.parallelism));
    settings.set('millrace.disabled-rules', life.disabledRules.join(','));
    if (life.stateMemory !== undefined) settings.set('millrace.state.memory', life.stateMemory);
    await this.#define(life.recorded);
    const [sink, insert] = this.#parse(fileOf(query), life.recorded) as [Statement, Statement];
    await this.#execute(sink);
    let job = await this.#start(insert, null);
    for (let restart = 0; restart < life.restarts; restart++) {
      let snapshot: GraphSnapshot | null = null;
      // Each comes after one more step of a source.
      for (let step = 0; step < STEPS_BETWEEN; step++) snapshot = await job.snapshot();
      const { length } = this.#changes;
      const copy = structuredClone(snapshot);
      if (copy === null) throw new Error(`${query} was over before restart ${restart}`);
      // What comes between snapshot and crash is lost and comes again.
      await job.snapshot();
      await job.snapshot();
      await job.stop();
      this.#changes.length = length;
      job = await this.#start(insert, copy);
    }
    const { error } = await job.done;
    if (error !== null) throw error;
    return this.#changes;
  }

  /** The rows that a query on the tables gives. */
  async read(sql: string): Promise<string[]> {
    const changes: Change[] = [];
    const result = await this.#session.executeSql(sql, {
      target: ({ schema }) => ({ write: (batch) => keep(batch, schema, changes) }),
    });
    if (result.kind !== 'query') throw new Error('not a query');
    const { error } = await result.job.done;
    if (error !== null) throw error;
    return accumulate(changes);
  }

  async #define(recorded: boolean): Promise<void> {
    for (const statement of this.#parse(fileOf('ddl'), recorded)) await this.#execute(statement);
  }

  #parse(text: string, recorded: boolean): readonly Statement[] {
    const { events, perSecond, baseTime, proportions } = this.#set;
    const variables = new Map(
      Object.entries({
        NEXMARK_TABLE: recorded ? 'recorded' : 'generated',
        EVENTS_NUM: String(events),
        TPS: String(perSecond),
        BASE_TIME: baseTime,
        PERSON_PROPORTION: String(proportions[0]),
        AUCTION_PROPORTION: String(proportions[1]),
        BID_PROPORTION: String(proportions[2]),
        EVENTS_PATH: this.#eventsPath,
        OUTPUT_DIR: OUTPUT_DIRECTORY,
      }),
    );
    const { statements, errors } = this.#session.parse(substituteVariables(text, variables));
    if (errors[0] !== undefined) throw errors[0];
    return statements.map(({ statement }) => statement);
  }

  async #run(sql: string): Promise<void> {
    const result = await this.#session.executeSql(sql, { target: noTarget });
    const error = result.kind === 'insert' ? (await result.job.done).error : null;
    if (error !== null) throw error;
  }

  async #execute(statement: Statement): Promise<void> {
    await this.#session.execute(statement, { target: noTarget });
  }

  async #start(insert: Statement, restoreFrom: GraphSnapshot | null) {
    const result = await this.#session.execute(insert, { target: noTarget, restoreFrom });
    if (result.kind !== 'insert') throw new Error('not an INSERT');
    return result.job;
  }
}

const STEPS_BETWEEN = 30;
/** Where q10 writes. */
export const OUTPUT_DIRECTORY = '/output';

const noTarget = () => ({ write: () => {} });

/** What stands at the end; a retraction that hits no row is an error. */
export function accumulate(changes: readonly Change[]): string[] {
  const result = new Accumulated();
  for (const [kind, row] of changes) result.apply(kind, row);
  return result.rows();
}

/** A `blackhole` that looks at every change, the -U included. */
function taking(take: (batch: Batch, schema: Schema) => void): Connector {
  return {
    name: 'blackhole',
    doc: 'Looks at every change.',
    options: {},
    format: 'none',
    metadata: [],
    sinkAccepts: 'all',
    sink: ({ schema }) => ({
      guarantee: 'exactly-once',
      write: (batch) => take(batch, schema),
      flush: async () => {},
      close: async () => {},
    }),
  };
}

function keep({ length, kinds, vectors }: Batch, schema: Schema, changes: Change[]): void {
  for (let i = 0; i < length; i++) {
    const row = rowText(schema.map(({ type }, c) => getValue(vectors[c] as Vector, i, type)));
    changes.push([kinds === null ? 0 : (kinds[i] as number), row]);
  }
}

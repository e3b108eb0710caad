/** Runs one golden script in one life and gives, for each check, the lines that came out. */
import { scriptConnector, type ScriptFeed, ScriptFeeds } from '../../../src/connectors/script/index.ts';
import { renderError } from '../../../src/engine/render-error.ts';
import { Engine } from '../../../src/engine.ts';
import { type EngineError, toEngineError } from '../../../src/errors.ts';
import { parseStatement } from '../../../src/parser/parser.ts';
import type { Statement } from '../../../src/parser/ast.ts';
import { fakePlatform } from '../../../src/platform/fake-platform.ts';
import type { Job } from '../../../src/runtime/job.ts';
import type { Session } from '../../../src/session.ts';
import type { Batch } from '../../../src/types/batch.ts';
import type { Schema } from '../../../src/types/schema.ts';
import { type Value, getValue } from '../../../src/types/vector.ts';
import type { Block, Script } from './script-file.ts';
import { formatRow, parseRow } from './values.ts';

export interface Life {
  readonly name: string;
  readonly batchSize: number;
  readonly parallelism: number;
  readonly disabledRules: readonly string[];
  /** Checkpoint and restart every job between every two steps. */
  readonly restarts: boolean;
  /** The parallelism of each restart, in turn; absent = always the same. */
  readonly rescaled?: readonly number[];
  /** State leaves memory wherever it can. */
  readonly spilled?: boolean;
}

/** Checkpoints are taken when a script says so, and failures are seen at once. */
const JOB_SETTINGS = {
  'execution.checkpointing.dir': '/state',
  'execution.checkpointing.interval': '0',
  'restart-strategy.type': 'none',
};

interface Running {
  readonly name: string;
  readonly statement: Statement;
  readonly sql: string;
  job: Job;
  schema: Schema;
  rows: string[];
  reported: boolean;
}

export async function runGolden(script: Script, life: Life): Promise<string[][]> {
  const run = new GoldenRun(life);
  const outcomes: string[][] = [];
  for (const [i, block] of script.blocks.entries()) {
    const next = script.blocks.slice(i + 1).find((other) => other.kind !== 'text');
    const output = await run.step(block, next);
    if (output !== null) outcomes.push(output);
  }
  await run.close();
  return outcomes;
}

const isOver = (job: Job): boolean => job.status !== 'running' && job.status !== 'created';

class GoldenRun {
  readonly #life: Life;
  readonly #platform = fakePlatform({ seed: 1 });
  readonly #feeds = new ScriptFeeds();
  readonly #engine: Engine;
  readonly #session: Session;
  readonly #running: Running[] = [];
  /** Lines of statements that ran at once. */
  #immediate: string[] = [];
  #restarts = 0;

  constructor(life: Life) {
    this.#life = life;
    this.#engine = new Engine(this.#platform, [scriptConnector(this.#feeds)]);
    this.#session = this.#engine.openSession();
    this.#session.settings.set('parallelism.default', String(life.parallelism));
    this.#session.settings.set('millrace.batch-size', String(life.batchSize));
    this.#session.settings.set('millrace.disabled-rules', life.disabledRules.join(','));
    if (life.spilled === true) this.#session.settings.set('millrace.state.memory', '1');
  }

  async step(block: Block, next: Block | undefined): Promise<string[] | null> {
    switch (block.kind) {
      case 'text':
        return null;
      case 'statement':
        await this.#statement(block, next);
        return null;
      case 'push': {
        const { feed, schema } = this.#feed(block.table);
        for (const row of block.rows) feed.rows.push(parseRow(row, schema));
        await this.#settle();
        return null;
      }
      case 'end':
        this.#feed(block.table).feed.ended = true;
        await this.#settle();
        return null;
      case 'file': {
        const file = await this.#platform.fileSystem.openWrite(block.path);
        await file.write(Buffer.from(block.content));
        await file.close();
        return null;
      }
      case 'clock':
        await this.#platform.clock.advance(block.ms);
        await this.#settle();
        return null;
      case 'crash':
        for (const running of this.#running) {
          await running.job.kill();
          running.rows = [];
        }
        return null;
      case 'restart':
        for (const running of this.#running) await this.#restart(running);
        await this.#settle();
        return null;
      case 'check':
        return this.#check(block);
    }
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  async #statement(block: Extract<Block, { kind: 'statement' }>, next: Block | undefined): Promise<void> {
    try {
      const statement = parseStatement(block.sql.replace(/;\s*$/, ''));
      if (block.name !== null) {
        await this.#start(block.name, statement, block.sql);
        await this.#settle();
        return;
      }
      let schema: Schema = [];
      const rows: string[] = [];
      const result = await this.#session.execute(statement, {
        target: (query) => {
          schema = query.schema;
          return { write: (batch) => void rows.push(...this.#format(batch, schema)) };
        },
      });
      if (result.kind === 'query' || result.kind === 'insert') {
        const { error } = await result.job.done;
        this.#immediate.push(...rows);
        if (error !== null) throw error;
      } else if (result.kind === 'listing') {
        this.#immediate.push(
          ...result.rows.flatMap((row) => row.join(' | ').split('\n')).filter((line) => line.trim() !== ''),
        );
      }
    } catch (error) {
      const known = toEngineError(error);
      if (known.domain === 'internal') throw error;
      if (next?.kind !== 'check' && process.env['MILLRACE_UPDATE'] !== '1') {
        throw new Error(`an error without expected text: ${renderError(known, block.sql)}`, { cause: error });
      }
      this.#immediate.push(...renderError(known, block.sql).split('\n'));
    }
  }

  async #start(name: string, statement: Statement, sql: string): Promise<void> {
    const running: Running = {
      name,
      statement,
      sql,
      job: null as unknown as Job,
      schema: [],
      rows: [],
      reported: false,
    };
    await this.#restart(running);
    this.#running.push(running);
  }

  async #restart(running: Running): Promise<void> {
    const { settings } = this.#session;
    const { rescaled } = this.#life;
    if (rescaled !== undefined) {
      settings.set('parallelism.default', String(rescaled[this.#restarts++ % rescaled.length]));
    }
    const own = Object.entries({ ...JOB_SETTINGS, 'pipeline.name': running.name });
    for (const [key, value] of own) settings.set(key, value);
    try {
      const result = await this.#session.execute(running.statement, {
        keepQuery: true,
        target: ({ schema }) => {
          running.schema = schema;
          return { write: (batch) => void running.rows.push(...this.#format(batch, schema)) };
        },
      });
      if (result.kind !== 'query' && result.kind !== 'insert') throw new Error('only queries and INSERTs are jobs');
      running.job = result.job;
    } finally {
      for (const [key] of own) settings.reset(key);
    }
  }

  /** Waits until nothing more comes of what was pushed; in the life with restarts, goes through a checkpoint. */
  async #settle(): Promise<void> {
    for (const running of this.#running) await running.job.settled();
    if (!this.#life.restarts) return;
    for (const running of this.#running) {
      if (isOver(running.job)) continue;
      await running.job.checkpoint();
      await running.job.kill();
      await this.#restart(running);
    }
    for (const running of this.#running) await running.job.settled();
  }

  async #check(block: Extract<Block, { kind: 'check' }>): Promise<string[]> {
    await this.#settle();
    const lines = this.#immediate.splice(0);
    for (const running of this.#running) {
      const rows = running.rows.splice(0).map((row) => `${running.name} ${row}`);
      lines.push(...rows);
      if (running.job.status === 'failed' && !running.reported) {
        running.reported = true;
        const { error } = await running.job.done;
        if (error?.domain === 'internal') throw error;
        lines.push(
          ...renderError(error as EngineError, null)
            .split('\n')
            .map((line, i) => (i === 0 ? `${running.name} ${line}` : line)),
        );
      } else if (rows.length === 0 && block.expected.includes(`${running.name} (nothing)`))
        lines.push(`${running.name} (nothing)`);
    }
    for (const line of block.expected) {
      const metric = /^metric ([\w-]+) =/.exec(line)?.[1];
      if (metric !== undefined) lines.push(`metric ${metric} = ${this.#metric(metric)}`);
    }
    if (block.checkpoint) {
      for (const running of this.#running) await running.job.checkpoint();
    }
    return lines;
  }

  #metric(name: string): number {
    return this.#running.reduce((sum, { job }) => sum + (job.counters[name] ?? 0), 0);
  }

  #feed(table: string): { feed: ScriptFeed; schema: Schema } {
    const path = this.#session.catalog.path(table.split('.'));
    const relation = this.#session.catalog.get(path);
    if (relation.kind !== 'table') throw new Error(`${table} is not a table`);
    const schema = relation.columns.filter((column) => column.kind === 'physical');
    return { feed: this.#feeds.feed(path), schema };
  }

  #format(batch: Batch, schema: Schema): string[] {
    const timeZone = this.#session.settings.get('table.local-time-zone') ?? 'UTC';
    return Array.from({ length: batch.length }, (_, i) => {
      const values: Value[] = schema.map(({ type }, c) => getValue(batch.vectors[c]!, i, type));
      return formatRow(batch.kinds === null ? 0 : (batch.kinds[i] as number), values, schema, timeZone);
    });
  }
}

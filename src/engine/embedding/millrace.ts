import type { Connector } from '../../connectors/connector.ts';
import { Engine } from '../../engine.ts';
import { EngineError } from '../../errors.ts';
import type { UserFunction } from '../../functions/user/user-function.ts';
import type { Format } from '../../formats/format.ts';
import { parseStatement } from '../../parser/parser.ts';
import { nodePlatform } from '../../platform/node-platform.ts';
import type { Platform } from '../../platform/platform.ts';
import type { Job } from '../../runtime/job.ts';
import { Session, type StatementResult } from '../../session.ts';
import type { JsRow } from '../js-row.ts';
import type { QueryParameters } from '../parameters.ts';
import { type AggregateSpec, type FunctionBody, type FunctionSpec, userFunction } from '../function-spec.ts';
import { aborted, JobHandle } from './job-handle.ts';
import type { MemoryTable } from './memory-table.ts';
import { Query } from './query.ts';
import type { ColumnTypes, PushRow, RowOf } from './row-types.ts';
import { createTableText, memoryTable } from './create-table.ts';
import type { TableSpec } from './table-spec.ts';

/** How an engine is made. */
export interface MillraceOptions {
  /** `SET` keys: `{ 'table.local-time-zone': 'Europe/Berlin', 'parallelism.default': '2' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Connectors beside those that come along, or in the place of one of the same name. */
  readonly connectors?: readonly Connector[];
  /** Formats beside those that come along, or in the place of one of the same name. */
  readonly formats?: readonly Format[];
  /** The world outside: clock, chance, disk, network, output. The real one unless a test hands in another. */
  readonly platform?: Platform;
}

/** Options of a single call. */
export interface RunOptions {
  /** Stops what the call started. A loop over a query that was aborted throws `query_cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

/** What a statement gave. */
export type ExecuteResult =
  /** A definition or a setting took effect. */
  | { readonly kind: 'done' }
  /** Text rows of SHOW, DESCRIBE, EXPLAIN and SET. */
  | { readonly kind: 'rows'; readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  /** The jobs of an INSERT or a statement set; running, or over with `table.dml-sync`. */
  | { readonly kind: 'jobs'; readonly jobs: readonly JobHandle[] };

/**
 * An engine in the process: SQL in, rows out.
 *
 * ```ts
 * await using db = await Millrace.create();
 * const orders = db.table('orders', { columns: { item: 'STRING', amount: 'INT' } });
 * ```
 */
export class Millrace implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #session: Session;
  /** Whether closing ends the engine, or just what this session started. */
  readonly #owns: boolean;
  readonly #jobs = new Set<Job>();

  private constructor(engine: Engine, session: Session, owns: boolean) {
    this.#engine = engine;
    this.#session = session;
    this.#owns = owns;
  }

  /** Makes an engine with one session. Throws `invalid_option` for a setting that cannot be. */
  static create(options: MillraceOptions = {}): Promise<Millrace> {
    const engine = new Engine(options.platform ?? nodePlatform(), options.connectors ?? []);
    for (const format of options.formats ?? []) engine.addFormat(format);
    const db = new Millrace(engine, engine.openSession(), true);
    for (const [key, value] of Object.entries(options.settings ?? {})) db.set(key, value);
    return Promise.resolve(db);
  }

  /**
   * Another session of the same engine: the same catalogs, tables, functions and jobs; settings, temporary objects and
   * the current database of its own. Closing it stops what it started and nothing else.
   */
  session(): Millrace {
    return new Millrace(this.#engine, new Session(this.#engine, this.#session.catalog), false);
  }

  /** Sets a key as `SET 'key' = 'value'` does. Throws `invalid_option`. */
  set(key: string, value: string): void {
    this.#session.settings.set(key, value);
  }

  /** The value in force for a key of `SET`; undefined when it has none. */
  get(key: string): string | undefined {
    return this.#session.settings.get(key);
  }

  /**
   * Runs one statement that is not a query: a definition, a setting, SHOW, EXPLAIN, INSERT. An INSERT is started, and
   * has begun to read when the call resolves; with `SET 'table.dml-sync' = 'true'` it is over by then.
   *
   * Throws an `EngineError` with the place in the text (`span`) for SQL that cannot run.
   */
  async execute(sql: string, parameters?: QueryParameters, options: RunOptions = {}): Promise<ExecuteResult> {
    const { signal } = options;
    if (signal?.aborted === true) throw aborted(signal);
    const statement = parseStatement(sql);
    if (statement.kind === 'query') {
      throw new EngineError('unsupported', 'running a query with execute() is not supported', {
        hint: 'Read its rows with query().',
        span: statement.span,
      });
    }
    return this.#result(await this.#session.execute(statement, { parameters }), signal);
  }

  /**
   * Starts a query. It has begun to read when the call resolves, so rows pushed afterwards are its own.
   *
   * `Row` is the type of its rows, for TypeScript alone. Throws an `EngineError` for SQL that cannot run; what fails
   * later is thrown where the result is read.
   */
  async query<Row = JsRow>(sql: string, parameters?: QueryParameters, options: RunOptions = {}): Promise<Query<Row>> {
    const { signal } = options;
    if (signal?.aborted === true) throw aborted(signal);
    const statement = parseStatement(sql);
    if (statement.kind !== 'query') {
      throw new EngineError('unsupported', 'reading rows of what is not a query is not supported', {
        hint: 'Run other statements with execute() or script().',
        span: statement.span,
      });
    }
    let query: Query<Row> | null = null;
    const result = await this.#session.execute(statement, {
      parameters,
      target: (about) => {
        const made = new Query<Row>(about);
        query = made;
        return { write: (batch) => made.write(batch), stop: () => made.release() };
      },
    });
    if (result.kind !== 'query' || query === null) throw new EngineError('internal_error', 'a query gave no rows');
    await this.#begun(result.job);
    return (query as Query<Row>).attach(result.job, signal);
  }

  /**
   * Runs the statements of a text in order: definitions and settings take effect, each INSERT starts its job. The jobs.
   * Nothing runs when the text has a syntax error or holds a query.
   */
  async script(sql: string): Promise<readonly JobHandle[]> {
    const jobs = await this.#session.executeScript(sql);
    await Promise.all(jobs.map((job) => this.#begun(job)));
    return jobs.map((job) => new JobHandle(job));
  }

  /**
   * Makes an in-memory table, which SQL knows by its name, or gives the one that is there.
   *
   * ```ts
   * const t = db.table('t', { columns: { id: 'BIGINT', name: 'STRING', ts: 'TIMESTAMP(3)' },
   *   watermark: { column: 'ts', as: "ts - INTERVAL '5' SECOND" } });
   * await t.push({ id: 1n, name: 'pear', ts: new Date() });
   * ```
   *
   * Throws `duplicate_object` when the table exists and `spec` is given, `undefined_table` when it does not and no `spec`
   * is; `syntax_error` for a type that is none.
   */
  table<const C extends ColumnTypes>(name: string, spec: TableSpec<C>): MemoryTable<RowOf<C>, PushRow<C>>;
  table<Row = JsRow>(name: string): MemoryTable<Row>;
  table(name: string, spec?: TableSpec): MemoryTable<never, never> {
    if (spec !== undefined) this.#session.define(createTableText(name, spec));
    return memoryTable(name, this.#session.catalog, this.#engine) as unknown as MemoryTable<never, never>;
  }

  /**
   * Defines a function for every session of the engine; one of the same name is replaced, also one that comes along.
   *
   * ```ts
   * db.function('initial', { args: ['STRING'], returns: 'STRING' }, (s: string | null) => s?.[0] ?? null);
   * db.function('words', { kind: 'table', args: ['STRING'], returns: { word: 'STRING' } }, (s: string) => s.split(' '));
   * ```
   *
   * Values come and go as in rows (`JsValue`); with `kind: 'vectorized'` as columns: `(length, a, b) => values`. What a
   * call throws ends the query with `user_function_failed`, which names the function and its arguments.
   *
   * Throws `invalid_definition`, or the error of a type that is none.
   */
  function(name: string, spec: FunctionSpec, body: FunctionBody): void {
    this.#define(name, userFunction(name, spec, body));
  }

  /**
   * Defines an aggregate function, as `function` does.
   *
   * ```ts
   * db.aggregate('product', { args: ['DOUBLE'], returns: 'DOUBLE', create: () => ({ value: 1 }),
   *   accumulate: (state, x) => void (state.value *= x), result: (state) => state.value });
   * ```
   */
  aggregate<State>(name: string, spec: AggregateSpec<State>): void {
    this.#define(name, userFunction(name, spec as AggregateSpec, null));
  }

  /** Makes tables of a connector of your own possible: `WITH ('connector' = '<its name>')`. */
  connector(connector: Connector): void {
    this.#engine.addConnector(connector);
  }

  /** Makes a format of your own possible: `'format' = '<its name>'`. */
  format(format: Format): void {
    this.#engine.addFormat(format);
  }

  /** The jobs of the engine: those that run, and the last hundred that are over. */
  get jobs(): readonly JobHandle[] {
    return this.#engine.jobs.map((job) => new JobHandle(job));
  }

  /** Stops what runs, and of the first session the engine itself. Resolves when all is over. */
  async close(): Promise<void> {
    if (this.#owns) return this.#engine.close();
    await Promise.all([...this.#jobs].map((job) => job.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #define(name: string, definition: UserFunction): void {
    const { catalog } = this.#session;
    const fn = { path: catalog.path([name]), scope: 'temporary system', module: null, definition } as const;
    catalog.createFunction(fn, { replace: true });
  }

  async #begun(job: Job): Promise<void> {
    this.#jobs.add(job);
    void job.done.finally(() => this.#jobs.delete(job));
    await job.started;
  }

  async #result(result: StatementResult, signal: AbortSignal | undefined): Promise<ExecuteResult> {
    switch (result.kind) {
      case 'done':
        return { kind: 'done' };
      case 'listing':
        return { kind: 'rows', columns: result.columns, rows: result.rows };
      case 'query':
        throw new EngineError('internal_error', 'a query went where none can');
      case 'insert':
      case 'inserts': {
        const started = result.kind === 'insert' ? [result.job] : result.jobs;
        const jobs = started.map((job) => new JobHandle(job, signal));
        await Promise.all(started.map((job) => this.#begun(job)));
        if (this.#session.settings.boolean('table.dml-sync')) await Promise.all(jobs.map(({ done }) => done));
        return { kind: 'jobs', jobs };
      }
    }
  }
}

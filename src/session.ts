/**
 * A session: text in, results out; the one place where the phases are called in order.
 *
 *   text → `parseScript` → statements → `planQuery` / `planInsert` → physical plan → `Engine.startJob` → a running job
 *
 * Definitions change the session's catalog when they are reached; nothing is planned before that.
 */
import { crc32 } from 'node:zlib';
import { Catalog } from './catalog/catalog.ts';
import type { CatalogTable } from './catalog/table.ts';
import type { Engine, StartJobOptions } from './engine.ts';
import { EngineError, toEngineError } from './errors.ts';
import { ExternalCatalogs } from './engine/external-catalogs.ts';
import { loadFunction } from './engine/load-function.ts';
import { filePaths } from './engine/file-paths.ts';
import { inferTable } from './engine/infer-table.ts';
import type { Insert, Query, SetStatement, Statement, StatementSet, StopJob, StringLiteral } from './parser/ast.ts';
import { type ParsedStatement, parseScript, parseStatement } from './parser/parser.ts';
import { printSql } from './parser/print.ts';
import { type PhysicalNode, type SortKey, isInsertOnly } from './plan/physical.ts';
import type { PlannerContext } from './planner/context.ts';
import { located } from './planner/bind/call.ts';
import { type StatementOutput, executeDefinition } from './planner/definitions.ts';
import { explainStatement } from './planner/explain-statement.ts';
import { planInsert, planQuery } from './planner/planner.ts';
import type { JsRow } from './engine/js-row.ts';
import { QueryRows } from './engine/query-rows.ts';
import { exactJson } from './engine/embedding/row-keys.ts';
import { bindParameters, type QueryParameters } from './engine/parameters.ts';
import type { ResultTarget } from './engine/result-target.ts';
import type { GraphSnapshot } from './runtime/graph-content.ts';
import type { Job } from './runtime/job.ts';
import { Settings } from './engine/settings.ts';
import type { UserFunction } from './functions/user/user-function.ts';
import { STRING } from './types/data-type.ts';
import type { Schema } from './types/schema.ts';

export { jsonEncoder } from './engine/table-access.ts';

export type StatementResult =
  /** Done, nothing to show. */
  | { readonly kind: 'done' }
  /** Text rows of SHOW, DESCRIBE, EXPLAIN and SET. */
  | { readonly kind: 'listing'; readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  /** A job that writes to tables. */
  | { readonly kind: 'insert'; readonly job: Job }
  /** The jobs of a statement set, one per INSERT. */
  | { readonly kind: 'inserts'; readonly jobs: readonly Job[] }
  /** A query whose rows go to the target that was opened for it. */
  | { readonly kind: 'query'; readonly job: Job; readonly schema: Schema };

/** Opens the target of a query once its schema is known. `updating`: changes besides +I may come. */
export type OpenTarget = (query: {
  readonly schema: Schema;
  readonly updating: boolean;
  /** How ORDER BY orders the rows that stand, as far as it goes by columns of the result. */
  readonly order: readonly SortKey[];
}) => ResultTarget;

export interface ExecuteOptions {
  /** Needed where the statement may be a query. */
  readonly target?: OpenTarget;
  /** Values for `?` and `:name`. */
  readonly parameters?: QueryParameters | undefined;
  /** State for the job that the statement starts. */
  readonly restoreFrom?: GraphSnapshot | null;
  /** Whether a query goes on from its checkpoints, where they are on; else only what writes to tables does. */
  readonly keepQuery?: boolean;
  /** All statements that are run together: none takes the state that is kept for another. */
  readonly script?: readonly Statement[];
}

export class Session {
  readonly settings = new Settings();
  readonly catalog: Catalog;
  readonly #engine: Engine;
  readonly #external: ExternalCatalogs;

  /** `shared`: a catalog whose permanent objects this session sees and changes too. */
  constructor(engine: Engine, shared?: Catalog) {
    this.#engine = engine;
    this.catalog = new Catalog(shared);
    this.#external = new ExternalCatalogs(this.catalog, engine.platform.clock, (info) =>
      engine.openCatalog(info, this.settings),
    );
  }

  /** All statements of a text. Every syntax error is found; when there is one, nothing is returned as runnable. */
  parse(text: string): { readonly statements: readonly ParsedStatement[]; readonly errors: readonly EngineError[] } {
    return parseScript(text);
  }

  /** Runs one statement as far as it goes at once: a job is started, not waited for. */
  async execute(statement: Statement, options: ExecuteOptions): Promise<StatementResult> {
    try {
      return await this.#execute(statement, options);
    } catch (error) {
      if (!(error instanceof RangeError && /call stack/.test(error.message))) throw error;
      // What the parser takes without recursion, such as a chain of operators, is still a tree to all that follows.
      throw new EngineError('syntax_error', 'the statement is nested too deeply', {
        hint: 'Write IN (…) for many ORs, or split it with views.',
        span: statement.span,
      });
    }
  }

  async #execute(statement: Statement, options: ExecuteOptions): Promise<StatementResult> {
    switch (statement.kind) {
      case 'query':
        return this.#query(statement, options);
      case 'insert':
        return this.#insert(statement, options);
      case 'statementSet':
        return this.#statementSet(statement, options);
      case 'explain':
        return listing(
          ['result'],
          [[await this.#withFiles(statement, options, (context) => explainStatement(statement, context))]],
        );
      case 'set':
        return this.#set(statement);
      case 'reset':
        this.settings.reset(statement.key?.value);
        return { kind: 'done' };
      case 'stopJob':
        return this.#stopJob(statement);
      case 'describeJob':
        return describeJob(this.#job(statement.id));
      case 'show':
        if (statement.subject === 'jobs') return this.#jobs(this.#engine.jobs);
        return this.#define(statement, options);
      default:
        return this.#define(statement, options);
    }
  }

  /** Runs a definition that looks at no file, at once. */
  define(sql: string): void {
    executeDefinition(
      parseStatement(sql),
      this.#context(() => undefined, new Map()),
    );
  }

  /** Parses and runs one statement. */
  async executeSql(sql: string, options: ExecuteOptions = {}): Promise<StatementResult> {
    return this.execute(parseStatement(sql), options);
  }

  /**
   * Runs the statements of a text in order: definitions and settings take effect, each INSERT starts its job. The jobs;
   * with `table.dml-sync` they are over. Nothing runs when the text has a syntax error or holds a query.
   */
  async executeScript(sql: string): Promise<Job[]> {
    const { statements, errors } = this.parse(sql);
    if (errors[0] !== undefined) throw errors[0];
    for (const { statement } of statements) if (statement.kind === 'query') throw noTarget(statement);
    const started: Job[] = [];
    const script = statements.map(({ statement }) => statement);
    for (const statement of script) {
      const result = await this.execute(statement, { script });
      const jobs = result.kind === 'insert' ? [result.job] : result.kind === 'inserts' ? result.jobs : [];
      started.push(...jobs);
      if (!this.settings.boolean('table.dml-sync')) continue;
      for (const { error } of await Promise.all(jobs.map((job) => job.done))) if (error !== null) throw error;
    }
    return started;
  }

  /** Starts a query, whose changes are read with `for await`. */
  async query<Row = JsRow>(sql: string): Promise<QueryRows<Row>> {
    const statement = parseStatement(sql);
    if (statement.kind !== 'query') {
      throw new EngineError('syntax_error', 'only a query has rows to read', {
        hint: 'Run other statements with executeScript() or executeSql().',
        span: statement.span,
      });
    }
    let rows: QueryRows<Row> | null = null;
    const result = await this.execute(statement, { target: (query) => (rows = new QueryRows<Row>(query)) });
    if (result.kind !== 'query' || rows === null) throw new EngineError('internal_error', 'a query gave no rows');
    return (rows as QueryRows<Row>).attach(result.job);
  }

  async #query(query: Query, options: ExecuteOptions): Promise<StatementResult> {
    const { plan, schema, order } = await this.#withFiles(query, options, (context) => planQuery(query, context));
    if (options.target === undefined) throw noTarget(query);
    const target = options.target({
      schema,
      order,
      updating: plan.kind === 'collect' && !isInsertOnly(plan.input.changelog),
    });
    const keeps = options.keepQuery === true ? { name: 'select', ...queryDigests(query, options) } : null;
    const job = await this.#start(query, 'collect', { plan, collect: target, keeps }, options);
    return { kind: 'query', schema, job };
  }

  async #insert(insert: Insert, options: ExecuteOptions): Promise<StatementResult> {
    const plan = await this.#withFiles(insert, options, (context) => planInsert(insert, context));
    return { kind: 'insert', job: await this.#startInsert(insert, plan, options) };
  }

  /** All of a set is planned before any of it starts. Each INSERT is a job of its own. */
  async #statementSet(set: StatementSet, options: ExecuteOptions): Promise<StatementResult> {
    const plans = await this.#withFiles(set, options, (context) =>
      set.statements.map((insert) => planInsert(insert, context)),
    );
    const jobs: Job[] = [];
    for (const [i, insert] of set.statements.entries()) {
      jobs.push(await this.#startInsert(insert, plans[i] as PhysicalNode, { script: [set], ...options }));
    }
    return { kind: 'inserts', jobs };
  }

  #startInsert(insert: Insert, plan: PhysicalNode, options: ExecuteOptions): Promise<Job> {
    const name = insert.target.parts.map((part) => part.name).join('.');
    const table = plan.kind === 'sink' ? plan.table.path : [name];
    const keeps = {
      name: `insert-into_${tableName(table)}`,
      ...queryDigests(insert, options),
    };
    return this.#start(insert, `insert-into_${name}`, { plan, collect: null, keeps }, options);
  }

  async #start(
    statement: Statement,
    name: string,
    job: Pick<StartJobOptions, 'plan' | 'collect' | 'keeps'>,
    options: ExecuteOptions,
  ): Promise<Job> {
    const own = this.settings.get('pipeline.name');
    const { plan, collect, keeps = null } = job;
    try {
      return await this.#engine.startJob({
        name: own ?? name,
        plan,
        settings: this.settings,
        collect,
        functions: this.#functions(),
        keeps: keeps === null || own === undefined ? keeps : { ...keeps, name: own },
        restoreFrom: options.restoreFrom ?? null,
      });
    } catch (error) {
      throw error instanceof EngineError ? error.at(statement.span) : error;
    }
  }

  async #define(statement: Statement, options: ExecuteOptions): Promise<StatementResult> {
    this.#engine.platform.faults.reach('definition.before-change');
    const output: StatementOutput = await this.#withFiles(statement, options, (context) =>
      executeDefinition(statement, context),
    );
    // Rows in memory belong to a table, not to its name.
    if (statement.kind === 'dropTable') {
      this.#engine.memory.drop(this.catalog.path(statement.name.parts.map((part) => part.name)));
    }
    return output === null ? { kind: 'done' } : listing(output.columns, output.rows);
  }

  #set({ key, value, span }: SetStatement): StatementResult {
    if (key === null || value === null) {
      return listing(
        ['key', 'value'],
        this.settings.entries().map(([name, text]) => [name, text]),
      );
    }
    located(span, () => this.settings.set(key.value, value.value));
    return { kind: 'done' };
  }

  #job(id: StringLiteral): Job {
    return located(id.span, () => this.#engine.job(id.value));
  }

  async #stopJob({ id, withSavepoint, withDrain, span }: StopJob): Promise<StatementResult> {
    const job = this.#job(id);
    if (withSavepoint) located(span, () => job.checkSavepoint());
    const { error } = await job.stop({ savepoint: withSavepoint, drain: withDrain });
    if (error !== null) throw error.at(span);
    if (!withSavepoint) return { kind: 'done' };
    // It may have ended by itself just before.
    if (job.savepointPath === null) located(span, () => job.checkSavepoint());
    return listing(['savepoint path'], [[job.savepointPath ?? '']]);
  }

  #jobs(jobs: readonly Job[]): StatementResult {
    return listing(
      ['job id', 'job name', 'status', 'start time'],
      jobs.map((job) => [job.id, job.name, job.status.toUpperCase(), instantText(job.startedMs)]),
    );
  }

  /** Plans with the files and external tables of a statement looked at first, since planning itself is synchronous. */
  async #withFiles<T>(
    statement: Statement,
    { parameters }: ExecuteOptions,
    plan: (context: PlannerContext) => T,
  ): Promise<T> {
    const parameter = bindParameters(statement, parameters);
    const loaded = await this.#loadFunction(statement);
    await this.#external.lookUp(statement);
    const files = new Map(
      await Promise.all(
        filePaths(statement, this.catalog).map(async ({ value, span }) => {
          try {
            return [value, await inferTable(value, this.#engine.platform.fileSystem)] as const;
          } catch (error) {
            throw toEngineError(error).at(span);
          }
        }),
      ),
    );
    return plan({ ...this.#context(parameter, files), loadedFunction: () => loaded });
  }

  async #loadFunction(statement: Statement): Promise<UserFunction | undefined> {
    if (statement.kind !== 'createFunction' && statement.kind !== 'alterFunction') return undefined;
    try {
      return await loadFunction(statement, this.#engine.moduleFolder);
    } catch (error) {
      throw toEngineError(error).at(statement.className.span);
    }
  }

  /** The functions that a plan calls, as they are when the job that runs it first needs them. */
  #functions(): (name: string) => UserFunction {
    const used = new Map<string, UserFunction>();
    return (name) => {
      const found = used.get(name) ?? this.catalog.functionById(name)?.definition;
      if (found === undefined) throw new EngineError('undefined_function', `function "${name}" does not exist`);
      used.set(name, found);
      return found;
    };
  }

  #context(
    parameter: NonNullable<PlannerContext['parameter']>,
    files: ReadonlyMap<string, CatalogTable>,
  ): PlannerContext {
    return {
      catalog: this.catalog,
      config: this.settings,
      connectors: this.#engine.connectors(this.settings),
      formats: this.#engine.formats,
      catalogTypes: this.#engine.catalogTypes,
      parseQuery: (sql) => {
        const parsed = parseStatement(sql);
        if (parsed.kind !== 'query') throw new EngineError('internal_error', 'a view is not a query');
        return parsed;
      },
      printSql,
      parameter,
      inferFileTable: (path) => {
        const table = files.get(path);
        if (table === undefined) throw new EngineError('undefined_file', `file '${path}' was not looked at`);
        return table;
      },
      disabledRules: new Set(
        (this.settings.get('millrace.disabled-rules') ?? '').split(',').filter((name) => name !== ''),
      ),
    };
  }
}

const noTarget = (query: Query): EngineError =>
  new EngineError('unsupported', 'a query without a place for its rows is not supported', {
    hint: 'Read it with query(), or give executeSql() a target.',
    span: query.span,
  });

const instantText = (ms: number): string => new Date(ms).toISOString();

/** What SHOW JOBS tells of a job, and how its checkpoints, sources and sinks fare. */
function describeJob(job: Job): StatementResult {
  const { checkpoints, gauges } = job;
  const last = checkpoints?.last ?? null;
  const rows: [string, string][] = [
    ['job id', job.id],
    ['job name', job.name],
    ['status', job.status.toUpperCase()],
    ['start time', instantText(job.startedMs)],
    ['restarts', String(job.restarts)],
    ...(checkpoints === null
      ? []
      : ([
          ['checkpoints', `${checkpoints.completed} completed, ${checkpoints.failed} failed`],
          ...(last === null
            ? []
            : [
                [
                  'last checkpoint',
                  `${last.epoch}: ${last.sizeBytes} bytes, ${last.writtenBytes} written, in ${Math.round(last.durationMs)} ms, stream held for ${Math.round(last.pauseMs)} ms`,
                ],
                ['last checkpoint path', last.path],
              ]),
        ] as [string, string][])),
    ...Object.entries(gauges).map(([name, value]): [string, string] => [name, String(value)]),
  ];
  return listing(
    rows.map(([name]) => name),
    [rows.map(([, value]) => value)],
  );
}

/** A table as scripts name it: without what it is named with anyway. */
const tableName = (path: readonly string[]): string =>
  (path[0] === 'default_catalog' && path[1] === 'default_database' ? path.slice(2) : path).join('.');

/** What tells a query from others, and those that run with it. */
function queryDigests(
  statement: Statement,
  options: ExecuteOptions,
): { readonly query: string; readonly others: ReadonlySet<string> } {
  const together = (options.script ?? []).flatMap((one): readonly Statement[] =>
    one.kind === 'statementSet' ? one.statements : [one],
  );
  const jobs = together.filter(({ kind }) => kind === 'insert' || kind === 'query');
  return {
    query: queryDigest(statement, options),
    others: new Set(jobs.map((one) => queryDigest(one, options))),
  };
}

/** Tells queries apart that keep state under one name; with other parameters it is another query. */
function queryDigest(statement: Statement, { parameters }: ExecuteOptions): string {
  const text = printSql(statement) + (parameters === undefined ? '' : exactJson(parameters));
  return crc32(text).toString(16).padStart(8, '0');
}

function listing(columns: readonly string[], rows: readonly (readonly string[])[]): StatementResult {
  return { kind: 'listing', columns, rows };
}

/** The schema of a listing, for printing. */
export const listingSchema = (columns: readonly string[]): Schema => columns.map((name) => ({ name, type: STRING }));

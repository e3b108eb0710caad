/** Runs what was typed, statement by statement, and prints what comes of it. */
import { readFileSync } from 'node:fs';
import type { Job } from '../engine.ts';
import { EngineError, toEngineError } from '../errors.ts';
import { statementParts, textSpans } from '../engine/sql-text.ts';
import { substituteVariables } from '../engine/variables.ts';
import type { Statement } from '../parser/ast.ts';
import type { StatementResult } from '../session.ts';
import { type CommandHost, runCommand } from './commands.ts';
import { type ShellContext, columnsOf, info, print, took } from './context.ts';
import { errorText } from './error-text.ts';
import { helpText } from './help.ts';
import { interruptible, stopWhenThere } from './interruption.ts';
import { printListing } from './listing.ts';
import { planTree } from './results/plan-tree.ts';
import { runQuery } from './run-query.ts';

const SOURCE = /^source\s+'((?:[^']|'')*)'$/i;
/** Words that need no semicolon, since nobody expects them to. */
export const BARE_WORDS = /^\s*(?:quit|exit|help|clear)\s*;?\s*$/i;
/** A file that runs itself would never end. */
const MAX_DEPTH = 16;

type Step =
  | { readonly kind: 'statement'; readonly statement: Statement; readonly text: string; readonly start: number }
  | { readonly kind: 'source'; readonly path: string; readonly start: number };

export class Runner {
  readonly #context: ShellContext;
  readonly #host: CommandHost;
  readonly #leave: () => Promise<void>;
  #depth = 0;
  #explainedJobs = false;

  /** `leave`: the user wants to go. */
  constructor(context: ShellContext, leave: () => Promise<void>) {
    this.#context = context;
    this.#leave = leave;
    this.#host = {
      runSql: async (sql) => void (await this.run(sql)),
      runFile: async (path) => void (await this.runFile(path)),
      leave,
    };
  }

  /** Whether all of it worked. What stands behind a statement that fails is not run. */
  async run(text: string): Promise<boolean> {
    let sql = text;
    try {
      if (text.trimStart().startsWith('\\')) {
        await runCommand(text.trim(), this.#context, this.#host);
        return true;
      }
      sql = substituteVariables(text, this.#context.variables);
      const { steps, errors } = this.#steps(sql);
      if (errors.length > 0) {
        for (const error of errors) await this.#report(error, sql);
        return false;
      }
      for (const [i, step] of steps.entries()) {
        if (await this.#step(step, sql)) continue;
        const left = steps.length - i - 1;
        if (left > 0)
          await info(this.#context, `${left} more ${left === 1 ? 'statement was' : 'statements were'} not run.`);
        return false;
      }
      return true;
    } catch (error) {
      await this.#report(toEngineError(error), sql);
      return false;
    }
  }

  async runFile(path: string): Promise<boolean> {
    let text: string;
    try {
      if (this.#depth >= MAX_DEPTH) throw new EngineError('program_limit_exceeded', 'files run one another too deeply');
      text = readFileSync(path, 'utf8');
    } catch (error) {
      const known =
        error instanceof EngineError
          ? error
          : new EngineError('undefined_file', `cannot read '${path}': ${systemMessage(error)}`);
      await this.#report(known, null);
      return false;
    }
    this.#depth++;
    const worked = await this.run(text);
    this.#depth--;
    return worked;
  }

  /** SOURCE is the shell's own; to the parser it is white space. */
  #steps(sql: string): { readonly steps: readonly Step[]; readonly errors: readonly EngineError[] } {
    const sources: Step[] = [];
    let rest = sql;
    for (const { start, end } of statementParts(sql)) {
      const path = SOURCE.exec(sql.slice(start, end).trim())?.[1]?.replaceAll("''", "'");
      if (path === undefined) continue;
      sources.push({ kind: 'source', path, start });
      rest = rest.slice(0, start) + sql.slice(start, end).replaceAll(/[^\n]/g, ' ') + rest.slice(end);
    }
    const { statements, errors } = this.#context.session.parse(rest);
    const parsed = statements.map(({ statement, text, span }): Step => ({
      kind: 'statement',
      statement,
      text,
      start: span.start,
    }));
    return { steps: [...sources, ...parsed].toSorted((a, b) => a.start - b.start), errors };
  }

  async #step(step: Step, sql: string): Promise<boolean> {
    if (step.kind === 'source') return this.runFile(step.path);
    const { statement, text } = step;
    try {
      if (statement.kind === 'query') {
        const error = await runQuery(this.#context, statement, text);
        if (error !== null) await this.#report(error, sql);
        return error === null;
      }
      if (statement.kind === 'clientCommand') await this.#client(statement.command);
      else await this.#statement(statement);
      return true;
    } catch (error) {
      await this.#report(toEngineError(error), sql);
      return false;
    }
  }

  async #client(command: 'quit' | 'clear' | 'help'): Promise<void> {
    if (command === 'quit') await this.#leave();
    else if (command === 'clear') this.#context.screen?.write('\x1b[H\x1b[2J\x1b[3J');
    else await print(this.#context, helpText(columnsOf(this.#context), this.#context.paint));
  }

  async #statement(statement: Statement): Promise<void> {
    const context = this.#context;
    const { clock } = context.engine.platform;
    const startMs = clock.monotonic();
    const started = context.session.execute(statement, {});
    const interruption = interruptible(context);
    const result = await Promise.race([started, interruption.first]).finally(() => interruption.end());
    if (result === 'interrupted') {
      void stopWhenThere(started);
      await info(context, 'Statement cancelled.');
      return;
    }
    switch (result.kind) {
      case 'listing':
        return this.#listing(statement, result, startMs);
      case 'insert':
      case 'inserts':
        return this.#inserts(result.kind === 'insert' ? [result.job] : result.jobs, startMs);
      default:
        // The statements of a file say something only when there is something to say.
        if (this.#depth === 0) await info(context, `Execute statement succeeded.${took(context, startMs)}`);
    }
  }

  async #listing(
    statement: Statement,
    { columns, rows }: Extract<StatementResult, { kind: 'listing' }>,
    startMs: number,
  ): Promise<void> {
    const context = this.#context;
    const isText = columns.length === 1 && columns[0] === 'result';
    if (!isText) return printListing(context, columns, rows, startMs);
    const text = rows[0]?.[0] ?? '';
    const shown =
      statement.kind === 'explain'
        ? planTree(text, columnsOf(context), context.paint)
        : coloured(text.trimEnd(), context);
    await print(context, shown);
  }

  async #inserts(jobs: readonly Job[], startMs: number): Promise<void> {
    const context = this.#context;
    const isWaitedFor = context.session.settings.boolean('table.dml-sync');
    for (const job of jobs) void context.jobs.watch(job, isWaitedFor);
    if (!isWaitedFor) {
      await info(context, 'SQL update statement has been submitted and runs in the background:');
      await print(context, jobs.map((job) => `Job ID: ${job.id}  ${job.name}`).join('\n'));
      if (!this.#explainedJobs)
        await print(context, context.paint('dim', "SHOW JOBS; lists jobs, STOP JOB 'id'; stops one."));
      this.#explainedJobs = true;
      return;
    }
    const stop = context.onInterrupt(() => jobs.forEach((job) => void job.stop()));
    const results = await Promise.all(jobs.map((job) => job.done));
    stop();
    const failed = results.find(({ error }) => error !== null)?.error;
    if (failed !== undefined && failed !== null) throw failed;
    const stopped = results.some(({ status }) => status === 'stopped');
    await info(
      context,
      `${stopped ? 'Stopped' : 'Complete execution of'} the SQL update statement.${took(context, startMs)}`,
    );
  }

  async #report(error: EngineError, sql: string | null): Promise<void> {
    await print(this.#context, errorText(error, sql, columnsOf(this.#context), this.#context.paint));
  }
}

/** `ENOENT: no such file or directory, open '…'` without what is said already. */
const systemMessage = (error: unknown): string =>
  (error as Error).message.replace(/^[A-Z]+: /, '').replace(/, \w+(?: '.*')?$/s, '');

/** SQL that is shown, in colours. */
function coloured(sql: string, { paint }: ShellContext): string {
  let text = '';
  let at = 0;
  for (const { start, end, kind } of textSpans(sql)) {
    text += sql.slice(at, start) + paint(kind, sql.slice(start, end));
    at = end;
  }
  return text + sql.slice(at);
}

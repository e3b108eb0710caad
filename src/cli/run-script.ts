/**
 * Runs a script of statements in order, as `millrace run` and `millrace sql` do.
 *
 * An INSERT starts its job; a SELECT streams until it ends; at the end all jobs are waited for, and one that fails
 * stops the rest. Exit codes: 0, 1 a job failed, 2 a usage or SQL error, 130 and 143 when interrupted.
 */
import { basename, dirname, join } from 'node:path';
import type { Engine, Job } from '../engine.ts';
import { type EngineError, toEngineError } from '../errors.ts';
import { type OpenTarget, type Session, type StatementResult, listingSchema } from '../session.ts';
import { resultWriter } from '../output/result-writer.ts';
import { type OutputFormat, type ResultWriter } from '../output/output.ts';
import { renderTable } from '../output/table.ts';
import { renderError } from '../engine/render-error.ts';
import { metricsOf, renderStatus, renderSummary } from './status.ts';
import type { Terminal } from './terminal.ts';
import { substituteVariables } from '../engine/variables.ts';

export interface RunOptions {
  readonly engine: Engine;
  readonly terminal: Terminal;
  readonly output: OutputFormat;
  readonly settings: readonly (readonly [key: string, value: string])[];
  readonly variables: ReadonlyMap<string, string>;
  /** Lines and columns where stdout (or stderr) is a terminal. */
  readonly screen: { readonly lines: number; readonly columns: number } | null;
  readonly statusColumns: number | null;
  readonly metricsFile: string | null;
  /** Rings when the user interrupts: the exit code to end with. */
  readonly interrupted: Promise<number>;
}

const STATUS_MS = 500;
const METRICS_MS = 10_000;

export async function runScript(source: string, options: RunOptions): Promise<number> {
  const { engine, terminal } = options;
  const { clock } = engine.platform;
  const startedMs = clock.monotonic();
  const seconds = (): number => (clock.monotonic() - startedMs) / 1000;
  const session = engine.openSession();
  let sql = source;
  try {
    for (const [key, value] of options.settings) session.settings.set(key, value);
    sql = substituteVariables(source, options.variables);
  } catch (error) {
    terminal.message(renderError(toEngineError(error), source));
    return 2;
  }
  const { statements, errors } = session.parse(sql);
  if (errors.length > 0) {
    terminal.message(errors.map((error) => renderError(error, sql)).join('\n\n'));
    return 2;
  }
  const queries = statements.filter(({ statement }) => statement.kind === 'query').length;
  const run: ScriptRun = { options, session, sql, numbered: queries > 1, query: 0, inserts: false };
  engine.onMessage = (message) => terminal.message(message);
  const stopStatus = showStatus(run, seconds);
  const stopMetrics = keepMetrics(run, seconds);
  let interrupted: number | null = null;
  const script = statements.map(({ statement }) => statement);
  const work = async (): Promise<number> => {
    for (const statement of script) {
      if (interrupted !== null) return interrupted;
      let result: StatementResult;
      let writer: ResultWriter | null = null;
      try {
        result = await session.execute(statement, {
          target: (query) => (writer = openWriter(run, query)),
          keepQuery: true,
          script,
        });
      } catch (error) {
        if (interrupted !== null) return interrupted;
        terminal.message(renderError(toEngineError(error), sql));
        return toEngineError(error).domain === 'external' ? 1 : 2;
      }
      const failed = await settle(result, writer, run).catch(toEngineError);
      if (failed !== null) return report(failed, run);
    }
    const failed = await firstFailure(engine.jobs);
    return failed === null ? 0 : report(failed, run);
  };
  const working = work();
  await Promise.race([working, options.interrupted.then((value) => (interrupted = value))]);
  await engine.close();
  // The rows that stand are drawn before the summary, or would be drawn over it.
  const code = await working;
  stopStatus();
  if (interrupted !== null || run.inserts) terminal.message(renderSummary(metricsOf(engine.jobs, seconds())));
  await stopMetrics();
  if (options.metricsFile !== null) await writeMetrics(run, options.metricsFile, seconds());
  return interrupted ?? code;
}

interface ScriptRun {
  readonly options: RunOptions;
  readonly session: Session;
  readonly sql: string;
  /** Whether lines carry the number of their query. */
  readonly numbered: boolean;
  query: number;
  inserts: boolean;
}

/** Sees a statement's result through as far as the script waits for it; the error of a failed job, or null. */
async function settle(
  result: StatementResult,
  writer: ResultWriter | null,
  run: ScriptRun,
): Promise<EngineError | null> {
  const { terminal, engine } = run.options;
  switch (result.kind) {
    case 'done':
      return null;
    case 'listing':
      // Texts of their own layout: plans, SHOW CREATE.
      if (result.columns.length === 1 && result.columns[0] === 'result') {
        await terminal.stdout.write((result.rows[0]?.[0] ?? '').trimEnd() + '\n');
      } else await terminal.stdout.write(renderTable(listingSchema(result.columns), result.rows).join('\n') + '\n');
      return null;
    case 'insert':
    case 'inserts':
      run.inserts = true;
      if (!run.session.settings.boolean('table.dml-sync')) return null;
      return Promise.race([
        firstFailure(result.kind === 'insert' ? [result.job] : result.jobs),
        anyFailure(engine.jobs),
      ]);
    case 'query': {
      // Any job that fails meanwhile ends the query too.
      const error = await Promise.race([firstFailure([result.job]), anyFailure(engine.jobs)]);
      if (error === null) await writer?.end();
      else writer?.abandon?.();
      return error;
    }
  }
}

function openWriter(run: ScriptRun, { schema, updating, order }: Parameters<OpenTarget>[0]): ResultWriter {
  run.query++;
  const { output, terminal, screen, engine } = run.options;
  return resultWriter(output, {
    schema,
    stdout: terminal.stdout,
    timeZone: run.session.settings.get('table.local-time-zone') ?? 'UTC',
    query: run.numbered ? run.query : null,
    updating,
    order,
    screen,
    clock: engine.platform.clock,
  });
}

/** Waits until all jobs are over or one fails; the error of that one. */
async function firstFailure(jobs: readonly Job[]): Promise<EngineError | null> {
  const running = jobs.map(async (job) => {
    const { error } = await job.done;
    if (error !== null) throw error;
  });
  try {
    await Promise.all(running);
    return null;
  } catch (error) {
    return toEngineError(error);
  }
}

/** Resolves when a job fails; else never. */
function anyFailure(jobs: readonly Job[]): Promise<EngineError> {
  return new Promise((resolve) => {
    for (const job of jobs) {
      void job.done.then(({ error }) => (error === null ? undefined : resolve(error)));
    }
  });
}

function report(error: EngineError, { options: { terminal }, inserts }: ScriptRun): number {
  // Who closed the pipe has seen enough; jobs that write elsewhere had not.
  if (error.code === 'query_cancelled' && !inserts) return 0;
  terminal.message(renderError(error, null));
  return 1;
}

function showStatus(run: ScriptRun, seconds: () => number): () => void {
  const { statusColumns, terminal, engine } = run.options;
  if (statusColumns === null) return () => {};
  const timer = setInterval(() => {
    if (engine.jobs.some((job) => job.status === 'running'))
      terminal.status(renderStatus(engine.jobs, seconds()), statusColumns);
  }, STATUS_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    terminal.clearStatus();
  };
}

/** Writes the metrics file again and again while jobs run; whoever reads it finds a whole one. */
function keepMetrics(run: ScriptRun, seconds: () => number): () => Promise<void> {
  const { metricsFile, terminal, engine } = run.options;
  if (metricsFile === null) return async () => {};
  let writing = Promise.resolve();
  const timer = setInterval(() => {
    const hidden = join(dirname(metricsFile), `.${basename(metricsFile)}.next`);
    writing = writing
      .then(() => writeMetrics(run, hidden, seconds()))
      .then(() => engine.platform.fileSystem.rename(hidden, metricsFile))
      .catch((error: unknown) => {
        clearInterval(timer);
        terminal.message(renderError(toEngineError(error), null));
      });
  }, METRICS_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    return writing;
  };
}

async function writeMetrics({ options: { engine } }: ScriptRun, path: string, seconds: number): Promise<void> {
  const file = await engine.platform.fileSystem.openWrite(path);
  await file.write(Buffer.from(JSON.stringify(metricsOf(engine.jobs, seconds), null, 2) + '\n'));
  await file.close();
}

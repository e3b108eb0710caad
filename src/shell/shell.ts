/** The loop of the shell: reads an entry, runs it, says what became of the jobs meanwhile. */
import { statementParts } from '../engine/sql-text.ts';
import { type ShellContext, columnsOf, info, print } from './context.ts';
import { commandNames } from './commands.ts';
import type { EntryReader } from './entry-reader.ts';
import { errorText } from './error-text.ts';
import { EXAMPLE_DDL, EXAMPLE_QUERY } from './example.ts';
import { greeting } from './help.ts';
import type { History } from './history.ts';
import { BARE_WORDS, Runner } from './runner.ts';

export interface ShellOptions {
  readonly context: ShellContext;
  readonly reader: EntryReader;
  readonly history: History;
  readonly version: string;
  /** Run before the first prompt; what fails in it ends the shell. */
  readonly initFile: string | null;
  /** Resolves when the process is asked to end. */
  readonly terminated: Promise<number>;
}

const PROMPT = { first: 'millrace> ', next: '       -> ' } as const;
const QUESTION = { first: 'Leave? [y/N] ', next: '', single: true } as const;

/** The exit code. */
export async function runShell(options: ShellOptions): Promise<number> {
  const shell = new Shell(options);
  const code = await Promise.race([shell.run(), options.terminated]);
  await options.context.engine.close();
  return code;
}

/** Whether Enter hands the text over, rather than beginning a line. */
export function isCompleteEntry(text: string): boolean {
  if (text.trim() === '' || text.trimStart().startsWith('\\') || BARE_WORDS.test(text)) return true;
  const parts = statementParts(text);
  return parts.every(({ complete }) => complete);
}

class Shell {
  readonly #options: ShellOptions;
  readonly #runner: Runner;
  #leaving = false;
  /** The example's tables, made while the first statement is being typed. */
  #prepared: Promise<void> | null = null;

  constructor(options: ShellOptions) {
    this.#options = options;
    this.#runner = new Runner(options.context, () => this.#leave());
  }

  async run(): Promise<number> {
    const { context, initFile, history, version } = this.#options;
    if (initFile !== null) {
      await this.#prepare();
      if (!(await this.#runner.runFile(initFile))) return 2;
    }
    const offersExample = history.entries.length === 0 && context.screen !== null;
    if (offersExample) history.offer(EXAMPLE_QUERY);
    await print(context, `${greeting(version, offersExample, columnsOf(context), context.paint)}\n`);
    context.engine.platform.clock.schedule(20, () => void this.#prepare());
    while (!this.#leaving) await this.#turn();
    return 0;
  }

  async #turn(): Promise<void> {
    const { context, reader, history } = this.#options;
    await this.#tellEnds();
    const entry = await reader.read(PROMPT);
    if (entry.kind === 'end') return this.#leave();
    if (entry.kind === 'cleared') {
      context.screen?.forgetKeys();
      if (entry.wasEmpty) await print(context, context.paint('dim', 'Ctrl-D leaves.'));
      return;
    }
    const { text } = entry;
    if (text.trim() === '') return;
    for (const statement of entriesOf(text)) history.add(text.startsWith(' ') ? ` ${statement}` : statement);
    await this.#prepare();
    await this.#runner.run(text);
  }

  /** A failure here is the example's own, and shows when it is asked for. */
  #prepare(): Promise<void> {
    const { session } = this.#options.context;
    const prepare = async (): Promise<void> => {
      for (const { statement } of session.parse(EXAMPLE_DDL).statements) {
        try {
          await session.execute(statement, {});
        } catch {
          return;
        }
      }
    };
    this.#prepared ??= prepare();
    return this.#prepared;
  }

  async #tellEnds(): Promise<void> {
    const { context } = this.#options;
    context.jobOutput.flush();
    for (const { job, seconds, error } of context.jobs.takeEnds()) {
      const { rows_in: rowsIn = 0, rows_out: rowsOut = 0 } = job.counters;
      const n = (value: number): string => value.toLocaleString('en-US');
      if (error === null) {
        const text = `Job ${job.id} (${job.name}) ${job.status}: ${n(rowsIn)} rows in, ${n(rowsOut)} out in ${seconds.toFixed(1)} s.`;
        await info(context, text);
      } else {
        await print(
          context,
          `${context.paint('error', '[ERROR]')} Job ${job.id} (${job.name}) failed after ${seconds.toFixed(1)} s:`,
        );
        await print(context, errorText(error, null, columnsOf(context), context.paint));
      }
    }
  }

  /** Asks first when jobs would end with the shell. */
  async #leave(): Promise<void> {
    const { context, reader } = this.#options;
    const { running } = context.jobs;
    if (running.length > 0) {
      const jobs = running.map((job) => `${job.id} (${job.name})`).join(', ');
      await print(
        context,
        `${context.paint('warning', running.length === 1 ? 'A job is' : `${running.length} jobs are`)} running and will be stopped: ${jobs}.`,
      );
      const answer = await reader.read(QUESTION);
      const leaves = answer.kind === 'end' || (answer.kind === 'text' && /^\s*y(es)?\s*;?\s*$/i.test(answer.text));
      if (!leaves) return;
    }
    this.#leaving = true;
  }
}

/** What the history keeps of an entry: each of its statements by itself. */
function entriesOf(text: string): string[] {
  if (text.trimStart().startsWith('\\') || BARE_WORDS.test(text)) return [text.trim()];
  return statementParts(text).map(({ start, end }) => `${text.slice(start, end).trimEnd()};`);
}

/** Completion of commands: what stands before the first blank, then what the command takes. */
export function commandAt(text: string): { readonly sql: string; readonly names: readonly string[] } | null {
  const command = /^\s*\\(\S*)$/.exec(text);
  if (command !== null) {
    const names = commandNames()
      .filter((name) => name.startsWith(command[1] as string))
      .map((name) => `\\${name}`);
    return { sql: '', names };
  }
  const [, name] = /^\s*\\(\S+)\s/.exec(text) ?? [];
  if (name === undefined) return null;
  const rest = text.slice(text.indexOf(name) + name.length).trimStart();
  const lead = { d: 'DESCRIBE ', 'd+': 'DESCRIBE ', c: 'USE ', stop: "STOP JOB '", i: "SELECT * FROM '" }[name];
  return lead === undefined ? null : { sql: lead + rest, names: [] };
}

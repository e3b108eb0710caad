/** The command line: commands, options and exit codes. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { Engine } from '../engine.ts';
import { EngineError, similarNames, toEngineError, unsupported } from '../errors.ts';
import { nodePlatform } from '../platform/node-platform.ts';
import type { Platform } from '../platform/platform.ts';
import { DEMO_AFTER, DEMO_BEFORE, DEMO_SQL } from './demo.ts';
import { explainScript } from './explain-script.ts';
import { inferDdl } from './infer-ddl.ts';
import { interruptibleOutput } from './interruptible-output.ts';
import type { OutputFormat } from '../output/output.ts';
import { renderError } from '../engine/render-error.ts';
import { type RunOptions, runScript } from './run-script.ts';
import { renderUnstopped } from './status.ts';
import { Terminal } from './terminal.ts';

interface CommonOptions {
  readonly output?: OutputFormat;
  readonly set: readonly (readonly [string, string])[];
  readonly var: readonly (readonly [string, string])[];
  readonly metricsFile?: string;
  readonly stateDir?: string;
  readonly fresh?: boolean;
}

/** Runs the command line; the result is the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const platform = nodePlatform();
  const terminal = new Terminal(platform.stdout, platform.stderr);
  let code = 0;
  const program = new Command('millrace')
    .description('Flink SQL over streams and files, in one process.')
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void platform.stdout.write(text),
      writeErr: (text) => void platform.stderr.write(text),
    });
  const run = async (sql: string, options: CommonOptions, file = '-'): Promise<void> => {
    code = await runScript(sql, runOptions(platform, options, file));
    if (code > 128) setTimeout(() => process.exit(code), LEAVE_MS).unref();
  };
  checkpoints(common(program.command('shell', { isDefault: true })))
    .description('type statements at a prompt (what millrace alone does); statements from a pipe are run')
    .argument('[command]', 'none')
    .option('-i, --init <file>', 'a file of statements to run first')
    .action(async (unknown: string | undefined, options: CommonOptions & { readonly init?: string }) => {
      if (unknown !== undefined) throw unknownCommand(unknown, program);
      if (process.stdin.isTTY) code = await shell(options);
      else
        await run(
          [...(options.init === undefined ? [] : [await readText(options.init)]), await readText('-')].join('\n'),
          options,
        );
    });
  checkpoints(common(program.command('run')))
    .description('run a file of statements; SELECT prints its rows, INSERT runs until its input ends')
    .argument('<file>', 'the file; - for standard input')
    .action(async (file: string, options: CommonOptions) => run(await readText(file), options, file));
  checkpoints(common(program.command('sql')))
    .description('run statements given as text')
    .argument('<text>', 'the statements, separated by ;')
    .action((sql: string, options: CommonOptions) => run(sql, options));
  common(program.command('explain'))
    .description('print the plans of the queries in a file, without running them')
    .argument('<file>', 'the file; - for standard input')
    .option('--changelog', 'show the kinds of changes at every node')
    .action(async (file: string, options: CommonOptions & { readonly changelog?: boolean }) => {
      const changelog = options.changelog === true;
      code = await explainScript(await readText(file), { ...runOptions(platform, options, file), changelog });
    });
  program
    .command('infer')
    .description('print the CREATE TABLE for a file or a Kafka topic')
    .argument('<path>', 'a file, a directory or a glob; or kafka://host:port/topic, with ?option=value behind it')
    .option(
      '--set <option=value>',
      'an option of the table, as properties.sasl.mechanism (repeatable)',
      collectPair,
      [],
    )
    .action(async (path: string, options: Pick<CommonOptions, 'set'>) => {
      await terminal.stdout.write(await inferDdl(path, options.set, new Engine(platform)));
    });
  common(program.command('demo'))
    .description('watch event-time windows over a generated stream for a few seconds')
    .action(async (options: CommonOptions) => {
      const output = options.output ?? (process.stdout.isTTY ? 'table' : 'changelog');
      terminal.message(DEMO_BEFORE);
      await run(DEMO_SQL, { ...options, output });
      if (code === 0) terminal.message(DEMO_AFTER);
    });

  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const known = toEngineError(error);
    // Who closed the pipe has seen enough.
    if (known.code === 'query_cancelled') return 0;
    terminal.message(renderError(known, null));
    return known.domain === 'user' ? 2 : 1;
  }
}

/** Loads the shell only where it is wanted. */
async function shell(options: CommonOptions & { readonly init?: string }): Promise<number> {
  const { output } = options;
  if (output === 'jsonl' || output === 'csv') {
    throw unsupported(`--output ${output} at a prompt`, 'Use it with run or sql, or pipe the statements.');
  }
  const { startShell } = await import('../shell/start.ts');
  const mode = output === undefined ? [] : [['sql-client.execution.result-mode', output] as const];
  return startShell({
    version: version(),
    settings: [...mode, ...settingsOf(options)],
    variables: new Map(options.var),
    initFile: options.init ?? null,
  });
}

/** What `--set` and the options that stand for settings say. */
function settingsOf(options: CommonOptions): RunOptions['settings'] {
  return [
    ...options.set,
    ...(options.stateDir === undefined ? [] : [['execution.checkpointing.dir', options.stateDir] as const]),
    ...(options.fresh === true ? [['millrace.fresh', 'true'] as const] : []),
  ];
}

function unknownCommand(name: string, program: Command): EngineError {
  const names = program.commands.map((command) => command.name());
  const near = similarNames(name, names);
  const isFile = /[./]/.test(name);
  return new EngineError('syntax_error', `command "${name}" does not exist`, {
    hint: isFile
      ? `Run a file with: millrace run ${name}`
      : near.length > 0
        ? `Similar commands: ${near.join(', ')}.`
        : `Commands: ${names.join(', ')}.`,
  });
}

function common(command: Command): Command {
  return command
    .exitOverride()
    .addOption(
      new Option('-o, --output <format>', 'how rows are printed (table on a terminal, jsonl when piped)').choices([
        'table',
        'changelog',
        'jsonl',
        'csv',
      ]),
    )
    .option('--set <key=value>', 'a setting, as SET makes it (repeatable)', collectPair, [])
    .option('--var <name=value>', 'a value for ${name} in the text (repeatable)', collectPair, [])
    .option('--metrics-file <path>', 'write the counters as JSON, every 10 seconds and at the end');
}

function checkpoints(command: Command): Command {
  return command
    .option('--state-dir <path>', 'keep checkpoints in this directory, and go on from those that are there')
    .option('--fresh', 'forget the checkpoints that are there');
}

function collectPair(text: string, before: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is written as name=value.');
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

/** `file`: the script, whose modules are looked for beside it; - for none. */
function runOptions(platform: Platform, options: CommonOptions, file: string): RunOptions {
  const { stdout, stderr } = process;
  const interrupted = interruption(() => {
    const unstopped = renderUnstopped(engine.jobs, GRACE_MS / 1000);
    if (unstopped !== null) terminal.message(unstopped);
  });
  const output = interruptibleOutput(platform.stdout, interrupted);
  const terminal = new Terminal(output, platform.stderr);
  const engine = new Engine({ ...platform, stdout: output });
  if (file !== '-') engine.moduleFolder = dirname(resolve(file));
  return {
    engine,
    terminal,
    output: options.output ?? (stdout.isTTY ? 'table' : 'jsonl'),
    settings: settingsOf(options),
    variables: new Map(options.var),
    screen: stdout.isTTY ? { lines: stdout.rows, columns: stdout.columns } : null,
    statusColumns: stderr.isTTY ? stderr.columns : null,
    metricsFile: options.metricsFile ?? null,
    interrupted,
  };
}

/** How long jobs may take to stop: one may wait for a reader or a writer that never comes. */
const GRACE_MS = 5000;
/** How long an interrupted process, with all done, waits for a reader to take the rest of the output. */
const LEAVE_MS = 500;
/** Within so long of the first signal a second one is that same one: npx passes on what its whole group was sent. */
const ECHO_MS = 500;

/**
 * Resolves with the exit code of the first SIGINT or SIGTERM. A second one ends the process at once, and so does the
 * end of the time that jobs are given to stop, of which `onGiveUp` hears.
 */
function interruption(onGiveUp: () => void): Promise<number> {
  return new Promise((resolve) => {
    let firstMs: number | null = null;
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      process.on(signal, () => {
        if (firstMs !== null) {
          if (performance.now() - firstMs > ECHO_MS) process.exit(code);
          return;
        }
        firstMs = performance.now();
        setTimeout(() => {
          onGiveUp();
          process.exit(code);
        }, GRACE_MS).unref();
        resolve(code);
      });
    }
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await (file === '-' ? text(process.stdin) : readFile(file, 'utf8'));
  } catch (error) {
    throw new EngineError('undefined_file', `cannot read '${file}': ${(error as Error).message}`);
  }
}

/** From the package's manifest, which is one to three folders up, bundled or not. */
function version(): string {
  for (const up of ['../', '../../', '../../../']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(`${up}package.json`, import.meta.url), 'utf8')) as {
        name: string;
        version: string;
      };
      if (manifest.name === 'millrace') return manifest.version;
    } catch {
      // Not in this folder.
    }
  }
  return 'unknown';
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

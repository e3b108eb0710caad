/** The shell over the real terminal: what reaches the process stands here and in `node-screen.ts`. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Engine } from '../engine.ts';
import type { Completion } from '../engine/completion/complete.ts';
import { complete } from '../engine/completion/complete.ts';
import { maskSecrets, textSpans } from '../engine/sql-text.ts';
import { nodePlatform } from '../platform/node-platform.ts';
import { BackgroundJobs } from './background-jobs.ts';
import type { ShellContext } from './context.ts';
import { LineEditor } from './editor/line-editor.ts';
import type { StyledSpan } from './editor/layout.ts';
import type { EntryReader } from './entry-reader.ts';
import { History, type HistoryStore } from './history.ts';
import { nodeScreen } from './node-screen.ts';
import { plainReader } from './plain-reader.ts';
import type { Screen } from './screen.ts';
import { ShellOutput } from './shell-output.ts';
import { commandAt, isCompleteEntry, runShell } from './shell.ts';
import { painter } from './style.ts';

export interface StartOptions {
  readonly version: string;
  readonly settings: readonly (readonly [key: string, value: string])[];
  readonly variables: ReadonlyMap<string, string>;
  readonly initFile: string | null;
}

/** Runs the shell until it is left; the exit code. */
export async function startShell(options: StartOptions): Promise<number> {
  const { env, stdin, stdout } = process;
  const platform = nodePlatform();
  const isDumb = !stdout.isTTY || env['TERM'] === 'dumb';
  const colours = !isDumb && (env['NO_COLOR'] ?? '') === '';
  const screen = isDumb ? null : nodeScreen(stdin, stdout, colours);
  const paint = painter(colours);
  const jobOutput = new ShellOutput(platform.clock, (text) => void platform.stdout.write(text));
  const engine = new Engine({ ...platform, stdout: jobOutput });
  const session = engine.openSession();
  for (const [key, value] of options.settings) session.settings.set(key, value);
  const context: ShellContext = {
    engine,
    session,
    jobs: new BackgroundJobs(platform.clock),
    stdout: platform.stdout,
    jobOutput,
    screen,
    paint,
    variables: new Map(options.variables),
    expanded: 'auto',
    onInterrupt: (listener) => (screen === null ? onSignal(listener) : onControlC(screen, listener)),
  };
  const history = new History(historyFile(), (entry) => maskSecrets(entry, engine.connectors(session.settings)));
  const reader = screen === null ? plain(context) : editor(context, screen, history);
  jobOutput.printWith((text) => {
    if (!reader.printAbove(text)) void platform.stdout.write(text);
  });
  try {
    const { version, initFile } = options;
    return await runShell({ context, reader, history, version, initFile, terminated: terminated() });
  } finally {
    jobOutput.release();
    screen?.close();
  }
}

function editor(context: ShellContext, screen: Screen, history: History): LineEditor {
  return new LineEditor({
    screen,
    history,
    paint: context.paint,
    isComplete: isCompleteEntry,
    highlight,
    complete: (text, cursor) => completeEntry(context, text, cursor),
  });
}

function highlight(text: string): readonly StyledSpan[] {
  return text.trimStart().startsWith('\\')
    ? [{ start: 0, end: text.search(/\s|$/), kind: 'command' }]
    : textSpans(text);
}

async function completeEntry(context: ShellContext, text: string, cursor: number): Promise<Completion> {
  const command = commandAt(text.slice(0, cursor));
  if (command === null) return complete(context, text, cursor);
  if (command.sql === '') {
    const from = text.indexOf('\\');
    return { from, candidates: command.names.map((name) => ({ text: name, kind: 'command', detail: '', after: ' ' })) };
  }
  const { from, candidates } = await complete(context, command.sql, command.sql.length);
  const plain = candidates
    .filter(({ kind }) => kind !== 'keyword')
    .map((one) => ({ ...one, after: one.after === '.' ? '.' : '' }));
  return { from: cursor - (command.sql.length - from), candidates: plain };
}

function plain(context: ShellContext): EntryReader {
  return plainReader({
    input: process.stdin,
    write: (text) => void context.stdout.write(text),
    isComplete: isCompleteEntry,
    onInterrupt: (listener) => context.onInterrupt(listener),
  });
}

/** Other keys wait for the prompt. */
function onControlC(screen: Screen, listener: () => void): () => void {
  return screen.listen((key) => {
    if (!(key.ctrl && key.name === 'c')) return screen.keepKey(key);
    screen.forgetKeys();
    listener();
  });
}

function onSignal(listener: () => void): () => void {
  process.on('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}

/** How long jobs may take to stop. */
const GRACE_MS = 5000;

function terminated(): Promise<number> {
  return new Promise((resolve) => {
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.once(signal, () => {
        setTimeout(() => process.exit(code), GRACE_MS).unref();
        resolve(code);
      });
    }
    // Without a listener Ctrl-C would end a shell on a dumb terminal.
    process.on('SIGINT', () => {});
  });
}

/** `MILLRACE_HISTORY`, or a file where the user keeps the state of programs; only the user may read it. */
function historyFile(): HistoryStore {
  const { env } = process;
  const state = env['XDG_STATE_HOME'] ?? env['LOCALAPPDATA'] ?? join(homedir(), '.local', 'state');
  const path = env['MILLRACE_HISTORY'] ?? join(state, 'millrace', 'history');
  const attempt = (write: () => void): void => {
    try {
      if (path !== '') write();
    } catch {
      // A history that cannot be kept is no reason to stop typing.
    }
  };
  return {
    load() {
      let text = '';
      attempt(() => (text = readFileSync(path, 'utf8')));
      return text;
    },
    append: (text) =>
      attempt(() => {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        appendFileSync(path, text, { mode: 0o600 });
      }),
    replace: (text) => attempt(() => writeFileSync(path, text, { mode: 0o600 })),
  };
}

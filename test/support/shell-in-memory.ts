/** A shell over a terminal in memory and a real engine. */
import { Engine } from '../../src/engine.ts';
import { complete } from '../../src/engine/completion/complete.ts';
import { textSpans } from '../../src/engine/sql-text.ts';
import { nodePlatform } from '../../src/platform/node-platform.ts';
import type { Session } from '../../src/session.ts';
import { BackgroundJobs } from '../../src/shell/background-jobs.ts';
import type { ShellContext } from '../../src/shell/context.ts';
import { LineEditor } from '../../src/shell/editor/line-editor.ts';
import { History } from '../../src/shell/history.ts';
import { isCompleteEntry, runShell } from '../../src/shell/shell.ts';
import { ShellOutput } from '../../src/shell/shell-output.ts';
import { painter } from '../../src/shell/style.ts';
import { VirtualTerminal } from './virtual-terminal.ts';

export interface MemoryShell {
  readonly terminal: VirtualTerminal;
  readonly engine: Engine;
  readonly session: Session;
  readonly history: History;
  /** The exit code. */
  readonly done: Promise<number>;
  /** Types a statement and waits for the next prompt; what was printed in between. */
  run(sql: string): Promise<string>;
  /** Waits until the screen shows a text. */
  sees(text: string | RegExp): Promise<void>;
  /** Ends it whatever runs. */
  kill(): Promise<number>;
}

const MARK = 'millrace>';

export function openShell(options: { columns?: number; lines?: number; initFile?: string } = {}): MemoryShell {
  const terminal = new VirtualTerminal(options.columns ?? 100, options.lines ?? 30);
  const platform = nodePlatform();
  const jobOutput = new ShellOutput(platform.clock, (text) => {
    if (!reader.printAbove(text)) terminal.write(text);
  });
  const engine = new Engine({ ...platform, stdout: jobOutput });
  const session = engine.openSession();
  const context: ShellContext = {
    engine,
    session,
    jobs: new BackgroundJobs(platform.clock),
    stdout: { write: (text) => terminal.write(text) },
    jobOutput,
    screen: terminal,
    paint: painter(true),
    variables: new Map(),
    expanded: 'auto',
    onInterrupt: (listener) =>
      terminal.listen((key) => (key.ctrl && key.name === 'c' ? listener() : terminal.keepKey(key))),
  };
  const history = new History({ load: () => 'SELECT 0;\n', append: () => {}, replace: () => {} }, (entry) => entry);
  const reader = new LineEditor({
    screen: terminal,
    paint: context.paint,
    history,
    isComplete: isCompleteEntry,
    highlight: textSpans,
    complete: (text, cursor) => complete(context, text, cursor),
  });
  let terminate: (code: number) => void = () => {};
  const terminated = new Promise<number>((resolve) => (terminate = resolve));
  const done = runShell({ context, reader, history, version: '0', initFile: options.initFile ?? null, terminated });
  const everything = (): string =>
    [...terminal.scrolled, ...terminal.text.split('\n')].map((row) => row.trimEnd()).join('\n');
  const until = async (holds: () => boolean, what: string): Promise<void> => {
    for (let i = 0; i < 800; i++) {
      if (holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`waited in vain for ${what}; the screen shows:\n${terminal.text}`);
  };
  return {
    terminal,
    engine,
    session,
    history,
    done,
    async run(sql) {
      await until(() => terminal.text.endsWith(MARK), 'the prompt');
      const before = everything().length;
      terminal.type(sql);
      terminal.press('return');
      await until(
        () => everything().length > before + 1 && terminal.text.endsWith(MARK) && !terminal.isFullScreen,
        `the end of ${sql}`,
      );
      const text = everything();
      return text.slice(text.indexOf('\n', before + sql.length - 1) + 1, text.length - MARK.length).trimEnd();
    },
    sees: (text) =>
      until(() => (typeof text === 'string' ? terminal.text.includes(text) : text.test(terminal.text)), String(text)),
    kill() {
      terminate(99);
      return done;
    },
  };
}

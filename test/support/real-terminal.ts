/**
 * A program in a real terminal. Two ways: tmux, which is a terminal of its own, and `script` (util-linux, on every Debian),
 * which gives the program a pseudo-terminal whose output the terminal in memory turns into a picture.
 */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualTerminal } from './virtual-terminal.ts';

export interface RealTerminal {
  /** Presses keys, as the bytes that a terminal sends for them. */
  send(bytes: string): void;
  picture(): string;
  /** What is to be seen with what scrolled away. */
  everything(): string;
  sees(what: string | RegExp): Promise<void>;
  resize?(columns: number, lines: number): void;
  close(): void;
}

export interface TerminalOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly lines: number;
}

type Open = (options: TerminalOptions) => RealTerminal;

const hasProgram = (name: string, ...args: string[]): boolean => spawnSync(name, args).status === 0;

/** The kinds of terminals that there are here; at least one, or the tests have nothing to say. */
export function terminalKinds(): readonly (readonly [name: string, open: Open])[] {
  const kinds: (readonly [string, Open])[] = [];
  if (hasProgram('tmux', '-V')) kinds.push(['tmux', openTmux]);
  if (hasProgram('script', '--version')) kinds.push(['script', openScript]);
  if (kinds.length === 0) throw new Error('neither tmux nor script is installed: apt-get install tmux');
  return kinds;
}

async function until(holds: () => boolean, complaint: () => string): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(complaint());
}

const sees =
  (picture: () => string) =>
  (what: string | RegExp): Promise<void> =>
    until(
      () => (typeof what === 'string' ? picture().includes(what) : what.test(picture())),
      () => `waited in vain for ${String(what)}; the screen shows:\n${picture()}`,
    );

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function commandLine({ command, cwd, env }: TerminalOptions): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`);
  return `trap : INT; cd ${quote(cwd)}; ${variables.join(' ')} ${command.map(quote).join(' ')}; echo "[ended with $?]"; sleep 60`;
}

function openTmux(options: TerminalOptions): RealTerminal {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tmux-'));
  const tmux = (...args: string[]): string =>
    execFileSync('tmux', ['-S', join(folder, 'socket'), '-f', '/dev/null', ...args], { encoding: 'utf8' });
  const size = (columns: number, lines: number): string[] => ['-x', String(columns), '-y', String(lines)];
  tmux('new-session', '-d', ...size(options.columns, options.lines), '-s', 'test', 'sh', '-c', commandLine(options));
  const picture = (): string =>
    tmux('capture-pane', '-p', '-t', 'test')
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  return {
    send(bytes) {
      const codes = [...Buffer.from(bytes)].map((byte) => byte.toString(16));
      tmux('send-keys', '-t', 'test', '-H', ...codes);
    },
    picture,
    everything: () => tmux('capture-pane', '-p', '-J', '-S', '-500', '-t', 'test'),
    sees: sees(picture),
    resize: (columns, lines) => void tmux('resize-window', '-t', 'test', ...size(columns, lines)),
    close() {
      // Its own server, by its own socket.
      spawnSync('tmux', ['-S', join(folder, 'socket'), 'kill-server']);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function openScript(options: TerminalOptions): RealTerminal {
  const terminal = new VirtualTerminal(options.columns, options.lines);
  const stty = `stty cols ${options.columns} rows ${options.lines}`;
  const child: ChildProcessWithoutNullStreams = spawn(
    'script',
    ['-qfec', `${stty}; ${commandLine(options)}`, '/dev/null'],
    { stdio: 'pipe' },
  );
  const decoder = new TextDecoder();
  child.stdout.on('data', (bytes: Buffer) => terminal.write(decoder.decode(bytes, { stream: true })));
  const picture = (): string => terminal.text;
  return {
    send: (bytes) => void child.stdin.write(bytes),
    picture,
    everything: () => [...terminal.scrolled, terminal.text].join('\n'),
    sees: sees(picture),
    close() {
      // It catches what would end it kindly; what runs in the terminal gets SIGHUP when that goes.
      child.kill('SIGKILL');
    },
  };
}

/** The pages of the tour as tests: the commands of a page with what they print, run in a folder that looks like a clone. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Shown {
  readonly command: string;
  readonly output: string;
}

export interface TourPage {
  readonly name: string;
  readonly text: string;
  /** The server that its commands talk to, as its comment says. */
  readonly needs: string | null;
}

export function tourPages(): TourPage[] {
  return readdirSync(join(root, 'docs/tour'))
    .filter((name) => /^\d/.test(name))
    .map((name) => {
      const text = readFileSync(join(root, 'docs/tour', name), 'utf8');
      return { name, text, needs: /^<!-- needs: (\w+) -->$/m.exec(text)?.[1] ?? null };
    });
}

export interface TourFolder {
  /** What a command prints, errors included. */
  run(command: string, env?: Readonly<Record<string, string>>): string;
  remove(): void;
}

export function tourFolder(): TourFolder {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tour-'));
  for (const name of ['examples', 'bin']) symlinkSync(join(root, name), join(folder, name));
  mkdirSync(join(folder, 'path'));
  writeFileSync(
    join(folder, 'path/npx'),
    `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(root, 'bin/millrace.js')}" "$@"\n`,
    { mode: 0o755 },
  );
  const path = `${join(folder, 'path')}${delimiter}${process.env['PATH']}`;
  return {
    run: (command, env = {}) =>
      spawnSync('bash', ['-c', `{ ${command}\n} 2>&1`], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '', PATH: path, ...env },
      }).stdout.trim(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The commands of a page's code blocks with what stands behind them; a here-document belongs to its command. */
export function commandsOf(page: string): Shown[] {
  return [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, language, block]) =>
    language !== ''
      ? []
      : (block as string)
          .split(/^\$ /m)
          .slice(1)
          .map((text) => {
            const end = /<<'END'\n[\s\S]*?^END\n/m.exec(text);
            const at = end === null ? text.indexOf('\n') + 1 : end.index + end[0].length;
            return { command: text.slice(0, at).trim(), output: text.slice(at).trim() };
          }),
  );
}

/** The shown output as a pattern. */
export function pattern(output: string): RegExp {
  const escaped = output.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const open = escaped.replaceAll(/…\n?/g, String.raw`[\s\S]*`);
  return new RegExp(
    `^${open
      .replace(/\\\([\d,]+\/s\\\)/g, String.raw`\([\d,.]+/s\)`)
      .replace(/in \d+\\\.\d s/g, String.raw`in [\d.]+ s`)
      // How long a statement took.
      .replace(/\\\(\d+\\\.\d\d s\\\)/g, String.raw`\([\d.]+ s\)`)}$`,
  );
}

/** The sessions of a page: what was typed at each prompt, and what came. */
export function sessionsOf(page: string): Shown[][] {
  return [...page.matchAll(/^```millrace\n([\s\S]*?)^```$/gm)].map(([, block]) =>
    (block as string)
      .split(/^millrace> /m)
      .slice(1)
      .map((text) => {
        const lines = text.split('\n');
        const count = 1 + lines.slice(1).findIndex((line) => !line.startsWith('       -> '));
        const command = lines.slice(0, count).map((line) => line.replace(/^ {7}-> /, ''));
        return { command: command.join('\n'), output: lines.slice(count).join('\n').trim() };
      }),
  );
}

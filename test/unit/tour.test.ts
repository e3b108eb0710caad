import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { openShell } from '../support/shell-in-memory.ts';

// Every command of the tour prints what the page says. `…` on a page stands for what is left out; rates and times differ.

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = mkdtempSync(join(tmpdir(), 'millrace-tour-'));
for (const name of ['examples', 'bin']) symlinkSync(join(root, name), join(folder, name));
mkdirSync(join(folder, 'path'));
writeFileSync(
  join(folder, 'path/npx'),
  `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(root, 'bin/millrace.js')}" "$@"\n`,
  { mode: 0o755 },
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Shown {
  readonly command: string;
  readonly output: string;
}

/** The commands of a page's code blocks with what stands behind them; a here-document belongs to its command. */
function commandsOf(page: string): Shown[] {
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
function pattern(output: string): RegExp {
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
function sessionsOf(page: string): Shown[][] {
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

const pages = readdirSync(join(root, 'docs/tour')).filter((name) => /^\d/.test(name));
describe.each(pages)('%s', (name) => {
  test.each(
    commandsOf(readFileSync(join(root, 'docs/tour', name), 'utf8')).map(
      ({ command, output }) => [command, output] as const,
    ),
  )('%s', (command, output) => {
    const { stdout } = spawnSync('bash', ['-c', `{ ${command}\n} 2>&1`], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', PATH: `${join(folder, 'path')}${delimiter}${process.env['PATH']}` },
    });
    expect(stdout.trim()).toMatch(pattern(output));
  });
});

describe.each(pages.filter((name) => readFileSync(join(root, 'docs/tour', name), 'utf8').includes('```millrace')))(
  'the sessions of %s',
  (name) => {
    test.each(
      sessionsOf(readFileSync(join(root, 'docs/tour', name), 'utf8')).map((session, i) => [i + 1, session] as const),
    )('session %d', async (_, session) => {
      const shell = openShell({ columns: 110, lines: 60 });
      for (const { command, output } of session) expect(await shell.run(command)).toMatch(pattern(output));
      await shell.kill();
    });
  },
);

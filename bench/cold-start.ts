/** How long `millrace sql "SELECT 1"` takes from the package as users install it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNS = 10;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

export interface ColdStart {
  readonly medianMs: number;
  /** The first start after the installation, when nothing is compiled yet. */
  readonly firstMs: number;
  readonly wrongAnswer: string | null;
}

/** Packs, installs into an empty folder and runs there, wall clock. */
export function measureColdStart(): ColdStart {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const env = {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))),
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
    };
    execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: root, env, stdio: 'ignore' });
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) as string;
    const project = join(folder, 'project');
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true }\n');
    const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, tarball)];
    execFileSync('npm', install, { cwd: project, env, stdio: 'ignore' });
    const start = (): { ms: number; wrong: string | null } => {
      const startMs = performance.now();
      const { stdout, stderr } = spawnSync(join(project, 'node_modules/.bin/millrace'), ['sql', 'SELECT 1'], {
        cwd: project,
        env,
        encoding: 'utf8',
      });
      const ms = performance.now() - startMs;
      return { ms, wrong: /"op":"\+I".*:1\}/.test(stdout) ? null : `${stdout}${stderr}` };
    };
    const first = start();
    const runs = Array.from({ length: RUNS }, start);
    return {
      firstMs: first.ms,
      medianMs: runs.map(({ ms }) => ms).toSorted((a, b) => a - b)[RUNS / 2] as number,
      wrongAnswer: first.wrong ?? runs.find(({ wrong }) => wrong !== null)?.wrong ?? null,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

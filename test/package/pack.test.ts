import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

// What `npm pack` makes is what users get: it must install into an empty folder and run there.

interface Pack {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = mkdtempSync(join(realpathSync(tmpdir()), 'millrace-pack-'));
const project = join(folder, 'project');
let pack: Pack;

/** The environment of a user's shell: Node 24 first in the path, and nothing that npm set for the run of this test. */
function userEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?:lifecycle|package|command|execpath|node|config_(?:local_prefix|noproxy))/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    NODE_OPTIONS: '',
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  };
}

function run(
  command: string,
  args: readonly string[],
  cwd = project,
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env: userEnvironment() });
  return { status, stdout, stderr };
}

/** `npm pack --json` prints a list, or from npm 12 an object by package name; the build prints before it. */
function parsePack(output: string): Pack {
  const start = output.search(/^[[{]/m);
  const parsed = JSON.parse(output.slice(start)) as readonly Pack[] | Readonly<Record<string, Pack>>;
  const [first] = Object.values(parsed);
  if (first === undefined) throw new Error(`npm pack named no package: ${output}`);
  return first;
}

beforeAll(() => {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }\n');
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    env: userEnvironment(),
  });
  pack = parsePack(output);
  const install = run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, pack.filename)]);
  if (install.status !== 0) throw new Error(`npm install of the package failed:\n${install.stderr}`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the package holds the bundles, the types and the executable, and no sources or tests', () => {
  const paths = pack.files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['bin/millrace.js', 'dist/cli.js', 'dist/index.js', 'dist/types/index.d.ts', 'LICENSE']),
  );
  expect(paths.filter((path) => /^(?:src|test|bench|scripts)\//.test(path))).toEqual([]);
});

test('npx millrace sql "SELECT 1" answers in an empty folder', () => {
  const { status, stdout, stderr } = run('npx', ['--no-install', 'millrace', 'sql', 'SELECT 1']);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/\b1\b/);
  expect(status).toBe(0);
});

test('the installed package can be imported', () => {
  const { status, stdout, stderr } = run(process.execPath, [
    '--input-type=module',
    '--eval',
    'import * as millrace from "millrace"; console.log(Object.keys(millrace).includes("default"), Object.keys(millrace).length > 0);',
  ]);
  expect(stderr).toBe('');
  expect(stdout).toBe('false true\n');
  expect(status).toBe(0);
});

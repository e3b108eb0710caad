import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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
  const expected =
    /^(?:bin\/millrace\.js|dist\/.*(?:\.js|\.d\.ts|\.txt)|(?:README|CHANGELOG)\.md|LICENSE|package\.json)$/;
  expect(paths.filter((path) => !expected.test(path))).toEqual([]);
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

/** A program of somebody who checks everything. */
const CONSUMER = `
import { EngineError, Millrace, renderError, typed } from 'millrace';
import type { Change, JsValue, MemoryTable, Query, RowOf } from 'millrace';

await using db: Millrace = await Millrace.create();
interface Hit {
  readonly page: string;
  readonly n: bigint;
}
const query: Query<Hit> = await db.query<Hit>("SELECT 'a' AS page, CAST(? AS BIGINT) AS n", [typed('1', 'STRING')]);
for await (const row of query) {
  const n: bigint = row.n;
  // @ts-expect-error a column that the row does not have
  console.log(row.page, n, query.columnInfos.length, row.nothing);
}
const columns = { id: 'BIGINT NOT NULL', name: 'STRING', at: 'TIMESTAMP_LTZ(3)', tags: 'ARRAY<INT>' } as const;
const table = db.table('t', { columns });
await table.push({ id: 1, name: 'x' });
// @ts-expect-error NOT NULL columns are not left out
const bad = (): Promise<void> => table.push({ name: 'y' });
table.end();
for await (const row of await db.query<RowOf<typeof columns>>('SELECT * FROM t')) {
  const id: bigint = row.id;
  const name: string | null = row.name;
  const at: Date | null = row.at;
  const tag: number | null | undefined = row.tags?.[0];
  console.log(id, name, at, tag, typeof bad);
}
const changes: Change[] = [];
for await (const change of (await db.query('SELECT 1 AS x')).changes()) changes.push(change);
const x: JsValue | undefined = changes[0]?.row['x'];
console.log(changes[0]?.op, x);
const known: MemoryTable<{ readonly id: bigint }> = db.table<{ readonly id: bigint }>('t');
console.log(known.backlog, (await (await db.query('SELECT 2 AS y')).toArrow()).numRows);
try {
  await db.script('SELEC 1');
} catch (error) {
  if (!(error instanceof EngineError)) throw error;
  console.log(error.sqlState, error.span?.line, renderError(error, 'SELEC 1').startsWith('ERROR 42601'));
}
`;

test('a strict TypeScript program compiles against the types and runs', () => {
  writeFileSync(join(project, 'consumer.ts'), CONSUMER);
  const programs = readdirSync(join(root, 'examples/embedding')).filter((name) => name.endsWith('.ts'));
  for (const name of programs) copyFileSync(join(root, 'examples/embedding', name), join(project, name));
  const compilerOptions = {
    target: 'esnext',
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noPropertyAccessFromIndexSignature: true,
    verbatimModuleSyntax: true,
    skipLibCheck: false,
    typeRoots: [join(root, 'node_modules/@types')],
    types: ['node'],
  };
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['consumer.ts', ...programs] }),
  );
  const compiled = run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.']);
  expect(compiled).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(run(process.execPath, ['consumer.js'])).toEqual({
    status: 0,
    stdout: 'a 1n 2 undefined\n1n x null undefined function\n+I 1\n0 1\n42601 1 true\n',
    stderr: '',
  });
  for (const name of programs) {
    const [, printed] = readFileSync(join(project, name), 'utf8').split('// prints:\n') as [string, string];
    const expected = printed.replaceAll(/^\/\/ /gm, '');
    expect(run(process.execPath, [name.replace('.ts', '.js')])).toEqual({ status: 0, stdout: expected, stderr: '' });
  }
});

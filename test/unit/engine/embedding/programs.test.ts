/** The programs of the page and of examples/embedding compile, run, and print what they say. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millrace-programs-'));
symlinkSync(join(root, 'examples'), join(folder, 'examples'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = readFileSync(join(root, 'docs/embedding.md'), 'utf8');
const onPage = [...page.matchAll(/^```ts\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm)].map(
  ([, program, printed], i) => [`page-${i + 1}.ts`, program as string, printed as string] as const,
);
const examples = readdirSync(join(root, 'examples/embedding'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => {
    const text = readFileSync(join(root, 'examples/embedding', name), 'utf8');
    const printed = text.slice(text.indexOf('// prints:\n') + '// prints:\n'.length).replaceAll(/^\/\/ /gm, '');
    return [name, text, printed] as const;
  });
const programs = [...onPage, ...examples];
const source = pathToFileURL(join(root, 'src/index.ts')).href;

describe('programs', () => {
  test('there are some', () => {
    expect(onPage.length).toBeGreaterThan(2);
    expect(examples.length).toBeGreaterThan(2);
  });

  test.each(programs)('%s prints what it says', (name, program, printed) => {
    const file = join(folder, name);
    writeFileSync(file, program.replaceAll("from 'millrace'", `from '${source}'`));
    const run = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8', timeout: 20_000 });
    expect(run.stdout + run.stderr).toBe(printed);
  });
});

test('they compile as strictly as a program can be', () => {
  const project = mkdtempSync(join(tmpdir(), 'millrace-programs-types-'));
  try {
    const files = programs.map(([name, program]) => {
      writeFileSync(join(project, name), program);
      return name;
    });
    const compilerOptions = {
      noPropertyAccessFromIndexSignature: true,
      noUnusedLocals: false,
      paths: { millrace: [join(root, 'src/index.ts')] },
      typeRoots: [join(root, 'node_modules/@types')],
    };
    writeFileSync(join(project, 'package.json'), '{"type":"module"}');
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions,
        files: [...files, join(root, 'src/types/node-buffer.d.ts')],
        include: [],
      }),
    );
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
    const run = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], {
      encoding: 'utf8',
    });
    expect(run.stdout).toBe('');
    expect(run.status).toBe(0);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}, 60_000);

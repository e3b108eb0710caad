import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// Builds what the package ships: dist/index.js and dist/cli.js, one bundle each, and the types in dist/types. Packages
// in `devDependencies` end up in the bundle; those in `dependencies`, `optionalDependencies` and `peerDependencies` stay
// imports and are installed with the package. docs/design/packaging.md says why. The licenses of what was bundled go to
// dist/THIRD-PARTY-LICENSES.txt.

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const external = [manifest.dependencies, manifest.optionalDependencies, manifest.peerDependencies].flatMap((packages) =>
  Object.keys(packages ?? {}),
);

rmSync(join(root, 'dist'), { recursive: true, force: true });

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { index: 'src/index.ts', cli: 'src/cli/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  external,
  minify: false,
  sourcemap: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

/** The folder of each package that a bundle took a file from. */
function bundledPackages(): readonly string[] {
  const folders = Object.values(metafile.outputs)
    .flatMap((output) => Object.keys(output.inputs))
    .map((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].toSorted();
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
  const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : `\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
  return `${name} ${version} (${license ?? 'see its page'})\n${text}`;
}

writeFileSync(
  join(root, 'dist/THIRD-PARTY-LICENSES.txt'),
  bundledPackages()
    .map(licenseOf)
    .join(`\n${'-'.repeat(80)}\n\n`),
);

const types = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (types.status !== 0) process.exit(types.status ?? 1);

#!/usr/bin/env node
// Starts the command line under Node 24. This file is plain JavaScript that Node 18 reads too: with an older Node it looks
// for the `node` package beside it and runs itself again with that one. docs/design/packaging.md has the details.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const neededMajor = 24;
const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** The first Node that is new enough in a `node_modules/node` of this package or of a folder above it. */
function findNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  for (let folder = packageRoot; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', 'node');
    try {
      const { version } = JSON.parse(readFileSync(join(candidate, 'package.json'), 'utf8'));
      const executable = join(candidate, 'bin', name);
      if (Number.parseInt(version, 10) >= neededMajor && existsSync(executable)) return executable;
    } catch {
      // No such package here: look one folder up.
    }
    if (dirname(folder) === folder) return undefined;
  }
}

function runUnder(node) {
  const child = spawn(node, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // A terminal sends Ctrl+C to both processes: handing it on again would look like a second, impatient one.
  const hasTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  process.on('SIGINT', () => hasTerminal || child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.on('error', (error) => {
    process.stderr.write(`millrace: cannot start ${node}: ${error.message}\n`);
    process.exit(2);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

async function start() {
  module.enableCompileCache?.();
  const source = join(packageRoot, 'src', 'cli', 'main.ts');
  // The package ships no src/: where it exists, this is a work tree, and what is in it is newer than any build.
  const entry = existsSync(source) ? source : join(packageRoot, 'dist', 'cli.js');
  const { main } = await import(pathToFileURL(entry).href);
  process.exitCode = await main(process.argv.slice(2));
}

if (Number.parseInt(process.versions.node, 10) >= neededMajor) {
  await start();
} else {
  const node = findNode();
  if (node === undefined) {
    process.stderr.write(
      `millrace: needs Node ${neededMajor} or newer, this is ${process.versions.node}: install it, or run "npm install node@${neededMajor}" here\n`,
    );
    process.exit(2);
  }
  runUnder(node);
}

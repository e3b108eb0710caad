/**
 * Every golden script, in one life (`npm run check`) or in all of them (`npm test`). Lives share the expected text: a
 * step is compared exactly at parallelism 1 and as a multiset at 2.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { RULES } from '../../src/planner/rules/rules.ts';
import { type Life, runGolden } from './runner/run-golden.ts';
import { parseGolden, rewriteGolden } from './runner/script-file.ts';

const folder = dirname(fileURLToPath(import.meta.url));
const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test'))
  .toSorted();

const plain: Life = { name: 'batch-1024', batchSize: 1024, parallelism: 1, disabledRules: [], restarts: false };
const lives: Life[] = [plain];
if (process.env['MILLRACE_LIVES'] === 'all') {
  lives.push({ ...plain, name: 'batch-1', batchSize: 1 });
  lives.push({ ...plain, name: 'batch-7', batchSize: 7 });
  lives.push({ ...plain, name: 'restarts', restarts: true });
  lives.push({ ...plain, name: 'restarts-batch-1', restarts: true, batchSize: 1 });
  lives.push({ ...plain, name: 'parallel', parallelism: 2 });
  lives.push({ ...plain, name: 'parallel-rescaled', restarts: true, parallelism: 2, rescaled: [2, 3, 1] });
  lives.push({ ...plain, name: 'spilled', batchSize: 7, spilled: true });
  lives.push({ ...plain, name: 'spilled-restarts', batchSize: 2, spilled: true, restarts: true });
  lives.push({ ...plain, name: 'parallel-spilled', spilled: true, restarts: true, parallelism: 2, rescaled: [3, 1] });
  for (const rule of RULES) {
    if (!rule.changesChangelog) lives.push({ ...plain, name: `without-${rule.name}`, disabledRules: [rule.name] });
  }
}

describe.each(scripts)('%s', (path) => {
  const file = join(folder, path);
  const script = parseGolden(readFileSync(file, 'utf8'));
  const checks = script.blocks.filter((block) => block.kind === 'check');
  if (checks.length === 0) throw new Error(`${relative(folder, file)} checks nothing`);
  for (const life of lives) {
    // The reason stands in the script; the other lives run.
    if ([...script.skips.keys()].some((name) => `${life.name}-`.startsWith(`${name}-`))) continue;
    test(life.name, async () => {
      const actual = await runGolden(script, life);
      if (process.env['MILLRACE_UPDATE'] === '1') {
        if (life === plain) writeFileSync(file, rewriteGolden(script, actual));
        return;
      }
      const expected = checks.map((block) => block.expected);
      if (life.parallelism === 1) expect(actual).toEqual(expected);
      else expect(actual.map((lines) => lines.toSorted())).toEqual(expected.map((lines) => lines.toSorted()));
    });
  }
});

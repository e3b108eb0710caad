import { existsSync, readFileSync } from 'node:fs';

// Adds up vitest's JSON reports and prints the closing line of the CI run: "N passed, N failed" (and what was skipped, by
// name, so that nothing is left out silently). A report that is missing or broken, and a file whose tests did not even
// load, count as one failure each.
// Usage: node scripts/count-tests.ts report.json…

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: 'passed' | 'failed';
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const totals = { passed: 0, failed: 0 };
const skipped: string[] = [];

function count(path: string): void {
  if (!existsSync(path)) {
    console.log(`no report at ${path}: the checks before the tests failed, or the runner died`);
    totals.failed += 1;
    return;
  }
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  for (const { name, status, assertionResults } of report.testResults) {
    for (const test of assertionResults) {
      if (test.status === 'passed') totals.passed += 1;
      else if (test.status === 'failed') totals.failed += 1;
      else skipped.push(`${name}: ${test.fullName} (${test.status})`);
    }
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) totals.failed += 1;
  }
}

process.argv.slice(2).forEach(count);
if (totals.passed + totals.failed === 0) totals.failed = 1;
for (const test of skipped) console.log(`skipped: ${test}`);
const skippedPart = skipped.length === 0 ? '' : `, ${skipped.length} skipped`;
console.log(`${totals.passed} passed, ${totals.failed} failed${skippedPart}`);
if (totals.failed > 0) process.exit(1);

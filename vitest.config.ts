import { defineConfig } from 'vitest/config';

// One project per folder of tests. The golden scripts (`test/sql/**/*.test`) are text; `test/sql/golden.test.ts` runs
// them, in one life (`sql`, for `npm run check`) or in all of them (`sql-all-lives`, for `npm test`).
// `--mode update` lets the golden runner rewrite the expected text.

interface Suite {
  readonly name: string;
  readonly folder: string;
  readonly timeoutMs: number;
  readonly lives?: 'one' | 'all';
}

const suites: readonly Suite[] = [
  { name: 'unit', folder: 'unit', timeoutMs: 60_000 },
  { name: 'laws', folder: 'laws', timeoutMs: 120_000 },
  { name: 'sql', folder: 'sql', timeoutMs: 60_000, lives: 'one' },
  { name: 'sql-all-lives', folder: 'sql', timeoutMs: 300_000, lives: 'all' },
  { name: 'oracle', folder: 'oracle', timeoutMs: 300_000 },
  { name: 'package', folder: 'package', timeoutMs: 300_000 },
  { name: 'integrity', folder: 'integrity', timeoutMs: 600_000 },
];

export default defineConfig(({ mode }) => {
  const reportPath = process.env['MILLRACE_TEST_REPORT'];
  return {
    test: {
      environment: 'node',
      pool: 'forks',
      setupFiles: ['test/setup/no-stray-console.ts', 'test/setup/seed.ts'],
      reporters: reportPath === undefined ? ['default'] : ['default', ['json', { outputFile: reportPath }]],
      projects: suites.map(({ name, folder, timeoutMs, lives }) => ({
        extends: true as const,
        test: {
          name,
          include: [`test/${folder}/**/*.test.ts`],
          testTimeout: timeoutMs,
          hookTimeout: timeoutMs,
          env: {
            ...(lives === undefined ? {} : { MILLRACE_LIVES: lives }),
            ...(mode === 'update' ? { MILLRACE_UPDATE: '1' } : {}),
          },
        },
      })),
    },
  };
});

import { afterAll, afterEach } from 'vitest';

// A test that prints fails: nothing below server, shell and cli may write to the console. A test that expects output
// puts its own spy over these.

const methods = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'table', 'dir'] as const;
const stray: string[] = [];

for (const method of methods) {
  console[method] = (...args: unknown[]): void => {
    stray.push(`console.${method}(${args.map(String).join(', ')})`);
  };
}

function failOnStray(): void {
  if (stray.length === 0) return;
  const calls = stray.splice(0).join('\n');
  throw new Error(`stray console output:\n${calls}`);
}

afterEach(failOnStray);
afterAll(failOnStray);

import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { nodeProcesses } from '../../../src/platform/node-processes.ts';

const started: (() => void)[] = [];
afterEach(() => {
  for (const end of started.splice(0)) end();
});

test('a process runs, but not under another start, and nobody knows of another host', () => {
  const { self } = nodeProcesses;
  expect(nodeProcesses.isAlive(self)).toBe(true);
  expect(nodeProcesses.isAlive({ ...self, host: `not-${hostname()}` })).toBeNull();
});

test('one that has ended is dead though nobody has asked how', async () => {
  // The shell becomes a program that does not wait for the child which the shell had.
  const shell = spawn('bash', ['-c', 'sleep 0.05 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
  started.push(() => shell.kill());
  const pid = await new Promise<number>((resolve) =>
    shell.stdout.once('data', (text: Buffer) => resolve(Number(text))),
  );
  const alive = (): boolean | null => nodeProcesses.isAlive({ pid, host: hostname(), started: '' });
  expect(process.kill(pid, 0)).toBe(true);
  await expect.poll(alive, { timeout: 5000 }).toBe(false);
});

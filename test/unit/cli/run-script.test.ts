/** A script on a terminal: where standard output and standard error meet. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { type RunOptions, runScript } from '../../../src/cli/run-script.ts';
import { Terminal } from '../../../src/cli/terminal.ts';
import { Engine } from '../../../src/engine.ts';
import { CapturedOutput } from '../../../src/platform/fake-platform.ts';
import { nodePlatform } from '../../../src/platform/node-platform.ts';

const ENDLESS = "CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');";

/** What stands on the screen at the end, and the exit code. */
async function onScreen(
  sql: string,
  interruptAfterMs: number | null,
  metricsFile: string | null = null,
): Promise<{ text: string; code: number }> {
  const screen = new CapturedOutput();
  const options: RunOptions = {
    engine: new Engine({ ...nodePlatform(), stdout: screen, stderr: screen }),
    terminal: new Terminal(screen, screen),
    output: 'table',
    settings: [],
    variables: new Map(),
    screen: { lines: 24, columns: 80 },
    statusColumns: 80,
    metricsFile,
    interrupted: new Promise((resolve) => {
      if (interruptAfterMs !== null) setTimeout(() => resolve(130), interruptAfterMs);
    }),
  };
  const code = await runScript(sql, options);
  return { text: replay(screen.text), code };
}

/** The few things that a terminal does with this output. */
function replay(text: string): string {
  const lines: string[] = [''];
  for (const part of text.replaceAll('\x1b', '␛').split(/(␛\[\d*[A-Z]|\n|\r)/)) {
    const last = lines.length - 1;
    const up = /^␛\[(\d+)A$/.exec(part);
    if (part === '\n') lines.push('');
    else if (up !== null) lines.splice(last - Number(up[1]), Infinity, '');
    // Both clear what has been taken off already, or the line of the cursor.
    else if (part === '\r' || part === '␛[J') continue;
    else if (part === '␛[K') lines[last] = '';
    else lines[last] += part;
  }
  return lines.join('\n');
}

test('a stopped query leaves its rows, then the summary', async () => {
  const { text, code } = await onScreen(`${ENDLESS} SELECT COUNT(*) AS n FROM g`, 700);
  expect(code).toBe(130);
  expect(text).toMatch(
    /^\+-+\+\n\| +n \|\n\+-+\+\n\| +[\d]+ \|\n\+-+\+\n\(1 row\)\n[\d,]+ rows in .* late, 0 bad in \d\.\d s\n$/,
  );
});

test('a query that ends leaves its rows only', async () => {
  const { text, code } = await onScreen('SELECT k FROM (VALUES (1), (2)) AS t(k)', null);
  expect(code).toBe(0);
  expect(text.split('\n').slice(3)).toEqual(['| 1 |', '| 2 |', '+---+', '(2 rows)', '']);
});

test('a query that fails leaves what came before, then the error', async () => {
  const { text, code } = await onScreen(
    `SET 'millrace.batch-size' = '1'; SELECT 6 / k AS k FROM (VALUES (3), (2), (0)) AS t(k)`,
    null,
  );
  expect(code).toBe(1);
  expect(text).toContain('ERROR 22012: division by zero\n');
});

test('the metrics file is there while jobs run, and whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-metrics-'));
  const path = join(folder, 'metrics.json');
  const read = () => JSON.parse(readFileSync(path, 'utf8')) as { rowsIn: number; jobs: { status: string }[] };
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const running = onScreen(
      `${ENDLESS} CREATE TABLE b (id BIGINT) WITH ('connector' = 'blackhole'); INSERT INTO b SELECT id FROM g`,
      1500,
      path,
    );
    await vi.waitFor(() => {
      vi.advanceTimersByTime(10_000);
      expect(existsSync(path) && read().jobs[0]).toMatchObject({
        status: 'running',
        watermark: null,
        stateSizeBytes: 0,
      });
    });
    const during = read();
    await running;
    expect(read().rowsIn).toBeGreaterThanOrEqual(during.rowsIn);
    expect(read().jobs[0]?.status).toBe('stopped');
    expect(readdirSync(folder)).toEqual(['metrics.json']);
  } finally {
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  }
});

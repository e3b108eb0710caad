/**
 * `npm run bench`: measures what bench/README.md lists and prints one table.
 * Options: --seconds N (each figure, 10), --quick (1 s, a twentieth of the rows), --only NAME,… (or beginnings of names), --seed N,
 * --record (writes the table to bench/baselines/), --list.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { BenchmarkOptions } from './benchmark.ts';
import { benchmarks } from './benchmarks.ts';
import { measureColdStart } from './cold-start.ts';
import { measure } from './measure.ts';
import { COLD_START_TITLE, type Row, coldStartRow, failedRow, machineLines, measurementRow, table } from './report.ts';
import { type Side, serve } from './worker.ts';

const COLD_START = 'cold-start';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      seed: { type: 'string', default: '1' },
      record: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  const options: BenchmarkOptions = { seed: Number(values.seed), shrink: values.quick ? 20 : 1 };
  const seconds = Number(values.seconds ?? (values.quick ? 1 : 10));
  const known = benchmarks(options);
  const names = new Set([...known.map(({ name }) => name), COLD_START]);
  const wanted = values.only?.split(',') ?? [''];
  const chosen = (name: string): boolean =>
    wanted.some((want) => (names.has(want) ? name === want : name.startsWith(want)));
  const all = known.filter(({ name }) => chosen(name));
  if (values.list) {
    console.log([...all.map(({ name }) => name), ...(chosen(COLD_START) ? [COLD_START] : [])].join('\n'));
    return 0;
  }
  const lines = machineLines(['npm run bench --', ...process.argv.slice(2)].join(' '));
  console.log(lines.join('\n'));
  const rows: Row[] = [];
  const add = async (name: string, title: string, run: () => Row | Promise<Row>): Promise<void> => {
    console.error(`… ${name}`);
    try {
      rows.push(await run());
    } catch (error) {
      console.error(error);
      rows.push(failedRow(title, error));
    }
  };
  for (const benchmark of all) {
    await add(benchmark.name, benchmark.title, async () =>
      measurementRow(benchmark, await measure(benchmark, options, seconds)),
    );
  }
  if (chosen(COLD_START)) await add(COLD_START, COLD_START_TITLE, () => coldStartRow(measureColdStart()));
  console.log(`\n${table(rows)}`);
  if (values.record) record(lines, table(rows));
  return rows.some((row) => row[2] === 'failed' || row[7].includes('WRONG')) ? 1 : 0;
}

function record(lines: readonly string[], text: string): void {
  const folder = new URL('baselines/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const head = lines.map((line) => `- ${line}`).join('\n');
  writeFileSync(new URL('latest.md', folder), `# The last recorded run\n\n${head}\n\n${text}\n`);
}

async function work(name: string, side: Side, options: BenchmarkOptions): Promise<void> {
  const benchmark = benchmarks(options).find((each) => each.name === name);
  if (benchmark === undefined) throw new Error(`there is no benchmark "${name}"`);
  await serve(benchmark, side);
}

const [flag, name, side, seed, shrink] = process.argv.slice(2);
if (flag === '--worker') await work(name as string, side as Side, { seed: Number(seed), shrink: Number(shrink) });
else process.exitCode = await main();

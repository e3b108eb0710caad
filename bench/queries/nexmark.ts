/**
 * Events per CPU-second of the Nexmark queries: generated in the process, written to `blackhole` (q10: to files).
 *
 *   node bench/queries/nexmark.ts [--only q3,q20] [--events 1000000] [--rate 10000] [--seconds 3] [--profile DIRECTORY]
 *
 * Each query has a process of its own, which does a cold pass, a warm one, then as many as take the time. A join reads
 * the generator once for each of its sides: that work is in the figure, and so is garbage collection.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { substituteVariables } from '../../src/engine/variables.ts';
import { runInsert } from '../engine-runner.ts';
import { machineLines } from '../report.ts';

interface Figures {
  readonly rate: number;
  readonly coldRate: number;
  readonly peakRssMb: number;
}

const folder = fileURLToPath(new URL('nexmark/', import.meta.url));

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    events: { type: 'string', default: '1000000' },
    rate: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '3' },
    profile: { type: 'string' },
    query: { type: 'string' },
  },
});

if (values.query === undefined) report();
else console.log(JSON.stringify(await measure(values.query)));

function report(): void {
  const only = values.only?.split(',');
  const queries = readdirSync(folder)
    .flatMap((file) => /^(q.*)\.sql$/.exec(file)?.[1] ?? [])
    .filter((query) => only?.includes(query) ?? true)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  console.log(machineLines(['node bench/queries/nexmark.ts', ...process.argv.slice(2)].join(' ')).join('\n'));
  const line = ([query, ...figures]: readonly [string, ...string[]]): void =>
    console.log(`| ${query.padEnd(10)} | ${figures.map((cell) => cell.padStart(14)).join(' | ')} |`);
  console.log('');
  line(['query', 'events/CPU-s', 'cold', 'peak RSS']);
  line(['----------', ...['', '', ''].map(() => '-------------:')]);
  const profile = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  for (const query of queries) {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [...profile, ...process.argv.slice(1), '--query', query],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`${query}: ${stderr}`);
    const { rate, coldRate, peakRssMb } = JSON.parse(stdout) as Figures;
    line([query, millions(rate), millions(coldRate), `${peakRssMb.toFixed(0)} MB`]);
  }
}

async function measure(query: string): Promise<Figures> {
  const events = Number(values.events);
  const output = mkdtempSync(join(tmpdir(), 'millrace-nexmark-'));
  const variables = new Map(
    Object.entries({
      NEXMARK_TABLE: 'generated',
      EVENTS_NUM: String(events),
      TPS: values.rate,
      BASE_TIME: '2015-07-15 00:00:00',
      PERSON_PROPORTION: '1',
      AUCTION_PROPORTION: '3',
      BID_PROPORTION: '46',
      EVENTS_PATH: output,
      OUTPUT_DIR: output,
    }),
  );
  const textOf = (file: string): string =>
    substituteVariables(readFileSync(join(folder, `${file}.sql`), 'utf8'), variables);
  /** CPU time of one pass. */
  const pass = async (): Promise<number> => {
    const before = process.cpuUsage();
    await runInsert(textOf('ddl'), textOf(query));
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  try {
    const cold = await pass();
    await pass();
    const startMs = performance.now();
    let passes = 0;
    let warm = 0;
    do {
      warm += await pass();
      passes++;
    } while (performance.now() - startMs < Number(values.seconds) * 1000);
    return {
      rate: (events * passes * 1000) / warm,
      coldRate: (events * 1000) / cold,
      peakRssMb: process.resourceUsage().maxRSS / 1024,
    };
  } finally {
    rmSync(output, { recursive: true });
  }
}

function millions(rate: number): string {
  return `${(rate / 1e6).toFixed(2)} M/s`;
}

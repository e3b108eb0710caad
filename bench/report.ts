/** The table. */
import { cpus, totalmem } from 'node:os';
import type { Benchmark } from './benchmark.ts';
import type { ColdStart } from './cold-start.ts';
import type { Measurement } from './measure.ts';

const HEADER = ['benchmark', 'target', 'measured', 'ratio', 'cold', 'DuckDB', 'peak RSS', 'remarks'] as const;
export const COLD_START_TITLE = 'installed package, `millrace sql "SELECT 1"`, median of 10';
export type Row = readonly [string, string, string, string, string, string, string, string];

export function machineLines(command: string): readonly string[] {
  const [cpu] = cpus();
  return [
    `machine: ${cpu?.model.trim()}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB; Node ${process.versions.node}`,
    `command: ${command}`,
  ];
}

const millions = (rate: number): string => `${(rate / 1e6).toFixed(2)} M/s`;

export function measurementRow({ title, target, limits }: Benchmark, of: Measurement): Row {
  // Where DuckDB does the same, its rate has to be reached too.
  const goal = Math.max(target ?? 0, of.peerRate ?? 0);
  const remarks = [
    of.wrongAnswer === null ? null : `WRONG ANSWER: ${of.wrongAnswer}`,
    limits?.pauseMs === undefined
      ? null
      : `${limit('pause', of.pauses.longestMs, limits.pauseMs, 'ms')} (${of.pauses.longestCpuMs.toFixed(0)} ms of CPU)`,
    limits?.rssMb === undefined ? null : limit('RSS', of.peakRssMb, limits.rssMb, 'MB'),
  ].filter((remark) => remark !== null);
  return [
    title,
    target === null ? '≥ DuckDB' : millions(target),
    millions(of.rate),
    ratio(of.rate / goal),
    millions(of.coldRate),
    of.peerRate === null ? '' : millions(of.peerRate),
    `${of.peakRssMb.toFixed(0)} MB`,
    remarks.join('; '),
  ];
}

export function coldStartRow(of: ColdStart): Row {
  return [
    COLD_START_TITLE,
    '300 ms',
    `${of.medianMs.toFixed(0)} ms`,
    ratio(300 / of.medianMs),
    `${of.firstMs.toFixed(0)} ms`,
    '',
    '',
    of.wrongAnswer === null ? '' : `WRONG ANSWER: ${of.wrongAnswer.trim()}`,
  ];
}

export function failedRow(title: string, error: unknown): Row {
  const text = error instanceof Error ? error.message : String(error);
  return [title, '', 'failed', '', '', '', '', (text.split('\n')[0] as string).replaceAll('|', '/')];
}

const ratio = (value: number): string => `${value.toFixed(2)}${value < 1 ? ' missed' : ''}`;

const limit = (what: string, value: number, most: number, unit: string): string =>
  `${what} ${value.toFixed(0)} of ${most} ${unit}${value > most ? ' missed' : ''}`;

/** As markdown, padded so that it reads in a terminal too. */
export function table(rows: readonly Row[]): string {
  const all: readonly (readonly string[])[] = [HEADER, ...rows];
  const widths = HEADER.map((_, c) => all.reduce((width, row) => Math.max(width, (row[c] as string).length), 0));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, c) => (c === 0 || c === 7 ? cell.padEnd(widths[c] as number) : cell.padStart(widths[c] as number))).join(' | ')} |`;
  const rule = `| ${widths.map((width, c) => (c === 0 || c === 7 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(HEADER), rule, ...rows.map(line)].join('\n');
}

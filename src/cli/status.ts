/** What a person sees of running jobs: the status line, the summary at the end and the metrics file. */
import type { Job } from '../engine.ts';

export interface Metrics {
  readonly seconds: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly lateRows: number;
  readonly badRecords: number;
  readonly bytesIn: number;
  readonly rowsInPerSecond: number;
  readonly rowsOutPerSecond: number;
  readonly jobs: readonly {
    readonly id: string;
    readonly name: string;
    readonly status: string;
    readonly counters: Readonly<Record<string, number>>;
    readonly gauges: Readonly<Record<string, number>>;
    /** Epoch milliseconds; null before the first one. */
    readonly watermark: number | null;
    readonly stateSizeBytes: number;
    readonly restarts: number;
    /** Null for a job without checkpoints. */
    readonly checkpoints: Job['checkpoints'];
  }[];
}

export function metricsOf(jobs: readonly Job[], seconds: number): Metrics {
  const sum = (name: string): number => jobs.reduce((total, job) => total + (job.counters[name] ?? 0), 0);
  const before = (name: string): number => jobs.reduce((total, job) => total + (job.restoredCounters[name] ?? 0), 0);
  // Of this run: what a checkpoint brought along took no time now.
  const rate = (name: string): number => (seconds > 0 ? Math.round((sum(name) - before(name)) / seconds) : 0);
  const rowsIn = sum('rows_in');
  const rowsOut = sum('rows_out');
  return {
    seconds: Math.round(seconds * 1000) / 1000,
    rowsIn,
    rowsOut,
    lateRows: sum('late_rows'),
    badRecords: sum('bad_records'),
    bytesIn: sum('bytes_in'),
    rowsInPerSecond: rate('rows_in'),
    rowsOutPerSecond: rate('rows_out'),
    jobs: jobs.map(({ id, name, status, counters, gauges, watermark, stateSizeBytes, restarts, checkpoints }) => ({
      id,
      name,
      status,
      counters,
      gauges,
      watermark: Number.isFinite(watermark) ? watermark : null,
      stateSizeBytes,
      restarts,
      checkpoints,
    })),
  };
}

/** One line: `1,200,000 rows in (400,000/s), 52 out, 3 late, 0 bad in 3.0 s`. */
export function renderSummary(metrics: Metrics): string {
  const n = (value: number): string => value.toLocaleString('en-US');
  const restarts = metrics.jobs.reduce((total, job) => total + job.restarts, 0);
  const checkpoints = metrics.jobs.reduce((total, job) => total + (job.checkpoints?.completed ?? 0), 0);
  const more =
    (checkpoints > 0 ? `, ${n(checkpoints)} ${checkpoints === 1 ? 'checkpoint' : 'checkpoints'}` : '') +
    (restarts > 0 ? `, ${n(restarts)} ${restarts === 1 ? 'restart' : 'restarts'}` : '');
  return (
    `${n(metrics.rowsIn)} rows in (${n(metrics.rowsInPerSecond)}/s), ${n(metrics.rowsOut)} out, ` +
    `${n(metrics.lateRows)} late, ${n(metrics.badRecords)} bad in ${metrics.seconds.toFixed(1)} s${more}`
  );
}

/** What is said when the process ends without jobs that should have stopped; null where all have. */
export function renderUnstopped(
  jobs: readonly Pick<Job, 'name' | 'status' | 'checkpoints'>[],
  seconds: number,
): string | null {
  const left = jobs.filter(({ status }) => status === 'running' || status === 'restarting' || status === 'created');
  if (left.length === 0) return null;
  const keeps = left.some(({ checkpoints }) => checkpoints !== null);
  return (
    `Not stopped within ${seconds} s: ${left.map(({ name }) => name).join(', ')}. ` +
    (keeps
      ? 'The next run goes on from the last checkpoint and does again what came after it.'
      : 'What was not written yet is lost.')
  );
}

/** What a Date can show; a watermark is whatever the data made of it. */
const MAX_DATE_MS = 8.64e15;

/** The status line of running jobs: rates, watermark, state. */
export function renderStatus(jobs: readonly Job[], seconds: number): string {
  const metrics = metricsOf(jobs, seconds);
  const running = jobs.filter((job) => job.status === 'running');
  const watermark = running.reduce((least, job) => Math.min(least, job.watermark), Infinity);
  const state = running.reduce((total, job) => total + job.stateSizeBytes, 0);
  const at =
    Math.abs(watermark) <= MAX_DATE_MS
      ? `, watermark ${new Date(watermark).toISOString().replace('T', ' ').slice(0, 19)}`
      : '';
  return `${renderSummary(metrics)}${at}, state ${renderSize(state)}`;
}

function renderSize(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.ceil(bytes / 1024)} KB`;
  return bytes < 1024 ** 3 ? `${(bytes / 1024 ** 2).toFixed(1)} MB` : `${(bytes / 1024 ** 3).toFixed(2)} GB`;
}

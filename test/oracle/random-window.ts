/** Random windows: as Flink SQL in both spellings, and as the list of their bounds. */
import type { RandomSource } from './random-source.ts';
import type { StreamRow } from './random-stream.ts';

export type WindowShape =
  | { readonly kind: 'tumble'; readonly sizeMs: number; readonly offsetMs: number }
  | { readonly kind: 'hop'; readonly slideMs: number; readonly sizeMs: number; readonly offsetMs: number }
  | { readonly kind: 'cumulate'; readonly stepMs: number; readonly sizeMs: number; readonly offsetMs: number }
  | { readonly kind: 'session'; readonly gapMs: number };

export interface Bounds {
  readonly start: number;
  readonly end: number;
}

export function randomShape(
  random: RandomSource,
  kind = random.pick(['tumble', 'hop', 'cumulate'] as const),
): WindowShape {
  const unit = random.pick([500, 1000, 2500]);
  const offsetMs = random.chance(70) ? 0 : random.pick([-unit, unit / 2]);
  const times = 1 + random.below(6);
  switch (kind) {
    case 'tumble':
      return { kind, sizeMs: unit * times, offsetMs: times === 1 ? 0 : offsetMs };
    case 'hop':
      return { kind, slideMs: unit * 2, sizeMs: unit * 2 * times, offsetMs };
    case 'cumulate':
      return { kind, stepMs: unit, sizeMs: unit * (times + 1), offsetMs };
  }
}

export const interval = (ms: number): string => `INTERVAL '${ms / 1000}' SECOND`;

/** `FROM` and `GROUP BY` for a table, and the names of the window's bounds. */
export interface WindowSql {
  readonly from: string;
  readonly groupBy: string;
  readonly start: string;
  readonly end: string;
}

export function windowSql(shape: WindowShape, keys: readonly string[], legacy: boolean): WindowSql {
  const sizes = sizesOf(shape);
  if (legacy) {
    const call = (suffix: string): string =>
      `${shape.kind.toUpperCase()}${suffix}(${['ts', ...sizes.map(interval)].join(', ')})`;
    return { from: 't', groupBy: [call(''), ...keys].join(', '), start: call('_START'), end: call('_END') };
  }
  const data = shape.kind === 'session' && keys.length > 0 ? `TABLE t PARTITION BY ${keys.join(', ')}` : 'TABLE t';
  if (shape.kind !== 'session' && shape.offsetMs !== 0) sizes.push(shape.offsetMs);
  return {
    from: `TABLE(${shape.kind.toUpperCase()}(${[data, 'DESCRIPTOR(ts)', ...sizes.map(interval)].join(', ')}))`,
    groupBy: ['window_start', 'window_end', ...keys].join(', '),
    start: 'window_start',
    end: 'window_end',
  };
}

function sizesOf(shape: WindowShape): number[] {
  switch (shape.kind) {
    case 'tumble':
      return [shape.sizeMs];
    case 'hop':
      return [shape.slideMs, shape.sizeMs];
    case 'cumulate':
      return [shape.stepMs, shape.sizeMs];
    case 'session':
      return [shape.gapMs];
  }
}

/** Every window around `time`, by the definition of its kind. */
function windowsAround(shape: Exclude<WindowShape, { kind: 'session' }>, time: number): Bounds[] {
  const found: Bounds[] = [];
  const floor = (step: number): number => Math.floor((time - shape.offsetMs) / step) * step + shape.offsetMs;
  if (shape.kind === 'tumble') found.push({ start: floor(shape.sizeMs), end: floor(shape.sizeMs) + shape.sizeMs });
  else if (shape.kind === 'hop') {
    for (let start = floor(shape.slideMs); start > time - shape.sizeMs; start -= shape.slideMs) {
      found.push({ start, end: start + shape.sizeMs });
    }
  } else {
    const start = floor(shape.sizeMs);
    for (let end = start + shape.stepMs; end <= start + shape.sizeMs; end += shape.stepMs) {
      if (end > time) found.push({ start, end });
    }
  }
  return found;
}

export interface Windowed {
  readonly key: string | null;
  readonly start: number;
  readonly end: number;
  readonly rows: readonly StreamRow[];
}

/**
 * What every window holds, and the rows that are late, of rows taken one by one: each sees the watermark of those
 * before it (dialect 5.3: a window [s, e) fires at e − 1 ms; a row is late when all its windows have fired).
 */
export function takeRowByRow(
  shape: WindowShape,
  rows: readonly StreamRow[],
  options: { readonly delayMs: number; readonly keyed: boolean },
): { readonly windows: readonly Windowed[]; readonly late: readonly StreamRow[] } {
  const late: StreamRow[] = [];
  let open: { key: string | null; start: number; end: number; rows: StreamRow[] }[] = [];
  const done: typeof open = [];
  let watermark = -Infinity;
  for (const row of rows) {
    const key = options.keyed ? row.k : null;
    if (shape.kind === 'session') {
      const own = { start: row.ts, end: row.ts + shape.gapMs };
      const touching = open.filter((other) => other.key === key && other.start <= own.end && own.start <= other.end);
      const window = {
        key,
        start: Math.min(own.start, ...touching.map(({ start }) => start)),
        end: Math.max(own.end, ...touching.map(({ end }) => end)),
        rows: [...touching.flatMap((other) => other.rows), row],
      };
      if (window.end - 1 <= watermark) late.push(row);
      else {
        open = open.filter((other) => !touching.includes(other));
        open.push(window);
      }
    } else {
      const around = windowsAround(shape, row.ts).filter(({ end }) => end - 1 > watermark);
      if (around.length === 0) late.push(row);
      for (const { start, end } of around) {
        const found = open.find((other) => other.key === key && other.start === start && other.end === end);
        if (found === undefined) open.push({ key, start, end, rows: [row] });
        else found.rows.push(row);
      }
    }
    watermark = Math.max(watermark, row.ts - options.delayMs);
    done.push(...open.filter(({ end }) => end - 1 <= watermark));
    open = open.filter(({ end }) => end - 1 > watermark);
  }
  return { windows: [...done, ...open], late };
}

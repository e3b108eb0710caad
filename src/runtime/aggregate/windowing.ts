/**
 * Arithmetic of windows over time, in milliseconds of the wall clock that windows are cut on.
 *
 * Time is cut into slices that lie within every window or outside of it: tumbling windows are slices, hopping ones are
 * made of slices of gcd(slide, size), cumulating ones of their steps. A slice and a window are known by their ends.
 */
import { unsupported } from '../../errors.ts';
import type { WindowSpec } from '../../plan/physical.ts';
import { type TimeZone, timeZone } from '../../types/time-zone.ts';

export interface Windowing {
  /** Width of a slice. */
  readonly sliceMs: number;
  /** Distance from one window's end to the next one's. */
  readonly everyMs: number;
  /** Every window is a slice. */
  readonly tumbles: boolean;
  /** The windows' start, by their end. */
  startOf(windowEnd: number): number;
  /** The least and the greatest end of a window around a slice; with gaps between windows the least may be greater. */
  firstEnd(sliceEnd: number): number;
  lastEnd(sliceEnd: number): number;
  /** The greatest slice or window border not after `time`. */
  sliceStart(time: number): number;
}

/** The greatest `offset + k · step` that is at most `time`; exact, since times and steps are far below 2⁵². */
const alignDown = (time: number, step: number, offset: number): number =>
  Math.floor((time - offset) / step) * step + offset;

const alignUp = (time: number, step: number, offset: number): number =>
  Math.ceil((time - offset) / step) * step + offset;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

export function windowing(window: WindowSpec): Windowing {
  switch (window.kind) {
    case 'tumble': {
      const { sizeMs, offsetMs } = window;
      return {
        sliceMs: sizeMs,
        everyMs: sizeMs,
        tumbles: true,
        startOf: (end) => end - sizeMs,
        firstEnd: (end) => end,
        lastEnd: (end) => end,
        sliceStart: (time) => alignDown(time, sizeMs, offsetMs),
      };
    }
    case 'hop': {
      const { slideMs, sizeMs, offsetMs } = window;
      const sliceMs = gcd(slideMs, sizeMs);
      return {
        sliceMs,
        everyMs: slideMs,
        tumbles: false,
        startOf: (end) => end - sizeMs,
        firstEnd: (end) => alignUp(end, slideMs, offsetMs + sizeMs),
        lastEnd: (end) => alignDown(end - sliceMs + sizeMs, slideMs, offsetMs + sizeMs),
        sliceStart: (time) => alignDown(time, sliceMs, offsetMs),
      };
    }
    case 'cumulate': {
      const { stepMs, sizeMs, offsetMs } = window;
      const startOf = (end: number): number => alignDown(end - stepMs, sizeMs, offsetMs);
      return {
        sliceMs: stepMs,
        everyMs: stepMs,
        tumbles: false,
        startOf,
        firstEnd: (end) => end,
        lastEnd: (end) => startOf(end) + sizeMs,
        sliceStart: (time) => alignDown(time, stepMs, offsetMs),
      };
    }
    case 'session':
      throw unsupported('a session window without aggregation', 'Group by its window_start and window_end.');
  }
}

/** How instants and the wall clock of windows go together: not at all for TIMESTAMP, by the session's zone for LTZ. */
export interface WindowClock {
  /** `null` where windows are cut on the time column as it is. */
  readonly zone: TimeZone | null;
  toLocal(instant: number): number;
  /** The watermark at which a window with this end fires. */
  fireTime(windowEnd: number): number;
  /** The instant of a wall-clock time. */
  toInstant(local: number): number;
}

export function windowClock(isInstant: boolean, zoneName: string): WindowClock {
  if (!isInstant || zoneName === 'UTC') {
    return { zone: null, toLocal: (time) => time, fireTime: (end) => end - 1, toInstant: (local) => local };
  }
  const zone = timeZone(zoneName);
  return {
    zone,
    toLocal: (time) => zone.toLocal(time),
    fireTime: (end) => zone.toTimerInstant(end - 1),
    toInstant: (local) => zone.toInstant(local),
  };
}

/**
 * The first of the ends `end`, `end + everyMs`, … whose window has not fired at `watermark`. Found by doubling and
 * halving, since a window of many steps has many ends and zones make their distances uneven.
 */
export function firstOpenEnd(clock: WindowClock, end: number, everyMs: number, watermark: number): number {
  if (clock.fireTime(end) > watermark) return end;
  if (watermark === Infinity) return Infinity;
  let fired = 0;
  let open = 1;
  while (clock.fireTime(end + open * everyMs) <= watermark) {
    fired = open;
    open *= 2;
  }
  while (open - fired > 1) {
    const middle = Math.floor((fired + open) / 2);
    if (clock.fireTime(end + middle * everyMs) <= watermark) fired = middle;
    else open = middle;
  }
  return end + open * everyMs;
}

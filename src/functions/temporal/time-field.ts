/** The fields of points in time and intervals, as EXTRACT and YEAR … SECOND give them, and the starts of periods. */
import {
  MS_PER_DAY,
  MS_PER_HOUR,
  MS_PER_MINUTE,
  MS_PER_SECOND,
  civilFromDays,
  dayOfYear,
  daysFromCivil,
  floorMod,
  isoDayOfWeek,
  isoWeek,
} from '../../types/datetime.ts';

type DayField = (days: number) => number;

/** Fields of the calendar day. */
const DAY_FIELDS: Readonly<Record<string, DayField>> = {
  MILLENNIUM: (days) => Math.floor((civilFromDays(days).year + 999) / 1000),
  CENTURY: (days) => Math.floor((civilFromDays(days).year + 99) / 100),
  DECADE: (days) => Math.floor(civilFromDays(days).year / 10),
  YEAR: (days) => civilFromDays(days).year,
  ISOYEAR: (days) => isoWeek(days).year,
  QUARTER: (days) => Math.floor((civilFromDays(days).month - 1) / 3) + 1,
  MONTH: (days) => civilFromDays(days).month,
  WEEK: (days) => isoWeek(days).week,
  DOY: dayOfYear,
  DAY: (days) => civilFromDays(days).day,
  DOW: (days) => (isoDayOfWeek(days) % 7) + 1,
  ISODOW: isoDayOfWeek,
};

type ClockField = (msOfDay: number, nanos: number) => number;

/** Fields of the time of day; fractions are those of the second alone. */
export const CLOCK_FIELDS: Readonly<Record<string, ClockField>> = {
  HOUR: (ms) => Math.floor(ms / MS_PER_HOUR),
  MINUTE: (ms) => Math.floor(ms / MS_PER_MINUTE) % 60,
  SECOND: (ms) => Math.floor(ms / MS_PER_SECOND) % 60,
  MILLISECOND: (ms) => ms % 1000,
  MICROSECOND: (ms, nanos) => (ms % 1000) * 1000 + Math.floor(nanos / 1000),
  NANOSECOND: (ms, nanos) => (ms % 1000) * 1_000_000 + nanos,
};

/** A field of a point in time given as wall-clock milliseconds; `undefined` for a unit that has none. */
export function pointField(unit: string): ((ms: number, nanos: number) => number) | undefined {
  const day = DAY_FIELDS[unit];
  if (day !== undefined) return (ms) => day(Math.floor(ms / MS_PER_DAY));
  const clock = CLOCK_FIELDS[unit];
  return clock && ((ms, nanos) => clock(floorMod(ms, MS_PER_DAY), nanos));
}

/** A field of a day-time interval, with the sign of the interval. */
export function dayTimeField(unit: string): ((ms: number) => number) | undefined {
  if (unit === 'DAY') return (ms) => Math.trunc(ms / MS_PER_DAY);
  const clock = CLOCK_FIELDS[unit];
  return clock && ((ms) => Math.sign(ms) * clock(Math.abs(ms) % MS_PER_DAY, 0));
}

/** A field of a year-month interval, with the sign of the interval. */
export function yearMonthField(unit: string): ((months: number) => number) | undefined {
  if (unit === 'YEAR') return (months) => Math.trunc(months / 12);
  if (unit === 'QUARTER') return (months) => Math.trunc((months % 12) / 3) + 1;
  return unit === 'MONTH' ? (months) => months % 12 : undefined;
}

/** A period of the calendar or the clock: where the one that holds a time starts, and the next one. */
export interface Period {
  readonly start: (ms: number) => number;
  readonly next: (start: number) => number;
}

const fixed = (sizeMs: number, offsetMs = 0): Period => ({
  start: (ms) => ms - floorMod(ms - offsetMs, sizeMs),
  next: (start) => start + sizeMs,
});

function months(size: number): Period {
  const at = (index: number): number => daysFromCivil(0, index + 1, 1) * MS_PER_DAY;
  const indexOf = (ms: number): number => {
    const { year, month } = civilFromDays(Math.floor(ms / MS_PER_DAY));
    return year * 12 + month - 1;
  };
  return {
    start: (ms) => at(Math.floor(indexOf(ms) / size) * size),
    next: (start) => at(indexOf(start) + size),
  };
}

/** Centuries and millennia start with the years 1, 101, 1001, …; weeks with Sunday, as FLOOR … TO WEEK has it. */
export const PERIODS: Readonly<Record<string, Period>> = {
  MILLENNIUM: yearsFromOne(1000),
  CENTURY: yearsFromOne(100),
  DECADE: months(120),
  YEAR: months(12),
  QUARTER: months(3),
  MONTH: months(1),
  // 1970-01-04 was a Sunday.
  WEEK: fixed(7 * MS_PER_DAY, 3 * MS_PER_DAY),
  DAY: fixed(MS_PER_DAY),
  HOUR: fixed(MS_PER_HOUR),
  MINUTE: fixed(MS_PER_MINUTE),
  SECOND: fixed(MS_PER_SECOND),
  MILLISECOND: fixed(1),
};

function yearsFromOne(size: number): Period {
  const at = (year: number): number => daysFromCivil(year, 1, 1) * MS_PER_DAY;
  const yearOf = (ms: number): number => civilFromDays(Math.floor(ms / MS_PER_DAY)).year;
  return {
    start: (ms) => at(Math.floor((yearOf(ms) - 1) / size) * size + 1),
    next: (start) => at(yearOf(start) + size),
  };
}

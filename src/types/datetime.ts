/**
 * The calendar in plain arithmetic (proleptic Gregorian) and the text of dates and times as CAST reads and writes it.
 * DATE = days since 1970-01-01, TIME = milliseconds of the day, TIMESTAMP = milliseconds and nanoseconds within one.
 */
import type { Timestamp } from './vector.ts';

export const MS_PER_SECOND = 1000;
export const MS_PER_MINUTE = 60_000;
export const MS_PER_HOUR = 3_600_000;
export const MS_PER_DAY = 86_400_000;

/** The remainder with the sign of the divisor. */
export function floorMod(value: number, divisor: number): number {
  const rest = value % divisor;
  return rest < 0 ? rest + divisor : rest;
}

export interface CivilDate {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

/** Days since 1970-01-01; months beyond 1 to 12 are carried into the year. After Howard Hinnant's days_from_civil. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const monthIndex = year * 12 + month - 1 - 2;
  const y = Math.floor(monthIndex / 12);
  const m = monthIndex - y * 12;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * m + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export function civilFromDays(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const m = Math.floor((5 * dayOfYear + 2) / 153);
  const month = m < 10 ? m + 3 : m - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * m + 2) / 5) + 1,
  };
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The date `months` later; a day that the month does not have becomes its last. */
export function addMonths(days: number, months: number): number {
  const { year, month, day } = civilFromDays(days);
  const index = year * 12 + month - 1 + months;
  const y = Math.floor(index / 12);
  const m = index - y * 12 + 1;
  return daysFromCivil(y, m, Math.min(day, daysInMonth(y, m)));
}

/** The point in time `months` later, its time of day kept. */
export function addMonthsToMs(ms: number, months: number): number {
  const days = Math.floor(ms / MS_PER_DAY);
  return addMonths(days, months) * MS_PER_DAY + (ms - days * MS_PER_DAY);
}

/** 1 = Monday … 7 = Sunday. */
export const isoDayOfWeek = (days: number): number => floorMod(days + 3, 7) + 1;

export const dayOfYear = (days: number): number => days - daysFromCivil(civilFromDays(days).year, 1, 1) + 1;

/** The ISO 8601 week and the year that it belongs to. */
export function isoWeek(days: number): { readonly year: number; readonly week: number } {
  const thursday = days + 4 - isoDayOfWeek(days);
  const { year } = civilFromDays(thursday);
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 };
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days);
  const digits = String(Math.abs(year)).padStart(4, '0');
  return `${year < 0 ? '-' : ''}${digits}-${two(month)}-${two(day)}`;
}

function formatClock(msOfDay: number): string {
  const seconds = Math.floor(msOfDay / MS_PER_SECOND);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `12:34:56`, with a fraction only where there is one. */
export function formatTime(msOfDay: number, precision: number): string {
  if (precision === 0) return formatClock(msOfDay);
  const fraction = String(msOfDay % MS_PER_SECOND)
    .padStart(3, '0')
    .slice(0, precision);
  return `${formatClock(msOfDay)}.${fraction.replace(/(?!^)0+$/, '')}`;
}

/** `2021-09-24 12:34:56.789` with exactly `precision` fraction digits. */
export function formatTimestamp(ms: number, nanos: number, precision: number): string {
  const days = Math.floor(ms / MS_PER_DAY);
  const msOfDay = ms - days * MS_PER_DAY;
  const whole = `${formatDate(days)} ${formatClock(msOfDay)}`;
  if (precision === 0) return whole;
  const fraction = String(msOfDay % MS_PER_SECOND).padStart(3, '0');
  return `${whole}.${
    precision <= 3
      ? fraction.slice(0, precision)
      : fraction +
        String(nanos)
          .padStart(6, '0')
          .slice(0, precision - 3)
  }`;
}

/** `+10-03` */
export function formatYearMonthInterval(months: number): string {
  const size = Math.abs(months);
  return `${months < 0 ? '-' : '+'}${Math.floor(size / 12)}-${two(size % 12)}`;
}

/** `+1 10:17:36.789` */
export function formatDayTimeInterval(ms: number): string {
  const size = Math.abs(ms);
  const days = Math.floor(size / MS_PER_DAY);
  const rest = size - days * MS_PER_DAY;
  return `${ms < 0 ? '-' : '+'}${days} ${formatClock(rest)}.${String(rest % MS_PER_SECOND).padStart(3, '0')}`;
}

function validDate(year: number, month: number, day: number): number | undefined {
  if (year > 9999 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return daysFromCivil(year, month, day);
}

const DATE_TEXT = /^(\d+)(?:-\s*(\d{1,2})\s*(?:-\s*(\d{1,2}))?)?(?: .*)?$/s;

/** A DATE as CAST reads it: `2021-09-27`, also with a time after it, `2021-9-7`, `2021-09`, `2021`. */
export function parseDate(text: string): number | undefined {
  const match = DATE_TEXT.exec(text.trim());
  if (match === null) return undefined;
  return validDate(Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1));
}

/** Milliseconds (the first three digits) and nanoseconds within (the next six) of a fraction's digits. */
function parseFraction(digits: string): Timestamp {
  const padded = digits.padEnd(9, '0');
  return { ms: Number(padded.slice(0, 3)), nanos: Number(padded.slice(3, 9)) };
}

function clock(hour: number, minute: number, second: number): number | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return (hour * 3600 + minute * 60 + second) * MS_PER_SECOND;
}

const TIME_TEXT = /^(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?)?$/;

/** A TIME as CAST reads it: `23`, `23:45`, `12:34:56.789`; digits beyond milliseconds are cut. */
export function parseTime(text: string): number | undefined {
  const match = TIME_TEXT.exec(text.trim());
  if (match === null) return undefined;
  const whole = clock(Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0));
  return whole === undefined ? undefined : whole + parseFraction(match[4] ?? '').ms;
}

const TIMESTAMP_TEXT = /^(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d*))?)?$/;

/**
 * A TIMESTAMP as CAST reads it: a date, with or without a time of day to the second and a fraction. A day up to 31 that
 * the month does not have is its last one, unlike for a DATE.
 */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = TIMESTAMP_TEXT.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number];
  const days = validDate(year, month, day > 31 ? day : Math.min(day, daysInMonth(year, month)));
  const msOfDay = clock(Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0));
  if (days === undefined || msOfDay === undefined) return undefined;
  const fraction = parseFraction(match[7] ?? '');
  return { ms: days * MS_PER_DAY + msOfDay + fraction.ms, nanos: fraction.nanos };
}

const POWERS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] as const;

/** Epoch milliseconds cut to `precision` (0 to 3) fraction digits, toward the past. */
export function cutMs(ms: number, precision: number): number {
  if (precision >= 3) return ms;
  return ms - floorMod(ms, POWERS[(3 - precision) as 1 | 2 | 3]);
}

/** Nanoseconds within a millisecond cut to `precision` (4 to 9) fraction digits of the second. */
export function cutNanos(nanos: number, precision: number): number {
  if (precision >= 9) return nanos;
  return precision <= 3 ? 0 : nanos - (nanos % POWERS[(9 - precision) as 0 | 1 | 2 | 3 | 4 | 5]);
}

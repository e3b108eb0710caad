/**
 * Dates, times and timestamps as text, read from bytes. Results come back in `parsedTime`, so that nothing is
 * allocated per value.
 *
 * Formats read one exact spelling, out of bytes; CAST reads several (`2021-9-7`), out of strings: `types/datetime.ts`.
 * What is no date is no date: 24:00, a leap second, 02-30 are refused (Java's smart resolver would move them).
 */
import { daysFromCivil, daysInMonth } from '../../types/datetime.ts';

/** `ms`: epoch milliseconds (or milliseconds of the day); `nanos`: nanoseconds within the millisecond. */
export const parsedTime = { ms: 0, nanos: 0 };

const ZERO = 48;
const DASH = 45;
const COLON = 58;

/** Two digits at `at` as a number, or -1. */
function twoDigits(u8: Uint8Array, at: number): number {
  const a = (u8[at] as number) - ZERO;
  const b = (u8[at + 1] as number) - ZERO;
  return a >>> 0 > 9 || b >>> 0 > 9 ? -1 : a * 10 + b;
}

/** Days since the epoch of `yyyy-MM-dd` at `at`, or NaN. Reads ten bytes. */
function readDate(u8: Uint8Array, at: number): number {
  const century = twoDigits(u8, at);
  const year = twoDigits(u8, at + 2);
  const month = twoDigits(u8, at + 5);
  const day = twoDigits(u8, at + 8);
  if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1) return NaN;
  if (u8[at + 4] !== DASH || u8[at + 7] !== DASH || day > daysInMonth(century * 100 + year, month)) return NaN;
  return daysFromCivil(century * 100 + year, month, day);
}

export function parseDate(u8: Uint8Array, start: number, end: number): number {
  return end - start === 10 ? readDate(u8, start) : NaN;
}

/**
 * `HH:mm:ss` with up to nine fraction digits in all of `[start, end)`; with `shortForm` also `HH:mm`. False when it is
 * not that.
 */
export function parseTimeOfDay(u8: Uint8Array, start: number, end: number, shortForm: boolean): boolean {
  const hour = twoDigits(u8, start);
  const minute = twoDigits(u8, start + 3);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || u8[start + 2] !== COLON) return false;
  if (end - start === 5 && shortForm) {
    parsedTime.ms = (hour * 60 + minute) * 60_000;
    parsedTime.nanos = 0;
    return true;
  }
  const second = twoDigits(u8, start + 6);
  if (end - start < 8 || second < 0 || second > 59 || u8[start + 5] !== COLON) return false;
  let fraction = 0;
  if (end - start > 8) {
    const digits = end - start - 9;
    if (u8[start + 8] !== 46 || digits < 1 || digits > 9) return false;
    for (let i = start + 9; i < end; i++) {
      const d = (u8[i] as number) - ZERO;
      if (d >>> 0 > 9) return false;
      fraction = fraction * 10 + d;
    }
    for (let i = digits; i < 9; i++) fraction *= 10;
  }
  const ms = Math.floor(fraction / 1_000_000);
  parsedTime.ms = ((hour * 60 + minute) * 60 + second) * 1000 + ms;
  parsedTime.nanos = fraction - ms * 1_000_000;
  return true;
}

/**
 * A timestamp in all of `[start, end)`: date, `separator` (a space, or `T`), time of day, and `Z` exactly when `zone`.
 * ISO text (`separator` = `T`) may leave the seconds out, as Java's ISO_LOCAL_DATE_TIME does.
 */
export function parseTimestamp(u8: Uint8Array, start: number, end: number, form: TimestampForm): boolean {
  const last = form.zone ? end - 1 : end;
  if (last - start < 16 || u8[start + 10] !== form.separator || (form.zone && u8[last] !== 90)) return false;
  const days = readDate(u8, start);
  if (days !== days || !parseTimeOfDay(u8, start + 11, last, form.separator === 84)) return false;
  parsedTime.ms += days * 86_400_000;
  return true;
}

export interface TimestampForm {
  /** Byte between date and time: 32 or 84. */
  readonly separator: number;
  readonly zone: boolean;
}

const MS_UNITS = [1000, 100, 10, 1] as const;
const NANO_UNITS = [1_000_000, 1_000_000, 1_000_000, 1_000_000, 100_000, 10_000, 1000, 100, 10, 1] as const;

/** Cuts `parsedTime` to `precision` fraction digits. */
export function cutParsedTime(precision: number): void {
  if (precision < 3) {
    const unit = MS_UNITS[precision] as number;
    parsedTime.ms = Math.floor(parsedTime.ms / unit) * unit;
  }
  if (precision < 9) {
    const unit = NANO_UNITS[precision] as number;
    parsedTime.nanos -= parsedTime.nanos % unit;
  }
}

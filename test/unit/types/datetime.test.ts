import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addMonths,
  civilFromDays,
  dayOfYear,
  daysFromCivil,
  formatDate,
  formatDayTimeInterval,
  formatTimestamp,
  formatYearMonthInterval,
  isoDayOfWeek,
  isoWeek,
  parseDate,
  parseTime,
  parseTimestamp,
} from '../../../src/types/datetime.ts';

const days = fc.integer({ min: -719_162, max: 2_932_896 });

describe('calendar', () => {
  test('agrees with Date', () => {
    fc.assert(
      fc.property(days, (day) => {
        const date = new Date(day * 86_400_000);
        const civil = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
        expect(civilFromDays(day)).toEqual(civil);
        expect(daysFromCivil(civil.year, civil.month, civil.day)).toBe(day);
        expect(isoDayOfWeek(day) % 7).toBe(date.getUTCDay());
        expect(formatDate(day)).toBe(date.toISOString().slice(0, 10));
      }),
    );
  });

  test.each([
    ['2021-01-03', 2020, 53],
    ['2021-01-04', 2021, 1],
    ['2018-12-31', 2019, 1],
    ['2021-09-24', 2021, 38],
  ])('%s is in ISO week %d-%d', (text, year, week) => {
    expect(isoWeek(parseDate(text) as number)).toEqual({ year, week });
  });

  test('months later, the day clamped', () => {
    const later = (text: string, months: number): string => formatDate(addMonths(parseDate(text) as number, months));
    expect(later('2021-01-31', 1)).toBe('2021-02-28');
    expect(later('2020-02-29', 12)).toBe('2021-02-28');
    expect(later('2021-03-31', -1)).toBe('2021-02-28');
    expect(later('2021-03-31', -15)).toBe('2019-12-31');
    expect(dayOfYear(parseDate('2020-12-31') as number)).toBe(366);
  });
});

describe('text', () => {
  test('a timestamp is cut to its precision', () => {
    const at = (precision: number): string => formatTimestamp(-1, 999_999, precision);
    expect(at(0)).toBe('1969-12-31 23:59:59');
    expect(at(3)).toBe('1969-12-31 23:59:59.999');
    expect(at(9)).toBe('1969-12-31 23:59:59.999999999');
    expect(formatTimestamp(0, 1, 9)).toBe('1970-01-01 00:00:00.000000001');
  });

  test('intervals', () => {
    expect(formatYearMonthInterval(123)).toBe('+10-03');
    expect(formatYearMonthInterval(-123)).toBe('-10-03');
    expect(formatDayTimeInterval(123_456_789)).toBe('+1 10:17:36.789');
    expect(formatDayTimeInterval(-1)).toBe('-0 00:00:00.001');
  });

  test('what is no date or time is refused', () => {
    for (const text of ['', 'x', '2021-13-01', '2021-02-30', '20210927', '2021/09/27']) {
      expect(parseDate(text)).toBeUndefined();
    }
    for (const text of ['', '24:00', '12:60', '1:2:3:4']) expect(parseTime(text)).toBeUndefined();
    for (const text of ['21-01-01', '2021-01-01 12:00', '2021-01-01T12:00:00', '2021-01-01 25:00:00']) {
      expect(parseTimestamp(text)).toBeUndefined();
    }
    expect(parseTimestamp('2021-09-24 12:34:56.123456789')).toEqual({
      ms: Date.UTC(2021, 8, 24, 12, 34, 56, 123),
      nanos: 456_789,
    });
  });
});

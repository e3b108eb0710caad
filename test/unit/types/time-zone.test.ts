import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findTimeZone, timeZone } from '../../../src/types/time-zone.ts';

const HOUR = 3_600_000;

describe('time zone', () => {
  test('offsets agree with Intl at any instant', () => {
    const zones = ['Europe/Berlin', 'America/Los_Angeles', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC'];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: -2e9, max: 4e9 }), (name, seconds) => {
        const instant = seconds * 1000;
        const parts = new Intl.DateTimeFormat('en-US', {
          timeZone: name,
          hourCycle: 'h23',
          year: 'numeric',
          month: 'numeric',
          day: 'numeric',
          hour: 'numeric',
          minute: 'numeric',
          second: 'numeric',
        }).formatToParts(instant);
        const read = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
        const local = Date.UTC(
          read('year'),
          read('month') - 1,
          read('day'),
          read('hour'),
          read('minute'),
          read('second'),
        );
        expect(timeZone(name).toLocal(instant)).toBe(local);
      }),
      { numRuns: 200 },
    );
  });

  test('a skipped time is moved on, a repeated one is the earlier', () => {
    const berlin = timeZone('Europe/Berlin');
    // 2021-03-28: 02:00 to 03:00 does not exist. 2021-10-31: 02:00 to 03:00 occurs twice.
    expect(berlin.toInstant(Date.UTC(2021, 2, 28, 2, 30))).toBe(Date.UTC(2021, 2, 28, 1, 30));
    expect(berlin.toInstant(Date.UTC(2021, 2, 28, 3))).toBe(Date.UTC(2021, 2, 28, 1));
    expect(berlin.toInstant(Date.UTC(2021, 9, 31, 2, 30))).toBe(Date.UTC(2021, 9, 31, 0, 30));
    expect(berlin.toInstant(Date.UTC(2021, 9, 31, 3))).toBe(Date.UTC(2021, 9, 31, 2));
  });

  test('a timer in a gap fires at its end, a repeated one at the later time', () => {
    const angeles = timeZone('America/Los_Angeles');
    const gapEnd = Date.UTC(2021, 2, 14, 10);
    expect(angeles.toTimerInstant(Date.UTC(2021, 2, 14, 2))).toBe(gapEnd);
    expect(angeles.toTimerInstant(Date.UTC(2021, 2, 14, 2, 59, 59))).toBe(gapEnd);
    expect(angeles.toTimerInstant(Date.UTC(2021, 2, 14, 3))).toBe(gapEnd);
    expect(angeles.toTimerInstant(Date.UTC(2021, 10, 7, 1, 30))).toBe(Date.UTC(2021, 10, 7, 9, 30));
    expect(angeles.toTimerInstant(Date.UTC(2021, 10, 7, 3))).toBe(Date.UTC(2021, 10, 7, 11));
  });

  test('to local and back is the same instant outside of repeated hours', () => {
    const berlin = timeZone('Europe/Berlin');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2e9 }), (seconds) => {
        const instant = seconds * 1000;
        const back = berlin.toInstant(berlin.toLocal(instant));
        expect([instant, instant - HOUR]).toContain(back);
      }),
      { numRuns: 200 },
    );
  });

  test('names', () => {
    expect(timeZone('+05:30').offsetAt(0)).toBe(5.5 * HOUR);
    expect(timeZone('GMT-8').offsetAt(0)).toBe(-8 * HOUR);
    expect(findTimeZone('Mars/Olympus')).toBeUndefined();
    expect(() => timeZone('Mars/Olympus')).toThrow(expect.objectContaining({ code: 'invalid_option' }));
    expect(timeZone('Europe/Berlin').toLocal(Infinity)).toBe(Infinity);
  });
});

import { expect, test } from 'vitest';
import { type Windowing, firstOpenEnd, windowClock, windowing } from '../../../../src/runtime/aggregate/windowing.ts';

/** Ends of the windows around a time, by the definition of the window. */
const ends = (shape: Windowing, time: number): number[] => {
  const slice = shape.sliceStart(time) + shape.sliceMs;
  const found: number[] = [];
  for (let end = shape.firstEnd(slice); end <= shape.lastEnd(slice); end += shape.everyMs) found.push(end);
  return found;
};

test('a row lies in exactly the windows that hold its time', () => {
  for (const [slideMs, sizeMs] of [
    [5, 15],
    [4, 6],
    [7, 3],
    [6, 4],
  ] as const) {
    for (const offsetMs of [-3, 0, 2]) {
      const shape = windowing({ kind: 'hop', slideMs, sizeMs, offsetMs });
      for (let time = -30; time < 30; time++) {
        const expected: number[] = [];
        for (let k = -20; k < 20; k++) {
          const start = offsetMs + k * slideMs;
          if (start <= time && time < start + sizeMs) expected.push(start + sizeMs);
        }
        expect(ends(shape, time)).toEqual(expected);
      }
    }
  }
});

const at = (text: string): number => Date.parse(`${text}Z`);

// Europe/Berlin goes from +1 to +2 on 2021-03-28 at 01:00 UTC and back on 2021-10-31 at 01:00 UTC.
test('on the wall clock a day is 23 or 25 hours long, and a border in the gap fires after it', () => {
  const clock = windowClock(true, 'Europe/Berlin');
  expect(clock.toLocal(at('2021-03-28T00:30:00'))).toBe(at('2021-03-28T01:30:00'));
  const dayEnds = [
    at('2021-03-28T00:00:00'),
    at('2021-03-29T00:00:00'),
    at('2021-10-31T00:00:00'),
    at('2021-11-01T00:00:00'),
  ];
  const fires = dayEnds.map((end) => clock.fireTime(end) + 1);
  expect(fires[1]! - fires[0]!).toBe(23 * 3_600_000);
  expect(fires[3]! - fires[2]!).toBe(25 * 3_600_000);
  // The window [01:00, 02:00) ends as the clock jumps; [02:00, 03:00) does not exist and is done at once after.
  expect(clock.fireTime(at('2021-03-28T02:00:00'))).toBe(at('2021-03-28T00:59:59.999'));
  expect(clock.fireTime(at('2021-03-28T02:30:00'))).toBe(at('2021-03-28T01:00:00'));
  // 02:00 to 03:00 comes twice: the window waits for the second time.
  expect(clock.fireTime(at('2021-10-31T03:00:00'))).toBe(at('2021-10-31T01:59:59.999'));
});

test('a TIMESTAMP does not move with the zone', () => {
  const clock = windowClock(false, 'Europe/Berlin');
  expect([clock.toLocal(5), clock.fireTime(10), clock.toInstant(9)]).toEqual([5, 9, 9]);
});

test('the first window that has not fired is found without walking over those that have', () => {
  for (const zone of ['UTC', 'Europe/Berlin']) {
    const clock = windowClock(true, zone);
    for (const start of ['2021-03-28T00:00:00', '2021-10-31T00:00:00']) {
      for (let watermark = at(start); watermark < at(start) + 5 * 3_600_000; watermark += 17 * 60_000) {
        let walked = at(start);
        while (clock.fireTime(walked) <= watermark) walked += 600_000;
        expect(firstOpenEnd(clock, at(start), 600_000, watermark)).toBe(walked);
      }
    }
  }
  const clock = windowClock(false, 'UTC');
  expect(firstOpenEnd(clock, 1, 1, 8e15)).toBe(8e15 + 2);
  expect(firstOpenEnd(clock, 1, 1, Infinity)).toBe(Infinity);
});

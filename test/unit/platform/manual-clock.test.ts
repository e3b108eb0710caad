import { expect, test } from 'vitest';
import { ManualClock } from '../../../src/platform/manual-clock.ts';

test('timers run in the order of their times, ties in the order of their start', async () => {
  const clock = new ManualClock(1000);
  const ran: string[] = [];
  clock.schedule(20, () => ran.push(`b@${clock.now()}`));
  clock.schedule(10, () => ran.push(`a@${clock.now()}`));
  clock.schedule(20, () => ran.push(`c@${clock.now()}`));
  clock.schedule(31, () => ran.push('too late'));
  await clock.advance(30);
  expect(ran).toEqual(['a@1010', 'b@1020', 'c@1020']);
  expect(clock.now()).toBe(1030);
  expect(clock.monotonic()).toBe(30);
  expect(clock.pending).toBe(1);
});

test('what a timer sets off settles before the next timer, new timers included', async () => {
  const clock = new ManualClock();
  const seen: number[] = [];
  const loop = async (): Promise<void> => {
    for (let k = 0; k < 3; k++) {
      await clock.sleep(10);
      seen.push(clock.now());
    }
  };
  const done = loop();
  await clock.advance(100);
  await done;
  expect(seen).toEqual([10, 20, 30]);
});

test('an aborted sleep and a cancelled timer leave nothing behind', async () => {
  const clock = new ManualClock();
  const abort = new AbortController();
  const asleep = clock.sleep(1000, abort.signal);
  const cancel = clock.schedule(5, () => expect.unreachable());
  abort.abort();
  cancel();
  await asleep;
  expect(clock.pending).toBe(0);
  expect(await clock.advanceToNext()).toBe(false);
});

test('a jump moves the wall clock and keeps the distance to the timers', async () => {
  const clock = new ManualClock(5_000_000);
  const at: number[] = [];
  clock.schedule(10, () => at.push(clock.now()));
  clock.jump(-3_600_000);
  await clock.advanceToNext();
  expect(at).toEqual([1_400_010]);
});

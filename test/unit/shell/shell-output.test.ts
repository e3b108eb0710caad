import { expect, test } from 'vitest';
import { ManualClock } from '../../../src/platform/manual-clock.ts';
import { ShellOutput } from '../../../src/shell/shell-output.ts';

function opened(): { readonly clock: ManualClock; readonly printed: string[]; readonly output: ShellOutput } {
  const clock = new ManualClock();
  const printed: string[] = [];
  return { clock, printed, output: new ShellOutput(clock, (text) => printed.push(text)) };
}

test('what comes in a short time is printed at once, in whole lines', async () => {
  const { clock, printed, output } = opened();
  void output.write('+I[1]\n');
  void output.write(new TextEncoder().encode('+I[é]\n+I['));
  expect(printed).toEqual([]);
  await clock.advance(50);
  expect(printed).toEqual(['+I[1]\n+I[é]\n']);
  void output.write('3]\n');
  await clock.advance(50);
  expect(printed[1]).toBe('+I[3]\n');
});

test('nothing is printed over a view, and who writes much waits for it to close', async () => {
  const { clock, printed, output } = opened();
  const release = output.hold();
  expect(output.write('a\n')).toBeUndefined();
  const much = output.write('b'.repeat(2 << 20) + '\n');
  let isDone = false;
  void Promise.resolve(much).then(() => (isDone = true));
  await clock.advance(1000);
  expect(printed).toEqual([]);
  expect(isDone).toBe(false);
  release();
  await much;
  expect(printed.join('')).toHaveLength((2 << 20) + 3);
});

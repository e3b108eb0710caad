import { expect, test } from 'vitest';
import { renderUnstopped } from '../../../src/cli/status.ts';

test('names the jobs that a process ends without, and what becomes of their work', () => {
  const kept = { name: 'insert-into_a', status: 'running', checkpoints: {} as never } as const;
  const other = { name: 'insert-into_b', status: 'restarting', checkpoints: null } as const;
  const over = { name: 'insert-into_c', status: 'stopped', checkpoints: null } as const;
  expect(renderUnstopped([kept, over], 5)).toBe(
    'Not stopped within 5 s: insert-into_a. The next run goes on from the last checkpoint and does again what came after it.',
  );
  expect(renderUnstopped([other, over], 5)).toBe(
    'Not stopped within 5 s: insert-into_b. What was not written yet is lost.',
  );
  expect(renderUnstopped([over], 5)).toBeNull();
});

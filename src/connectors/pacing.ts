import type { Clock } from '../platform/platform.ts';

/** A paced source wakes up at most this often, and then makes all rows that are due. */
const SHORTEST_WAIT_MS = 10;
/** And at least this often, so that whoever reads it gets a say. */
const LONGEST_WAIT_MS = 100;

/** Sleeps until about `dueInMs` from now; `signal` ends it early. */
export function waitForRows(clock: Clock, dueInMs: number, signal: AbortSignal): Promise<void> {
  return clock.sleep(Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, Math.ceil(dueInMs))), signal);
}

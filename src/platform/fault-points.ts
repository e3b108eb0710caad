/**
 * Named places where a crash is worth trying. The product passes them and nothing happens; tests hand in an
 * implementation that throws, waits or ends the process at the n-th passing.
 */
export const FAULT_POINTS = [
  'source.after-read',
  'state.before-write',
  'state.after-write',
  'checkpoint.before-write',
  'checkpoint.after-write',
  'checkpoint.before-rename',
  'checkpoint.after-rename',
  'checkpoint.compaction',
  'sink.before-prepare',
  'sink.after-prepare',
  'sink.before-commit',
  'sink.after-commit',
  'restore.before-state',
  'restore.after-state',
  'restore.before-recover',
  'restore.after-recover',
  'kafka.before-end-transaction',
  'kafka.after-end-transaction',
  'definition.before-change',
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];

export interface FaultPoints {
  /** Passed once each time the place is reached. Synchronous, so that it can stand between any two statements. */
  reach(point: FaultPoint): void;
}

export const NO_FAULTS: FaultPoints = { reach: () => {} };

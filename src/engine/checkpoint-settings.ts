/** The settings of checkpoints, recovery and restarts: Flink's keys and defaults, but where the text says otherwise. */
import type { CheckpointSettings } from '../runtime/checkpointer.ts';
import type { RestartPolicy } from '../runtime/restart-strategy.ts';
import type { OptionSet } from '../types/option-spec.ts';
import type { Settings } from './settings.ts';

/** Where a directory is given and no interval. */
const DEFAULT_INTERVAL_MS = 10_000;

export const CHECKPOINT_SETTINGS = {
  'execution.checkpointing.dir': {
    type: 'string',
    doc: 'Directory for checkpoints, one folder per job; turns them on. `--state-dir` sets it. Also `state.checkpoints.dir`.',
  },
  'state.checkpoints.dir': { type: 'string', doc: 'The older name of execution.checkpointing.dir.' },
  'execution.checkpointing.interval': {
    type: 'duration',
    doc: 'Time between two checkpoints; with a directory 10 s where it is not set, 0 takes one only when a job stops. Without a directory checkpoints are kept in memory, for restarts after failures.',
  },
  'execution.checkpointing.timeout': {
    type: 'duration',
    default: '10 min',
    doc: 'A checkpoint that takes longer has failed.',
  },
  'execution.checkpointing.min-pause': {
    type: 'duration',
    default: '0 ms',
    doc: 'Least time between the end of a checkpoint and the next.',
  },
  'execution.checkpointing.mode': {
    type: 'enum',
    values: ['EXACTLY_ONCE', 'AT_LEAST_ONCE'],
    default: 'EXACTLY_ONCE',
    doc: 'Accepted; state is always exactly-once, since that costs nothing here.',
  },
  'execution.checkpointing.num-retained': {
    type: 'int',
    min: 1,
    default: '3',
    doc: 'Complete checkpoints that are kept (Flink: 1), so that a damaged one can be passed over.',
  },
  'execution.checkpointing.tolerable-failed-checkpoints': {
    type: 'int',
    min: 0,
    default: '0',
    doc: 'So many may fail in a row before the job does.',
  },
  'execution.checkpointing.savepoint-dir': {
    type: 'string',
    doc: 'Where STOP JOB … WITH SAVEPOINT writes; else into the folder of the job. Also `state.savepoints.dir`.',
  },
  'state.savepoints.dir': { type: 'string', doc: 'The older name of execution.checkpointing.savepoint-dir.' },
  'execution.state-recovery.path': {
    type: 'string',
    doc: 'A savepoint or checkpoint to begin with, where the job has no checkpoint of its own.',
  },
  'execution.state-recovery.ignore-unclaimed-state': {
    type: 'boolean',
    default: 'false',
    doc: 'Drops state of operators that the query no longer has.',
  },
  'millrace.fresh': {
    type: 'boolean',
    default: 'false',
    doc: 'Removes the checkpoints of a job as it starts. `--fresh` sets it.',
  },
  'restart-strategy.type': {
    type: 'string',
    doc: 'none, fixed-delay, failure-rate or exponential-delay: how a job begins again after a failure that may pass. With checkpoints exponential-delay, else none. Also `restart-strategy`.',
  },
  'restart-strategy': { type: 'string', doc: 'The older name of restart-strategy.type.' },
  'restart-strategy.fixed-delay.attempts': { type: 'int', min: 0, default: '1', doc: 'Restarts at most.' },
  'restart-strategy.fixed-delay.delay': { type: 'duration', default: '1 s', doc: 'Wait before a restart.' },
  'restart-strategy.failure-rate.max-failures-per-interval': {
    type: 'int',
    min: 0,
    default: '1',
    doc: 'Failures at most within the interval.',
  },
  'restart-strategy.failure-rate.failure-rate-interval': {
    type: 'duration',
    default: '1 min',
    doc: 'Over which failures are counted.',
  },
  'restart-strategy.failure-rate.delay': { type: 'duration', default: '1 s', doc: 'Wait before a restart.' },
  'restart-strategy.exponential-delay.initial-backoff': {
    type: 'duration',
    default: '1 s',
    doc: 'Wait before the first restart.',
  },
  'restart-strategy.exponential-delay.max-backoff': { type: 'duration', default: '1 min', doc: 'The longest wait.' },
  'restart-strategy.exponential-delay.backoff-multiplier': {
    type: 'double',
    default: '1.5',
    doc: 'By which each wait is longer than the one before.',
  },
  'restart-strategy.exponential-delay.jitter-factor': {
    type: 'double',
    default: '0.1',
    doc: 'Share of the wait that is drawn.',
  },
  'restart-strategy.exponential-delay.reset-backoff-threshold': {
    type: 'duration',
    default: '1 h',
    doc: 'A run of this length begins with the first wait again.',
  },
  'restart-strategy.exponential-delay.attempts-before-reset-backoff': {
    type: 'int',
    min: 0,
    doc: 'Restarts at most until then; without bound where it is not set.',
  },
} as const satisfies OptionSet;

export const RESTART_TYPES: Readonly<Record<string, RestartPolicy['kind']>> = {
  none: 'none',
  off: 'none',
  disable: 'none',
  'fixed-delay': 'fixed-delay',
  fixeddelay: 'fixed-delay',
  'failure-rate': 'failure-rate',
  failurerate: 'failure-rate',
  'exponential-delay': 'exponential-delay',
  exponentialdelay: 'exponential-delay',
};

const set = (settings: Settings, ...keys: readonly string[]): string | null => {
  for (const key of keys) {
    const value = settings.get(key)?.trim();
    if (value !== undefined && value !== '')
      return value.replace(/^file:(?:\/\/)?(?=\/)/, '').replace(/(?<=.)\/+$/, '');
  }
  return null;
};

export const checkpointRoot = (settings: Settings): string | null =>
  set(settings, 'execution.checkpointing.dir', 'state.checkpoints.dir');

export const savepointRoot = (settings: Settings): string | null =>
  set(settings, 'execution.checkpointing.savepoint-dir', 'state.savepoints.dir');

/** Whether jobs have checkpoints: a directory for them is set, or how often they are taken. */
export const hasCheckpoints = (settings: Settings): boolean =>
  checkpointRoot(settings) !== null || intervalOf(settings) < Infinity;

function intervalOf(settings: Settings): number {
  if (settings.get('execution.checkpointing.interval') === undefined) {
    return checkpointRoot(settings) === null ? Infinity : DEFAULT_INTERVAL_MS;
  }
  return settings.number('execution.checkpointing.interval') || Infinity;
}

export function checkpointSettings(settings: Settings): CheckpointSettings {
  return {
    intervalMs: intervalOf(settings),
    timeoutMs: settings.number('execution.checkpointing.timeout'),
    minPauseMs: settings.number('execution.checkpointing.min-pause'),
    tolerableFailures: settings.number('execution.checkpointing.tolerable-failed-checkpoints'),
  };
}

export function restartPolicy(settings: Settings): RestartPolicy {
  const name = set(settings, 'restart-strategy.type', 'restart-strategy')?.toLowerCase();
  const kind = name === undefined ? (hasCheckpoints(settings) ? 'exponential-delay' : 'none') : RESTART_TYPES[name];
  switch (kind) {
    case 'fixed-delay':
      return {
        kind,
        attempts: settings.number('restart-strategy.fixed-delay.attempts'),
        delayMs: settings.number('restart-strategy.fixed-delay.delay'),
      };
    case 'failure-rate':
      return {
        kind,
        maxFailures: settings.number('restart-strategy.failure-rate.max-failures-per-interval'),
        intervalMs: settings.number('restart-strategy.failure-rate.failure-rate-interval'),
        delayMs: settings.number('restart-strategy.failure-rate.delay'),
      };
    case 'exponential-delay': {
      const attempts = 'restart-strategy.exponential-delay.attempts-before-reset-backoff';
      return {
        kind,
        initialMs: settings.number('restart-strategy.exponential-delay.initial-backoff'),
        maxMs: settings.number('restart-strategy.exponential-delay.max-backoff'),
        multiplier: settings.number('restart-strategy.exponential-delay.backoff-multiplier'),
        jitter: settings.number('restart-strategy.exponential-delay.jitter-factor'),
        resetMs: settings.number('restart-strategy.exponential-delay.reset-backoff-threshold'),
        attempts: settings.get(attempts) === undefined ? Infinity : settings.number(attempts),
      };
    }
    default:
      return { kind: 'none' };
  }
}

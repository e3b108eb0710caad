/**
 * The keys of `SET`: those that mean something here, with defaults; any other Flink key is accepted, kept and listed.
 */
import { EngineError, similarNames } from '../errors.ts';
import { type OptionSet, parseOptions } from '../types/option-spec.ts';
import { CHECKPOINT_SETTINGS, RESTART_TYPES } from './checkpoint-settings.ts';
import { findTimeZone } from '../types/time-zone.ts';

/** Keys that the engine reads. Families (`#`): `millrace.table.<table>.<option>` is checked where the table is used. */
export const SETTINGS = {
  'parallelism.default': {
    type: 'int',
    min: 1,
    max: 32_768,
    default: '1',
    doc: 'Subtasks of every operator behind a keyed exchange.',
  },
  'execution.runtime-mode': {
    type: 'enum',
    values: ['streaming', 'batch', 'automatic'],
    default: 'streaming',
    doc: 'How queries run.',
  },
  'pipeline.auto-watermark-interval': {
    type: 'duration',
    default: '0 ms',
    doc: 'Least time between two watermarks; 0 sends one after every row that moves it (the default of Flink is 200 ms).',
  },
  'pipeline.name': { type: 'string', doc: 'Name of the jobs that follow.' },
  'table.local-time-zone': { type: 'string', default: 'UTC', doc: 'Zone of TIMESTAMP_LTZ values, as an IANA name.' },
  'table.dml-sync': { type: 'boolean', default: 'false', doc: 'Whether INSERT waits for its job.' },
  'table.exec.state.ttl': {
    type: 'duration',
    default: '0 ms',
    doc: 'Idle time after which state of a key is dropped; 0 keeps it.',
  },
  'table.exec.source.cdc-events-duplicate': {
    type: 'boolean',
    default: 'false',
    doc: 'Whether tables that give changes may give one more than once: they are then completed by the primary key.',
  },
  'table.exec.source.idle-timeout': {
    type: 'duration',
    default: '0 ms',
    doc: 'Silence after which a split no longer holds the watermark back; 0 waits for ever.',
  },
  'table.exec.sink.not-null-enforcer': {
    type: 'enum',
    values: ['ERROR', 'DROP'],
    default: 'ERROR',
    doc: 'What happens to a row with a NULL for a NOT NULL column.',
  },
  'table.dynamic-table-options.enabled': {
    type: 'boolean',
    default: 'true',
    doc: 'Whether OPTIONS hints are allowed.',
  },
  'sql-client.execution.result-mode': {
    type: 'enum',
    values: ['table', 'changelog', 'tableau'],
    default: 'table',
    doc: 'How the shell shows the rows of a query: the rows that stand, the changes, or plain text.',
  },
  'sql-client.execution.max-table-result.rows': {
    type: 'int',
    min: 1,
    max: 10_000_000,
    default: '1000000',
    doc: 'Rows that the shell keeps of a result.',
  },
  'sql-client.display.print-time-cost': {
    type: 'boolean',
    default: 'true',
    doc: 'Whether the shell says how long a statement took.',
  },
  'table.display.max-column-width': {
    type: 'int',
    min: 4,
    max: 10_000,
    default: '30',
    doc: 'Columns of the terminal that a value takes at most in the shell.',
  },
  ...CHECKPOINT_SETTINGS,
  'millrace.batch-size': { type: 'int', min: 1, max: 1 << 20, default: '2048', doc: 'Rows at most in a batch.' },
  'millrace.chunk-size': {
    type: 'memory',
    min: 1,
    max: 1 << 30,
    default: '1mb',
    doc: 'Bytes read from a source at a time.',
  },
  'millrace.state.memory': {
    type: 'memory',
    min: 1,
    doc: 'Memory that the state of a job may take; what is beyond goes to disk. Without it all state stays in memory.',
  },
  'io.tmp.dirs': {
    type: 'string',
    default: '/tmp',
    doc: 'Directory for scratch files, as that of state beyond its memory.',
  },
  'millrace.disabled-rules': { type: 'string', default: '', doc: 'Optimizer rules to leave out, separated by commas.' },
  'millrace.table.#': {
    type: 'string',
    doc: 'An option of a table, outside of its DDL: millrace.table.<table>.<option>.',
  },
} as const satisfies OptionSet;

export class Settings {
  readonly #values = new Map<string, string>();

  /** The value in force: set, or the default; undefined when the key has neither. */
  get(key: string): string | undefined {
    return this.#values.get(key) ?? (SETTINGS as OptionSet)[key]?.default;
  }

  /** Sets a key after checking the value of one that the engine reads. */
  set(key: string, value: string): void {
    const specs: OptionSet = SETTINGS;
    if (specs[key] !== undefined) parseOptions('the session', { [key]: specs[key] }, { [key]: value });
    else if (key.startsWith('millrace.') && !key.startsWith('millrace.table.')) {
      const known = Object.keys(SETTINGS).filter((name) => name.startsWith('millrace.'));
      const near = similarNames(key, known);
      throw new EngineError('invalid_option', `there is no setting "${key}"`, {
        hint: `Settings of this kind: ${(near.length > 0 ? near : known).join(', ')}.`,
      });
    }
    if (key === 'table.local-time-zone') checkTimeZone(value);
    if (key === 'restart-strategy.type' || key === 'restart-strategy') checkRestartType(key, value);
    this.#values.set(key, value);
  }

  /** One key back to its default, or all. */
  reset(key?: string): void {
    if (key === undefined) this.#values.clear();
    else this.#values.delete(key);
  }

  /** What was set, by key. */
  entries(): [key: string, value: string][] {
    return [...this.#values].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  number(key: keyof typeof SETTINGS): number {
    const spec: OptionSet = SETTINGS;
    const value = this.get(key);
    return (
      parseOptions(
        'the session',
        { [key]: spec[key] as OptionSet[string] },
        value === undefined ? {} : { [key]: value },
      ).number(key) ?? 0
    );
  }

  boolean(key: keyof typeof SETTINGS): boolean {
    return this.get(key)?.trim().toLowerCase() === 'true';
  }
}

function checkTimeZone(name: string): void {
  if (findTimeZone(name) !== undefined) return;
  throw new EngineError('invalid_option', `there is no time zone '${name}'`, {
    hint: "Zones are named as in 'Europe/Berlin' or 'UTC'.",
  });
}

function checkRestartType(key: string, name: string): void {
  if (RESTART_TYPES[name.trim().toLowerCase()] !== undefined) return;
  throw new EngineError('invalid_option', `"${key}" cannot be '${name}'`, {
    hint: 'It is one of none, fixed-delay, failure-rate and exponential-delay.',
  });
}

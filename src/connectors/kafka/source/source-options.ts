import { EngineError } from '../../../errors.ts';
import type { OptionSet, ParsedOptions } from '../../../types/option-spec.ts';
import { parseOffsets } from '../config/offsets-option.ts';
import type { OffsetReset } from './offset-reset.ts';

const BOUNDED_OPTIONS: OptionSet = {
  'scan.bounded.mode': {
    type: 'enum',
    values: ['unbounded', 'latest-offset', 'group-offsets', 'timestamp', 'specific-offsets'],
    default: 'unbounded',
    doc: 'Where reading ends: never, at what is the end when the job starts, at the offsets that the group has committed, at the first record of a time or later, at given offsets',
  },
  'scan.bounded.timestamp-millis': {
    type: 'bigint',
    doc: 'Epoch milliseconds, for `scan.bounded.mode` = `timestamp`',
  },
  'scan.bounded.specific-offsets': {
    type: 'string',
    doc: 'For `scan.bounded.mode` = `specific-offsets`: `partition:0,offset:42;partition:1,offset:300`, each the first offset that is not read',
  },
};

const DISCOVERY_OPTION: OptionSet = {
  'scan.topic-partition-discovery.interval': {
    type: 'duration',
    default: '5 min',
    doc: 'How often new partitions, and topics of a pattern, are looked for; they are read from their beginning. 0: never',
  },
};

export const KAFKA_SOURCE_OPTIONS: OptionSet = {
  topic: { type: 'string', doc: 'The topic, or for reading several as `a;b`. This or `topic-pattern`' },
  'topic-pattern': {
    type: 'string',
    doc: 'Reads all topics whose whole name matches this regular expression; internal topics are left out',
  },
  'scan.startup.mode': {
    type: 'enum',
    values: ['earliest-offset', 'latest-offset', 'group-offsets', 'timestamp', 'specific-offsets'],
    default: 'group-offsets',
    doc: 'Where reading begins: at the first record, behind the last, at the offsets that `properties.group.id` has committed (`properties.auto.offset.reset` where it has none), at the first record of a time or later, at given offsets. A restored job goes on where it was',
  },
  'scan.startup.timestamp-millis': {
    type: 'bigint',
    doc: 'Epoch milliseconds, for `scan.startup.mode` = `timestamp`',
  },
  'scan.startup.specific-offsets': {
    type: 'string',
    doc: 'For `scan.startup.mode` = `specific-offsets`: `partition:0,offset:42;partition:1,offset:300`; other partitions begin where the group is, or at their beginning',
  },
  ...BOUNDED_OPTIONS,
  ...DISCOVERY_OPTION,
};

export const UPSERT_KAFKA_SOURCE_OPTIONS: OptionSet = {
  topic: { type: 'string', required: true, doc: 'The topic; for reading several as `a;b`' },
  ...BOUNDED_OPTIONS,
  ...DISCOVERY_OPTION,
};

/** An end of what is read of a partition. */
export type Bound =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'group' }
  | { readonly kind: 'timestamp'; readonly timestamp: number }
  | { readonly kind: 'offsets'; readonly offsets: ReadonlyMap<number, number> };

export interface ReadPlan {
  readonly topics: TopicChoice;
  readonly start: Bound;
  /** Null = without end. */
  readonly stop: Bound | null;
  readonly group: string | null;
  readonly reset: OffsetReset;
}

export type TopicChoice =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: RegExp; readonly text: string };

/** What the options say to read; `keyed` tables always begin at the beginning. Throws where they do not fit together. */
export function readPlan(options: ParsedOptions, keyed: boolean): ReadPlan {
  const group = options.string('properties.group.id') ?? null;
  const reset = (options.string('properties.auto.offset.reset') ?? 'none') as OffsetReset;
  const start: Bound = keyed ? { kind: 'earliest' } : bound(options, 'scan.startup');
  const stop = options.string('scan.bounded.mode') === 'unbounded' ? null : bound(options, 'scan.bounded');
  if (group === null && ((start.kind === 'group' && reset === 'none') || stop?.kind === 'group')) {
    const key = start.kind === 'group' ? 'scan.startup.mode' : 'scan.bounded.mode';
    throw new EngineError(
      'invalid_option',
      `option "${key}" = 'group-offsets' needs the option "properties.group.id"`,
      {
        hint: "Set it, or choose another mode: 'earliest-offset' reads all there is, 'latest-offset' what comes from now on.",
      },
    );
  }
  const topics = topicChoice(options);
  if (
    (start.kind === 'offsets' || stop?.kind === 'offsets') &&
    !(topics.kind === 'names' && topics.names.length === 1)
  ) {
    const key = start.kind === 'offsets' ? 'scan.startup.mode' : 'scan.bounded.mode';
    throw new EngineError('invalid_option', `option "${key}" = 'specific-offsets' is for a table of one topic`, {
      hint: 'Offsets are given by partition. Make a table of each topic, and read them with UNION ALL.',
    });
  }
  return { topics, start, stop, group, reset };
}

function bound(options: ParsedOptions, prefix: 'scan.startup' | 'scan.bounded'): Bound {
  const mode = options.string(`${prefix}.mode`) as string;
  const need = (key: string): string => {
    const value = options.string(key);
    if (value !== undefined) return value;
    throw new EngineError('invalid_option', `option "${prefix}.mode" = '${mode}' needs the option "${key}"`);
  };
  switch (mode) {
    case 'earliest-offset':
      return { kind: 'earliest' };
    case 'latest-offset':
      return { kind: 'latest' };
    case 'timestamp':
      return { kind: 'timestamp', timestamp: Number(need(`${prefix}.timestamp-millis`)) };
    case 'specific-offsets': {
      const key = `${prefix}.specific-offsets`;
      return { kind: 'offsets', offsets: parseOffsets(key, need(key)) };
    }
    default:
      return { kind: 'group' };
  }
}

/** Which topics a table is about. */
export function topicChoice(options: ParsedOptions): TopicChoice {
  const list = options.string('topic');
  const text = options.string('topic-pattern');
  if ((list === undefined) === (text === undefined)) {
    throw new EngineError('invalid_option', 'one of the options "topic" and "topic-pattern" is needed, not both');
  }
  if (text === undefined) {
    const names = [...new Set((list as string).split(';').map((name) => name.trim()))].filter((name) => name !== '');
    if (names.length > 0) return { kind: 'names', names };
    throw new EngineError('invalid_option', 'option "topic" names no topic');
  }
  try {
    return { kind: 'pattern', pattern: new RegExp(`^(?:${text})$`, 'su'), text };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError('invalid_option', `option "topic-pattern" cannot be '${text}': ${reason}`);
  }
}

import { unsupported } from '../../errors.ts';
import type { OptionSet, ParsedOptions } from '../../types/option-spec.ts';

export const FILESYSTEM_OPTIONS: OptionSet = {
  path: {
    type: 'string',
    required: true,
    doc: 'A file, a directory (read recursively, without names that begin with `.` or `_`) or a glob (`*`, `**`, `?`, `{a,b}`, `[a-z]`); relative to the working directory, or `file:///…`. A sink needs a directory',
  },
  'partition.default-name': {
    type: 'string',
    default: '__DEFAULT_PARTITION__',
    doc: 'Directory name that stands for NULL and the empty string',
  },
  'source.monitor-interval': {
    type: 'duration',
    doc: 'Look for new files so often, without end; each path is read once. Absent: read what is there, once',
  },
  'source.path.regex-pattern': {
    type: 'string',
    doc: 'Read only files whose absolute path matches this regular expression as a whole',
  },
  'source.report-statistics': {
    type: 'enum',
    values: ['NONE', 'ALL'],
    default: 'ALL',
    doc: 'Accepted for portability; plans do not depend on statistics',
  },
  'sink.rolling-policy.file-size': { type: 'memory', default: '128MB', doc: 'Start a new file beyond this size' },
  'sink.rolling-policy.rollover-interval': {
    type: 'duration',
    default: '30 min',
    doc: 'Start a new file when one has been open so long',
  },
  'sink.rolling-policy.check-interval': {
    type: 'duration',
    default: '1 min',
    doc: 'How often files and partitions are checked against the clock',
  },
  'sink.shuffle-by-partition.enable': {
    type: 'boolean',
    default: 'false',
    doc: 'Accepted for portability: one process writes each partition anyway',
  },
  'sink.partition-commit.trigger': {
    type: 'enum',
    values: ['process-time', 'partition-time'],
    default: 'process-time',
    doc: 'When a partition is complete: some time after its first row, or when the watermark has passed its own time',
  },
  'sink.partition-commit.delay': { type: 'duration', default: '0 s', doc: 'How long after that it is committed' },
  'sink.partition-commit.watermark-time-zone': {
    type: 'string',
    default: 'UTC',
    doc: 'Zone of the partition times, for trigger partition-time',
  },
  'sink.partition-commit.policy.kind': {
    type: 'string',
    doc: 'What committing a partition does: success-file. Absent: nothing',
  },
  'sink.partition-commit.policy.class': { type: 'string', doc: 'Class of a custom policy; not supported' },
  'sink.partition-commit.success-file.name': { type: 'string', default: '_SUCCESS', doc: 'Name of the success file' },
  'partition.time-extractor.kind': {
    type: 'enum',
    values: ['default', 'custom'],
    default: 'default',
    doc: 'How the time of a partition follows from its values',
  },
  'partition.time-extractor.class': { type: 'string', doc: 'Class of a custom extractor; not supported' },
  'partition.time-extractor.timestamp-pattern': {
    type: 'string',
    doc: 'The time as a text with `$column` in it, such as `$dt $hour:00:00`. Absent: the first partition column',
  },
  'partition.time-extractor.timestamp-formatter': {
    type: 'string',
    doc: 'Pattern of that text; only `yyyy-MM-dd HH:mm:ss`, which is also the default (a date alone will do)',
  },
  'auto-compaction': { type: 'boolean', default: 'false', doc: 'Merging small files; not supported' },
  'compaction.file-size': { type: 'memory', doc: 'Size of merged files; not supported' },
};

/** Refuses what would change the outcome and is not there. */
export function checkFilesystemOptions(options: ParsedOptions): void {
  const refuse = (key: string, hint: string): never => {
    throw unsupported(`option "${key}" = '${options.string(key)}' of connector "filesystem"`, hint);
  };
  if (options.boolean('auto-compaction')) {
    refuse('auto-compaction', "Larger files come from a larger 'sink.rolling-policy.rollover-interval'.");
  }
  if (options.string('partition.time-extractor.kind') === 'custom') {
    refuse('partition.time-extractor.kind', "Use 'partition.time-extractor.timestamp-pattern'.");
  }
  for (const key of ['compaction.file-size', 'sink.partition-commit.policy.class', 'partition.time-extractor.class']) {
    if (options.has(key)) refuse(key, 'Leave it out.');
  }
  const formatter = options.string('partition.time-extractor.timestamp-formatter');
  if (formatter !== undefined && !['yyyy-MM-dd HH:mm:ss', 'yyyy-MM-dd'].includes(formatter)) {
    refuse('partition.time-extractor.timestamp-formatter', "Partition times are written as 'yyyy-MM-dd HH:mm:ss'.");
  }
  for (const kind of options.string('sink.partition-commit.policy.kind')?.split(',') ?? []) {
    if (kind.trim() !== 'success-file') refuse('sink.partition-commit.policy.kind', "The policy is 'success-file'.");
  }
}

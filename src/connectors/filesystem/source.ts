import { EngineError } from '../../errors.ts';
import type { FileInfo } from '../../platform/platform.ts';
import type { Value } from '../../types/vector.ts';
import type { Source, SourceRequest } from '../connector.ts';
import { openFile } from './byte-reader.ts';
import { listFiles, localPath } from './list-files.ts';
import { type PartitionColumn, partitionValues } from './partition-path.ts';

/** The columns of the table that its directories carry. */
function partitionColumns(table: SourceRequest['table']): PartitionColumn[] {
  return table.partitionKeys.map((key) => {
    const column = table.columns.find((field) => field.name === key);
    if (column === undefined) throw new EngineError('undefined_column', `partition column "${key}" does not exist`);
    return column;
  });
}

function pathFilter(pattern: string | undefined): (path: string) => boolean {
  if (pattern === undefined) return () => true;
  try {
    const whole = new RegExp(`^(?:${pattern})$`, 'su');
    return (path) => whole.test(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError('invalid_option', `option "source.path.regex-pattern" cannot be '${pattern}': ${reason}`);
  }
}

/** A split is a file, named by its path; it is read from front to back, one file after another. */
export function filesystemSource({ table, options, context }: SourceRequest): Source {
  const { fileSystem } = context;
  const path = localPath(options.string('path') as string);
  const matches = pathFilter(options.string('source.path.regex-pattern'));
  const intervalMs = options.number('source.monitor-interval') ?? 0;
  const partitions = partitionColumns(table);
  const defaultName = options.string('partition.default-name') as string;
  const known = new Map<string, FileInfo>();

  const describe = async (file: string): Promise<Readonly<Record<string, Value>>> => {
    const info = known.get(file) ?? (await fileSystem.stat(file));
    if (info === null) throw new EngineError('undefined_file', `cannot read "${file}": no such file or directory`);
    return {
      'file.path': fileSystem.resolve(file),
      'file.name': file.slice(file.lastIndexOf('/') + 1),
      'file.size': BigInt(info.sizeBytes),
      'file.modification-time': info.modifiedMs,
      ...partitionValues(file, partitions, { defaultName, timeZone: context.timeZone }),
    };
  };

  return {
    boundedness: intervalMs > 0 ? 'unbounded' : 'bounded',
    changelog: { updateBefore: false, updateAfter: false, delete: false },
    guarantee: 'exactly-once',
    discoveryIntervalMs: intervalMs,
    reading: 'sequential',
    async listSplits() {
      const files = await listFiles(fileSystem, path, intervalMs === 0);
      const chosen = files.filter((file) => matches(fileSystem.resolve(file.path)));
      for (const file of chosen) known.set(file.path, file);
      return chosen.map((file) => ({ id: file.path }));
    },
    async open({ split, position }) {
      if (position !== null && typeof position !== 'number') {
        throw new EngineError('internal_error', `"${split.id}" cannot be read from ${JSON.stringify(position)}`);
      }
      return openFile(fileSystem, { path: split.id, position: position ?? 0, metadata: await describe(split.id) });
    },
    close: async () => {},
  };
}

import { BIGINT, STRING, notNull, timestampLtz } from '../../types/data-type.ts';
import type { Connector } from '../connector.ts';
import { FILESYSTEM_OPTIONS, checkFilesystemOptions } from './options.ts';
import { filesystemSink } from './sink.ts';
import { filesystemSource } from './source.ts';

export const filesystem: Connector = {
  name: 'filesystem',
  doc: 'Files on a local disk: reads files, directories and globs, plain or compressed, once or as new files appear; writes rolling files, in partitions if the table has any.',
  options: FILESYSTEM_OPTIONS,
  format: 'required',
  metadata: [
    { key: 'file.path', type: notNull(STRING), writable: false },
    { key: 'file.name', type: notNull(STRING), writable: false },
    { key: 'file.size', type: notNull(BIGINT), writable: false },
    { key: 'file.modification-time', type: notNull(timestampLtz(3)), writable: false },
  ],
  source(request) {
    checkFilesystemOptions(request.options);
    return filesystemSource(request);
  },
  sink(request) {
    checkFilesystemOptions(request.options);
    return filesystemSink(request);
  },
};

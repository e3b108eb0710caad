/** The table behind `FROM 'data/x.csv'`: schema and format guessed from the first bytes of the file. */
import type { CatalogTable } from '../catalog/table.ts';
import { openFile } from '../connectors/filesystem/byte-reader.ts';
import { listFiles } from '../connectors/filesystem/list-files.ts';
import { EngineError } from '../errors.ts';
import { inferSchema } from '../formats/infer.ts';
import type { FileSystem } from '../platform/platform.ts';

/** Bytes looked at: enough that a column that is rarely filled shows its type. */
const SAMPLE_BYTES = 1 << 20;

/** A temporary table over a file, a directory or a glob; `path` as written. */
export async function inferTable(path: string, fileSystem: FileSystem): Promise<CatalogTable> {
  const files = await listFiles(fileSystem, path, true);
  const first = files[0];
  if (first === undefined) {
    throw new EngineError('undefined_file', `no file matches '${path}'`, {
      hint: 'A path may be a file, a directory or a glob such as data/*.jsonl, relative to the working directory.',
    });
  }
  let file = first;
  let sample: Uint8Array = new Uint8Array(0);
  // An empty file says nothing of the others, and what is read of a pipe is gone.
  for (const candidate of files.filter(({ sizeBytes }) => sizeBytes > 0)) {
    file = candidate;
    sample = await readSample(file.path, fileSystem);
    if (sample.length > 0) break;
  }
  const inferred = inferSchema(sample, { fileName: file.path });
  return {
    kind: 'table',
    path: ['default_catalog', 'default_database', path],
    temporary: true,
    columns: inferred.schema.map(({ name, type }) => ({ kind: 'physical', name, type, comment: null })),
    watermark: null,
    primaryKey: null,
    partitionKeys: [],
    options: {
      connector: 'filesystem',
      path,
      format: inferred.format,
      ...inferred.options,
      ...(inferred.hasHeader ? { 'millrace.csv-header': 'true' } : {}),
    },
    comment: null,
  };
}

async function readSample(path: string, fileSystem: FileSystem): Promise<Uint8Array> {
  const reader = await openFile(fileSystem, { path, position: 0, metadata: {} });
  try {
    const into = new Uint8Array(SAMPLE_BYTES);
    let filled = 0;
    while (filled < into.length) {
      const count = await reader.read(into.subarray(filled));
      if (count <= 0) break;
      filled += count;
    }
    return into.subarray(0, filled);
  } finally {
    await reader.close();
  }
}

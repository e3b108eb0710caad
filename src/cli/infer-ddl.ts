import { inferTable } from '../engine/infer-table.ts';
import type { FileSystem } from '../platform/platform.ts';
import { quoteIdentifier, typeToString } from '../types/data-type.ts';

/** The CREATE TABLE that `FROM 'path'` would use, with a name made from the path. */
export async function inferDdl(path: string, fileSystem: FileSystem): Promise<string> {
  const table = await inferTable(path, fileSystem);
  const columns = table.columns.map((column) => `  ${quoteIdentifier(column.name)} ${typeToString(column.type)}`);
  const { 'millrace.csv-header': header, ...options } = table.options;
  const lines = Object.entries(options).map(([key, value]) => `  '${key}' = '${value.replaceAll("'", "''")}'`);
  const note =
    header === undefined
      ? ''
      : `-- The file has a header, which a table declared by DDL reads as data (as in Flink): take it out, or query\n` +
        `-- the file as FROM '${path}'.\n`;
  return `${note}CREATE TABLE ${quoteIdentifier(tableName(path))} (\n${columns.join(',\n')}\n) WITH (\n${lines.join(',\n')}\n);\n`;
}

function tableName(path: string): string {
  const last =
    path
      .split('/')
      .filter((part) => part !== '')
      .at(-1) ?? 'data';
  const stem = last
    .replace(/\..*$/, '')
    .replaceAll(/[^A-Za-z0-9_]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return stem === '' ? 'data' : stem;
}

import type { Engine } from '../engine.ts';
import { inferTable } from '../engine/infer-table.ts';
import { inferTopic, isTopicUrl } from '../engine/infer-topic.ts';
import { quoteIdentifier, typeToString } from '../types/data-type.ts';

type Table = Awaited<ReturnType<typeof inferTable>>;

/** The CREATE TABLE that `FROM 'path'` would use, or that of a topic, with a name made from the path. */
export async function inferDdl(
  path: string,
  options: readonly (readonly [string, string])[],
  engine: Engine,
): Promise<string> {
  if (isTopicUrl(path)) {
    const table = await inferTopic(path, options, engine);
    return createTable(identifier(table.path[2]), table, topicNotes(table));
  }
  const table = await inferTable(path, engine.platform.fileSystem);
  const { 'millrace.csv-header': header, ...rest } = table.options;
  const notes = [
    'The file has a header, which a table declared by DDL reads as data (as in Flink): take it out, or query',
    `the file as FROM '${path}'.`,
  ];
  return createTable(fileStem(path), { ...table, options: rest }, header === undefined ? [] : notes);
}

function createTable(name: string, { columns, options }: Table, notes: readonly string[]): string {
  const declared = columns.map((column) => {
    const from = column.kind === 'metadata' && column.key !== column.name ? ` FROM ${quoted(column.key)}` : '';
    const metadata = column.kind === 'metadata' ? ` METADATA${from} VIRTUAL` : '';
    return `  ${quoteIdentifier(column.name)} ${typeToString(column.type)}${metadata}`;
  });
  const given = Object.entries(options).map(([key, value]) => `  ${quoted(key)} = ${quoted(value)}`);
  return [
    ...notes.map((note) => `-- ${note}\n`),
    `CREATE TABLE ${quoteIdentifier(name)} (\n${declared.join(',\n')}\n) WITH (\n${given.join(',\n')}\n);\n`,
  ].join('');
}

function topicNotes({ columns, options, comment }: Table): string[] {
  const variables = Object.values(options).flatMap((value) => /^\$\{(\w+)\}$/.exec(value)?.slice(1) ?? []);
  const times = columns.filter(({ type }) => type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ');
  const time = quoteIdentifier(times[0]?.name ?? '');
  return [
    ...(comment === null ? [] : [comment]),
    ...(times.length === 0
      ? []
      : [`For event time add a line such as: WATERMARK FOR ${time} AS ${time} - INTERVAL '5' SECOND`]),
    ...(variables.length === 0 ? [] : [`Run it with ${variables.map((name) => `--var ${name}=…`).join(' ')}`]),
  ];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The last part of a path, without its extensions. */
function fileStem(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  return identifier((parts.at(-1) ?? '').replace(/\..*$/, ''));
}

function identifier(text: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9_]+/g, '_').replaceAll(/^_+|_+$/g, '');
  return name === '' ? 'data' : name;
}

/** Commands that begin with a backslash, as psql's users know them. */
import { EngineError, similarNames } from '../errors.ts';
import { callableFunctions } from '../engine/completion/function-names.ts';
import { BIGINT, STRING } from '../types/data-type.ts';
import { type ShellContext, columnsOf, info, print } from './context.ts';
import { commandsText } from './help.ts';
import { printListing } from './listing.ts';

/** What a command may ask of the shell. */
export interface CommandHost {
  runSql(sql: string): Promise<void>;
  runFile(path: string): Promise<void>;
  leave(): Promise<void>;
}

type Command = (argument: string, context: ShellContext, host: CommandHost) => Promise<void>;

export async function runCommand(line: string, context: ShellContext, host: CommandHost): Promise<void> {
  const [, name = '', rest = ''] = /^\\(\S+)\s*(.*?)\s*;?\s*$/s.exec(line) ?? [];
  const command = COMMANDS_BY_NAME[name];
  if (command === undefined) {
    const near = similarNames(name, Object.keys(COMMANDS_BY_NAME));
    throw new EngineError('syntax_error', `command "\\${name}" does not exist`, {
      hint: near.length > 0 ? `Similar commands: ${near.map((each) => `\\${each}`).join(', ')}.` : 'Commands: \\?',
    });
  }
  await command(rest, context, host);
}

const COMMANDS_BY_NAME: Readonly<Record<string, Command>> = {
  '?': (_, context) => printed(context, commandsText(columnsOf(context), context.paint)),
  h: (_, context) => printed(context, commandsText(columnsOf(context), context.paint)),
  q: (_, __, host) => host.leave(),
  d: (name, context, host) => (name === '' ? relations('', null, context, host) : host.runSql(`DESCRIBE ${name}`)),
  'd+': (name, _, host) => host.runSql(`DESCRIBE EXTENDED ${name}`),
  dt: (pattern, context, host) => relations(pattern, 'table', context, host),
  dv: (pattern, context, host) => relations(pattern, 'view', context, host),
  df: functions,
  dn: (_, __, host) => host.runSql('SHOW DATABASES'),
  l: (_, __, host) => host.runSql('SHOW CATALOGS'),
  c: (name, _, host) => host.runSql(`USE ${name}`),
  i: (path, _, host) => host.runFile(path.replace(/^'(.*)'$/s, '$1')),
  jobs,
  stop: (id, _, host) => host.runSql(`STOP JOB '${id.replaceAll("'", '')}'`),
  timing,
  x: expanded,
  set: setVariable,
  unset: async (name, { variables }) => void variables.delete(name),
};

export const commandNames = (): string[] => Object.keys(COMMANDS_BY_NAME);

const printed = async (context: ShellContext, text: string): Promise<void> => {
  await print(context, text);
};

/** A pattern of psql: `*` and `?`. */
function matcher(pattern: string): (name: string) => boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 'i');
  return (name) => pattern === '' || expression.test(name);
}

async function relations(
  pattern: string,
  kind: 'table' | 'view' | null,
  context: ShellContext,
  host: CommandHost,
): Promise<void> {
  const { catalog } = context.session;
  if (catalog.isExternal(catalog.currentCatalog)) {
    // What it holds is asked where it is.
    const like =
      pattern === '' ? '' : ` ILIKE '${pattern.replaceAll("'", "''").replaceAll('*', '%').replaceAll('?', '_')}'`;
    return host.runSql(`SHOW ${kind === 'view' ? 'VIEWS' : 'TABLES'}${like}`);
  }
  const matches = matcher(pattern);
  const found = catalog
    .relations(catalog.currentCatalog, catalog.currentDatabase)
    .filter((relation) => (kind === null || relation.kind === kind) && matches(relation.path[2]));
  const rows = found.map((relation) => [
    relation.path[2],
    relation.temporary ? `temporary ${relation.kind}` : relation.kind,
    relation.kind === 'table' ? (relation.options['connector'] ?? '') : '',
    relation.comment ?? '',
  ]);
  await printListing(context, ['name', 'kind', 'connector', 'comment'], rows);
}

async function functions(pattern: string, context: ShellContext): Promise<void> {
  const { catalog } = context.session;
  const matches = matcher(pattern);
  const own = catalog
    .functions(catalog.currentCatalog, catalog.currentDatabase)
    .map(({ path }) => ({ name: path[2], signature: '', doc: 'user function' }));
  const rows = [...own, ...callableFunctions()]
    .filter(({ name }) => matches(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, signature, doc }) => [name, signature, doc]);
  await printListing(context, ['name', 'signature', 'description'], rows);
}

async function jobs(_: string, context: ShellContext): Promise<void> {
  const { clock } = context.engine.platform;
  const n = (value: number | undefined): string => (value ?? 0).toLocaleString('en-US');
  const rows = context.jobs.all.map(({ job, startMs, endMs }) => {
    const seconds = ((endMs ?? clock.monotonic()) - startMs) / 1000;
    const { rows_in: rowsIn = 0, rows_out: rowsOut = 0 } = job.counters;
    const perSecond = Math.round(rowsIn / Math.max(seconds, 0.001));
    return [job.id, job.name, job.status.toUpperCase(), n(rowsIn), n(rowsOut), n(perSecond), `${seconds.toFixed(1)} s`];
  });
  const columns = ['id', 'name', 'status', 'rows in', 'rows out', 'in/s', 'for'];
  // The counters stand right like numbers.
  await printListing(
    context,
    columns.map((name, c) => ({ name, type: c < 3 ? STRING : BIGINT })),
    rows,
  );
}

async function timing(argument: string, context: ShellContext): Promise<void> {
  const key = 'sql-client.display.print-time-cost';
  const on = onOrOff(argument, !context.session.settings.boolean(key));
  context.session.settings.set(key, String(on));
  await info(context, `Times are ${on ? 'shown' : 'not shown'}.`);
}

async function expanded(argument: string, context: ShellContext): Promise<void> {
  context.expanded =
    argument === 'auto'
      ? 'auto'
      : onOrOff(argument, context.expanded !== 'on')
        ? 'on'
        : argument === ''
          ? 'auto'
          : 'off';
  const shown = {
    on: 'Each value has a line of its own.',
    off: 'Rows are lines of a table.',
    auto: 'Rows are lines of a table, where they fit.',
  };
  await info(context, shown[context.expanded]);
}

function onOrOff(argument: string, otherwise: boolean): boolean {
  if (argument === '') return otherwise;
  if (argument === 'on' || argument === 'off') return argument === 'on';
  throw new EngineError('syntax_error', `expected on or off, found "${argument}"`);
}

async function setVariable(argument: string, context: ShellContext): Promise<void> {
  const [, name, value] = /^(\S+)\s*(.*)$/s.exec(argument) ?? [];
  if (name === undefined) return printListing(context, ['name', 'value'], [...context.variables]);
  context.variables.set(name, (value ?? '').replace(/^'(.*)'$/s, '$1'));
}

/** The texts of HELP, `\?` and the greeting. */
import { clip, displayWidth, pad } from '../output/display-width.ts';
import { wrapped } from '../output/wrap.ts';
import { EXAMPLE_QUERY } from './example.ts';
import type { Paint } from './style.ts';

type Entry = readonly [what: string, does: string];

const STATEMENTS: readonly Entry[] = [
  ['SELECT …;', 'a live table; q or Ctrl-C ends the query'],
  ["FROM 'file.csv'", 'a file, a folder or a glob as a table'],
  ['INSERT INTO …;', 'starts a job in the background'],
  ["SHOW JOBS; STOP JOB 'id';", 'lists the jobs, stops one'],
  ['CREATE TABLE | VIEW …;', 'TAB offers connectors and their options'],
  ['SHOW TABLES; DESCRIBE t;', 'what there is'],
  ['EXPLAIN SELECT …;', 'how it runs and what state it keeps'],
  ["SET 'key' = 'value';", 'SET; lists what was set, RESET; undoes it'],
  ["SOURCE 'file.sql';", 'runs the statements of a file'],
  ['CLEAR; HELP; QUIT;', 'the screen, this text, the end'],
];

const COMMANDS: readonly Entry[] = [
  ['\\d [name]', 'tables and views, or the columns of one'],
  ['\\dt \\dv [pattern]', 'tables, views'],
  ['\\df [pattern]', 'functions'],
  ['\\l  \\dn', 'catalogs, databases'],
  ['\\jobs  \\stop id', 'jobs with their counters, stop one'],
  ['\\i file', 'runs the statements of a file'],
  ['\\x [on|off|auto]', 'a line for each value'],
  ['\\timing [on|off]', 'how long statements take'],
  ['\\set [name value]', 'a value for ${name}'],
  ['\\unset name', 'forgets it'],
  ['\\? \\q', 'this text, the end'],
];

const KEYS: readonly Entry[] = [
  ['TAB', 'completes; again to choose'],
  ['↑ ↓  Ctrl-R', 'earlier statements, search in them'],
  ['Ctrl-C', 'clears the text, ends a query'],
  ['Ctrl-D', 'leaves'],
  ['Alt-Enter', 'a new line anywhere'],
  ['Ctrl-A E K U W Y _', 'as in emacs'],
];

const MODES: readonly Entry[] = [
  ["'table'", 'the rows that stand, redrawn in place'],
  ["'changelog'", 'every change, with its kind'],
  ["'tableau'", 'text, line by line'],
];

export function helpText(columns: number, paint: Paint): string {
  return [
    section('Statements', STATEMENTS, columns, paint),
    section("Results: SET 'sql-client.execution.result-mode' = …", MODES, columns, paint),
    commandsText(columns, paint),
    section('Keys', KEYS, columns, paint),
  ].join('\n\n');
}

export const commandsText = (columns: number, paint: Paint): string =>
  section('Commands, without a semicolon', COMMANDS, columns, paint);

function section(title: string, entries: readonly Entry[], columns: number, paint: Paint): string {
  const width = Math.max(...entries.map(([what]) => displayWidth(what)));
  // Where the two columns do not fit, one stands below the other.
  const narrow = columns < width + 30;
  const lines = entries.map(([what, does]) =>
    narrow
      ? `  ${paint('command', clip(what, columns - 3))}\n    ${clip(does, columns - 5)}`
      : `  ${paint('command', pad(what, width, false))}  ${clip(does, columns - width - 5)}`,
  );
  return [paint('bold', clip(title, columns - 1)), ...lines].join('\n');
}

export function greeting(version: string, offersExample: boolean, columns: number, paint: Paint): string {
  const lines = [
    `Millrace ${version}: Flink SQL in this process.`,
    'Statements end with ; TAB completes, HELP; lists what there is, Ctrl-D leaves.',
    `A stream to begin with${offersExample ? ' (↑ types it)' : ''}:`,
  ].flatMap((line) => wrapped(line, columns - 1));
  const [title = '', ...rest] = lines;
  const example = EXAMPLE_QUERY.split('\n').flatMap((line) => wrapped(line, columns - 3));
  return [
    paint('bold', title),
    ...rest.map((line) => line.replace('HELP;', paint('command', 'HELP;'))),
    ...example.map((line) => `  ${paint('string', line)}`),
  ].join('\n');
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type MemoryShell, openShell } from '../../support/shell-in-memory.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-shell-'));
afterAll(() => rmSync(folder, { recursive: true }));
const opened: MemoryShell[] = [];
afterEach(async () => {
  for (const shell of opened.splice(0)) await shell.kill();
});
const open = (options: Parameters<typeof openShell>[0] = {}): MemoryShell => {
  const shell = openShell(options);
  opened.push(shell);
  return shell;
};
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const SLOW = "CREATE TABLE slow (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '50');";
const HOLE = "CREATE TABLE hole (id BIGINT) WITH ('connector' = 'blackhole');";

test('shows how to begin, with an example that runs', async () => {
  const shell = open();
  await shell.sees('millrace>');
  expect(shell.terminal.text).toMatch(/^Millrace 0: .*\nStatements end with ;/);
  const [, example] = /begin.*:\n([\s\S]*?);/.exec(shell.terminal.text) as RegExpExecArray;
  shell.terminal.paste(`${example};`);
  shell.terminal.press('return');
  await shell.sees(/running · 5 rows/);
  expect(shell.terminal.isFullScreen).toBe(true);
  expect(shell.terminal.text).toMatch(/^channel +bids +highest$/m);
  shell.terminal.type('q');
  await shell.sees('Result retrieval cancelled.');
  expect(shell.terminal.isFullScreen).toBe(false);
});

describe('a query that ends', () => {
  test('prints its rows, their number and the time', async () => {
    const printed = await open().run("SELECT * FROM (VALUES (1, '日本'), (20, 'x')) AS t(n, s);");
    expect(printed.replace(/\d\.\d\d s/, 'T s')).toBe(
      [
        '+----+------+',
        '|  n | s    |',
        '+----+------+',
        '|  1 | 日本 |',
        '| 20 | x    |',
        '+----+------+',
        '2 rows in set (T s)',
      ].join('\n'),
    );
  });

  test('without rows is an empty set', async () => {
    expect(await open().run('SELECT n FROM (VALUES (1)) AS t(n) WHERE n > 1;')).toMatch(/^Empty set \(\d\.\d\d s\)$/);
  });

  test('with more rows than lines is paged from its beginning, and left with q', async () => {
    const shell = open({ lines: 12 });
    const table = `CREATE TABLE seq (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '100');`;
    await shell.run(table);
    shell.terminal.type('SELECT n FROM seq;\n');
    await shell.sees('finished · rows 1-8 of 100');
    shell.terminal.type('n');
    expect(shell.terminal.text).toContain('rows 9-16 of 100');
    shell.terminal.press('end');
    expect(shell.terminal.text).toContain('rows 93-100 of 100');
    shell.terminal.type('p');
    shell.terminal.press('up');
    expect(shell.terminal.text).toContain('rows 84-91 of 100');
    shell.terminal.type('/42');
    shell.terminal.press('return');
    expect(shell.terminal.text).toContain('rows 42-49 of 100');
    shell.terminal.type('q');
    await shell.sees(/100 rows in set \(\d/);
    expect(shell.terminal.text).toContain('(rows 42 to 49 of 100)');
  });
});

describe('an endless query', () => {
  test.each([['q'], ['ctrl-c']])('ends with %s, and the shell goes on', async (chord) => {
    const shell = open();
    await shell.run(SLOW);
    shell.terminal.type('SELECT * FROM slow;\n');
    await shell.sees(/running · .*rows.* in, \d+\/s/);
    shell.terminal.press(chord);
    await shell.sees('Result retrieval cancelled.');
    expect(shell.engine.jobs.map((job) => job.status)).toEqual(['stopped']);
    expect(await shell.run('SELECT 1 AS ok;')).toContain('| ok |');
  });

  test('as a changelog has the kind of every change', async () => {
    const shell = open();
    await shell.run(`${SLOW} SET 'sql-client.execution.result-mode' = 'changelog';`);
    shell.terminal.type('SELECT COUNT(*) AS n FROM slow;\n');
    await shell.sees(/^op +n$[\s\S]*^-U +(\d+)\n\+U +\d+$/m);
    shell.terminal.press('ctrl-c');
    await shell.sees(/\d+ rows received/);
  });

  test('as tableau is text, and ends with Ctrl-C', async () => {
    const shell = open();
    await shell.run(`${SLOW} SET 'sql-client.execution.result-mode' = 'tableau';`);
    shell.terminal.type('SELECT * FROM slow;\n');
    await shell.sees(/^\| \+I \|/m);
    expect(shell.terminal.isFullScreen).toBe(false);
    shell.terminal.press('ctrl-c');
    await shell.sees('Result retrieval cancelled.');
    expect(await shell.run('SELECT 1 AS ok;')).toContain('Received a total of 1 row');
  });
});

describe('an error', () => {
  test('has its place, and what follows is not run', async () => {
    const printed = await open().run('SELECT nope FROM (VALUES (1)) AS t(yes); SELECT 2; SELECT 3;');
    expect(printed).toBe(
      [
        'ERROR 42703: column "nope" does not exist',
        'LINE 1: SELECT nope FROM (VALUES (1)) AS t(yes); SELECT 2; SELECT 3;',
        '               ^^^^',
        'HINT:  Columns of "t": "yes".',
        '[INFO] 2 more statements were not run.',
      ].join('\n'),
    );
  });

  test('of syntax is found before anything runs', async () => {
    const printed = await open().run('SELECT 1; SELEC 2; SELECT FROM;');
    expect(printed.match(/ERROR 42601/g)).toHaveLength(2);
    expect(printed).not.toContain('in set');
  });

  test('of a running query ends it', async () => {
    expect(await open().run("SELECT CAST(s AS INT) FROM (VALUES ('x')) AS t(s);")).toContain('ERROR 22018');
  });
});

test('Ctrl-C leaves a statement that does not come back, as one that waits for a server', async () => {
  const shell = open();
  await shell.run('SELECT 1;');
  const { execute } = shell.session;
  shell.session.execute = () => new Promise(() => {});
  shell.terminal.type('SHOW TABLES;\n');
  await new Promise((resolve) => setTimeout(resolve, 20));
  shell.terminal.press('ctrl-c');
  await shell.sees('[INFO] Statement cancelled.');
  shell.terminal.type('SELECT 1;\n');
  await new Promise((resolve) => setTimeout(resolve, 20));
  shell.terminal.press('ctrl-c');
  await shell.sees('Result retrieval cancelled.');
  shell.session.execute = execute.bind(shell.session);
  expect(await shell.run('SELECT 2 AS b;')).toContain('| b |');
});

describe('jobs', () => {
  test('run in the background, are listed and stopped', async () => {
    const shell = open();
    expect(await shell.run(`${SLOW} ${HOLE} INSERT INTO hole SELECT id FROM slow;`)).toContain(
      'Job ID: 1  insert-into_hole',
    );
    expect(await shell.run('\\jobs')).toMatch(/\| 1 {2}\| insert-into_hole \| RUNNING \| +\d+ \| +\d+ \|/);
    expect(await shell.run('SHOW JOBS;')).toContain('RUNNING');
    await shell.run("STOP JOB '1';");
    expect(await shell.run('\\jobs')).toContain('STOPPED');
  });

  test('that fail say so at the next prompt', async () => {
    const shell = open();
    await shell.run(`${SLOW} ${HOLE} INSERT INTO hole SELECT CAST(CAST(id AS STRING) || 'x' AS BIGINT) FROM slow;`);
    await Promise.all(shell.engine.jobs.map((job) => job.done));
    const printed = await shell.run('SELECT 1;');
    expect(`${printed}\n${shell.terminal.text}`).toMatch(
      /\[ERROR\] Job 1 \(insert-into_hole\) failed after .*\nERROR 22018/,
    );
  });

  test('are waited for with table.dml-sync, until Ctrl-C', async () => {
    const shell = open();
    await shell.run(`${SLOW} ${HOLE} SET 'table.dml-sync' = 'true';`);
    shell.terminal.type('INSERT INTO hole SELECT id FROM slow;\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(shell.terminal.text.endsWith('millrace>')).toBe(false);
    shell.terminal.press('ctrl-c');
    await shell.sees('Stopped the SQL update statement.');
  });

  test('make leaving a question', async () => {
    const shell = open();
    await shell.run(`${SLOW} ${HOLE} INSERT INTO hole SELECT id FROM slow;`);
    shell.terminal.press('ctrl-d');
    await shell.sees('Leave? [y/N]');
    expect(shell.terminal.text).toContain('A job is running and will be stopped: 1 (insert-into_hole).');
    shell.terminal.type('n\n');
    await shell.run('SELECT 1;');
    shell.terminal.type('exit\n');
    await shell.sees('Leave? [y/N]');
    shell.terminal.type('y\n');
    expect(await shell.done).toBe(0);
    expect(shell.engine.jobs.map((job) => job.status)).toEqual(['stopped', 'finished']);
  });

  test('print above what is being typed', async () => {
    const shell = open();
    await shell.run(
      `${SLOW} CREATE TABLE p (id BIGINT) WITH ('connector' = 'print'); INSERT INTO p SELECT id FROM slow;`,
    );
    shell.terminal.type('SELECT half');
    await shell.sees(/\+I\[-?\d+\]\n(.*\n)*millrace> SELECT half$/);
  });
});

describe('leaving', () => {
  test.each(['quit\n', 'QUIT;\n', 'exit;\n', '\\q\n'])('with %j', async (text) => {
    const shell = open();
    await shell.sees('millrace>');
    shell.terminal.type(text);
    expect(await shell.done).toBe(0);
  });

  test('with Ctrl-D', async () => {
    const shell = open();
    await shell.sees('millrace>');
    shell.terminal.press('ctrl-d');
    expect(await shell.done).toBe(0);
  });
});

describe('files', () => {
  test('run with SOURCE and \\i, and stop at an error', async () => {
    const shell = open();
    const good = file(
      'good.sql',
      "CREATE TABLE made (a INT) WITH ('connector' = 'datagen');\nSELECT 'of the file' AS x;\n",
    );
    expect(await shell.run(`SELECT 1; SOURCE '${good}'; SHOW TABLES;`)).toMatch(/1 \|[\s\S]*of the file[\s\S]*made/);
    const bad = file('bad.sql', 'SELECT nope;\nSELECT 2;\n');
    expect(await shell.run(`\\i ${bad}`)).toMatch(
      /ERROR 42703[\s\S]*LINE 1: SELECT nope;[\s\S]*1 more statement was not run/,
    );
    expect(await shell.run("SOURCE 'nowhere.sql';")).toBe(
      "ERROR 58P01: cannot read 'nowhere.sql': no such file or directory",
    );
    const self = join(folder, 'self.sql');
    file('self.sql', `SOURCE '${self}';`);
    expect(await shell.run(`SOURCE '${self}';`)).toContain('files run one another too deeply');
  });

  test('of -i run before the prompt; one that fails ends the shell with 2', async () => {
    const shell = open({ initFile: file('init.sql', "CREATE TABLE early (a INT) WITH ('connector' = 'datagen');") });
    expect(await shell.run('\\dt')).toContain('early');
    expect(await open({ initFile: file('broken.sql', 'SELEC 1;') }).done).toBe(2);
  });
});

describe('commands', () => {
  test('list what there is', async () => {
    const shell = open();
    await shell.run(`${SLOW} CREATE VIEW fast AS SELECT id FROM slow;`);
    expect(await shell.run('\\d')).toMatch(/fast +\| view[\s\S]*slow +\| table \| datagen/);
    expect(await shell.run('\\dt f*')).toBe('Empty set');
    expect(await shell.run('\\dv f*;')).toContain('fast');
    expect(await shell.run('\\d slow')).toMatch(/\| id +\| BIGINT/);
    expect(await shell.run('\\df upper')).toContain('UPPER(string)');
    expect(await shell.run('\\l')).toContain('default_catalog');
    expect(await shell.run('\\c example.auction')).toContain('[INFO]');
    expect(await shell.run('\\dv')).toContain('bids');
  });

  test('change how results look', async () => {
    const shell = open();
    await shell.run('\\x on');
    expect(await shell.run("SELECT 1 AS a, 'x' AS bc;")).toMatch(
      /^-\[ RECORD 1 \]-*\na {2}\| 1\nbc \| x\n1 row in set/,
    );
    await shell.run('\\x off');
    await shell.run('\\timing off');
    expect(await shell.run('SELECT 1 AS a;')).toMatch(/1 row in set$/);
  });

  test('set variables', async () => {
    const shell = open();
    await shell.run("\\set who 'you and me'");
    expect(await shell.run("SELECT '${who}' AS w;")).toContain('| you and me |');
    await shell.run('\\unset who');
    expect(await shell.run("SELECT '${who}' AS w;")).toContain('variable "who" has no value');
  });

  test('that do not exist name those that do', async () => {
    expect(await open().run('\\jbos')).toBe(
      'ERROR 42601: command "\\jbos" does not exist\nHINT:  Similar commands: \\jobs.',
    );
  });

  test('of the client: HELP, CLEAR', async () => {
    const shell = open({ lines: 60 });
    expect(await shell.run('help')).toMatch(/Statements[\s\S]*\\df \[pattern\][\s\S]*Ctrl-R/);
    shell.terminal.type('CLEAR;\n');
    await shell.sees(/^millrace>$/);
  });
});

test('a plan is drawn as a tree', async () => {
  const printed = await open().run("EXPLAIN SELECT k, COUNT(*) FROM (VALUES ('a')) AS t(k) GROUP BY k;");
  expect(printed).toMatch(/^Abstract Syntax Tree\nLogicalProject|^Abstract Syntax Tree\nLogicalAggregate/);
  expect(printed).toMatch(/\n└─ GroupAggregate|\nCollect\(.*\)\n└─ GroupAggregate/);
  expect(printed).toMatch(/│ +state: /);
});

test('each statement of an entry is an entry of the history, secrets or not', async () => {
  const shell = open();
  await shell.run('SELECT 1; -- first\nSELECT\n2;');
  expect(shell.history.entries).toEqual(['SELECT 0;', 'SELECT 1;', 'SELECT\n2;']);
});

/** The shell in a real terminal: what a person sees, presses and gets back. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type RealTerminal, terminalKinds } from '../support/real-terminal.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millrace-terminal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ENTER = '\r';
const CTRL_C = '\x03';
const CTRL_D = '\x04';
const SLOW = "CREATE TABLE slow (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '200');";
const PROMPT = /millrace>$/;

describe.each(terminalKinds())('%s', (kind, openTerminal) => {
  const opened: RealTerminal[] = [];
  afterEach(() => {
    for (const terminal of opened.splice(0)) terminal.close();
  });

  interface Started {
    readonly terminal: RealTerminal;
    readonly history: string;
    run(sql: string): Promise<void>;
  }

  function start({
    env = {},
    args = [],
    through = [],
    columns = 80,
    lines = 24,
  }: {
    env?: Record<string, string>;
    args?: string[];
    through?: string[];
    columns?: number;
    lines?: number;
  } = {}): Started {
    const state = mkdtempSync(join(folder, 'state-'));
    const terminal = openTerminal({
      command: [...through, process.execPath, join(root, 'bin/millrace.js'), ...args],
      cwd: root,
      env: { TERM: 'xterm-256color', HOME: folder, XDG_STATE_HOME: state, NODE_OPTIONS: '', ...env },
      columns,
      lines,
    });
    opened.push(terminal);
    return {
      terminal,
      history: join(state, 'millrace/history'),
      async run(sql) {
        await terminal.sees(PROMPT);
        terminal.send(sql + ENTER);
      },
    };
  }

  test('greets, runs a statement, keeps it for the next time and leaves', async () => {
    const { terminal, run, history } = start();
    await run("SELECT 1 + 1 AS two, '日本' AS j;");
    await terminal.sees(/\| two \| j +\|\n.*\n\| +2 \| 日本 \|\n.*\n1 row in set \(\d\.\d\d s\)\nmillrace>$/);
    terminal.send("SET 'password' = 'pw1';" + ENTER);
    await terminal.sees('[INFO] Execute statement succeeded.');
    await terminal.sees(PROMPT);
    terminal.send(CTRL_D);
    await terminal.sees('[ended with 0]');
    expect(readFileSync(history, 'utf8')).toBe("SELECT 1 + 1 AS two, '日本' AS j;\nSET 'password' = '******';\n");
    expect(statSync(history).mode & 0o077).toBe(0);
    const again = start({ env: { MILLRACE_HISTORY: history } });
    await again.terminal.sees(PROMPT);
    again.terminal.send('\x12two');
    await again.terminal.sees("millrace> SELECT 1 + 1 AS two, '日本' AS j;\nsearch back: two");
  });

  test('a live table is redrawn in place, Ctrl-C ends the query and not the shell', async () => {
    const { terminal, run } = start();
    await run(SLOW);
    await run('SELECT COUNT(*) AS n FROM slow;');
    await terminal.sees(/^SELECT COUNT[\s\S]*\n *n\n[\s\S]*\n *\d+\n[\s\S]*running · 1 row · /);
    const before = Number(/\n *(\d+)\n/.exec(terminal.picture())?.[1]);
    await terminal.sees(new RegExp(`\\n *(?!${before}\\n)\\d+\\n`));
    terminal.send(CTRL_C);
    await terminal.sees(/Result retrieval cancelled\.\n\[INFO\] .* received \(.* s\)\nmillrace>$/);
    await run('SELECT 2 AS n;');
    await terminal.sees(/\| 2 \|\n.*\n1 row in set/);
  });

  test('pages with n and p, and q leaves a result', async () => {
    const { terminal, run } = start({ lines: 14 });
    await run("SELECT id FROM 'examples/data/earthquakes.jsonl';");
    await terminal.sees('finished · rows 1-10 of 1,707');
    terminal.send('n');
    await terminal.sees('rows 11-20 of');
    terminal.send('\x1b[6~');
    await terminal.sees('rows 21-30 of');
    terminal.send('p');
    await terminal.sees('rows 11-20 of');
    terminal.send('q');
    await terminal.sees(/\(rows 11 to 20 of 1,707\)\n1,707 rows in set/);
  });

  test('TAB completes, twice TAB chooses; statements take several lines', async () => {
    const { terminal, run } = start();
    await terminal.sees(PROMPT);
    terminal.send('sho\ttabl\t;' + ENTER);
    await terminal.sees(/millrace> show tables ?;\nEmpty set/);
    await run('SELECT\n1,\n2\n;'.replaceAll('\n', ENTER));
    await terminal.sees(/-> 2\n +-> ;\n[\s\S]*1 row in set/);
    terminal.send("SELECT * FROM 'exam\tdata/wea");
    await terminal.sees("FROM 'examples/data/wea");
    terminal.send("\x01\x0bSET 'sql-client.execution.re\t");
    await terminal.sees("millrace> SET 'sql-client.execution.result-mode' = '");
    terminal.send('\t');
    await terminal.sees(/\ntable +changelog +tableau/);
    terminal.send('\t\t\r;');
    await terminal.sees("millrace> SET 'sql-client.execution.result-mode' = 'changelog';");
  });

  test('pasted lines wait for Enter', async () => {
    const { terminal } = start();
    await terminal.sees(PROMPT);
    terminal.send('\x1b[200~SELECT 1 AS a;\n\tSELECT 2 AS b;\n\x1b[201~');
    await terminal.sees(/millrace> SELECT 1 AS a;\n +-> +SELECT 2 AS b;/);
    expect(terminal.picture()).not.toContain('in set');
    terminal.send(ENTER);
    await terminal.sees(/\| a \|[\s\S]*\| b \|[\s\S]*1 row in set/);
  });

  test('wide characters are edited where they stand', async () => {
    const { terminal } = start({ columns: 30 });
    await terminal.sees(PROMPT);
    // Written past the end of the line, then changed in its middle.
    terminal.send("SELECT '日本語日本語👍' AS x;" + '\x1b[D'.repeat(8) + '\x7f!' + ENTER);
    await terminal.sees(/\| 日本語日本!👍 \|/);
  });

  test('a narrow terminal shows rows as records, NO_COLOR shows no colour', async () => {
    const { terminal, run } = start({ columns: 40, lines: 30, env: { NO_COLOR: '1' } });
    await run("SELECT * FROM 'examples/data/earthquakes.jsonl' LIMIT 1;");
    await terminal.sees(/RECORD 1 \]-+\nid +\| \w+\nevent_time +\| 2018-/);
  });

  test('jobs go on in the background, say when they fail, and end with the shell', async () => {
    const { terminal, run } = start({ lines: 40 });
    await run(`${SLOW} CREATE TABLE hole (id BIGINT) WITH ('connector' = 'blackhole');`);
    await run("INSERT INTO hole SELECT CAST('x' AS BIGINT) FROM slow;");
    await terminal.sees('Job ID: 1');
    await run('INSERT INTO hole SELECT id FROM slow;');
    await terminal.sees('Job ID: 2');
    await run('\\jobs');
    await terminal.sees(/\| 1 +\| insert-into_hole \| FAILED +\|[\s\S]*\| 2 +\| insert-into_hole \| RUNNING \|/);
    expect(terminal.everything()).toMatch(/\[ERROR\] Job 1 \(insert-into_hole\) failed/);
    await terminal.sees(PROMPT);
    terminal.send(CTRL_D);
    await terminal.sees('Leave? [y/N]');
    terminal.send('y' + ENTER);
    await terminal.sees('[ended with 0]');
  });

  test('a dumb terminal is written to line by line', async () => {
    const { terminal, run } = start({ env: { TERM: 'dumb' } });
    await run('SELECT 1 AS a;');
    await terminal.sees(/\| \+I \| +1 \|\n.*\nReceived a total of 1 row\nmillrace>$/);
    await run(`${SLOW} SELECT * FROM slow;`);
    await terminal.sees(/\| \+I \| +-?\d{5,} \|/);
    terminal.send(CTRL_C);
    await terminal.sees(/Result retrieval cancelled\.\nmillrace>$/);
    terminal.send(CTRL_D);
    await terminal.sees('[ended with 0]');
  });

  test('-i runs a file first, and a failure in it ends the shell', async () => {
    const { terminal } = start({ args: ['-i', 'nowhere.sql'] });
    await terminal.sees(/cannot read 'nowhere\.sql': no such file[\s\S]*\[ended with 2\]/);
  });

  test('SIGTERM ends it from within a view, and leaves the terminal as it was', async () => {
    const pidFile = join(mkdtempSync(join(folder, 'pid-')), 'pid');
    const { terminal, run } = start({ through: ['sh', '-c', `echo $$ > '${pidFile}'; exec "$0" "$@"`] });
    await run(SLOW);
    await run('SELECT * FROM slow;');
    await terminal.sees(/running · /);
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
    await terminal.sees(/millrace> SELECT \* FROM slow;[\s\S]*\[ended with 143\]/);
    expect(terminal.picture()).not.toContain('running');
  });

  // The size of a pseudo-terminal made by `script` is not ours to change; the editor's own tests cover that.
  test.runIf(kind === 'tmux')('another size draws the text anew', async () => {
    const { terminal } = start();
    await terminal.sees(PROMPT);
    const text = "SELECT 'a rather long text that fills most of a line of eighty columns'";
    terminal.send(text);
    await terminal.sees(/\n'$/);
    for (const columns of [50, 100, 33]) {
      terminal.resize?.(columns, 20);
      await terminal.sees(
        new RegExp(`millrace> ${[...text].map((char) => (char === ' ' ? ' ?' : char)).join('\\n?')}$`),
      );
      const wrapped = Math.ceil((text.length + 10) / columns);
      await terminal.sees(new RegExp(`millrace> SELECT(.*\\n){${wrapped - 1}}.*'$`));
      expect(terminal.picture().split('millrace>')).toHaveLength(2);
    }
  });

  // In time of the processor, which is what the wall clock shows where nothing else runs: other tests do here.
  test('the prompt is there in under half a second', async () => {
    const { terminal, run } = start({ through: ['sh', '-c', '"$0" "$@"; times'] });
    await run('quit');
    await terminal.sees('[ended with 0]');
    const [, minutes, seconds, systemMinutes, systemSeconds] =
      /\n(\d+)m([\d.]+)s (\d+)m([\d.]+)s\n\[ended/.exec(terminal.picture()) ?? [];
    const total = 60 * (Number(minutes) + Number(systemMinutes)) + Number(seconds) + Number(systemSeconds);
    expect(total).toBeGreaterThan(0);
    expect(total).toBeLessThan(0.5);
  });
});

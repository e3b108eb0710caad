/** The command line as a process: what goes to stdout, what to stderr, and the exit code. */
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../../../bin/millrace.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `interrupt`: sends the signal as soon as stdout has this text. */
function millrace(
  args: readonly string[],
  interrupt?: { readonly after: string; readonly signal: NodeJS.Signals },
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let signalled = false;
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (interrupt !== undefined && !signalled && stdout.includes(interrupt.after)) {
        signalled = true;
        child.kill(interrupt.signal);
      }
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('millrace sql', () => {
  test('prints rows as JSON lines when piped, and nothing else', async () => {
    expect(await millrace(['sql', "SELECT 1 AS x, 'a' AS s, CAST(NULL AS INT) AS n"])).toEqual({
      code: 0,
      stdout: '{"op":"+I","row":{"x":1,"s":"a","n":null}}\n',
      stderr: '',
    });
  });

  test('numbers the queries when there are several', async () => {
    const { stdout } = await millrace(['sql', 'SELECT 1 AS a; SELECT 2 AS a;']);
    expect(stdout).toBe('{"query":1,"op":"+I","row":{"a":1}}\n{"query":2,"op":"+I","row":{"a":2}}\n');
  });

  test('prints CSV, and tables with the changes or the rows that stand', async () => {
    const sql = "SELECT k, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('a')) AS t(k) GROUP BY k";
    expect((await millrace(['sql', '--output', 'csv', sql])).stdout).toBe('op,k,n\n+I,a,1\n+I,b,1\n-U,a,1\n+U,a,2\n');
    expect((await millrace(['sql', '--output', 'table', sql])).stdout).toBe(
      ['+---+---+', '| k | n |', '+---+---+', '| b | 1 |', '| a | 2 |', '+---+---+', '(2 rows)', ''].join('\n'),
    );
    const changelog = (await millrace(['sql', '--output', 'changelog', sql])).stdout;
    expect(changelog).toContain('| +U |');
    expect(changelog).toContain('Received a total of 4 rows');
  });

  test('prints the rows that stand as ORDER BY orders them', async () => {
    const sql = 'SELECT s, v FROM (VALUES (1, 3), (2, NULL), (3, 9), (4, 5)) AS t(s, v) ORDER BY v DESC, s LIMIT 3';
    const { stdout } = await millrace(['sql', '--output', 'table', sql.replace('NULL', 'CAST(NULL AS INT)')]);
    expect(stdout.split('\n').slice(3, 6)).toEqual(['| 3 | 9 |', '| 4 | 5 |', '| 1 | 3 |']);
  });

  test('shows an error with its place and ends with 2', async () => {
    const { code, stdout, stderr } = await millrace(['sql', 'SELECT\n  amout\nFROM (VALUES (1)) AS t(amount)']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('ERROR 42703: column "amout" does not exist\nLINE 2:   amout\n          ^^^^^\n');
  });

  test('reports every syntax error of a text before anything runs', async () => {
    const { code, stdout, stderr } = await millrace(['sql', 'SELECT 1; SELEC 2; SELECT FROM; SELECT 3']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.match(/ERROR 42601/g)).toHaveLength(2);
  });

  test('ends with 1 when a job fails', async () => {
    const { code, stderr } = await millrace(['sql', "SELECT CAST(s AS INT) FROM (VALUES ('1'), ('x')) AS t(s)"]);
    expect(code).toBe(1);
    expect(stderr).toContain('ERROR 22018');
  });

  test('stops cleanly on a signal: open windows do not fire, a summary is printed', async () => {
    const sql = `CREATE TABLE g (id BIGINT, ts AS LOCALTIMESTAMP) WITH ('connector' = 'datagen', 'rows-per-second' = '200', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000000'); SELECT id FROM g;`;
    const int = await millrace(['sql', sql], { after: '"id":5}', signal: 'SIGINT' });
    expect(int.code).toBe(130);
    expect(int.stderr).toMatch(/^[\d,]+ rows in \([\d,]+\/s\), [\d,]+ out, 0 late, 0 bad in \d+\.\d s\n$/);
    expect((await millrace(['sql', sql], { after: '"id":5}', signal: 'SIGTERM' })).code).toBe(143);
  });
});

describe('a reader that goes away', () => {
  const endless = "CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen'); SELECT id FROM g";

  /** Closes stdout (and stderr) after the first bytes. */
  async function abandoned(args: readonly string[], both = false): Promise<Omit<Outcome, 'stdout'>> {
    const child = spawn(process.execPath, [bin, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.once('data', () => {
      child.stdout.destroy();
      if (both) child.stderr.destroy();
    });
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr })));
  }

  test('ends the query quietly', async () => {
    for (const output of ['jsonl', 'csv', 'changelog']) {
      expect(await abandoned(['sql', '-o', output, endless])).toEqual({ code: 0, stderr: '' });
    }
    expect(await abandoned(['sql', endless], true)).toEqual({ code: 0, stderr: '' });
  });

  test('is an error where other jobs end with it', async () => {
    const { code, stderr } = await abandoned([
      'sql',
      `CREATE TABLE hole (id BIGINT) WITH ('connector' = 'blackhole'); ${endless.replace(';', '; INSERT INTO hole SELECT id FROM g;')}`,
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('closed by its reader');
  });

  test('that only does not read does not keep the process from stopping', async () => {
    const fast = endless.replace("'datagen'", "'datagen', 'rows-per-second' = '1000000'");
    const child = spawn(process.execPath, [bin, 'sql', fast], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => child.stdout.once('readable', resolve));
    const start = performance.now();
    // Time for the pipe to fill, so that the job waits for its reader.
    setTimeout(() => child.kill('SIGTERM'), 300);
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(143);
    expect(performance.now() - start).toBeLessThan(9000);
    child.stdout.destroy();
  }, 20_000);
});

describe('millrace run', () => {
  test('runs a file in order: SET, a table, an INSERT that is waited for, a query over what it wrote', async () => {
    const script = file(
      'copy.sql',
      `SET 'table.dml-sync' = 'true';
       CREATE TABLE out_files (id INT, name STRING) WITH ('connector' = 'filesystem', 'path' = 'copied', 'format' = 'csv');
       INSERT INTO out_files VALUES (1, 'x'), (2, '\${who}');
       SELECT name FROM out_files WHERE id = 2;`,
    );
    const { code, stdout } = await millrace(['run', script, '--var', 'who=you', '--metrics-file', 'metrics.json']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"op":"+I","row":{"name":"you"}}\n' });
    const metrics = JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8')) as Record<string, number>;
    expect(metrics).toMatchObject({ rowsIn: 4, rowsOut: 3, badRecords: 0, lateRows: 0 });
  });

  test('runs the INSERTs of a statement set side by side, or none when one is wrong', async () => {
    const tables = ['evens', 'odds']
      .map(
        (name) =>
          `CREATE TABLE ${name} (n INT) WITH ('connector' = 'filesystem', 'path' = '${name}', 'format' = 'csv');`,
      )
      .join('');
    const set = (column: string): string => `SET 'table.dml-sync' = 'true'; ${tables}
      EXECUTE STATEMENT SET BEGIN
        INSERT INTO evens SELECT n FROM (VALUES (1), (2), (3)) AS t(n) WHERE n % 2 = 0;
        INSERT INTO odds SELECT ${column} FROM (VALUES (1), (2), (3)) AS t(n) WHERE n % 2 = 1;
      END;
      SELECT 'even' AS what, n FROM evens; SELECT 'odd' AS what, n FROM odds;`;
    const wrong = await millrace(['run', file('set.sql', set('m'))]);
    expect(wrong.code).toBe(2);
    expect(existsSync(join(folder, 'evens'))).toBe(false);
    const { stdout } = await millrace(['run', file('set.sql', set('n'))]);
    expect(stdout.match(/"what":"\w+","n":\d/g)).toEqual([
      '"what":"even","n":2',
      '"what":"odd","n":1',
      '"what":"odd","n":3',
    ]);
  });

  test('says which variable has no value, and which file is not there', async () => {
    const missing = await millrace(['run', file('v.sql', 'SELECT ${x}')]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('variable "x" has no value');
    const none = await millrace(['run', 'nowhere.sql']);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain("cannot read 'nowhere.sql'");
  });
});

describe('files', () => {
  test('FROM a path reads a file with an inferred schema; infer prints its DDL', async () => {
    file('people.csv', 'name,age\nAda,36\nAlan,41\n');
    const { stdout } = await millrace(['sql', "SELECT name, age + 1 AS older FROM 'people.csv'"]);
    expect(stdout).toBe('{"op":"+I","row":{"name":"Ada","older":37}}\n{"op":"+I","row":{"name":"Alan","older":42}}\n');
    const ddl = (await millrace(['infer', 'people.csv'])).stdout;
    expect(ddl).toContain('CREATE TABLE `people` (\n  `name` STRING,\n  `age` BIGINT\n) WITH (');
  });
});

describe('millrace alone', () => {
  const piped = (input: string, ...args: string[]): string =>
    execFileSync(process.execPath, [bin, ...args], { cwd: folder, input, encoding: 'utf8' });

  test('runs statements from a pipe as run does', () => {
    expect(piped("SELECT 'it' AS x; SELECT 2 AS y;")).toBe(
      '{"query":1,"op":"+I","row":{"x":"it"}}\n{"query":2,"op":"+I","row":{"y":2}}\n',
    );
    const init = file('init.sql', "CREATE VIEW v AS SELECT '${who}' AS who;");
    expect(piped('SELECT * FROM v;', '-i', init, '--var', 'who=you', '-o', 'csv')).toBe('who\nyou\n');
  });

  test('waits for statements that come late', async () => {
    const child = spawn(process.execPath, [bin], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stdin.write("SELECT 'late'");
    // Long enough for the command to have looked.
    setTimeout(() => child.stdin.end(' AS x;'), 1500);
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"op":"+I","row":{"x":"late"}}\n' });
  });

  test('says what a command that does not exist may have meant', async () => {
    expect((await millrace(['rum'])).stderr).toContain('Similar commands: run');
    expect((await millrace(['query.sql'])).stderr).toContain('millrace run query.sql');
  });
});

test('a usage error ends with 2', async () => {
  expect((await millrace(['frobnicate'])).code).toBe(2);
  expect((await millrace(['sql', 'SELECT 1', '--output', 'xml'])).code).toBe(2);
  expect((await millrace(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe('what does not move', () => {
  const ENDLESS = "CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000');";

  /** Starts a process whose output nobody reads; signals it after the first bytes have come, or after a while. */
  function unread(sql: string, signal: NodeJS.Signals): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [bin, 'sql', sql], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.on('error', reject);
      child.on('exit', (code) => {
        child.stdout.destroy();
        resolve({ code, stdout: '', stderr });
      });
      setTimeout(() => child.kill(signal), 1500);
    });
  }

  test.each([
    ['a SELECT', `${ENDLESS} SELECT id FROM g`],
    ['print', `${ENDLESS} CREATE TABLE p (id BIGINT) WITH ('connector' = 'print'); INSERT INTO p SELECT id FROM g`],
  ])('a signal ends %s whose output is not read', async (_, sql) => {
    const { code, stderr } = await unread(sql, 'SIGINT');
    expect(code).toBe(130);
    expect(stderr).toMatch(/^[\d,]+ rows in .* late, 0 bad in \d+\.\d s\n$/);
  });

  test('a signal that comes twice, as through npx, stops jobs as one does', async () => {
    const sql = `${ENDLESS} CREATE TABLE b (id BIGINT) WITH ('connector' = 'blackhole'); INSERT INTO b SELECT id FROM g`;
    const child = spawn(process.execPath, [bin, 'sql', sql, '--state-dir', 'twice'], { cwd: folder });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    setTimeout(() => {
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGTERM'), 2);
    }, 2000);
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(143);
    expect(stderr).toMatch(/^[\d,]+ rows in .*, 1 checkpoint\n$/);
  });

  test('a signal ends a query over a pipe that nobody writes to, and one over a pipe that is silent', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const sql = `CREATE TABLE p (a STRING) WITH ('connector' = 'filesystem', 'path' = 'pipe', 'format' = 'csv');
      CREATE TABLE o (a STRING) WITH ('connector' = 'filesystem', 'path' = 'kept', 'format' = 'csv');
      INSERT INTO o SELECT a FROM p`;
    expect((await unread(sql, 'SIGTERM')).code).toBe(143);
    const writer = openSync(join(folder, 'pipe'), 'r+');
    writeSync(writer, 'hello\n');
    expect((await unread(sql, 'SIGINT')).code).toBe(130);
    closeSync(writer);
    // What had come was committed.
    const files = readdirSync(join(folder, 'kept'));
    expect(files.map((name) => readFileSync(join(folder, 'kept', name), 'utf8'))).toEqual(['hello\n']);
  });
});

test('a job that fails ends an INSERT that is waited for, and the script', async () => {
  const { code, stderr, stdout } = await millrace([
    'sql',
    `CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');
     CREATE TABLE b (id BIGINT) WITH ('connector' = 'blackhole');
     INSERT INTO b SELECT CAST(CAST(id AS STRING) || 'x' AS BIGINT) FROM g;
     SET 'table.dml-sync' = 'true';
     INSERT INTO b SELECT id FROM g;
     SELECT 1;`,
  ]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('ERROR 22018');
});

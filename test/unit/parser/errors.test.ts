import { describe, expect, it } from 'vitest';
import { parseScript, parseExpression, parseStatement } from '../../../src/parser/parser.ts';

/** SQL, the text that the caret is under, the message, the hint. */
type Case = readonly [sql: string, at: string, message: string, hint?: string | undefined];

function check([sql = '', at, message, hint]: readonly (string | undefined)[], code: string): void {
  const { errors } = parseScript(sql);
  const [error] = errors;
  const span = error?.span;
  expect({
    count: errors.length,
    code: error?.code,
    at: span && sql.slice(span.start, span.end),
    message: error?.message,
    hint: error?.hint,
  }).toEqual({ count: 1, code, at, message, hint });
}

const other: readonly Case[] = [
  ['SELECT * FROM t WHERE a != 1', '!=', 'the operator "!=" is not part of Flink SQL', 'Write <> for "not equal".'],
  ['SELECT * FROM t WHERE a == 1', '==', 'the operator "==" is not part of Flink SQL', 'Write = for "equal".'],
  ['SELECT a::INT FROM t', '::', 'the operator "::" is not part of Flink SQL', 'Write CAST(value AS type).'],
  ['SELECT "a" FROM t', '"a"', 'double quotes quote nothing in Flink SQL', "Write `a` for a name or 'a' for a string."],
  ['SELECT a FROM t LIMIT 10, 5', ',', 'LIMIT start, count is not part of Flink SQL', 'Write LIMIT 5 OFFSET 10.'],
  [
    'SELECT a FROM t OFFSET 5 LIMIT 10',
    'LIMIT',
    'OFFSET before LIMIT is not part of Flink SQL',
    'Write LIMIT n OFFSET m, or OFFSET m ROWS FETCH NEXT n ROWS ONLY.',
  ],
  [
    'SELECT a FROM t MINUS SELECT b FROM t',
    'MINUS',
    'the set operation MINUS is not part of Flink SQL',
    'Write EXCEPT.',
  ],
  [
    'CREATE OR REPLACE VIEW v AS SELECT 1',
    'CREATE OR REPLACE VIEW',
    'CREATE OR REPLACE VIEW is not part of Flink SQL',
    'Write ALTER VIEW name AS query, or DROP VIEW IF EXISTS name before.',
  ],
  ['CREATE TEMPORARY CATALOG c', 'CREATE TEMPORARY CATALOG', 'CREATE TEMPORARY CATALOG is not part of Flink SQL'],
  [
    "SELECT MAP['a', 1, 'b'] FROM t",
    "MAP['a', 1, 'b']",
    'MAP takes an even number of values',
    "Write MAP['key', value, …]. An element of a column named map is `map`['key'] in back-ticks.",
  ],
];

describe('what Flink SQL does not have', () => {
  it.each(other)('%s', (sql, at, message, hint) => check([sql, at, message, hint], 'syntax_error'));

  it.each<Case>([
    [
      'SELECT a FROM t TABLESAMPLE BERNOULLI (10)',
      'TABLESAMPLE',
      'TABLESAMPLE is not supported',
      'Filter with WHERE RAND() < 0.1 instead.',
    ],
    [
      'CREATE TABLE t (a INT UNIQUE)',
      'UNIQUE',
      'a UNIQUE constraint is not supported',
      'Only PRIMARY KEY (…) NOT ENFORCED can be declared.',
    ],
    [
      'CREATE TABLE t (a TIME WITH TIME ZONE)',
      'TIME WITH TIME ZONE',
      'the type TIME WITH TIME ZONE is not supported',
      'Use TIME, or TIMESTAMP_LTZ for a point in time.',
    ],
  ])('%s', (sql, at, message, hint) => check([sql, at, message, hint], 'unsupported'));
});

describe('reserved words as names', () => {
  it.each([
    ['SELECT value FROM t', 'value'],
    ['SELECT count FROM t', 'count'],
    ['SELECT a AS order FROM t', 'order'],
    ['SELECT t.timestamp FROM t', 'timestamp'],
    ['SELECT timestamp FROM t', 'timestamp'],
    ['SELECT date, time FROM t', 'date'],
    ['SELECT interval FROM t', 'interval'],
    ['SELECT array FROM t', 'array'],
    ['SELECT row FROM t', 'row'],
    ['SELECT a value FROM t', 'value'],
    ['SELECT end FROM t', 'end'],
    ['SELECT a FROM user', 'user'],
    ['SELECT position FROM t', 'position'],
    ['CREATE TABLE t (value INT)', 'value'],
    ['INSERT INTO t (a, value) VALUES (1, 2)', 'value'],
  ])('%s', (sql, word) =>
    check(
      [sql, word, `"${word}" is a reserved word`, `Write \`${word}\` in back-ticks to use it as a name.`],
      'reserved_word',
    ),
  );
});

describe('slips', () => {
  it.each<Case>([
    ['SELECT FROM t', 'FROM', 'expected a column or expression, found "FROM"'],
    ['SELECT a, FROM t', 'FROM', 'expected a column or expression, found "FROM"', 'Remove the comma before it.'],
    ['SELECT f(a,) FROM t', ')', 'expected an argument, found ")"', 'Remove the comma before it.'],
    ['CREATE TABLE t (a INT, b STRING,)', ')', 'expected a column name, found ")"', 'Remove the comma before it.'],
    ['SELECT a b c FROM t', 'c', 'unexpected "c"', 'Is a comma missing before "c"?'],
    ['SELECT f(a b) FROM t', 'b', 'expected ")", found "b"', 'Is a comma missing before "b"?'],
    ['CREATE TABLE t (a INT b STRING)', 'b', 'expected ")", found "b"', 'Is a comma missing before "b"?'],
    [
      "CREATE TABLE t (a INT) WITH ('k' = 'x' 'y' = 'z')",
      "'y'",
      `expected ")", found 'y'`,
      "Is a comma missing before 'y'?",
    ],
    ['SELCT a FROM t', 'SELCT', 'expected a statement, found "SELCT"', 'Did you mean SELECT?'],
    ['SELECT a FORM t', 'FORM', 'unexpected "FORM"', 'Did you mean FROM?'],
    ['SELECT a FROM t WEHRE a > 1', 'WEHRE', 'unexpected "WEHRE"', 'Did you mean WHERE?'],
    ['SELECT a FROM t x WEHRE a > 1', 'WEHRE', 'unexpected "WEHRE"', 'Did you mean WHERE?'],
    ['SELECT a FROM t GROUP YB a', 'YB', 'expected BY, found "YB"', 'Did you mean BY?'],
    ["CREATE TABLE t (a INT) WIHT ('a' = 'b')", 'WIHT', 'unexpected "WIHT"', 'Did you mean WITH?'],
    [
      'CREATE TABEL t (a INT)',
      'TABEL',
      'expected what to create: TABLE, VIEW, FUNCTION, MODEL, CATALOG or DATABASE, found "TABEL"',
      'Did you mean TABLE?',
    ],
    ['SELECT (a + b FROM t', 'FROM', 'expected ")", found "FROM"', 'The "(" in line 1, column 8 is not closed.'],
    [
      'SELECT a FROM (SELECT b FROM t ORDER BY c',
      '',
      'expected ")", found the end of the statement',
      'The "(" in line 1, column 15 is not closed.',
    ],
    ['SELECT a) FROM t', ')', 'unexpected ")"', 'There is no "(" for this ")".'],
    [
      "SELECT 'abc FROM t",
      "'abc FROM t",
      'the string is not closed',
      "Add the missing ', or write '' for a quote inside.",
    ],
    [
      'SELECT `abc FROM t',
      '`abc FROM t',
      'the name is not closed',
      'Add the missing `, or write `` for a quote inside.',
    ],
    [
      "SELECT 'x FROM t;\nSELECT 'y' FROM u;",
      "' FROM u",
      'the string is not closed',
      'The string that begins in line 1 spans several statements: is a quote missing there?',
    ],
    ['SELECT /* open', '/* open', 'the comment is not closed', 'Add the missing */.'],
    ['SELECT a # b', '#', 'unexpected character "#"'],
    ['SELECT “x', '“', 'unexpected character "“"', "Strings are written in straight single quotes: '…'."],
    ["SELECT X'abc'", "X'abc'", 'a binary string takes an even number of hexadecimal digits'],
    [
      String.raw`SELECT E'\u12'`,
      String.raw`E'\u12'`,
      'invalid escape in the string',
      String.raw`A \u needs four hexadecimal digits, a \U eight.`,
    ],
    [
      'SELECT * FROM 2024_logs',
      '2024',
      'expected a table name, found "2024"',
      'A name that begins with a digit is written in back-ticks: `2024_logs`.',
    ],
    [
      "SELECT a AS 'x' FROM t",
      "'x'",
      "expected a column alias, found 'x'",
      'Write `x` in back-ticks: single quotes make a string.',
    ],
    [
      "CREATE TABLE t (a INT) WITH (connector = 'x')",
      'connector',
      'expected an option key in single quotes, found "connector"',
      "Write 'connector' in single quotes.",
    ],
    [
      'ALTER TABLE t ADD COLUMN c INT',
      'COLUMN',
      'expected a column, WATERMARK, PRIMARY KEY, PARTITION or DISTRIBUTION after ADD, found "COLUMN"',
      'Leave COLUMN out: write ADD name type, DROP name or RENAME old TO new.',
    ],
    [
      "CREATE TABLE t (a INT) WITH ('a' = 'b',)",
      ')',
      'expected an option key in single quotes, found ")"',
      'Remove the comma before it.',
    ],
    ["SET a.b = 'x'", 'a', 'unexpected "a"', "Write SET 'key' = 'value', both in single quotes."],
    [
      'SELECT a FROM ?',
      '?',
      'expected a table name, found "?"',
      'A parameter stands for a value only, not for a name or a keyword.',
    ],
    [
      'SELECT a FROM t AS x FOR SYSTEM_TIME AS OF x.ts',
      'FOR',
      'unexpected "FOR"',
      'FOR SYSTEM_TIME AS OF stands before the alias.',
    ],
    [
      'SELECT a FROM t LEFT SEMI JOIN u ON a = b',
      'SEMI',
      'expected JOIN, found "SEMI"',
      'Write IN or EXISTS, or NOT before them.',
    ],
    [
      "SELECT ts AT TIME ZONE 'UTC' FROM t",
      'AT',
      'unexpected "AT"',
      'AT TIME ZONE is not part of Flink SQL: use CONVERT_TZ.',
    ],
    [
      'SELECT 1 ORDER BY a UNION SELECT 2',
      'UNION',
      'unexpected "UNION"',
      'ORDER BY and LIMIT belong to the whole: put the query before it in parentheses.',
    ],
    [
      "CREATE TABLE t (a INT DEFAULT 'x')",
      'DEFAULT',
      'expected ")", found "DEFAULT"',
      'Columns have no default values.',
    ],
  ])('%s', (sql, at, message, hint) => check([sql, at, message, hint], 'syntax_error'));
});

describe('what was expected, in words', () => {
  it.each<Case>([
    ['SELECT a FROM t WHERE', '', 'expected an expression, found the end of the statement'],
    ['SELECT a FROM t WHERE a = ;', ';', 'expected an expression, found the end of the statement'],
    ['SELECT a FROM', '', 'expected a table name, found the end of the statement'],
    ['INSERT INTO SELECT 1', 'SELECT', 'expected a table name, found "SELECT"'],
    ['INSERT t SELECT 1', 't', 'expected INTO or OVERWRITE after INSERT, found "t"'],
    ['CREATE TABLE (a INT)', '(', 'expected a table name, found "("'],
    ['CREATE TABLE t (a 5)', '5', 'expected a data type or AS after the column name, found "5"'],
    ['CREATE TABLE t (a)', 'a', 'expected a data type after the column name "a"'],
    ['SELECT CAST(a AS) FROM t', ')', 'expected a data type, found ")"'],
    ['SELECT a FROM t GROUP BY', '', 'expected a column or expression to group by, found the end of the statement'],
    ['SELECT CASE WHEN a THEN END FROM t', 'END', 'expected an expression, found "END"'],
    ['SELECT CASE WHEN a THEN 1 FROM t', 'FROM', 'expected WHEN, ELSE or END of the CASE, found "FROM"'],
    ['SELECT EXTRACT(foo FROM ts)', 'foo', 'expected a time unit such as SECOND or DAY, found "foo"'],
    [
      'SELECT a FROM a JOIN b WHERE a = 1',
      'WHERE',
      'expected ON or USING after the joined table, found "WHERE"',
      'A join without a condition is written as CROSS JOIN.',
    ],
    ['EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1 END', 'END', 'expected ";" after the INSERT, found "END"'],
    ['DROP t', 't', 'expected what to drop: TABLE, VIEW, FUNCTION, MODEL, CATALOG or DATABASE, found "t"'],
    ['hello', 'hello', 'expected a statement, found "hello"'],
  ])('%s', (sql, at, message, hint) => check([sql, at, message, hint], 'syntax_error'));

  it('asks for NOT ENFORCED', () => {
    for (const key of ['PRIMARY KEY (a)', 'PRIMARY KEY (a) ENFORCED', 'CONSTRAINT k PRIMARY KEY (a)']) {
      check(
        [
          `CREATE TABLE t (a INT, ${key})`,
          key,
          'a primary key must be declared NOT ENFORCED',
          'Write PRIMARY KEY (…) NOT ENFORCED.',
        ],
        'syntax_error',
      );
    }
  });
});

describe('a script', () => {
  it('reports the errors of all its statements, in order', () => {
    const { statements, errors } = parseScript('SELECT 1;\nSELECT FROM;\n\nSELECT a != b;\nSELECT 2;\nDROP;');
    expect(statements.map((parsed) => parsed.text)).toEqual(['SELECT 1', 'SELECT 2']);
    expect(errors.map((error) => [error.span?.line, error.span?.column])).toEqual([
      [2, 8],
      [4, 10],
      [6, 5],
    ]);
  });

  it('reads on after a string that is not closed', () => {
    const { statements, errors } = parseScript("SELECT 'x;\nSELECT b FROM;\nSELECT c");
    expect(statements.map((parsed) => parsed.text)).toEqual(['SELECT c']);
    expect(errors.map((error) => error.span?.line)).toEqual([1, 2]);
  });

  it('ends a statement set without END where something else begins', () => {
    const { statements, errors } = parseScript('EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;\nSELECT 2;');
    expect(statements.map((parsed) => parsed.text)).toEqual(['SELECT 2']);
    expect(errors.map((error) => error.message)).toEqual([
      'expected INSERT, or END of the statement set, found the end of the statement',
    ]);
  });

  it('may be empty, or only comments and semicolons', () => {
    for (const text of ['', ' \n', ';;', '-- a\n/* b */ ; // c']) {
      expect(parseScript(text)).toEqual({ statements: [], errors: [] });
    }
  });

  it('refuses what nests too deeply instead of failing', () => {
    const depth = 20_000;
    const { errors } = parseScript(`SELECT ${'('.repeat(depth)}1${')'.repeat(depth)}`);
    expect(errors.map((error) => error.message)).toEqual(['the statement is nested too deeply']);
  });
});

describe('one statement', () => {
  it('throws its error, or for none or several', () => {
    expect(() => parseStatement('SELECT')).toThrow('expected a column or expression, found the end of the statement');
    expect(() => parseStatement(' -- nothing')).toThrow('expected a statement, found nothing');
    expect(() => parseStatement('SELECT 1; SELECT 2')).toThrow('expected one statement, found several');
    expect(parseStatement('SELECT 1;').kind).toBe('query');
  });

  it('is not an expression', () => {
    expect(() => parseExpression('1 2')).toThrow('unexpected "2"');
    expect(() => parseExpression('a != 2')).toThrow('the operator "!="');
    expect(() => parseExpression('')).toThrow('expected an expression, found the end of the statement');
  });
});

import { describe, expect, test } from 'vitest';
import { tokenize } from '../../../src/parser/lexer.ts';
import { expectedAfter, parseScript } from '../../../src/parser/parser.ts';
import { splitStatements } from '../../../src/parser/split.ts';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const names = (text: string): string[] => expectedAfter(tokenize(text)).map(({ type }) => type.name);
const rulesOf = (text: string, name: string): readonly string[] =>
  expectedAfter(tokenize(text)).find(({ type }) => type.name === name)?.rules ?? [];

describe('what may follow', () => {
  test.each([
    ['DROP', ['TABLE', 'VIEW', 'DATABASE', 'TEMPORARY'], ['SELECT', 'FROM']],
    ['SELECT a FROM', ['Word', 'StringToken', 'LParen', 'TABLE'], ['WHERE', 'SELECT']],
    ['SELECT a FROM t', ['WHERE', 'GROUP', 'JOIN', 'AS', 'UNION'], ['BY', 'SET', 'INTO']],
    ['SELECT a FROM t GROUP', ['BY'], ['WHERE']],
    ['CREATE TABLE t (a INT', ['Comma', 'RParen', 'NOT', 'COMMENT'], ['FROM']],
    ["CREATE TABLE t (a INT) WITH ('k' =", ['StringToken'], ['Word']],
    ['INSERT INTO t', ['SELECT', 'VALUES', 'LParen'], ['FROM']],
    ['EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;', ['INSERT', 'END'], ['SELECT']],
  ])('%s', (text, there, absent) => {
    const found = names(text);
    expect(found).toEqual(expect.arrayContaining(there));
    for (const name of absent) expect(found).not.toContain(name);
  });

  test('nothing that is not the beginning of a statement', () => {
    expect(names('SELECT FROM WHERE')).toEqual([]);
    expect(names('x y z')).toEqual([]);
  });
});

test('the rules say what a name or a string would be', () => {
  expect(rulesOf('SELECT a FROM', 'Word')).toEqual(
    expect.arrayContaining(['dottedName', 'namedTable', 'select', 'query']),
  );
  expect(rulesOf('SELECT', 'Word')).toContain('nameExpression');
  expect(rulesOf('CREATE TABLE t (a INT) WITH (', 'StringToken')).toContain('optionPair');
});

/** Statements that the parser takes, from the golden scripts' language: the examples. */
const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));
const statements = readdirSync(examples)
  .filter((name) => name.endsWith('.sql'))
  .flatMap((name) => {
    const text = readFileSync(examples + name, 'utf8');
    expect(parseScript(text).errors).toEqual([]);
    return splitStatements(text, tokenize(text)).map((part) => part.tokens);
  });

test('every token of a statement is expected where it stands, and soon known', () => {
  const start = performance.now();
  let places = 0;
  for (const tokens of statements) {
    for (let i = 0; i < tokens.length; i += 3) {
      const type = tokens[i]?.tokenType;
      const allowed = expectedAfter(tokens.slice(0, i)).some(
        (one) => one.type === type || (one.type.categoryMatches ?? []).includes(type?.tokenTypeIdx ?? -1),
      );
      expect(allowed, `${tokens[i]?.image} after ${tokens[i - 1]?.image}`).toBe(true);
      places++;
    }
  }
  expect(places).toBeGreaterThan(300);
  // Generous for a loaded machine: a keystroke must not be felt.
  expect((performance.now() - start) / places).toBeLessThan(50);
});

test('a long and deeply nested text takes no longer than its length', () => {
  const deep = `SELECT ${'('.repeat(60)}a${')'.repeat(60)}, ${'f(x, '.repeat(60)}1${')'.repeat(60)} FROM t WHERE a IN (${'1, '.repeat(500)}`;
  const start = performance.now();
  expect(names(deep)).toContain('NumberToken');
  expect(performance.now() - start).toBeLessThan(2000);
});

import { expect, test } from 'vitest';
import { connectorNames, findConnector } from '../../../src/connectors/registry.ts';
import { maskSecrets, statementParts, textSpans } from '../../../src/engine/sql-text.ts';

test.each([
  ['SELECT 1', [false]],
  ['SELECT 1;', [true]],
  ['SELECT 1; SELECT 2', [true, false]],
  ["SELECT ';'", [false]],
  ["SELECT 'it''s;';", [true]],
  ["SELECT 'open;\n", [false]],
  ['SELECT `open;', [false]],
  ['SELECT 1 -- not here;', [false]],
  ['SELECT 1 /* nor; here */;', [true]],
  ['SELECT 1 /* open;', [false]],
  ['BEGIN STATEMENT SET; INSERT INTO a SELECT 1;', [false]],
  ['BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;', [true]],
  ['EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2;', [false]],
  ['EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END; SELECT', [true, false]],
  [';', []],
  ['', []],
])('%j: which statements are complete', (text, expected) => {
  expect(statementParts(text).map(({ complete }) => complete)).toEqual(expected);
});

test('the parts of a text have kinds, comments too', () => {
  const text = "SELECT COUNT(*), `a` -- why\nFROM t /*+ OPTIONS('k'='v') */ WHERE s = 'x' AND n > 1.5;";
  expect(textSpans(text).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`)).toEqual([
    'keyword SELECT',
    'function COUNT',
    'sign (',
    'sign *',
    'sign )',
    'sign ,',
    'quoted `a`',
    'comment -- why\n',
    'keyword FROM',
    'name t',
    "comment /*+ OPTIONS('k'='v') */",
    'keyword WHERE',
    'name s',
    'sign =',
    "string 'x'",
    'keyword AND',
    'name n',
    'sign >',
    'number 1.5',
    'sign ;',
  ]);
});

const connectors = {
  get: findConnector,
  names: connectorNames,
  sourceChangelog: () => ({ updateBefore: false, updateAfter: false, delete: false, keyedDelete: false }),
  sinkAccepts: () => 'append' as const,
};

test.each([
  ["CREATE TABLE t (a INT) WITH ('connector' = 'x', 'password' = 'pw1')", "'password' = '******'"],
  ["SET 'properties.sasl.jaas.config' = 'user pw1';", "'properties.sasl.jaas.config' = '******'"],
  ["ALTER TABLE t SET ('secret' = 'pw1'); SELECT 1", 'SELECT 1'],
  ["CREATE TABLE t (a INT) WITH ('url' = 'postgres://me:pw1@host/db')", 'postgres://me:******@host/db'],
  ["CREATE TABLE t (a INT) WITH ('url' = 'jdbc:x://h/db?user=me&password=pw1')", 'user=me&password=******'],
  ["SELECT * FROM t /*+ OPTIONS('password'='pw1') */", '******'],
  ["CREATE TABLE t (a INT) WITH ('password' = 'pw1", '******'],
])('%s keeps its secret', (text, part) => {
  const masked = maskSecrets(text, connectors as never);
  expect(masked).not.toContain('pw1');
  expect(masked).toContain(part);
});

test('what is no secret stays as it is', () => {
  const text =
    "CREATE TABLE t (token STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '5'); SELECT 'a' = 'b';";
  expect(maskSecrets(text, connectors as never)).toBe(text);
});

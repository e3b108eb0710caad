import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../../../src/engine.ts';
import { complete } from '../../../src/engine/completion/complete.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-complete-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'people.csv'), 'name,age\nAda,36\n');
mkdirSync(join(folder, 'parts'));

const engine = new Engine();
const session = engine.openSession();
beforeAll(async () => {
  await session.executeSql(
    "CREATE TABLE orders (id INT, `first name` STRING, price DECIMAL(10, 2), address ROW<city STRING, zip STRING>) WITH ('connector' = 'datagen')",
  );
  await session.executeSql(
    "CREATE TABLE items (id INT, weight INT) WITH ('connector' = 'filesystem', 'path' = 'x', 'format' = 'csv')",
  );
  await session.executeSql('CREATE VIEW cheap AS SELECT id, price FROM orders');
  await session.executeSql("CREATE CATALOG other WITH ('type' = 'generic_in_memory', 'default-database' = 'shop')");
  await session.executeSql("CREATE TABLE other.shop.sales (day_ DATE) WITH ('connector' = 'datagen')");
});

/** The texts offered at the `|` in a statement, or at its end. */
async function offered(marked: string): Promise<string[]> {
  const cursor = marked.includes('|') ? marked.indexOf('|') : marked.length;
  const { candidates } = await complete({ engine, session }, marked.replace('|', ''), cursor);
  return candidates.map(({ text }) => text);
}

test.each([
  ['a statement', 'SEL', ['SELECT']],
  ['in the case of what is written', 'sel', ['select']],
  ['in the case of the word before', 'select * from orders where id is ', expect.arrayContaining(['null', 'not'])],
  ['after another statement', 'SELECT 1; DESC', ['DESCRIBE', 'DESC']],
  ['tables and views after FROM', 'SELECT * FROM o', ['orders', 'other']],
  ['what a catalog holds', 'SELECT * FROM other.', ['shop']],
  ['what a database holds', 'SELECT * FROM other.shop.s', ['sales']],
  ['columns of the tables named behind the cursor', 'SELECT pri| FROM orders', ['price']],
  ['columns that need quotes', 'SELECT `fir| FROM orders', ['`first name`']],
  ['columns of an alias', 'SELECT o.p| FROM orders AS o JOIN items AS i ON o.id = i.id', ['price']],
  ['columns of either side', 'SELECT * FROM orders JOIN items ON wei', ['weight']],
  ['fields of a row', 'SELECT address.c| FROM orders', ['city']],
  ['columns of a view', 'SELECT p| FROM cheap', expect.arrayContaining(['price', 'POWER'])],
  ['columns to write', 'INSERT INTO items (we', ['weight']],
  ['only tables to write to', 'INSERT INTO c', []],
  ['functions', 'SELECT COUN', ['COUNT']],
  ['windows', 'SELECT * FROM TABLE(TUM', ['TUMBLE']],
  ['only views', 'DROP VIEW ', expect.arrayContaining(['cheap'])],
  ['a new name', 'CREATE TABLE ', []],
  ['keywords where they may stand', 'SELECT * FROM orders GRO', ['GROUP']],
  ['nothing in a comment', 'SELECT 1 -- SEL', []],
  ['nothing in a block comment', '/* SEL', []],
  ['connectors', "CREATE TABLE t (a INT) WITH ('connector' = 'data", ['datagen']],
  ['options of the connector', "CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'rows", ['rows-per-second']],
  [
    'options of the parts of messages',
    "CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'key.format' = 'csv', 'value.format' = 'json', 'key.",
    expect.arrayContaining(['key.fields', 'key.fields-prefix', 'key.csv.null-literal']),
  ],
  [
    'options of the format',
    "CREATE TABLE t (a INT) WITH ('format' = 'csv', 'connector' = 'filesystem', 'csv.null",
    ['csv.null-literal'],
  ],
  ['values of an option', "CREATE TABLE t (a INT) WITH ('millrace.on-error' = '", ['fail', 'skip', 'dead-letter']],
  ['settings', "SET 'sql-client.execution.re", ['sql-client.execution.result-mode']],
  ['values of a setting', "SET 'sql-client.execution.result-mode' = 't", ['table', 'tableau']],
])('%s', async (_, text, expected) => {
  expect(await offered(text)).toEqual(expected);
});

test('an option that is given is not offered again', async () => {
  expect(await offered("CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'con")).toEqual([]);
});

test('files of a folder, and columns of a file', async () => {
  expect(await offered(`SELECT * FROM '${folder}/p`)).toEqual([`${folder}/parts/`, `${folder}/people.csv`]);
  expect(await offered(`SELECT na| FROM '${folder}/people.csv'`)).toContain('name');
});

test('a candidate says what it is and what follows', async () => {
  const { from, candidates } = await complete({ engine, session }, 'SELECT id, UPP FROM orders', 14);
  expect(from).toBe(11);
  expect(candidates).toEqual([{ text: 'UPPER', kind: 'function', detail: 'UPPER(string)', after: '(' }]);
});

test('no candidate is kept from by what is wrong elsewhere', async () => {
  expect(await offered('SELECT price, FROM orders WHERE pri')).toEqual([]);
  expect(await offered('SELECT pri| FROM orders WHERE ((')).toEqual(['price']);
});

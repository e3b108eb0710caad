import { expect, test } from 'vitest';
import { Engine } from '../../../src/engine.ts';
import { toEngineError } from '../../../src/errors.ts';

// What people write who come from other tools: the hint names what there is for it here.
test.each([
  ["SELECT * FROM read_csv('a.csv')", "FROM 'a.csv'", 'millrace infer a.csv'],
  ["SELECT * FROM TABLE(read_json_auto('b.json'))", "FROM 'b.json'", 'millrace infer b.json'],
  ["DESCRIBE 'c.csv'", "FROM 'c.csv'", 'millrace infer c.csv'],
  ["DESC 'c.csv'", "FROM 'c.csv'", 'millrace infer c.csv'],
  ["SHOW COLUMNS FROM 'd.csv'", "FROM 'd.csv'", 'millrace infer d.csv'],
])('%s', async (sql, query, command) => {
  const error = await new Engine()
    .openSession()
    .executeSql(sql)
    .then(() => null, toEngineError);
  expect(error?.hint).toContain(query);
  expect(error?.hint).toContain(command);
});

test('other table functions and other strings have hints of their own', async () => {
  const session = new Engine().openSession();
  const hint = async (sql: string): Promise<string | undefined> =>
    session.executeSql(sql).then(
      () => undefined,
      (error: unknown) => toEngineError(error).hint,
    );
  expect(await hint("SELECT * FROM TABLE(nope('x'))")).toContain('TUMBLE');
  expect(await hint("DROP TABLE 'x'")).toContain('back-ticks');
});

/** Errors of a statement that are found late, or by asking the outside, still say where. */
import { expect, test } from 'vitest';
import { Engine } from '../../../src/engine.ts';
import { EngineError } from '../../../src/errors.ts';
import { fakePlatform } from '../../../src/platform/fake-platform.ts';

const DEFINITION = `CREATE TABLE t (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
  WITH ('connector' = 'datagen', 'number-of-rows' = '1')`;

async function placeOf(sql: string): Promise<{ readonly code: string; readonly at: string }> {
  const session = new Engine(fakePlatform()).openSession();
  const nothing = { target: () => ({ write: () => {} }) };
  await session.executeSql(DEFINITION, nothing);
  try {
    await session.executeSql(sql, nothing);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { code: error.code, at: sql.slice(error.span?.start ?? 0, error.span?.end ?? 0) };
  }
  throw new Error('no error');
}

/** Parsed without recursion, planned with. */
const chain = (length: number): string => `SELECT ${Array(length).fill('v').join(' + ')} FROM t`;

test('a chain of any length gives a result or a clear error', async () => {
  await expect(placeOf(chain(100))).rejects.toThrow('no error');
  for (const length of [10_000, 30_000]) {
    expect(await placeOf(chain(length))).toEqual({ code: 'syntax_error', at: chain(length) });
  }
});

test.each([
  ["SELECT * FROM t JOIN 'nowhere.csv' ON TRUE", 'undefined_file', "'nowhere.csv'"],
  ['SHOW COLUMNS FROM nowhere', 'undefined_table', 'nowhere'],
  ['SHOW TABLES FROM nowhere', 'undefined_object', 'nowhere'],
  ['SELECT *, COUNT(*) FROM t GROUP BY k', 'grouping_error', '*'],
  ["SELECT k FROM t WHERE k LIKE '%' ESCAPE 'ab'", 'invalid_regex', "k LIKE '%' ESCAPE 'ab'"],
  ["SELECT k FROM t WHERE k SIMILAR TO '('", 'invalid_regex', "k SIMILAR TO '('"],
  ["SET 'table.local-time-zone' = 'Mars'", 'invalid_option', "SET 'table.local-time-zone' = 'Mars'"],
  ["STOP JOB '7'", 'undefined_object', "'7'"],
  ['SELECT SUM(TABLE t) FROM t', 'datatype_mismatch', 'TABLE t'],
  ['SELECT k FROM t GROUP BY TUMBLE(DESCRIPTOR(ts), v)', 'datatype_mismatch', 'DESCRIPTOR(ts)'],
])('%s', async (sql, code, at) => {
  expect(await placeOf(sql)).toEqual({ code, at });
});

import { describe, expect, test } from 'vitest';
import { Engine } from '../../../../src/engine.ts';
import { EXAMPLE_ROWS } from '../../../../src/functions/aggregates/aggregate.ts';
import { aggregateInfos } from '../../../../src/functions/aggregates/registry.ts';
import { fakePlatform } from '../../../../src/platform/fake-platform.ts';
import { type Vector, getValue } from '../../../../src/types/vector.ts';

/** The last row that the query emits, as text. */
async function evaluate(sql: string): Promise<string> {
  const session = new Engine(fakePlatform()).openSession();
  let last = 'no row';
  const started = await session.executeSql(
    `SELECT COALESCE(CAST(${sql} AS STRING), 'NULL') AS example FROM ${EXAMPLE_ROWS}`,
    {
      target: ({ schema }) => ({
        write: ({ length, vectors }) => {
          const type = schema[0]?.type;
          if (type !== undefined && length > 0) last = String(getValue(vectors[0] as Vector, length - 1, type));
        },
      }),
    },
  );
  if (started.kind !== 'query') throw new Error('not a query');
  const { error } = await started.job.done;
  if (error !== null) throw error;
  return last;
}

describe.each(aggregateInfos().map((info) => [info.name, info] as const))('%s', (_, { examples }) => {
  test('has an example', () => expect(examples).not.toEqual([]));
  test.each(examples.map(({ sql, result }) => [sql, result] as const))('%s', async (sql, result) => {
    expect(await evaluate(sql)).toBe(result);
  });
});

import { describe, expect, test } from 'vitest';
import { Engine } from '../../../src/engine.ts';
import type { EngineError } from '../../../src/errors.ts';
import { fakePlatform } from '../../../src/platform/fake-platform.ts';
import type { Session } from '../../../src/session.ts';
import { ROW_KIND_NAMES } from '../../../src/types/batch.ts';
import { type Value, type Vector, getValue } from '../../../src/types/vector.ts';
import { type Message, type RecordConnector, recordConnector } from '../../support/record-connector.ts';

interface Run {
  /** The kind, then the values. */
  readonly rows: Value[][];
  readonly error: EngineError | null;
  readonly counters: Readonly<Record<string, number>>;
}

interface Bench extends RecordConnector {
  readonly session: Session;
  run(sql: string): Promise<Run>;
}

async function open(
  columns: string,
  options: Readonly<Record<string, string>>,
  messages: readonly Message[],
  format: 'key-value' | 'keyed-by-primary-key' = 'key-value',
  chunk?: number,
): Promise<Bench> {
  const made = recordConnector('records', format, messages, chunk);
  const session = new Engine(fakePlatform(), [made.connector]).openSession();
  const all = { connector: 'records', topic: 't', ...options };
  const list = Object.entries(all).map(([key, value]) => `'${key}' = '${value}'`);
  await session.executeSql(`CREATE TABLE t (${columns}) WITH (${list.join(', ')})`);
  const run = async (sql: string): Promise<Run> => {
    const rows: Value[][] = [];
    const result = await session.executeSql(sql, {
      target: ({ schema }) => ({
        write: (batch) => {
          for (let i = 0; i < batch.length; i++) {
            const values = schema.map(({ type }, c) => getValue(batch.vectors[c] as Vector, i, type));
            rows.push([ROW_KIND_NAMES[batch.kinds?.[i] ?? 0] as string, ...values]);
          }
        },
      }),
    });
    if (result.kind !== 'query' && result.kind !== 'insert') return { rows, error: null, counters: {} };
    const { error } = await result.job.done;
    return { rows, error, counters: result.job.counters };
  };
  return { ...made, session, run };
}

const value = (text: string | null, key: string | null = null): Message => ({ key, value: text });
const JSON_VALUES = { 'value.format': 'json' };
const JSON_KEYED = {
  'value.format': 'json',
  'key.format': 'json',
  'key.fields': 'k_id;k_name',
  'key.fields-prefix': 'k_',
  'value.fields-include': 'EXCEPT_KEY',
};
const KEYED_COLUMNS = '`offset` BIGINT METADATA VIRTUAL, k_id INT, k_name STRING, name STRING';

describe('values', () => {
  test('stand beside metadata, with and without records that give no row', async () => {
    for (const chunk of [1, 3, 100]) {
      const { run } = await open(
        '`offset` BIGINT METADATA VIRTUAL, a INT, `partition` INT METADATA VIRTUAL',
        JSON_VALUES,
        [
          value('{"a":1}'),
          value('{"a":2}'),
          value('{"a":3}'),
          value(null),
          value('[{"a":4},{"a":5}]'),
          value('{"a":6}'),
        ],
        'key-value',
        chunk,
      );
      const { rows, error } = await run('SELECT `offset`, a, `partition` FROM t');
      expect(error).toBeNull();
      expect(rows).toEqual([
        ['+I', 100n, 1, 0],
        ['+I', 101n, 2, 0],
        ['+I', 102n, 3, 0],
        ['+I', 104n, 4, 0],
        ['+I', 104n, 5, 0],
        ['+I', 105n, 6, 0],
      ]);
    }
  });

  test('a bad one stops the job at its offset, after the rows before it', async () => {
    const { run } = await open('a INT', JSON_VALUES, [value('{"a":1}'), value('{"a":"x"}'), value('{"a":2}')]);
    const { rows, error } = await run('SELECT a FROM t');
    expect(rows).toEqual([['+I', 1]]);
    expect(error).toMatchObject({ code: 'bad_record', detail: 'It is at offset 101 of p0: {"a":"x"}' });
  });

  test('bad ones are counted and left out', async () => {
    const { run } = await open('a INT', { ...JSON_VALUES, 'millrace.on-error': 'skip' }, [
      value('x'),
      value('{"a":1}'),
      value('{'),
    ]);
    const { rows, counters } = await run('SELECT a FROM t');
    expect(rows).toEqual([['+I', 1]]);
    expect(counters).toMatchObject({ bad_records: 2, rows_in: 1, bytes_in: 9 });
  });

  test('counting reads no column, and all records', async () => {
    const { run } = await open('a INT', JSON_VALUES, [value('{"a":1}'), value(null), value('{}')]);
    const { rows } = await run('SELECT COUNT(*) FROM t');
    expect(rows.at(-1)).toEqual(['+U', 2n]);
  });
});

describe('keys', () => {
  const messages = [
    value('{"name":"a"}', '{"id":1,"name":"x"}'),
    value('{"name":"b"}', null),
    value('{"name":"c"}', '[{"id":3},{"id":4}]'),
    value(null, '{"id":5}'),
    value('[{"name":"d"},{"name":"e"}]', '{"id":6}'),
  ];

  test('are joined to values, record by record', async () => {
    for (const chunk of [1, 2, 100]) {
      const { run, readsKey } = await open(KEYED_COLUMNS, JSON_KEYED, messages, 'key-value', chunk);
      const { rows, error } = await run('SELECT `offset`, k_id, k_name, name FROM t');
      expect(error).toBeNull();
      expect(rows).toEqual([
        ['+I', 100n, 1, 'x', 'a'],
        ['+I', 101n, null, null, 'b'],
        ['+I', 102n, 3, null, 'c'],
        ['+I', 102n, 4, null, 'c'],
        ['+I', 104n, 6, null, 'd'],
        ['+I', 104n, 6, null, 'e'],
      ]);
      expect(readsKey).toEqual([true]);
    }
  });

  test('are not read when none of their columns is', async () => {
    const { run, readsKey } = await open(KEYED_COLUMNS, JSON_KEYED, [value('{"name":"a"}', 'broken')]);
    const { rows } = await run('SELECT name FROM t');
    expect(rows).toEqual([['+I', 'a']]);
    expect(readsKey).toEqual([false]);
  });

  test('are not read when the value has their columns', async () => {
    const options = { 'value.format': 'json', 'key.format': 'json', 'key.fields': 'id' };
    const { run, readsKey } = await open('id INT, name STRING', options, [value('{"id":7,"name":"a"}', '{"id":8}')]);
    const { rows } = await run('SELECT id, name FROM t');
    expect(rows).toEqual([['+I', 7, 'a']]);
    expect(readsKey).toEqual([false]);
  });

  test('a bad key makes a bad record, whatever its value gives', async () => {
    const { run } = await open(KEYED_COLUMNS, JSON_KEYED, [
      value('{"name":"a"}', '{"id":1}'),
      value('[{"name":"b"},{"name":"c"}]', '{"id":"x"}'),
    ]);
    const { rows, error } = await run('SELECT k_id, name FROM t');
    expect(rows).toEqual([['+I', 1, 'a']]);
    expect(error?.message).toContain('in its key: field "id" cannot be read as INT');
    expect(error?.detail).toBe('It is at offset 101 of p0: {"id":"x"}');
  });

  test('a record without key is bad where the column is NOT NULL', async () => {
    const columns = KEYED_COLUMNS.replace('k_id INT', 'k_id INT NOT NULL');
    const { run } = await open(columns, { ...JSON_KEYED, 'millrace.on-error': 'skip' }, messages);
    const { rows, counters } = await run('SELECT k_id, name FROM t');
    expect(rows.map(([, id]) => id)).toEqual([1, 3, 4, 6, 6]);
    expect(counters['bad_records']).toBe(1);
    // Its value is shown as it was, although decoding undoes escapes in place.
    const escaped = [value('{"name":"\\u0061"}', null)];
    const { error } = await (await open(columns, JSON_KEYED, escaped)).run('SELECT k_id, name FROM t');
    expect(error?.detail).toBe('It is at offset 100 of p0: {"name":"\\u0061"}');
  });
});

describe('raw', () => {
  test('a value without bytes is NULL, and is written as none', async () => {
    const options = {
      'value.format': 'raw',
      'key.format': 'raw',
      'key.fields': 'k',
      'value.fields-include': 'EXCEPT_KEY',
    };
    const messages = [value('a', 'x'), value(null, 'y'), value('b', null), value(null, null)];
    const { run, written } = await open('k STRING, v STRING', options, messages);
    const { rows } = await run('SELECT k, v FROM t');
    expect(rows).toEqual([
      ['+I', 'x', 'a'],
      ['+I', 'y', null],
      ['+I', null, 'b'],
      ['+I', null, null],
    ]);
    await run('INSERT INTO t SELECT k, v FROM t');
    expect(written).toEqual(messages);
  });
});

describe('options', () => {
  const invalid = async (
    options: Readonly<Record<string, string>>,
    columns = 'id INT, name STRING',
  ): Promise<string> => {
    try {
      const { run } = await open(columns, options, []);
      await run('SELECT * FROM t');
    } catch (error) {
      return (error as Error).message;
    }
    return 'no error';
  };

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['no format', {}, 'table "default_catalog.default_database.t" needs the option "format"'],
    [
      'two formats that differ',
      { format: 'json', 'value.format': 'csv' },
      'table "default_catalog.default_database.t" has both "format" and "value.format", which differ',
    ],
    [
      'key fields without a key format',
      { format: 'json', 'key.fields': 'id' },
      'table "default_catalog.default_database.t": option "key.fields" needs the option "key.format"',
    ],
    [
      'a key format without key fields',
      { format: 'json', 'key.format': 'json' },
      'table "default_catalog.default_database.t": option "key.format" needs the option "key.fields"',
    ],
    [
      'an unknown key field',
      { format: 'json', 'key.format': 'json', 'key.fields': 'ids' },
      'table "default_catalog.default_database.t": option "key.fields" names "ids", which is no physical column',
    ],
    [
      'a prefix where values hold the key',
      { format: 'json', 'key.format': 'json', 'key.fields': 'id', 'key.fields-prefix': 'i' },
      `table "default_catalog.default_database.t": option "key.fields-prefix" needs 'value.fields-include' = 'EXCEPT_KEY'`,
    ],
    [
      'a key field without the prefix',
      {
        format: 'json',
        'key.format': 'json',
        'key.fields': 'id',
        'key.fields-prefix': 'k_',
        'value.fields-include': 'EXCEPT_KEY',
      },
      `table "default_catalog.default_database.t": key column "id" does not begin with 'k_'`,
    ],
    ['an unknown option', { format: 'json', 'json.nope': 'x' }, 'format "json" has no option "nope"'],
    [
      'options of a format that is not there',
      { format: 'json', 'key.json.x': '1' },
      'connector "records" has no option "key.json.x"',
    ],
    [
      'an option given twice',
      { 'value.format': 'json', 'json.ignore-parse-errors': 'true', 'value.json.ignore-parse-errors': 'true' },
      'table "default_catalog.default_database.t" gives option "ignore-parse-errors" of its format twice',
    ],
    [
      'options of the format that exclude each other',
      { format: 'json', 'json.ignore-parse-errors': 'true', 'json.fail-on-missing-field': 'true' },
      'options "fail-on-missing-field" and "ignore-parse-errors" should not both be true',
    ],
  ])('%s', async (_, options, message) => {
    expect(await invalid(options)).toBe(message);
  });

  test('may be plain or carry the part', async () => {
    for (const [format, prefix] of [
      ['format', 'json'],
      ['value.format', 'json'],
      ['value.format', 'value.json'],
      ['format', 'value.json'],
    ]) {
      const options = { [format as string]: 'json', [`${prefix}.ignore-parse-errors`]: 'true' };
      const { run } = await open('a INT', options, [value('{"a":"x"}')]);
      expect((await run('SELECT a FROM t')).rows).toEqual([['+I', null]]);
    }
  });

  test('of the key are its own', async () => {
    const options = { ...JSON_KEYED, 'key.json.ignore-parse-errors': 'true' };
    const { run } = await open(KEYED_COLUMNS, options, [
      value('{"name":"a"}', '{"id":"x"}'),
      value('{"name":"b"}', 'x'),
      value('{"name":[}', '{}'),
    ]);
    const { rows, error } = await run('SELECT k_id, name FROM t');
    expect(rows).toEqual([['+I', null, 'a']]);
    expect(error?.code).toBe('bad_record');
  });
});

describe('writing', () => {
  test('key and value get their columns', async () => {
    const { run, written } = await open(KEYED_COLUMNS, JSON_KEYED, []);
    const { error } = await run(`INSERT INTO t VALUES (1, 'x', 'a'), (2, CAST(NULL AS STRING), 'b')`);
    expect(error).toBeNull();
    expect(written).toEqual([
      { key: '{"id":1,"name":"x"}', value: '{"name":"a"}' },
      { key: '{"id":2,"name":null}', value: '{"name":"b"}' },
    ]);
  });

  test('without a key format there is no key', async () => {
    const { run, written } = await open('a INT, b STRING', { format: 'csv' }, []);
    await run(`INSERT INTO t VALUES (1, 'x')`);
    expect(written).toEqual([{ key: null, value: '1,x' }]);
  });
});

test('what is secret in the options of a part is not shown', async () => {
  const options = {
    'value.format': 'avro-confluent',
    'value.avro-confluent.url': 'http://me:hidden@localhost:1/x@y',
    'value.avro-confluent.basic-auth.user-info': 'me:hidden',
    'key.format': 'avro-confluent',
    'key.fields': 'a',
    'key.avro-confluent.url': 'http://localhost:1',
    'key.avro-confluent.ssl.keystore.password': 'hidden',
  };
  const { session } = await open('a INT', options, []);
  const shown = await session.executeSql('SHOW CREATE TABLE t');
  expect(JSON.stringify(shown)).toContain('basic-auth.user-info');
  expect(JSON.stringify(shown)).toContain('http://******@localhost:1/x@y');
  expect(JSON.stringify(shown)).not.toContain('hidden');
});

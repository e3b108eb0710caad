/**
 * A bad record never stops a job silently and never disappears: the whole corpus of broken records, through SQL, under
 * each policy. Every bad record is counted, every good one is delivered, in order.
 */
import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine.ts';
import { type FakePlatform, fakePlatform } from '../../src/platform/fake-platform.ts';
import type { Session } from '../../src/session.ts';
import { typeToString } from '../../src/types/data-type.ts';
import type { Schema } from '../../src/types/schema.ts';
import { type Value, type Vector, getValue } from '../../src/types/vector.ts';
import { recordConnector } from '../support/record-connector.ts';
import {
  BROKEN_CSV,
  BROKEN_JSON,
  type BrokenRecord,
  CSV_SCHEMA,
  GOOD_CSV,
  GOOD_JSON,
  JSON_SCHEMA,
} from '../unit/formats/broken-records.ts';

const NEW_LINE = Buffer.from('\n');

interface Corpus {
  readonly format: 'json' | 'csv';
  readonly schema: Schema;
  readonly records: readonly BrokenRecord[];
  readonly good: (id: number) => string;
}

const corpora: readonly Corpus[] = [
  { format: 'json', schema: JSON_SCHEMA, records: BROKEN_JSON, good: GOOD_JSON },
  { format: 'csv', schema: CSV_SCHEMA, records: BROKEN_CSV, good: GOOD_CSV },
];

/** A good record, then each broken one followed by a good one; ids count up from 1. */
function fileOf({ records, good }: Corpus): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from(good(1)), NEW_LINE];
  records.forEach((record, i) => parts.push(record.bytes, NEW_LINE, Buffer.from(good(i + 2)), NEW_LINE));
  return Buffer.concat(parts);
}

async function open(corpus: Corpus, options: string): Promise<{ platform: FakePlatform; session: Session }> {
  const platform = fakePlatform();
  const file = await platform.fileSystem.openWrite(`/in/data.${corpus.format}`);
  await file.write(fileOf(corpus));
  await file.close();
  const session = new Engine(platform).openSession();
  const columns = corpus.schema.map(({ name, type }) => `\`${name}\` ${typeToString(type)}`).join(', ');
  await run(
    session,
    `CREATE TABLE t (${columns}) WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = '${corpus.format}'${options})`,
  );
  return { platform, session };
}

/** The same records as messages, offsets from 100; the broken ones stand in their keys or in their values. */
async function openMessages(corpus: Corpus, part: 'key' | 'value', options: string): Promise<Session> {
  const { format, good, records, schema } = corpus;
  const bytes = [good(1), ...records.flatMap((record, i) => [record.bytes, good(i + 2)])];
  const messages = bytes.map((each) =>
    part === 'value' ? { key: null, value: each } : { key: each, value: '{"plain":true}' },
  );
  const { connector } = recordConnector('messages', 'key-value', messages, 7);
  const session = new Engine(fakePlatform(), [connector]).openSession();
  const columns = schema.map(({ name, type }) => `\`${name}\` ${typeToString(type)}`).join(', ');
  const fields = schema.map(({ name }) => name).join(';');
  const formats =
    part === 'value'
      ? `'format' = '${format}'`
      : `'value.format' = 'json', 'key.format' = '${format}', 'key.fields' = '${fields}', 'value.fields-include' = 'EXCEPT_KEY'`;
  const more = part === 'value' ? '' : ', plain BOOLEAN';
  await run(
    session,
    `CREATE TABLE t (${columns}${more}) WITH ('connector' = 'messages', 'topic' = 't', ${formats}${options})`,
  );
  return session;
}

async function run(
  session: Session,
  sql: string,
): Promise<{ rows: Value[][]; error: Error | null; counters: Readonly<Record<string, number>> }> {
  const rows: Value[][] = [];
  const result = await session.executeSql(sql, {
    target: ({ schema }) => ({
      write: (batch) => {
        for (let i = 0; i < batch.length; i++) {
          rows.push(schema.map(({ type }, c) => getValue(batch.vectors[c] as Vector, i, type)));
        }
      },
    }),
  });
  if (result.kind !== 'query' && result.kind !== 'insert') return { rows, error: null, counters: {} };
  const { error } = await result.job.done;
  return { rows, error, counters: result.job.counters };
}

const goodIds = (corpus: Corpus): bigint[] =>
  Array.from({ length: corpus.records.length + 1 }, (_, i) => BigInt(i + 1));

test('the corpus holds at least 150 broken records', () => {
  expect(BROKEN_JSON.length + BROKEN_CSV.length).toBeGreaterThanOrEqual(150);
});

describe.each(corpora)('$format', (corpus) => {
  test('skip: bad records are counted, good rows arrive in order', async () => {
    const { session } = await open(corpus, `, 'millrace.on-error' = 'skip'`);
    const { rows, error, counters } = await run(session, 'SELECT * FROM t');
    expect(error).toBeNull();
    expect(rows.map(([id]) => id)).toEqual(goodIds(corpus));
    expect(counters['bad_records']).toBe(corpus.records.length);
  });

  test('dead-letter: every bad record is kept with its bytes and its place', async () => {
    const { session } = await open(
      corpus,
      `, 'millrace.on-error' = 'dead-letter', 'millrace.dead-letter' = 'rejected'`,
    );
    await run(
      session,
      `CREATE TABLE rejected (payload BYTES, source_name STRING, split_id STRING, split_position BIGINT, reason STRING)
       WITH ('connector' = 'filesystem', 'path' = '/rejected', 'format' = 'json')`,
    );
    const { rows, error } = await run(session, 'SELECT * FROM t');
    expect(error).toBeNull();
    expect(rows.map(([id]) => id)).toEqual(goodIds(corpus));
    const rejected = await run(session, 'SELECT * FROM rejected');
    expect(rejected.rows).toHaveLength(corpus.records.length);
    let position = corpus.good(1).length + 1;
    corpus.records.forEach((record, i) => {
      const [payload, source, split, at, reason] = rejected.rows[i] as Value[];
      expect({
        name: record.name,
        payload: Buffer.from(payload as Uint8Array).toString('hex'),
        source,
        split,
        at,
        explained: reason !== '',
      }).toEqual({
        name: record.name,
        payload: Buffer.from(record.bytes).toString('hex'),
        source: 't',
        split: `/in/data.${corpus.format}`,
        at: BigInt(position),
        explained: true,
      });
      position += record.bytes.length + 1 + corpus.good(i + 2).length + 1;
    });
  });

  test('fail: the job stops at the first bad record and says where it is', async () => {
    const { session } = await open(corpus, '');
    const { rows, error } = await run(session, 'SELECT * FROM t');
    expect(error).toMatchObject({ code: 'bad_record' });
    expect(rows.map(([id]) => id)).toEqual([1n]);
  });

  describe.each(['value', 'key'] as const)('as the %s of messages', (part) => {
    test('skip: bad records are counted, good rows arrive in order', async () => {
      const session = await openMessages(corpus, part, `, 'millrace.on-error' = 'skip'`);
      const { rows, error, counters } = await run(session, 'SELECT * FROM t');
      expect(error).toBeNull();
      expect(rows.map(([id]) => id)).toEqual(goodIds(corpus));
      expect(counters['bad_records']).toBe(corpus.records.length);
    });

    test('dead-letter: every bad record is kept with its bytes and its offset', async () => {
      const session = await openMessages(
        corpus,
        part,
        `, 'millrace.on-error' = 'dead-letter', 'millrace.dead-letter' = 'rejected'`,
      );
      await run(
        session,
        `CREATE TABLE rejected (payload BYTES, split_id STRING, split_position BIGINT, reason STRING)
         WITH ('connector' = 'filesystem', 'path' = '/rejected', 'format' = 'json')`,
      );
      const { rows, error } = await run(session, 'SELECT * FROM t');
      expect(error).toBeNull();
      expect(rows.map(([id]) => id)).toEqual(goodIds(corpus));
      const rejected = await run(session, 'SELECT payload, split_id, split_position FROM rejected');
      expect(
        rejected.rows.map(([payload, ...place]) => [Buffer.from(payload as Uint8Array).toString('hex'), ...place]),
      ).toEqual(corpus.records.map(({ bytes }, i) => [Buffer.from(bytes).toString('hex'), 'p0', BigInt(101 + 2 * i)]));
    });

    test('fail: the job stops at the first bad record and says where it is', async () => {
      const session = await openMessages(corpus, part, '');
      const { rows, error } = await run(session, 'SELECT * FROM t');
      expect(error).toMatchObject({ code: 'bad_record' });
      expect(rows.map(([id]) => id)).toEqual([1n]);
    });
  });
});

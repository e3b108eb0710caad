import { describe, expect, test } from 'vitest';
import type { Spans } from '../../../../../src/connectors/kafka/produce/record-batch.ts';
import { type EncodedRecords, RecordEncoder } from '../../../../../src/connectors/kafka/sink/record-encoder.ts';
import { fakePlatform } from '../../../../../src/platform/fake-platform.ts';
import { DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE } from '../../../../../src/types/batch.ts';
import { STRING, timestampLtz } from '../../../../../src/types/data-type.ts';
import type { Value } from '../../../../../src/types/vector.ts';
import { ROW, type SinkSetup, batchOf, sinkRequest } from '../../../../support/kafka-sink.ts';

const NOW = 1_700_000_000_000;
const encoder = (setup: Partial<SinkSetup> = {}): RecordEncoder =>
  new RecordEncoder(sinkRequest({ bootstrap: 'x:1', topic: 't', platform: fakePlatform({ startMs: NOW }), ...setup }));

const text = (spans: Spans | null, i: number): string | null =>
  spans === null || (spans.start[i] as number) < 0
    ? null
    : Buffer.from(spans.u8.subarray(spans.start[i], spans.end[i])).toString();

/** The n of each record, or its key with a minus where it has no value. */
function changes({ rows }: EncodedRecords): (number | string)[] {
  return Array.from({ length: rows.count }, (_, i) => {
    const value = text(rows.values, i);
    const { k } = JSON.parse(text(rows.keys, i) ?? '{}') as { readonly k?: string };
    return value === null ? `-${k}` : (JSON.parse(value) as { readonly n: number }).n;
  });
}

describe('changes', () => {
  const keyed = encoder({ key: ['k'] });
  const encode = (rows: readonly (readonly [kind: number, n: number | null, k: string])[]): (number | string)[] =>
    changes(
      keyed.encode(
        batchOf(
          ROW,
          rows.map(([, n, k]) => [n, k, 'x']),
          rows.map(([kind]) => kind),
        ),
      ),
    );

  test('-U is left out where the +U of its key follows', () => {
    expect(
      encode([
        [INSERT, 1, 'a'],
        [UPDATE_BEFORE, 1, 'a'],
        [UPDATE_AFTER, 2, 'a'],
        [UPDATE_BEFORE, 7, 'b'],
        [UPDATE_AFTER, 8, 'b'],
      ]),
    ).toEqual([1, 2, 8]);
  });

  test('-U takes the row away where it stands alone, before another key, or at the end', () => {
    expect(
      encode([
        [UPDATE_BEFORE, 1, 'a'],
        [UPDATE_AFTER, 2, 'b'],
        [UPDATE_BEFORE, 2, 'b'],
        [UPDATE_BEFORE, 5, 'c'],
      ]),
    ).toEqual(['-a', 2, '-b', '-c']);
  });

  test('-D takes the row away, whatever its other columns hold', () => {
    expect(
      encode([
        [DELETE, null, 'a'],
        [INSERT, 3, 'b'],
        [DELETE, 3, 'b'],
        [UPDATE_AFTER, 4, 'c'],
      ]),
    ).toEqual(['-a', 3, '-b', 4]);
  });
});

test('all that it returns outlives the batch', () => {
  const one = encoder({ metadata: [{ name: 'at', key: 'timestamp', type: timestampLtz(3) }] });
  const schema = [...ROW, { name: 'at', type: timestampLtz(3) }];
  const batch = batchOf(schema, [
    [1, 'a', 'x', 5],
    [2, 'b', 'y', null],
  ] as Value[][]);
  const { rows } = one.encode(batch);
  for (const vector of batch.vectors) if (vector.kind === 'f64') vector.data.fill(-1);
  expect(Array.from(rows.timestamps?.subarray(0, 2) ?? [])).toEqual([5, NOW]);
  expect([text(rows.values, 0), text(rows.keys, 0)]).toEqual(['{"n":1,"k":"a","text":"x"}', null]);
});

describe('topics', () => {
  const metadata = [{ name: 't', key: 'topic', type: STRING }];
  const schema = [...ROW, { name: 't', type: STRING }];
  const row = (topic: string | null): Value[] => [1, 'k', 'x', topic];

  test('a row names one of the list', () => {
    const one = encoder({ topic: 'a; b', metadata });
    const { topicOf, topics } = one.encode(batchOf(schema, [row('b'), row('a'), row('b')]));
    expect(Array.from(topicOf?.subarray(0, 3) ?? [], (at) => topics[at])).toEqual(['b', 'a', 'b']);
    expect(() => one.encode(batchOf(schema, [row('c')]))).toThrow('topic "c" is not one of the table\'s');
    expect(() => one.encode(batchOf(schema, [row(null)]))).toThrow('the topic of a row is NULL');
  });

  test('of several topics a column must choose', () => {
    expect(() => encoder({ topic: 'a;b' })).toThrow('needs one topic, or a column that names it');
  });

  test('one topic and a column are refused, as in Flink', () => {
    expect(() => encoder({ topic: 'a', metadata })).toThrow(
      `metadata 'topic' cannot be written to a table of one topic`,
    );
  });
});

test('a time before 1970 is refused, as in Flink', () => {
  const one = encoder({ metadata: [{ name: 'at', key: 'timestamp', type: timestampLtz(3) }] });
  const schema = [...ROW, { name: 'at', type: timestampLtz(3) }];
  expect(() => one.encode(batchOf(schema, [[1, 'a', 'x', -5]] as Value[][]))).toThrow(
    'the timestamp of a record cannot be before 1970',
  );
});

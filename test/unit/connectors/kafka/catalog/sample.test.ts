import { describe, expect, test } from 'vitest';
import { RECORDS_PER_END, sampleRecords } from '../../../../../src/connectors/kafka/catalog/sample.ts';
import type { RecordChunk, RecordReader, Source } from '../../../../../src/connectors/connector.ts';
import { ManualClock } from '../../../../../src/platform/manual-clock.ts';

type Record = readonly [key: string | null, value: string | null];

interface FakeSource extends Source {
  readonly opened: string[];
  readonly closed: string[];
}

/** Splits that give `records` in chunks of at most 7, or nothing for ever. */
function sourceOf(splits: Readonly<globalThis.Record<string, readonly Record[] | 'silent'>>): FakeSource {
  const opened: string[] = [];
  const closed: string[] = [];
  return {
    opened,
    closed,
    boundedness: 'bounded',
    changelog: { updateBefore: false, updateAfter: false, delete: false },
    guarantee: 'exactly-once',
    discoveryIntervalMs: 0,
    reading: 'parallel',
    listSplits: () => Promise.resolve(Object.keys(splits).map((id) => ({ id }))),
    open({ split }): Promise<RecordReader> {
      opened.push(split.id);
      const records = splits[split.id] as readonly Record[] | 'silent';
      let next = 0;
      return Promise.resolve({
        kind: 'records',
        read(most): RecordChunk | 'idle' | 'end' {
          if (records === 'silent') return 'idle';
          const some = records.slice(next, next + Math.min(7, most));
          next += some.length;
          return some.length === 0 ? 'end' : chunkOf(some);
        },
        position: () => next,
        close: () => {
          closed.push(split.id);
          return Promise.resolve();
        },
      });
    },
    close: () => Promise.resolve(),
  };
}

function chunkOf(records: readonly Record[]): RecordChunk {
  const spans = (texts: readonly (string | null)[]): RecordChunk['values'] => {
    const bytes = Buffer.from(texts.join(''));
    const start = new Int32Array(texts.length);
    const end = new Int32Array(texts.length);
    let at = 0;
    texts.forEach((text, i) => {
      start[i] = text === null ? -1 : at;
      at += Buffer.byteLength(text ?? '');
      end[i] = at;
    });
    return { u8: bytes, count: texts.length, start, end };
  };
  return {
    count: records.length,
    keys: spans(records.map(([key]) => key)),
    values: spans(records.map(([, value]) => value)),
    metadata: [],
    offsetOf: (index) => index,
  };
}

const texts = (records: readonly Uint8Array[]): string[] => records.map((record) => Buffer.from(record).toString());
const many = (count: number, name: string): Record[] =>
  Array.from({ length: count }, (_, i) => [`k${i}`, `${name}${i}`]);

describe('a sample', () => {
  test('has the records of both ends, without those that are null or empty', async () => {
    const first = sourceOf({
      a: [
        ['k', 'v'],
        [null, 'w'],
        ['x', null],
        ['', ''],
      ],
    });
    const last = sourceOf({ a: [['z', 'y']] });
    const { keys, values } = await sampleRecords({ first, last, filled: new Set(['a']), clock: new ManualClock() });
    expect([texts(keys).toSorted(), texts(values).toSorted()]).toEqual([
      ['k', 'x', 'z'],
      ['v', 'w', 'y'],
    ]);
  });

  test('is small, however large the topic, and lets go of all that it opened', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `p${i}`);
    const first = sourceOf(Object.fromEntries(ids.map((id) => [id, many(1000, id)])));
    const { values } = await sampleRecords({
      first,
      last: sourceOf({}),
      filled: new Set(ids),
      clock: new ManualClock(),
    });
    expect(first.opened).toEqual(['p0', 'p5', 'p10', 'p15', 'p20', 'p25', 'p30', 'p35']);
    expect(first.closed.toSorted()).toEqual(first.opened.toSorted());
    expect(values).toHaveLength(8 * RECORDS_PER_END);
  });

  test('is looked for where there are records', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `p${i}`);
    const first = sourceOf(Object.fromEntries(ids.map((id) => [id, many(2, id)])));
    const filled = new Set(['p13', 'p39']);
    const { values } = await sampleRecords({ first, last: sourceOf({}), filled, clock: new ManualClock() });
    expect(texts(values)).toEqual(['p130', 'p131', 'p390', 'p391']);
    expect(first.opened).toEqual(['p13', 'p39']);
  });

  test('does without a partition that says nothing', async () => {
    const clock = new ManualClock();
    const first = sourceOf({ a: 'silent', b: many(3, 'v') });
    const sampled = sampleRecords({ first, last: sourceOf({}), filled: new Set(['a', 'b']), clock });
    await clock.advance(9_999);
    expect(first.closed).toEqual(['b']);
    await clock.advance(1);
    expect(texts((await sampled).values)).toEqual(['v0', 'v1', 'v2']);
    expect(first.closed).toEqual(['b', 'a']);
  });
});

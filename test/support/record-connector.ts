/** A connector of framed records that a test holds in its hands: what it reads is given, what is written can be seen. */
import type { Connector, RecordChunk, SinkRequest } from '../../src/connectors/connector.ts';
import { type Batch, DELETE, UPDATE_BEFORE } from '../../src/types/batch.ts';
import { BIGINT, INT, withNullable } from '../../src/types/data-type.ts';
import type { Vector } from '../../src/types/vector.ts';
import { spansOf } from '../unit/formats/records.ts';

export interface Message {
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
}

export interface RecordConnector {
  readonly connector: Connector;
  /** What was written, in order. */
  readonly written: { readonly key: string | null; readonly value: string | null }[];
  /** Whether the key was asked for, of every reader that was opened. */
  readonly readsKey: boolean[];
}

/** Offsets are 100, 101, … in one split; `chunk` messages come at a time. */
export function recordConnector(
  name: string,
  format: 'key-value' | 'keyed-by-primary-key',
  messages: readonly Message[],
  chunk = 3,
): RecordConnector {
  const written: RecordConnector['written'] = [];
  const readsKey: boolean[] = [];
  const keyed = format === 'keyed-by-primary-key';
  const connector: Connector = {
    name,
    doc: 'Messages of a test.',
    options: { topic: { type: 'string', required: true, doc: 'Its name.' } },
    format,
    metadata: [
      { key: 'offset', type: withNullable(BIGINT, false), writable: false },
      { key: 'partition', type: withNullable(INT, false), writable: false },
    ],
    source: () => ({
      boundedness: 'bounded',
      changelog: { updateBefore: false, updateAfter: keyed, delete: keyed },
      guarantee: 'exactly-once',
      listSplits: () => Promise.resolve([{ id: 'p0' }]),
      discoveryIntervalMs: 0,
      reading: 'parallel',
      open: ({ position, columns, ...request }) => {
        let at = Number(position ?? 100) - 100;
        readsKey.push(request.readsKey === true);
        return Promise.resolve({
          kind: 'records',
          read: (most): RecordChunk | 'end' => {
            const from = at;
            const some = messages.slice(from, from + Math.min(most, chunk));
            if (some.length === 0) return 'end';
            at += some.length;
            const vector = (key: string): Vector =>
              key === 'offset'
                ? bigints(some.map((_, i) => BigInt(100 + from + i)))
                : { kind: 'i32', valid: null, data: new Int32Array(some.length) };
            return {
              count: some.length,
              values: spansOf(some.map(({ value }) => value)),
              keys: request.readsKey === true ? spansOf(some.map(({ key }) => key)) : null,
              metadata: columns.filter(({ kind }) => kind === 'metadata').map(({ path }) => vector(path[0] as string)),
              offsetOf: (index) => 100 + from + index,
            };
          },
          position: () => 100 + at,
          close: () => Promise.resolve(),
        });
      },
      close: () => Promise.resolve(),
    }),
    sinkAccepts: keyed ? 'upsert' : 'append',
    sink: (request) => ({
      guarantee: 'at-least-once',
      write: (batch) => {
        written.push(...encode(request, batch));
      },
      flush: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }),
  };
  return { connector, written, readsKey };
}

function bigints(values: readonly bigint[]): Vector {
  const data = BigInt64Array.from(values);
  return { kind: 'i64', valid: null, data, halves: new Int32Array(data.buffer) };
}

function encode({ record }: SinkRequest, batch: Batch): RecordConnector['written'] {
  if (record === undefined) throw new Error('the sink got no encoders for keys and values');
  const texts = (part: typeof record.value | null): (string | null)[] | null => {
    if (part === null) return null;
    const vectors = part.columns.map((column) => batch.vectors[column] as Vector);
    const { u8, ends, absent } = part.encoder.encode({ ...batch, vectors });
    return Array.from({ length: batch.length }, (_, i) =>
      absent?.[i] === 1 ? null : Buffer.from(u8.subarray(i === 0 ? 0 : ends[i - 1], ends[i])).toString('latin1'),
    );
  };
  const keys = texts(record.key);
  const values = texts(record.value) as (string | null)[];
  return values.flatMap((value, i) => {
    const kind = batch.kinds?.[i] ?? 0;
    if (kind === UPDATE_BEFORE) return [];
    return [{ key: keys?.[i] ?? null, value: kind === DELETE ? null : value }];
  });
}

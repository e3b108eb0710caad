/** A record's metadata as columns, only those that were asked for. */
import {
  type DataType,
  BIGINT,
  BYTES,
  INT,
  STRING,
  array,
  map,
  notNull,
  row,
  timestampLtz,
} from '../../../types/data-type.ts';
import { EngineError } from '../../../errors.ts';
import {
  type BytesVector,
  type BytePool,
  type Vector,
  POOL_PADDING,
  newPool,
  poolOver,
} from '../../../types/vector.ts';
import { type RecordSpace, after, varintAt } from './record-walk.ts';

const HEADER = row([
  { name: 'key', type: STRING },
  { name: 'value', type: BYTES },
]);

export const KAFKA_METADATA: readonly { readonly key: string; readonly type: DataType; readonly writable: boolean }[] =
  [
    { key: 'topic', type: notNull(STRING), writable: true },
    { key: 'partition', type: notNull(INT), writable: false },
    { key: 'headers', type: notNull(map(STRING, BYTES)), writable: true },
    { key: 'header-list', type: notNull(array(HEADER)), writable: true },
    { key: 'leader-epoch', type: INT, writable: false },
    { key: 'offset', type: notNull(BIGINT), writable: false },
    { key: 'timestamp', type: notNull(timestampLtz(3)), writable: true },
    { key: 'timestamp-type', type: notNull(STRING), writable: false },
  ];

type Column = (space: RecordSpace, u8: Uint8Array) => Vector;

export class MetadataColumns {
  readonly times: boolean;
  readonly epochs: boolean;
  readonly headers: boolean;
  readonly #columns: readonly Column[];

  constructor(keys: readonly string[], topic: string, partition: number) {
    this.times = keys.includes('timestamp') || keys.includes('timestamp-type');
    this.epochs = keys.includes('leader-epoch');
    this.headers = keys.includes('headers') || keys.includes('header-list');
    this.#columns = keys.map((key) => column(key, topic, partition));
  }

  /** One row per record of the space; borrowed as the chunk is. */
  vectors(space: RecordSpace, u8: Uint8Array): readonly Vector[] {
    return this.#columns.map((vector) => vector(space, u8));
  }
}

function column(key: string, topic: string, partition: number): Column {
  switch (key) {
    case 'topic':
      return texts([topic], () => null);
    case 'partition':
      return constant(partition);
    case 'headers':
      return headers('map');
    case 'header-list':
      return headers('array');
    case 'leader-epoch':
      return ({ leaderEpoch, count }) => ({ kind: 'i32', valid: notNegative(leaderEpoch, count), data: leaderEpoch });
    case 'offset':
      return longs();
    case 'timestamp':
      return ({ timestamp }) => ({ kind: 'f64', valid: null, data: timestamp });
    case 'timestamp-type':
      return texts(['CreateTime', 'LogAppendTime'], ({ isAppendTime }) => isAppendTime);
    default:
      throw new EngineError('internal_error', `records have no metadata '${key}'`);
  }
}

function constant(value: number): Column {
  let data = new Int32Array(0);
  return ({ capacity }) => {
    if (data.length < capacity) data = new Int32Array(capacity).fill(value);
    return { kind: 'i32', valid: null, data };
  };
}

/** One of a few texts, by number; the first where there are no numbers. */
function texts(values: readonly string[], which: (space: RecordSpace) => Uint8Array | null): Column {
  const bytes = values.map((value) => Buffer.from(value, 'utf8'));
  const pool = newPool(bytes.reduce((sum, one) => sum + one.length, 0));
  const starts: number[] = [];
  let used = 0;
  for (const one of bytes) {
    pool.u8.set(one, used);
    starts.push(used);
    used += one.length;
  }
  let start = new Int32Array(0);
  let len = new Int32Array(0);
  return (space) => {
    if (start.length < space.capacity) {
      start = new Int32Array(space.capacity);
      len = new Int32Array(space.capacity).fill((bytes[0] as Buffer).length);
    }
    const numbers = which(space);
    if (numbers !== null) {
      for (let i = 0; i < space.count; i++) {
        const number = numbers[i] as number;
        start[i] = starts[number] as number;
        len[i] = (bytes[number] as Buffer).length;
      }
    }
    return { kind: 'bytes', valid: null, pool, start, len };
  };
}

function longs(): Column {
  let data = new BigInt64Array(0);
  let halves = new Int32Array(0);
  return ({ offset, count, capacity }) => {
    if (data.length < capacity) {
      data = new BigInt64Array(capacity);
      halves = new Int32Array(data.buffer);
    }
    for (let i = 0; i < count; i++) {
      const value = offset[i] as number;
      halves[2 * i] = value | 0;
      halves[2 * i + 1] = Math.floor(value / 4294967296);
    }
    return { kind: 'i64', valid: null, data, halves };
  };
}

/** A broker of before leader epochs says -1. */
function notNegative(data: Int32Array, count: number): Uint8Array | null {
  for (let i = 0; i < count; i++) {
    if ((data[i] as number) < 0) return Uint8Array.from(data.subarray(0, count), (epoch) => (epoch < 0 ? 0 : 1));
  }
  return null;
}

/** Spans of the headers of all records, in the records' own memory. */
class HeaderSpans {
  /** Of headers with the same name the last one counts. */
  readonly #unique: boolean;
  keyStart = new Int32Array(64);
  keyLen = new Int32Array(64);
  valueStart = new Int32Array(64);
  valueLen = new Int32Array(64);
  valueValid = new Uint8Array(64);
  used = 0;

  constructor(unique: boolean) {
    this.#unique = unique;
  }

  add(u8: Uint8Array, first: number, span: readonly [number, number, number, number]): void {
    const [key, keyLength, value, valueLength] = span;
    let at = this.#unique ? first : this.used;
    while (at < this.used && !this.#isKey(u8, at, key, keyLength)) at++;
    if (at === this.used) this.used++;
    if (this.used > this.keyStart.length) this.#grow();
    this.keyStart[at] = key;
    this.keyLen[at] = keyLength;
    this.valueStart[at] = value;
    this.valueLen[at] = Math.max(0, valueLength);
    this.valueValid[at] = valueLength < 0 ? 0 : 1;
  }

  #isKey(u8: Uint8Array, at: number, key: number, length: number): boolean {
    if (this.keyLen[at] !== length) return false;
    const other = this.keyStart[at] as number;
    for (let i = 0; i < length; i++) if (u8[key + i] !== u8[other + i]) return false;
    return true;
  }

  #grow(): void {
    const wider = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(from.length * 2);
      to.set(from);
      return to;
    };
    this.keyStart = wider(this.keyStart);
    this.keyLen = wider(this.keyLen);
    this.valueStart = wider(this.valueStart);
    this.valueLen = wider(this.valueLen);
    const valid = new Uint8Array(this.valueValid.length * 2);
    valid.set(this.valueValid);
    this.valueValid = valid;
  }
}

/** As a MAP, or with each one of the same name as an ARRAY. */
function headers(kind: 'map' | 'array'): Column {
  const spans = new HeaderSpans(kind === 'map');
  let start = new Int32Array(0);
  let len = new Int32Array(0);
  let pool: BytePool = newPool(0);
  return ({ headers, count, capacity }, u8) => {
    if (start.length < capacity) {
      start = new Int32Array(capacity);
      len = new Int32Array(capacity);
    }
    if (pool.u8 !== u8) pool = poolOver(u8);
    spans.used = 0;
    for (let i = 0; i < count; i++) {
      const first = spans.used;
      let left = varintAt(u8, headers[i] as number);
      let at = after();
      for (; left > 0 && at < u8.length - POOL_PADDING; left--) {
        const keyLength = varintAt(u8, at);
        const key = after();
        const valueLength = varintAt(u8, key + keyLength);
        const value = after();
        spans.add(u8, first, [key, keyLength, value, valueLength]);
        at = value + Math.max(0, valueLength);
      }
      start[i] = first;
      len[i] = spans.used - first;
    }
    const bytes = (from: Int32Array, length: Int32Array, valid: Uint8Array | null): BytesVector => ({
      kind: 'bytes',
      valid,
      pool,
      start: from,
      len: length,
    });
    const key = bytes(spans.keyStart, spans.keyLen, null);
    const value = bytes(spans.valueStart, spans.valueLen, spans.valueValid);
    return kind === 'map'
      ? { kind, valid: null, start, len, key, value }
      : { kind, valid: null, start, len, element: { kind: 'row', valid: null, fields: [key, value] } };
  };
}

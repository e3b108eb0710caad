/**
 * The walk over the records of a batch: from bytes to spans, no object per record.
 *
 * A record is `length attributes timestampDelta offsetDelta keyLength key valueLength value headerCount headers…`, all
 * numbers but the attributes zigzag varints. After a key comes at least one byte of this record, after a value too, so
 * that a decoder may write behind either once the record was walked.
 */
import { EngineError } from '../../../errors.ts';

/** Where the walk over a batch stands. */
export interface BatchCursor {
  u8: Uint8Array;
  pos: number;
  /** End of the batch's records. */
  end: number;
  /** Records to come. */
  remaining: number;
  baseOffset: number;
  leaderEpoch: number;
  baseTimestamp: number;
  /** The time of all records where the broker stamps them, else NaN. */
  appendTime: number;
}

/** Records found so far. Arrays that nobody asked for stay empty. */
export class RecordSpace {
  readonly capacity: number;
  count = 0;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  readonly keyStart: Int32Array;
  readonly keyEnd: Int32Array;
  readonly offset: Float64Array;
  readonly timestamp: Float64Array;
  /** 1 = the broker's clock. */
  readonly isAppendTime: Uint8Array;
  readonly leaderEpoch: Int32Array;
  /** Where the record's headers begin: their number. */
  readonly headers: Int32Array;

  constructor(
    capacity: number,
    asked: { readonly times: boolean; readonly epochs: boolean; readonly headers: boolean },
  ) {
    const ints = (isAsked: boolean): Int32Array => new Int32Array(isAsked ? capacity : 0);
    this.capacity = capacity;
    this.valueStart = ints(true);
    this.valueEnd = ints(true);
    this.keyStart = ints(true);
    this.keyEnd = ints(true);
    this.offset = new Float64Array(capacity);
    this.timestamp = new Float64Array(asked.times ? capacity : 0);
    this.isAppendTime = new Uint8Array(asked.times ? capacity : 0);
    this.leaderEpoch = ints(asked.epochs);
    this.headers = ints(asked.headers);
  }
}

/** The next byte that `varint` reads. A module variable, since a function has but one result. */
let at = 0;

function varint(u8: Uint8Array): number {
  let byte = u8[at++] as number;
  if (byte < 128) return (byte >>> 1) ^ -(byte & 1);
  let value = byte & 127;
  byte = u8[at++] as number;
  value |= (byte & 127) << 7;
  if (byte < 128) return (value >>> 1) ^ -(value & 1);
  for (let shift = 14; shift < 35; shift += 7) {
    byte = u8[at++] as number;
    value |= (byte & 127) << shift;
    if (byte < 128) return (value >>> 1) ^ -(value & 1);
  }
  throw tooLong();
}

function varlong(u8: Uint8Array): number {
  let byte = u8[at++] as number;
  let value = byte & 127;
  // The first four bytes have 28 bits; the others are added as numbers, exact up to 2^53.
  for (let shift = 7; byte > 127 && shift < 28; shift += 7) {
    byte = u8[at++] as number;
    value |= (byte & 127) << shift;
  }
  for (let factor = 2 ** 28; byte > 127; factor *= 128) {
    if (factor > 2 ** 63) throw tooLong();
    byte = u8[at++] as number;
    value += (byte & 127) * factor;
  }
  const half = Math.floor(value / 2);
  return value % 2 === 0 ? half : -half - 1;
}

function tooLong(): EngineError {
  return new EngineError('data_corrupted', 'a number of a record has too many bytes');
}

/** Reads a varint at `pos`; `after` gives where it ended. */
export function varintAt(u8: Uint8Array, pos: number): number {
  at = pos;
  return varint(u8);
}
export function after(): number {
  return at;
}

/**
 * Walks on until the space is full, the batch ends or a record stands at `stopOffset` or behind. Records before
 * `fromOffset` are passed over: a broker answers with whole batches. Gives the offset after the last record seen.
 */
export function walkRecords(batch: BatchCursor, into: RecordSpace, fromOffset: number, stopOffset: number): number {
  const { u8, end, baseOffset, leaderEpoch, baseTimestamp, appendTime } = batch;
  const { valueStart, valueEnd, keyStart, keyEnd, offset: offsets, timestamp, capacity } = into;
  const times = timestamp.length > 0;
  const epochs = into.leaderEpoch.length > 0;
  const headers = into.headers.length > 0;
  let { count } = into;
  let { pos, remaining } = batch;
  let reached = fromOffset;
  while (remaining > 0 && count < capacity) {
    at = pos;
    const length = varint(u8);
    const next = at + length;
    if (length < 6 || next > end) throw broken(batch, 'a record of it does not end in it');
    at++;
    let delta = 0;
    if (times) delta = varlong(u8);
    else while ((u8[at++] as number) > 127);
    const offset = baseOffset + varint(u8);
    if (offset >= stopOffset) {
      reached = stopOffset;
      break;
    }
    const keyLength = varint(u8);
    const key = at;
    if (keyLength > 0) at += keyLength;
    const valueLength = varint(u8);
    const value = at;
    if (valueLength > 0) at += valueLength;
    if (at >= next) throw broken(batch, 'a key or value of it does not end in its record');
    pos = next;
    remaining--;
    if (offset < fromOffset) continue;
    reached = offset + 1;
    if (keyLength < 0) keyStart[count] = keyEnd[count] = -1;
    else {
      keyStart[count] = key;
      keyEnd[count] = key + keyLength;
    }
    if (valueLength < 0) valueStart[count] = valueEnd[count] = -1;
    else {
      valueStart[count] = value;
      valueEnd[count] = value + valueLength;
    }
    offsets[count] = offset;
    if (times) {
      const isAppendTime = appendTime === appendTime;
      timestamp[count] = isAppendTime ? appendTime : baseTimestamp + delta;
      into.isAppendTime[count] = isAppendTime ? 1 : 0;
    }
    if (epochs) into.leaderEpoch[count] = leaderEpoch;
    if (headers) into.headers[count] = at;
    count++;
  }
  batch.pos = pos;
  batch.remaining = remaining;
  into.count = count;
  return reached;
}

function broken(batch: BatchCursor, reason: string): EngineError {
  return new EngineError('data_corrupted', `the record batch at offset ${batch.baseOffset} is broken: ${reason}`);
}

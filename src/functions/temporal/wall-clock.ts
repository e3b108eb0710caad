/** Times of any type as wall-clock milliseconds, which is what calendar functions work on. */
import type { DataType } from '../../types/data-type.ts';
import { MS_PER_DAY } from '../../types/datetime.ts';
import { timeZone } from '../../types/time-zone.ts';
import type { Timestamp, Value } from '../../types/vector.ts';
import type { FunctionContext } from '../function.ts';

/** A value of whichever time type it is. */
export type TimeValue = number & Timestamp;

export interface WallClock {
  readonly ms: (value: TimeValue) => number;
  readonly nanos: (value: TimeValue) => number;
  /** A value of the type at a wall-clock time. */
  readonly make: (ms: number, nanos: number) => Value;
  /** How far ahead of UTC the wall clock is then. */
  readonly offsetMs: (value: TimeValue) => number;
}

const none = (): number => 0;

/** How values of `type` (DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ) stand on the wall clock of the session. */
export function wallClock(type: DataType, context: Pick<FunctionContext, 'timeZone'>): WallClock {
  const zone = timeZone(context.timeZone);
  if (type.kind === 'DATE') {
    return {
      ms: (days: number) => days * MS_PER_DAY,
      nanos: none,
      make: (ms) => Math.floor(ms / MS_PER_DAY),
      offsetMs: none,
    };
  }
  if (type.kind === 'TIME') return { ms: (value: number) => value, nanos: none, make: (ms) => ms, offsetMs: none };
  const isLocal = type.kind === 'TIMESTAMP_LTZ';
  const toWall = isLocal ? (ms: number) => zone.toLocal(ms) : (ms: number) => ms;
  const fromWall = isLocal ? (ms: number) => zone.toInstant(ms) : (ms: number) => ms;
  const offset = isLocal ? (ms: number) => zone.offsetAt(ms) : none;
  if ((type as { precision: number }).precision <= 3) {
    return { ms: toWall, nanos: none, make: fromWall, offsetMs: offset };
  }
  return {
    ms: (value: Timestamp) => toWall(value.ms),
    nanos: (value: Timestamp) => value.nanos,
    make: (ms, nanos) => ({ ms: fromWall(ms), nanos }),
    offsetMs: (value: Timestamp) => offset(value.ms),
  };
}

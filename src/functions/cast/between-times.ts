/** CAST between DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ; those with and without a zone meet in the session's zone. */
import { type DataType, isTimestamp } from '../../types/data-type.ts';
import { MS_PER_DAY, cutMs, cutNanos, floorMod } from '../../types/datetime.ts';
import type { TimeZone } from '../../types/time-zone.ts';
import type { Timestamp } from '../../types/vector.ts';
import type { Evaluate } from '../function.ts';

/** The conversion; `undefined` when there is none. */
export function castTime(from: DataType, to: DataType, zone: TimeZone): Evaluate | undefined {
  if (isTimestamp(from)) return castTimestamp(from, to, zone);
  if (from.kind === 'TIME' && to.kind === 'TIME') return (value: number) => cutMs(value, to.precision);
  if (!isTimestamp(to)) return undefined;
  const unit = from.kind === 'DATE' ? MS_PER_DAY : 1;
  const place = to.kind === 'TIMESTAMP_LTZ' ? (ms: number) => zone.toInstant(ms) : (ms: number) => ms;
  const { precision } = to as { precision: number };
  return precision <= 3
    ? (value: number) => place(cutMs(value * unit, precision))
    : (value: number) => ({ ms: place(value * unit), nanos: 0 });
}

function castTimestamp(from: DataType, to: DataType, zone: TimeZone): Evaluate | undefined {
  const wide = (from as { precision: number }).precision > 3;
  const move = mover(from, to, zone);
  if (to.kind === 'DATE' || to.kind === 'TIME') {
    const read = wide ? (value: Timestamp) => move(value.ms) : move;
    if (to.kind === 'DATE') return (value: Timestamp & number) => Math.floor(read(value) / MS_PER_DAY);
    return (value: Timestamp & number) => cutMs(floorMod(read(value), MS_PER_DAY), to.precision);
  }
  if (!isTimestamp(to)) return undefined;
  const { precision } = to as { precision: number };
  if (precision > 3) {
    if (!wide) return (ms: number) => ({ ms: move(ms), nanos: 0 });
    return ({ ms, nanos }: Timestamp) => ({ ms: move(ms), nanos: cutNanos(nanos, precision) });
  }
  return wide ? ({ ms }: Timestamp) => cutMs(move(ms), precision) : (ms: number) => cutMs(move(ms), precision);
}

/** From the milliseconds of one kind to those of the other; DATE and TIME are of the wall clock. */
function mover(from: DataType, to: DataType, zone: TimeZone): (ms: number) => number {
  if (from.kind === 'TIMESTAMP_LTZ' && to.kind !== 'TIMESTAMP_LTZ') return (ms) => zone.toLocal(ms);
  return from.kind === 'TIMESTAMP' && to.kind === 'TIMESTAMP_LTZ' ? (ms) => zone.toInstant(ms) : (ms) => ms;
}

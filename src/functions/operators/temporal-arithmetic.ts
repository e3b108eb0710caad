/** Points in time moved by intervals, and intervals added, multiplied and divided. */
import type { ArithmeticOperator } from '../../types/coercion.ts';
import { type DataType, isInterval, isNumeric, isTimestamp } from '../../types/data-type.ts';
import { MS_PER_DAY, addMonths, addMonthsToMs, civilFromDays, floorMod } from '../../types/datetime.ts';
import type { Timestamp, Value } from '../../types/vector.ts';
import { defineFunction, divisionByZero } from '../define.ts';
import type { CallSite, Evaluate, ScalarFunction } from '../function.ts';

/** `evaluate` of an arithmetic operator where an operand is a time or an interval. */
export function temporalArithmetic(operator: ArithmeticOperator, site: CallSite): Evaluate {
  const [left, right] = site.argTypes as [DataType, DataType];
  const sign = operator === '-' ? -1 : 1;
  if (isInterval(left) && isInterval(right)) return (a: number, b: number) => a + sign * b;
  if (isNumeric(left) || isNumeric(right)) return scaleInterval(operator, site.type);
  if (isInterval(left)) {
    const move = moveBy(right, left, sign);
    return (amount: number, point: Value) => move(point, amount);
  }
  return moveBy(left, right, sign);
}

function scaleInterval(operator: ArithmeticOperator, type: DataType): (a: number, b: number) => number {
  const whole = type.kind === 'INTERVAL_YEAR_MONTH' ? (value: number) => value | 0 : Math.trunc;
  if (operator === '*') return (a, b) => whole(a * b);
  return (a, b) => (b === 0 ? divisionByZero() : whole(a / b));
}

/** Adds `sign` times an interval to a point in time of type `point`. */
function moveBy(point: DataType, interval: DataType, sign: number): Evaluate {
  const months = interval.kind === 'INTERVAL_YEAR_MONTH';
  if (point.kind === 'DATE') {
    return months
      ? (days: number, amount) => addMonths(days, sign * amount)
      : (days: number, amount) => days + Math.trunc((sign * amount) / MS_PER_DAY);
  }
  if (point.kind === 'TIME') return (ms: number, amount) => floorMod(ms + sign * amount, MS_PER_DAY);
  const move = months
    ? (ms: number, amount: number) => addMonthsToMs(ms, sign * amount)
    : (ms: number, amount: number) => ms + sign * amount;
  if ((point as { precision: number }).precision <= 3) return move;
  return ({ ms, nanos }: Timestamp, amount) => ({ ms: move(ms, amount), nanos });
}

const msOf = (type: DataType): ((value: number | Timestamp) => number) => {
  if (type.kind === 'DATE') return (value) => (value as number) * MS_PER_DAY;
  return (value) => (typeof value === 'number' ? value : value.ms);
};

/** Whole months from `b` to `a`: a month counts once its day and time of day are reached. */
export function monthsBetween(a: number, b: number): number {
  const [first, second] = a >= b ? [b, a] : [a, b];
  const from = civilFromDays(Math.floor(first / MS_PER_DAY));
  const to = civilFromDays(Math.floor(second / MS_PER_DAY));
  let months = (to.year - from.year) * 12 + to.month - from.month;
  if (addMonthsToMs(first, months) > second) months--;
  return a >= b ? months : 0 - months;
}

const isPoint = (type: DataType): boolean => type.kind === 'DATE' || isTimestamp(type);

/** What `(a - b) DAY TO SECOND` is bound to. */
export const timeDifference: ScalarFunction = defineFunction({
  name: 'TIME DIFFERENCE',
  category: 'temporal',
  signature: '(timepoint1 - timepoint2) unit [ TO unit ]',
  doc: 'The time between two points as an interval: of months under YEAR and MONTH, else of milliseconds.',
  examples: [
    {
      sql: "(TIMESTAMP '2021-01-02 00:00:00' - TIMESTAMP '2021-01-01 12:00:00') DAY TO SECOND",
      result: '+0 12:00:00.000',
    },
  ],
  resolve([a, b, unit, ...rest]) {
    if (a === undefined || b === undefined || typeof unit?.literal !== 'string' || rest.length > 0) return undefined;
    if (!isPoint(a.type) || !isPoint(b.type)) return undefined;
    const months = /^(?:YEAR|QUARTER|MONTH)/.test(unit.literal);
    return {
      argTypes: [a.type, b.type, unit.type],
      type: {
        kind: months ? 'INTERVAL_YEAR_MONTH' : 'INTERVAL_DAY_TIME',
        nullable: a.type.nullable || b.type.nullable,
      },
    };
  },
  evaluate({ argTypes, type }) {
    const left = msOf(argTypes[0] as DataType);
    const right = msOf(argTypes[1] as DataType);
    return type.kind === 'INTERVAL_YEAR_MONTH'
      ? (a: number, b: number) => monthsBetween(left(a), right(b))
      : (a: number, b: number) => left(a) - right(b);
  },
});

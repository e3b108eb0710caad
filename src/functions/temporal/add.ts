/** TIMESTAMPADD and TIMESTAMPDIFF. */
import { BIGINT, type DataType, INT, isInteger, isTimestamp, withNullable } from '../../types/data-type.ts';
import {
  MS_PER_DAY,
  MS_PER_HOUR,
  MS_PER_MINUTE,
  MS_PER_SECOND,
  addMonthsToMs,
  floorMod,
} from '../../types/datetime.ts';
import { defineFunction } from '../define.ts';
import type { BoundArgument, CallSite, Evaluate, ResolvedCall, ScalarFunction } from '../function.ts';
import { monthsBetween } from '../operators/temporal-arithmetic.ts';
import { type TimeValue, wallClock } from './wall-clock.ts';

type Resolved = Omit<ResolvedCall, 'name'> | undefined;

const MONTHS: Readonly<Record<string, number>> = { YEAR: 12, QUARTER: 3, MONTH: 1 };
const MILLISECONDS: Readonly<Record<string, number>> = {
  WEEK: 7 * MS_PER_DAY,
  DAY: MS_PER_DAY,
  HOUR: MS_PER_HOUR,
  MINUTE: MS_PER_MINUTE,
  SECOND: MS_PER_SECOND,
  MILLISECOND: 1,
};

const isUnit = (unit: unknown): unit is string =>
  typeof unit === 'string' && (Object.hasOwn(MONTHS, unit) || Object.hasOwn(MILLISECONDS, unit));

function resolveAdd([unit, amount, time, ...rest]: readonly BoundArgument[]): Resolved {
  if (!isUnit(unit?.literal) || amount === undefined || time === undefined || rest.length > 0) return undefined;
  const { type } = time;
  const keepsDate = Object.hasOwn(MONTHS, unit.literal) || (MILLISECONDS[unit.literal] as number) >= MS_PER_DAY;
  if (!isInteger(amount.type) || (type.kind !== 'DATE' && type.kind !== 'TIME' && !isTimestamp(type))) return undefined;
  if (type.kind === 'TIME' && keepsDate) return undefined;
  const point: DataType =
    type.kind === 'DATE' && !keepsDate ? { kind: 'TIMESTAMP', precision: 6, nullable: type.nullable } : type;
  return {
    argTypes: [unit.type, withNullable(BIGINT, amount.type.nullable), point],
    type: withNullable(point, amount.type.nullable || type.nullable),
  };
}

function evaluateAdd({ argTypes, literals, context }: CallSite): Evaluate {
  const unit = literals[0] as string;
  const type = argTypes[2] as DataType;
  const months = MONTHS[unit];
  const milliseconds = MILLISECONDS[unit] ?? 0;
  const clock = wallClock(type, context);
  if (months !== undefined) {
    return (_: string, amount: bigint, value: TimeValue) =>
      clock.make(addMonthsToMs(clock.ms(value), Number(amount) * months), clock.nanos(value));
  }
  if (type.kind === 'TIME') {
    return (_: string, amount: bigint, ms: number) => floorMod(ms + Number(amount) * milliseconds, MS_PER_DAY);
  }
  if (type.kind === 'TIMESTAMP_LTZ') {
    // Days and hours of an instant are so many milliseconds, whatever its wall clock does.
    return (_: string, amount: bigint, value: number | { ms: number; nanos: number }) => {
      const added = Number(amount) * milliseconds;
      return typeof value === 'number' ? value + added : { ms: value.ms + added, nanos: value.nanos };
    };
  }
  return (_: string, amount: bigint, value: TimeValue) =>
    clock.make(clock.ms(value) + Number(amount) * milliseconds, clock.nanos(value));
}

function resolveDifference([unit, from, to, ...rest]: readonly BoundArgument[]): Resolved {
  if (!isUnit(unit?.literal) || from === undefined || to === undefined || rest.length > 0) return undefined;
  const types = [from.type, to.type];
  const isTime = types.every((type) => type.kind === 'TIME') && !Object.hasOwn(MONTHS, unit.literal);
  if (!isTime && !types.every((type) => type.kind === 'DATE' || isTimestamp(type))) return undefined;
  const locals = types.filter((type) => type.kind === 'TIMESTAMP_LTZ').length;
  if (locals === 1) return undefined;
  return {
    argTypes: [unit.type, ...types],
    type: withNullable(
      INT,
      types.some((type) => type.nullable),
    ),
  };
}

/** Whole units from the first to the second time, cut toward zero. */
function evaluateDifference({ argTypes, literals, context }: CallSite): Evaluate {
  const unit = literals[0] as string;
  const [from, to] = [wallClock(argTypes[1] as DataType, context), wallClock(argTypes[2] as DataType, context)];
  const months = MONTHS[unit];
  if (months !== undefined) {
    return (_: string, a: TimeValue, b: TimeValue) => Math.trunc(monthsBetween(to.ms(b), from.ms(a)) / months) | 0;
  }
  const milliseconds = MILLISECONDS[unit] as number;
  const bothLocal = argTypes[1]?.kind === 'TIMESTAMP_LTZ' && argTypes[2]?.kind === 'TIMESTAMP_LTZ';
  const instant = (value: number | { ms: number }): number => (typeof value === 'number' ? value : value.ms);
  const first = bothLocal ? instant : from.ms;
  const second = bothLocal ? instant : to.ms;
  return (_: string, a: TimeValue, b: TimeValue) =>
    Number(BigInt.asIntN(32, BigInt(Math.trunc((second(b) - first(a)) / milliseconds))));
}

export const ADD_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'TIMESTAMPADD',
    category: 'temporal',
    signature: 'TIMESTAMPADD(unit, amount, time)',
    doc: 'The time so many units later; a DATE stays one for units of a day and more.',
    examples: [
      { sql: "TIMESTAMPADD(YEAR, 1, DATE '2020-02-29')", result: '2021-02-28' },
      { sql: "TIMESTAMPADD(HOUR, 1, DATE '2021-09-24')", result: '2021-09-24 01:00:00.000000' },
      { sql: "TIMESTAMPADD(MINUTE, -5, TIMESTAMP '2021-09-24 12:00:00')", result: '2021-09-24 11:55:00' },
    ],
    resolve: resolveAdd,
    evaluate: evaluateAdd,
  }),
  defineFunction({
    name: 'TIMESTAMPDIFF',
    category: 'temporal',
    signature: 'TIMESTAMPDIFF(unit, time1, time2)',
    doc: 'The whole units from the first to the second time, as INT.',
    examples: [
      { sql: "TIMESTAMPDIFF(MONTH, DATE '2021-01-31', DATE '2021-02-28')", result: '1' },
      { sql: "TIMESTAMPDIFF(MONTH, DATE '2021-01-31', DATE '2021-03-01')", result: '1' },
      { sql: "TIMESTAMPDIFF(YEAR, DATE '2020-02-29', DATE '2021-02-28')", result: '1' },
      { sql: "TIMESTAMPDIFF(DAY, TIMESTAMP '2021-01-01 12:00:00', TIMESTAMP '2021-01-02 11:59:59')", result: '0' },
    ],
    resolve: resolveDifference,
    evaluate: evaluateDifference,
  }),
];

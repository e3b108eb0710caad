/** FLOOR and CEIL: of a time to a unit, of a number to a whole one. Weeks start on Sunday. */
import { type DataType, isTimestamp } from '../../types/data-type.ts';
import { floorMod, MS_PER_DAY } from '../../types/datetime.ts';
import { defineFunction } from '../define.ts';
import type { BoundArgument, CallSite, Evaluate, ResolvedCall, ScalarFunction } from '../function.ts';
import { evaluateWhole, resolveWhole } from '../numeric/rounding.ts';
import { CLOCK_FIELDS, PERIODS, type Period } from './time-field.ts';
import { type TimeValue, wallClock } from './wall-clock.ts';

function resolveRound(args: readonly BoundArgument[]): Omit<ResolvedCall, 'name'> | undefined {
  const [time, unit] = args;
  if (args.length !== 2) return resolveWhole(args);
  if (time === undefined || typeof unit?.literal !== 'string' || !Object.hasOwn(PERIODS, unit.literal))
    return undefined;
  const { type } = time;
  if (type.kind === 'TIME' ? !Object.hasOwn(CLOCK_FIELDS, unit.literal) : type.kind !== 'DATE' && !isTimestamp(type)) {
    return undefined;
  }
  return { argTypes: [type, unit.type], type };
}

function evaluateRound(direction: 'floor' | 'ceil', { argTypes, literals, context }: CallSite): Evaluate {
  const type = argTypes[0] as DataType;
  if (argTypes.length === 1) return evaluateWhole(direction, type);
  const period = PERIODS[literals[1] as string] as Period;
  const clock = wallClock(type, context);
  const wrap = type.kind === 'TIME' ? (ms: number) => floorMod(ms, MS_PER_DAY) : (ms: number) => ms;
  return (value: TimeValue) => {
    const ms = clock.ms(value);
    const start = period.start(ms);
    const isStart = start === ms && clock.nanos(value) === 0;
    return clock.make(direction === 'floor' || isStart ? start : wrap(period.next(start)), 0);
  };
}

const SAMPLE = "TIMESTAMP '2021-09-24 12:34:56.789'";

export const TRUNCATE_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'FLOOR',
    category: 'arithmetic',
    signature: 'FLOOR(number) or FLOOR(time TO unit)',
    doc: 'The greatest whole number that is not greater, or the start of the unit that holds the time.',
    examples: [
      { sql: 'FLOOR(-1.5)', result: '-2' },
      { sql: `FLOOR(${SAMPLE} TO WEEK)`, result: '2021-09-19 00:00:00.000' },
      { sql: `FLOOR(${SAMPLE} TO MINUTE)`, result: '2021-09-24 12:34:00.000' },
    ],
    resolve: resolveRound,
    evaluate: (site) => evaluateRound('floor', site),
  }),
  defineFunction({
    name: 'CEIL',
    aliases: ['CEILING'],
    category: 'arithmetic',
    signature: 'CEIL(number) or CEIL(time TO unit)',
    doc: 'The least whole number that is not less, or the end of the unit that holds the time.',
    examples: [
      { sql: 'CEIL(1.2)', result: '2' },
      { sql: `CEIL(${SAMPLE} TO WEEK)`, result: '2021-09-26 00:00:00.000' },
      { sql: `CEIL(${SAMPLE} TO DAY)`, result: '2021-09-25 00:00:00.000' },
    ],
    resolve: resolveRound,
    evaluate: (site) => evaluateRound('ceil', site),
  }),
];

/** EXTRACT and the functions named for a field. TIMESTAMP_LTZ is read on the session's wall clock. */
import { BIGINT, type DataType, isInterval, isTimestamp, withNullable } from '../../types/data-type.ts';
import { MS_PER_DAY, MS_PER_SECOND } from '../../types/datetime.ts';
import { defineFunction } from '../define.ts';
import type { BoundArgument, CallSite, Evaluate, ResolvedCall, ScalarFunction } from '../function.ts';
import { CLOCK_FIELDS, dayTimeField, pointField, yearMonthField } from './time-field.ts';
import { type TimeValue, wallClock } from './wall-clock.ts';

const isPoint = (type: DataType): boolean => type.kind === 'DATE' || type.kind === 'TIME' || isTimestamp(type);

/** Whether the type has the field. */
function hasField(unit: string, type: DataType): boolean {
  if (type.kind === 'INTERVAL_YEAR_MONTH') return yearMonthField(unit) !== undefined;
  if (type.kind === 'INTERVAL_DAY_TIME') return dayTimeField(unit) !== undefined;
  if (type.kind === 'TIME') return Object.hasOwn(CLOCK_FIELDS, unit);
  return isPoint(type) && (unit === 'EPOCH' || pointField(unit) !== undefined);
}

function numberField(unit: string, type: DataType, context: CallSite['context']): Evaluate {
  if (isInterval(type)) {
    return (type.kind === 'INTERVAL_YEAR_MONTH' ? yearMonthField(unit) : dayTimeField(unit)) as Evaluate;
  }
  if (unit === 'EPOCH') {
    if (type.kind === 'DATE') return (days: number) => (days * MS_PER_DAY) / MS_PER_SECOND;
    // The instant, whatever the zone: the wall clock of TIMESTAMP counts as UTC.
    return (value: number | { ms: number }) =>
      Math.floor((typeof value === 'number' ? value : value.ms) / MS_PER_SECOND);
  }
  const clock = wallClock(type, context);
  const field = pointField(unit) as (ms: number, nanos: number) => number;
  return (value: TimeValue) => field(clock.ms(value), clock.nanos(value));
}

function resolveField(unit: string, argument: BoundArgument): DataType | undefined {
  if (argument.type.kind === 'NULL') return { kind: 'DATE', nullable: true };
  return hasField(unit, argument.type) ? argument.type : undefined;
}

function fieldFunction(name: string, unit: string, doc: string, sql: string, result: string): ScalarFunction {
  return defineFunction({
    name,
    category: 'temporal',
    signature: `${name}(time)`,
    doc,
    examples: [{ sql, result }],
    resolve([argument, ...rest]): Omit<ResolvedCall, 'name'> | undefined {
      const type = argument === undefined || rest.length > 0 ? undefined : resolveField(unit, argument);
      return type && { argTypes: [type], type: withNullable(BIGINT, type.nullable) };
    },
    evaluate({ argTypes, context }) {
      const field = numberField(unit, argTypes[0] as DataType, context);
      return (value: TimeValue) => BigInt(field(value) as number);
    },
  });
}

const SAMPLE = "TIMESTAMP '2021-09-24 12:34:56.789'";

export const EXTRACT_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'EXTRACT',
    category: 'temporal',
    signature: 'EXTRACT(unit FROM time or interval)',
    doc: 'A field of a point in time or an interval as BIGINT: YEAR, ISOYEAR, QUARTER, MONTH, WEEK (ISO), DAY, DOW (1 = Sunday), ISODOW, DOY, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, NANOSECOND, EPOCH, DECADE, CENTURY, MILLENNIUM.',
    examples: [
      { sql: `EXTRACT(WEEK FROM ${SAMPLE})`, result: '38' },
      { sql: `EXTRACT(DOW FROM ${SAMPLE})`, result: '6' },
      { sql: `EXTRACT(ISODOW FROM ${SAMPLE})`, result: '5' },
      { sql: `EXTRACT(DOY FROM ${SAMPLE})`, result: '267' },
      { sql: `EXTRACT(EPOCH FROM ${SAMPLE})`, result: '1632486896' },
      { sql: `EXTRACT(MILLISECOND FROM ${SAMPLE})`, result: '789' },
      { sql: `EXTRACT(MICROSECOND FROM ${SAMPLE})`, result: '789000' },
      { sql: `EXTRACT(CENTURY FROM ${SAMPLE})`, result: '21' },
      { sql: `EXTRACT(DECADE FROM ${SAMPLE})`, result: '202' },
      { sql: `EXTRACT(MILLENNIUM FROM ${SAMPLE})`, result: '3' },
    ],
    resolve([unit, argument, ...rest]) {
      if (typeof unit?.literal !== 'string' || argument === undefined || rest.length > 0) return undefined;
      const type = resolveField(unit.literal, argument);
      return type && { argTypes: [unit.type, type], type: withNullable(BIGINT, type.nullable) };
    },
    evaluate({ argTypes, literals, context }) {
      const field = numberField(literals[0] as string, argTypes[1] as DataType, context);
      return (_: string, value: TimeValue) => BigInt(field(value) as number);
    },
  }),
  fieldFunction('YEAR', 'YEAR', 'The year.', "YEAR(DATE '1994-09-27')", '1994'),
  fieldFunction('QUARTER', 'QUARTER', 'The quarter of the year, 1 to 4.', "QUARTER(DATE '1994-09-27')", '3'),
  fieldFunction('MONTH', 'MONTH', 'The month, 1 to 12.', "MONTH(DATE '1994-09-27')", '9'),
  fieldFunction('WEEK', 'WEEK', 'The ISO week of the year.', "WEEK(DATE '2021-01-03')", '53'),
  fieldFunction('DAYOFYEAR', 'DOY', 'The day of the year, 1 to 366.', "DAYOFYEAR(DATE '1994-09-27')", '270'),
  fieldFunction('DAYOFMONTH', 'DAY', 'The day of the month.', "DAYOFMONTH(DATE '1994-09-27')", '27'),
  fieldFunction('DAYOFWEEK', 'DOW', 'The day of the week, 1 = Sunday.', "DAYOFWEEK(DATE '1994-09-27')", '3'),
  fieldFunction('HOUR', 'HOUR', 'The hour, 0 to 23.', `HOUR(${SAMPLE})`, '12'),
  fieldFunction('MINUTE', 'MINUTE', 'The minute, 0 to 59.', `MINUTE(${SAMPLE})`, '34'),
  fieldFunction('SECOND', 'SECOND', 'The second, 0 to 59.', `SECOND(${SAMPLE})`, '56'),
];

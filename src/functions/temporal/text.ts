/** Times out of text and into it: TO_TIMESTAMP, TO_DATE, DATE_FORMAT and the functions of Unix time. */
import {
  BIGINT,
  DATE,
  type DataType,
  STRING,
  timestamp as timestampType,
  withNullable,
} from '../../types/data-type.ts';
import { MS_PER_DAY, MS_PER_SECOND, daysFromCivil, daysInMonth, parseDate } from '../../types/datetime.ts';
import { findTimeZone, timeZone } from '../../types/time-zone.ts';
import { defineFunction } from '../define.ts';
import type { ScalarFunction } from '../function.ts';
import { always, bigint, firstOf, instant, takes, text } from '../overload.ts';
import { type PatternParser, patternFormatter, patternParser } from './java-pattern.ts';
import { simpleDateParser } from './simple-date-parser.ts';
import { type TimeValue, wallClock } from './wall-clock.ts';

const DEFAULT_PATTERN = 'yyyy-MM-dd HH:mm:ss';

const LOOSE = /^(\d{1,4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?)?$/;

/** The default of TO_TIMESTAMP: also a date alone, one-digit parts and a fraction; a day beyond the month is its last. */
export function parseLooseTimestamp(value: string): number | undefined {
  const match = LOOSE.exec(value.trim());
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined;
  const days = daysFromCivil(year, month, Math.min(day, daysInMonth(year, month)));
  const fraction = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  return days * MS_PER_DAY + (hour * 3600 + minute * 60 + second) * MS_PER_SECOND + fraction;
}

/** A cache of one: patterns are nearly always constant. */
function latest<T>(make: (pattern: string) => T): (pattern: string) => T {
  let last: { readonly pattern: string; readonly made: T } | undefined;
  return (pattern) => {
    if (last?.pattern !== pattern) last = { pattern, made: make(pattern) };
    return last.made;
  };
}

/** Reads wall-clock milliseconds by a pattern, or by the default one. */
function reader(
  options: { readonly lenientWidth?: boolean } = {},
): (value: string, pattern?: string) => number | undefined {
  const parser: (pattern: string) => PatternParser = latest((pattern) => patternParser(pattern, options));
  return (value, pattern) => (pattern === undefined ? parseLooseTimestamp(value) : parser(pattern)(value)?.ms);
}

export const TIME_TEXT_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'TO_TIMESTAMP',
    category: 'temporal',
    signature: 'TO_TIMESTAMP(string [, pattern ])',
    doc: "The text as TIMESTAMP(3), by a Java pattern, 'yyyy-MM-dd HH:mm:ss' by default; NULL when it does not fit.",
    examples: [
      { sql: "TO_TIMESTAMP('2021-09-24 12:34:56')", result: '2021-09-24 12:34:56.000' },
      { sql: "TO_TIMESTAMP('2021-02-30')", result: '2021-02-28 00:00:00.000' },
      { sql: "TO_TIMESTAMP('24/09/2021 12.34', 'dd/MM/yyyy HH.mm')", result: '2021-09-24 12:34:00.000' },
      { sql: "TO_TIMESTAMP('x')", result: 'NULL' },
    ],
    resolve: takes([text, text], always(timestampType(3)), { optional: 1 }),
    evaluate() {
      const read = reader();
      return (value: string, pattern?: string) => read(value, pattern) ?? null;
    },
  }),
  defineFunction({
    name: 'TO_DATE',
    category: 'temporal',
    signature: 'TO_DATE(string [, pattern ])',
    doc: "The text as DATE, by a Java pattern, 'yyyy-MM-dd' by default; NULL when it does not fit.",
    examples: [
      { sql: "TO_DATE('2021-09-24')", result: '2021-09-24' },
      { sql: "TO_DATE('2021-02-30')", result: 'NULL' },
      { sql: "TO_DATE('24.9.2021', 'd.M.yyyy')", result: '2021-09-24' },
    ],
    resolve: takes([text, text], always(DATE), { optional: 1 }),
    evaluate() {
      const read = reader({ lenientWidth: true });
      return (value: string, pattern?: string) => {
        if (pattern === undefined) return parseDate(value) ?? null;
        const ms = read(value, pattern);
        return ms === undefined ? null : Math.floor(ms / MS_PER_DAY);
      };
    },
  }),
  defineFunction({
    name: 'DATE_FORMAT',
    category: 'temporal',
    signature: 'DATE_FORMAT(timestamp, pattern)',
    doc: 'The timestamp as text by a Java pattern; TIMESTAMP_LTZ is shown in the session time zone. A text is read as a timestamp first.',
    examples: [
      { sql: "DATE_FORMAT(TIMESTAMP '2021-09-24 12:34:56.789', 'yyyy/MM/dd HH:mm')", result: '2021/09/24 12:34' },
      { sql: "DATE_FORMAT(TIMESTAMP '2021-09-24 12:34:56.789', 'YYYY-ww')", result: '2021-39' },
      { sql: "DATE_FORMAT(TIMESTAMP '2021-09-24 12:34:56.789', 'EEE MMM d')", result: 'Fri Sep 24' },
      { sql: "DATE_FORMAT(TIMESTAMP '2021-09-24 12:34:56.789', 'u')", result: '2021' },
      { sql: "DATE_FORMAT('2021-09-24 12:34:56', 'HH')", result: '12' },
    ],
    resolve: firstOf(
      { parameters: [instant, text], type: always(STRING) },
      { parameters: [text, text], type: always(STRING) },
    ),
    evaluate({ argTypes, context }) {
      const formatter = latest((pattern) => patternFormatter(pattern));
      const type = argTypes[0] as DataType;
      if (type.kind !== 'TIMESTAMP' && type.kind !== 'TIMESTAMP_LTZ') {
        const simpleFormatter = latest((pattern) => patternFormatter(pattern, 'simple'));
        const parse = simpleDateParser(DEFAULT_PATTERN);
        return (value: string, pattern: string) => {
          const ms = parse(value);
          return ms === undefined ? null : simpleFormatter(pattern)(ms, 0, 0, 'UTC');
        };
      }
      const clock = wallClock(type, context);
      const zone = type.kind === 'TIMESTAMP_LTZ' ? context.timeZone : 'UTC';
      return (value: TimeValue, pattern: string) =>
        formatter(pattern)(clock.ms(value), clock.nanos(value), clock.offsetMs(value), zone);
    },
  }),
  defineFunction({
    name: 'FROM_UNIXTIME',
    category: 'temporal',
    signature: 'FROM_UNIXTIME(seconds [, pattern ])',
    doc: "The time so many seconds after 1970-01-01 00:00:00 UTC as text in the session time zone, by a pattern of Java's SimpleDateFormat.",
    examples: [
      { sql: 'FROM_UNIXTIME(-1)', result: '1969-12-31 23:59:59' },
      { sql: "FROM_UNIXTIME(44, 'HH:mm:ss')", result: '00:00:44' },
    ],
    resolve: takes([bigint, text], always(STRING), { optional: 1 }),
    evaluate({ context }) {
      const zone = timeZone(context.timeZone);
      const formatter = latest((pattern) => patternFormatter(pattern, 'simple'));
      return (seconds: bigint, pattern = DEFAULT_PATTERN) => {
        const ms = Number(seconds) * MS_PER_SECOND;
        return formatter(pattern)(zone.toLocal(ms), 0, zone.offsetAt(ms), context.timeZone);
      };
    },
  }),
  defineFunction({
    name: 'UNIX_TIMESTAMP',
    category: 'temporal',
    signature: 'UNIX_TIMESTAMP([ string [, pattern ]])',
    doc: 'Seconds since 1970-01-01 00:00:00 UTC: now, or of a text in the session time zone; the least BIGINT for a text that does not fit.',
    examples: [
      { sql: "UNIX_TIMESTAMP('1970-01-01 00:00:10')", result: '10' },
      { sql: "UNIX_TIMESTAMP('1970-01-01 00:00:10.999', 'yyyy-MM-dd HH:mm:ss.SSS')", result: '10' },
      { sql: "UNIX_TIMESTAMP('1970-01-32 00:00:00')", result: '2678400' },
      { sql: "UNIX_TIMESTAMP('x')", result: '-9223372036854775808' },
    ],
    volatility: 'per-record',
    resolve: firstOf(
      { parameters: [], type: () => withNullable(BIGINT, false) },
      { parameters: [text, text], optional: 1, type: BIGINT },
    ),
    evaluate({ argTypes, context }) {
      if (argTypes.length === 0) return () => BigInt(Math.floor(context.now() / MS_PER_SECOND));
      const zone = timeZone(context.timeZone);
      const parser = latest(simpleDateParser);
      return (value: string, pattern = DEFAULT_PATTERN) => {
        const ms = parser(pattern)(value);
        return ms === undefined ? -9223372036854775808n : BigInt(Math.floor(zone.toInstant(ms) / MS_PER_SECOND));
      };
    },
  }),
  defineFunction({
    name: 'CONVERT_TZ',
    category: 'temporal',
    signature: 'CONVERT_TZ(string, zone1, zone2)',
    doc: "A time 'yyyy-MM-dd HH:mm:ss' of one time zone as text in another; NULL when the text does not fit or a zone does not exist.",
    examples: [
      {
        sql: "CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')",
        result: '1969-12-31 16:00:00',
      },
      { sql: "CONVERT_TZ('bad', 'UTC', 'Europe/Berlin')", result: 'NULL' },
    ],
    resolve: takes([text, text, text], always(STRING)),
    evaluate() {
      const format = patternFormatter(DEFAULT_PATTERN);
      const parse = simpleDateParser(DEFAULT_PATTERN);
      return (value: string, from: string, to: string) => {
        const ms = parse(value);
        const [source, target] = [findTimeZone(from), findTimeZone(to)];
        if (ms === undefined || source === undefined || target === undefined) return null;
        return format(target.toLocal(source.toInstant(ms)), 0, 0, to);
      };
    },
  }),
];

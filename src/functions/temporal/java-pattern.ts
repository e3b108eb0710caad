/**
 * Date and time patterns of Java (`yyyy-MM-dd HH:mm:ss.SSS`), compiled to parts once, for formatting and for parsing.
 * `java.time` letters; those of SimpleDateFormat where it differs are asked for by `style`. Locale: US.
 */
import { EngineError } from '../../errors.ts';
import {
  MS_PER_DAY,
  MS_PER_HOUR,
  MS_PER_MINUTE,
  MS_PER_SECOND,
  civilFromDays,
  dayOfYear,
  daysFromCivil,
  daysInMonth,
  floorMod,
  isoDayOfWeek,
} from '../../types/datetime.ts';
import type { Timestamp } from '../../types/vector.ts';

export type PatternStyle = 'formatter' | 'simple';

export type PatternPart = { readonly letter: string; readonly count: number } | { readonly text: string };

export const MONTH_NAMES: readonly string[] =
  'January February March April May June July August September October November December'.split(' ');
const DAY_NAMES = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');

export function partsOf(pattern: string): readonly PatternPart[] {
  const parts: PatternPart[] = [];
  for (let i = 0; i < pattern.length;) {
    const char = pattern[i] as string;
    if (char === "'") {
      const end = /'((?:[^']|'')*)'/y;
      end.lastIndex = i;
      const quoted = end.exec(pattern);
      if (quoted === null) throw invalidPattern(pattern, 'it has an open quote');
      parts.push({ text: quoted[1] === '' ? "'" : (quoted[1] as string).replaceAll("''", "'") });
      i += quoted[0].length;
    } else if (/[A-Za-z]/.test(char)) {
      let count = 1;
      while (pattern[i + count] === char) count++;
      parts.push({ letter: char, count });
      i += count;
    } else {
      parts.push({ text: char });
      i++;
    }
  }
  return parts;
}

export function invalidPattern(pattern: string, why: string): EngineError {
  return new EngineError('invalid_datetime', `date pattern '${pattern}' is not valid: ${why}`);
}

interface Moment {
  readonly days: number;
  readonly msOfDay: number;
  readonly nanos: number;
  readonly offsetMs: number;
  readonly zone: string;
}

const padded = (value: number, count: number): string =>
  (value < 0 ? '-' : '') + String(Math.abs(value)).padStart(count, '0');

const year = (value: number, count: number): string =>
  count === 2 ? padded(floorMod(value, 100), 2) : padded(value, count);

/** Week of the week-based year as the US counts it: weeks start on Sunday, the first holds January 1. */
function weekOfUs(days: number): { readonly year: number; readonly week: number } {
  const { year: calendarYear } = civilFromDays(days);
  const weekStart = days - (isoDayOfWeek(days) % 7);
  const firstOf = (y: number): number => {
    const first = daysFromCivil(y, 1, 1);
    return first - (isoDayOfWeek(first) % 7);
  };
  const weekYear = weekStart >= firstOf(calendarYear + 1) ? calendarYear + 1 : calendarYear;
  return { year: weekYear, week: (weekStart - firstOf(weekYear)) / 7 + 1 };
}

function offsetText(offsetMs: number, colon: boolean): string {
  const size = Math.abs(offsetMs);
  const hours = padded(Math.floor(size / MS_PER_HOUR), 2);
  return `${offsetMs < 0 ? '-' : '+'}${hours}${colon ? ':' : ''}${padded(Math.floor(size / MS_PER_MINUTE) % 60, 2)}`;
}

const named = (names: readonly string[], index: number, count: number): string => {
  const name = names[index] as string;
  return count === 4 ? name : count === 5 ? name.slice(0, 1) : name.slice(0, 3);
};

type Writer = (moment: Moment, count: number) => string;

const hourOf = ({ msOfDay }: Moment): number => Math.floor(msOfDay / MS_PER_HOUR);

const WRITERS: Readonly<Record<string, Writer>> = {
  G: ({ days }, count) => {
    const isAd = civilFromDays(days).year > 0;
    return count === 4 ? (isAd ? 'Anno Domini' : 'Before Christ') : isAd ? 'AD' : 'BC';
  },
  y: ({ days }, count) => year(civilFromDays(days).year, count),
  u: ({ days }, count) => year(civilFromDays(days).year, count),
  Y: ({ days }, count) => year(weekOfUs(days).year, count),
  w: ({ days }, count) => padded(weekOfUs(days).week, count),
  M: ({ days }, count) => monthText(days, count),
  L: ({ days }, count) => monthText(days, count),
  Q: ({ days }, count) => padded(Math.floor((civilFromDays(days).month - 1) / 3) + 1, count),
  d: ({ days }, count) => padded(civilFromDays(days).day, count),
  D: ({ days }, count) => padded(dayOfYear(days), count),
  E: ({ days }, count) => named(DAY_NAMES, isoDayOfWeek(days) - 1, count),
  e: ({ days }, count) => padded((isoDayOfWeek(days) % 7) + 1, count),
  a: (moment) => (hourOf(moment) < 12 ? 'AM' : 'PM'),
  H: (moment, count) => padded(hourOf(moment), count),
  k: (moment, count) => padded(hourOf(moment) || 24, count),
  K: (moment, count) => padded(hourOf(moment) % 12, count),
  h: (moment, count) => padded(hourOf(moment) % 12 || 12, count),
  m: ({ msOfDay }, count) => padded(Math.floor(msOfDay / MS_PER_MINUTE) % 60, count),
  s: ({ msOfDay }, count) => padded(Math.floor(msOfDay / MS_PER_SECOND) % 60, count),
  S: ({ msOfDay, nanos }, count) => {
    const digits = padded(msOfDay % MS_PER_SECOND, 3) + padded(nanos, 6);
    return digits.slice(0, count).padEnd(count, '0');
  },
  n: ({ msOfDay, nanos }, count) => padded((msOfDay % MS_PER_SECOND) * 1_000_000 + nanos, count),
  z: ({ zone }) => zone,
  V: ({ zone }) => zone,
  Z: ({ offsetMs }) => offsetText(offsetMs, false),
  X: ({ offsetMs }, count) => (offsetMs === 0 ? 'Z' : offsetText(offsetMs, count >= 3)),
  x: ({ offsetMs }, count) => offsetText(offsetMs, count >= 3),
};

const monthText = (days: number, count: number): string => {
  const { month } = civilFromDays(days);
  return count >= 3 ? named(MONTH_NAMES, month - 1, count) : padded(month, count);
};

const SIMPLE_WRITERS: Readonly<Record<string, Writer>> = {
  ...WRITERS,
  u: ({ days }, count) => padded(isoDayOfWeek(days), count),
  S: ({ msOfDay }, count) => padded(msOfDay % MS_PER_SECOND, count),
};

/** Formats a wall-clock time; `offsetMs` and `zone` are what zone letters show. */
export type PatternFormatter = (ms: number, nanos: number, offsetMs: number, zone: string) => string;

/** Fails for a letter that is none. */
export function patternFormatter(pattern: string, style: PatternStyle = 'formatter'): PatternFormatter {
  const writers = style === 'simple' ? SIMPLE_WRITERS : WRITERS;
  const parts = partsOf(pattern).map((part) => {
    if ('text' in part) return part.text;
    const write = writers[part.letter];
    if (write === undefined) throw invalidPattern(pattern, `letter ${part.letter} means nothing`);
    return (moment: Moment) => write(moment, part.count);
  });
  const format: PatternFormatter = (ms, nanos, offsetMs, zone) => {
    const days = Math.floor(ms / MS_PER_DAY);
    const moment: Moment = { days, msOfDay: ms - days * MS_PER_DAY, nanos, offsetMs, zone };
    let text = '';
    for (const part of parts) text += typeof part === 'string' ? part : part(moment);
    return text;
  };
  const grainMs = grainOf(pattern);
  return grainMs === 0 ? format : remembering(format, grainMs);
}

const GRAINS = [
  ['n', 0],
  ['S', 0],
  ['s', MS_PER_SECOND],
  ['m', MS_PER_MINUTE],
] as const;

/** How long the text of a pattern stays the same at least; 0 where every moment may have its own. */
function grainOf(pattern: string): number {
  const letters = new Set(partsOf(pattern).map((part) => ('letter' in part ? part.letter : '')));
  const finest = GRAINS.find(([letter]) => letters.has(letter));
  if (finest !== undefined) return finest[1];
  return ['a', 'H', 'k', 'K', 'h'].some((letter) => letters.has(letter)) ? MS_PER_HOUR : MS_PER_DAY;
}

/** Times of a stream come close together: the last text is often the next one. */
function remembering(format: PatternFormatter, grainMs: number): PatternFormatter {
  let last = '';
  let lastStart = Number.NaN;
  let lastOffsetMs = 0;
  let lastZone = '';
  return (ms, nanos, offsetMs, zone) => {
    const since = ms - lastStart;
    if (since >= 0 && since < grainMs && offsetMs === lastOffsetMs && zone === lastZone) return last;
    last = format(ms, nanos, offsetMs, zone);
    lastStart = Math.floor(ms / grainMs) * grainMs;
    lastOffsetMs = offsetMs;
    lastZone = zone;
    return last;
  };
}

/** What a letter reads: a regular expression, and into which field. */
const READERS: Readonly<Record<string, readonly [field: string, digits: (count: number, isFixed: boolean) => string]>> =
  {
    y: ['year', (count, isFixed) => (isFixed || count === 2 ? `\\d{${count}}` : '\\d{4,9}')],
    u: ['year', (count, isFixed) => (isFixed || count === 2 ? `\\d{${count}}` : '\\d{4,9}')],
    M: ['month', numberReader],
    L: ['month', numberReader],
    d: ['day', numberReader],
    D: ['dayOfYear', (count, isFixed) => (isFixed || count > 1 ? `\\d{${count}}` : '\\d{1,3}')],
    H: ['hour', numberReader],
    k: ['hour', numberReader],
    h: ['hour12', numberReader],
    K: ['hour12', numberReader],
    m: ['minute', numberReader],
    s: ['second', numberReader],
    S: ['fraction', (count) => `\\d{${count}}`],
    a: ['half', () => '[AaPp][Mm]'],
    E: ['dayName', () => '[A-Za-z]+'],
    X: ['offset', () => 'Z|[+-]\\d{2}(?::?\\d{2})?'],
    x: ['offset', () => '[+-]\\d{2}(?::?\\d{2})?'],
    Z: ['offset', () => '[+-]\\d{4}'],
  };

function numberReader(count: number, isFixed: boolean): string {
  return isFixed || count > 1 ? `\\d{${Math.max(count, 1)}}` : '\\d{1,2}';
}

/** Reads a wall-clock time (UTC, where the pattern has an offset); `undefined` when the text does not fit. */
export type PatternParser = (text: string) => Timestamp | undefined;

/** `lenientWidth`: a two-letter number may be written with one digit, as SimpleDateFormat reads. Days are clamped to the month. */
export function patternParser(pattern: string, options: { readonly lenientWidth?: boolean } = {}): PatternParser {
  const fields: string[] = [];
  const parts = partsOf(pattern);
  const source = parts
    .map((part, i) => {
      if ('text' in part) return part.text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
      const reader = READERS[part.letter];
      if (reader === undefined) throw invalidPattern(pattern, `letter ${part.letter} cannot be read`);
      const [field, digits] = reader;
      const isNameOfMonth = field === 'month' && part.count >= 3;
      fields.push(isNameOfMonth ? 'monthName' : field);
      const next = parts[i + 1];
      const touches = next !== undefined && 'letter' in next;
      const isLenient = options.lenientWidth === true && !touches && part.count === 2 && field !== 'fraction';
      return `(${isNameOfMonth ? '[A-Za-z]+' : isLenient ? '\\d{1,2}' : digits(part.count, touches)})`;
    })
    .join('');
  const regex = new RegExp(`^${source}$`);
  return (text) => {
    const match = regex.exec(text);
    return match === null ? undefined : momentOf(fields, match);
  };
}

function momentOf(fields: readonly string[], match: readonly string[]): Timestamp | undefined {
  const read = new Map(fields.map((field, i) => [field, match[i + 1] as string]));
  const number = (field: string, otherwise: number): number => Number(read.get(field) ?? otherwise);
  const days = daysOf(read, number);
  const hour = hourRead(read, number);
  const [minute, second] = [number('minute', 0), number('second', 0)];
  if (days === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = (read.get('fraction') ?? '').padEnd(9, '0');
  const clock = (hour * 3600 + minute * 60 + second) * MS_PER_SECOND + Number(fraction.slice(0, 3));
  return { ms: days * MS_PER_DAY + clock - offsetRead(read.get('offset')), nanos: Number(fraction.slice(3, 9)) };
}

function daysOf(
  read: ReadonlyMap<string, string>,
  number: (field: string, otherwise: number) => number,
): number | undefined {
  const given = number('year', 1970);
  const fullYear = read.get('year')?.length === 2 ? 2000 + given : given;
  if (read.has('dayOfYear')) return daysFromCivil(fullYear, 1, 1) + number('dayOfYear', 1) - 1;
  const name = read.get('monthName')?.toLowerCase();
  const month =
    name === undefined
      ? number('month', 1)
      : MONTH_NAMES.findIndex((full) => full.toLowerCase() === name || full.slice(0, 3).toLowerCase() === name) + 1;
  const day = number('day', 1);
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  return daysFromCivil(fullYear, month, Math.min(day, daysInMonth(fullYear, month)));
}

function hourRead(read: ReadonlyMap<string, string>, number: (field: string, otherwise: number) => number): number {
  if (!read.has('hour12')) return number('hour', 0) === 24 ? 0 : number('hour', 0);
  const isPm = read.get('half')?.toLowerCase() === 'pm';
  return (number('hour12', 0) % 12) + (isPm ? 12 : 0);
}

export function offsetRead(text: string | undefined): number {
  if (text === undefined || text === 'Z') return 0;
  const digits = text.slice(1).replace(':', '').padEnd(4, '0');
  const size = Number(digits.slice(0, 2)) * MS_PER_HOUR + Number(digits.slice(2)) * MS_PER_MINUTE;
  return text.startsWith('-') ? -size : size;
}

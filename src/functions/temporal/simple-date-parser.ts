/**
 * Reading a time as Java's lenient SimpleDateFormat does, which UNIX_TIMESTAMP, CONVERT_TZ and DATE_FORMAT of a text
 * stand on: numbers of any width, values beyond their range carried over (February 30 is March 2), blanks before a
 * number skipped, and what follows the pattern not looked at.
 */
import {
  MS_PER_DAY,
  MS_PER_HOUR,
  MS_PER_MINUTE,
  MS_PER_SECOND,
  daysFromCivil,
  floorMod,
} from '../../types/datetime.ts';
import { MONTH_NAMES, type PatternPart, invalidPattern, offsetRead, partsOf } from './java-pattern.ts';

const FIELDS = {
  y: 'year',
  Y: 'year',
  M: 'month',
  L: 'month',
  d: 'day',
  D: 'dayOfYear',
  H: 'hour',
  k: 'hour',
  h: 'hour12',
  K: 'hour12',
  m: 'minute',
  s: 'second',
  S: 'millisecond',
} as const;

type Field = (typeof FIELDS)[keyof typeof FIELDS] | 'half' | 'offsetMs';
type Fields = Partial<Record<Field, number>>;

interface Cursor {
  readonly text: string;
  at: number;
}

/** Takes what `pattern` (sticky) matches at the cursor. */
function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match === null) return undefined;
  cursor.at = pattern.lastIndex;
  return match[0];
}

type Reader = (cursor: Cursor, fields: Fields) => boolean;

function textReader(text: string): Reader {
  return (cursor) => {
    if (!cursor.text.startsWith(text, cursor.at)) return false;
    cursor.at += text.length;
    return true;
  };
}

/** `isFixed`: a number follows at once, so that the count of letters says where this one ends. */
function numberReader(field: Field, count: number, isFixed: boolean): Reader {
  const pattern = isFixed ? new RegExp(`[ \\t]*-?\\d{1,${count}}`, 'y') : /[ \t]*-?\d{1,15}/y;
  return (cursor, fields) => {
    const digits = take(cursor, pattern)?.trim();
    if (digits === undefined) return false;
    const value = Number(digits);
    fields[field] = field === 'year' && count <= 2 && /^\d\d$/.test(digits) ? 2000 + value : value;
    return true;
  };
}

const monthNameReader: Reader = (cursor, fields) => {
  const name = take(cursor, /[A-Za-z]+/y)?.toLowerCase();
  const month = MONTH_NAMES.findIndex((full) => full.toLowerCase() === name || full.slice(0, 3).toLowerCase() === name);
  fields.month = month + 1;
  return month >= 0;
};

const halfReader: Reader = (cursor, fields) => {
  const half = take(cursor, /[ \t]*[AaPp][Mm]/y)?.trim();
  fields.half = half?.toLowerCase() === 'pm' ? 12 : 0;
  return half !== undefined;
};

const dayNameReader: Reader = (cursor) => take(cursor, /[A-Za-z]+/y) !== undefined;

const offsetReader: Reader = (cursor, fields) => {
  const offset = take(cursor, /Z|[+-]\d{2}(?::?\d{2})?/y);
  fields.offsetMs = offsetRead(offset);
  return offset !== undefined;
};

function readerOf(part: PatternPart, next: PatternPart | undefined, pattern: string): Reader {
  if ('text' in part) return textReader(part.text);
  const { letter, count } = part;
  if (letter === 'a') return halfReader;
  if (letter === 'E') return dayNameReader;
  if (letter === 'Z' || letter === 'X') return offsetReader;
  const field = FIELDS[letter as keyof typeof FIELDS] as Field | undefined;
  if (field === undefined) throw invalidPattern(pattern, `letter ${letter} cannot be read`);
  if (field === 'month' && count >= 3) return monthNameReader;
  return numberReader(field, count, next !== undefined && 'letter' in next && next.letter in FIELDS);
}

function millisecondsOf(fields: Fields): number {
  const { year = 1970, month = 1, day = 1, dayOfYear, hour, hour12 = 0, half = 0 } = fields;
  const months = year * 12 + month - 1;
  const days =
    dayOfYear === undefined
      ? daysFromCivil(Math.floor(months / 12), floorMod(months, 12) + 1, 1) + day - 1
      : daysFromCivil(year, 1, 1) + dayOfYear - 1;
  const hours = hour ?? (hour12 === 12 ? 0 : hour12) + half;
  return (
    days * MS_PER_DAY +
    hours * MS_PER_HOUR +
    (fields.minute ?? 0) * MS_PER_MINUTE +
    (fields.second ?? 0) * MS_PER_SECOND +
    (fields.millisecond ?? 0) -
    (fields.offsetMs ?? 0)
  );
}

/** Reads wall-clock milliseconds (of UTC, where the pattern has an offset); `undefined` when the text does not fit. */
export function simpleDateParser(pattern: string): (text: string) => number | undefined {
  const parts = partsOf(pattern);
  const readers = parts.map((part, i) => readerOf(part, parts[i + 1], pattern));
  return (text) => {
    const cursor: Cursor = { text, at: 0 };
    const fields: Fields = {};
    return readers.every((read) => read(cursor, fields)) ? millisecondsOf(fields) : undefined;
  };
}

/** What generated decoders call, besides the scanners: handed in as one object. */
import { cutParsedTime, parseDate, parseTimeOfDay, parsedTime } from '../values/time-text.ts';
import { readLongInteger, readShortDecimal, readShortDouble } from '../values/number-text.ts';
import { coerce, keyText } from './convert.ts';
import { scanString, scanText, skipMembers, skipSpace, skipValue } from './scan.ts';
import { QUOTE } from './tokens.ts';
import { CACHE_SIZE, type DecodeState, ISO_SEPARATOR, type Slot } from './state.ts';
import { MS_PER_DAY } from '../../types/datetime.ts';

export const HELPERS = {
  scanString,
  scanText,
  skipSpace,
  skipValue,
  skipMembers,
  coerce,
  notAnObject,
  missing,
  noteNull,
  minute,
  parseDate,
  readLongInteger,
  readShortDouble,
  readShortDecimal,
  keyIndex,
};

function keyIndex(u8: Uint8Array, start: number, end: number, keys: ReadonlyMap<string, number>): number {
  return keys.get(keyText(u8, start, end)) ?? -1;
}

/** A value that is neither an object nor null stands where the path of slot `index` goes on; -1 when that is bad. */
function notAnObject(state: DecodeState, p: number, index: number, depth: number): number {
  const end = skipValue(state, p, depth);
  if (end < 0 || state.ignoreErrors) return end;
  const { path } = state.slots[index] as Slot;
  state.reason = `field "${path.slice(0, depth).join('.')}" is not an object`;
  return -1;
}

/** Notes which member of object `id` is missing, of the 30 that begin at `from`. */
function missing(state: DecodeState, id: number, from: number, seen: number): number {
  const names = state.memberNames[id] as readonly string[];
  let k = from;
  while ((seen >> (k - from)) & 1) k++;
  state.reason = `field "${names[k]}" is missing`;
  return -1;
}

/** Notes which column that is NOT NULL has no value in `row`; always true. */
function noteNull(state: DecodeState, row: number): boolean {
  const slot = state.slots.find(({ required, validAt }) => required && state.bytes[validAt + row] === 0) as Slot;
  state.reason = `field "${slot.path.join('.')}" is NULL, and the column is NOT NULL`;
  return true;
}

/**
 * The timestamp in quotes at `p` into slot `index`, and its minute and day into the slot's cache; returns the index
 * after it, or -1 when it is not spelt in the plain way.
 */
function minute(state: DecodeState, p: number, index: number, row: number): number {
  const { u8, view, minutes } = state;
  const { precision, zone, dataAt, extraAt } = state.slots[index] as Slot;
  const text = p + 1;
  const cache = CACHE_SIZE * index;
  const head = view.getFloat64(text, true);
  if (precision === 3 && head === minutes[cache] && view.getFloat64(text + 8, true) === minutes[cache + 1]) {
    const end = secondsAt(state, text + 16, zone, minutes[cache + 2] as number, dataAt + row);
    if (end > 0) return end;
  }
  if (u8[text + 10] !== state.separator) return -1;
  let end = text + 16;
  while (end < text + 31 && u8[end] !== QUOTE) end++;
  const last = zone ? end - 1 : end;
  if (u8[end] !== QUOTE || (zone && u8[last] !== 90)) return -1;
  const iso = state.separator === ISO_SEPARATOR;
  if (last - text < 16 || !parseTimeOfDay(u8, text + 11, last, iso)) return -1;
  const day = view.getInt16(text + 8, true);
  if (head !== minutes[cache + 3] || day !== minutes[cache + 4]) {
    const days = parseDate(u8, text, text + 10);
    if (days !== days) return -1;
    minutes[cache + 3] = head;
    minutes[cache + 4] = day;
    minutes[cache + 5] = days * MS_PER_DAY;
  }
  const dayMs = minutes[cache + 5] as number;
  minutes[cache] = head;
  minutes[cache + 1] = view.getFloat64(text + 8, true);
  minutes[cache + 2] = dayMs + Math.floor(parsedTime.ms / 60_000) * 60_000;
  if (precision !== 3) cutParsedTime(precision);
  state.doubles[dataAt + row] = dayMs + parsedTime.ms;
  if (precision > 3) state.words[extraAt + row] = parsedTime.nanos;
  return end + 1;
}

/** `:ss` with up to three fraction digits and the closing quote at `p`: index after it, or -1 for anything else. */
function secondsAt(state: DecodeState, p: number, zone: boolean, base: number, at: number): number {
  const { u8 } = state;
  const tens = (u8[p + 1] as number) - 48;
  const ones = (u8[p + 2] as number) - 48;
  if (u8[p] !== 58 || tens >>> 0 > 5 || ones >>> 0 > 9) return -1;
  let ms = 0;
  p += 3;
  if (u8[p] === 46) {
    const first = p + 1;
    let unit = 100;
    for (p = first; p < first + 3; p++) {
      const d = (u8[p] as number) - 48;
      if (d >>> 0 > 9) break;
      ms += d * unit;
      unit = unit === 100 ? 10 : 1;
    }
    if (p === first) return -1;
  }
  if (zone && u8[p++] !== 90) return -1;
  if (u8[p] !== QUOTE) return -1;
  state.doubles[at] = base + (tens * 10 + ones) * 1000 + ms;
  return p + 1;
}

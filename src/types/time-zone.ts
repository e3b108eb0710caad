/**
 * Offsets of IANA zones, out of Intl, at arithmetic speed.
 *
 * Time is cut into slots of about twelve days. Of a slot the offset at both ends is asked for once; where they differ
 * the change is found by bisection. A lookup is then an index, a comparison and no Intl call. (No zone changes its
 * offset and back within a slot.)
 */
import { EngineError } from '../errors.ts';
import { MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from './datetime.ts';

const SLOT_MS = 2 ** 30;

interface Slot {
  /** The first instant with `after`; Infinity where the slot has one offset. */
  readonly change: number;
  readonly before: number;
  readonly after: number;
}

export class TimeZone {
  readonly #offsetAsked: (instantMs: number) => number;
  readonly #slots = new Map<number, Slot>();
  #lastIndex = NaN;
  #last: Slot = { change: Infinity, before: 0, after: 0 };

  constructor(offsetAsked: (instantMs: number) => number) {
    this.#offsetAsked = offsetAsked;
  }

  /** Local minus UTC, milliseconds, at an instant (epoch ms). */
  offsetAt(instantMs: number): number {
    const index = Math.floor(instantMs / SLOT_MS);
    if (index !== this.#lastIndex) {
      this.#last = this.#slot(index);
      this.#lastIndex = index;
    }
    return instantMs < this.#last.change ? this.#last.before : this.#last.after;
  }

  /** The wall clock at an instant, as milliseconds like a TIMESTAMP. */
  toLocal(instantMs: number): number {
    return Number.isFinite(instantMs) ? instantMs + this.offsetAt(instantMs) : instantMs;
  }

  /**
   * The instant of a wall-clock time. A time that occurs twice means the earlier one; one that a change skips is
   * moved on by what was skipped.
   */
  toInstant(localMs: number): number {
    if (!Number.isFinite(localMs)) return localMs;
    const early = this.offsetAt(localMs - MS_PER_DAY);
    const late = this.offsetAt(localMs + MS_PER_DAY);
    if (early === late || this.offsetAt(localMs - early) === early) return localMs - early;
    return this.offsetAt(localMs - late) === late ? localMs - late : localMs - early;
  }

  /**
   * The instant at which a timer for a wall-clock time fires: the later one of two, and the first after a gap for a
   * time inside it.
   */
  toTimerInstant(localMs: number): number {
    if (!Number.isFinite(localMs)) return localMs;
    const early = this.offsetAt(localMs - MS_PER_DAY);
    const late = this.offsetAt(localMs + MS_PER_DAY);
    if (early === late || this.offsetAt(localMs - late) === late) return localMs - late;
    if (this.offsetAt(localMs - early) === early) return localMs - early;
    return this.#changeBetween(localMs - MS_PER_DAY, localMs + MS_PER_DAY);
  }

  #slot(index: number): Slot {
    const known = this.#slots.get(index);
    if (known !== undefined) return known;
    const start = index * SLOT_MS;
    const before = this.#offsetAsked(start);
    const after = this.#offsetAsked(start + SLOT_MS - 1);
    const change = before === after ? Infinity : this.#changeBetween(start, start + SLOT_MS - 1);
    const slot = { change, before, after };
    if (this.#slots.size > 4096) this.#slots.clear();
    this.#slots.set(index, slot);
    return slot;
  }

  /** The first instant in (low, high] whose offset is no longer that at `low`. */
  #changeBetween(low: number, high: number): number {
    const before = this.#offsetAsked(low);
    let from = low;
    let to = high;
    while (to - from > 1) {
      const middle = Math.floor((from + to) / 2);
      if (this.#offsetAsked(middle) === before) from = middle;
      else to = middle;
    }
    return to;
  }
}

export const UTC = new TimeZone(() => 0);

const FIXED = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?$/;
const LONG_OFFSET = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

// The newest last; a job uses a handful of zones, but CONVERT_TZ may take their names from data.
const zones = new Map<string, TimeZone | undefined>([
  ['UTC', UTC],
  ['Z', UTC],
]);

/** A zone by its IANA name or a fixed offset (`+02:00`, `GMT+8`); `undefined` when there is no such zone. */
export function findTimeZone(name: string): TimeZone | undefined {
  if (zones.has(name)) return zones.get(name);
  if (zones.size > 1024) zones.clear();
  const zone = makeZone(name);
  zones.set(name, zone);
  return zone;
}

/** A zone by name; fails when there is none. */
export function timeZone(name: string): TimeZone {
  const zone = findTimeZone(name);
  if (zone !== undefined) return zone;
  throw new EngineError('invalid_option', `time zone "${name}" does not exist`, {
    hint: 'A zone is an IANA name such as "Europe/Berlin" or an offset such as "+02:00".',
  });
}

function makeZone(name: string): TimeZone | undefined {
  const fixed = FIXED.exec(name);
  if (fixed !== null) {
    const offset = signed(fixed[1], Number(fixed[2]) * MS_PER_HOUR + Number(fixed[3] ?? 0) * MS_PER_MINUTE);
    return new TimeZone(() => offset);
  }
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    // Intl throws a RangeError for a name that it does not know.
    return undefined;
  }
  return new TimeZone((instantMs) => intlOffset(format, instantMs));
}

const signed = (sign: string | undefined, size: number): number => (sign === '-' ? -size : size);

/** Beyond ±8.64e15 ms Intl knows no time; the zone's offset at the end stands for all that is further. */
const INTL_LIMIT_MS = 8.64e15;

function intlOffset(format: Intl.DateTimeFormat, instantMs: number): number {
  const instant = Math.max(-INTL_LIMIT_MS, Math.min(INTL_LIMIT_MS, instantMs));
  const name = format.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const match = LONG_OFFSET.exec(name);
  if (match === null) throw new EngineError('internal_error', `offset "${name}" cannot be read`);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  return signed(sign, Number(hours) * MS_PER_HOUR + Number(minutes) * MS_PER_MINUTE + Number(seconds) * MS_PER_SECOND);
}

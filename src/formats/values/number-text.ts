/**
 * Numbers as text, read from bytes `[start, end)`: exact 64-bit integers in two 32-bit halves, exact decimals, doubles.
 * The text's form has been checked by the caller or is checked here; out of range is never wrapped.
 */
import type { BytePool } from '../../types/vector.ts';

const ZERO = 48;
const TWO_32 = 4294967296;
const TWO_MINUS_32 = 1 / TWO_32;
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** What became of a number: written, not a number of that form, or too large for its type. */
export type NumberOutcome = 'ok' | 'form' | 'range';

/**
 * `[+-]?digits` as a 64-bit integer into `halves[at]` (low) and `halves[at + 1]` (high). Leading zeros are allowed.
 * Fifteen digits are exact as a double; up to four more are multiplied in by halves.
 */
export function parseInt64(u8: Uint8Array, start: number, end: number, halves: Int32Array, at: number): NumberOutcome {
  let p = start;
  const sign = u8[p];
  if (sign === 45 || sign === 43) p++;
  if (p === end) return 'form';
  while (p < end - 1 && u8[p] === ZERO) p++;
  const digits = end - p;
  const split = digits > 15 ? p + 15 : end;
  let head = 0;
  for (; p < split; p++) {
    const d = (u8[p] as number) - ZERO;
    if (d >>> 0 > 9) return 'form';
    head = head * 10 + d;
  }
  let high = Math.floor(head * TWO_MINUS_32);
  let low = head - high * TWO_32;
  if (p < end) {
    let tail = 0;
    for (let q = p; q < end; q++) {
      const d = (u8[q] as number) - ZERO;
      if (d >>> 0 > 9) return 'form';
      if (q - p < 4) tail = tail * 10 + d;
    }
    if (digits > 19) return 'range';
    const scale = POWERS_OF_TEN[end - p] as number;
    low = low * scale + tail;
    const carry = Math.floor(low * TWO_MINUS_32);
    low -= carry * TWO_32;
    high = high * scale + carry;
  }
  if (sign === 45) {
    if (high > 2147483648 || (high === 2147483648 && low > 0)) return 'range';
    const lower = -low | 0;
    halves[at] = lower;
    halves[at + 1] = lower === 0 ? -high | 0 : ~high;
    return 'ok';
  }
  if (high >= 2147483648) return 'range';
  halves[at] = low | 0;
  halves[at + 1] = high | 0;
  return 'ok';
}

/** Whether the bytes of a word are all digits: 3 is the upper half of each, also when six is added. */
const areDigits = (word: number): boolean => ((word + 0x06060606) & word & -252645136) === 0x30303030;

/** The number that four digits make. */
function fourDigits(word: number): number {
  // Pairs first: ten times each digit and the one behind it.
  const pairs = Math.imul(word & 0x0f0f0f0f, 10) + ((word & 0x0f0f0f0f) >>> 8);
  return (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff);
}

/**
 * Goes on behind the first nine digits of a JSON integer, which are not zeros and make `head`: as `parseInt64`, but
 * returns the index after it, or -1 when it does not fit or goes on as another number. The first thirteen digits are
 * exact as a double, the other six are multiplied in by halves.
 */
export function readLongInteger(
  { u8, view }: Pick<BytePool, 'u8' | 'view'>,
  p: number,
  head: number,
  negative: boolean,
  halves: Int32Array,
  at: number,
): number {
  let word = view.getInt32(p, true);
  let tail = 0;
  let scale = 1;
  if (areDigits(word)) {
    head = head * 10000 + fourDigits(word);
    p += 4;
    word = view.getInt32(p, true);
    if (areDigits(word)) {
      tail = fourDigits(word);
      scale = 10000;
      p += 4;
    }
  }
  let d = (u8[p] as number) - ZERO;
  while (d >>> 0 <= 9) {
    if (scale >= 1e6) return -1;
    tail = tail * 10 + d;
    scale *= 10;
    p++;
    d = (u8[p] as number) - ZERO;
  }
  if (!endsNumber(u8[p] as number)) return -1;
  let high = Math.floor(head * TWO_MINUS_32);
  let low = (head - high * TWO_32) * scale + tail;
  const carry = Math.floor(low * TWO_MINUS_32);
  low -= carry * TWO_32;
  high = high * scale + carry;
  if (high >= 2147483648) return -1;
  const lower = negative ? -low | 0 : low | 0;
  halves[at] = lower;
  halves[at + 1] = !negative ? high : lower === 0 ? -high | 0 : ~high;
  return p;
}

const NUMBER_TEXT = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** The integer part of a JSON number, or undefined when it does not fit in 64 bits. */
export function integerPart(text: string): bigint | undefined {
  const match = NUMBER_TEXT.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.length - fraction.length + Number(exponent);
  if (digits === '' || kept <= 0) return 0n;
  if (kept > 19) return undefined;
  const magnitude = BigInt(digits.slice(0, kept).padEnd(kept, '0'));
  const value = sign === '-' ? -magnitude : magnitude;
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

const DOUBLE_TEXT = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/;

/** A number as Java's Double.parseDouble reads it (without hexadecimal), or undefined. */
export function parseDoubleText(text: string): number | undefined {
  if (!DOUBLE_TEXT.test(text)) return undefined;
  const value = Number(text.replace(/[fFdD]$/, ''));
  return text.endsWith('NaN') ? NaN : value;
}

/**
 * The fast way for a JSON number at `p` whose digits fit in fifteen places and whose exponent is small: writes it to
 * `out[at]` and returns the index after it, or -1 for anything else. A product or quotient of two exact doubles is
 * correctly rounded.
 */
export function readShortDouble(u8: Uint8Array, p: number, out: Float64Array, at: number): number {
  const negative = u8[p] === 45;
  if (negative) p++;
  let d = (u8[p] as number) - ZERO;
  if (d >>> 0 > 9) return -1;
  let mantissa = d;
  p++;
  const leadingZero = d === 0;
  d = (u8[p] as number) - ZERO;
  if (leadingZero && d >>> 0 <= 9) return -1;
  while (d >>> 0 <= 9) {
    if (mantissa >= 1e14) return -1;
    mantissa = mantissa * 10 + d;
    p++;
    d = (u8[p] as number) - ZERO;
  }
  if (d === -2) {
    p++;
    const s = p;
    d = (u8[p] as number) - ZERO;
    while (d >>> 0 <= 9) {
      if (mantissa >= 1e14) return -1;
      mantissa = mantissa * 10 + d;
      p++;
      d = (u8[p] as number) - ZERO;
    }
    if (p === s || p - s > 22) return -1;
    mantissa /= POWERS_OF_TEN[p - s] as number;
  }
  if (!endsNumber(u8[p] as number)) return -1;
  out[at] = negative ? -mantissa : mantissa;
  return p;
}

/**
 * The same for a decimal of `scale` whose unscaled value is below `limit` (at most 10^15): into two 32-bit halves.
 */
export function readShortDecimal(
  u8: Uint8Array,
  p: number,
  halves: Int32Array,
  at: number,
  scale: number,
  limit: number,
): number {
  const negative = u8[p] === 45;
  if (negative) p++;
  let d = (u8[p] as number) - ZERO;
  if (d >>> 0 > 9) return -1;
  let mantissa = d;
  p++;
  const leadingZero = d === 0;
  d = (u8[p] as number) - ZERO;
  if (leadingZero && d >>> 0 <= 9) return -1;
  while (d >>> 0 <= 9) {
    if (mantissa >= 1e14) return -1;
    mantissa = mantissa * 10 + d;
    p++;
    d = (u8[p] as number) - ZERO;
  }
  let missing = scale;
  if (d === -2) {
    p++;
    const s = p;
    d = (u8[p] as number) - ZERO;
    while (d >>> 0 <= 9) {
      if (mantissa >= 1e14) return -1;
      mantissa = mantissa * 10 + d;
      p++;
      d = (u8[p] as number) - ZERO;
    }
    if (p === s) return -1;
    missing -= p - s;
  }
  if (missing < 0 || missing > 15 || !endsNumber(u8[p] as number)) return -1;
  mantissa *= POWERS_OF_TEN[missing] as number;
  if (mantissa >= limit) return -1;
  if (negative) mantissa = -mantissa;
  halves[at] = mantissa | 0;
  halves[at + 1] = Math.floor(mantissa * TWO_MINUS_32) | 0;
  return p;
}

/** Whether a number may end before this byte: a comma, a closing bracket or white space. */
const endsNumber = (byte: number): boolean => byte === 44 || byte === 125 || byte === 93 || byte <= 32;

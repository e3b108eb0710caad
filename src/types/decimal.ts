/**
 * Exact DECIMAL on unscaled bigints: value = unscaled / 10^scale. Rounding is HALF_UP (away from zero on a tie).
 * A result that does not fit its precision is `null`, as Flink has it.
 */

const POWERS: readonly bigint[] = Array.from({ length: 80 }, (_, k) => 10n ** BigInt(k));

/** 10^exponent, exponent from 0 to 79. */
export const powerOfTen = (exponent: number): bigint => POWERS[exponent] as bigint;

/** `value` if it has at most `precision` digits, else `null`. */
export function fitDecimal(value: bigint, precision: number): bigint | null {
  const limit = powerOfTen(precision);
  return value < limit && value > -limit ? value : null;
}

/** The quotient rounded to the nearest, a tie away from zero. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const rest = dividend - quotient * divisor;
  if (rest === 0n) return quotient;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  if (twice < (divisor < 0n ? -divisor : divisor)) return quotient;
  return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}

/** The same number at another scale, rounded HALF_UP where digits fall away. */
export function rescaleDecimal(value: bigint, fromScale: number, toScale: number): bigint {
  if (toScale === fromScale) return value;
  return toScale > fromScale
    ? value * powerOfTen(toScale - fromScale)
    : divideHalfUp(value, powerOfTen(fromScale - toScale));
}

/** The same number at another scale, digits cut off toward zero. */
export function truncateDecimal(value: bigint, fromScale: number, toScale: number): bigint {
  return toScale >= fromScale ? rescaleDecimal(value, fromScale, toScale) : value / powerOfTen(fromScale - toScale);
}

/** Plain text with always `scale` fraction digits. */
export function formatDecimal(value: bigint, scale: number): string {
  if (scale === 0) return value.toString();
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/;

/**
 * The number in `text` (sign, fraction and exponent allowed, no blanks) as a DECIMAL(precision, scale), rounded.
 * `undefined`: not a number; `null`: too large.
 */
export function parseDecimal(text: string, precision: number, scale: number): bigint | null | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, integer = '', fraction = '', exponentText = '0'] = match;
  if (integer === '' && fraction === '') return undefined;
  const digits = (integer + fraction).replace(/^0+/, '');
  if (digits === '') return 0n;
  const shift = Number(exponentText) - fraction.length + scale;
  if (digits.length + shift > precision) return null;
  if (digits.length + shift < 0) return 0n;
  const magnitude = shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : roundText(digits, -shift);
  return fitDecimal(sign === '-' ? -magnitude : magnitude, precision);
}

/** The digits without the last `drop` ones, rounded HALF_UP. */
function roundText(digits: string, drop: number): bigint {
  const kept = BigInt(digits.slice(0, digits.length - drop) || '0');
  return digits.charCodeAt(digits.length - drop) >= 53 ? kept + 1n : kept;
}

/** A DECIMAL as a double: the nearest one. */
export function decimalToNumber(value: bigint, scale: number): number {
  if (scale === 0) return Number(value);
  if (value <= 9007199254740991n && value >= -9007199254740991n && scale <= 22) return Number(value) / 10 ** scale;
  return Number(formatDecimal(value, scale));
}

/** A double as a DECIMAL by its shortest text, rounded HALF_UP; `null` when it does not fit or is not finite. */
export function numberToDecimal(value: number, precision: number, scale: number): bigint | null {
  return parseDecimal(String(value), precision, scale) ?? null;
}

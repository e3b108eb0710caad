/**
 * CAST between numbers, BOOLEAN and intervals, as Java converts: integers wrap, floating point saturates at INT and
 * BIGINT (and wraps from INT to the smaller ones), DECIMAL is cut toward zero, a DECIMAL that does not fit is NULL.
 */
import { type DataType, isInteger } from '../../types/data-type.ts';
import { decimalToNumber, fitDecimal, numberToDecimal, rescaleDecimal, truncateDecimal } from '../../types/decimal.ts';
import type { Value } from '../../types/vector.ts';
import type { Evaluate } from '../function.ts';

const wrap8 = (value: number): number => (value << 24) >> 24;
const wrap16 = (value: number): number => (value << 16) >> 16;

/** Java's `(int) double`. */
function saturateInt(value: number): number {
  if (value >= 2147483647) return 2147483647;
  if (value <= -2147483648) return -2147483648;
  // NaN becomes 0.
  return value | 0;
}

const BIGINT_LIMIT = 2 ** 63;

/** Java's `(long) double`. */
function saturateBigint(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= BIGINT_LIMIT) return 9223372036854775807n;
  if (value <= -BIGINT_LIMIT) return -9223372036854775808n;
  return BigInt(Math.trunc(value));
}

/** 32 bits and fewer, from the low bits of a whole number. */
function narrow(type: DataType): (value: number) => number {
  return type.kind === 'TINYINT' ? wrap8 : type.kind === 'SMALLINT' ? wrap16 : (value) => value;
}

function toInteger(from: DataType, to: DataType): Evaluate {
  if (to.kind === 'BIGINT') {
    if (from.kind === 'BIGINT') return (value: bigint) => value;
    if (from.kind === 'DECIMAL') return (value: bigint) => BigInt.asIntN(64, truncateDecimal(value, from.scale, 0));
    return isInteger(from) ? (value: number) => BigInt(value) : saturateBigint;
  }
  const small = narrow(to);
  if (from.kind === 'BIGINT') return (value: bigint) => small(Number(BigInt.asIntN(32, value)));
  if (from.kind === 'DECIMAL') {
    return (value: bigint) => small(Number(BigInt.asIntN(32, truncateDecimal(value, from.scale, 0))));
  }
  return isInteger(from) ? small : (value: number) => small(saturateInt(value));
}

function toApproximate(from: DataType, to: DataType): Evaluate {
  const round = to.kind === 'FLOAT' ? Math.fround : (value: number) => value;
  if (from.kind === 'BIGINT') return (value: bigint) => round(Number(value));
  if (from.kind === 'DECIMAL') return (value: bigint) => round(decimalToNumber(value, from.scale));
  return round;
}

function toDecimal(from: DataType, precision: number, scale: number): Evaluate {
  switch (from.kind) {
    case 'DECIMAL':
      return (value: bigint) => fitDecimal(rescaleDecimal(value, from.scale, scale), precision);
    case 'FLOAT':
    case 'DOUBLE':
      return (value: number) => numberToDecimal(value, precision, scale);
    default:
      return (value: number | bigint) => fitDecimal(rescaleDecimal(BigInt(value), 0, scale), precision);
  }
}

/** The conversion of a number to a number; both are numeric. */
export function castNumber(from: DataType, to: DataType): Evaluate {
  if (to.kind === 'DECIMAL') return toDecimal(from, to.precision, to.scale);
  return isInteger(to) ? toInteger(from, to) : toApproximate(from, to);
}

/** TRUE as 1 and FALSE as 0 of a numeric type. */
export function castFromBoolean(to: DataType): (value: boolean) => Value {
  if (to.kind === 'BIGINT') return (value) => (value ? 1n : 0n);
  if (to.kind === 'DECIMAL') return (value) => fitDecimal(rescaleDecimal(value ? 1n : 0n, 0, to.scale), to.precision);
  return (value) => (value ? 1 : 0);
}

/** Anything but zero is TRUE. */
export const castToBoolean = (value: number | bigint): boolean => value !== 0 && value !== 0n;

/** A number as an interval: months, or milliseconds. */
export function castToInterval(from: DataType, to: DataType): Evaluate {
  const target: DataType = { kind: to.kind === 'INTERVAL_YEAR_MONTH' ? 'INTEGER' : 'BIGINT', nullable: true };
  const convert = castNumber(from, target);
  return (value) => Number(convert(value));
}

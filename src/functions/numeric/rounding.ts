/** ROUND, TRUNCATE, FLOOR, CEIL. Integers and DECIMAL exactly, DOUBLE by its shortest decimal text as Java does. */
import { type DataType, isApproximate, isNumeric, withNullable } from '../../types/data-type.ts';
import {
  decimalToNumber,
  divideHalfUp,
  fitDecimal,
  parseDecimal,
  powerOfTen,
  rescaleDecimal,
  truncateDecimal,
} from '../../types/decimal.ts';
import type { Value } from '../../types/vector.ts';
import { defineFunction } from '../define.ts';
import type { BoundArgument, CallSite, Evaluate, ResolvedCall, ScalarFunction } from '../function.ts';
import { int, numeric } from '../overload.ts';

/** The type of ROUND and TRUNCATE to `digits`; a DECIMAL may grow by one digit before the point. */
function roundedType(type: DataType, digits: number | undefined): DataType {
  if (type.kind !== 'DECIMAL' || digits === undefined || digits >= type.scale) return type;
  const { precision, scale, nullable } = type;
  if (digits < 0) return { kind: 'DECIMAL', precision: Math.min(38, 1 + precision - scale), scale: 0, nullable };
  return { kind: 'DECIMAL', precision: Math.min(38, 1 + precision - scale + digits), scale: digits, nullable };
}

function resolveRounding([value, digits, ...rest]: readonly BoundArgument[]): Omit<ResolvedCall, 'name'> | undefined {
  if (value === undefined || rest.length > 0) return undefined;
  const valueType = numeric(value);
  const digitsType = digits === undefined ? undefined : int(digits);
  if (valueType === undefined || (digits !== undefined && digitsType === undefined)) return undefined;
  const literal = digits === undefined ? 0 : digits.literal;
  const type = roundedType(valueType, typeof literal === 'number' ? literal : undefined);
  return {
    argTypes: digitsType === undefined ? [valueType] : [valueType, digitsType],
    type: withNullable(type, valueType.nullable || (digitsType?.nullable ?? false)),
  };
}

/** From an unscaled value, its scale and the wanted one, the unscaled value at the wanted scale. */
type Shift = (value: bigint, fromScale: number, toScale: number) => bigint;

/** At `digits` after the point (before it, when negative), given back at scale `toScale`. */
function atDigits(shift: Shift, value: bigint, fromScale: number, digits: number, toScale: number): bigint {
  if (digits >= fromScale) return rescaleDecimal(value, fromScale, toScale);
  if (digits >= 0) return rescaleDecimal(shift(value, fromScale, digits), digits, toScale);
  // Tens and more: move the point left, round to a whole number of them, and move it back.
  return shift(value, fromScale - digits, 0) * powerOfTen(-digits) * powerOfTen(toScale);
}

/** A finite double's shortest decimal as unscaled value and scale. */
function decimalOf(value: number): { readonly unscaled: bigint; readonly scale: number } {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const scale = Math.max(0, (mantissa.split('.')[1] ?? '').length - Number(exponent));
  return { unscaled: parseDecimal(String(value), 79, Math.min(scale, 60)) ?? 0n, scale: Math.min(scale, 60) };
}

function evaluateRounding(shift: Shift, { argTypes, type }: CallSite): Evaluate {
  const from = argTypes[0] as DataType;
  const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
  switch (from.kind) {
    case 'DECIMAL': {
      const { scale, precision } = type as Extract<DataType, { kind: 'DECIMAL' }>;
      return (value: bigint, digits = 0) => fitDecimal(atDigits(shift, value, from.scale, digits, scale), precision);
    }
    case 'FLOAT':
    case 'DOUBLE': {
      const round = from.kind === 'FLOAT' ? Math.fround : (value: number) => value;
      return (value: number, digits = 0) => {
        const size = Math.abs(value);
        if (!Number.isFinite(value) || (size >= 2 ** 53 && digits >= 0) || size > 1e60 || digits < -60) {
          return digits < -60 ? 0 : value;
        }
        const { unscaled, scale } = decimalOf(value);
        if (digits >= scale) return value;
        const target = Math.max(0, digits);
        return round(decimalToNumber(atDigits(shift, unscaled, scale, digits, target), target));
      };
    }
    case 'BIGINT':
      return (value: bigint, digits = 0) => (digits < -19 ? 0n : wrap(atDigits(shift, value, 0, digits, 0)));
    default: {
      const bits = from.kind === 'TINYINT' ? 8 : from.kind === 'SMALLINT' ? 16 : 32;
      return (value: number, digits = 0) =>
        digits < -10 ? 0 : Number(BigInt.asIntN(bits, atDigits(shift, BigInt(value), 0, digits, 0)));
    }
  }
}

const halfUp: Shift = (value, fromScale, toScale) => divideHalfUp(value, powerOfTen(fromScale - toScale));

/** FLOOR and CEIL of a number; with a unit they belong to `temporal/truncate.ts`. */
export function resolveWhole(args: readonly BoundArgument[]): Omit<ResolvedCall, 'name'> | undefined {
  const [value] = args;
  if (value === undefined || args.length !== 1 || !isNumeric(value.type)) return undefined;
  const type: DataType =
    value.type.kind === 'DECIMAL'
      ? { kind: 'DECIMAL', precision: value.type.precision, scale: 0, nullable: value.type.nullable }
      : value.type;
  return { argTypes: [value.type], type };
}

export function evaluateWhole(direction: 'floor' | 'ceil', type: DataType): Evaluate {
  if (isApproximate(type)) return direction === 'floor' ? Math.floor : Math.ceil;
  if (type.kind !== 'DECIMAL') return (value: Value) => value;
  const unit = powerOfTen(type.scale);
  return (value: bigint) => {
    const whole = value / unit;
    const rest = value % unit;
    if (direction === 'floor') return rest < 0n ? whole - 1n : whole;
    return rest > 0n ? whole + 1n : whole;
  };
}

export const ROUNDING_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'ROUND',
    category: 'arithmetic',
    signature: 'ROUND(number [, digits ])',
    doc: 'The number rounded half up (away from zero) to digits after the point, before it when negative.',
    examples: [
      { sql: 'ROUND(15, -1)', result: '20' },
      { sql: 'ROUND(-2.5e0)', result: '-3.0' },
      { sql: 'ROUND(1.005e0, 2)', result: '1.01' },
      { sql: 'ROUND(-12.345, 2)', result: '-12.35' },
    ],
    resolve: resolveRounding,
    evaluate: (site) => evaluateRounding(halfUp, site),
  }),
  defineFunction({
    name: 'TRUNCATE',
    category: 'arithmetic',
    signature: 'TRUNCATE(number [, digits ])',
    doc: 'The number with the digits beyond so many after the point cut off.',
    examples: [
      { sql: 'TRUNCATE(12.987)', result: '12' },
      { sql: 'TRUNCATE(42.345, 2)', result: '42.34' },
      { sql: 'TRUNCATE(-42.345e0, 2)', result: '-42.34' },
    ],
    resolve: resolveRounding,
    evaluate: (site) => evaluateRounding(truncateDecimal, site),
  }),
];

/**
 * `+ - * / %` on numbers, times and intervals. Integers wrap, DECIMAL results that do not fit are NULL, an integer or
 * DECIMAL division by zero fails.
 *
 * DECIMAL up to 18 digits needs no check: the result type has room for every result of operands that fit theirs.
 */
import { type ArithmeticOperator, arithmeticType } from '../../types/coercion.ts';
import { type DataType, isInterval, isNumeric, isTimestamp } from '../../types/data-type.ts';
import { divideHalfUp, fitDecimal, powerOfTen, rescaleDecimal } from '../../types/decimal.ts';
import { defineFunction, divisionByZero } from '../define.ts';
import {
  type BoundArgument,
  type CallSite,
  DIVISION_BY_ZERO,
  type Evaluate,
  type FunctionExample,
  type Inline,
  type ResolvedCall,
  type ScalarFunction,
  WORDS32,
  WORDS64,
} from '../function.ts';
import { temporalArithmetic, timeDifference } from './temporal-arithmetic.ts';

type Compute<T> = (a: T, b: T) => T;

function resolveArithmetic(
  operator: ArithmeticOperator,
  args: readonly BoundArgument[],
): Omit<ResolvedCall, 'name'> | undefined {
  const [a, b] = args;
  if (a === undefined || b === undefined || args.length !== 2) return undefined;
  const found = arithmeticType(operator, a.type, b.type);
  if (found === undefined) return undefined;
  const zero = b.literal === 0 || b.literal === 0n;
  if ((operator === '/' || operator === '%') && zero && a.literal !== undefined && a.literal !== null) divisionByZero();
  return { argTypes: found.args, type: found.type };
}

const NUMBER_OPERATIONS: Record<ArithmeticOperator, Compute<number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

const INTEGER_OPERATIONS: Record<ArithmeticOperator, Compute<number>> = {
  ...NUMBER_OPERATIONS,
  '*': Math.imul,
  '/': (a, b) => (b === 0 ? divisionByZero() : a / b),
  '%': (a, b) => (b === 0 ? divisionByZero() : a % b),
};

const BIGINT_OPERATIONS: Record<ArithmeticOperator, Compute<bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0n ? divisionByZero() : a / b),
  '%': (a, b) => (b === 0n ? divisionByZero() : a % b),
};

function integerBits(type: DataType): number {
  return type.kind === 'TINYINT' ? 8 : type.kind === 'SMALLINT' ? 16 : 32;
}

function evaluateArithmetic(operator: ArithmeticOperator, site: CallSite): Evaluate {
  const { type, argTypes } = site;
  if (argTypes.some((argument) => !isNumeric(argument)) || isInterval(type)) return temporalArithmetic(operator, site);
  switch (type.kind) {
    case 'DOUBLE':
      return NUMBER_OPERATIONS[operator];
    case 'FLOAT':
      return (a: number, b: number) => Math.fround(NUMBER_OPERATIONS[operator](a, b));
    case 'BIGINT':
      return (a: bigint, b: bigint) => BigInt.asIntN(64, BIGINT_OPERATIONS[operator](a, b));
    case 'DECIMAL':
      return decimalArithmetic(operator, site);
    default: {
      // A remainder has the type of its divisor, which a BIGINT dividend's fits as well.
      if (argTypes[0]?.kind === 'BIGINT') return (a: bigint, b: bigint) => Number(BIGINT_OPERATIONS[operator](a, b));
      const unused = 32 - integerBits(type);
      return (a: number, b: number) => (INTEGER_OPERATIONS[operator](a, b) << unused) >> unused;
    }
  }
}

type DecimalType = Extract<DataType, { kind: 'DECIMAL' }>;

function decimalArithmetic(operator: ArithmeticOperator, site: CallSite): Compute<bigint | null> {
  const { precision, scale } = site.type as DecimalType;
  const [s1, s2] = site.argTypes.map((type) => (type as DecimalType).scale) as [number, number];
  const compute = exactDecimal(operator, scale, s1, s2);
  return (a, b) => fitDecimal(compute(a as bigint, b as bigint), precision);
}

function exactDecimal(operator: ArithmeticOperator, scale: number, s1: number, s2: number): Compute<bigint> {
  switch (operator) {
    case '+':
    case '-':
    case '%': {
      const common = Math.max(s1, s2);
      const [up1, up2] = [powerOfTen(common - s1), powerOfTen(common - s2)];
      const compute = BIGINT_OPERATIONS[operator];
      return (a, b) => rescaleDecimal(compute(a * up1, b * up2), common, scale);
    }
    case '*':
      return (a, b) => rescaleDecimal(a * b, s1 + s2, scale);
    case '/': {
      const shift = scale - s1 + s2;
      const up = powerOfTen(Math.max(shift, 0));
      const down = powerOfTen(Math.max(-shift, 0));
      return (a, b) => (b === 0n ? divisionByZero() : divideHalfUp(a * up, b * down));
    }
  }
}

/** Whether both operands and the result are plain milliseconds: a timestamp or interval moved by an interval. */
function addsMilliseconds(operator: ArithmeticOperator, argTypes: readonly DataType[]): boolean {
  if (operator !== '+' && operator !== '-') return false;
  return argTypes.every(
    (type) =>
      type.kind === 'INTERVAL_DAY_TIME' || (isTimestamp(type) && (type as { precision: number }).precision <= 3),
  );
}

function inlineArithmetic(operator: ArithmeticOperator, site: CallSite, args: readonly string[]): Inline | undefined {
  const { type, argTypes } = site;
  const [a, b] = args as [string, string];
  if (argTypes.some((argument) => !isNumeric(argument))) {
    return addsMilliseconds(operator, argTypes) ? { text: `(${a} ${operator} ${b})`, total: true } : undefined;
  }
  const divides = operator === '/' || operator === '%';
  const divisor = site.literals[1] ?? 0;
  const nonZero = divisor !== 0 && divisor !== 0n;
  const guarded = (text: string, zero: string): Inline =>
    !divides || nonZero
      ? { text, total: true }
      : { text: `(${b} === ${zero} ? ${DIVISION_BY_ZERO}() : ${text})`, total: false };
  switch (type.kind) {
    case 'DOUBLE':
      return { text: `(${a} ${operator} ${b})`, total: true };
    case 'FLOAT':
      return { text: `Math.fround(${a} ${operator} ${b})`, total: true };
    case 'BIGINT':
      return guarded(`BigInt.asIntN(64, ${a} ${operator} ${b})`, '0n');
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER': {
      if (argTypes[0]?.kind === 'BIGINT')
        return guarded(`(${WORDS64}[0] = BigInt.asIntN(64, ${a} ${operator} ${b}), ${WORDS32}[0])`, '0n');
      const result = operator === '*' ? `Math.imul(${a}, ${b})` : `(${a} ${operator} ${b})`;
      const unused = 32 - integerBits(type);
      return guarded(unused === 0 ? `(${result} | 0)` : `(${result} << ${unused} >> ${unused})`, '0');
    }
    case 'DECIMAL':
      return type.precision <= 18 ? inlineDecimal(operator, site, [a, b], guarded) : undefined;
    default:
      return undefined;
  }
}

function inlineDecimal(
  operator: ArithmeticOperator,
  site: CallSite,
  [a, b]: readonly [string, string],
  guarded: (text: string, zero: string) => Inline,
): Inline | undefined {
  const types = site.argTypes as readonly [DecimalType, DecimalType];
  const [s1, s2] = types.map((type) => type.scale) as [number, number];
  if (types.some((type) => type.precision > 18) || operator === '/') return undefined;
  if (operator === '*') return { text: `BigInt.asIntN(64, ${a} * ${b})`, total: true };
  const common = Math.max(s1, s2);
  // The remainder's type is narrower than its operands, whose common scale may then not fit 64 bits.
  if (types.some((type) => type.precision - type.scale + common > 18)) return undefined;
  const scaled = (text: string, up: number): string =>
    up === 0 ? text : `BigInt.asIntN(64, ${text} * ${powerOfTen(up)}n)`;
  return guarded(`BigInt.asIntN(64, ${scaled(a, common - s1)} ${operator} ${scaled(b, common - s2)})`, '0n');
}

function arithmetic(operator: ArithmeticOperator, doc: string, examples: readonly FunctionExample[]): ScalarFunction {
  return defineFunction({
    name: operator,
    category: 'arithmetic',
    signature: `value1 ${operator} value2`,
    doc,
    examples,
    resolve: (args) => resolveArithmetic(operator, args),
    evaluate: (site) => evaluateArithmetic(operator, site),
    inline: (site, args) => inlineArithmetic(operator, site, args),
  });
}

const negate = defineFunction({
  name: 'NEGATE',
  category: 'arithmetic',
  signature: '- value',
  doc: 'The number or interval with the other sign; the least integer stays what it is.',
  examples: [
    { sql: '-(5)', result: '-5' },
    { sql: '-(CAST(-2147483648 AS INT))', result: '-2147483648' },
  ],
  resolve: ([argument, ...rest]) =>
    argument !== undefined && rest.length === 0 && (isNumeric(argument.type) || isInterval(argument.type))
      ? { argTypes: [argument.type], type: argument.type }
      : undefined,
  evaluate({ type }) {
    if (type.kind === 'BIGINT') return (a: bigint) => BigInt.asIntN(64, -a);
    if (type.kind === 'DECIMAL') return (a: bigint) => -a;
    if (type.kind === 'DOUBLE' || type.kind === 'FLOAT') return (a: number) => -a;
    if (type.kind === 'INTERVAL_DAY_TIME') return (a: number) => 0 - a;
    const unused = type.kind === 'INTERVAL_YEAR_MONTH' ? 0 : 32 - integerBits(type);
    return (a: number) => (-a << unused) >> unused;
  },
});

export const ARITHMETIC_OPERATORS: readonly ScalarFunction[] = [
  arithmetic('+', 'The sum of numbers or intervals, or a point in time moved by an interval.', [
    { sql: '1 + 2.5', result: '3.5' },
    { sql: "DATE '2021-01-31' + INTERVAL '1' MONTH", result: '2021-02-28' },
  ]),
  arithmetic('-', 'The difference of numbers or intervals, or a point in time moved back by an interval.', [
    { sql: '1 - 2.5', result: '-1.5' },
  ]),
  arithmetic('*', 'The product of numbers, or of an interval and a number.', [{ sql: '2 * 2.50', result: '5.00' }]),
  arithmetic('/', 'The quotient. Of integers it is cut toward zero; division by zero fails, of DOUBLEs it does not.', [
    { sql: '5 / 2', result: '2' },
    { sql: '2.0 / 3.0', result: '0.666667' },
  ]),
  arithmetic('%', 'The remainder, with the sign of the dividend.', [{ sql: '-7 % 3', result: '-1' }]),
  negate,
  timeDifference,
];

/** Mathematics on DOUBLE, and the few functions that keep the type of their number. */
import { type ArithmeticOperator, arithmeticType } from '../../types/coercion.ts';
import { type DataType, DOUBLE, isApproximate, notNull } from '../../types/data-type.ts';
import { powerOfTen } from '../../types/decimal.ts';
import { defineFunction } from '../define.ts';
import type { Evaluate, ScalarFunction } from '../function.ts';
import { ARITHMETIC_OPERATORS } from '../operators/arithmetic.ts';
import { double, firstOf, numeric, takes } from '../overload.ts';

interface RealFunction {
  readonly name: string;
  readonly doc: string;
  readonly compute: (x: number) => number;
  readonly example: readonly [argument: string, result: string];
}

const REAL_FUNCTIONS: readonly RealFunction[] = [
  { name: 'SQRT', doc: 'The square root; NaN of a negative number.', compute: Math.sqrt, example: ['4', '2.0'] },
  { name: 'EXP', doc: 'e to the power of the number.', compute: Math.exp, example: ['0', '1.0'] },
  { name: 'LN', doc: 'The natural logarithm.', compute: Math.log, example: ['1', '0.0'] },
  { name: 'LOG10', doc: 'The logarithm to base 10.', compute: Math.log10, example: ['100', '2.0'] },
  { name: 'LOG2', doc: 'The logarithm to base 2.', compute: Math.log2, example: ['8', '3.0'] },
  { name: 'SIN', doc: 'The sine.', compute: Math.sin, example: ['0', '0.0'] },
  { name: 'SINH', doc: 'The hyperbolic sine.', compute: Math.sinh, example: ['0', '0.0'] },
  { name: 'COS', doc: 'The cosine.', compute: Math.cos, example: ['0', '1.0'] },
  { name: 'COSH', doc: 'The hyperbolic cosine.', compute: Math.cosh, example: ['0', '1.0'] },
  { name: 'TAN', doc: 'The tangent.', compute: Math.tan, example: ['0', '0.0'] },
  { name: 'TANH', doc: 'The hyperbolic tangent.', compute: Math.tanh, example: ['0', '0.0'] },
  { name: 'COT', doc: 'The cotangent.', compute: (x) => 1 / Math.tan(x), example: ['PI() / 4', '1.0000000000000002'] },
  { name: 'ASIN', doc: 'The arc sine.', compute: Math.asin, example: ['0', '0.0'] },
  { name: 'ACOS', doc: 'The arc cosine.', compute: Math.acos, example: ['1', '0.0'] },
  { name: 'ATAN', doc: 'The arc tangent.', compute: Math.atan, example: ['0', '0.0'] },
  { name: 'DEGREES', doc: 'Radians in degrees.', compute: (x) => x * (180 / Math.PI), example: ['PI()', '180.0'] },
  { name: 'RADIANS', doc: 'Degrees in radians.', compute: (x) => x * (Math.PI / 180), example: ['0', '0.0'] },
];

const realFunction = ({ name, doc, compute, example: [argument, result] }: RealFunction): ScalarFunction =>
  defineFunction({
    name,
    category: 'arithmetic',
    signature: `${name}(number)`,
    doc,
    examples: [{ sql: `${name}(${argument})`, result }],
    resolve: takes([double], DOUBLE),
    evaluate: () => compute,
  });

const constant = (name: string, value: number, result: string): ScalarFunction =>
  defineFunction({
    name,
    category: 'arithmetic',
    signature: `${name}()`,
    doc: `The number nearest to ${name === 'PI' ? 'pi' : 'e'}.`,
    examples: [{ sql: `${name}()`, result }],
    resolve: takes([], notNull(DOUBLE)),
    evaluate: () => () => value,
  });

function signOf(type: DataType): Evaluate {
  if (type.kind === 'DECIMAL' || type.kind === 'BIGINT') {
    const one = type.kind === 'DECIMAL' ? powerOfTen(type.scale) : 1n;
    return (value: bigint) => (value === 0n ? 0n : value > 0n ? one : -one);
  }
  return Math.sign;
}

function absolute(type: DataType): Evaluate {
  if (type.kind === 'DECIMAL') return (value: bigint) => (value < 0n ? -value : value);
  if (type.kind === 'BIGINT') return (value: bigint) => BigInt.asIntN(64, value < 0n ? -value : value);
  if (isApproximate(type)) return Math.abs;
  const unused = type.kind === 'TINYINT' ? 24 : type.kind === 'SMALLINT' ? 16 : 0;
  return (value: number) => (Math.abs(value) << unused) >> unused;
}

const REMAINDER: ArithmeticOperator = '%';
const remainder = ARITHMETIC_OPERATORS.find((operator) => operator.name === REMAINDER) as ScalarFunction;

export const MATHEMATICAL_FUNCTIONS: readonly ScalarFunction[] = [
  ...REAL_FUNCTIONS.map(realFunction),
  constant('PI', Math.PI, '3.141592653589793'),
  constant('E', Math.E, '2.718281828459045'),
  defineFunction({
    name: 'POWER',
    category: 'arithmetic',
    signature: 'POWER(base, exponent)',
    doc: 'The base to the power of the exponent.',
    examples: [
      { sql: 'POWER(2, 10)', result: '1024.0' },
      { sql: 'POWER(-1, 0.5)', result: 'NaN' },
    ],
    resolve: takes([double, double], DOUBLE),
    // Java gives NaN only for NaN, JavaScript also for a base of ±1 to an infinite power, as Java does.
    evaluate: () => (base: number, exponent: number) => base ** exponent,
  }),
  defineFunction({
    name: 'ATAN2',
    category: 'arithmetic',
    signature: 'ATAN2(y, x)',
    doc: 'The angle of the point (x, y).',
    examples: [{ sql: 'ATAN2(0, 1)', result: '0.0' }],
    resolve: takes([double, double], DOUBLE),
    evaluate: () => Math.atan2,
  }),
  defineFunction({
    name: 'LOG',
    category: 'arithmetic',
    signature: 'LOG(number) or LOG(base, number)',
    doc: 'The natural logarithm, or the one to a base.',
    examples: [
      { sql: 'LOG(1)', result: '0.0' },
      { sql: 'LOG(2, 8)', result: '3.0' },
    ],
    resolve: firstOf({ parameters: [double], type: DOUBLE }, { parameters: [double, double], type: DOUBLE }),
    evaluate: () => (first: number, second?: number) =>
      second === undefined ? Math.log(first) : Math.log(second) / Math.log(first),
  }),
  defineFunction({
    name: 'ABS',
    category: 'arithmetic',
    signature: 'ABS(number)',
    doc: 'The number without its sign; the least integer stays what it is.',
    examples: [
      { sql: 'ABS(-2.50)', result: '2.50' },
      { sql: 'ABS(CAST(-2147483648 AS INT))', result: '-2147483648' },
    ],
    resolve: takes([numeric], (types) => types[0]),
    evaluate: ({ type }) => absolute(type),
  }),
  defineFunction({
    name: 'SIGN',
    category: 'arithmetic',
    signature: 'SIGN(number)',
    doc: '1, 0 or -1 in the type of the number.',
    examples: [
      { sql: 'SIGN(-2.5)', result: '-1.0' },
      { sql: 'SIGN(7)', result: '1' },
    ],
    resolve: takes([numeric], (types) => types[0]),
    evaluate: ({ type }) => signOf(type),
  }),
  {
    ...remainder,
    name: 'MOD',
    signature: 'MOD(dividend, divisor)',
    examples: [
      { sql: 'MOD(7, -3)', result: '1' },
      { sql: 'MOD(-7, 3)', result: '-1' },
    ],
    resolve(args) {
      const [a, b] = args;
      if (a === undefined || b === undefined || args.length !== 2) return undefined;
      const found = arithmeticType(REMAINDER, a.type, b.type);
      return found && { argTypes: found.args, type: found.type };
    },
  },
];

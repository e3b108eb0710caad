/**
 * COALESCE, IF and their kin. The compiler turns those that evaluate only some arguments into CASE; the evaluations
 * here say the same over values.
 */
import { commonType, comparisonType } from '../../types/coercion.ts';
import { compareValues, equalValues } from '../../types/compare.ts';
import { type DataType, STRING, typeToString, withNullable } from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';
import { defineFunction } from '../define.ts';
import type { BoundArgument, ResolvedCall, ScalarFunction } from '../function.ts';
import { any, bool, takes } from '../overload.ts';

type Resolved = Omit<ResolvedCall, 'name'> | undefined;

/** All arguments in their common type; the result is NULL where `nullable` says so. */
function resolveCommon(args: readonly BoundArgument[], nullable: (flags: readonly boolean[]) => boolean): Resolved {
  const type = commonType(args.map((argument) => argument.type));
  if (type === undefined) return undefined;
  const flags = args.map((argument) => argument.type.nullable);
  return { argTypes: flags.map((flag) => withNullable(type, flag)), type: withNullable(type, nullable(flags)) };
}

const every = (flags: readonly boolean[]): boolean => flags.every(Boolean);
const some = (flags: readonly boolean[]): boolean => flags.some(Boolean);

function extreme(name: string, which: string, sign: 1 | -1, result: string): ScalarFunction {
  return defineFunction({
    name,
    category: 'conditional',
    signature: `${name}(value1, value2, …)`,
    doc: `The ${which} value; NULL when one of them is.`,
    examples: [
      { sql: `${name}(1, 2.5)`, result },
      { sql: `${name}(1, CAST(NULL AS INT))`, result: 'NULL' },
    ],
    resolve: (args) => (args.length === 0 ? undefined : resolveCommon(args, some)),
    evaluate:
      () =>
      (...values: Value[]) =>
        values.reduce((best, value) => (sign * compareValues(value, best) > 0 ? value : best)),
  });
}

export const CONDITIONAL_FUNCTIONS: readonly ScalarFunction[] = [
  defineFunction({
    name: 'COALESCE',
    category: 'conditional',
    signature: 'COALESCE(value1, value2, …)',
    doc: 'The first value that is not NULL.',
    examples: [{ sql: 'COALESCE(CAST(NULL AS INT), 5)', result: '5' }],
    nulls: 'handled',
    resolve: (args) => (args.length === 0 ? undefined : resolveCommon(args, every)),
    evaluate:
      () =>
      (...values: Value[]) =>
        values.find((value) => value !== null) ?? null,
  }),
  defineFunction({
    name: 'IFNULL',
    category: 'conditional',
    signature: 'IFNULL(value, replacement)',
    doc: 'The value, or the replacement where it is NULL.',
    examples: [{ sql: 'IFNULL(CAST(NULL AS INT), 5)', result: '5' }],
    nulls: 'handled',
    resolve: (args) => (args.length === 2 ? resolveCommon(args, every) : undefined),
    evaluate: () => (value: Value, replacement: Value) => value ?? replacement,
  }),
  defineFunction({
    name: 'IF',
    category: 'conditional',
    signature: 'IF(condition, value1, value2)',
    doc: 'The first value where the condition is TRUE, else (also where it is NULL) the second.',
    examples: [
      { sql: "IF(5 > 3, 'yes', 'no')", result: 'yes' },
      { sql: "IF(CAST(NULL AS INT) > 1, 'yes', 'no')", result: 'no' },
    ],
    nulls: 'handled',
    resolve([condition, ...values]) {
      const test = condition === undefined ? undefined : bool(condition);
      if (test === undefined || values.length !== 2) return undefined;
      const found = resolveCommon(values, some);
      return (
        found && {
          argTypes: [test, ...found.argTypes],
          type: withNullable(found.type, found.type.nullable || test.nullable),
        }
      );
    },
    evaluate: () => (condition: Value, then: Value, otherwise: Value) => (condition === true ? then : otherwise),
  }),
  defineFunction({
    name: 'NULLIF',
    category: 'conditional',
    signature: 'NULLIF(value1, value2)',
    doc: 'NULL where the values are equal, else the first.',
    examples: [
      { sql: 'NULLIF(5, 5)', result: 'NULL' },
      { sql: 'NULLIF(5, 0)', result: '5' },
    ],
    nulls: 'handled',
    resolve([a, b, ...rest]) {
      if (a === undefined || b === undefined || rest.length > 0) return undefined;
      const argTypes = comparisonType('=', a.type, b.type);
      return argTypes && { argTypes, type: withNullable(a.type, true) };
    },
    evaluate: () => (a: Value, b: Value) => (a !== null && b !== null && equalValues(a, b) ? null : a),
  }),
  extreme('GREATEST', 'greatest', 1, '2.5'),
  extreme('LEAST', 'least', -1, '1.0'),
  defineFunction({
    name: 'TYPEOF',
    category: 'conversion',
    signature: 'TYPEOF(value [, force serializable ])',
    doc: 'The type of the value as text.',
    examples: [{ sql: 'TYPEOF(CAST(1 AS DECIMAL(10, 2)))', result: 'DECIMAL(10, 2) NOT NULL' }],
    nulls: 'handled',
    resolve: takes([any, bool], () => STRING, { optional: 1 }),
    evaluate:
      ({ argTypes }) =>
      () =>
        typeToString(argTypes[0] as DataType),
  }),
];

/** `= <> < <= > >=` and `IS [NOT] DISTINCT FROM`. The order of values is that of `types/compare.ts`. */
import { type ComparisonOperator, comparisonType } from '../../types/coercion.ts';
import { compareValues, equalValues } from '../../types/compare.ts';
import { type DataType, withNullable } from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';
import { defineFunction } from '../define.ts';
import type { BoundArgument, ResolvedCall, ScalarFunction } from '../function.ts';

const BOOLEAN_TYPE: DataType = { kind: 'BOOLEAN', nullable: false };

function resolveComparison(
  operator: ComparisonOperator,
  args: readonly BoundArgument[],
  neverNull: boolean,
): Omit<ResolvedCall, 'name'> | undefined {
  const [a, b] = args;
  if (a === undefined || b === undefined || args.length !== 2) return undefined;
  const argTypes = comparisonType(operator, a.type, b.type);
  if (argTypes === undefined) return undefined;
  const nullable = !neverNull && argTypes.some((type) => type.nullable);
  return { argTypes, type: withNullable(BOOLEAN_TYPE, nullable) };
}

type Order = (order: number) => boolean;

function comparison(name: '<' | '<=' | '>' | '>=', doc: string, holds: Order, result: string): ScalarFunction {
  return defineFunction({
    name,
    category: 'comparison',
    signature: `value1 ${name} value2`,
    doc,
    examples: [{ sql: `1 ${name} 2`, result }],
    resolve: (args) => resolveComparison(name, args, false),
    evaluate: () => (a: Value, b: Value) => holds(compareValues(a, b)),
  });
}

export const COMPARISON_OPERATORS: readonly ScalarFunction[] = [
  defineFunction({
    name: '=',
    category: 'comparison',
    signature: 'value1 = value2',
    doc: 'Whether the values are equal; NULL when one of them is.',
    examples: [
      { sql: '1 = 1.0', result: 'TRUE' },
      { sql: "CAST('abc' AS CHAR(5)) = 'abc'", result: 'FALSE' },
    ],
    resolve: (args) => resolveComparison('=', args, false),
    evaluate: () => equalValues,
  }),
  defineFunction({
    name: '<>',
    category: 'comparison',
    signature: 'value1 <> value2',
    doc: 'Whether the values differ; NULL when one of them is.',
    examples: [{ sql: '1 <> 2', result: 'TRUE' }],
    resolve: (args) => resolveComparison('<>', args, false),
    evaluate: () => (a: Value, b: Value) => !equalValues(a, b),
  }),
  comparison('<', 'Whether the first value is less; NULL when one of them is.', (order) => order < 0, 'TRUE'),
  comparison('<=', 'Whether the first value is not greater; NULL when one is.', (order) => order <= 0, 'TRUE'),
  comparison('>', 'Whether the first value is greater; NULL when one of them is.', (order) => order > 0, 'FALSE'),
  comparison('>=', 'Whether the first value is not less; NULL when one is.', (order) => order >= 0, 'FALSE'),
  defineFunction({
    name: 'IS DISTINCT FROM',
    category: 'comparison',
    signature: 'value1 IS DISTINCT FROM value2',
    doc: 'Whether the values differ, where NULL equals NULL and nothing else.',
    examples: [{ sql: '1 IS DISTINCT FROM CAST(NULL AS INT)', result: 'TRUE' }],
    nulls: 'handled',
    resolve: (args) => resolveComparison('IS DISTINCT FROM', args, true),
    evaluate: () => (a: Value, b: Value) => !sameOrBothNull(a, b),
  }),
  defineFunction({
    name: 'IS NOT DISTINCT FROM',
    category: 'comparison',
    signature: 'value1 IS NOT DISTINCT FROM value2',
    doc: 'Whether the values are equal or both NULL.',
    examples: [{ sql: 'CAST(NULL AS INT) IS NOT DISTINCT FROM CAST(NULL AS INT)', result: 'TRUE' }],
    nulls: 'handled',
    resolve: (args) => resolveComparison('IS NOT DISTINCT FROM', args, true),
    evaluate: () => sameOrBothNull,
  }),
];

function sameOrBothNull(a: Value, b: Value): boolean {
  return a === null || b === null ? a === b : equalValues(a, b);
}

/** `IS [NOT] NULL` and the tests of truth values: never NULL themselves. */
import { BOOLEAN, notNull } from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';
import { defineFunction } from '../define.ts';
import type { ScalarFunction } from '../function.ts';
import { any, bool, never, takes } from '../overload.ts';

const TRUTH = notNull(BOOLEAN);

function nullTest(name: string, doc: string, result: string, holds: (value: Value) => boolean): ScalarFunction {
  return defineFunction({
    name,
    category: 'comparison',
    signature: `value ${name}`,
    doc,
    examples: [{ sql: `1 ${name}`, result }],
    nulls: 'handled',
    resolve: takes([any], never(TRUTH)),
    evaluate: () => holds,
  });
}

function truthTest(name: string, doc: string, result: string, holds: (value: Value) => boolean): ScalarFunction {
  return defineFunction({
    name,
    category: 'logical',
    signature: `boolean ${name}`,
    doc,
    examples: [{ sql: `TRUE ${name}`, result }],
    nulls: 'handled',
    resolve: takes([bool], never(TRUTH)),
    evaluate: () => holds,
  });
}

export const TRUTH_TESTS: readonly ScalarFunction[] = [
  nullTest('IS NULL', 'Whether the value is NULL.', 'FALSE', (value) => value === null),
  nullTest('IS NOT NULL', 'Whether the value is not NULL.', 'TRUE', (value) => value !== null),
  truthTest('IS TRUE', 'Whether the condition is TRUE; NULL is not.', 'TRUE', (value) => value === true),
  truthTest('IS NOT TRUE', 'Whether the condition is FALSE or NULL.', 'FALSE', (value) => value !== true),
  truthTest('IS FALSE', 'Whether the condition is FALSE; NULL is not.', 'FALSE', (value) => value === false),
  truthTest('IS NOT FALSE', 'Whether the condition is TRUE or NULL.', 'TRUE', (value) => value !== false),
  truthTest('IS UNKNOWN', 'Whether the condition is NULL.', 'FALSE', (value) => value === null),
  truthTest('IS NOT UNKNOWN', 'Whether the condition is TRUE or FALSE.', 'TRUE', (value) => value !== null),
];

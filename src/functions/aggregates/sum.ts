import { BIGINT, type DataType, decimal, isNumeric, notNull, withNullable } from '../../types/data-type.ts';
import type { BoundArgument } from '../function.ts';
import type { Accumulator, AccumulatorUse, AggregateFunction } from './aggregate.ts';

/** Integers and floating point keep their type, a DECIMAL gets all digits; a bare NULL counts as INT. */
function sumType([arg, ...more]: readonly BoundArgument[]): { argTypes: DataType[]; type: DataType } | undefined {
  if (arg === undefined || more.length > 0) return undefined;
  const type: DataType = arg.type.kind === 'NULL' ? { kind: 'INTEGER', nullable: true } : arg.type;
  if (!isNumeric(type)) return undefined;
  const result = type.kind === 'DECIMAL' ? decimal(38, type.scale) : type;
  return { argTypes: [type], type: withNullable(result, arg.type.nullable) };
}

/** The sum is NULL until a value came; where values go again, while none is left, which takes a count. */
function sumAccumulator({ type, retracts }: AccumulatorUse): Accumulator {
  const common = {
    accumulate: (code) => code.add('sum', 'argument', 1),
    retract: (code) => code.add('sum', 'argument', -1),
    merge: (code) => code.add('sum', 'other', 1),
    mergesInAnyOrder: true,
  } satisfies Partial<Accumulator>;
  if (!retracts) {
    return {
      ...common,
      fields: [{ name: 'sum', type: withNullable(type, true), startsNull: true }],
      result: { kind: 'field', field: 'sum' },
      accumulate: (code) => common.accumulate(code) + code.markPresent('sum'),
      merge: (code) => `if (!(${code.isNull('sum', 'other')})) { ${common.merge(code)} ${code.markPresent('sum')} }`,
    };
  }
  return {
    fields: [
      { name: 'sum', type: notNull(type) },
      { name: 'count', type: notNull(BIGINT) },
    ],
    result: { kind: 'counted', field: 'sum', count: 'count' },
    accumulate: (code) => common.accumulate(code) + code.add('count', 'one', 1),
    retract: (code) => common.retract(code) + code.add('count', 'one', -1),
    merge: (code) => common.merge(code) + code.add('count', 'other', 1),
    mergesInAnyOrder: true,
  };
}

export const SUM: AggregateFunction = {
  name: 'SUM',
  aliases: [],
  category: 'aggregate',
  signature: 'SUM([ ALL | DISTINCT ] expression)',
  doc:
    'The sum of the values that are not NULL, in their own type: integers wrap around, DECIMAL(p, s) gives DECIMAL(38, s), ' +
    'NULL beyond 38 digits. NULL for no rows.',
  examples: [
    { sql: 'SUM(amount)', result: '13' },
    { sql: 'SUM(DISTINCT amount)', result: '13' },
    { sql: "SUM(amount) FILTER (WHERE item = 'plum')", result: 'NULL' },
  ],
  volatility: 'immutable',
  resolve: (args) => sumType(args),
  accumulator: sumAccumulator,
};

/** Zero instead of NULL for no rows; not to be called in SQL. */
export const SUM0: AggregateFunction = {
  ...SUM,
  name: '$SUM0',
  signature: '$SUM0(expression)',
  doc: 'The sum of the values that are not NULL; zero for no rows. Made by the planner.',
  resolve: (args) => {
    const resolved = sumType(args);
    return resolved && { ...resolved, type: notNull(resolved.type) };
  },
  accumulator: ({ type }) => ({
    fields: [{ name: 'sum', type: notNull(type) }],
    result: { kind: 'field', field: 'sum' },
    accumulate: (code) => code.add('sum', 'argument', 1),
    retract: (code) => code.add('sum', 'argument', -1),
    merge: (code) => code.add('sum', 'other', 1),
    mergesInAnyOrder: true,
  }),
};
